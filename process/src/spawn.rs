//! Starting a program.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Instant;

use rustix::fs::{MemfdFlags, SeekFrom};
use rustix::process::{Pid, PidfdFlags, Signal as Raw};

use crate::command::{Command, Streams};
use crate::input::InputPipe;
use crate::pipe::{self, Pipes};
use crate::registry::TreeId;
use crate::user::{self, Becoming};
use crate::{Child, Input, Output, SpawnError, Spec, born, inherited, lookup, registry};

/// Starts a program.
///
/// It is the leader of a process group of its own, begins with the usual reaction to every signal,
/// whatever this process was itself started to ignore, and has no descriptors but its three
/// streams (see [`close_inherited`](crate::close_inherited)). Must be called within a tokio runtime
/// that has I/O and time enabled.
///
/// # Errors
/// Tells why it could not be started, with what was looked for where.
pub fn spawn(spec: &Spec) -> Result<Child, SpawnError> {
    spawn_in(spec, 0)
}

pub(crate) fn spawn_in(spec: &Spec, tree: TreeId) -> Result<Child, SpawnError> {
    let program = spec.argv.first().ok_or(SpawnError::NoProgram)?;
    let cwd = spec.cwd.as_deref();
    let file = lookup::find(program, spec.env.get("PATH"), cwd)?;
    let user = spec.user.as_deref();
    let becoming = user.map(|name| user::becoming(name, &spec.env));
    let becoming = becoming.transpose()?.flatten();
    let words = spec.argv.iter().map(AsRef::as_ref);
    let begun = Instant::now();
    match start(
        spec,
        &command(spec, &file, words.clone(), &becoming),
        tree,
        begun,
    ) {
        Err(Refused::Start(error)) if error.raw_os_error() == Some(NOEXEC) => {
            if !lookup::is_plain_script(&file, cwd) {
                return Err(lookup::explain(error, program, &file, cwd));
            }
            // A script without `#!` is the shell's.
            let shell = Path::new("/bin/sh");
            let words = [shell.as_os_str(), file.as_os_str()]
                .into_iter()
                .chain(words.skip(1));
            start(spec, &command(spec, shell, words, &becoming), tree, begun)
        }
        result => result,
    }
    .map_err(|refused| match refused {
        Refused::Start(error) if error.kind() == io::ErrorKind::InvalidInput => nul(spec),
        Refused::Start(error) => lookup::explain(error, program, &file, cwd),
        Refused::Other(error) => error,
    })
}

const NOEXEC: i32 = rustix::io::Errno::NOEXEC.raw_os_error();

/// What went wrong: executing the program, or something around it.
enum Refused {
    Start(io::Error),
    Other(SpawnError),
}

fn refused(action: &'static str) -> impl FnOnce(io::Error) -> Refused {
    move |error| Refused::Other(SpawnError::io(action)(error))
}

/// That file, executed with these words; or what runs it as another user.
fn command<'s>(
    spec: &'s Spec,
    file: &'s Path,
    words: impl Iterator<Item = &'s OsStr>,
    becoming: &'s Option<Becoming>,
) -> Command<'s> {
    let cwd = spec.cwd.as_deref();
    let Some(becoming) = becoming else {
        return Command {
            file,
            words: words.collect(),
            env: &spec.env,
            cwd,
        };
    };
    let first = becoming.words.iter().map(AsRef::as_ref);
    Command {
        file: &becoming.file,
        words: first
            .chain([file.as_os_str()])
            .chain(words.skip(1))
            .collect(),
        env: &becoming.env,
        cwd,
    }
}

fn start(spec: &Spec, command: &Command, tree: TreeId, started: Instant) -> Result<Child, Refused> {
    let mut input = None;
    let stdin = match &spec.input {
        Input::Empty => None,
        Input::Bytes(bytes) => Some(in_memory(bytes).map_err(refused("keep the input"))?),
        Input::Piped => {
            let (from, to) = InputPipe::pair().map_err(refused("make a pipe"))?;
            input = Some(to);
            Some(from)
        }
    };
    let mut ends = None;
    let (stdout, stderr) = match &spec.output {
        Output::Piped => piped(&mut ends, |end| end)?,
        Output::Lasting => piped(&mut ends, pipe::lasting)?,
        Output::Files { stdout, stderr } => {
            let duplicate = "duplicate an output file";
            let anew = |file: &File| file.try_clone().map_err(refused(duplicate));
            (anew(stdout)?.into(), anew(stderr)?.into())
        }
    };
    let streams = Streams {
        stdin,
        stdout,
        stderr,
    };
    if tokio::runtime::Handle::try_current().is_ok() {
        inherited::pass_on_no_ignored();
    }
    let (pid, born) = born::timed(|| {
        // With the streams go our copies of the program's ends of the pipes.
        registry::start(tree, || command.start(streams))
    });
    let pid = pid.map_err(Refused::Start)?;
    if let Some(bytes) = spec.memory {
        let limit = rustix::process::Rlimit {
            current: Some(bytes),
            maximum: Some(bytes),
        };
        // It may have ended already.
        let _ = rustix::process::prlimit(Some(pid), rustix::process::Resource::Data, limit);
    }
    let child = watch(pid, started, ends).map(|child| child.with(input, born));
    child.map_err(|error| {
        let _ = rustix::process::kill_process_group(pid, Raw::KILL);
        registry::abandon(pid);
        Refused::Other(SpawnError::io("watch the program")(error))
    })
}

/// Pipes to write to, each as `made` of what it would be; `ends` are those to read from.
fn piped(
    ends: &mut Option<(OwnedFd, OwnedFd)>,
    made: impl Fn(OwnedFd) -> OwnedFd,
) -> Result<(OwnedFd, OwnedFd), Refused> {
    let (stdout, to_stdout) = pipe::pair().map_err(refused("make a pipe"))?;
    let (stderr, to_stderr) = pipe::pair().map_err(refused("make a pipe"))?;
    *ends = Some((stdout, stderr));
    Ok((made(to_stdout), made(to_stderr)))
}

fn watch(pid: Pid, started: Instant, ends: Option<(OwnedFd, OwnedFd)>) -> io::Result<Child> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(io::Error::other("there is no tokio runtime"));
    }
    let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
    let pipes = match ends {
        Some((stdout, stderr)) => Pipes::new(stdout, stderr),
        None => Pipes::default(),
    };
    Child::new(pid, started, pidfd, pipes)
}

/// A file that has no name, holds these bytes, and is at its beginning.
fn in_memory(bytes: &[u8]) -> io::Result<OwnedFd> {
    let file = rustix::fs::memfd_create("input", MemfdFlags::CLOEXEC)?;
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = rustix::io::retry_on_intr(|| rustix::io::write(&file, rest))?;
        rest = &rest[written..];
    }
    rustix::fs::seek(&file, SeekFrom::Start(0))?;
    Ok(file)
}

/// Which of the texts holds the NUL byte that was found.
fn nul(spec: &Spec) -> SpawnError {
    let env = &spec.env;
    let cwd = spec.cwd.as_ref().map(|cwd| cwd.as_os_str());
    let texts = spec.argv.iter().chain(&env.removed).map(AsRef::as_ref);
    let set = env.set.iter().flat_map(|(name, value)| [name, value]);
    texts
        .chain(cwd)
        .chain(set.map(AsRef::as_ref))
        .find(|text: &&std::ffi::OsStr| text.as_bytes().contains(&0))
        .map_or_else(
            || SpawnError::io("start the program")(io::ErrorKind::InvalidInput.into()),
            |text| SpawnError::HasNul(text.to_owned()),
        )
}
