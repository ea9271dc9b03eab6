//! Finding processes by what is known of them.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use crate::{Process, procfs};

/// The processes whose words, joined by blanks, are ones that `matches` accepts: oldest first, and
/// without this one and those above it. Their words may well match, a shell's in particular that
/// started this one; that is never meant.
///
/// # Errors
/// If the system has no more descriptors, or no `/proc`.
pub fn find_by_match(matches: impl Fn(&str) -> bool) -> io::Result<Vec<Process>> {
    let above = ancestors();
    find(|pid| {
        !above.contains(&pid) && procfs::command_line(pid).is_some_and(|words| matches(&words))
    })
}

/// The processes above this one.
pub(crate) fn ancestors() -> Vec<u32> {
    let mut above = Vec::new();
    let parent = |pid| procfs::stat(pid).map(|stat| stat.parent);
    let mut pid = std::process::id();
    while let Some(next) = parent(pid).filter(|next| *next > 0 && !above.contains(next)) {
        above.push(next);
        pid = next;
    }
    above
}

/// The processes that were started with the variable `name` at `value`, as far as this user may
/// look into them: oldest first, and without this one.
///
/// # Errors
/// If the system has no more descriptors, or no `/proc`.
pub fn find_by_variable(name: &OsStr, value: &OsStr) -> io::Result<Vec<Process>> {
    find(|pid| procfs::variable(pid, name).is_some_and(|found| found == value))
}

/// The processes that listen on a TCP port of this machine, as far as this user may look into them:
/// oldest first. A server's workers listen with it, and come after it.
///
/// # Errors
/// If the system has no more descriptors, or no `/proc`.
pub fn find_by_port(port: u16) -> io::Result<Vec<Process>> {
    let mut sockets = HashSet::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        // Where there is no IPv6 there is no such table.
        if let Ok(table) = fs::read_to_string(table) {
            sockets.extend(table.lines().filter_map(|line| listening(line, port)));
        }
    }
    if sockets.is_empty() {
        return Ok(Vec::new());
    }
    find(|pid| {
        fs::read_dir(format!("/proc/{pid}/fd")).is_ok_and(|open| {
            open.flatten()
                .filter_map(|fd| fs::read_link(fd.path()).ok())
                .any(|target| {
                    target
                        .to_str()
                        .is_some_and(|target| sockets.contains(target))
                })
        })
    })
}

/// The socket of a line of `/proc/net/tcp`, as `/proc/PID/fd` names it, if it listens on `port`.
fn listening(line: &str, port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let (_, local) = fields.get(1)?.rsplit_once(':')?;
    let wanted = u16::from_str_radix(local, 16) == Ok(port) && *fields.get(3)? == LISTEN;
    wanted.then(|| Some(format!("socket:[{}]", fields.get(9)?)))?
}

fn find(fits: impl Fn(u32) -> bool) -> io::Result<Vec<Process>> {
    let mut found = Vec::new();
    for pid in procfs::pids()?.filter(|pid| *pid != std::process::id()) {
        if !fits(pid) {
            continue;
        }
        // Looked at again now that it is held: the number may have been another's before.
        if let Some(process) = Process::open(pid)?
            && fits(pid)
            && process.alive()
        {
            found.push(process);
        }
    }
    found.sort_by_key(|process| (process.start_time(), process.pid()));
    Ok(found)
}

/// What a file that should hold a process id does hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PidFile {
    /// There is no such file.
    Missing,
    /// Its first line is no positive number: nothing that may be signalled. (A negative one, as
    /// PostgreSQL writes while it begins, would mean a whole process group.)
    Invalid,
    /// Its first line is this number. Whether such a process lives is another question.
    Pid(u32),
}

/// Reads a pid file.
///
/// # Errors
/// If it is there and cannot be read.
pub fn read_pidfile(path: &Path) -> io::Result<PidFile> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(PidFile::Missing),
        Err(error) => return Err(error),
    };
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let digits = str::from_utf8(line.trim_ascii()).unwrap_or_default();
    let number = digits
        .parse()
        .ok()
        .filter(|pid| (1..=i32::MAX).contains(pid));
    match number {
        Some(pid) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(PidFile::Pid(pid.unsigned_abs()))
        }
        _ => Ok(PidFile::Invalid),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_counts_only_with_one_positive_number_in_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        assert_eq!(read_pidfile(&path).unwrap(), PidFile::Missing);
        for (text, expected) in [
            ("42", PidFile::Pid(42)),
            ("42\n", PidFile::Pid(42)),
            (" 42 \r\n/var/lib/data\n5432\n", PidFile::Pid(42)),
            ("", PidFile::Invalid),
            ("\n42\n", PidFile::Invalid),
            ("-42\n", PidFile::Invalid),
            ("+42\n", PidFile::Invalid),
            ("0\n", PidFile::Invalid),
            ("1 2\n", PidFile::Invalid),
            ("4294967295\n", PidFile::Invalid),
            ("99999999999999999999\n", PidFile::Invalid),
            ("pid\n", PidFile::Invalid),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(read_pidfile(&path).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn only_sockets_that_listen_on_the_port_count() {
        let line = "   0: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0";
        assert_eq!(listening(line, 9001), Some("socket:[4242]".into()));
        assert_eq!(listening(line, 9002), None);
        assert_eq!(listening(&line.replace(" 0A ", " 01 "), 9001), None);
        let six = line.replace("0100007F:", "00000000000000000000000001000000:");
        assert_eq!(listening(&six, 9001), Some("socket:[4242]".into()));
        assert_eq!(listening("sl local_address rem_address st", 9001), None);
    }
}
