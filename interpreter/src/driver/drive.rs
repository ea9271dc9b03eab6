//! Drives a line of execution: performs what it stops for.

use std::rc::Rc;

use scn_grammar::tree::VerdictKind;
use scn_protocol::{Phase, Value};

use super::attempt::{self, Paused};
use super::background::{await_jobs, background, cancel_jobs};
use super::branch::Branch;
use super::cut::{Cut, Cutter, is_ended};
use super::end::end;
use super::hooks::FiberHooks;
use super::parallel::parallel;
use super::pause::Leave;
use super::shared::Shared;
use super::signal::breathe;
use super::step::{self, Asked, StepEnd};
use super::undo::{self, Owed};
use super::{plan, wait, watches};
use crate::machine::{Blame, Failure, Fiber, Given, Inside, Stop, told_with};
use crate::program::Place;

/// How a line of execution ended.
#[derive(Clone, Debug, PartialEq)]
pub enum FiberEnd {
    /// At its last line, or its branch's.
    Finished,
    /// With a value.
    Yielded(Value),
    /// Something failed that nothing in it was to judge.
    Failed(Failure),
    /// The scenario has ended, or this line was to end.
    Ended,
    /// The case around it, outside of its fiber, has ended by its own words.
    CaseEnded(CaseEnding),
}

/// How a case is ended by its own words.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseEnding {
    /// `pass`, `fail` or `skip`.
    pub kind: VerdictKind,
    /// The words after it.
    pub text: Option<Value>,
    /// By which words.
    pub place: Place,
}

/// After so many effects others have their turn.
const UNBROKEN: u32 = 64;

/// Runs a fiber to its end.
pub async fn drive(shared: &Rc<Shared>, branch: &Rc<Branch>, fiber: &mut Fiber) -> FiberEnd {
    let mut unbroken = 0_u32;
    let held = shared.meter.holds();
    loop {
        let stop = {
            let mut hooks = FiberHooks::new(shared, branch, true);
            match fiber.run(&shared.program(), &mut hooks) {
                Stop::Failed(failure) if failure.blame == Blame::Error => Stop::Failed(Failure {
                    reason: hooks.explained(failure.reason),
                    ..failure
                }),
                stop => stop,
            }
        };
        if shared.is_beyond(fiber, &held, branch.phase) {
            // Whoever waits for the limit has to be heard.
            breathe().await;
            return FiberEnd::Ended;
        }
        if let Some(end) = perform(shared, branch, fiber, stop).await {
            end_open(shared, branch, fiber, &end);
            return end;
        }
        // What is done at once lets nobody else have a turn, nor a time limit be heeded.
        unbroken = unbroken.wrapping_add(1);
        if unbroken.is_multiple_of(UNBROKEN)
            && let Some(end) = breather(shared, branch, fiber).await
        {
            return end;
        }
    }
}

/// The line ends, by its own words or from outside: so do the cases and attempts in which it stands.
fn end_open(shared: &Rc<Shared>, branch: &Rc<Branch>, fiber: &mut Fiber, end: &FiberEnd) {
    let gives = match end {
        FiberEnd::Finished | FiberEnd::Yielded(_) => return,
        // The time of the whole line is up: nothing else that fails leaves a case open.
        FiberEnd::Failed(failure) => Some(Given {
            verdict: failure.verdict(),
            reason: Some(failure.reason.clone()),
        }),
        FiberEnd::Ended => shared.ending.borrow().as_ref().and_then(|ending| {
            ending.ends(&branch.name, branch.phase).then(|| Given {
                verdict: ending.verdict,
                reason: ending.reason.clone(),
            })
        }),
        FiberEnd::CaseEnded(_) => None,
    };
    // As where the time of a block is up, what the last attempt noted is not looked at any more.
    let attempts = !matches!(end, FiberEnd::Failed(_));
    let mut hooks = FiberHooks::new(shared, branch, true);
    fiber.end_open(&shared.program(), &mut hooks, gives.as_ref(), attempts);
}

/// Raises an ERROR in the fiber.
pub async fn erred(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    reason: String,
    place: Place,
) -> Option<FiberEnd> {
    let blame = Blame::Error;
    let failure = Failure {
        blame,
        reason,
        place,
    };
    raise(shared, branch, fiber, failure).await
}

