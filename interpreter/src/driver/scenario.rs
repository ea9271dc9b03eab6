//! The scenario once: its setup, its body, `finally`, and what is owed.

use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};
use scn_protocol::{Phase, Value, Verdict};

use super::branch::Branch;
use super::drive::{self, FiberEnd};
use super::shared::{Ending, Shared};
use super::signal::Flag;
use super::{Ran, recall, undo, verdict, watches};
use crate::machine::{Blame, Failure, Fiber};

/// How long a scenario may take that does not say: 1 h, in nanoseconds.
pub const TIMEOUT: i64 = 3_600_000_000_000;

/// The scenario once: setup, body, `finally`, what is owed.
pub async fn once(shared: &Rc<Shared>, row: Vec<Value>) -> Ran {
    let timeout = shared.program().headers.timeout.unwrap_or(TIMEOUT);
    // A session lasts as long as somebody sits at it.
    let is_session = shared
        .debugger
        .as_ref()
        .is_some_and(|known| known.is_session());
    let limit = match is_session {
        true => i64::MAX,
        false => shared.platform.clock.monotonic().saturating_add(timeout),
    };
    if shared.program().finally.is_some() {
        shared.journal.owe_finally();
    }
    let prepares = shared.program().setup;
    let setup = match prepares {
        Some(function) => setup(shared, function, limit).await,
        None => None,
    };
    let main = shared.program().main;
    let mut fiber = Fiber::new(&shared.program(), main, row);
    let mut ending = match setup {
        Some(ending) => ending,
        None => body(shared, &mut fiber, limit).await,
    };
    watches::close_all(shared);
    let mut noted = std::mem::take(&mut *shared.noted.borrow_mut());
    finally(shared, &mut fiber, timeout).await;
    undo::all(shared).await;
    watches::close_all(shared);
    let late = std::mem::take(&mut *shared.noted.borrow_mut());
    shared.undo_failures.borrow_mut().extend(late);
    noted.extend(shared.late_jobs.take());
    // It may have come while `finally` or an undo ran.
    let from_outside = |ending: &Ending| ending.interrupted || ending.imposed;
    let known = shared.ending.borrow().clone();
    if let Some(known) = known.filter(from_outside) {
        ending = known;
    }
    verdict::conclude(shared, &ending, noted)
}

