//! When a child began, without asking `/proc`: that takes three system calls and a walk through the process.
//!
//! The system keeps the moment at which it made a process by the clock that begins with the machine, and tells it
//! in clock ticks. A child that was made between two looks at that clock within one tick began in that tick.

use std::sync::OnceLock;

use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};

use crate::procfs;

/// The clock ticks since the machine began.
fn ticks() -> Option<u64> {
    let now = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).ok()?;
    let nanos = seconds * 1_000_000_000 + u64::try_from(now.tv_nsec).ok()?;
    nanos.checked_div(1_000_000_000_u64.checked_div(clock_ticks_per_second())?)
}

/// Makes a child, and tells when it began as far as that is known from the clock.
pub(crate) fn timed<T>(make: impl FnOnce() -> T) -> (T, Option<u64>) {
    let before = ticks();
    let made = make();
    (made, before.filter(|_| before == ticks()))
}

/// When the child began, in clock ticks since the machine did; `told` is what the clock says. 0 if it is not
/// there any more and was not told.
pub(crate) fn start_time(pid: u32, told: Option<u64>) -> u64 {
    /// Whether the clock says what `/proc` does, as it has been found with a child.
    static AGREES: OnceLock<bool> = OnceLock::new();
    if let (Some(told), Some(true)) = (told, AGREES.get()) {
        return told;
    }
    let Some(stat) = procfs::stat(pid) else {
        return 0;
    };
    if let Some(told) = told {
        AGREES.get_or_init(|| told == stat.start);
    }
    stat.start
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_clock_says_what_proc_does() {
        let (mut told, begun) = (0, std::time::Instant::now());
        // A machine that is busy may take longer than a tick for most of them.
        while told < 5 && begun.elapsed().as_secs() < 60 {
            let start = || std::process::Command::new("true").spawn().unwrap();
            let (mut child, at) = timed(start);
            let stat = procfs::stat(child.id()).unwrap();
            child.wait().unwrap();
            if let Some(at) = at {
                told += 1;
                assert_eq!(at, stat.start);
            }
        }
        assert!(told > 0);
    }

    #[test]
    fn what_takes_longer_than_a_tick_is_not_told() {
        let pause = std::time::Duration::from_millis(40);
        assert_eq!(timed(|| std::thread::sleep(pause)).1, None);
    }
}
