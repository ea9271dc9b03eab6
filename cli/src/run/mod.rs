//! Runs scenarios: what a run needs of this machine is put together here.

mod clock;
mod interrupts;
mod recorder;

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use scn_interpreter::program::Program;
use scn_interpreter::{self as interpreter, Checked, Clock, Flag, Platform, Ran};
use scn_protocol::Verdict;
use scn_report::console::{self, Console};
use scn_report::verdict::Known;
use scn_stdlib::LocalWorld;
use serde_json::json;
use tokio::task::LocalSet;

use crate::exit::Exit;
use crate::scenario::Scenario;
use crate::terminal;
use clock::SystemClock;
use interrupts::Interrupts;
use recorder::Recorder;

pub use recorder::Sync;

/// The time between two pictures of what runs.
const TICK: Duration = Duration::from_millis(100);

/// How runs are to be done.
#[derive(Clone, Debug)]
pub struct How {
    /// What `--set` gives.
    pub set: Vec<(String, String)>,
    /// Where records are kept, if not in the project.
    pub runs: Option<PathBuf>,
    /// What of the record waits for the disk.
    pub sync: Sync,
    /// The seed of what is random.
    pub seed: Option<u64>,
    /// How it is shown.
    pub console: console::Options,
}

/// The run's folder for what outlives steps, known once its record has begun.
type Outputs = Rc<RefCell<Option<Rc<Recorder>>>>;

/// A scenario that was checked, with the part of the world that it will act on.
pub struct Prepared {
    /// The scenario.
    pub scenario: Scenario,
    /// What it became, if nothing is wrong with it.
    pub program: Option<Rc<Program>>,
    run: String,
    world: Rc<LocalWorld>,
    recorder: Outputs,
}

impl Prepared {
    /// Checks a scenario for a run that is to begin now.
    pub fn new(scenario: Scenario) -> (Self, Checked) {
        let run = scn_record::new_id(SystemClock::new().now());
        let recorder = Outputs::default();
        let asked = Rc::clone(&recorder);
        let world = LocalWorld::new(move || match &*asked.borrow() {
            Some(recorder) => recorder.outputs(),
            None => Err(io::Error::other("the run has not begun")),
        });
        let checked = scenario.check(&scn_stdlib::registry(&world));
        let prepared = Self {
            scenario,
            program: checked.program.clone(),
            run,
            world,
            recorder,
        };
        (prepared, checked)
    }
}

/// Runs them one after the other; gives the worst of their ends.
pub fn all(prepared: Vec<Prepared>, how: How) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::complain(format!("no runtime could be started: {error}"));
            return Exit::Error;
        }
    };
    LocalSet::new().block_on(&runtime, each(prepared, how))
}

async fn each(prepared: Vec<Prepared>, how: How) -> Exit {
    let mut interrupts = match Interrupts::new() {
        Ok(interrupts) => interrupts,
        Err(error) => {
            terminal::complain(format!("signals cannot be heard: {error}"));
            return Exit::Error;
        }
    };
    let console = Console::new(how.console, Box::new(io::stdout()), Box::new(io::stderr()));
    let console = Rc::new(RefCell::new(console));
    let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
    let ticking = how
        .console
        .live
        .then(|| tokio::task::spawn_local(tick(Rc::clone(&console), Rc::clone(&clock))));
    let mut worst = Exit::Done;
    for (index, prepared) in prepared.into_iter().enumerate() {
        // A run is named by when it begins; the first one begins now.
        let prepared = match index {
            0 => prepared,
            _ => Prepared::new(prepared.scenario).0,
        };
        let exit = one(prepared, &how, &console, &clock, &mut interrupts).await;
        worst = worst.max(exit);
        if exit == Exit::Interrupted {
            break;
        }
    }
    if let Some(ticking) = ticking {
        ticking.abort();
    }
    worst
}

/// Shows that time goes by.
async fn tick(console: Rc<RefCell<Console>>, clock: Rc<dyn Clock>) {
    loop {
        tokio::time::sleep(TICK).await;
        console.borrow_mut().tick(clock.now());
    }
}

