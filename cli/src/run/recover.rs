//! Taking up a run whose runner is gone: from its folder alone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use scn_interpreter::driver::{Assume, Recall};
use scn_interpreter::{Clock, Environment, Flag, Left, Options, World as _, environment};
use scn_plugin_host::Declared;
use scn_protocol::words::spelled;
use scn_protocol::{Event, Line, Purpose, Verdict};
use scn_record::{Journal, ReopenError, Reopened, State};

use scn_interpreter::debug::Workbench;

use super::clock::SystemClock;
use super::conditions::conditions;
use super::drive::Driver;
use super::kept::{self, Kept, Read};
use super::perform::{Performance, Shown};
use super::recorder::{Recorder, observer};
use super::restarted;
use super::stage::Stage;
use crate::exit::Exit;
use crate::live::taken_up;
use crate::project::{Loader, Records, Told, tell, tell_lapsed};
use crate::scenario::{self, Scenario};
use crate::terminal;

/// So long a program may take from being started to having begun.
const STARTING: Duration = Duration::from_millis(300);

/// Which runs are taken up, and how that is shown.
#[derive(Debug, Args)]
pub struct Which {
    /// The run: its name, the beginning of it, or its folder; the unfinished ones, newest first, unless given.
    #[arg(value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    records: Records,
    /// Give a value again that held a secret, and is not in the record for that reason.
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::pair)]
    set: Vec<(String, String)>,
    #[command(flatten)]
    shown: Shown,
}

impl Which {
    /// Takes up all that are meant, one after the other, until somebody interrupts: a run, or a question, which
    /// `interrupted` tells.
    pub fn take_up(&self, purpose: Purpose, assume: &Assume, interrupted: &Flag) -> Exit {
        scn_process::close_inherited();
        let folders = match self.folders() {
            Ok(folders) => folders,
            Err(exit) => return exit,
        };
        if folders.is_empty() {
            terminal::tell("no run is unfinished\n");
        }
        let mut worst = Exit::Done;
        let mut driver = Driver::default();
        for (at, folder) in folders.iter().enumerate() {
            if at > 0 && !self.shown.quiet {
                terminal::tell("\n");
            }
            let exit = self
                .one(folder, purpose, assume.clone(), &mut driver)
                .unwrap_or(Exit::Wrong);
            let exit = match interrupted.is_set() {
                true => Exit::Interrupted,
                false => exit,
            };
            worst = worst.max(exit);
            if exit == Exit::Interrupted {
                break;
            }
        }
        worst
    }

    fn folders(&self) -> Result<Vec<PathBuf>, Exit> {
        let runs = self.records.folder().map_err(|Told| Exit::Wrong)?;
        if let Some(named) = &self.run {
            let found = scn_record::find(&runs, named).map_err(|error| {
                terminal::complain(error);
                Exit::Wrong
            })?;
            return Ok(vec![found]);
        }
        if !self.shown.quiet {
            // That it cannot be told keeps nothing from being done.
            tell_lapsed(&scn_record::marked(&runs).unwrap_or_default().lapsed);
        }
        unfinished(&runs).map_err(|error| {
            terminal::complain(terminal::reason(&error));
            Exit::Error
        })
    }

