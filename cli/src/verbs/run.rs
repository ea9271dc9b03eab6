//! `scn run`

use std::cell::RefCell;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;
use scn_grammar::diagnostic::meant;
use scn_interpreter::driver::{set_value, settable};
use scn_interpreter::{Clock, Flag, Options, Platform, Ran, Registry};
use scn_plugin_host::Declared;
use scn_protocol::Verdict;
use scn_report::console::{self, Console, Detail};
use scn_report::verdict::Known;
use scn_stdlib::LocalWorld;

use crate::exit::Exit;
use crate::plugins;
use crate::project::Loader;
use crate::report::{self, Record, Reports, Wanted};
use crate::run::clock::SystemClock;
use crate::run::conditions::conditions;
use crate::run::drive::drive;
use crate::run::recorder::{Recorder, Sync};
use crate::scenario::{self, Scenario};
use crate::source::{Source, Sources};
use crate::tags::Tags;
use crate::terminal;

/// Run scenarios, one after the other
///
/// All are checked first; if one is wrong, nothing runs. What a scenario says with `echo` is on
/// standard output, everything else on standard error, the verdict in the last line. The exit
/// status is 0 for PASS and SKIP, 1 for FAIL, 2 if a file or the command line is wrong, 3 for
/// ERROR, 130 if interrupted.
///
/// Examples:
///
///     scn run failover.scn
///     scn run failover.scn --env staging --set rate=200
///     scn run --tags 'smoke and not slow' *.scn
///     scn run failover.scn --report junit=junit.xml --report json=run.json
///     scn run failover.scn --json > journal.jsonl
///     echo 'run true' | scn run -
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Run {
    /// The scenarios; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    /// The environment: a name, or a file.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    /// Set a `@param`, or a name of the environment's [vars]; of one name, the last counts.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Only scenarios with such `@tags`: `smoke and not slow`.
    #[arg(long, value_name = "EXPR")]
    tags: Option<Tags>,
    /// Where records are kept; `.scn/runs` in the project's root unless given.
    #[arg(long, value_name = "DIR")]
    runs: Option<PathBuf>,
    #[arg(long, value_name = "FORMAT=PATH", value_parser = report::wanted, help = report::wanted_help())]
    report: Vec<Wanted>,
    /// Put the journal's lines on standard output, in place of what the scenario says.
    #[arg(long)]
    json: bool,
    /// What is to survive the machine's death: every step, what is owed, or nothing.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    sync: Sync,
    /// Make `random` and `uuid` give the same again.
    #[arg(long, value_name = "N", value_parser = number)]
    seed: Option<u64>,
    /// Show the verdict alone.
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Show every step's output as it comes.
    #[arg(short, long)]
    verbose: bool,
}

fn number(text: &str) -> Result<u64, String> {
    let most = u64::MAX;
    text.parse()
        .map_err(|_| format!("a whole number from 0 to {most} is expected"))
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is written NAME=VALUE".to_owned()),
    }
}

/// A run's world, its commands, and where its outputs go once its record has begun.
struct Stage {
    id: String,
    world: Rc<LocalWorld>,
    registry: Registry,
    record: Rc<RefCell<Option<Rc<Recorder>>>>,
}

impl Stage {
    fn new(clock: &dyn Clock) -> Self {
        let id = scn_record::new_id(clock.now());
        let record: Rc<RefCell<Option<Rc<Recorder>>>> = Rc::default();
        let outputs = Rc::clone(&record);
        let world = LocalWorld::new(&id, move || match &*outputs.borrow() {
            Some(record) => Ok(record.folder()),
            None => Err(io::Error::other("the run has not begun")),
        });
        let registry = Registry::new();
        Self {
            id,
            world,
            registry,
            record,
        }
    }

    /// Its commands are these.
    fn know(&mut self, declared: &Declared) {
        self.registry = plugins::of_run(&self.world, declared);
    }
}

