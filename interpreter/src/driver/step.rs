//! Steps: a command line becomes an effect, recorded before and after, and judged.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use scn_protocol::words::spelled;
use scn_protocol::{Event, Phase, Status, StepResult, Value, json};

use super::branch::Branch;
use super::context::StepContext;
use super::drive::CaseEnding;
use super::jobs::{Captured, Job};
use super::own::{self, Own};
use super::plan::{self, Planned};
use super::shared::Shared;
use super::signal::Flag;
use super::undo::{self, Owed};
use crate::command::Outcome;
use crate::machine::{Blame, Failure, Word, duration, expand};
use crate::ops::limits::has_text;
use crate::program::{Binding, Modifiers, Place, StepSite};

/// How a step ended, for the line of execution that asked for it.
#[derive(Clone, Debug, PartialEq)]
pub enum StepEnd {
    /// It goes on with this result.
    Value(Value),
    /// It failed.
    Failed(Failure),
    /// The time of the region of that number is up.
    Deadline(usize),
    /// The line of execution is to end.
    Ended,
    /// The case around it has ended by its own words.
    CaseEnded(CaseEnding),
}

/// A step that was asked for.
pub struct Asked<'p> {
    site: &'p StepSite,
    values: Vec<Value>,
    job: Option<Rc<Job>>,
}

impl<'p> Asked<'p> {
    /// A step of that site, for which these modifiers and words were pushed.
    pub fn of(site: &'p StepSite, values: Vec<Value>) -> Self {
        Self {
            site,
            values,
            job: None,
        }
    }

    /// The step is that job.
    #[must_use]
    pub fn for_job(mut self, job: &Rc<Job>) -> Self {
        self.job = Some(Rc::clone(job));
        self
    }
}

/// The modifiers of a step, evaluated.
#[derive(Default)]
pub struct Limits {
    on: Option<String>,
    /// `timeout`, in nanoseconds.
    pub timeout: Option<i64>,
    input: Option<Value>,
    /// `retry N`
    pub attempts: Option<i64>,
    /// `retry within`, in nanoseconds.
    pub within: Option<i64>,
    /// The pause between attempts, in nanoseconds.
    pub every: i64,
}

/// Everything that is known of a step before its first attempt.
pub struct Ready {
    /// What is done.
    pub planned: Planned,
    /// Its words as they are shown, its name first.
    pub shown: Vec<String>,
    /// Where it stands.
    pub place: Place,
    job: Option<Rc<Job>>,
    limits: Limits,
    modifiers: Modifiers,
    keeps: bool,
}

impl Ready {
    /// Its words, a command of the registry by its full name.
    fn named(&self) -> Vec<String> {
        let mut words = self.shown.clone();
        if let (Planned::Command { command, .. }, Some(first)) = (&self.planned, words.first_mut())
        {
            *first = command.full_name();
        }
        words
    }

    /// Whether such a failure is no failure of the scenario's.
    fn catches(&self, failing: Failing) -> bool {
        let modifiers = &self.modifiers;
        let system = failing == Failing::System;
        modifiers.attempt || (system && (modifiers.not || (self.keeps && !modifiers.must)))
    }
}

/// Performs a step, all attempts of it.
pub async fn perform(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    asked: Asked<'_>,
    deadline: Option<(i64, usize)>,
) -> StepEnd {
    let site = asked.site;
    let (keeps, target) = (site.keeps, site.target.clone());
    shared.running.set(site.place);
    let ready = match prepare(shared, asked) {
        Ok(Prepared::Ready(ready)) => ready,
        Ok(Prepared::Own(step)) => return own::perform(shared, branch, *step, deadline).await,
        Err(reason) => {
            let failure = Failure {
                blame: Blame::Error,
                reason,
                place: site.place,
            };
            if site.modifiers.attempt {
                return StepEnd::Value(failed_value(&failure));
            }
            // What the environment says cannot be read off the line.
            let reason = match site.binding {
                Binding::Alias(_) => of_step(&site.name, failure.reason),
                _ => failure.reason,
            };
            return StepEnd::Failed(Failure { reason, ..failure });
        }
    };
    let (outcome, result) = match attempts(shared, branch, &ready, deadline).await {
        Attempted::Over(outcome, result) => (outcome, result),
        Attempted::Deadline(at) => return StepEnd::Deadline(at),
        Attempted::Ended => return StepEnd::Ended,
    };
    let value = Value::Result(result.into());
    if let Some(job) = &ready.job {
        *job.result.borrow_mut() = Some(value.clone());
    }
    if keeps && let Some(name) = &target {
        let (line, _) = shared.line(ready.place);
        shared.journal.event(Event::Assigned {
            name: name.to_string(),
            value: recorded_value(&value),
            line,
        });
    }
    judge(shared, branch, &ready, keeps, outcome, value)
}

/// A reason with the name of the step, unless it says that itself.
fn of_step(name: &str, reason: String) -> String {
    let says = reason.trim_start_matches('`').starts_with(name);
    match says {
        true => reason,
        false => format!("{name}: {reason}"),
    }
}

/// What a failure gives as a value where there is no result.
pub fn failed_value(failure: &Failure) -> Value {
    Value::Result(
        StepResult {
            error: Some(failure.reason.clone()),
            ..StepResult::default()
        }
        .into(),
    )
}

