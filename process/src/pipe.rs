//! The reading end of a program's output.

use std::cell::Cell;
use std::io;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll, ready};

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use tokio::io::unix::AsyncFd;

use crate::sink::{Sink, Stream};

/// As much as is read at once, and as a pipe holds unless told otherwise.
const CHUNK: usize = 64 * 1024;

/// What a pipe is widened to when a program fills it, so that the two take fewer turns: then a
/// gigabyte onto a disk takes as long as if the program wrote it to the file itself. (Splicing it
/// into the file was measured: no faster on a disk, often slower, and a sixth faster on tmpfs; not
/// worth a second way for output to come.) It is the most that may be had without privileges.
pub(crate) const WIDE: usize = 1024 * 1024;

thread_local! {
    /// One buffer for all pipes of a thread. It is only in use between a read and the sink that
    /// takes what was read.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A pipe that a program writes to, and this process reads.
#[derive(Debug)]
pub(crate) struct Pipe {
    stream: Stream,
    fd: AsyncFd<OwnedFd>,
    /// The pipe was widened, or that was tried.
    widened: Cell<bool>,
}

/// What one look at a pipe brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// So many bytes, which the sink has.
    Bytes(usize),
    /// Nothing for now; somebody may still write.
    Nothing,
    /// Nothing ever again.
    End,
}

/// A pipe, not yet watched: the end to read from, which never waits, and the one for the program.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    // Of the two ends, only ours: a program does not expect its output to refuse bytes.
    rustix::fs::fcntl_setfl(&read, OFlags::NONBLOCK)?;
    Ok((read, write))
}

impl Pipe {
    pub(crate) fn new(stream: Stream, fd: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            stream,
            fd: crate::ready::readable(fd)?,
            widened: Cell::new(false),
        })
    }

    /// Hands the sink the next bytes, or is woken when there are some.
    pub(crate) fn poll(&self, cx: &mut Context<'_>, sink: &mut dyn Sink) -> Poll<io::Result<Got>> {
        loop {
            // Cleared only once nothing is left: readiness comes but once.
            let mut guard = ready!(self.fd.poll_read_ready(cx))?;
            let got = self.take(sink)?;
            match got {
                Got::Nothing => guard.clear_ready(),
                // A pipe gives all that it has: the next bytes will be news.
                Got::Bytes(count) if count < CHUNK => guard.clear_ready(),
                _ => {}
            }
            if got != Got::Nothing {
                return Poll::Ready(Ok(got));
            }
        }
    }

    /// Hands the sink what the pipe holds now, up to a chunk, without waiting.
    fn take(&self, sink: &mut dyn Sink) -> io::Result<Got> {
        let mut buffer = BUFFER.take();
        buffer.resize(CHUNK, 0);
        let got = self.read(&mut buffer, sink);
        BUFFER.set(buffer);
        got
    }

    fn read(&self, buffer: &mut [u8], sink: &mut dyn Sink) -> io::Result<Got> {
        loop {
            return match rustix::io::read(self.fd.get_ref(), &mut *buffer) {
                Ok(0) => Ok(Got::End),
                Ok(count) => {
                    if count == buffer.len() {
                        self.widen();
                    }
                    sink.output(self.stream, &buffer[..count])?;
                    Ok(Got::Bytes(count))
                }
                Err(Errno::AGAIN) => Ok(Got::Nothing),
                Err(Errno::INTR) => continue,
                Err(error) => Err(error.into()),
            };
        }
    }

    /// A wider pipe is a matter of speed alone: where the system has none to give, the old one does.
    fn widen(&self) {
        if !self.widened.replace(true) {
            let _ = rustix::pipe::fcntl_setpipe_size(self.fd.get_ref(), WIDE);
        }
    }

    /// Hands the sink what is in the pipe at this moment, and no more of what somebody goes on
    /// writing. `End` if nobody can write any more.
    pub(crate) fn drain(&self, sink: &mut dyn Sink) -> io::Result<Got> {
        let mut left = if self.widened.get() { WIDE } else { CHUNK };
        loop {
            match self.take(sink)? {
                Got::Bytes(count) if count < left => left -= count,
                got => return Ok(got),
            }
        }
    }
}

/// The pipes of one program; one that has ended is `None`.
#[derive(Debug, Default)]
pub(crate) struct Pipes([Option<Pipe>; 2]);

impl Pipes {
    pub(crate) fn new(stdout: OwnedFd, stderr: OwnedFd) -> io::Result<Self> {
        Ok(Self([
            Some(Pipe::new(Stream::Stdout, stdout)?),
            Some(Pipe::new(Stream::Stderr, stderr)?),
        ]))
    }

    pub(crate) fn ended(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    pub(crate) fn stdout_ended(&self) -> bool {
        self.0[0].is_none()
    }

    /// Hands the sink all that comes. Ready when every pipe has ended, or on an error.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        sink: &mut dyn Sink,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut moved = false;
            for slot in &mut self.0 {
                let Some(pipe) = slot else { continue };
                match pipe.poll(cx, sink)? {
                    Poll::Ready(Got::End) => *slot = None,
                    Poll::Ready(_) => moved = true,
                    Poll::Pending => {}
                }
            }
            if self.ended() {
                return Poll::Ready(Ok(()));
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }

    /// Hands the sink what is there now, without waiting.
    pub(crate) fn drain(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        for slot in &mut self.0 {
            let Some(pipe) = slot else { continue };
            if pipe.drain(sink)? == Got::End {
                *slot = None;
            }
        }
        Ok(())
    }
}
