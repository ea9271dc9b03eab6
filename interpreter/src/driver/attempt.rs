//! One attempt of a step after the other: each recorded before it is done and after, within all limits.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use scn_protocol::words::spelled;
use scn_protocol::{Event, Phase, Status, StepResult, Value, json};

use super::branch::Branch;
use super::context::StepContext;
use super::jobs::Captured;
use super::plan::{self};
use super::shared::Shared;
use super::signal::Flag;
use super::step::Ready;
use super::undo::{self, Owed};
use crate::command::Outcome;
use crate::machine::{Blame, Failure};

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
        let (failure, result) = match attempt_once(
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
            Attempted::Over(failure, result) => (invert(failure, ready), result),
            other => return other,
        };
        let next = clock.monotonic().saturating_add(ready.limits.every);
        let last = attempt >= most || until.is_some_and(|until| next >= until);
        if failure.is_none() || last {
            return Attempted::Over(failure, result);
        }
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
    if branch.ended.is_set() {
        return Paused::Ended;
    }
    let (until, end) = match deadline {
        Some((limit, region)) if limit < at => (limit, Paused::Deadline(region)),
        _ => (at, Paused::Over),
    };
    let timer = shared.platform.clock.sleep_until(until);
    match select(timer, pin!(Rc::clone(&branch.ended).wait())).await {
        Either::Left(_) => end,
        Either::Right(_) => Paused::Ended,
    }
}

/// Why an attempt was cut short.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    /// Its own time is up, or the time that it was given for all attempts.
    Timeout,
    /// The time of the region of that number is up.
    Deadline(usize),
    /// The line of execution is to end.
    Ended,
}

async fn attempt_once(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    ready: &Ready,
    (attempt, most): (i64, i64),
    owed: &mut Option<u64>,
    deadline: Option<(i64, usize)>,
    until: Option<i64>,
) -> Attempted {
    if branch.ended.is_set() {
        return Attempted::Ended;
    }
    let began = shared.platform.clock.monotonic();
    let step = shared.next_step();
    if let Some(job) = &ready.job {
        job.step.set(step);
    }
    started(
        shared,
        branch,
        ready,
        step,
        u32::try_from(attempt).unwrap_or(u32::MAX),
    );
    if owed.is_none() && branch.phase != Phase::Undo && owe_undo(shared, ready, step) {
        *owed = Some(step);
    }
    let captured = ready
        .job
        .as_ref()
        .map_or_else(Rc::default, |job| Rc::clone(&job.captured));
    let host = ready
        .limits
        .on
        .clone()
        .or_else(|| ready.planned.on())
        .unwrap_or_default();
    let timeout = ready.limits.timeout.or_else(|| ready.planned.timeout());
    let limit = timeout
        .map(|timeout| began.saturating_add(timeout))
        .into_iter()
        .chain(until)
        .min();
    let context = StepContext {
        shared: Rc::clone(shared),
        step,
        host: plan::host_of(shared, &host),
        ended: Flag::new(),
        captured: Rc::clone(&captured),
        job: ready.job.clone(),
        granted: ready.planned.granted(),
        begun: Rc::new(Cell::new(true)),
        until: first_limit(limit, deadline, branch.limit).map(|(at, _)| at),
    };
    let (outcome, cut) = bounded(shared, branch, ready, &context, limit, deadline).await;
    shared.journal.flush_output(step);
    let took = shared.platform.clock.monotonic() - began;
    let mut result = result_of(ready, outcome, &captured, cut, took, timeout, &context.host);
    if result.1 == Some(Failing::Error) && !context.begun.get() {
        result.1 = Some(Failing::NotStarted);
    }
    let next = began
        .saturating_add(took)
        .saturating_add(ready.limits.every);
    let again = attempt < most && until.is_none_or(|until| next < until);
    finished(shared, ready, step, &result, again);
    if result
        .1
        .is_none_or(|failure| failure != Failing::NotStarted)
    {
        undo::done_by_scenario(shared, &ready.named(), *owed);
        if let Some(owed) = *owed {
            plan::undo_with_result(shared, ready, owed, &result.0);
        }
    } else if *owed == Some(step) {
        // An earlier attempt that was started is undone all the same.
        undo::forget(shared, step);
        *owed = None;
    }
    shared.platform.world.refresh();
    shared.news.ring();
    match cut {
        Some(Cut::Deadline(at)) => Attempted::Deadline(at),
        Some(Cut::Ended) => {
            if let Some(job) = &ready.job {
                *job.result.borrow_mut() = Some(Value::Result(result.0.into()));
            }
            Attempted::Ended
        }
        _ => {
            let failure = result.1.map(|failing| Failure {
                blame: if failing == Failing::System {
                    Blame::System
                } else {
                    Blame::Error
                },
                reason: format!(
                    "{}: {}",
                    spelled(&ready.shown),
                    result.0.error.clone().unwrap_or_default()
                ),
                place: ready.place,
            });
            Attempted::Over(failure, result.0)
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

fn started(shared: &Shared, branch: &Branch, ready: &Ready, step: u64, attempt: u32) {
    let (line, file) = shared.line(ready.place);
    shared.journal.event(Event::StepStarted {
        step,
        line,
        command: ready.shown.clone(),
        does: ready.planned.does(),
        host: plan::host_of(
            shared,
            &ready
                .limits
                .on
                .clone()
                .or_else(|| ready.planned.on())
                .unwrap_or_default(),
        ),
        attempt,
        phase: branch.phase,
        branch: branch.name.clone(),
        place: branch.next_place(),
        file,
    });
}

/// Does it, within all limits.
async fn bounded(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    ready: &Ready,
    context: &StepContext,
    limit: Option<i64>,
    deadline: Option<(i64, usize)>,
) -> (Option<Outcome>, Option<Cut>) {
    let ends_itself = ready.planned.ends_itself();
    let mut call = ready.planned.call(shared, context);
    // Most steps are over at once, or are cut by nothing: no timer is made for them.
    if let Some(outcome) = (&mut call).now_or_never() {
        return (Some(outcome), None);
    }
    let mut cut = first_limit(limit, deadline, branch.limit);
    let timer = match cut {
        Some((at, _)) => shared.platform.clock.sleep_until(at),
        None => std::future::pending().boxed_local(),
    };
    let ended = pin!(Rc::clone(&branch.ended).wait());
    let stopped = pin!(select(timer, ended));
    let cut = match select(call, stopped).await {
        Either::Left((outcome, _)) => return (Some(outcome), None),
        Either::Right((Either::Left(_), rest)) => {
            call = rest;
            cut.take().map_or(Cut::Ended, |(_, cut)| cut)
        }
        Either::Right((Either::Right(_), rest)) => {
            call = rest;
            Cut::Ended
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
    let region = deadline.map(|(at, region)| (at, Cut::Deadline(region)));
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
        Some(Cut::Timeout) => {
            failing = Some(Failing::System);
            result.timed_out = true;
            let limit = timeout.map_or_else(
                || "its time".to_owned(),
                scn_protocol::quantity::duration_text,
            );
            result.error = Some(format!("timed out after {limit}"));
        }
        Some(Cut::Deadline(_)) => {
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
    step: u64,
    (result, failing): &(StepResult, Option<Failing>),
    again: bool,
) {
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
    if result.cut {
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
