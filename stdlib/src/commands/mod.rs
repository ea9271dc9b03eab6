//! The commands, one file each.
//!
//! To add one, write its file after the pattern of a short one such as `sleep.rs`, and give it
//! a line in [`COMMANDS`]. It declares itself whole there: name, help, parameters, what it
//! returns, what undoes it, and examples, which are run as tests.

use std::rc::Rc;

use scn_interpreter::{Command, Observed, Registry};
use scn_protocol::Example;

use crate::LocalWorld;

mod attach;
mod copy;
mod diff;
mod digest;
mod echo;
mod http;
mod kill;
mod log;
mod mkdir;
mod pause;
mod read;
mod remove;
mod restart;
mod resume;
mod run;
mod sh;
mod sleep;
mod start;
mod stop;
mod tcp;
mod write;

/// Makes a command that acts on this world.
type Make = fn(&Rc<LocalWorld>) -> Rc<dyn Command>;

/// Every command with its name, in the order of help and documentation: what a scenario says
/// and does, then programs, components, the network, files, the record.
const COMMANDS: &[(&str, Make)] = &[
    ("echo", |_| Rc::new(echo::Echo::new())),
    ("sleep", |_| Rc::new(sleep::Sleep::new())),
    ("run", |world| Rc::new(run::Run::new(world))),
    ("sh", |world| Rc::new(sh::Sh::new(world))),
    ("start", |world| Rc::new(start::Start::new(world))),
    ("stop", |world| Rc::new(stop::Stop::new(world))),
    ("restart", |world| Rc::new(restart::Restart::new(world))),
    ("kill", |world| Rc::new(kill::Kill::new(world))),
    ("pause", |world| Rc::new(pause::Pause::new(world))),
    ("resume", |world| Rc::new(resume::Resume::new(world))),
    ("http", |_| Rc::new(http::Http::new())),
    ("tcp", |_| Rc::new(tcp::Tcp::new())),
    ("read", |_| Rc::new(read::Read::new())),
    ("write", |_| Rc::new(write::Write::new())),
    ("copy", |_| Rc::new(copy::Copy::new())),
    ("remove", |_| Rc::new(remove::Remove::new())),
    ("mkdir", |_| Rc::new(mkdir::Mkdir::new())),
    ("digest", |_| Rc::new(digest::Digest::new())),
    ("diff", |_| Rc::new(diff::Diff::new())),
    ("attach", |_| Rc::new(attach::Attach::new())),
    ("log", |_| Rc::new(log::Log::new())),
];

/// All commands of the standard library, acting on `world`, in the order of their help.
pub fn registry(world: &Rc<LocalWorld>) -> Registry {
    let mut registry = Registry::new();
    for (_, make) in COMMANDS {
        registry.add(make(world));
    }
    let names =
        |metrics: &[(&str, &str)]| metrics.iter().map(|(name, _)| (*name).to_owned()).collect();
    registry.observes(Observed {
        of_process: names(&scn_watch::PROCESS_METRICS),
        of_system: names(&scn_watch::SYSTEM_METRICS),
    });
    registry
}

/// A scenario that shows a command, and what it says, line by line.
fn example(scenario: &str, output: &str) -> Example {
    Example {
        scenario: scenario.to_owned(),
        output: Some(output.to_owned()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_is_a_command_of_the_list_and_every_command_has_its_file() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/commands");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
            .filter(|name| name != "mod")
            .collect();
        let listed: BTreeSet<String> = COMMANDS
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        assert_eq!(files, listed);
        assert_eq!(listed.len(), COMMANDS.len(), "a name stands twice");
    }

    #[test]
    fn every_command_declares_itself_whole() {
        for (name, make) in COMMANDS {
            let command = make(&LocalWorld::without_a_run());
            let signature = command.signature();
            assert_eq!(signature.name, *name);
            assert!(signature.help.contains('\n'), "{name}: one line, then more");
            assert!(
                !signature.returns_help.is_empty(),
                "{name}: what it returns"
            );
            assert!(!signature.examples.is_empty(), "{name}: an example");
            for param in signature.params.iter().chain(&signature.rest) {
                assert!(!param.help.is_empty(), "{name} {}: help", param.name);
            }
            let optional = signature.params.iter().skip_while(|p| p.default.is_none());
            assert!(
                optional.clone().all(|param| param.default.is_some()),
                "{name}: what must be given comes first"
            );
            assert!(
                signature.rest.is_none() || optional.count() == 0,
                "{name}: with any number of words, none can be left out before them"
            );
        }
    }
}
