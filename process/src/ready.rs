//! Being woken when a descriptor has something to tell.

use std::io;
use std::os::fd::AsRawFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Has the runtime watch a descriptor until something can be read from it.
pub(crate) fn readable<T: AsRawFd>(fd: T) -> io::Result<AsyncFd<T>> {
    watched(fd, Interest::READABLE)
}

/// Has the runtime watch a descriptor until something can be written to it.
pub(crate) fn writable<T: AsRawFd>(fd: T) -> io::Result<AsyncFd<T>> {
    watched(fd, Interest::WRITABLE)
}

#[expect(
    deprecated,
    reason = "its successor is `unsafe`, for types that give up their descriptor behind tokio's \
              back; an `OwnedFd`, which is owned from here on, alone or shared, is none of them"
)]
fn watched<T: AsRawFd>(fd: T, interest: Interest) -> io::Result<AsyncFd<T>> {
    AsyncFd::try_with_interest(fd, interest).map_err(io::Error::from)
}
