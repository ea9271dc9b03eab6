//! Waiting for a descriptor.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A descriptor that can be waited for until it is readable.
#[expect(
    deprecated,
    reason = "what took its place is unsafe, because of sources that give away or close their \
              descriptor while they are waited for; an `OwnedFd` does neither"
)]
pub(crate) fn readable(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(fd, Interest::READABLE)
}
