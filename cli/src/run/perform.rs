//! From a checked scenario and a begun record to an exit status.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use clap::Args;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use scn_interpreter::program::Program;
use scn_interpreter::{Clock, Flag, Options, Platform, Ran};
use scn_protocol::{Purpose, Verdict};
use scn_report::console::{self, Console, Detail};
use scn_report::verdict::Known;

use super::drive::{Driver, drive};
use super::limits::limits;
use super::recorder::Recorder;
use super::stage::Stage;
use crate::exit::Exit;
use crate::fault;
use crate::scenario::Scenario;
use crate::terminal;

/// How much is shown, and in which form.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Shown {
    /// Put the journal's lines on standard output, in place of what the scenario says.
    #[arg(long)]
    pub json: bool,
    /// Show the verdict alone.
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Show every step's output as it comes.
    #[arg(short, long)]
    pub verbose: bool,
}

impl Shown {
    /// The terminal, as it is to be written to.
    pub fn console(self) -> Rc<RefCell<Console>> {
        let (out, err) = (Box::new(io::stdout()), Box::new(io::stderr()));
        self.console_to(terminal::is_animated(), out, err)
    }

    /// The same, written to these; `live` if lines may be drawn again there.
    pub fn console_to(
        self,
        live: bool,
        out: Box<dyn Write>,
        err: Box<dyn Write>,
    ) -> Rc<RefCell<Console>> {
        let detail = match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        };
        let options = console::Options {
            detail,
            color: terminal::is_live(),
            live,
            out_is_terminal: terminal::out_is_terminal(),
            json: self.json,
            columns: terminal::size().0,
            rows: terminal::size().1,
        };
        let console = Rc::new(RefCell::new(Console::new(options, out, err)));
        if let Ok(here) = std::env::current_dir() {
            console.borrow_mut().read_in(here);
        }
        console
    }
}

/// A run that can be driven.
pub struct Performance<'a> {
    /// What is run.
    pub scenario: &'a Scenario,
    /// The same, as a program.
    pub program: Rc<Program>,
    /// What it acts on.
    pub stage: &'a Stage,
    /// Its record.
    pub recorder: Rc<Recorder>,
    /// Who shows it.
    pub console: Rc<RefCell<Console>>,
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// What it is told.
    pub options: Options,
}

impl Performance<'_> {
    /// Drives it to its end.
    pub fn drive(self, driver: &mut Driver) -> Exit {
        self.drive_beside(driver, None)
    }

    /// The same; `beside` goes on with it, as long as it does.
    pub fn drive_beside(
        self,
        driver: &mut Driver,
        beside: Option<LocalBoxFuture<'static, ()>>,
    ) -> Exit {
        let (stage, clock, console) = (self.stage, &self.clock, &self.console);
        let name = &self.scenario.source.name;
        *stage.record.borrow_mut() = Some(Rc::clone(&self.recorder));
        let platform = Platform {
            clock: Rc::clone(clock),
            record: Rc::clone(&self.recorder) as _,
            world: Rc::clone(&stage.world) as _,
        };
        let known = self.program.headers.known.as_ref();
        let known = known.map(|(id, until)| serde_json::json!({ "id": id, "until": until }));
        let known = Known::read(known.as_ref(), clock.now());
        let environment = self.scenario.environment.as_deref();
        if environment.is_some_and(|environment| !environment.secrets.is_empty()) {
            fault::holds_secrets();
        }
        let declared = environment.map_or_else(Default::default, |environment| environment.limits);
        let options = Options {
            limits: limits(&declared, &self.recorder.folder()),
            ..self.options
        };
        let debugger = options.debugger.clone();
        // The interrupt of one that is taken up may be in its record alone: but who has a prompt interrupts it there.
        let recall = options.recall.as_ref();
        let was_interrupted =
            recall.is_some_and(|recall| debugger.is_none() || recall.purpose == Purpose::Cleanup);
        let interrupt = Flag::new();
        let run = scn_interpreter::run(
            self.program,
            environment,
            platform,
            options,
            Rc::clone(&interrupt),
        );
        let asked = Rc::clone(&interrupt);
        let heeds = move || {
            debugger
                .as_ref()
                .is_some_and(|debugger| debugger.interrupt())
        };
        let run = async {
            let beside = beside.map(tokio::task::spawn_local);
            let ran = run.await;
            if let Some(beside) = beside {
                beside.abort();
            }
            ran
        };
        let run = run.boxed_local();
        let stopped = stage.world.end_at_once();
        let ran = drive(driver, run, stopped, &interrupt, console, clock, heeds);
        *stage.record.borrow_mut() = None;
        match ran {
            Ok(Some(ran)) => {
                if let Some(reason) = &ran.parted {
                    // Whoever takes it up next finds it as it was.
                    stage.world.let_go();
                    console.borrow_mut().unrecorded(clock.now(), name, reason);
                    return Exit::Error;
                }
                if let Some(reason) = &ran.unrecorded
                    && !console.borrow().is_over()
                {
                    // The console sees what is recorded: this verdict is not.
                    console.borrow_mut().unrecorded(clock.now(), name, reason);
                }
                let ran = Ran {
                    interrupted: ran.interrupted && (asked.is_set() || !was_interrupted),
                    ..ran
                };
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
}

/// What the verdict means for the exit status.
pub fn exit_of(ran: &Ran, known: Option<&Known>) -> Exit {
    match ran.verdict {
        _ if ran.interrupted => Exit::Interrupted,
        _ if ran.unrecorded.is_some() => Exit::Error,
        Verdict::Pass | Verdict::Skip => Exit::Done,
        verdict if known.is_some_and(|known| known.excuses(verdict)) => Exit::Done,
        Verdict::Fail => Exit::Fail,
        Verdict::Error => Exit::Error,
    }
}
