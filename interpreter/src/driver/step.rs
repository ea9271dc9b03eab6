//! Steps: a command line becomes an effect, recorded before and after, and judged.

use std::rc::Rc;

use scn_protocol::{Event, StepResult, Value};

use super::attempt::{Attempted, Failing, attempts, recorded_value};
use super::branch::Branch;
use super::drive::CaseEnding;
use super::jobs::Job;
use super::own::{self, Own};
use super::plan::{self, Planned};
use super::shared::Shared;
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
    /// `on`: the host.
    pub on: Option<String>,
    /// `timeout`, in nanoseconds.
    pub timeout: Option<i64>,
    /// `input`
    pub input: Option<Value>,
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
    /// The background job that it is, if it is one.
    pub job: Option<Rc<Job>>,
    /// How long, how often and where.
    pub limits: Limits,
    /// What stands before it.
    pub modifiers: Modifiers,
    /// Its result is kept, so that a failure is no failure of the scenario's.
    pub keeps: bool,
}

impl Ready {
    /// Its words, a command of the registry by its full name.
    pub fn named(&self) -> Vec<String> {
        let mut words = self.shown.clone();
        if let (Planned::Command { command, .. }, Some(first)) = (&self.planned, words.first_mut())
        {
            *first = command.full_name();
        }
        words
    }

    /// The host or the component that it is done on, as it is named; empty for this machine.
    pub fn on(&self) -> String {
        let on = self.limits.on.clone();
        on.or_else(|| self.planned.on()).unwrap_or_default()
    }

    /// Whether somebody may look at what it writes, beside the record: its result is kept, or read as the
    /// environment says.
    pub fn gives_output(&self) -> bool {
        self.keeps || self.job.is_some() || !matches!(self.planned, Planned::Command { .. })
    }

    /// Whether such a failure is no failure of the scenario's.
    pub fn catches(&self, failing: Failing) -> bool {
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
pub fn judge(
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
            let binding = shared.program().bindings.get(&name).cloned();
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
            let program = shared.program();
            let signature = program
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
