//! One attempt of a step after the other: each recorded before it is done and after, within all limits.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use scn_protocol::words::spelled;
use scn_protocol::{Event, Phase, Status, StepResult, Value, json};

use super::branch::Branch;
use super::context::StepContext;
use super::cut::{Cut, Cutter};
use super::jobs::Captured;
use super::plan::{self};
use super::recall::{self, Begun, TornEnd};
use super::shared::Shared;
use super::signal::Flag;
use super::step::Ready;
use super::undo::{self, Owed};
use crate::command::Outcome;
use crate::machine::{Blame, Failure};
use crate::platform::Left;

pub enum Attempted {
    Over(Option<Failure>, StepResult),
    Deadline(usize),
    Ended,
}

pub async fn attempts(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    ready: &Ready,
    deadline: Option<(i64, usize)>,
) -> Attempted {
    let clock = &shared.platform.clock;
    let until = ready
        .limits
        .within
        .map(|within| clock.monotonic().saturating_add(within));
    let most = ready
        .limits
        .attempts
        .unwrap_or(if until.is_some() { i64::MAX } else { 1 });
    branch.previous_step.set(clock.now());
    let mut attempt = 1;
    // The attempt since which something is owed.
    let mut owed = None;
    loop {
        let (failure, result, again) = match attempt_once(
            shared,
            branch,
            ready,
            (attempt, most),
            &mut owed,
            deadline,
            until,
        )
        .await
        {
            Tried::Over(failure, result, again) => (invert(failure, ready), result, again),
            Tried::Deadline(at) => return Attempted::Deadline(at),
            Tried::Ended => return Attempted::Ended,
        };
        if failure.is_none() || !again {
            return Attempted::Over(failure, result);
        }
        let next = clock.monotonic().saturating_add(ready.limits.every);
        match pause(shared, branch, next, deadline).await {
            Paused::Over => {}
            Paused::Deadline(at) => return Attempted::Deadline(at),
            Paused::Ended => return Attempted::Ended,
        }
        attempt += 1;
    }
}

fn invert(failure: Option<Failure>, ready: &Ready) -> Option<Failure> {
    if !ready.modifiers.not {
        return failure;
    }
    match failure {
        Some(failure) if failure.blame == Blame::Error => Some(failure),
        Some(_) => None,
        None => Some(Failure {
            blame: Blame::System,
            reason: format!("{}: it was to fail, and passed", spelled(&ready.shown)),
            place: ready.place,
        }),
    }
}

/// Why a pause ended.
pub enum Paused {
    /// Its time came.
    Over,
    /// The time of the region of that number is up.
    Deadline(usize),
    /// The line of execution is to end.
    Ended,
}

/// Nothing until that time.
pub async fn pause(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    at: i64,
    deadline: Option<(i64, usize)>,
) -> Paused {
    let cutter = Cutter::new(shared, branch);
    if let Some(recall) = shared.recalling() {
        let cut = cutter.recorded().await;
        // Where it went on, the time had come.
        if cut.is_none() && recall.has_more(&branch.name) {
            return Paused::Over;
        }
        match cut {
            Some(Cut::Block(region)) => return Paused::Deadline(region),
            Some(_) => return Paused::Ended,
            None => recall.live().await,
        }
    }
    let limit = deadline.map(|(at, region)| (at, Cut::Block(region)));
    let timer = shared.platform.clock.sleep_until(at);
    let cut = pin!(cutter.cut(limit.filter(|(limit, _)| *limit < at)));
    match select(cut, timer).await {
        Either::Left((Cut::Block(region), _)) => Paused::Deadline(region),
        Either::Left(_) => Paused::Ended,
        Either::Right(_) => Paused::Over,
    }
}

/// How an attempt ended.
enum Tried {
    /// How it failed, if it did, what it gave, and whether there is time for another one.
    Over(Option<Failure>, StepResult, bool),
    /// The time of the region of that number is up.
    Deadline(usize),
    /// The line of execution is to end.
    Ended,
}

