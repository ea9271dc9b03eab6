//! Finds a component's process by what its environment says of it.

use std::fs;
use std::io;

use regex::Regex;
use scn_process::{PidFile, Process};
use scn_protocol::component::Process as Selector;

/// The process that a selector means: of several the oldest, whose workers the others mostly are.
/// `None` if there is none now, or if it takes a program to find it, as of a unit or a container.
///
/// # Errors
/// Why it cannot be told: a pid file that may not be read, a regular expression that is none, no
/// descriptors left.
pub fn find_process(selector: &Selector) -> io::Result<Option<Process>> {
    match selector {
        Selector::PidFile(path) => match scn_process::read_pidfile(path)? {
            PidFile::Pid(pid) => Process::open(pid),
            PidFile::Missing | PidFile::Invalid => Ok(None),
        },
        Selector::Match(regex) => {
            let regex = Regex::new(regex)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
            scn_process::find_by_match(|words| regex.is_match(words)).map(first)
        }
        Selector::Port(port) => scn_process::find_by_port(*port).map(first),
        Selector::Unit(_) | Selector::Container(_) => Ok(None),
    }
}

fn first(found: Vec<Process>) -> Option<Process> {
    found.into_iter().next()
}

/// The number of the process that a selector means; what cannot be told is not there.
pub(crate) fn find(selector: &Selector) -> Option<u32> {
    let found = find_process(selector).ok().flatten()?;
    Some(found.pid())
}

/// The number of the process that was started last on this machine: while it stays the same
/// there is nothing new to be found.
pub(crate) fn newest_pid() -> Option<u32> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_ascii_whitespace().last()?.parse().ok()
}