async fn one(
    prepared: Prepared,
    how: &How,
    console: &Rc<RefCell<Console>>,
    clock: &Rc<dyn Clock>,
    interrupts: &mut Interrupts,
) -> Exit {
    let Prepared {
        scenario,
        program,
        run,
        world,
        recorder: outputs,
    } = prepared;
    let Some(program) = program else {
        return Exit::Wrong;
    };
    let runs = how
        .runs
        .clone()
        .unwrap_or_else(|| scenario.root.join(".scn/runs"));
    let source = String::from_utf8_lossy(&scenario.source.bytes).into_owned();
    let recorder = match Recorder::begin(&runs, run.clone(), &source, console, clock, how.sync) {
        Ok(recorder) => Rc::new(recorder),
        Err(error) => {
            unrecorded(&scenario, &format!("the run cannot be recorded: {error}"));
            return Exit::Error;
        }
    };
    *outputs.borrow_mut() = Some(Rc::clone(&recorder));
    let platform = Platform {
        clock: Rc::clone(clock),
        record: recorder,
        world,
    };
    let began = clock.now();
    let options = options(&scenario, &program, run, how);
    let interrupt = Flag::new();
    let environment = scenario.environment.as_deref();
    let known = program.headers.known.clone();
    let running = interpreter::run(
        program,
        environment,
        platform,
        options,
        Rc::clone(&interrupt),
    );
    let ran = heed(running, &interrupt, interrupts, console).await;
    console.borrow_mut().clear();
    let Some(ran) = ran else {
        return Exit::Interrupted;
    };
    if let Some(reason) = &ran.unrecorded {
        unrecorded(&scenario, reason);
    }
    let known = known.map(|(id, until)| Known::new(&id, until.as_deref(), began));
    exit_of(&ran, known.as_ref())
}

/// Waits for a run, and for whoever interrupts it; nothing if it is to be left at once.
async fn heed(
    running: impl Future<Output = Ran>,
    interrupt: &Rc<Flag>,
    interrupts: &mut Interrupts,
    console: &Rc<RefCell<Console>>,
) -> Option<Ran> {
    let mut running = pin!(running);
    loop {
        tokio::select! {
            ran = &mut running => return Some(ran),
            () = interrupts.next() => {}
        }
        if interrupt.is_set() {
            return None;
        }
        interrupt.set();
        console.borrow_mut().interrupted();
    }
}

fn exit_of(ran: &Ran, known: Option<&Known>) -> Exit {
    if ran.interrupted {
        return Exit::Interrupted;
    }
    match ran.verdict {
        _ if ran.unrecorded.is_some() => Exit::Error,
        verdict if known.is_some_and(|known| known.excuses(verdict)) => Exit::Done,
        Verdict::Pass | Verdict::Skip => Exit::Done,
        Verdict::Fail => Exit::Fail,
        Verdict::Error => Exit::Error,
    }
}

/// The verdict of a run that has no record to be read from.
fn unrecorded(scenario: &Scenario, reason: &str) {
    terminal::tell(&format!("ERROR {} {reason}\n", scenario.source.name));
}

fn options(scenario: &Scenario, program: &Program, run: String, how: &How) -> interpreter::Options {
    let known = interpreter::driver::settable(program);
    let takes = |name: &str| known.iter().any(|(known, _)| *known == name);
    let set = how.set.iter().filter(|(name, _)| takes(name));
    interpreter::Options {
        run,
        file: scenario.source.name.clone(),
        set: set.cloned().collect(),
        conditions: conditions(),
        seed: how.seed,
        root: scenario.root.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..interpreter::Options::default()
    }
}

/// What is known of the machine, for comparing runs.
fn conditions() -> serde_json::Value {
    let system = rustix::system::uname();
    let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load
        .split(' ')
        .next()
        .and_then(|load| load.parse::<f64>().ok());
    json!({
        "host": text(system.nodename()),
        "system": format!("{} {}", text(system.sysname()), text(system.release())),
        "machine": text(system.machine()),
        "load": load,
    })
}