impl Run {
    /// Does it.
    pub fn run(self) -> Exit {
        scn_process::close_inherited();
        let Sources {
            read: sources,
            lacking,
        } = Source::read_all(&self.files);
        let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
        let mut loader = Loader::default();
        // A run's commands belong to its world. One scenario is checked with the world that it
        // runs in; of several, each is checked again as its turn comes.
        let mut stage = (sources.len() == 1).then(|| Stage::new(&*clock));
        let scenarios = match self.check(&sources, &mut loader, stage.as_mut()) {
            Some(scenarios) if !lacking => scenarios,
            _ => return Exit::Wrong,
        };
        let Some(mut reports) = Reports::prepare(&self.report) else {
            return Exit::Wrong;
        };
        let mut worst = Exit::Done;
        for (at, scenario) in scenarios.into_iter().enumerate() {
            if at > 0 && !self.quiet {
                terminal::tell("\n");
            }
            let (scenario, stage) = match stage.take() {
                Some(stage) => (scenario, stage),
                None => {
                    let mut stage = Stage::new(&*clock);
                    let Ok(declared) = loader.declared(scenario.environment.as_ref()) else {
                        return Exit::Wrong;
                    };
                    stage.know(&declared);
                    let again = Scenario::check_with(
                        &scenario.source,
                        scenario.environment.clone(),
                        &stage.registry,
                    );
                    (again, stage)
                }
            };
            let exit = self.one(&scenario, &stage, &clock, &mut loader, &mut reports);
            worst = worst.max(exit);
            if exit == Exit::Interrupted {
                break;
            }
        }
        match reports.write() {
            true => worst,
            false => worst.max(Exit::Error),
        }
    }

    /// Checks all of them, and what is set; none if anything is wrong.
    fn check(
        &self,
        sources: &[Source],
        loader: &mut Loader,
        mut stage: Option<&mut Stage>,
    ) -> Option<Vec<Scenario>> {
        let mut scenarios = Vec::new();
        let mut wrong = false;
        let mut told = Vec::new();
        for source in sources {
            let Ok(environment) = loader.environment(self.env.as_deref(), &source.folder) else {
                return None;
            };
            let Ok(declared) = loader.declared(environment.as_ref()) else {
                return None;
            };
            let mut scenario = match &mut stage {
                Some(stage) => {
                    stage.know(&declared);
                    Scenario::check_with(source, environment, &stage.registry)
                }
                None => Scenario::check_with(source, environment, &plugins::known(&declared)),
            };
            let is_wrong = scenario.checked.is_wrong();
            scenario.tell_environment_once(&mut told);
            if !self.quiet || is_wrong {
                scenario::tell(&scenario, false);
            }
            wrong |= is_wrong;
            scenarios.push(scenario);
        }
        wrong |= !self.settings_fit(&scenarios);
        if let Some(tags) = &self.tags {
            let selected = |scenario: &Scenario| {
                scenario
                    .checked
                    .program
                    .as_ref()
                    .is_none_or(|program| tags.select(&program.headers.tags))
            };
            scenarios.retain(selected);
            if scenarios.is_empty() && !sources.is_empty() {
                // To be told that all is well would be wrong.
                terminal::complain("no scenario has the tags that --tags asks for");
                return None;
            }
        }
        wrong |= self.are_lacking(&scenarios);
        (!wrong).then_some(scenarios)
    }

    /// Whether each name that is set is there, with a value of its type.
    fn settings_fit(&self, scenarios: &[Scenario]) -> bool {
        let mut fits = true;
        let mut told = HashSet::new();
        let programs = || {
            scenarios
                .iter()
                .filter_map(|scenario| scenario.checked.program.as_deref())
        };
        let known: Vec<(&str, _)> = programs().flat_map(settable).collect();
        for (name, text) in &self.set {
            let kinds: Vec<_> = known
                .iter()
                .filter(|(known, _)| known == name)
                .map(|(_, kind)| *kind)
                .collect();
            let unknown = kinds.is_empty() && programs().next().is_some();
            if unknown && told.insert(name) {
                fits = false;
                let help = match meant(name, known.iter().map(|(name, _)| *name)) {
                    Some(meant) => format!("; did you mean {meant}?"),
                    None => String::new(),
                };
                terminal::complain(format!(
                    "--set {name}: neither a @param nor a name of [vars] is called so{help}"
                ));
            }
            for kind in kinds {
                if let Err(reason) = set_value(name, text, kind) {
                    fits = false;
                    terminal::complain(reason);
                    break;
                }
            }
        }
        fits
    }

    /// Whether a parameter without a default is not set.
    fn are_lacking(&self, scenarios: &[Scenario]) -> bool {
        let mut lacking = false;
        for scenario in scenarios {
            let Some(program) = &scenario.checked.program else {
                continue;
            };
            for name in scn_interpreter::driver::lacking(program, &self.set) {
                lacking = true;
                let file = &scenario.source.name;
                terminal::complain(format!(
                    "{file}: the parameter `{name}` has no default: give it with --set {name}=VALUE"
                ));
            }
        }
        lacking
    }