    /// Takes up one.
    fn one(
        &self,
        folder: &Path,
        purpose: Purpose,
        assume: Assume,
        driver: &mut Driver,
    ) -> Result<Exit, Told> {
        let console = self.shown.console();
        let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
        let Reopened {
            mut journal, lines, ..
        } = match Journal::reopen(folder, observer(&console)) {
            Ok(reopened) => reopened,
            Err(error) => return Ok(refused(&error)),
        };
        if let Err(error) = room(folder) {
            terminal::complain(format!(
                "{}: {}: what is done could not be recorded, so nothing was",
                folder.display(),
                terminal::reason(&error)
            ));
            terminal::tell("  help: make room there, and type it again\n");
            return Ok(Exit::Error);
        }
        // It is whole before the second event.
        let kept = match kept_of(folder, &lines) {
            Ok(kept) => kept,
            Err(_) if lines.len() <= 1 => None,
            Err(reason) => {
                by_hand(&reason, &lines, folder);
                return Ok(Exit::Error);
            }
        };
        let Some(mut kept) = kept else {
            return Ok(nothing_done(&mut journal, &lines, &*clock));
        };
        if !kept.root.is_dir() {
            homeless(&kept.root);
            if purpose == Purpose::Cleanup {
                let left = left(&mut kept, &lines, folder);
                end_left(Stage::new(journal.id().to_owned()), left, driver);
            }
            return Ok(Exit::Error);
        }
        let set = self.settings(&kept)?;
        if purpose == Purpose::Resume
            && restarted::may_lack_steps(&kept, &lines)
            && let Err(exit) = restarted::go_on(journal.id(), &lines, &assume, self.shown.quiet)
        {
            return Ok(exit);
        }
        let left = left(&mut kept, &lines, folder);
        let mut stage = Stage::new(journal.id().to_owned());
        let (scenario, workbench) = checked(&kept, &mut stage)?;
        let debugger = workbench.map(|workbench| {
            let environment = scenario.environment.clone();
            taken_up::debugger(&kept, purpose, environment, workbench)
        });
        let Some(program) = scenario.checked.program.clone() else {
            return Err(Told);
        };
        if !self.shown.quiet {
            let (id, name) = (journal.id(), &kept.name);
            let does = match purpose {
                Purpose::Resume => "goes on with",
                Purpose::Cleanup | Purpose::Replay => "cleans up after",
            };
            terminal::tell(&format!("{does} the run {id} of {name}\n"));
            if let Some(following) = kept.following.told() {
                terminal::tell(&format!("note: {following}\n"));
            }
        }
        stage.world.left(left);
        let texts = program.files.iter();
        let texts = texts.map(|file| (file.path.clone(), file.text.to_string()));
        console.borrow_mut().begin(texts, folder);
        if let Some(first) = lines.first() {
            // What the run is of; it was told, and is no new line.
            console.borrow_mut().event(clock.now(), &first.event, &[]);
        }
        let recorder = Recorder::with(journal, kept.sync, &console, &clock);
        let options = Options {
            run: stage.id.clone(),
            file: kept.name.clone(),
            set,
            conditions: conditions(scenario.environment.as_deref()),
            seed: kept.seed,
            root: kept.root.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            debugger,
            recall: Some(Recall {
                purpose,
                assume,
                output: outputs(folder),
                lines: lines.clone(),
            }),
            ..Options::default()
        };
        let performance = Performance {
            scenario: &scenario,
            program,
            stage: &stage,
            recorder: Rc::new(recorder),
            console,
            clock,
            options,
        };
        Ok(performance.drive(driver))
    }

    /// What `--set` gave the run, with what was not kept given again.
    fn settings(&self, kept: &Kept) -> Result<Vec<(String, String)>, Told> {
        let mut set = Vec::new();
        for setting in &kept.set {
            let again = self
                .set
                .iter()
                .rev()
                .find(|(name, _)| *name == setting.name);
            match setting.value.as_ref().or(again.map(|(_, value)| value)) {
                Some(value) => set.push((setting.name.clone(), value.clone())),
                None => {
                    let name = &setting.name;
                    terminal::complain(format!(
                        "what --set gave {name} held a secret, and is not in the record: give it again with --set {name}=VALUE"
                    ));
                    return Err(Told);
                }
            }
        }
        Ok(set)
    }
}

/// The folders of the runs that are not finished, newest first. All runs are looked at: one that was
/// killed as it began may not be marked yet.
fn unfinished(runs: &Path) -> io::Result<Vec<PathBuf>> {
    let mut all = scn_record::runs(runs)?;
    if all.iter().any(|run| run.state == State::Running) {
        // A program that was being started as its runner was killed holds the lock until it has begun.
        std::thread::sleep(STARTING);
        for run in all.iter_mut().filter(|run| run.state == State::Running) {
            run.state = scn_record::state(&run.folder)?;
        }
    }
    let unfinished = all.into_iter().rev();
    let unfinished = unfinished.filter(|run| run.state == State::Unfinished);
    Ok(unfinished.map(|run| run.folder).collect())
}