/// One attempt, and the step that it is in the record.
struct Attempt {
    /// Its number.
    step: u64,
    /// Which attempt of its step it is, from 1.
    number: u32,
    /// Its place in its line of execution.
    place: u64,
    /// What is recorded of it.
    recorded: Option<Rc<recall::Step>>,
}

async fn attempt_once(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    ready: &Ready,
    (attempt, most): (i64, i64),
    owed: &mut Option<u64>,
    deadline: Option<(i64, usize)>,
    until: Option<i64>,
) -> Tried {
    let Some(recorded) = begin(shared, branch, ready).await else {
        return Tried::Ended;
    };
    let mut attempt_of = Attempt {
        step: recorded.as_ref().map_or_else(
            || shared.next_step(),
            |recorded| shared.step_was(recorded.step),
        ),
        number: u32::try_from(attempt).unwrap_or(u32::MAX),
        place: branch.next_place(),
        recorded,
    };
    let began = shared.platform.clock.monotonic();
    if let Some(job) = &ready.job {
        job.step.set(attempt_of.step);
    }
    started(shared, branch, ready, &attempt_of);
    // One of which the end was not seen, and which was made again, owes what is owed.
    let first = attempt_of
        .recorded
        .as_ref()
        .map_or(attempt_of.step, |recorded| recorded.first);
    let owes = owed.is_none() && branch.phase != Phase::Undo && owe_undo(shared, ready, first);
    if owes {
        *owed = Some(first);
    }
    let captured = ready
        .job
        .as_ref()
        .map_or_else(Rc::default, |job| Rc::clone(&job.captured));
    let timeout = ready.limits.timeout.or_else(|| ready.planned.timeout());
    let limit = timeout
        .map(|timeout| began.saturating_add(timeout))
        .into_iter()
        .chain(until)
        .min();
    let cutter = Cutter::new(shared, branch);
    let answer = answer(
        shared,
        branch,
        ready,
        &mut attempt_of,
        &captured,
        (owes, &cutter),
    )
    .await;
    let context = StepContext {
        shared: Rc::clone(shared),
        step: attempt_of.step,
        host: plan::host_of(shared, &ready.on()),
        ended: Flag::new(),
        captured: Rc::clone(&captured),
        job: ready.job.clone(),
        granted: ready.planned.granted(),
        begun: Rc::new(Cell::new(true)),
        until: first_limit(limit, deadline, branch.limit).map(|(at, _)| at),
    };
    let limits = first_limit(limit, deadline, branch.limit);
    let mut recorded = None;
    let (outcome, cut) = match answer {
        Answer::Live => {
            let call = ready.planned.call(shared, &context);
            bounded(call, ready.planned.ends_itself(), &context, &cutter, limits).await
        }
        Answer::Attached(left, gone) => {
            let call = recall::attached(shared, left, gone, &context).boxed_local();
            bounded(call, true, &context, &cutter, limits).await
        }
        Answer::Recorded(outcome, cut, took, again) => {
            recorded = Some((took, again));
            (Some(outcome), cut)
        }
        Answer::Assumed => (Some(recall::assumed()), None),
        Answer::Cut(cut) => (None, Some(cut)),
    };
    shared.journal.flush_output(attempt_of.step);
    let took = recorded.map_or_else(
        || shared.platform.clock.monotonic() - began,
        |(took, _)| took,
    );
    let mut result = result_of(ready, outcome, &captured, cut, took, timeout, &context.host);
    if result.1 == Some(Failing::Error) && !(context.begun.get() && attempt_of.was_begun()) {
        result.1 = Some(Failing::NotStarted);
    }
    let next = began
        .saturating_add(took)
        .saturating_add(ready.limits.every);
    let again = match recorded {
        Some((_, again)) => again,
        None => attempt < most && until.is_none_or(|until| next < until),
    };
    finished(
        shared,
        ready,
        &attempt_of,
        &result,
        again,
        recorded.is_none(),
    );
    settle(shared, ready, first, &result, owed);
    if shared.recalling().is_none() {
        shared.platform.world.refresh();
    }
    shared.news.ring();
    tried(ready, cut, result, again)
}

