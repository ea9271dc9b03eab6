//! A step of the scenario's own that is not called by the machine itself: owed, in the background, or
//! named by a value. What stands before it means what it means before any step.

use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use scn_protocol::{Phase, StepResult, Value, quantity};

use super::attempt::{Paused, pause};
use super::branch::Branch;
use super::cut::{Cut, Cutter};
use super::drive::{self, FiberEnd};
use super::jobs::Job;
use super::look::in_time;
use super::shared::Shared;
use super::signal::Flag;
use super::step::{Limits, StepEnd, failed_value};
use crate::machine::{Blame, Failure, Fiber};
use crate::program::{Modifiers, Place};

/// A step of the scenario's own, its words bound.
pub struct Own {
    /// Its function.
    pub function: u32,
    /// A value for each parameter.
    pub arguments: Vec<Value>,
    /// Its modifiers, evaluated.
    pub limits: Limits,
    /// Its modifiers.
    pub modifiers: Modifiers,
    /// `set NAME` keeps what it gives.
    pub keeps: bool,
    /// The job that it is.
    pub job: Option<Rc<Job>>,
    /// Where it stands.
    pub place: Place,
}

/// How one attempt ended.
enum Attempt {
    Value(Value),
    Failed(Failure),
    /// It was ended when that time was up.
    TimedOut(i64),
    /// What was given for all attempts is up.
    Late,
    /// It is for those around it.
    Over(StepEnd),
}

/// Performs it, all attempts of it.
pub fn perform<'a>(
    shared: &'a Rc<Shared>,
    branch: &'a Rc<Branch>,
    own: Own,
    deadline: Option<(i64, usize)>,
) -> LocalBoxFuture<'a, StepEnd> {
    async move {
        if let Some(reason) = branch.too_deep() {
            let failure = Failure {
                blame: Blame::Error,
                ..own.fails(reason)
            };
            return own.judged(shared, branch, failure, false);
        }
        let clock = &shared.platform.clock;
        let until = own
            .limits
            .within
            .map(|within| clock.monotonic().saturating_add(within));
        let mut left = own.limits.attempts.unwrap_or(match until {
            Some(_) => i64::MAX,
            None => 1,
        });
        let mut last: Option<Failure> = None;
        loop {
            let mut timed_out = false;
            let failed = match attempt(shared, branch, &own, until, deadline).await {
                Attempt::Over(end) => return end,
                Attempt::Value(_) if own.modifiers.not => {
                    let what = shared.program().text(own.place).to_owned();
                    own.fails(format!("it was to fail, and passed: {what}"))
                }
                Attempt::Value(value) => return StepEnd::Value(value),
                Attempt::TimedOut(_) if own.modifiers.not => return StepEnd::Value(Value::None),
                Attempt::Failed(failure) if own.modifiers.not && failure.blame == Blame::System => {
                    return StepEnd::Value(Value::None);
                }
                Attempt::Failed(failure) => failure,
                Attempt::TimedOut(after) => {
                    timed_out = true;
                    let limit = quantity::duration_text(after);
                    own.fails(format!("timed out after {limit}"))
                }
                Attempt::Late => {
                    left = 1;
                    let late = || own.fails("the time of the retry is up".to_owned());
                    last.take().unwrap_or_else(late)
                }
            };
            left -= 1;
            let next = clock.monotonic().saturating_add(own.limits.every);
            if left <= 0 || until.is_some_and(|until| !in_time(shared, branch, next, until)) {
                return own.judged(shared, branch, failed, timed_out);
            }
            last = Some(failed);
            match pause(shared, branch, next, deadline).await {
                Paused::Over => {}
                Paused::Deadline(at) => return StepEnd::Deadline(at),
                Paused::Ended => return StepEnd::Ended,
            }
        }
    }
    .boxed_local()
}

impl Own {
    fn fails(&self, reason: String) -> Failure {
        Failure {
            blame: Blame::System,
            reason,
            place: self.place,
        }
    }

    /// What the modifiers make of its failure.
    fn judged(
        &self,
        shared: &Shared,
        branch: &Branch,
        failure: Failure,
        timed_out: bool,
    ) -> StepEnd {
        let error = failure.blame == Blame::Error;
        let value = match timed_out {
            false => failed_value(&failure),
            true => Value::Result(
                StepResult {
                    error: Some(failure.reason.clone()),
                    timed_out,
                    ..StepResult::default()
                }
                .into(),
            ),
        };
        if let Some(job) = &self.job {
            *job.result.borrow_mut() = Some(value.clone());
        }
        if self.modifiers.attempt || (!error && self.keeps && !self.modifiers.must) {
            return StepEnd::Value(value);
        }
        if self.modifiers.soft && !error {
            branch.note(shared, failure);
            return StepEnd::Value(value);
        }
        StepEnd::Failed(failure)
    }
}

async fn attempt(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    own: &Own,
    until: Option<i64>,
    deadline: Option<(i64, usize)>,
) -> Attempt {
    let clock = &shared.platform.clock;
    let timeout = own
        .limits
        .timeout
        .map(|after| (clock.monotonic().saturating_add(after), Cut::Timeout));
    let late = until.map(|at| (at, Cut::Late));
    let outer = deadline.map(|(at, region)| (at, Cut::Block(region)));
    let first = timeout
        .into_iter()
        .chain(late)
        .chain(outer)
        .min_by_key(|(at, _)| *at);
    let cutter = Cutter::new(shared, branch);
    let flag = Flag::new();
    let under = branch.until(Rc::clone(&flag));
    let mut fiber = Fiber::new(&shared.program(), own.function, own.arguments.clone());
    let (end, cut) = {
        let driven = pin!(drive::drive(shared, &under, &mut fiber));
        let was_cut = cutter.is_recorded();
        match select(driven, pin!(cutter.cut(first))).await {
            // A limit that it came to by itself has ended it, and then it was cut.
            Either::Left((FiberEnd::Ended, cut)) if was_cut => (FiberEnd::Ended, Some(cut.await)),
            Either::Left((end, _)) => (end, None),
            Either::Right((cut, driven)) => {
                flag.set();
                (driven.await, Some(cut))
            }
        }
    };
    branch.is_after(shared, &under);
    match cut {
        Some(Cut::Timeout) => return Attempt::TimedOut(own.limits.timeout.unwrap_or_default()),
        Some(Cut::Late) => return Attempt::Late,
        Some(Cut::Block(region)) => return Attempt::Over(StepEnd::Deadline(region)),
        Some(Cut::Ended) | None => {}
    }
    match end {
        FiberEnd::Yielded(value) => Attempt::Value(value),
        FiberEnd::Finished => Attempt::Value(Value::None),
        FiberEnd::Failed(failure) => Attempt::Failed(failure),
        FiberEnd::Ended if branch.phase == Phase::Undo => Attempt::Failed(Failure {
            blame: Blame::Error,
            ..own.fails("what is owed cannot end the scenario".to_owned())
        }),
        FiberEnd::Ended => Attempt::Over(StepEnd::Ended),
        FiberEnd::CaseEnded(ending) => Attempt::Over(StepEnd::CaseEnded(ending)),
    }
}
