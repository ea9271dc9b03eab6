//! What is owed: undos, defers and background jobs share one list, newest first.

use std::rc::Rc;

use scn_protocol::words::spelled;
use scn_protocol::{Event, Phase, Value};

use super::branch::Branch;
use super::jobs::Job;
use super::shared::Shared;
use super::signal::Flag;
use super::step::{self, Asked, StepEnd};
use crate::command::Command;
use crate::machine::{Blame, Failure};
use crate::program::Binding;

/// How long each thing that is owed may take: 1 m, in nanoseconds.
pub const LIMIT: i64 = 60_000_000_000;

/// Something that is owed.
#[derive(Clone)]
pub struct Owed {
    /// The step that it undoes.
    pub step: u64,
    /// What it is.
    pub what: What,
    /// The scenario itself owes it: it runs at the end, whatever was run by then.
    pub deferred: bool,
}

/// What is owed.
#[derive(Clone)]
pub enum What {
    /// A step: its site, and what was pushed for it.
    Step {
        /// Which.
        site: u32,
        /// Its modifiers and words.
        values: Vec<Value>,
        /// As it is shown.
        shown: Vec<String>,
    },
    /// A command of the registry, with the words of the step that it undoes.
    Command {
        /// The command.
        command: Rc<dyn Command>,
        /// The name that it is shown by.
        name: String,
        /// Its words.
        words: Vec<crate::machine::Word>,
    },
    /// What undoes an alias, whose words cannot be told: they may name what is not known before the
    /// step's result.
    Unknown {
        /// As the environment declares it.
        undo: String,
        /// Why they cannot be told.
        failure: Failure,
    },
    /// A background job is to end.
    Job(Rc<Job>),
}

impl Owed {
    /// The words, as they are shown.
    pub fn shown(&self) -> Vec<String> {
        match &self.what {
            What::Step { shown, .. } => shown.clone(),
            What::Command { name, words, .. } => std::iter::once(name.clone())
                .chain(words.iter().map(crate::machine::Word::to_text))
                .collect(),
            What::Unknown { undo, .. } => undo.split_whitespace().map(str::to_owned).collect(),
            What::Job(job) => vec!["cancel".to_owned(), job.name.clone()],
        }
    }
}

/// Something is owed from here on: on disk before anything else is done. A `defer` stands in that branch.
pub fn owe(shared: &Shared, owed: Owed, branch: Option<&str>) {
    if !matches!(owed.what, What::Job(_)) {
        shared.journal.event(Event::UndoOwed {
            step: owed.step,
            command: owed.shown(),
            branch: branch.map(str::to_owned),
        });
        shared.journal.sync();
    }
    shared.owed.borrow_mut().push(&shared.program(), owed);
}

/// Whether something is owed since that step.
pub fn is_owed(shared: &Shared, step: u64) -> bool {
    shared.owed.borrow().is_since(step)
}

/// Something else is owed since a step than was before.
pub fn owe_instead(shared: &Shared, instead: Owed) {
    let (step, words) = (instead.step, instead.shown());
    let before = shared.owed.borrow_mut().replace(&shared.program(), instead);
    if let Some(before) = before
        && before.shown() != words
    {
        // The last that is recorded of a step is what it owes.
        shared.journal.event(Event::UndoOwed {
            step,
            command: words,
            branch: None,
        });
        shared.journal.sync();
    }
}

/// It is no longer owed.
pub fn settle(shared: &Shared, owed: &Owed) {
    if !matches!(owed.what, What::Job(_)) {
        shared.journal.event(Event::UndoDone {
            step: owed.step,
            command: owed.shown(),
        });
    }
}

/// The scenario itself ran that command (by its full name) with equal words: the newest such undo is
/// no longer owed, unless it is that of this very run, which began with the step `own`.
pub fn done_by_scenario(shared: &Shared, command: &[String], own: Option<u64>) {
    if shared.undoing.get() {
        return;
    }
    let program = shared.program();
    let found = shared.owed.borrow_mut().take_named(&program, command, own);
    if let Some(owed) = found {
        settle(shared, &owed);
    }
}

