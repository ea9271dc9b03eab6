//! `scn replay`

use std::ffi::OsString;
use std::path::Path;
use std::rc::Rc;

use clap::Args;
use futures_util::FutureExt;
use scn_interpreter::debug::Workbench;
use scn_interpreter::driver::{Assume, Ran, Recall};
use scn_interpreter::{Clock, Disk, Files, Flag, Options, Platform};
use scn_protocol::{Event, Line, Purpose};
use scn_report::verdict::Known;

use crate::exit::Exit;
use crate::live::taken_up;
use crate::plugins;
use crate::project::{Records, Told};
use crate::run::clock::SystemClock;
use crate::run::drive::{Driver, drive};
use crate::run::kept::{Kept, Read};
use crate::run::perform::{Shown, exit_of};
use crate::run::recover::{declared, environment_of, kept_in, outputs};
use crate::run::replay::{Nowhere, Unrecorded};
use crate::scenario::{self, Scenario};
use crate::source::Source;
use crate::terminal;

/// Judge a recorded run again, touching nothing
///
/// The scenario runs from its start, and every step, look-up and wait gives what the record has of it:
/// nothing is started, read or written. With FILE, that scenario is judged on the same record: after an
/// assertion was changed, say. Where scenario and record do not go together, it is said at which
/// line. The exit status is that of the verdict, 0, 1 or 3, whatever ended the run itself.
///
/// Examples:
///
///     scn replay 20261121-0712
///     scn replay last failover.scn
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Replay {
    /// The run: its name, the beginning of it, its folder, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
    /// Another version of the scenario; the recorded one unless given.
    #[arg(value_name = "FILE")]
    file: Option<OsString>,
    #[command(flatten)]
    records: Records,
    #[command(flatten)]
    shown: Shown,
}

impl Replay {
    /// Does it.
    pub fn run(self) -> Exit {
        self.judge().unwrap_or(Exit::Wrong)
    }

    fn judge(&self) -> Result<Exit, Told> {
        let runs = self.records.folder()?;
        let folder = scn_record::find(&runs, &self.run).map_err(told)?;
        let lines: Vec<Line> = scn_record::read(&folder)
            .map_err(|error| told(terminal::reason(&error)))?
            .collect::<Result<_, _>>()
            .map_err(|error| told(format!("{error}\n  help: {}", error.help())))?;
        let Some(kept) = kept_in(&folder, &lines)? else {
            return Err(told("nothing was done in this run"));
        };
        let (scenario, workbench) = self.scenario(&kept)?;
        let debugger = workbench.map(|workbench| {
            taken_up::debugger(
                &kept,
                Purpose::Replay,
                scenario.environment.clone(),
                workbench,
            )
        });
        if scenario.checked.is_wrong() || !self.shown.quiet {
            let run = folder.file_name().unwrap_or_default().to_string_lossy();
            scenario::tell_judged(&scenario, &run);
        }
        let Some(program) = scenario.checked.program.clone() else {
            return Err(Told);
        };
        let console = self.shown.console();
        let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
        let texts = program.files.iter();
        let texts = texts.map(|file| (file.path.clone(), file.text.to_string()));
        console.borrow_mut().begin(texts, &folder);
        let was = lines.last().and_then(|line| match &line.event {
            Event::RunFinished { verdict, .. } => Some(*verdict),
            _ => None,
        });
        if let Some(was) = was {
            console.borrow_mut().was_judged(was);
        }
        let known = program.headers.known.as_ref();
        let known = known.map(|(id, until)| serde_json::json!({ "id": id, "until": until }));
        let known = Known::read(known.as_ref(), clock.now());
        let platform = Platform {
            clock: Rc::clone(&clock),
            record: Rc::new(Unrecorded::new(&console, &clock, &folder)),
            world: Rc::new(Nowhere),
        };
        let interrupt = Flag::new();
        let environment = scenario.environment.as_deref();
        let options = Options {
            debugger,
            ..options(&kept, &scenario, lines, &folder)
        };
        let run = scn_interpreter::run(
            program,
            environment,
            platform,
            options,
            Rc::clone(&interrupt),
        );
        let name = &scenario.source.name;
        let run = run.boxed_local();
        let driver = &mut Driver::default();
        let ran = match drive(driver, run, async {}, &interrupt, &console, &clock, || {
            false
        }) {
            Ok(Some(ran)) => ran,
            Ok(None) => return Ok(Exit::Interrupted),
            Err(error) => {
                let reason = terminal::reason(&error);
                console.borrow_mut().unrecorded(clock.now(), name, &reason);
                return Ok(Exit::Error);
            }
        };
        if let Some(reason) = &ran.parted {
            console.borrow_mut().unrecorded(clock.now(), name, reason);
            return Ok(Exit::Error);
        }
        // That the run was interrupted is in its verdict; nobody has interrupted this.
        let interrupted = ran.interrupted && interrupt.is_set();
        let ran = Ran { interrupted, ..ran };
        Ok(exit_of(&ran, known.as_ref()))
    }

    /// The scenario that is judged: with FILE that, else the one that was run.
    fn scenario(&self, kept: &Kept) -> Result<(Scenario, Option<Rc<Workbench>>), Told> {
        let environment = environment_of(kept)?;
        let declared = declared(kept, environment.as_ref())?;
        let registry = plugins::known(&declared);
        let (source, files): (Source, &dyn Files) = match &self.file {
            Some(file) => (Source::read(file).map_err(told)?, &Disk),
            None => {
                let source = kept.source();
                let reason = |error| format!("{}: {}", kept.name, terminal::reason(&error));
                (source.map_err(|error| told(reason(error)))?, kept)
            }
        };
        let (checked, workbench) = match kept.live {
            Some(_) => taken_up::checked(kept, &source, environment.clone(), &registry),
            None => {
                let environment = environment.as_deref();
                (
                    Scenario::checked(&source, environment, &registry, files),
                    None,
                )
            }
        };
        let scenario = Scenario {
            source,
            environment,
            checked,
            used: Read::default(),
        };
        Ok((scenario, workbench))
    }
}

fn options(kept: &Kept, scenario: &Scenario, lines: Vec<Line>, folder: &Path) -> Options {
    let set = kept.set.iter();
    let set = set.filter_map(|set| Some((set.name.clone(), set.value.clone()?)));
    let id = folder.file_name().unwrap_or_default();
    Options {
        run: id.to_string_lossy().into_owned(),
        file: scenario.source.name.clone(),
        set: set.collect(),
        seed: kept.seed,
        root: kept.root.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        recall: Some(Recall {
            purpose: Purpose::Replay,
            assume: Assume::NotDone,
            lines,
            output: outputs(folder),
        }),
        ..Options::default()
    }
}

fn told(reason: impl std::fmt::Display) -> Told {
    terminal::complain(reason);
    Told
}