    /// Runs one scenario.
    fn one(
        &self,
        scenario: &Scenario,
        stage: &Stage,
        clock: &Rc<dyn Clock>,
        loader: &mut Loader,
        reports: &mut Reports<'_>,
    ) -> Exit {
        let Some(program) = scenario.checked.program.clone() else {
            return Exit::Wrong;
        };
        let root = match &scenario.environment {
            Some(environment) => environment.root.clone(),
            None => match loader.project(&scenario.source.folder) {
                Ok(project) => project.root.clone(),
                Err(_) => return Exit::Wrong,
            },
        };
        let runs = self.runs.clone().unwrap_or_else(|| root.join(".scn/runs"));
        let console = Rc::new(RefCell::new(Console::new(
            self.look(),
            Box::new(io::stdout()),
            Box::new(io::stderr()),
        )));
        if let Ok(here) = std::env::current_dir() {
            console.borrow_mut().read_in(here);
        }
        let name = &scenario.source.name;
        let texts = program.files.iter();
        let texts = texts.map(|file| (file.path.clone(), file.text.clone()));
        let id = stage.id.clone();
        let recorder = match Recorder::begin(&runs, id, texts.clone(), &console, clock, self.sync) {
            Ok(recorder) => Rc::new(recorder),
            Err(error) => {
                let reason = terminal::reason(&error);
                let reason = format!("the run cannot be recorded, so nothing was run: {reason}");
                console.borrow_mut().unrecorded(clock.now(), name, &reason);
                return Exit::Error;
            }
        };
        reports.add(Record::new(recorder.folder(), false).with_texts(texts));
        *stage.record.borrow_mut() = Some(Rc::clone(&recorder));
        let platform = Platform {
            clock: Rc::clone(clock),
            record: recorder,
            world: Rc::clone(&stage.world) as _,
        };
        let declared: Vec<&str> = settable(&program)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let options = Options {
            run: stage.id.clone(),
            file: scenario.source.name.clone(),
            set: self
                .set
                .iter()
                .filter(|(name, _)| declared.contains(&name.as_str()))
                .cloned()
                .collect(),
            conditions: conditions(scenario.environment.as_deref()),
            seed: self.seed,
            root,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Options::default()
        };
        let known = program
            .headers
            .known
            .as_ref()
            .map(|(id, until)| serde_json::json!({ "id": id, "until": until }));
        let known = Known::read(known.as_ref(), clock.now());
        let interrupt = Flag::new();
        let run = scn_interpreter::run(
            program,
            scenario.environment.as_deref(),
            platform,
            options,
            Rc::clone(&interrupt),
        );
        let stopped = stage.world.end_at_once();
        let ran = drive(run, stopped, &interrupt, &console, clock);
        *stage.record.borrow_mut() = None;
        match ran {
            Ok(Some(ran)) => {
                if let Some(reason) = &ran.unrecorded
                    && !console.borrow().is_over()
                {
                    // The console sees what is recorded: this verdict is not.
                    console.borrow_mut().unrecorded(clock.now(), name, reason);
                }
                let exit = exit_of(&ran, known.as_ref());
                // What the scenario says is lost: whoever reads it must not take that for all.
                match console.borrow().unsaid() {
                    Some(_) => exit.max(Exit::Error),
                    None => exit,
                }
            }
            Ok(None) => {
                let reason =
                    "stopped at once: what was left of `finally` and what is owed did not run";
                console.borrow_mut().unrecorded(clock.now(), name, reason);
                Exit::Interrupted
            }
            Err(error) => {
                let reason = format!("the run could not be driven: {}", terminal::reason(&error));
                console.borrow_mut().unrecorded(clock.now(), name, &reason);
                Exit::Error
            }
        }
    }

    fn look(&self) -> console::Options {
        let detail = match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        };
        console::Options {
            detail,
            color: terminal::is_live(),
            live: terminal::is_live(),
            out_is_terminal: terminal::out_is_terminal(),
            json: self.json,
            columns: terminal::columns(),
        }
    }
}

/// What the verdict means for the exit status.
fn exit_of(ran: &Ran, known: Option<&Known>) -> Exit {
    match ran.verdict {
        _ if ran.interrupted => Exit::Interrupted,
        _ if ran.unrecorded.is_some() => Exit::Error,
        Verdict::Pass | Verdict::Skip => Exit::Done,
        verdict if known.is_some_and(|known| known.excuses(verdict)) => Exit::Done,
        Verdict::Fail => Exit::Fail,
        Verdict::Error => Exit::Error,
    }
}
