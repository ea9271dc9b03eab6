//! What this process was started with, and must not pass on.

use close_fds::CloseFdsBuilder;
use nix::sys::signal::SigSet;

/// Keeps what this process itself inherited from the programs that it starts: descriptors beyond
/// the three streams, and blocked signals. To be called once, as the program begins, before any
/// other thread is started.
///
/// Descriptors that are opened later need nothing: Rust opens them so that they are not inherited.
pub fn close_inherited() {
    CloseFdsBuilder::new().cloexecfrom(3);
    // Cannot fail with a valid set; and were it so, programs would begin as this one did.
    let _ = SigSet::empty().thread_set_mask();
}
