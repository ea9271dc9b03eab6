//! Drives a run: from its first event to its last.
//!
//! A run is one future. Lines of execution (the scenario, branches, jobs) are futures inside
//! it, on one thread; the machine runs each between effects.

mod attempt;
mod background;
mod begin;
mod board;
mod branch;
mod context;
mod cut;
mod drive;
mod end;
mod eval;
mod event;
mod held;
mod hide;
mod hooks;
mod jobs;
mod journal;
mod limits;
mod look;
mod making;
mod owed;
mod own;
mod parallel;
mod pause;
mod plan;
mod prepare;
mod recall;
mod report;
mod rows;
mod scenario;
mod shared;
mod signal;
mod step;
mod undo;
mod verdict;
mod wait;
mod watches;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use scn_protocol::{Event, Phase, Purpose, Value, Verdict, json};

use self::prepare::{needed, prepare, remote};
use self::recall::Recalled;
use self::scenario::once;
use self::shared::Shared;
use crate::debug::Debugger;
use crate::environment::Environment;
use crate::platform::Platform;
use crate::program::Program;

pub use self::begin::{lacking, set_value, settable};
pub use self::limits::Limits;
pub use self::pause::lines;
pub(crate) use self::pause::{PausedAt, Turn};
pub use self::recall::{Assume, Done, Recall, Torn};
pub use self::signal::Flag;

/// What a run is told from outside.
#[derive(Clone, Default)]
pub struct Options {
    /// Its name, which is its folder's.
    pub run: String,
    /// The scenario's file, as it was named.
    pub file: String,
    /// What `--set` gives.
    pub set: Vec<(String, String)>,
    /// What started it.
    pub trigger: Value,
    /// Builds, versions, hosts, load.
    pub conditions: serde_json::Value,
    /// The seed of `random`.
    pub seed: Option<u64>,
    /// The folder in which steps work.
    pub root: std::path::PathBuf,
    /// The version of the tool.
    pub version: String,
    /// How far it may go.
    pub limits: Limits,
    /// What stops it, and where.
    pub debugger: Option<Rc<Debugger>>,
    /// What is recorded of it already: an earlier program began it.
    pub recall: Option<Recall>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// The judgement.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
    /// The line that decided it.
    pub line: Option<u32>,
    /// The file that the line is in, where it is not the scenario's.
    pub file: Option<String>,
    /// It was interrupted.
    pub interrupted: bool,
    /// Why it could not be recorded to its end.
    pub unrecorded: Option<String>,
    /// Why its record could not be given back to the scenario: nothing was judged, and it is not over.
    pub parted: Option<String>,
}

/// Runs a scenario. `interrupt` ends its step, after which `finally` and what is owed run;
/// to stop at once, drop the future.
pub async fn run(
    program: Rc<Program>,
    environment: Option<&Environment>,
    platform: Platform,
    options: Options,
    interrupt: Rc<Flag>,
) -> Ran {
    let shared = share(program, environment, platform, options);
    let began = match shared.recalling() {
        Some(_) => 0,
        None => shared.platform.clock.monotonic(),
    };
    if shared.recall.is_some() {
        shared.spawn(recall::conduct(Rc::clone(&shared)).boxed_local());
    }
    if !shared.retells() {
        shared.spawn(Rc::clone(&shared).count_processes().boxed_local());
    }
    // What is moved from one future into another is copied whole: the large one stays where it is.
    let scenario = async {
        let parting = shared.recall.as_ref().map(|recall| &recall.parting);
        let parted = async {
            match parting {
                Some(parting) => Rc::clone(parting).wait().await,
                None => std::future::pending().await,
            }
        };
        let mut parted = pin!(parted.fuse());
        let mut watching = pin!(watches::keep(&shared).fuse());
        let mut interrupted = pin!(interrupt.wait().fuse());
        let mut limited = pin!(limited(&shared).fuse());
        let mut whole = pin!(whole(&shared, environment).fuse());
        loop {
            let outside = select(&mut limited, select(&mut watching, &mut interrupted));
            match select(&mut whole, select(&mut parted, outside)).await {
                Either::Left((ending, _)) => break ending,
                Either::Right((Either::Left(_), _)) => break parted_at(&shared),
                Either::Right((Either::Right((Either::Left((ran, _)), _)), _)) => break ran,
                Either::Right(_) if shared.retells() => break no_more_judged(&shared),
                Either::Right(_) => shared.stopped("interrupted".to_owned()),
            }
        }
    };
    let mut ran = with_spawned(&shared, Box::pin(scenario)).await;
    if let Some(recall) = &shared.recall
        && ran.parted.is_some()
    {
        if recall.purpose != Purpose::Cleanup || recall.is_over() {
            return ran;
        }
        ran = Box::pin(cleaned(&shared, recall)).await;
    }
    if shared.meter.over.is_set() {
        ran.reason = Some(shared.meter.reached_again());
    }
    finished(&shared, &ran, began);
    let unrecorded = shared.journal.broken();
    match &unrecorded {
        // The record ended with the verdict itself.
        Some(reason) if ran.verdict != Verdict::Error => Ran {
            unrecorded: unrecorded.clone(),
            ..verdict::plain(Verdict::Error, reason.clone())
        },
        _ => Ran { unrecorded, ..ran },
    }
}

