//! A program that was started: waiting for it, and ending it.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::task::Poll;
use std::time::{Duration, Instant};

use rustix::io::{Errno, retry_on_intr};
use rustix::process::{Pid, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid};
use tokio::io::unix::AsyncFd;
use tokio::time::{sleep, timeout, timeout_at};

use crate::input::InputPipe;
use crate::pipe::Pipes;
use crate::sink::{Discard, Sink, Stream};
use crate::spin::Spin;
use crate::{Process, Signal, group, ready, registry, signal};

/// How long a program that was asked to end has, before it is ended.
pub const GRACE: Duration = Duration::from_secs(5);

/// How long after its start a program is waited for without its output being looked at. Most
/// programs are done by then, and what they wrote, if it is not more than a pipe holds, is had in
/// one go: one wake-up for each, and not three.
const MOMENT: Duration = Duration::from_millis(1);

/// How long the system may take to end what got KILL. Only a process inside a device or a network
/// file system takes longer; that is an error, and no reason to wait forever.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program that was started, in a process group of its own.
///
/// Dropped before its exit was seen, it is killed, with its group.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    pidfd: AsyncFd<OwnedFd>,
    pipes: Pipes,
    /// Whether it answers so soon that it is worth asking again and again.
    spin: Spin,
    input: Option<InputPipe>,
    started: Instant,
    /// When it began, as far as the clock told.
    born: Option<u64>,
    ending: Ending,
    /// When the exit was noticed.
    gone: Option<Duration>,
    /// What the system told of the exit: it was reaped, and its number is its group's alone, while that has members.
    status: Option<WaitIdStatus>,
    exit: Option<Exit>,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Its exit status, unless a signal ended it.
    pub code: Option<i32>,
    /// The name of the signal that ended it: `KILL`, `SEGV`, ….
    pub signal: Option<&'static str>,
    /// The time from its start to its exit.
    pub duration: Duration,
    /// What this process did to that end.
    pub ending: Ending,
}

impl Exit {
    /// Whether it ended by itself with status 0.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// What was done to end a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing: it ended by itself, or somebody else ended it.
    Own,
    /// Its process group got TERM, and was gone within the grace period.
    Terminated,
    /// Something of its process group outlived the grace period, and the group got KILL.
    Killed,
}

impl Child {
    pub(crate) fn new(
        pid: Pid,
        started: Instant,
        pidfd: OwnedFd,
        pipes: Pipes,
    ) -> io::Result<Self> {
        Ok(Self {
            pid,
            pidfd: ready::readable(pidfd)?,
            pipes,
            spin: Spin::default(),
            input: None,
            started,
            born: None,
            ending: Ending::Own,
            gone: None,
            status: None,
            exit: None,
        })
    }

    pub(crate) fn with(mut self, input: Option<InputPipe>, born: Option<u64>) -> Self {
        self.input = input;
        self.born = born;
        self
    }

    /// What the program reads is written there, if it was started with
    /// [`Input::Piped`](crate::Input::Piped) and this was not taken yet. Dropped, the program's
    /// input has ended.
    pub fn take_input(&mut self) -> Option<InputPipe> {
        self.input.take()
    }

    /// The process id; also that of its process group.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// When its process began, in clock ticks since the machine did: with its number, this names
    /// it once and for all. 0 if that is not known any more, since it was waited for.
    pub fn start_time(&self) -> u64 {
        crate::born::start_time(self.pid(), self.born)
    }

    /// How it ended, once that was waited for.
    pub fn exit(&self) -> Option<Exit> {
        self.exit
    }

    /// Waits for the program's exit, and hands all that it writes until then to the sink: also
    /// what is still in its pipes as it exits, whoever else may still hold them open. What those
    /// write later is had from [`leftover`](Self::leftover).
    ///
    /// Can be dropped and called again: nothing is lost.
    ///
    /// # Errors
    /// Those of the sink, and of the system. The program may then still run.
    pub async fn wait(&mut self, sink: &mut dyn Sink) -> io::Result<Exit> {
        if let Some(exit) = self.exit {
            return Ok(exit);
        }
        self.soon_exited().await?;
        self.exited(sink).await?;
        self.pipes.drain(sink)?;
        self.reap()
    }

