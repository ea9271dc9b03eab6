//! What the system is asked to execute, and the two ways in which it is asked.
//!
//! Both are posix_spawn, whose price does not grow with the memory of this process. A program that works where this process
//! does is started by `nix`: so the variables of this process are put together once, and the C library, told of all
//! signals, does not ask after each. But `nix` cannot say where else a program is to work. Such a one is started by `std`, which
//! takes all variables apart and puts them together again for each; it stays on posix_spawn since there is no `pre_exec` and
//! no user id, and the program is given by its path. But `std` lets a program go on ignoring what this process ignores: where that is
//! more than it is elsewhere, such a one is started by `nix`, too, from a thread that has gone there.

use std::ffi::{CString, NulError, OsStr};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;
use std::thread;

use nix::sched::{CloneFlags, unshare};
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::SigSet;
use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
use rustix::process::Pid;

use crate::{Environment, inherited, variables};

/// A program, complete but for its streams.
pub(crate) struct Command<'s> {
    /// The file that is executed, with a slash in it.
    pub(crate) file: &'s Path,
    /// Its words, first the name that it is called by.
    pub(crate) words: Vec<&'s OsStr>,
    pub(crate) env: &'s Environment,
    pub(crate) cwd: Option<&'s Path>,
}

/// What a program reads from and writes to.
pub(crate) struct Streams {
    /// Nothing at all, where there is none.
    pub(crate) stdin: Option<OwnedFd>,
    pub(crate) stdout: OwnedFd,
    pub(crate) stderr: OwnedFd,
}

impl Command<'_> {
    /// Starts it: the leader of a process group of its own, which reacts to signals as usual and blocks none.
    pub(crate) fn start(&self, streams: Streams) -> io::Result<Pid> {
        let Some(cwd) = self.cwd.filter(|cwd| !is_own(cwd)) else {
            return self.start_here(&streams);
        };
        if inherited::is_some_passed_on()
            && let Some(started) = self.start_from(cwd, &streams)
        {
            return started;
        }
        self.start_elsewhere(streams)
    }

    /// From a thread that works there, and no other with it; none where the system does not let it, as in many containers.
    fn start_from(&self, cwd: &Path, streams: &Streams) -> Option<io::Result<Pid>> {
        let start = || {
            unshare(CloneFlags::CLONE_FS).ok()?;
            let there = rustix::process::chdir(cwd).map_err(io::Error::from);
            Some(there.and_then(|()| self.start_here(streams)))
        };
        thread::scope(|scope| {
            let started = thread::Builder::new().spawn_scoped(scope, start).ok()?;
            started.join().ok()?
        })
    }

    fn start_here(&self, streams: &Streams) -> io::Result<Pid> {
        let words = self.words.iter().map(|word| CString::new(word.as_bytes()));
        let words: Vec<CString> = words.collect::<Result<_, NulError>>()?;
        let variables = variables::given(self.env)?;
        let stdin = match &streams.stdin {
            Some(stdin) => stdin.as_raw_fd(),
            None => nothing()?,
        };
        let mut actions = PosixSpawnFileActions::init()?;
        actions.add_dup2(stdin, 0)?;
        actions.add_dup2(streams.stdout.as_raw_fd(), 1)?;
        actions.add_dup2(streams.stderr.as_raw_fd(), 2)?;
        let mut how = PosixSpawnAttr::init()?;
        how.set_flags(
            PosixSpawnFlags::POSIX_SPAWN_SETPGROUP
                | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF
                | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK,
        )?;
        // None that there is: its own.
        how.set_pgroup(nix::unistd::Pid::from_raw(0))?;
        how.set_sigdefault(&SigSet::all())?;
        how.set_sigmask(&SigSet::empty())?;
        let pid = posix_spawn(self.file, &actions, &how, &words, &variables)?;
        Pid::from_raw(pid.as_raw()).ok_or_else(|| io::ErrorKind::Other.into())
    }

    fn start_elsewhere(&self, streams: Streams) -> io::Result<Pid> {
        let mut command = std::process::Command::new(self.file);
        if let Some((name, rest)) = self.words.split_first() {
            command.arg0(name).args(rest);
        }
        if self.env.clean {
            command.env_clear();
        }
        for name in &self.env.removed {
            command.env_remove(name);
        }
        for (name, value) in &self.env.set {
            command.env(name, value);
        }
        if let Some(cwd) = self.cwd {
            command.current_dir(cwd);
        }
        command
            .process_group(0)
            .stdin(streams.stdin.map_or_else(Stdio::null, Stdio::from))
            .stdout(streams.stdout)
            .stderr(streams.stderr);
        command.spawn().map(|child| Pid::from_child(&child))
    }
}

/// What gives nothing to whoever reads it, for all programs.
fn nothing() -> io::Result<RawFd> {
    static NOTHING: OnceLock<File> = OnceLock::new();
    if let Some(nothing) = NOTHING.get() {
        return Ok(nothing.as_raw_fd());
    }
    let nothing = File::open("/dev/null")?;
    Ok(NOTHING.get_or_init(|| nothing).as_raw_fd())
}

/// Whether that is the folder in which this process works, and may be entered. A folder that has taken the place of
/// another one is not the same, nor is the same one where it is mounted a second time.
fn is_own(folder: &Path) -> bool {
    let own = place(Path::new("."));
    own.is_some() && own == place(&folder.join("."))
}

/// A mount, a device and a number on it.
type Place = (u64, u32, u32, u64);

/// None if there is no such folder, or the system does not tell all of that.
fn place(folder: &Path) -> Option<Place> {
    let wanted = StatxFlags::INO | StatxFlags::MNT_ID;
    let found = statx(CWD, folder, AtFlags::empty(), wanted).ok()?;
    let is_told = StatxFlags::from_bits_retain(found.stx_mask).contains(wanted);
    is_told.then_some((
        found.stx_mnt_id,
        found.stx_dev_major,
        found.stx_dev_minor,
        found.stx_ino,
    ))
}