pub fn line_of_execution(shared: &Shared, phase: Phase, limit: (i64, &'static str)) -> Rc<Branch> {
    shared.phase.set(phase);
    let over = Rc::clone(&shared.over.borrow());
    Branch::new(
        shared,
        String::new(),
        phase,
        over,
        shared.platform.clock.now(),
        Some(limit),
    )
}

pub async fn setup(shared: &Rc<Shared>, function: u32, limit: i64) -> Option<Ending> {
    let branch = line_of_execution(shared, Phase::Setup, (limit, "the scenario's @timeout"));
    let mut fiber = Fiber::new(&shared.program(), function, Vec::new());
    match drive::drive(shared, &branch, &mut fiber).await {
        FiberEnd::Finished | FiberEnd::Yielded(_) => None,
        // Nothing was shown of the system yet: what it takes to test it could not be set up.
        FiberEnd::Failed(failure) => {
            let reason = format!("[setup] {}", failure.reason);
            Some(Ending::new(
                Verdict::Error,
                Some(reason),
                Some(failure.place),
            ))
        }
        FiberEnd::Ended | FiberEnd::CaseEnded(_) => shared.ending.borrow().clone(),
    }
}

pub async fn body(shared: &Rc<Shared>, fiber: &mut Fiber, limit: i64) -> Ending {
    let branch = line_of_execution(shared, Phase::Scenario, (limit, "the scenario's @timeout"));
    let lost = Rc::clone(&shared.journal.lost).wait();
    let end = {
        let driven = pin!(whole(shared, &branch, fiber));
        match select(driven, pin!(lost)).await {
            Either::Left((end, _)) => end,
            Either::Right(((), driven)) => {
                let reason = shared.journal.broken();
                shared.end(Ending::new(Verdict::Error, reason, None));
                driven.await
            }
        }
    };
    let ending = match end {
        FiberEnd::Failed(failure) => Ending::of(&failure),
        FiberEnd::Finished | FiberEnd::Yielded(_) => {
            let place = fiber.place(&shared.program());
            Ending::new(Verdict::Pass, None, Some(place))
        }
        FiberEnd::Ended | FiberEnd::CaseEnded(_) => {
            shared.ending.borrow().clone().unwrap_or_else(|| {
                Ending::new(
                    Verdict::Error,
                    Some("the scenario was ended".to_owned()),
                    None,
                )
            })
        }
    };
    // A job that failed meanwhile, or an interrupt, has ended the scenario before its last line.
    let ending = match shared.ending.borrow().clone() {
        Some(known) if matches!(ending.verdict, Verdict::Pass) => known,
        _ => ending,
    };
    if ending.verdict == Verdict::Pass {
        if let Some(recall) = shared.recalling().filter(|recall| recall.judges()) {
            recall::tell_undone(shared, recall, &branch, true);
        }
        // Its own end has been heard; what ends it while it waits has not.
        *shared.over.borrow_mut() = Flag::new();
        let waits = line_of_execution(shared, Phase::Scenario, (limit, "the scenario's @timeout"));
        let limit = waits.limit().map(|(at, _)| (at, drive::OWN_LIMIT));
        let (settled, _) = watches::settle(shared, &waits, None, limit).await;
        if matches!(settled, watches::Settled::Deadline(_)) {
            let failure = drive::own_limit(&waits, fiber.place(&shared.program()));
            return Ending::of(&failure);
        }
        if waits.ended.is_set() {
            return shared.ending.borrow().clone().unwrap_or(ending);
        }
    }
    ending
}

/// The body, and what is done at the prompt of a session.
async fn whole(shared: &Rc<Shared>, branch: &Rc<Branch>, fiber: &mut Fiber) -> FiberEnd {
    let end = drive::drive(shared, branch, fiber).await;
    match end {
        FiberEnd::Finished => {
            let ended = super::pause::session(shared, branch, fiber).await;
            ended.unwrap_or(end)
        }
        end => end,
    }
}

fn is_interrupted(shared: &Shared) -> bool {
    let ending = shared.ending.borrow();
    ending.as_ref().is_some_and(|ending| ending.interrupted)
}

/// `finally`, on the scenario's own variables, however it ended. It has as much time as the scenario, and no less
/// than what is owed has.
pub async fn finally(shared: &Rc<Shared>, fiber: &mut Fiber, timeout: i64) {
    let Some(at) = shared.program().finally else {
        return;
    };
    fiber.rewind(at as usize);
    let limit = shared.platform.clock.monotonic();
    let limit = limit.saturating_add(timeout.max(undo::LIMIT));
    let mut interrupted = is_interrupted(shared);
    shared.meter.grant(&Flag::new(), Some(fiber));
    loop {
        *shared.over.borrow_mut() = Flag::new();
        shared.meter.ended_by(&shared.over.borrow());
        let branch = line_of_execution(shared, Phase::Finally, (limit, "the time of `finally`"));
        match drive::drive(shared, &branch, fiber).await {
            FiberEnd::Failed(failure) => shared.note(failure),
            // The step that ran is ended by an interrupt, and the rest is done.
            FiberEnd::Ended if is_interrupted(shared) && !interrupted => {
                interrupted = true;
                continue;
            }
            _ => {}
        }
        break;
    }
    watches::close_all(shared);
    if let Some(limit) = shared.turn_ended("finally") {
        shared.note(Failure {
            blame: Blame::Error,
            reason: limit,
            place: shared.running.get(),
        });
    }
    let noted = std::mem::take(&mut *shared.noted.borrow_mut());
    let mut failures = shared.undo_failures.borrow_mut();
    failures.extend(noted.into_iter().map(|failure| Failure {
        reason: format!("finally: {}", failure.reason),
        ..failure
    }));
}