/// Completes when the run must end at once, because a limit was reached for the second time.
async fn limited(shared: &Shared) -> Ran {
    let over = Rc::clone(&shared.meter.over).wait();
    let clock = &shared.platform.clock;
    let timed = async {
        let Some(time) = shared.meter.time() else {
            return std::future::pending().await;
        };
        for _ in 0..2 {
            clock
                .sleep_until(clock.monotonic().saturating_add(time))
                .await;
            shared.out_of_time();
        }
    };
    select(pin!(over), pin!(timed)).await;
    verdict::plain(Verdict::Error, shared.meter.reached_again())
}

/// Who asked for a record to be judged again does not want to know any more: nothing is to be ended, and nothing is
/// owed, but where the scenario stands may be what is wrong with it.
fn no_more_judged(shared: &Shared) -> Ran {
    let line = shared.program().line(shared.running.get());
    Ran {
        interrupted: true,
        ..verdict::plain(Verdict::Error, format!("interrupted after line {line}"))
    }
}

/// Scenario and record do not go together.
fn parted_at(shared: &Shared) -> Ran {
    let parted = shared.recall.as_ref().and_then(Recalled::why_parted);
    Ran {
        parted: parted.clone(),
        ..verdict::plain(Verdict::Error, parted.unwrap_or_default())
    }
}

/// The scenario cannot be brought to where it was, so that its `finally` cannot run: what is owed is
/// done as it is recorded.
async fn cleaned(shared: &Rc<Shared>, recall: &Recalled) -> Ran {
    let why = recall.why_parted().unwrap_or_default();
    let message =
        format!("`finally` cannot run, and what is owed is done by its words alone: {why}");
    shared.journal.event(Event::Logged {
        step: 0,
        level: "warning".to_owned(),
        message,
    });
    let failed = with_spawned(shared, recall::undo_by_record(shared, recall)).await;
    ended(shared).await;
    let reason = failed.into_iter().next().unwrap_or_else(|| {
        "the run was cut short: the program that ran it was gone, and it was cleaned up after"
            .to_owned()
    });
    Ran {
        interrupted: true,
        ..verdict::plain(Verdict::Error, reason)
    }
}

fn share(
    program: Rc<Program>,
    environment: Option<&Environment>,
    platform: Platform,
    mut options: Options,
) -> Rc<Shared> {
    let hidden = environment.map(hidden).unwrap_or_default();
    let remote = environment.map(remote).unwrap_or_default();
    let mut platform = platform;
    let recall = options
        .recall
        .take()
        .map(|recall| Recalled::new(recall, &platform.clock, environment));
    if let Some(recall) = &recall {
        platform.clock = Rc::new(recall.clock.clone());
    }
    let record = Rc::clone(&platform.record);
    let journal = journal::Journal::new(record, Rc::clone(&platform.clock));
    if let Some(recall) = &recall
        && !recall.judges()
    {
        journal.know(recall.made());
        journal.event(Event::RunResumed {
            purpose: recall.purpose,
            pid: std::process::id(),
            scn: options.version.clone(),
        });
    }
    let shared = Rc::new(Shared {
        growing: RefCell::new(program),
        journal,
        platform,
        board: RefCell::default(),
        news: signal::Bell::default(),
        globals: RefCell::default(),
        making: RefCell::default(),
        components: RefCell::default(),
        jobs: RefCell::default(),
        owed: RefCell::default(),
        watches: RefCell::default(),
        noted: RefCell::default(),
        late_jobs: RefCell::default(),
        ending: RefCell::default(),
        over: RefCell::new(Flag::new()),
        spawned: RefCell::default(),
        spawning: signal::Bell::default(),
        steps: Cell::new(0),
        begun: Cell::new(0),
        failed: Cell::new(0),
        phase: Cell::new(Phase::Scenario),
        running: Cell::default(),
        run: options.run.clone(),
        root: options.root.clone(),
        hidden,
        remote,
        secrets: RefCell::new(HashMap::new()),
        seed: Cell::new(options.seed),
        undoing: Cell::default(),
        undo_failures: RefCell::default(),
        trigger: options.trigger.clone(),
        meter: limits::Meter::new(
            match environment {
                Some(environment) => options.limits.within(&environment.limits),
                None => options.limits,
            },
            environment.is_some(),
        ),
        set: options.set.clone(),
        recall,
        watched: RefCell::default(),
        cuts: RefCell::default(),
        debugger: options.debugger.clone(),
        stops: RefCell::default(),
    });
    started(&shared, environment, &options);
    shared
}

