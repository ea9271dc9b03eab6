//! What `/proc` tells of processes.

use std::fs;
use std::io;

/// The part of `/proc/PID/stat` that is of use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) pid: u32,
    /// One letter; `Z` is a dead process that was not reaped yet.
    pub(crate) state: u8,
    pub(crate) parent: u32,
    pub(crate) group: u32,
    pub(crate) session: u32,
    /// When it was started, in clock ticks since the machine was.
    pub(crate) start: u64,
}

impl Stat {
    /// Dead, and at most not reaped yet.
    pub(crate) fn dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

/// One process; `None` if there is none.
pub(crate) fn stat(pid: u32) -> Option<Stat> {
    parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// The name, in parentheses, may hold blanks and parentheses: what follows begins at the last one.
fn parse(line: &[u8]) -> Option<Stat> {
    let line = String::from_utf8_lossy(line);
    let (pid, _) = line.split_once(' ')?;
    let (_, rest) = line.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = *fields.next()?.as_bytes().first()?;
    let mut number = |skip: usize| fields.nth(skip)?.parse::<u64>().ok();
    Some(Stat {
        pid: pid.parse().ok()?,
        state,
        parent: u32::try_from(number(0)?).ok()?,
        group: u32::try_from(number(0)?).ok()?,
        session: u32::try_from(number(0)?).ok()?,
        start: {
            // Terminal, its foreground group (may be -1), flags, and so on: 15 fields between.
            fields.nth(14)?;
            fields.next()?.parse().ok()?
        },
    })
}

/// The ids of all processes.
pub(crate) fn pids() -> io::Result<impl Iterator<Item = u32>> {
    Ok(fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()))
}

/// Whether anything of a process group is alive.
pub(crate) fn group_lives(group: u32) -> io::Result<bool> {
    Ok(pids()?
        .filter_map(stat)
        .any(|stat| stat.group == group && !stat.dead()))
}
