//! What `/proc` tells of processes.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

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
    /// Whether it has memory of its own: one of the kernel's has none, and a dead one none any more.
    has_memory: bool,
}

impl Stat {
    /// A signal has stopped it.
    pub(crate) fn stopped(&self) -> bool {
        self.state == b'T'
    }

    /// Dead, and at most not reaped yet.
    pub(crate) fn dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

/// One process; `None` if there is none.
pub(crate) fn stat(pid: u32) -> Option<Stat> {
    parse(short(&format!("/proc/{pid}/stat"), &mut [0; 1024])?)
}

/// What a file holds that the system makes as it is read, and that has room there: it comes whole. Half of what it
/// takes to read one is to ask for its length, which nobody knows, and for more.
pub(crate) fn short<'b>(path: &str, room: &'b mut [u8]) -> Option<&'b [u8]> {
    let length = File::open(path).and_then(|mut file| file.read(room)).ok()?;
    Some(&room[..length])
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
        has_memory: fields.next()? != "0",
    })
}

/// The signals that this process ignores, the first in the lowest bit; none where `/proc` does not tell.
pub(crate) fn ignored_signals() -> u64 {
    // As large as it mostly is, and then read at once; what is taken has no length to be asked for.
    let mut status = Vec::with_capacity(4096);
    let file = File::open("/proc/self/status");
    let _ = file.and_then(|file| file.take(u64::MAX).read_to_end(&mut status));
    let mut lines = status.split(|byte| *byte == b'\n');
    let mask = lines.find_map(|line| line.strip_prefix(b"SigIgn:"));
    mask.and_then(|mask| std::str::from_utf8(mask).ok())
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
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
    children_until(pid, |_| false)
}

/// The same, as far as they were read by the time that so many are enough: the kernel takes its time for each of them.
pub(crate) fn children_until(pid: u32, is_enough: impl Fn(usize) -> bool) -> Option<Vec<u32>> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Some(Vec::new());
    };
    let mut children = Vec::new();
    for thread in threads.flatten() {
        let mut list = Vec::new();
        match File::open(thread.path().join("children"))
            .and_then(|file| read_until(file, &mut list, &is_enough))
        {
            Ok(()) => children.extend(
                String::from_utf8_lossy(&list)
                    .split_ascii_whitespace()
                    .filter_map(|pid| pid.parse::<u32>().ok()),
            ),
            // The thread is gone; or the kernel was built without these lists.
            Err(_) if thread.path().exists() => return None,
            Err(_) => {}
        }
    }
    Some(children)
}

/// Reads to the end; or, if what was read is enough, to a blank before it.
fn read_until(
    mut file: File,
    into: &mut Vec<u8>,
    is_enough: impl Fn(usize) -> bool,
) -> io::Result<()> {
    let (mut piece, mut count) = ([0; 4096], 0);
    loop {
        let length = file.read(&mut piece)?;
        into.extend_from_slice(&piece[..length]);
        if length == 0 {
            return Ok(());
        }
        count += piece[..length].iter().filter(|byte| **byte == b' ').count();
        if is_enough(count) {
            let whole = into.iter().rposition(|byte| *byte == b' ');
            into.truncate(whole.unwrap_or_default());
            return Ok(());
        }
    }
}

/// Whether the kernel lists children.
pub(crate) fn lists_children() -> bool {
    static LISTS: OnceLock<bool> = OnceLock::new();
    *LISTS.get_or_init(|| children(std::process::id()).is_some())
}

/// The words that a process was started with, joined by blanks. `None` if it is dead, or one of the
/// kernel's own.
pub(crate) fn command_line(pid: u32) -> Option<String> {
    let words = words(pid)?;
    let words = words.strip_suffix(b"\0").unwrap_or(&words);
    if words.is_empty() {
        return None;
    }
    let words = words.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    Some(words.collect::<Vec<_>>().join(" "))
}

/// How long a process that is about to become another program is looked at again, and after what pause: as
/// long as it may have to wait for its turn on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_micros(200);

/// The words of a process, each with a NUL behind it; empty if it is dead, or one of the kernel's own.
///
/// While a process executes another program it has neither words nor variables for a moment: then they are
/// looked at again, or it could be found by neither.
fn words(pid: u32) -> Option<Vec<u8>> {
    let has_none = || stat(pid).is_none_or(|stat| !stat.has_memory);
    not_between(&format!("/proc/{pid}/cmdline"), has_none)
}

/// The variables of a process, each with a NUL behind it.
fn variables(pid: u32) -> Option<Vec<u8>> {
    not_between(&format!("/proc/{pid}/environ"), || was_given_none(pid))
}

/// What a file of `/proc` has, but not while the process is between two programs: then it is empty, unless it
/// `has_none` for good.
fn not_between(file: &str, has_none: impl Fn() -> bool) -> Option<Vec<u8>> {
    let read = || fs::read(file).ok();
    let mut found = read()?;
    let begun = Instant::now();
    while found.is_empty() && !has_none() && begun.elapsed() < PATIENCE {
        thread::sleep(PAUSE);
        found = read()?;
    }
    Some(found)
}

/// Whether a process without variables has none for good: it was started with none, is dead, or one of the
/// kernel's own.
fn was_given_none(pid: u32) -> bool {
    let line = fs::read(format!("/proc/{pid}/stat")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    let Some((_, rest)) = line.rsplit_once(')') else {
        return true;
    };
    let mut fields = rest.split_ascii_whitespace();
    // How much memory it has; then, 26 fields on, where its variables begin and end in that.
    let memory = fields.nth(20);
    let (begin, end) = (fields.nth(26), fields.next());
    memory.is_none_or(|memory| memory == "0") || (begin == end && end != Some("0"))
}

/// A variable that a process was started with. `None` if it had none of that name, or may not be
/// looked into.
pub(crate) fn variable(pid: u32, name: &OsStr) -> Option<OsString> {
    let variables = variables(pid)?;
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
        assert!(stat.has_memory);
        assert_eq!(parse(b"42 (cut off"), None);
        assert_eq!(parse(b""), None);
    }

    /// It becomes another program again and again, of the same words and variables.
    #[test]
    fn a_process_that_executes_another_program_has_words_and_variables() {
        let mut child = std::process::Command::new("sh")
            .args(["-c", r#"exec sh -c "$AGAIN""#])
            .env("AGAIN", r#"exec sh -c "$AGAIN""#)
            .spawn()
            .unwrap();
        let pid = child.id();
        let lacking = (0..2_000)
            .filter(|_| command_line(pid).is_none() || variable(pid, "AGAIN".as_ref()).is_none())
            .count();
        child.kill().unwrap();
        child.wait().unwrap();
        // Looked at once each time, one in twenty is without.
        assert!(lacking < 40, "{lacking}");
        assert_eq!(command_line(pid), None);
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