/// Raises a failure in the fiber; what cannot be judged in it ends it.
pub async fn raise(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    failure: Failure,
) -> Option<FiberEnd> {
    match super::pause::failing(shared, branch, fiber, &failure).await {
        Leave::On => {}
        Leave::Moved => return None,
        Leave::End(end) => return Some(end),
    }
    let stop = {
        let mut hooks = FiberHooks::new(shared, branch, true);
        fiber.raise(&shared.program(), &mut hooks, failure)
    };
    match stop? {
        Stop::Failed(failure) => Some(FiberEnd::Failed(failure)),
        Stop::Pause(at) => Box::pin(pause(shared, branch, fiber, at)).await,
        _ => None,
    }
}

async fn pause(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    at: i64,
) -> Option<FiberEnd> {
    if branch.goes_beyond.get() {
        // The record may end before.
        shared.running.set(fiber.place(&shared.program()));
    }
    match attempt::pause(shared, branch, at, limits(branch, fiber)).await {
        Paused::Over => None,
        Paused::Deadline(region) => {
            let place = fiber.place(&shared.program());
            fiber.stands_in_block();
            deadline_at(shared, branch, fiber, region, place).await
        }
        Paused::Ended => Some(FiberEnd::Ended),
    }
}

/// The number that stands for the line's own time limit instead of a region's.
pub const OWN_LIMIT: usize = usize::MAX;

/// When the next time limit is up, and whose.
pub fn limits(branch: &Branch, fiber: &Fiber) -> Option<(i64, usize)> {
    let own = branch.limit().map(|(at, _)| (at, OWN_LIMIT));
    fiber.deadline().into_iter().chain(own).min()
}

/// The line's own time limit is up.
pub fn own_limit(branch: &Branch, place: Place) -> Failure {
    let what = branch.limit().map_or("its time", |(_, what)| what);
    Failure {
        blame: Blame::System,
        reason: format!("timed out: {what} is up"),
        place,
    }
}

/// A time limit is up.
pub async fn deadline(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    region: usize,
) -> Option<FiberEnd> {
    let place = fiber.place(&shared.program());
    deadline_at(shared, branch, fiber, region, place).await
}

/// The same, where something is being done at that place.
async fn deadline_at(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    region: usize,
    place: Place,
) -> Option<FiberEnd> {
    if region == OWN_LIMIT {
        let failure = own_limit(branch, place);
        let reason = told_with(failure.reason, fiber.failed_last().as_ref());
        return Some(FiberEnd::Failed(Failure { reason, ..failure }));
    }
    let failure = Failure {
        blame: Blame::Deadline(region),
        reason: "the time is up".to_owned(),
        place,
    };
    raise(shared, branch, fiber, failure).await
}

async fn perform(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    stop: Stop,
) -> Option<FiberEnd> {
    match stop {
        Stop::Breathe => breather(shared, branch, fiber).await,
        Stop::Step { to, site } => step_asked(shared, branch, fiber, to, site).await,
        Stop::Background { to, site } => {
            let asked = std::mem::take(&mut fiber.pushed);
            let place = fiber.place(&shared.program());
            match background(shared, branch, site, asked) {
                Ok(job) => {
                    fiber.resume(to, job);
                    None
                }
                Err(reason) => erred(shared, branch, fiber, reason, place).await,
            }
        }
        Stop::Await(site) => await_jobs(shared, branch, fiber, site).await,
        Stop::Cancel(site) => cancel_jobs(shared, fiber, site).await,
        // What is owed owes nothing.
        Stop::Defer(_) if branch.phase == Phase::Undo => {
            fiber.pushed.clear();
            None
        }
        Stop::Defer(site) => {
            let values = std::mem::take(&mut fiber.pushed);
            let what = plan::step_owed(shared, site, values);
            let recorded = match shared.recalling() {
                Some(recall) => recall.deferred(&branch.recorded).await,
                None => None,
            };
            let step = match recorded {
                Some(step) => shared.step_was(step),
                None => shared.next_step(),
            };
            let deferred = true;
            let owed = Owed {
                step,
                what,
                deferred,
            };
            undo::owe(shared, owed, Some(&branch.name));
            None
        }
        Stop::Parallel(site) => parallel(shared, branch, fiber, site).await,
        Stop::Wait { to, site } => {
            let pushed = std::mem::take(&mut fiber.pushed);
            let place = fiber.place(&shared.program());
            shared.running.set(place);
            let limit = limits(branch, fiber);
            let asked = wait::Asked {
                site,
                pushed,
                place,
                limit,
                catches: inside(shared, branch, fiber).catches,
            };
            match wait::perform(shared, branch, asked).await {
                StepEnd::Value(value) => {
                    fiber.resume(to, value);
                    None
                }
                StepEnd::Failed(failure) => raise(shared, branch, fiber, failure).await,
                StepEnd::Deadline(region) => deadline(shared, branch, fiber, region).await,
                StepEnd::Ended | StepEnd::CaseEnded(_) => Some(FiberEnd::Ended),
            }
        }
        Stop::Unwatch(scope) => {
            let limit = limits(branch, fiber);
            shared.running.set(fiber.place(&shared.program()));
            let (settled, found) = watches::settle(shared, branch, Some(scope), limit).await;
            note(shared, branch, fiber, found);
            match settled {
                watches::Settled::Deadline(region) => deadline(shared, branch, fiber, region).await,
                watches::Settled::Ended => Some(FiberEnd::Ended),
                watches::Settled::Over => is_ended(shared, branch).await.then_some(FiberEnd::Ended),
            }
        }
        Stop::Pause(at) => pause(shared, branch, fiber, at).await,
        Stop::End { site, value, place } => {
            shared.running.set(place);
            Some(end(shared, branch, &site, value.as_ref(), place))
        }
        Stop::Statement => super::pause::statement(shared, branch, fiber).await,
        Stop::Failing(failure) => raise(shared, branch, fiber, failure).await,
        Stop::BranchEnd | Stop::Finish => Some(FiberEnd::Finished),
        Stop::Yield(value) => Some(FiberEnd::Yielded(value)),
        Stop::Failed(failure) => Some(FiberEnd::Failed(failure)),
    }
}

