//! The reading end of a program's output.

use std::cell::{Cell, OnceCell};
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use tokio::io::unix::AsyncFd;

use crate::Process;
use crate::sink::{Sink, Stream};
use crate::spin::Spin;

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
    fd: Arc<OwnedFd>,
    /// Tells when there is something to read, from when that is waited for: many a program has ended
    /// before, and what it wrote is in the pipe.
    news: OnceCell<AsyncFd<Arc<OwnedFd>>>,
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

/// The program's end, opened anew for reading too. As long as the program has it there is somebody
/// who could read: to write waits where the pipe is full, and ends nobody, though this process be
/// gone. No descriptor more than its own is needed for that. Where there is no `/proc` it is as it was.
pub(crate) fn lasting(end: OwnedFd) -> OwnedFd {
    let path = format!("/proc/self/fd/{}", end.as_raw_fd());
    let anew = rustix::fs::open(path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty());
    anew.unwrap_or(end)
}

/// The end to read from of a [`lasting`] pipe that another process has as its descriptor of that number;
/// none if that is something else, such as a pipe of its own.
fn rejoin(pid: u32, fd: u32) -> io::Result<Option<OwnedFd>> {
    let path = format!("/proc/{pid}/fd/{fd}");
    let target = fs::read_link(&path)?;
    if !target.as_os_str().as_bytes().starts_with(b"pipe:") {
        return Ok(None);
    }
    let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{fd}"))?;
    let mut lines = info.lines();
    let flags = lines.find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    if flags.is_none_or(|flags| flags & OFlags::ACCMODE.bits() != OFlags::RDWR.bits()) {
        return Ok(None);
    }
    let read = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(Some(rustix::fs::open(path, read, Mode::empty())?))
}

impl Pipe {
    pub(crate) fn new(stream: Stream, fd: OwnedFd) -> Self {
        Self {
            stream,
            fd: Arc::new(fd),
            news: OnceCell::new(),
            widened: Cell::new(false),
        }
    }

    fn news(&self) -> io::Result<&AsyncFd<Arc<OwnedFd>>> {
        if let Some(news) = self.news.get() {
            return Ok(news);
        }
        let news = crate::ready::readable(Arc::clone(&self.fd))?;
        Ok(self.news.get_or_init(|| news))
    }

    /// Hands the sink the next bytes, or is woken when there are some.
    pub(crate) fn poll(&self, cx: &mut Context<'_>, sink: &mut dyn Sink) -> Poll<io::Result<Got>> {
        let news = self.news()?;
        loop {
            // Cleared only once nothing is left: readiness comes but once.
            let mut guard = ready!(news.poll_read_ready(cx))?;
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
            return match rustix::io::read(&self.fd, &mut *buffer) {
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
            let _ = rustix::pipe::fcntl_setpipe_size(&self.fd, WIDE);
        }
    }

    /// Hands the sink what is in the pipe at this moment, and no more of what somebody goes on
    /// writing. `End` if nobody can write any more.
    pub(crate) fn drain(&self, sink: &mut dyn Sink) -> io::Result<Got> {
        let mut left = if self.widened.get() { WIDE } else { CHUNK };
        loop {
            match self.take(sink)? {
                // Once more when that was all that fits: then it tells whether it has ended.
                Got::Bytes(count) if left > 0 => left = left.saturating_sub(count),
                got => return Ok(got),
            }
        }
    }
}

/// The pipes of one program; one that has ended is `None`.
#[derive(Debug, Default)]
pub(crate) struct Pipes([Option<Pipe>; 2]);

impl Pipes {
    pub(crate) fn new(stdout: OwnedFd, stderr: OwnedFd) -> Self {
        Self([
            Some(Pipe::new(Stream::Stdout, stdout)),
            Some(Pipe::new(Stream::Stderr, stderr)),
        ])
    }

    /// The outputs of a process that another one started, where these are [`lasting`]. If both are one
    /// pipe by now, that is the first.
    pub(crate) fn of(process: &Process) -> io::Result<Self> {
        let stdout = rejoin(process.pid(), 1)?;
        let stderr = rejoin(process.pid(), 2)?;
        let stderr = match (&stdout, stderr) {
            (Some(stdout), Some(stderr)) if same(stdout, &stderr)? => None,
            (_, stderr) => stderr,
        };
        // Alive after all that, so it was its own.
        if !process.alive() {
            return Ok(Self::default());
        }
        let pipe = |stream, fd: Option<OwnedFd>| fd.map(|fd| Pipe::new(stream, fd));
        Ok(Self([
            pipe(Stream::Stdout, stdout),
            pipe(Stream::Stderr, stderr),
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

    /// Hands the sink what comes next, keeping this thread waiting for it, but no longer than that.
    /// False if nothing came, or something other than output did.
    pub(crate) fn look(
        &mut self,
        patience: Duration,
        spin: &mut Spin,
        sink: &mut dyn Sink,
    ) -> io::Result<bool> {
        let [Some(stdout), Some(stderr)] = &self.0 else {
            return Ok(false);
        };
        let soon = spin.until(|| match stdout.take(sink) {
            Ok(Got::Nothing) => None,
            got => Some(got),
        });
        match soon.transpose()? {
            Some(Got::Bytes(_)) => return stderr.take(sink).map(|_| true),
            Some(Got::End) => return Ok(false),
            Some(Got::Nothing) | None => {}
        }
        let both = [stdout, stderr];
        let mut asked = both.map(|pipe| PollFd::new(&pipe.fd, PollFlags::IN));
        let patience = Timespec::try_from(patience).ok();
        if patience.is_none() || !matches!(poll(&mut asked, patience.as_ref()), Ok(1..)) {
            return Ok(false);
        }
        let come = asked.map(|asked| asked.revents());
        // Also their end is news, which is for whoever waits for that.
        if come.iter().any(|come| !(*come - PollFlags::IN).is_empty()) {
            return Ok(false);
        }
        for (pipe, come) in both.into_iter().zip(come) {
            if come.contains(PollFlags::IN) {
                pipe.take(sink)?;
            }
        }
        Ok(true)
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

fn same(one: &OwnedFd, other: &OwnedFd) -> io::Result<bool> {
    let (one, other) = (rustix::fs::fstat(one)?, rustix::fs::fstat(other)?);
    Ok((one.st_dev, one.st_ino) == (other.st_dev, other.st_ino))
}