/// Takes back what a step was to owe: it could not be started.
pub fn forget(shared: &Shared, step: u64) {
    let program = shared.program();
    let found = shared.owed.borrow_mut().take_since(&program, step);
    if let Some(owed) = found {
        settle(shared, &owed);
    }
}

/// The same, if its words cannot be told.
pub fn forget_unknown(shared: &Shared, step: u64) {
    if shared.owed.borrow().is_unknown_since(step) {
        forget(shared, step);
    }
}

/// Does all that is owed, newest first, each once, none stopping the next.
pub async fn all(shared: &Rc<Shared>) {
    shared.phase.set(Phase::Undo);
    while let Some((_, failed)) = newest(shared).await {
        shared.undo_failures.borrow_mut().extend(failed);
    }
    shared.undoing.set(false);
}

/// Does what is owed last, and gives its words and why it failed, if it did; none if nothing is owed.
pub async fn newest(shared: &Rc<Shared>) -> Option<(Vec<String>, Option<Failure>)> {
    shared.phase.set(Phase::Undo);
    // What a job gives, once it is asked to end, may be what it is undone by.
    if let Some(job) = worded_by(shared) {
        end_job(&job).await;
    }
    let owed = shared.owed.borrow_mut().pop(&shared.program())?;
    // What is deferred is the scenario's own word, and may do what an undo was to.
    shared.undoing.set(!owed.deferred);
    let now = shared.platform.clock.now();
    let limit = shared.platform.clock.monotonic().saturating_add(LIMIT);
    let ended = Flag::new();
    shared.meter.grant(&ended, None);
    let branch = Branch::new(
        shared,
        String::new(),
        Phase::Undo,
        ended,
        now,
        Some((limit, "the 1m of an undo")),
    );
    let end = match &owed.what {
        What::Job(job) => {
            end_job(job).await;
            return Some((owed.shown(), None));
        }
        What::Unknown { failure, .. } => StepEnd::Failed(failure.clone()),
        What::Step { site, values, .. } => {
            let site = &shared.program().steps[*site as usize];
            step::perform(shared, &branch, Asked::of(site, values.clone()), None).await
        }
        What::Command {
            command,
            name,
            words,
        } => {
            let command = Binding::Command(Rc::clone(command));
            step::perform_words(shared, &branch, name, &command, words.clone()).await
        }
    };
    settle(shared, &owed);
    let ended = |reason| Failure {
        blame: Blame::Error,
        reason,
        place: crate::program::Place::default(),
    };
    let words = format!("undo `{}`", spelled(&owed.shown()));
    let failure = match (shared.turn_ended(&words), end) {
        (Some(limit), _) => ended(limit),
        (None, StepEnd::Value(_)) => return Some((owed.shown(), None)),
        (None, StepEnd::Failed(failure)) => failure,
        (None, StepEnd::Deadline(_) | StepEnd::Ended | StepEnd::CaseEnded(_)) => {
            ended("it was interrupted".to_owned())
        }
    };
    let reason = format!("{words}: {}", failure.reason);
    Some((owed.shown(), Some(Failure { reason, ..failure })))
}

/// The job that runs and whose result the words of what is owed last wait for.
fn worded_by(shared: &Shared) -> Option<Rc<Job>> {
    let owed = shared.owed.borrow();
    let newest = owed.newest_first().next()?;
    if !matches!(newest.what, What::Unknown { .. }) {
        return None;
    }
    let jobs = shared.jobs.borrow();
    let mut running = jobs.running();
    running
        .find(|job| job.owes.get() == Some(newest.step))
        .cloned()
}

/// Ends a job that runs, and waits for its end.
pub async fn end_job(job: &Rc<Job>) {
    ask_to_end(job);
    Rc::clone(&job.over).wait().await;
}

/// Ends a job that runs; that is no failure of it.
pub fn ask_to_end(job: &Job) {
    job.ended_by_scenario.set(true);
    job.expected.set(true);
    job.ended.set();
}
