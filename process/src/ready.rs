//! Being woken when a descriptor has something to tell.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Has the runtime watch a descriptor until something can be read from it.
pub(crate) fn readable(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    watched(fd, Interest::READABLE)
}

/// Has the runtime watch a descriptor until something can be written to it.
pub(crate) fn writable(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    watched(fd, Interest::WRITABLE)
}

#[expect(
    deprecated,
    reason = "its successor is `unsafe`, for types that give up their descriptor behind tokio's \
              back; an `OwnedFd`, which is owned from here on, is none of them"
)]
fn watched(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::try_with_interest(fd, interest).map_err(io::Error::from)
}
