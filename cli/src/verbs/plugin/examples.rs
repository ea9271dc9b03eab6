//! The examples of a plug-in's commands, run as what they are: scenarios.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_interpreter::{Clock, Disk, Flag, Options, Platform, Ran, Record, Registry, check};
use scn_plugin_host::conform::{Found, Point};
use scn_plugin_host::plugins::One;
use scn_plugin_host::{Declared, declare};
use scn_protocol::plugin::Declaration;
use scn_protocol::{Event, Example, Stream, Verdict};
use scn_stdlib::LocalWorld;
use serde_json::Value as Json;

use super::check::Subject;
use super::leaks;
use crate::plugins;
use crate::run::clock::SystemClock;

/// Runs all of them.
pub(super) fn run(subject: &Subject, declaration: Declaration) -> Vec<Point> {
    let declared = Declared {
        plugins: vec![One {
            launch: subject.launch.clone(),
            secrets: subject.secrets.clone(),
            declaration: Rc::new(declaration),
            // For runs that are taken up, and none of these is.
            said: Json::Null,
        }],
    };
    let commands = &declared.plugins[0].declaration.commands;
    let examples = commands.iter().flat_map(|command| {
        command
            .examples
            .iter()
            .map(move |example| (command, example))
    });
    let mut points = Vec::new();
    for (command, example) in examples {
        let name = &command.name;
        let found = match one(subject, &declared, example) {
            Ok(None) => Found::Kept(name.clone()),
            Ok(Some(why)) => Found::Skipped(format!("{name}: {why}")),
            Err(reason) => Found::Broken(format!("{name}: {reason}")),
        };
        let works = matches!(found, Found::Kept(_));
        points.push(Point {
            expected: "does what its example shows",
            found,
        });
        // What does harm when it is done twice is not done so.
        if works && command.repeatable {
            points.extend(leaks::look(subject, &declared, name, &example.scenario));
        }
    }
    points
}

/// Runs one, and compares what it says; gives why, if it was skipped.
fn one(
    subject: &Subject,
    declared: &Declared,
    example: &Example,
) -> Result<Option<String>, String> {
    let played = play(subject, &example.scenario, |world| {
        plugins::of_run(world, declared)
    })?;
    match (played, &example.output) {
        (Played::Skipped(why), _) => Ok(Some(why)),
        (Played::Said(said), Some(output)) if output.trim_end() != said => {
            Err(format!("it is to say\n{output}\nand says\n{said}"))
        }
        _ => Ok(None),
    }
}

/// What came of a scenario.
pub(super) enum Played {
    /// What it says.
    Said(String),
    /// It was skipped, and why.
    Skipped(String),
}

/// Runs a scenario with these commands.
///
/// # Errors
/// Why it did not pass, or cannot be run.
pub(super) fn play(
    subject: &Subject,
    scenario: &str,
    registry: impl FnOnce(&Rc<LocalWorld>) -> Registry,
) -> Result<Played, String> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
    let world = LocalWorld::new("scn-plugin-check", || {
        Err(io::Error::other("nothing is kept of an example"))
    });
    let registry = registry(&world);
    let (launch, environment) = (&subject.launch, subject.environment.as_ref());
    let checked = check(
        "example",
        &launch.root.join("example.scn"),
        scenario.as_bytes(),
        Some(environment),
        &registry,
        &Disk,
    );
    let first = checked.diagnostics.iter().find(|found| found.is_error());
    let program = match (checked.program.clone(), first) {
        (Some(program), _) => program,
        (None, Some(wrong)) => return Err(wrong.message.clone()),
        (None, None) => return Err("it cannot be run".to_owned()),
    };
    let memory = Rc::new(Memory::default());
    let platform = Platform {
        clock,
        record: Rc::clone(&memory) as _,
        world,
    };
    let options = Options {
        run: "scn-plugin-check".to_owned(),
        root: launch.root.clone(),
        ..Options::default()
    };
    let run = scn_interpreter::run(program, Some(environment), platform, options, Flag::new());
    let _ = scn_process::adopt_orphans();
    let ran: Ran = declare::block_on(run).map_err(|error| error.to_string())?;
    let reason = ran.reason.unwrap_or_default();
    match ran.verdict {
        Verdict::Pass => Ok(Played::Said(memory.said.borrow().join("\n"))),
        Verdict::Skip => Ok(Played::Skipped(reason)),
        verdict => Err(format!("{verdict:?}: {reason}")),
    }
}

/// A record of what is said alone.
#[derive(Default)]
struct Memory {
    said: RefCell<Vec<String>>,
}

impl Record for Memory {
    fn event(&self, event: Event) -> io::Result<()> {
        if let Event::Said { text, .. } = event {
            self.said.borrow_mut().push(text);
        }
        Ok(())
    }

    fn output(&self, _: u64, _: Stream, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn attach(&self, _: &Path, name: &str) -> io::Result<String> {
        Ok(name.to_owned())
    }

    fn scratch(&self) -> io::Result<PathBuf> {
        Err(io::Error::other("nothing is kept of an example"))
    }
}
