//! The examples of a plug-in's commands, run as what they are: scenarios.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

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

/// So long after an example a plug-in may still say what it should not: a second answer comes when nobody waits for
/// one any more.
const AFTERWARDS: Duration = Duration::from_millis(200);

/// The plug-in alone, as what an environment would have.
pub(super) fn declared(subject: &Subject, declaration: &Rc<Declaration>) -> Declared {
    Declared {
        plugins: vec![One {
            launch: subject.launch.clone(),
            secrets: subject.secrets.clone(),
            declaration: Rc::clone(declaration),
            // For runs that are taken up, and none of these is.
            said: Json::Null,
        }],
    }
}

/// Runs all of them; gives the commands that were called by them too.
pub(super) fn run(
    subject: &Subject,
    declaration: &Rc<Declaration>,
) -> (Vec<Point>, BTreeSet<String>) {
    let declared = declared(subject, declaration);
    let examples = declaration.commands.iter().flat_map(|command| {
        let numbered = command.examples.iter().zip(1..);
        numbered.map(move |(example, number)| (command, example, number))
    });
    let mut points = Vec::new();
    let mut called = BTreeSet::new();
    for (command, example, number) in examples {
        let name = &command.name;
        let which = match command.examples.len() {
            1 => name.clone(),
            _ => format!("{name}, example {number}"),
        };
        let found = match one(subject, &declared, example, &mut called) {
            Ok(None) => Found::Kept(which),
            Ok(Some(why)) => Found::Skipped(format!("{which}: {why}")),
            Err(reason) => Found::Broken(format!(
                "{name}, example {number}: {reason}\n          the example is\n{}",
                indented(&example.scenario)
            )),
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
    (points, called)
}

fn indented(scenario: &str) -> String {
    let lines = scenario.trim_end().lines();
    let lines: Vec<String> = lines.map(|line| format!("            {line}")).collect();
    lines.join("\n")
}

/// Runs one, and compares what it says; gives why, if it was skipped. Adds the commands that it called.
fn one(
    subject: &Subject,
    declared: &Declared,
    example: &Example,
    called: &mut BTreeSet<String>,
) -> Result<Option<String>, String> {
    let memory = Rc::new(Memory::of(&subject.launch.plugin));
    let played = play_into(&memory, subject, &example.scenario, |world| {
        plugins::of_run(world, declared)
    });
    called.append(&mut memory.called.borrow_mut());
    let played = played?;
    if let Some(fault) = memory.faults.borrow().first() {
        return Err(format!("it passed, but {fault}"));
    }
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
    let memory = Rc::new(Memory::of(&subject.launch.plugin));
    play_into(&memory, subject, scenario, registry)
}

fn play_into(
    memory: &Rc<Memory>,
    subject: &Subject,
    scenario: &str,
    registry: impl FnOnce(&Rc<LocalWorld>) -> Registry,
) -> Result<Played, String> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
    let world = LocalWorld::new("scn-plugin-check", || {
        Err(io::Error::other("nothing is kept of an example"))
    });
    // Before the plug-in is asked to end, after which nothing that it says is heard.
    world.at_end(|| {
        Box::pin(async {
            tokio::time::sleep(AFTERWARDS).await;
            Vec::new()
        })
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
    let platform = Platform {
        clock,
        record: Rc::clone(memory) as _,
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
        verdict => Err(format!("{}: {reason}", verdict.name())),
    }
}

/// A record of what is said, what was called, and how the plug-in ended where it should not have.
struct Memory {
    plugin: String,
    said: RefCell<Vec<String>>,
    called: RefCell<BTreeSet<String>>,
    faults: RefCell<Vec<String>>,
}

impl Memory {
    fn of(plugin: &str) -> Self {
        Self {
            plugin: plugin.to_owned(),
            said: RefCell::default(),
            called: RefCell::default(),
            faults: RefCell::default(),
        }
    }
}

impl Record for Memory {
    fn event(&self, event: Event) -> io::Result<()> {
        match event {
            Event::Said { text, .. } => self.said.borrow_mut().push(text),
            Event::StepStarted { does, .. } => {
                // What it resolved to begins with the full name, whatever the scenario calls it.
                let own = does.strip_prefix(&format!("{}.", self.plugin));
                let name = own.and_then(|own| own.split_whitespace().next());
                self.called.borrow_mut().extend(name.map(str::to_owned));
            }
            // So it is told where it ended and no step waited for it, or the scenario went on all the same.
            Event::Logged { level, message, .. } if level == "error" || level == "warning" => {
                let begins = format!("the plug-in `{}` ", self.plugin);
                if message.starts_with(&begins) {
                    self.faults.borrow_mut().push(message);
                }
            }
            _ => {}
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
