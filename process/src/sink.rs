//! Who takes a program's output.

use std::io;

/// One of a program's two outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Takes a program's output, in the order in which it arrives.
///
/// A sink is called while the program runs, and must not wait for it. An error that it returns,
/// because a disk is full, say, ends the wait that called it; what the program writes after that
/// stays in its pipe until the next wait.
pub trait Sink {
    /// Takes what has just been read from one stream: up to 64 KiB, any bytes, cut anywhere.
    ///
    /// # Errors
    /// Whatever keeps the bytes from being kept.
    fn output(&mut self, stream: Stream, chunk: &[u8]) -> io::Result<()>;
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl Sink for Discard {
    fn output(&mut self, _: Stream, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps both streams whole in memory: for programs that are known to say little.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collect {
    /// What came on standard output.
    pub stdout: Vec<u8>,
    /// What came on standard error.
    pub stderr: Vec<u8>,
}

impl Sink for Collect {
    fn output(&mut self, stream: Stream, chunk: &[u8]) -> io::Result<()> {
        match stream {
            Stream::Stdout => self.stdout.extend_from_slice(chunk),
            Stream::Stderr => self.stderr.extend_from_slice(chunk),
        }
        Ok(())
    }
}
