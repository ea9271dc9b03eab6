//! Which process is a component's own.

use std::io;

use regex::Regex;
use scn_process::{Collect, PidFile, Process, Spec};
use scn_protocol::component::Process as Selector;

use super::program;
use crate::effect::reason;

/// The process that a selector finds; none if there is none. An error says why it cannot be
/// told. Where several fit, the oldest is taken: a server comes before its workers.
pub(super) async fn find(selector: &Selector) -> Result<Option<Process>, String> {
    let found = match selector {
        Selector::PidFile(path) => match scn_process::read_pidfile(path) {
            Ok(PidFile::Pid(pid)) => Process::open(pid),
            Ok(PidFile::Missing | PidFile::Invalid) => Ok(None),
            Err(error) => return Err(format!("{}: {}", path.display(), reason(&error))),
        },
        Selector::Match(regex) => by_words(&Regex::new(regex).map_err(|error| error.to_string())?),
        Selector::Port(port) => scn_process::find_by_port(*port).map(first),
        Selector::Unit(unit) => {
            let argv = ["systemctl", "show", "--property=MainPID", "--value", unit];
            return asked(&argv).await;
        }
        Selector::Container(name) => {
            let argv = ["docker", "inspect", "--format={{.State.Pid}}", name];
            return asked(&argv).await;
        }
    };
    found.map_err(|error| reason(&error))
}

fn first(found: Vec<Process>) -> Option<Process> {
    found.into_iter().next()
}

/// The words of whoever runs `scn` may well match, a shell's in particular; that is never meant.
fn by_words(regex: &Regex) -> io::Result<Option<Process>> {
    let found = scn_process::find_by_match(|words| regex.is_match(words))?;
    let above = ancestors();
    Ok(first(
        found
            .into_iter()
            .filter(|process| !above.contains(&process.pid()))
            .collect(),
    ))
}

/// The processes above this one.
fn ancestors() -> Vec<u32> {
    let mut above = Vec::new();
    let mut pid = std::process::id();
    while let Some(parent) = parent(pid).filter(|parent| !above.contains(parent)) {
        above.push(parent);
        pid = parent;
    }
    above
}

fn parent(pid: u32) -> Option<u32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let parent = text.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    parent.trim().parse().ok().filter(|parent| *parent > 0)
}

/// The process whose number a program prints; 0 is none.
async fn asked(argv: &[&str]) -> Result<Option<Process>, String> {
    let mut child = scn_process::spawn(&Spec::new(argv)).map_err(|error| error.to_string())?;
    let mut said = Collect::default();
    let exit = child.wait(&mut said).await;
    let exit = exit.map_err(|error| reason(&error))?;
    if let Some(why) = program::why(&exit) {
        let said = String::from_utf8_lossy(&said.stderr);
        return Err(format!("{}: {why} ({})", argv[0], said.trim()));
    }
    let text = String::from_utf8_lossy(&said.stdout);
    match text.trim().parse() {
        Ok(0) => Ok(None),
        Ok(pid) => Process::open(pid).map_err(|error| reason(&error)),
        Err(_) => Err(format!("{} printed `{}`", argv[0], text.trim())),
    }
}