/// What the run in that folder was run from; none if nothing was done in it.
pub fn kept_in(folder: &Path, lines: &[Line]) -> Result<Option<Kept>, Told> {
    kept_of(folder, lines).map_err(|reason| {
        terminal::complain(reason);
        Told
    })
}

/// The same, or why it cannot be read. It is written before anything is done.
fn kept_of(folder: &Path, lines: &[Line]) -> Result<Option<Kept>, String> {
    match Kept::read(folder)? {
        None if lines.len() > 1 => Err(format!(
            "{} is missing: it says what the run was run from",
            folder.join(kept::NAME).display()
        )),
        kept => Ok(kept),
    }
}

/// The run cannot be taken up, since nobody knows what its steps mean: what it owes is for a person to do.
fn by_hand(reason: &str, lines: &[Line], folder: &Path) {
    let mut owed = BTreeMap::new();
    for line in lines {
        match &line.event {
            Event::UndoOwed { step, command, .. } => {
                owed.insert(*step, spelled(command));
            }
            Event::UndoDone { step, .. } => {
                owed.remove(step);
            }
            _ => {}
        }
    }
    terminal::complain(reason);
    let owes: String = owed
        .values()
        .rev()
        .map(|words| format!("    {words}\n"))
        .collect();
    let folder = folder.display();
    let help = match owes.is_empty() {
        true => format!(
            "put it back from a copy; by its journal the run owes nothing: else remove {folder}"
        ),
        false => format!(
            "put it back from a copy; else do by hand what the run owes, newest first, and remove {folder}:"
        ),
    };
    terminal::tell(&format!("  help: {help}\n{owes}"));
}

/// The run cannot be taken up, since no step could be done, and what it owes would only be tried in vain.
fn homeless(root: &Path) {
    terminal::complain(format!(
        "the folder in which the run's steps worked is not there any more, {}: nothing of what it owes was done",
        root.display()
    ));
    terminal::tell("  help: move it back, or make it, and type it again\n");
}

/// Ends what still runs of the run, and says what that was.
fn end_left(stage: Stage, left: Vec<Left>, driver: &mut Driver) {
    stage.world.left(left);
    match driver.wait(stage.world.end()) {
        Ok(ended) => {
            for line in ended {
                terminal::tell(&format!("warning: {line}\n"));
            }
        }
        Err(error) => terminal::complain(terminal::reason(&error)),
    }
}

/// Reads a file of a run's folder by its name, up to so many bytes.
type ReadOutput = dyn Fn(&str, usize) -> io::Result<Vec<u8>>;

/// Reads the run's outputs.
pub fn outputs(folder: &Path) -> Rc<ReadOutput> {
    let folder = folder.to_owned();
    Rc::new(move |name, most| {
        let mut bytes = Vec::new();
        let file = File::open(folder.join(name))?;
        file.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    })
}

/// The environment, as it was.
pub fn environment_of(kept: &Kept) -> Result<Option<Rc<Environment>>, Told> {
    if kept.environment.as_os_str().is_empty() {
        return Ok(None);
    }
    let set = kept.set.iter();
    let set = set.filter_map(|one| Some((one.name.clone(), one.value.clone()?)));
    let set: Vec<_> = set.collect();
    let loaded = environment::load_set(kept, &kept.environment, &kept.root, &set);
    let name = kept.environment.file_stem().unwrap_or_default();
    let name = name.to_string_lossy();
    tell(&loaded.diagnostics, loaded.sources, Some(&name), false);
    loaded
        .environment
        .map(|environment| Some(Rc::new(environment)))
        .ok_or(Told)
}

