//! What `scn` says when it is at fault itself.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};

use scn_report::text::harmless;

use crate::terminal;

/// Whether values that are at hand may be secrets.
static HOLDS_SECRETS: AtomicBool = AtomicBool::new(false);

/// From here on a panic is told in words of ours: where it was, and why only as long as no value in it can be a
/// secret.
pub fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| terminal::tell(&told(panic))));
}

/// From here on values may be secrets.
pub fn holds_secrets() {
    HOLDS_SECRETS.store(true, Ordering::Relaxed);
}

fn told(panic: &PanicHookInfo<'_>) -> String {
    let why = match HOLDS_SECRETS.load(Ordering::Relaxed) {
        true => "(why is not shown, for it may hold a secret of the environment)",
        false => panic.payload_as_str().unwrap_or_default(),
    };
    let place = panic.location().map(ToString::to_string);
    let place = place.unwrap_or_else(|| "a place unknown".to_owned());
    let mut text = format!(
        "scn panicked at {place}, a fault of its own: {}\n",
        harmless(why, true)
    );
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("{trace}\n"));
    }
    text
}