impl Attempt {
    fn was_begun(&self) -> bool {
        let end = self.recorded.as_ref().and_then(|step| step.end.as_ref());
        end.is_none_or(|end| !end.unstarted)
    }
}

/// Begins an attempt, which may be recorded already; none if the line of execution is to end.
async fn begin(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    ready: &Ready,
) -> Option<Option<Rc<recall::Step>>> {
    let cutter = Cutter::new(shared, branch);
    if cutter.now(None).await.is_some() {
        return None;
    }
    if shared.recalling().is_none() {
        return Some(None);
    }
    match recall::begin(shared, branch, ready).await {
        Begun::Recorded(step) => Some(Some(step)),
        Begun::Fresh => cutter.now(None).await.is_none().then_some(None),
        Begun::Parted => std::future::pending().await,
    }
}

/// Where an attempt's outcome comes from.
enum Answer {
    /// It is done.
    Live,
    /// Its program runs since before, and its end is waited for.
    Attached(Left, LocalBoxFuture<'static, ()>),
    /// It is recorded: how it ended and was cut short, how long it took, and whether another one followed.
    Recorded(Outcome, Option<Cut>, i64, bool),
    /// A person says that it was done.
    Assumed,
    /// It was cut short, or is.
    Cut(Cut),
}

async fn answer(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    ready: &Ready,
    attempt: &mut Attempt,
    captured: &Rc<RefCell<Captured>>,
    (owes, cutter): (bool, &Cutter<'_>),
) -> Answer {
    let (Some(recall), Some(step)) = (&shared.recall, attempt.recorded.clone()) else {
        return Answer::Live;
    };
    if let (Some(job), Some((pid, _))) = (&ready.job, step.process) {
        job.pid.set(Some(pid));
    }
    let cut = cutter.recorded().await;
    let mut written = Captured::default();
    if let Some((outcome, took, again)) = recall.outcome(&step, &mut written).await {
        captured.replace(written);
        return Answer::Recorded(outcome, cut, took, again);
    }
    if let Some(cut) = cut {
        recall.capture(&step, &mut captured.borrow_mut());
        return Answer::Cut(cut);
    }
    let surely_not_begun = owes && !recall.owes(&step);
    match recall::torn(shared, branch, ready, &step, surely_not_begun).await {
        TornEnd::Done => {
            recall.capture(&step, &mut captured.borrow_mut());
            Answer::Assumed
        }
        TornEnd::Not => {
            recall.capture(&step, &mut captured.borrow_mut());
            Answer::Cut(cutter.cut(None).await)
        }
        TornEnd::Runs(left, gone) => {
            recall.capture(&step, &mut captured.borrow_mut());
            Answer::Attached(left, gone)
        }
        TornEnd::Again => {
            torn(shared, ready, attempt.step);
            attempt.step = shared.next_step();
            if let Some(job) = &ready.job {
                job.step.set(attempt.step);
                job.pid.set(None);
            }
            attempt.recorded = None;
            started(shared, branch, ready, attempt);
            Answer::Live
        }
    }
}

/// The end of an attempt was not seen.
fn torn(shared: &Shared, ready: &Ready, step: u64) {
    let (line, _) = shared.line(ready.place);
    shared.journal.event(Event::StepFinished {
        step,
        line,
        status: Status::Cancelled,
        exit: None,
        signal: None,
        value: serde_json::Value::Null,
        error: Some("its end was not seen: the program that ran it was gone".to_owned()),
        duration_us: 0,
        caught: true,
        again: true,
        unstarted: false,
        torn: true,
    });
}

/// What an attempt makes of what is owed.
fn settle(
    shared: &Rc<Shared>,
    ready: &Ready,
    first: u64,
    (result, failing): &(StepResult, Option<Failing>),
    owed: &mut Option<u64>,
) {
    if *failing != Some(Failing::NotStarted) {
        undo::done_by_scenario(shared, &ready.named(), *owed);
        if let Some(owed) = *owed {
            plan::undo_with_result(shared, ready, owed, result);
        }
    } else if *owed == Some(first) {
        // An earlier attempt that was started is undone all the same.
        undo::forget(shared, first);
        *owed = None;
    }
}

fn tried(
    ready: &Ready,
    cut: Option<Cut>,
    (result, failing): (StepResult, Option<Failing>),
    again: bool,
) -> Tried {
    match cut {
        Some(Cut::Block(at)) => Tried::Deadline(at),
        Some(Cut::Ended) => {
            if let Some(job) = &ready.job {
                *job.result.borrow_mut() = Some(Value::Result(result.into()));
            }
            Tried::Ended
        }
        _ => {
            let failure = failing.map(|failing| Failure {
                blame: if failing == Failing::System {
                    Blame::System
                } else {
                    Blame::Error
                },
                reason: format!(
                    "{}: {}",
                    spelled(&ready.shown),
                    result.error.clone().unwrap_or_default()
                ),
                place: ready.place,
            });
            Tried::Over(failure, result, again)
        }
    }
}

/// How an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// The system did not do it.
    System,
    /// It could not be run, or not be judged.
    Error,
    /// It was not even started.
    NotStarted,
}

fn owe_undo(shared: &Rc<Shared>, ready: &Ready, step: u64) -> bool {
    let what = match plan::undo_of(shared, &ready.planned) {
        Some(what) => what,
        None => return false,
    };
    let deferred = false;
    undo::owe(
        shared,
        Owed {
            step,
            what,
            deferred,
        },
    );
    true
}

fn started(shared: &Shared, branch: &Branch, ready: &Ready, attempt: &Attempt) {
    if attempt.recorded.is_some() && !shared.retells() {
        return;
    }
    let (line, file) = shared.line(ready.place);
    shared.journal.event(Event::StepStarted {
        step: attempt.step,
        line,
        command: ready.shown.clone(),
        does: ready.planned.does(),
        host: plan::host_of(shared, &ready.on()),
        attempt: attempt.number,
        phase: branch.phase,
        branch: branch.name.clone(),
        place: attempt.place,
        file,
    });
}

/// Does it, within all limits.
async fn bounded<'a>(
    mut call: LocalBoxFuture<'a, Outcome>,
    ends_itself: bool,
    context: &StepContext,
    cutter: &Cutter<'_>,
    limits: Option<(i64, Cut)>,
) -> (Option<Outcome>, Option<Cut>) {
    // Most steps are over at once, or are cut by nothing: no timer is made for them.
    if let Some(outcome) = (&mut call).now_or_never() {
        return (Some(outcome), None);
    }
    let cut = match select(call, pin!(cutter.cut(limits))).await {
        Either::Left((outcome, _)) => return (Some(outcome), None),
        Either::Right((cut, rest)) => {
            call = rest;
            cut
        }
    };
    context.ended.set();
    let outcome = if ends_itself { Some(call.await) } else { None };
    (outcome, Some(cut))
}

