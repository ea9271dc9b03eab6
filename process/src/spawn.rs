//! Starting a program.
//!
//! All is arranged so that `std` stays on posix_spawn, whose price does not grow with the memory of
//! this process: no `pre_exec`, no user id, a program given by its path.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::fs::{MemfdFlags, SeekFrom};
use rustix::process::{Pid, PidfdFlags, Signal as Raw};

use crate::input::InputPipe;
use crate::pipe::{self, Pipes};
use crate::registry::TreeId;
use crate::{Child, Input, Output, SpawnError, Spec, born, inherited, lookup, registry, user};

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
    let started = Instant::now();
    match start(spec, command(spec, &file)?, tree, started) {
        Err(Refused::Start(error)) if error.raw_os_error() == Some(NOEXEC) => {
            if !lookup::is_plain_script(&file, cwd) {
                return Err(lookup::explain(error, program, &file, cwd));
            }
            start(spec, shell(spec, &file)?, tree, started)
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

/// The program itself, or what runs it as another user.
fn command(spec: &Spec, file: &Path) -> Result<Command, SpawnError> {
    let mut command = match &spec.user {
        Some(name) => user::command(name, file, &spec.env)?,
        None => Command::new(file),
    };
    if command.get_program() == file {
        command.arg0(&spec.argv[0]);
    }
    command.args(&spec.argv[1..]);
    surround(&mut command, spec);
    Ok(command)
}

/// A script without `#!`, run by the shell.
fn shell(spec: &Spec, file: &Path) -> Result<Command, SpawnError> {
    let shell = Path::new("/bin/sh");
    let mut command = match &spec.user {
        Some(name) => user::command(name, shell, &spec.env)?,
        None => Command::new(shell),
    };
    command.arg(file).args(&spec.argv[1..]);
    surround(&mut command, spec);
    Ok(command)
}

fn surround(command: &mut Command, spec: &Spec) {
    if spec.env.clean {
        command.env_clear();
    }
    for name in &spec.env.removed {
        command.env_remove(name);
    }
    for (name, value) in &spec.env.set {
        command.env(name, value);
    }
    if let Some(cwd) = &spec.cwd {
        command.current_dir(cwd);
    }
    command.process_group(0);
}

fn start(
    spec: &Spec,
    mut command: Command,
    tree: TreeId,
    started: Instant,
) -> Result<Child, Refused> {
    let mut input = None;
    command.stdin(match &spec.input {
        Input::Empty => Stdio::null(),
        Input::Bytes(bytes) => in_memory(bytes).map_err(refused("keep the input"))?.into(),
        Input::Piped => {
            let (from, to) = InputPipe::pair().map_err(refused("make a pipe"))?;
            input = Some(to);
            from.into()
        }
    });
    let ends = match &spec.output {
        Output::Piped => Some(piped(&mut command, |end| end)?),
        Output::Lasting => Some(piped(&mut command, pipe::lasting)?),
        Output::Files { stdout, stderr } => {
            let duplicate = "duplicate an output file";
            command.stdout(stdout.try_clone().map_err(refused(duplicate))?);
            command.stderr(stderr.try_clone().map_err(refused(duplicate))?);
            None
        }
    };
    if tokio::runtime::Handle::try_current().is_ok() {
        inherited::pass_on_no_ignored();
    }
    let (pid, born) = born::timed(|| {
        registry::start(tree, || {
            command.spawn().map(|child| Pid::from_child(&child))
        })
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
    // With it go our copies of the program's ends of the pipes.
    drop(command);
    let child = watch(pid, started, ends).map(|child| child.with(input, born));
    child.map_err(|error| {
        let _ = rustix::process::kill_process_group(pid, Raw::KILL);
        registry::abandon(pid);
        Refused::Other(SpawnError::io("watch the program")(error))
    })
}

/// Gives it pipes to write to, each as `made` of what it would be; gives the ends to read from.
fn piped(
    command: &mut Command,
    made: impl Fn(OwnedFd) -> OwnedFd,
) -> Result<(OwnedFd, OwnedFd), Refused> {
    let (stdout, to_stdout) = pipe::pair().map_err(refused("make a pipe"))?;
    let (stderr, to_stderr) = pipe::pair().map_err(refused("make a pipe"))?;
    command.stdout(made(to_stdout)).stderr(made(to_stderr));
    Ok((stdout, stderr))
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

/// Which of the texts holds the NUL byte that `std` found.
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
