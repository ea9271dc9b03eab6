//! The writing end of a program's input.

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use tokio::io::unix::AsyncFd;

use crate::ready;

/// A pipe that this process writes to, and a program reads as its standard input. Dropped, the
/// program's input has ended.
#[derive(Debug)]
pub struct InputPipe(AsyncFd<OwnedFd>);

impl InputPipe {
    /// The end for the program, and ours, which never waits.
    pub(crate) fn pair() -> io::Result<(OwnedFd, Self)> {
        let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        rustix::fs::fcntl_setfl(&write, OFlags::NONBLOCK)?;
        Ok((read, Self(ready::writable(write)?)))
    }

    /// Writes what fits into the pipe at this moment, and tells how much that was.
    ///
    /// # Errors
    /// `BrokenPipe` if nobody reads it any more.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            return match rustix::io::write(self.0.get_ref(), bytes) {
                Ok(written) => Ok(written),
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
            let mut guard = self.0.writable().await?;
            match self.try_write(bytes)? {
                0 => guard.clear_ready(),
                written => bytes = &bytes[written..],
            }
        }
        Ok(())
    }
}
