//! The writing end of a program's input.

use std::cell::Cell;
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use tokio::io::unix::AsyncFd;

use crate::pipe::WIDE;
use crate::ready;

/// A pipe that this process writes to, and a program reads as its standard input. Dropped, the
/// program's input has ended.
#[derive(Debug)]
pub struct InputPipe {
    fd: AsyncFd<OwnedFd>,
    /// It was widened, or that was tried.
    widened: Cell<bool>,
}

impl InputPipe {
    /// The end for the program, and ours, which never waits.
    pub(crate) fn pair() -> io::Result<(OwnedFd, Self)> {
        let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        rustix::fs::fcntl_setfl(&write, OFlags::NONBLOCK)?;
        let fd = ready::writable(write)?;
        let widened = Cell::new(false);
        Ok((read, Self { fd, widened }))
    }

    /// Writes what fits into the pipe at this moment, and tells how much that was.
    ///
    /// # Errors
    /// `BrokenPipe` if nobody reads it any more.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            return match rustix::io::write(self.fd.get_ref(), bytes) {
                Ok(written) => {
                    if written < bytes.len() && !self.widened.replace(true) {
                        // So that the two take fewer turns, where the system has a wider one to give.
                        let _ = rustix::pipe::fcntl_setpipe_size(self.fd.get_ref(), WIDE);
                    }
                    Ok(written)
                }
                Err(Errno::AGAIN) => Ok(0),
                Err(Errno::INTR) => continue,
                Err(error) => Err(error.into()),
            };
        }
    }

    /// Writes all of it, waiting for the program to read.
    ///
    /// # Errors
    /// `BrokenPipe` if nobody reads it any more. Dropped before its end, some may be written.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let mut guard = self.fd.writable().await?;
            match self.try_write(bytes)? {
                0 => guard.clear_ready(),
                written => bytes = &bytes[written..],
            }
        }
        Ok(())
    }
}
