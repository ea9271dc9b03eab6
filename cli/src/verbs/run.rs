//! `scn run`

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;
use scn_grammar::diagnostic::meant;
use scn_interpreter::driver::{set_value, settable};
use scn_interpreter::{Clock, Options};

use crate::exit::Exit;
use crate::plugins;
use crate::project::{Loader, RUNS};
use crate::report::{self, Reports, Wanted};
use crate::run::clock::SystemClock;
use crate::run::conditions::conditions;
use crate::run::kept::{Given, Kept};
use crate::run::perform::{Performance, Shown};
use crate::run::recorder::{Recorder, Secrets, Sync};
use crate::run::stage::Stage;
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
///     scn run failover.scn --report html=report.html --report junit=junit.xml
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
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::run::pair)]
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
        let mut stage = (sources.len() == 1).then(|| stage_at(&*clock));
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
                    let mut stage = stage_at(&*clock);
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
        let runs = self.runs.clone().unwrap_or_else(|| root.join(RUNS));
        if !self.quiet {
            loader.notice_unfinished(&runs);
        }
        let settable: Vec<&str> = settable(&program)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let set = self.set.iter();
        let set = set.filter(|(name, _)| settable.contains(&name.as_str()));
        let set: Vec<(String, String)> = set.cloned().collect();
        let kept = self.kept(scenario, &root, &set, loader);
        let world = Rc::clone(&stage.world);
        let console = self.shown().console();
        let texts = program.files.iter();
        let texts = texts.map(|file| (file.path.clone(), file.text.clone()));
        let id = stage.id.clone();
        let kept = (kept, Box::new(move || world.masker()) as Secrets);
        let recorder = match Recorder::begin(&runs, id, texts, kept, &console, clock) {
            Ok(recorder) => Rc::new(recorder),
            Err(error) => {
                let reason = terminal::reason(&error);
                let reason = format!("the run cannot be recorded, so nothing was run: {reason}");
                let name = &scenario.source.name;
                console.borrow_mut().unrecorded(clock.now(), name, &reason);
                return Exit::Error;
            }
        };
        reports.add(recorder.folder());
        let options = Options {
            run: stage.id.clone(),
            file: scenario.source.name.clone(),
            set,
            conditions: conditions(scenario.environment.as_deref()),
            seed: self.seed,
            root,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Options::default()
        };
        let performance = Performance {
            scenario,
            program,
            stage,
            recorder,
            is_cleanup: false,
            console,
            clock: Rc::clone(clock),
            options,
        };
        performance.drive()
    }

    /// What the run is run from.
    fn kept(
        &self,
        scenario: &Scenario,
        root: &Path,
        set: &[(String, String)],
        loader: &Loader,
    ) -> Kept {
        let environment = scenario.environment.as_deref();
        let given = Given {
            environment: environment.map(|environment| environment.file.as_path()),
            root,
            set,
            sync: self.sync,
            seed: self.seed,
        };
        let files = environment.and_then(|environment| loader.files_of(environment));
        let read = scenario.used.iter().chain(files.into_iter().flatten());
        Kept::new(&scenario.source, &given, read)
    }

    fn shown(&self) -> Shown {
        Shown {
            quiet: self.quiet,
            verbose: self.verbose,
            json: self.json,
        }
    }
}

/// What a run acts on that begins now.
fn stage_at(clock: &dyn Clock) -> Stage {
    Stage::new(scn_record::new_id(clock.now()))
}
