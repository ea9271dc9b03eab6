//! Finds a component's process by what its environment says of it.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use regex::Regex;
use scn_protocol::component::Process as Selector;

use super::stat::Stat;

/// The process that a selector means: of several the oldest, whose workers the others mostly are.
/// `None` if there is none now, or if it takes a program to find it.
pub(crate) fn find(selector: &Selector) -> Option<u32> {
    match selector {
        Selector::PidFile(path) => pid_in(path),
        Selector::Match(regex) => {
            let regex = Regex::new(regex).ok()?;
            oldest(|pid| command_line(pid).is_some_and(|line| regex.is_match(&line)))
        }
        Selector::Port(port) => {
            let sockets = listening(*port);
            (!sockets.is_empty()).then(|| oldest(|pid| holds(pid, &sockets)))?
        }
        Selector::Unit(_) | Selector::Container(_) => None,
    }
}

/// The number of the process that was started last on this machine: while it stays the same
/// there is nothing new to be found.
pub(crate) fn newest_pid() -> Option<u32> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_ascii_whitespace().last()?.parse().ok()
}

/// The process of a pid file: its first line must be one positive number (a negative one, as
/// PostgreSQL writes while it begins, would mean a group), and that process must live.
fn pid_in(path: &Path) -> Option<u32> {
    let text = fs::read(path).ok()?;
    let line = str::from_utf8(text.split(|&byte| byte == b'\n').next()?)
        .ok()?
        .trim();
    let digits = line.bytes().all(|byte| byte.is_ascii_digit());
    let pid = line.parse().ok().filter(|&pid| digits && pid > 0)?;
    Stat::of(pid)
        .is_some_and(|stat| !stat.is_dead())
        .then_some(pid)
}

fn oldest(fits: impl Fn(u32) -> bool) -> Option<u32> {
    let own = std::process::id();
    let pids = fs::read_dir("/proc").ok()?.flatten();
    pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&pid| pid != own && fits(pid))
        .filter_map(|pid| Some((Stat::of(pid).filter(|stat| !stat.is_dead())?.start, pid)))
        .min()
        .map(|(_, pid)| pid)
}

/// The words that a process was started with, joined by blanks; `None` for the kernel's own.
fn command_line(pid: u32) -> Option<String> {
    let words = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words = words.strip_suffix(b"\0").unwrap_or(&words);
    let line = String::from_utf8_lossy(words).replace('\0', " ");
    (!line.is_empty()).then_some(line)
}

/// The sockets that listen on a TCP port, as `/proc/PID/fd` names them.
fn listening(port: u16) -> HashSet<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let tables = tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok());
    tables
        .flat_map(|table| {
            let lines = table.lines().filter_map(|line| listener(line, port));
            lines.collect::<Vec<_>>()
        })
        .collect()
}

/// The socket of a line of `/proc/net/tcp` if it listens on this port.
fn listener(line: &str, port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let (_, local) = fields.get(1)?.rsplit_once(':')?;
    let here = u16::from_str_radix(local, 16) == Ok(port) && *fields.get(3)? == LISTEN;
    here.then(|| Some(format!("socket:[{}]", fields.get(9)?)))?
}

fn holds(pid: u32, sockets: &HashSet<String>) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return false;
    };
    open.flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| {
            target
                .to_str()
                .is_some_and(|target| sockets.contains(target))
        })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_counts_only_with_one_positive_number_of_a_living_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        assert_eq!(pid_in(&path), None);
        let own = std::process::id();
        for (text, pid) in [
            (format!("{own}"), Some(own)),
            (format!(" {own}\r\n/data\n5432\n"), Some(own)),
            (format!("-{own}\n"), None),
            (format!("+{own}\n"), None),
            (format!("{own} {own}\n"), None),
            (format!("\n{own}\n"), None),
            ("0\n".to_owned(), None),
            ("4194305\n".to_owned(), None),
            ("99999999999999999999\n".to_owned(), None),
            (String::new(), None),
        ] {
            fs::write(&path, &text).unwrap();
            assert_eq!(pid_in(&path), pid, "{text:?}");
        }
    }

    #[test]
    fn only_sockets_that_listen_on_the_port_count() {
        let line = "   0: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0";
        assert_eq!(listener(line, 9001), Some("socket:[4242]".to_owned()));
        assert_eq!(listener(line, 9002), None);
        assert_eq!(listener(&line.replace(" 0A ", " 01 "), 9001), None);
        assert_eq!(listener("sl local_address rem_address st", 9001), None);
    }
}