    /// Hands all that the program writes to the sink until it has exited, or until nobody can write
    /// to its standard output any more; true if it has exited. Its exit is not waited for yet: that
    /// is for [`wait`](Self::wait), or for [`terminate`](Self::terminate), which ends what is left
    /// of its process group. Can be dropped and called again.
    ///
    /// # Errors
    /// Those of the sink, and of the system.
    pub async fn until_closed(&mut self, sink: &mut dyn Sink) -> io::Result<bool> {
        poll_fn(|cx| {
            if self.exit.is_some() || self.gone.is_some() {
                return Poll::Ready(Ok(true));
            }
            if self.pidfd.poll_read_ready(cx)?.is_ready() {
                self.gone = Some(self.started.elapsed());
                self.pipes.drain(sink)?;
                return Poll::Ready(Ok(true));
            }
            if let Poll::Ready(Err(error)) = self.pipes.poll(cx, sink) {
                return Poll::Ready(Err(error));
            }
            match self.pipes.stdout_ended() {
                true => Poll::Ready(Ok(false)),
                false => Poll::Pending,
            }
        })
        .await
    }

    /// Hands the sink what the program writes next, keeping this thread waiting for it, but no longer
    /// than `patience`: for an answer that comes sooner than a runtime could be asked for it. False
    /// if nothing came, or what came is more than output: then that is for
    /// [`until_closed`](Self::until_closed) to find.
    ///
    /// # Errors
    /// Those of the sink, and of the system.
    pub fn look(&mut self, patience: Duration, sink: &mut dyn Sink) -> io::Result<bool> {
        match self.exit.is_some() || self.gone.is_some() {
            true => Ok(false),
            false => self.pipes.look(patience, &mut self.spin, sink),
        }
    }

    /// Ends the program with its process group, and waits until they are gone: TERM (and CONT,
    /// without which a stopped process does not see TERM), then, for what is still there after
    /// `grace`, KILL. Does nothing if its exit was already waited for.
    ///
    /// # Errors
    /// Those of the sink, after the program was ended all the same ([`exit`](Self::exit) tells
    /// how); and of the system, if something cannot be ended.
    pub async fn terminate(&mut self, grace: Duration, sink: &mut dyn Sink) -> io::Result<Exit> {
        if let Some(exit) = self.exit {
            return Ok(exit);
        }
        let mut sink = Persistent { sink, error: None };
        if self.gone.is_none() {
            self.ending = Ending::Terminated;
        }
        self.signal_group(Signal::TERM)?;
        self.signal_group(Signal::CONT)?;
        if !self.group_gone(grace, &mut sink).await? {
            self.ending = Ending::Killed;
            self.signal_group(Signal::KILL)?;
            if !self.group_gone(PATIENCE, &mut sink).await? {
                let text = format!("process {} does not end, not even by KILL", self.pid());
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
        }
        // Its group's number may be another's from here on, so nothing may fail before that is noted.
        let exit = self.reap()?;
        self.pipes.drain(&mut sink)?;
        sink.error.map_or(Ok(exit), Err)
    }

    /// Sends a signal to the program itself, and not to its group. Nothing happens after its exit.
    ///
    /// # Errors
    /// If the system does not permit it.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        if self.exit.is_some() {
            return Ok(());
        }
        ignore_gone(rustix::process::pidfd_send_signal(
            self.pidfd.get_ref(),
            signal.raw(),
        ))
    }

    /// Sends a signal to the program's process group. Nothing happens after its exit was waited
    /// for, as the group's number may then be another's; while what is left of the group is waited for, nothing
    /// if that is gone.
    ///
    /// # Errors
    /// If the system does not permit it.
    pub fn signal_group(&self, signal: Signal) -> io::Result<()> {
        let is_gone = || Ok::<_, io::Error>(self.status.is_some() && !group::lives(self.pid)?);
        if self.exit.is_some() || is_gone()? {
            return Ok(());
        }
        ignore_gone(kill_process_group(self.pid, signal.raw()))
    }

    /// After the exit: the outputs that somebody else still holds open. `None` if nobody does.
    pub fn leftover(&mut self) -> Option<Leftover> {
        if self.exit.is_none() || self.pipes.ended() {
            return None;
        }
        Some(Leftover(std::mem::take(&mut self.pipes)))
    }

    /// Waits until the program is dead or has run for a [`MOMENT`]; [`exited`](Self::exited) tells which.
    async fn soon_exited(&self) -> io::Result<()> {
        let moment = (self.started + MOMENT).into();
        match timeout_at(moment, self.pidfd.readable()).await {
            Ok(dead) => dead.map(drop),
            Err(_) => Ok(()),
        }
    }

    /// Hands output to the sink until the program is dead, whether or not it closed its output before. As after
    /// [`until_closed`](Self::until_closed) its exit is not waited for yet. Can be dropped and called again.
    ///
    /// # Errors
    /// Those of the sink, and of the system.
    pub async fn exited(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        poll_fn(|cx| {
            // The exit first: it must not have to wait for somebody who writes without end.
            if self.gone.is_some() {
                return Poll::Ready(Ok(()));
            }
            if self.pidfd.poll_read_ready(cx)?.is_ready() {
                self.gone = Some(self.started.elapsed());
                return Poll::Ready(Ok(()));
            }
            match self.pipes.poll(cx, sink) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                _ => Poll::Pending,
            }
        })
        .await
    }

    /// Waits until nothing of the process group is left; false if that takes longer than `limit`.
    async fn group_gone(&mut self, limit: Duration, sink: &mut dyn Sink) -> io::Result<bool> {
        let deadline = Instant::now() + limit;
        if timeout(limit, self.exited(sink)).await.is_err() {
            return Ok(false);
        }
        if group::is_known_by_descent() {
            self.take_status()?;
        }
        let mut pause = Duration::from_millis(1);
        while group::lives(self.pid)? {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            self.pump_for(pause.min(left), sink).await?;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
        Ok(true)
    }

    /// Lets nobody block on a full pipe for so long.
    async fn pump_for(&mut self, time: Duration, sink: &mut dyn Sink) -> io::Result<()> {
        let pumping = poll_fn(|cx| match self.pipes.poll(cx, sink) {
            Poll::Ready(Err(error)) => Poll::Ready(error),
            _ => Poll::Pending,
        });
        tokio::select! {
            error = pumping => Err(error),
            () = sleep(time) => Ok(()),
        }
    }

    /// Takes the exit status of the dead program from the system, once.
    fn take_status(&mut self) -> io::Result<()> {
        if self.status.is_none() {
            let pidfd = self.pidfd.get_ref().as_fd();
            self.status = registry::reap(self.pid, || {
                retry_on_intr(|| waitid(WaitId::PidFd(pidfd), WaitIdOptions::EXITED))
            })?;
        }
        Ok(())
    }

    /// How the dead program has ended.
    fn reap(&mut self) -> io::Result<Exit> {
        self.take_status()?;
        let status = &self.status;
        let exit = Exit {
            duration: self.gone.unwrap_or_else(|| self.started.elapsed()),
            ending: self.ending,
            code: status.as_ref().and_then(WaitIdStatus::exit_status),
            signal: status
                .as_ref()
                .and_then(WaitIdStatus::terminating_signal)
                .map(signal::name_of),
        };
        self.exit = Some(exit);
        Ok(exit)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.exit.is_none() {
            let _ = self.signal_group(Signal::KILL);
            if self.status.is_none() {
                registry::abandon(self.pid);
            }
        }
    }
}

