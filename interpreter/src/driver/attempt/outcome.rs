//! How an attempt ends: by itself, or at a limit; and what that gives.

use std::cell::RefCell;
use std::pin::pin;

use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use scn_protocol::{Origin, Status, StepResult};

use crate::command::Outcome;
use crate::driver::context::StepContext;
use crate::driver::cut::{Cut, Cutter};
use crate::driver::jobs::Captured;
use crate::driver::step::Ready;

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

/// Does it, within all limits.
pub async fn bounded<'a>(
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

pub fn first_limit(
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

pub fn result_of(
    ready: &Ready,
    outcome: Option<Outcome>,
    captured: &RefCell<Captured>,
    cut: Option<Cut>,
    took: i64,
    timeout: Option<i64>,
    (host, origin): (&str, Origin),
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
        origin,
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
