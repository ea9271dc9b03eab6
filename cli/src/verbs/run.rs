//! `scn run`

use std::ffi::OsString;
use std::path::Path;
use std::rc::Rc;

use clap::Args;
use scn_interpreter::Registry;
use scn_interpreter::debug::Debugger;
use scn_interpreter::driver::settable;
use scn_report::text;

use crate::exit::Exit;
use crate::live::stops::{self, Stops};
use crate::plugins;
use crate::project::{self, Loader, Records, Told};
use crate::repl::input::Input;
use crate::repl::line::{self, Above};
use crate::report::{self, Reports, Wanted};
use crate::run::kept::{Following, Live};
use crate::run::perform::Shown;
use crate::run::recorder::{Sync, observer};
use crate::run::series::Series;
use crate::run::setup::{self, Setup};
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
/// On a terminal what goes on is drawn below what has passed, unless SCN_PROGRESS=never or ACCESSIBLE
/// is set; in a pipe, and with CI=true or NO_COLOR, there is neither that nor colour.
///
/// Examples:
///
///     scn run failover.scn
///     scn run failover.scn --env staging --set rate=200
///     scn run --tags 'smoke and not slow' *.scn
///     scn run failover.scn --report html=report.html --report junit=junit.xml
///     scn run failover.scn --json > journal.jsonl
///     scn run failover.scn --break exec_smoke --on-fail repl
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
    #[command(flatten)]
    records: Records,
    #[arg(long, value_name = "FORMAT=PATH", value_parser = report::wanted, help = report::wanted_help())]
    report: Vec<Wanted>,
    /// What is to survive the machine's death: every step, what is owed, or nothing.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    sync: Sync,
    /// Make `random` and `uuid` give the same again.
    #[arg(long, value_name = "N", value_parser = number)]
    seed: Option<u64>,
    #[command(flatten)]
    stops: Stops,
    #[command(flatten)]
    shown: Shown,
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
        let mut loader = Loader::setting(&self.set);
        let mut series = Series::new(sources.len());
        let scenarios = match self.check(&sources, &mut loader, &mut series) {
            Some(scenarios) if !lacking => scenarios,
            _ => return Exit::Wrong,
        };
        let Some(mut reports) = Reports::prepare(&self.report, &self.files) else {
            return Exit::Wrong;
        };
        let mut worst = Exit::Done;
        let mut input = None;
        let names: Vec<String> = scenarios
            .iter()
            .map(|scenario| scenario.source.name.clone())
            .collect();
        for (at, scenario) in scenarios.into_iter().enumerate() {
            if at > 0 && !self.shown.quiet {
                terminal::tell("\n");
            }
            let Ok((scenario, own)) = Self::staged(scenario, &mut loader, &mut series) else {
                return Exit::Wrong;
            };
            let registry = own.as_ref().unwrap_or(&series.stage).registry.clone();
            let stopped = self.stopped(scenario, registry, &mut loader, &mut input);
            let Ok((scenario, debugger)) = stopped else {
                return Exit::Wrong;
            };
            let exit = self.one(
                (
                    &scenario,
                    Following::of(names[at + 1..].iter().map(String::as_str)),
                ),
                own.as_ref(),
                &mut series,
                &mut loader,
                &mut reports,
                debugger,
            );
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

    /// A run's commands belong to what it acts on: the same scenario, and its own stage if it does not act on
    /// that of all, with whose commands it was checked.
    fn staged(
        scenario: Scenario,
        loader: &mut Loader,
        series: &mut Series,
    ) -> Result<(Scenario, Option<Stage>), Told> {
        let environment = scenario.environment.clone();
        if series.shares(environment.as_deref()) {
            series.renew();
            return Ok((scenario, None));
        }
        let stage = series.own_stage(&*loader.declared(environment.as_ref())?);
        let again = Scenario::check_with(&scenario.source, environment, &stage.registry);
        Ok((again, Some(stage)))
    }

    /// The same scenario with what stops it, if something is to.
    fn stopped(
        &self,
        scenario: Scenario,
        registry: Registry,
        loader: &mut Loader,
        input: &mut Option<Rc<Input>>,
    ) -> Result<(Scenario, Option<Rc<Debugger>>), Told> {
        if !self.stops.any() {
            return Ok((scenario, None));
        }
        if scenario.source.is_stdin {
            terminal::complain("standard input is the scenario, and cannot say how to go on, too");
            return Err(Told);
        }
        let root = loader.root(scenario.environment.as_deref(), &scenario.source.folder)?;
        let environment = scenario.environment.clone();
        let (again, workbench) = Scenario::check_live(&scenario.source, environment, registry);
        let workbench = workbench.ok_or(Told)?;
        let debugger = self.stops.debugger(&again, workbench, &root, input)?;
        Ok((again, Some(debugger)))
    }

    /// Checks all of them, and what is set; none if anything is wrong.
    fn check(
        &self,
        sources: &[Source],
        loader: &mut Loader,
        series: &mut Series,
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
            let mut scenario = match series.shares(environment.as_deref()) {
                true => {
                    series.know(&declared);
                    Scenario::check_with(source, environment, &series.stage.registry)
                }
                false => Scenario::check_with(source, environment, &plugins::known(&declared)),
            };
            let is_wrong = scenario.checked.is_wrong();
            scenario.tell_environment_once(&mut told);
            if !self.shown.quiet || is_wrong {
                scenario::tell(&scenario, false);
            }
            wrong |= is_wrong;
            scenarios.push(scenario);
        }
        let programs = scenarios.iter();
        let programs = programs.filter_map(|scenario| scenario.checked.program.as_deref());
        let unfit = setup::unfit(&self.set, &programs.collect::<Vec<_>>());
        unfit.iter().for_each(terminal::complain);
        wrong |= !unfit.is_empty();
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
        for scenario in &scenarios {
            let program = scenario.checked.program.as_deref();
            for reason in program.map_or_else(Vec::new, |one| setup::lacking(&self.set, one)) {
                wrong = true;
                terminal::complain(format!("{}: {reason}", scenario.source.name));
            }
        }
        (!wrong).then_some(scenarios)
    }

    /// Runs one scenario; after it, those.
    fn one(
        &self,
        (scenario, following): (&Scenario, Following),
        own: Option<&Stage>,
        series: &mut Series,
        loader: &mut Loader,
        reports: &mut Reports<'_>,
        debugger: Option<Rc<Debugger>>,
    ) -> Exit {
        let clock = &Rc::clone(&series.clock);
        let Some(program) = scenario.checked.program.clone() else {
            return Exit::Wrong;
        };
        let root = loader.root(scenario.environment.as_deref(), &scenario.source.folder);
        let Ok(root) = root else {
            return Exit::Wrong;
        };
        let runs = self.records.folder_in(&root);
        if !self.shown.quiet {
            loader.notice_unfinished(&runs);
        }
        let settable: Vec<&str> = settable(&program)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let set = self.set.iter();
        let set = set.filter(|(name, _)| settable.contains(&name.as_str()));
        let set: Vec<(String, String)> = set.cloned().collect();
        let console = match (debugger.is_some(), stops::is_edited()) {
            (true, true) => self
                .shown
                .console_to(false, Box::new(Above), Box::new(Above)),
            (true, false) => {
                let (out, err) = (Box::new(std::io::stdout()), Box::new(std::io::stderr()));
                self.shown.console_to(false, out, err)
            }
            (false, _) => self.shown.console(),
        };
        let is_last = following.is_empty();
        let setup = Setup {
            scenario,
            program,
            stage: own.unwrap_or(&series.stage),
            conditions: &mut series.conditions,
            clock,
            root,
            set,
            sync: self.sync,
            seed: self.seed,
            following,
            live: debugger.map(|debugger| (Live::Debugged, debugger)),
            console: Rc::clone(&console),
        };
        let performance = match setup.begin(&runs, loader, observer(&console)) {
            Ok(performance) => performance,
            Err(error) => {
                let reason = terminal::reason(&error);
                let reason = format!("the run cannot be recorded, so nothing was run: {reason}");
                let name = &scenario.source.name;
                console.borrow_mut().unrecorded(clock.now(), name, &reason);
                return Exit::Error;
            }
        };
        series
            .folders
            .records(&performance.recorder, &runs, is_last);
        reports.add(performance.recorder.folder());
        if terminal::is_read() {
            console
                .borrow_mut()
                .hint(self.hints(&runs, &performance.stage.id));
        }
        let exit = performance.drive(&mut series.driver);
        line::settle();
        exit
    }

    /// What whoever sees a failure types next.
    fn hints(&self, runs: &Path, id: &str) -> Vec<(String, String)> {
        let mut hints = Vec::new();
        if !self.files.iter().any(|file| file == "-") {
            hints.push(("again".to_owned(), terminal::typed()));
        }
        let folder = runs.join(id);
        let run = match project::is_runs_folder_here(runs) {
            true => id.into(),
            false => folder.to_string_lossy(),
        };
        let run = text::shell_word(&run).into_owned();
        hints.push(("record".to_owned(), format!("scn report {run}")));
        hints
    }
}
