//! What `/proc` tells of processes.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

/// A part of `/proc/PID/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    state: u8,
    /// Clock ticks that it computed, in its own code and in the kernel's.
    pub ticks: u64,
    pub threads: u64,
    /// When it started: clock ticks since the machine did.
    pub start: u64,
    /// Resident pages.
    pub pages: u64,
}

impl Stat {
    /// A process' own; `None` if there is none of that number.
    pub fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(text: &[u8]) -> Option<Self> {
        // The name before it may hold blanks and parentheses, and bytes of any kind.
        let name = text.iter().rposition(|&byte| byte == b')')?;
        let text = str::from_utf8(&text[name + 1..]).ok()?;
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            state: *fields.first()?.as_bytes().first()?,
            ticks: number(11)?.saturating_add(number(12)?),
            threads: number(17)?,
            start: number(19)?,
            pages: number(21)?,
        })
    }

    /// Dead, and at most not reaped yet.
    pub fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

/// How long the machine has run.
pub(crate) fn uptime() -> Option<Duration> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// How many descriptors a process has open; `None` if this user may not know.
pub(crate) fn descriptors(pid: u32) -> Option<u64> {
    let folder = format!("/proc/{pid}/fd");
    // Since Linux 6.2 the folder's size says so, whatever their number costs to list.
    match fs::metadata(&folder).ok()?.size() {
        0 => Some(fs::read_dir(folder).ok()?.count() as u64),
        number => Some(number),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_look_like_what_follows() {
        let line =
            b"42 (a) R 1 (\xff) S 7 8 9 0 -1 4194304 1 2 3 4 50 6 7 8 20 0 3 0 123456 9 77\n";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.ticks, stat.threads), (56, 3));
        assert_eq!((stat.start, stat.pages), (123_456, 77));
        assert_eq!(Stat::parse(b"42 (cut"), None);
        assert_eq!(Stat::parse(b""), None);
    }

    #[test]
    fn this_process_is_described() {
        let own = Stat::of(std::process::id()).unwrap();
        assert!(!own.is_dead() && own.threads >= 1 && own.pages > 0);
        assert!(descriptors(std::process::id()).unwrap() >= 3);
        assert!(uptime().unwrap() > Duration::from_millis(own.start * 10));
    }
}