/// What the plug-ins said as the run began, so that it can be finished without those that are gone; one that did not
/// keep it asks them.
///
/// # Errors
/// If one of them cannot be used.
pub fn declared(kept: &Kept, environment: Option<&Rc<Environment>>) -> Result<Rc<Declared>, Told> {
    match kept.declared(environment.map(Rc::as_ref)) {
        Some(declared) => Ok(Rc::new(declared)),
        None => Loader::default().declared(environment),
    }
}

/// The scenario as it was, checked with the commands of this stage.
fn checked(kept: &Kept, stage: &mut Stage) -> Result<(Scenario, Option<Rc<Workbench>>), Told> {
    let environment = environment_of(kept)?;
    stage.know(&*declared(kept, environment.as_ref())?);
    let source = kept.source().map_err(|error| {
        let reason = terminal::reason(&error);
        terminal::complain(format!("{}: {reason}", kept.name));
        Told
    })?;
    let (checked, workbench) = match kept.live {
        Some(_) => taken_up::checked(kept, &source, environment.clone(), &stage.registry),
        None => {
            let environment = environment.as_deref();
            let checked = Scenario::checked(&source, environment, &stage.registry, kept);
            (checked, None)
        }
    };
    let scenario = Scenario {
        source,
        environment,
        checked,
        used: Read::default(),
    };
    if scenario.checked.is_wrong() {
        scenario::tell(&scenario, false);
        return Err(Told);
    }
    Ok((scenario, workbench))
}

/// Why a run is not taken up.
fn refused(error: &ReopenError) -> Exit {
    match error {
        ReopenError::Running { .. } | ReopenError::Copied { .. } | ReopenError::Finished { .. } => {
            terminal::complain(error);
            Exit::Wrong
        }
        ReopenError::Damaged(damage) => {
            terminal::complain(error);
            terminal::tell(&format!("  help: {}\n", damage.help()));
            Exit::Error
        }
        ReopenError::Io(error) => {
            terminal::complain(terminal::reason(error));
            Exit::Error
        }
    }
}

/// So many bytes are to be had for the record of a run that is taken up: some for each of many things that are owed.
const ROOM: usize = 64 << 10;

/// Sees that there is room for the record: what is done and not recorded would be done again by whoever takes the run up next.
fn room(folder: &Path) -> io::Result<()> {
    let path = folder.join("room.new");
    let written = std::fs::write(&path, [0; ROOM]);
    let _ = std::fs::remove_file(&path);
    written
}

/// The run was ended before anything was done: so there is nothing to be done now.
fn nothing_done(journal: &mut Journal, lines: &[Line], clock: &dyn Clock) -> Exit {
    terminal::tell(&format!(
        "the run {} was killed before its first step: nothing of it is left to be done\n",
        journal.id()
    ));
    let verdict = Verdict::Error;
    let events = [
        Event::Verdict {
            verdict,
            reason: Some("it was ended before its first step".to_owned()),
            line: None,
            file: None,
        },
        Event::RunFinished {
            verdict,
            steps: 0,
            failed: 0,
            duration_us: 0,
        },
    ];
    // A run that does not even say what it is of has no verdict.
    let from = usize::from(lines.is_empty());
    for event in &events[from..] {
        if let Err(error) = journal.event(clock.now(), event) {
            terminal::complain(terminal::reason(&error));
        }
    }
    Exit::Error
}

/// The programs that earlier runners started in this start of the machine, which is noted.
fn left(kept: &mut Kept, lines: &[Line], folder: &Path) -> Vec<Left> {
    let Some(boot) = scn_process::boot() else {
        return Vec::new();
    };
    let here = kept.boots.last().filter(|(_, known)| *known == boot);
    let Some((after, _)) = here else {
        kept.boots.push((lines.len() as u64, boot));
        if let Err(error) = kept.clone().replace(folder) {
            terminal::complain(terminal::reason(&error));
        }
        return Vec::new();
    };
    let programs = lines.iter().filter(|line| line.seq > *after);
    let programs = programs.filter_map(|line| match line.event {
        Event::Started { pid, ticks, .. } if ticks > 0 => Some(Left { pid, ticks }),
        _ => None,
    });
    programs.collect()
}