fn first_limit(
    limit: Option<i64>,
    deadline: Option<(i64, usize)>,
    branch: Option<(i64, &'static str)>,
) -> Option<(i64, Cut)> {
    let own = limit.map(|at| (at, Cut::Timeout));
    let region = deadline.map(|(at, region)| (at, Cut::Block(region)));
    let branch = branch.map(|(at, _)| (at, Cut::Timeout));
    own.into_iter()
        .chain(region)
        .chain(branch)
        .min_by_key(|(at, _)| *at)
}

fn result_of(
    ready: &Ready,
    outcome: Option<Outcome>,
    captured: &RefCell<Captured>,
    cut: Option<Cut>,
    took: i64,
    timeout: Option<i64>,
    host: &str,
) -> (StepResult, Option<Failing>) {
    let mut captured = captured.borrow_mut();
    let keeps = ready.job.is_none();
    let take = |bytes: &mut Vec<u8>| {
        if keeps {
            std::mem::take(bytes)
        } else {
            bytes.clone()
        }
    };
    let mut result = StepResult {
        stdout: take(&mut captured.stdout).into(),
        stderr: take(&mut captured.stderr).into(),
        cut: captured.cut,
        duration: took,
        host: host.to_owned(),
        ..StepResult::default()
    };
    drop(captured);
    let outcome = outcome.unwrap_or(Outcome {
        status: Status::Cancelled,
        value: None,
        exit: None,
        signal: None,
        error: None,
    });
    result.exit = outcome.exit;
    result.signal = outcome.signal;
    let mut failing = match outcome.status {
        Status::Pass => None,
        Status::Fail | Status::Timeout => Some(Failing::System),
        Status::Error
            if result.exit.is_none()
                && result.signal.is_none()
                && took >= 0
                && ready.planned.is_program() =>
        {
            Some(Failing::NotStarted)
        }
        Status::Error => Some(Failing::Error),
        Status::Cancelled => Some(Failing::System),
    };
    result.error = outcome.error;
    match cut {
        Some(Cut::Timeout | Cut::Late) => {
            failing = Some(Failing::System);
            result.timed_out = true;
            let limit = timeout.map_or_else(
                || "its time".to_owned(),
                scn_protocol::quantity::duration_text,
            );
            result.error = Some(format!("timed out after {limit}"));
        }
        Some(Cut::Block(_)) => {
            result.timed_out = true;
            result.error = Some("the time of the block around it is up".to_owned());
        }
        Some(Cut::Ended) => result.error = Some("cancelled".to_owned()),
        None => {}
    }
    match ready.planned.value(outcome.value, &result) {
        Ok(value) => result.value = value,
        Err(reason) if failing.is_none() => {
            failing = Some(Failing::Error);
            result.error = Some(reason);
        }
        Err(_) => {}
    }
    result.passed = failing.is_none();
    (result, failing)
}

fn finished(
    shared: &Shared,
    ready: &Ready,
    attempt: &Attempt,
    (result, failing): &(StepResult, Option<Failing>),
    again: bool,
    is_new: bool,
) {
    let step = attempt.step;
    let (line, _) = shared.line(ready.place);
    let cancelled = result.error.as_deref() == Some("cancelled");
    let status = match failing {
        None => Status::Pass,
        Some(_) if result.timed_out => Status::Timeout,
        Some(_) if cancelled => Status::Cancelled,
        Some(Failing::System) => Status::Fail,
        Some(_) => Status::Error,
    };
    if failing.is_some() {
        shared.failed.set(shared.failed.get() + 1);
    }
    if !is_new && !shared.retells() {
        return;
    }
    if result.cut && is_new {
        let message = "its output is longer than a value holds: the first 16 MiB of it are the value, and all of it is in the record";
        shared.journal.event(Event::Logged {
            step,
            level: "warning".to_owned(),
            message: message.to_owned(),
        });
    }
    shared.journal.event(Event::StepFinished {
        step,
        line,
        status,
        exit: result.exit,
        signal: result.signal.clone(),
        value: recorded(result),
        error: result.error.clone(),
        duration_us: u64::try_from(result.duration / 1000).unwrap_or(0),
        caught: failing.is_some_and(|failing| again || ready.catches(failing)),
        again,
        unstarted: *failing == Some(Failing::NotStarted),
        torn: false,
    });
}

/// So long a text is not repeated in the journal where the step's output is there already.
const REPEATED: usize = 4096;

/// A result's value as the journal has it: what the output events hold is referred to.
fn recorded(result: &StepResult) -> serde_json::Value {
    match &result.value {
        Value::Text(text) if text.len() > REPEATED => serde_json::json!({ "$output": "stdout" }),
        Value::Bytes(bytes) if bytes.len() > REPEATED => serde_json::json!({ "$output": "stdout" }),
        value => json::tagged(value, false),
    }
}

pub fn recorded_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Result(result) => recorded(result),
        value => json::tagged(value, false),
    }
}