/// Failures are noted where the fiber is.
pub fn note(shared: &Rc<Shared>, branch: &Rc<Branch>, fiber: &mut Fiber, found: Vec<Failure>) {
    let mut hooks = FiberHooks::new(shared, branch, true);
    for failure in found {
        fiber.note(&shared.program(), &mut hooks, failure);
    }
}

/// What is around the fiber's place, in it and outside of it, that judges what is noted.
pub fn inside(shared: &Shared, branch: &Branch, fiber: &Fiber) -> Inside {
    let (own, outer) = (fiber.inside(&shared.program()), branch.inside());
    Inside {
        judged: own.judged || outer.judged,
        case: own.case || outer.case,
        catches: own.catches.or(outer.catches),
    }
}

/// The case around a place has ended by its own words, in a fiber of its own there.
pub fn case_ended(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    ending: CaseEnding,
) -> Option<FiberEnd> {
    let ended = {
        let mut hooks = FiberHooks::new(shared, branch, true);
        let CaseEnding { kind, text, place } = &ending;
        fiber.end_case(&shared.program(), &mut hooks, *kind, text.as_ref(), *place)
    };
    (!ended).then_some(FiberEnd::CaseEnded(ending))
}

async fn breather(shared: &Rc<Shared>, branch: &Rc<Branch>, fiber: &mut Fiber) -> Option<FiberEnd> {
    breathe().await;
    if let Some(recall) = shared.recalling() {
        recall.stir();
    }
    let limit = limits(branch, fiber).map(|(at, region)| (at, Cut::Block(region)));
    match Cutter::new(shared, branch).now(limit).await {
        Some(Cut::Block(region)) => deadline(shared, branch, fiber, region).await,
        Some(_) => Some(FiberEnd::Ended),
        None => None,
    }
}

async fn step_asked(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    to: u8,
    site: u32,
) -> Option<FiberEnd> {
    if is_ended(shared, branch).await {
        return Some(FiberEnd::Ended);
    }
    let program = shared.program();
    let asked = &program.steps[site as usize];
    let values = std::mem::take(&mut fiber.pushed);
    if let crate::program::Binding::Alias(alias) = &asked.binding
        && alias.background
    {
        return match background(shared, branch, site, values) {
            Ok(job) => {
                fiber.resume(to, job);
                None
            }
            Err(reason) => erred(shared, branch, fiber, reason, asked.place).await,
        };
    }
    let limit = limits(branch, fiber);
    let outer = branch.enter(inside(shared, branch, fiber));
    let end = step::perform(shared, branch, Asked::of(asked, values), limit).await;
    let noted = branch.back(outer);
    note(shared, branch, fiber, noted);
    match end {
        StepEnd::CaseEnded(ending) => case_ended(shared, branch, fiber, ending),
        StepEnd::Value(value) => {
            fiber.resume(to, value);
            None
        }
        StepEnd::Failed(failure) => raise(shared, branch, fiber, failure).await,
        StepEnd::Deadline(region) => deadline(shared, branch, fiber, region).await,
        StepEnd::Ended => Some(FiberEnd::Ended),
    }
}