/// That a process is gone already is no error of ending it.
fn ignore_gone(result: Result<(), Errno>) -> io::Result<()> {
    match result {
        Err(Errno::SRCH) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The outputs of a program that has exited, which others still hold open. As long as it is kept
/// they can write; once it is dropped, that ends them with the signal PIPE. Or those of a program that
/// was started by a process that is gone.
#[derive(Debug, Default)]
pub struct Leftover(Pipes);

impl Leftover {
    /// The outputs of a process that was started with [`Output::Lasting`](crate::Output::Lasting) by
    /// another one, from where that left off; none of an output that the process has put elsewhere
    /// since. Must be called within a tokio runtime that has I/O enabled.
    ///
    /// # Errors
    /// If the system does not let this process look at that one, or has no more descriptors.
    pub fn of(process: &Process) -> io::Result<Self> {
        Pipes::of(process).map(Self)
    }

    /// Hands all that is written to the sink, until nobody holds the outputs any more. Can be
    /// dropped and called again.
    ///
    /// # Errors
    /// Those of the sink, and of the system.
    pub async fn pump(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        if self.0.ended() {
            return Ok(());
        }
        poll_fn(|cx| self.0.poll(cx, sink)).await
    }

    /// Hands the sink what has been written by now, without waiting for more.
    ///
    /// # Errors
    /// Those of the sink, and of the system.
    pub fn drain(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        self.0.drain(sink)
    }
}

/// Goes on after the sink's first error, which is kept, and discards: what is being ended must not
/// live on because a disk is full.
struct Persistent<'a> {
    sink: &'a mut dyn Sink,
    error: Option<io::Error>,
}

impl Sink for Persistent<'_> {
    fn output(&mut self, stream: Stream, chunk: &[u8]) -> io::Result<()> {
        if self.error.is_some() {
            return Discard.output(stream, chunk);
        }
        self.error = self.sink.output(stream, chunk).err();
        Ok(())
    }
}
