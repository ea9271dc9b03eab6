//! What this process was started with, and must not pass on.

use std::sync::OnceLock;

use close_fds::CloseFdsBuilder;
use nix::sys::signal::SigSet;
use tokio::signal::unix::{SignalKind, signal};

use crate::Signal;
use crate::procfs::ignored_signals;

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

/// Whether this process was started to ignore that signal: by `nohup`, or in the background by a shell
/// that has no job control.
pub fn was_ignored(signal: Signal) -> bool {
    is_in(ignored(), signal.number())
}

/// What this process was started to ignore is ignored from here on by a handler that does nothing: a program
/// that is executed begins with the usual reaction to what was handled, and would go on ignoring what
/// is ignored. Must be called within a tokio runtime that has I/O enabled.
///
/// What a terminal asks of those in its background (TSTP, TTIN, TTOU) is left alone: a handler would not
/// let this process write there. SIGPIPE is seen to by `std`.
pub(crate) fn pass_on_no_ignored() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        let mask = ignored();
        for number in (1..=31).filter(|number| is_in(mask, *number)) {
            if number != PIPE && !OF_TERMINALS.contains(&number) {
                // One that cannot be handled is passed on as it is.
                let _ = signal(SignalKind::from_raw(number));
            }
        }
    });
}

/// Whether this process ignores what it leaves alone so, and a program would with it that is started by `std`.
pub(crate) fn is_some_passed_on() -> bool {
    let mask = ignored();
    OF_TERMINALS.iter().any(|number| is_in(mask, *number))
}

const PIPE: i32 = rustix::process::Signal::PIPE.as_raw();
const OF_TERMINALS: [i32; 3] = [
    rustix::process::Signal::TSTP.as_raw(),
    rustix::process::Signal::TTIN.as_raw(),
    rustix::process::Signal::TTOU.as_raw(),
];

/// The signals that were ignored when this was asked for first, before any was handled here.
fn ignored() -> u64 {
    static IGNORED: OnceLock<u64> = OnceLock::new();
    *IGNORED.get_or_init(ignored_signals)
}

/// Whether a mask of `/proc` has that signal.
fn is_in(mask: u64, number: i32) -> bool {
    u32::try_from(number - 1)
        .ok()
        .and_then(|bit| mask.checked_shr(bit))
        .is_some_and(|rest| rest & 1 == 1)
}