/// What the modifiers make of how the step ended.
fn judge(
    shared: &Shared,
    branch: &Branch,
    ready: &Ready,
    keeps: bool,
    failure: Option<Failure>,
    value: Value,
) -> StepEnd {
    let (modifiers, place) = (&ready.modifiers, ready.place);
    let Some(failure) = failure else {
        return StepEnd::Value(value);
    };
    let error = failure.blame == Blame::Error;
    let caught = modifiers.attempt || (!error && keeps && !modifiers.must);
    if caught {
        return StepEnd::Value(value);
    }
    if modifiers.soft && !error {
        branch.note(shared, Failure { place, ..failure });
        return StepEnd::Value(value);
    }
    StepEnd::Failed(failure)
}

enum Prepared {
    Ready(Box<Ready>),
    Own(Box<Own>),
}

/// Evaluates modifiers, finds the command, binds the words.
fn prepare(shared: &Rc<Shared>, asked: Asked<'_>) -> Result<Prepared, String> {
    let Asked { site, values, job } = asked;
    let mut values = values.into_iter();
    let limits = limits(&site.modifiers, &mut values)?;
    let (name, binding) = match &site.binding {
        Binding::Dynamic => {
            let name = values.next().unwrap_or_default().to_text().into_owned();
            let binding = shared.program.bindings.get(&name).cloned();
            let binding = binding.ok_or_else(|| format!("there is no command `{name}`"))?;
            (name, binding)
        }
        binding => (site.name.clone(), binding.clone()),
    };
    let words = expand(site, values.collect())?;
    let ready = ready(shared, site.place, &name, &binding, words, limits, job)?;
    Ok(match ready {
        Prepared::Ready(mut ready) => {
            ready.modifiers = site.modifiers.clone();
            ready.keeps = site.keeps;
            Prepared::Ready(ready)
        }
        Prepared::Own(mut own) => {
            own.modifiers = site.modifiers.clone();
            own.keeps = site.keeps;
            Prepared::Own(own)
        }
    })
}

fn ready(
    shared: &Rc<Shared>,
    place: Place,
    name: &str,
    binding: &Binding,
    words: Vec<Word>,
    limits: Limits,
    job: Option<Rc<Job>>,
) -> Result<Prepared, String> {
    let shown: Vec<String> = std::iter::once(name.to_owned())
        .chain(words.iter().map(Word::to_text))
        .collect();
    let given = words.iter().map(|word| &word.value);
    shared.journal.mask_also(given.chain(limits.input.as_ref()));
    let planned = match binding {
        Binding::Own(function) => {
            let signature = shared
                .program
                .signatures
                .get(function)
                .ok_or("this step has no signature")?;
            let bound = plan::bind(shared, signature, words)?;
            return Ok(Prepared::Own(Box::new(Own {
                function: *function,
                arguments: bound.args,
                limits,
                modifiers: Modifiers::default(),
                keeps: false,
                job,
                place,
            })));
        }
        Binding::Command(command) => plan::command(shared, command, words, limits.input.clone())?,
        Binding::Alias(alias) => plan::alias(shared, alias, words, limits.input.clone())?,
        Binding::Dynamic => return Err("a command cannot be named by two names".to_owned()),
    };
    let modifiers = Modifiers::default();
    let on = limits
        .on
        .clone()
        .or_else(|| planned.on())
        .unwrap_or_default();
    let host = plan::host_of(shared, &on);
    if let Some(how) = shared.remote.get(&host) {
        return Err(format!("{name} is to run on the host `{host}`: {how}"));
    }
    Ok(Prepared::Ready(Box::new(Ready {
        planned,
        shown,
        place,
        job,
        limits,
        modifiers,
        keeps: false,
    })))
}

fn limits(
    modifiers: &Modifiers,
    values: &mut impl Iterator<Item = Value>,
) -> Result<Limits, String> {
    let mut limits = Limits::default();
    let mut next = |wanted: bool| wanted.then(|| values.next().unwrap_or_default());
    limits.on = next(modifiers.on).map(|value| value.to_text().into_owned());
    limits.timeout = next(modifiers.timeout)
        .map(|value| duration(&value))
        .transpose()?;
    limits.input = next(modifiers.input);
    limits.input.iter().try_for_each(has_text)?;
    limits.attempts = next(modifiers.retry)
        .map(|value| crate::machine::attempts(&value))
        .transpose()?;
    limits.within = next(modifiers.within)
        .map(|value| duration(&value))
        .transpose()?;
    limits.every = match next(modifiers.every) {
        Some(value) => duration(&value)?,
        None if modifiers.within => 100_000_000,
        None => 0,
    };
    Ok(limits)
}

/// Performs a command of the registry with these words: an undo that is declared by its name.
pub async fn perform_words(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    name: &str,
    binding: &Binding,
    words: Vec<Word>,
) -> StepEnd {
    let ready = match ready(
        shared,
        Place::default(),
        name,
        binding,
        words,
        Limits::default(),
        None,
    ) {
        Ok(Prepared::Ready(ready)) => ready,
        Ok(Prepared::Own(step)) => return own::perform(shared, branch, *step, None).await,
        Err(reason) => {
            return StepEnd::Failed(Failure {
                blame: Blame::Error,
                reason,
                place: Place::default(),
            });
        }
    };
    match attempts(shared, branch, &ready, None).await {
        Attempted::Over(None, result) => StepEnd::Value(Value::Result(result.into())),
        Attempted::Over(Some(failure), _) => StepEnd::Failed(failure),
        Attempted::Deadline(at) => StepEnd::Deadline(at),
        Attempted::Ended => StepEnd::Ended,
    }
}

enum Attempted {
    Over(Option<Failure>, StepResult),
    Deadline(usize),
    Ended,
}

async fn attempts(
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
enum Failing {
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

fn recorded_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Result(result) => recorded(result),
        value => json::tagged(value, false),
    }
}
