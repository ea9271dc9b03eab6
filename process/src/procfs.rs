//! What `/proc` tells of processes.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

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
    Some(Stat {
        pid: pid.parse().ok()?,
        state,
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
        session: fields.next()?.parse().ok()?,
        // Terminal, its foreground group and so on: 15 fields between.
        start: fields.nth(15)?.parse().ok()?,
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

/// The children of a process, of all its threads. `None` where the kernel does not list them; empty
/// if there is no such process.
///
/// While children come and go the list can lack some, but never all: if it is empty, there were
/// none.
pub(crate) fn children(pid: u32) -> Option<Vec<u32>> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Some(Vec::new());
    };
    let mut children = Vec::new();
    for thread in threads.flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(list) => {
                children.extend(
                    list.split_ascii_whitespace()
                        .filter_map(|pid| pid.parse::<u32>().ok()),
                );
            }
            // The thread is gone; or the kernel was built without these lists.
            Err(_) if thread.path().exists() => return None,
            Err(_) => {}
        }
    }
    Some(children)
}

/// The words that a process was started with, joined by blanks. `None` if it is dead, or one of the
/// kernel's own.
pub(crate) fn command_line(pid: u32) -> Option<String> {
    let words = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words = words.strip_suffix(b"\0").unwrap_or(&words);
    if words.is_empty() {
        return None;
    }
    let words = words.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    Some(words.collect::<Vec<_>>().join(" "))
}

/// A variable that a process was started with. `None` if it had none of that name, or may not be
/// looked into.
pub(crate) fn variable(pid: u32, name: &OsStr) -> Option<OsString> {
    let variables = fs::read(format!("/proc/{pid}/environ")).ok()?;
    variables
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
        .map(|value| OsString::from_vec(value.to_vec()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_look_like_the_fields_after_it() {
        let line = b"42 (a) R 1 2 3) S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 123456 9 9\n";
        let stat = parse(line).unwrap();
        assert_eq!(
            (stat.pid, stat.state, stat.parent, stat.group),
            (42, b'S', 7, 8)
        );
        assert_eq!((stat.session, stat.start), (9, 123_456));
        assert_eq!(parse(b"42 (cut off"), None);
        assert_eq!(parse(b""), None);
    }

    #[test]
    fn this_process_is_described() {
        let own = std::process::id();
        let stat = stat(own).unwrap();
        assert_eq!(stat.pid, own);
        assert!(!stat.dead());
        assert!(command_line(own).unwrap().contains("scn_process"));
        assert_eq!(variable(own, "PATH".as_ref()), std::env::var_os("PATH"));
        assert_eq!(variable(own, "PAT".as_ref()), None);
    }
}
