//! A process that may be anybody's, held so that it cannot be mistaken for another.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};

use crate::{Signal, procfs, ready};

/// A process, whoever started it. The number of one that has ended can be given to another; this
/// goes on to mean the one that it was opened for.
#[derive(Debug)]
pub struct Process {
    pid: u32,
    start: u64,
    pidfd: OwnedFd,
}

impl Process {
    /// The process that has this number now; `None` if there is none, or it is dead already and
    /// only not reaped yet.
    ///
    /// # Errors
    /// If the system has no more descriptors.
    pub fn open(pid: u32) -> io::Result<Option<Self>> {
        let Some(raw) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
            return Ok(None);
        };
        let pidfd = match pidfd_open(raw, PidfdFlags::empty()) {
            Ok(pidfd) => pidfd,
            // Of a number that is a thread's and no process's, kernels say one or the other.
            Err(Errno::SRCH | Errno::INVAL | Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Some(stat) = procfs::stat(pid) else {
            return Ok(None);
        };
        let start = stat.start;
        let process = Self { pid, start, pidfd };
        // Alive after it was described, so it is the one that was described.
        Ok(process.alive().then_some(process))
    }

    /// The process that has this number, if it is still the one that was started at `start`, as
    /// [`start_time`](Self::start_time) told it then.
    ///
    /// # Errors
    /// If the system has no more descriptors.
    pub fn open_started(pid: u32, start: u64) -> io::Result<Option<Self>> {
        Ok(Self::open(pid)?.filter(|process| process.start == start))
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// When it was started, in clock ticks since the machine was: with its number, this names it
    /// once and for all, until the machine is started again.
    pub fn start_time(&self) -> u64 {
        self.start
    }

    /// The words that it was started with, joined by blanks; empty once it is dead.
    pub fn command_line(&self) -> String {
        self.described(procfs::command_line).unwrap_or_default()
    }

    /// Whether it is alive. One that is dead and not reaped yet is not.
    pub fn alive(&self) -> bool {
        let mut fds = [PollFd::new(&self.pidfd, PollFlags::IN)];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        !matches!(poll(&mut fds, Some(&at_once)), Ok(ready) if ready > 0)
    }

    /// Whether it is stopped, as by the signal STOP.
    pub fn stopped(&self) -> bool {
        self.described(procfs::stat)
            .is_some_and(|stat| matches!(stat.state, b'T' | b't'))
    }

    /// What is told of its number, if it was still its own after that.
    fn described<T>(&self, tell: impl FnOnce(u32) -> Option<T>) -> Option<T> {
        tell(self.pid).filter(|_| self.alive())
    }

    /// Sends it a signal; false if it is gone.
    ///
    /// # Errors
    /// If the system does not permit it.
    pub fn signal(&self, signal: Signal) -> io::Result<bool> {
        match pidfd_send_signal(&self.pidfd, signal.raw()) {
            Ok(()) => Ok(true),
            Err(Errno::SRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until it is dead; false if that takes longer than `limit`. Must be called within a
    /// tokio runtime that has I/O and time enabled.
    ///
    /// # Errors
    /// If the system has no more descriptors.
    pub async fn wait_gone(&self, limit: Duration) -> io::Result<bool> {
        if !self.alive() {
            return Ok(true);
        }
        let pidfd = ready::readable(self.pidfd.try_clone()?)?;
        match tokio::time::timeout(limit, pidfd.readable()).await {
            Ok(ready) => ready.map(|_| true),
            Err(_) => Ok(false),
        }
    }
}