/// The environment variables that are secrets.
fn hidden(environment: &Environment) -> Vec<String> {
    let from = environment
        .secrets
        .values()
        .filter_map(|secret| match &secret.from {
            crate::environment::SecretFrom::Env(name) => Some(name.clone()),
            _ => None,
        });
    from.collect()
}

fn started(shared: &Shared, environment: Option<&Environment>, options: &Options) {
    let headers = &shared.program().headers;
    let name = std::path::Path::new(&options.file)
        .file_stem()
        .map(|name| name.to_string_lossy().into_owned());
    let known = headers
        .known
        .as_ref()
        .map(|(id, until)| serde_json::json!({ "id": id, "until": until }));
    shared.journal.begin(Event::RunStarted {
        run: options.run.clone(),
        scenario: begin::title(&shared.program(), &options.set)
            .or(name)
            .unwrap_or_default(),
        file: options.file.clone(),
        environment: environment.map(|environment| environment.name.clone()),
        parameters: begin::parameters(&shared.program(), &options.set),
        trigger: json::tagged(&options.trigger, false),
        conditions: options.conditions.clone(),
        scn: options.version.clone(),
        known,
        tags: headers.tags.clone(),
        covers: headers.covers.clone(),
        seed: options.seed,
        pid: Some(std::process::id()),
    });
}

fn finished(shared: &Shared, ran: &Ran, began: i64) {
    shared.journal.event(Event::Verdict {
        verdict: ran.verdict,
        reason: ran.reason.clone(),
        line: ran.line,
        file: ran.file.clone(),
    });
    let took = shared.platform.clock.monotonic() - began;
    shared.journal.event(Event::RunFinished {
        verdict: ran.verdict,
        steps: shared.begun.get(),
        failed: shared.failed.get(),
        duration_us: u64::try_from(took / 1000).unwrap_or(0),
    });
}

/// The run, within its own events.
async fn whole(shared: &Rc<Shared>, environment: Option<&Environment>) -> Ran {
    if let Some(ran) = needed(shared, environment) {
        return ran;
    }
    let prepared = prepare(shared, environment).await;
    let ran = match prepared {
        Err(reason) => verdict::plain(Verdict::Error, reason),
        Ok(()) if shared.program().headers.each.is_some() => rows::all(shared).await,
        Ok(()) => once(shared, Vec::new()).await,
    };
    if !shared.recall.as_ref().is_some_and(Recalled::judges) {
        ended(shared).await;
    }
    match shared.journal.broken() {
        Some(reason) => Ran {
            unrecorded: Some(reason.clone()),
            ..verdict::plain(Verdict::Error, reason)
        },
        None => ran,
    }
}

/// What was started and still runs is ended.
async fn ended(shared: &Shared) {
    for message in shared.platform.world.end().await {
        let (step, level) = (0, "warning".to_owned());
        shared.journal.event(Event::Logged {
            step,
            level,
            message,
        });
    }
}

/// Runs a future, and beside it all that is spawned.
async fn with_spawned<T>(shared: &Rc<Shared>, main: impl Future<Output = T>) -> T {
    let mut main = pin!(main);
    let mut beside: FuturesUnordered<LocalBoxFuture<'static, ()>> = FuturesUnordered::new();
    poll_fn(|context| {
        loop {
            beside.extend(shared.spawned.borrow_mut().drain(..));
            while let Poll::Ready(Some(())) = beside.poll_next_unpin(context) {}
            if let Poll::Ready(value) = main.as_mut().poll(context) {
                return Poll::Ready(value);
            }
            if shared.spawned.borrow().is_empty() {
                return Poll::Pending;
            }
        }
    })
    .await
}
