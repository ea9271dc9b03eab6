//! Which sockets of a process somebody else may speak to first.

use std::collections::HashSet;
use std::fs;

/// The lines of the system's tables that are of that process, and take what others send: a listening socket, or
/// one that gets datagrams from whoever sends them.
pub fn listening(pid: u32) -> Vec<String> {
    let own = sockets(pid);
    let mut found = Vec::new();
    for (table, inode, is_open) in TABLES {
        let text = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let is_own = fields.get(*inode).is_some_and(|inode| own.contains(*inode));
            if is_own && is_open(&fields) {
                found.push(format!("{table}: {line}"));
            }
        }
    }
    found
}

/// A table of the system: its name, where in a line the socket's number is, and whether the line is of one that
/// others may speak to.
type Table = (&'static str, usize, fn(&[&str]) -> bool);

const TABLES: &[Table] = &[
    ("tcp", 9, |line| line[3] == "0A"),
    ("tcp6", 9, |line| line[3] == "0A"),
    // One that is connected gets what its peer sends alone.
    ("udp", 9, |line| line[3] == "07"),
    ("udp6", 9, |line| line[3] == "07"),
    ("raw", 9, |_| true),
    ("raw6", 9, |_| true),
    // It takes connections; or it has a name, and is for datagrams.
    ("unix", 6, |line| {
        line[3] == "00010000" || line[4] != "0001" && line.len() > 7
    }),
];

/// The numbers of a process' sockets.
fn sockets(pid: u32) -> HashSet<String> {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let targets = open.filter_map(|open| fs::read_link(open.path()).ok());
    let numbers = targets.filter_map(|target| {
        let target = target.to_string_lossy().into_owned();
        let number = target.strip_prefix("socket:[")?.strip_suffix(']')?;
        Some(number.to_owned())
    });
    numbers.collect()
}
