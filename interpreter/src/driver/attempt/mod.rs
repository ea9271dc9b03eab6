//! One attempt of a step after the other: each recorded before it is done and after, within all limits.

mod answer;
mod outcome;
mod tell;

use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use scn_protocol::result::Gone;
use scn_protocol::words::spelled;
use scn_protocol::{Origin, Phase, StepResult, Value, Verdict};

use crate::command::Outcome;
use crate::driver::branch::Branch;
use crate::driver::context::{HELD, StepContext};
use crate::driver::cut::{Cut, Cutter};
use crate::driver::jobs::Captured;
use crate::driver::plan::{self};
use crate::driver::recall::{self, Begun};
use crate::driver::shared::{Ending, Shared};
use crate::driver::signal::Flag;
use crate::driver::step::Ready;
use crate::driver::undo::{self, Owed};
use crate::machine::{Blame, Failure};

use self::answer::{Answer, answer};
pub use self::outcome::Failing;
use self::outcome::{bounded, first_limit, result_of};
pub use self::tell::recorded_value;
use self::tell::{REPEATED, finished, started};

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
        match cutter.recorded().await {
            Some(Cut::Block(region)) => return Paused::Deadline(region),
            Some(_) => return Paused::Ended,
            None if branch.goes_beyond.get() => return until_recorded(shared, branch, at).await,
            None if recall.paused(&branch.recorded, at).await => return Paused::Over,
            None => {}
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

/// Nothing until the record that is judged comes to that time: it has no such pause, and what is tried again without
/// an effect of its own would be tried for ever where no time passes.
async fn until_recorded(shared: &Shared, branch: &Branch, at: i64) -> Paused {
    let ended = pin!(Rc::clone(&branch.ended).wait());
    match select(ended, shared.platform.clock.sleep_until(at)).await {
        Either::Left(_) => Paused::Ended,
        Either::Right(_) => Paused::Over,
    }
}

/// What a step gave that a person says was done, for what undoes it: what it wrote before, where that can be read as
/// its value.
fn assumed(ready: &Ready, captured: &Captured) -> Outcome {
    let written = StepResult {
        stdout: captured.stdout.clone().into(),
        ..StepResult::default()
    };
    let mut outcome = recall::assumed();
    if ready.planned.value(None, &written).is_ok() {
        outcome.value = None;
    }
    outcome
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
    /// It is made again, as nobody saw how it ended: what it did then is undone, whatever becomes of it now.
    repeats: bool,
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
        repeats: recorded
            .as_ref()
            .is_some_and(|recorded| recorded.first != recorded.step),
        recorded,
    };
    if attempt_of.number == 1 {
        shared.begun.set(shared.begun.get() + 1);
    }
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
        if let Some(job) = &ready.job {
            job.owes.set(*owed);
        }
    }
    if unrecorded(shared, branch) {
        undo::forget(shared, first);
        return Tried::Ended;
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
        holds: match ready.gives_output() {
            true => HELD,
            // Enough to tell a long one.
            false => REPEATED + 1,
        },
        job: ready.job.clone(),
        granted: ready.planned.granted(),
        phase: branch.phase,
        begun: Rc::default(),
        until: first_limit(limit, deadline, branch.limit()).map(|(at, _)| at),
    };
    let limits = first_limit(limit, deadline, branch.limit());
    let mut recorded = None;
    let (outcome, cut) = match answer {
        Answer::Live => {
            let call = ready.planned.call(shared, &context);
            bounded(call, ready.planned.ends_itself(), &context, &cutter, limits).await
        }
        Answer::Attached(left) => {
            let call = recall::attached(shared, left, &context).boxed_local();
            bounded(call, true, &context, &cutter, limits).await
        }
        Answer::Recorded(outcome, cut, took, again) => {
            recorded = Some((took, again));
            (Some(outcome), cut)
        }
        Answer::Assumed => (Some(assumed(ready, &captured.borrow())), None),
        Answer::Cut(cut) => (None, Some(cut)),
    };
    shared.journal.flush_output(attempt_of.step);
    let took = recorded.map_or_else(
        || shared.platform.clock.monotonic() - began,
        |(took, _)| took,
    );
    let from = (
        &*context.host,
        origin(shared, &attempt_of, captured.borrow().gone),
    );
    let mut result = result_of(ready, outcome, &captured, cut, took, timeout, from);
    match result.1 {
        Some(Failing::Error) if attempt_of.was_not_begun(&context) => {
            result.1 = Some(Failing::NotStarted);
        }
        Some(Failing::NotStarted) if attempt_of.was_begun(&context) => {
            result.1 = Some(Failing::Error);
        }
        _ => {}
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
        branch,
        ready,
        &attempt_of,
        &result,
        again,
        recorded.is_none(),
    );
    let undoes = (!attempt_of.repeats).then_some(first);
    settle(shared, ready, undoes, &result, cut, owed);
    if shared.recalling().is_none() {
        shared.platform.world.refresh();
    }
    shared.news.ring();
    tried(ready, cut, result, again)
}

/// Where what an attempt gave is from.
fn origin(shared: &Shared, attempt: &Attempt, gone: Gone) -> Origin {
    match (&attempt.recorded, &shared.recall) {
        _ if gone != Gone::default() => Origin::Lost(gone),
        (Some(_), Some(recall)) if recall.judges() => Origin::Judged,
        (Some(_), Some(_)) => Origin::Recorded,
        _ => Origin::Done,
    }
}

/// What cannot be recorded is not done; but what is owed is.
fn unrecorded(shared: &Shared, branch: &Branch) -> bool {
    let begins = matches!(branch.phase, Phase::Setup | Phase::Scenario);
    let broken = begins.then(|| shared.journal.broken()).flatten();
    let is_broken = broken.is_some();
    if is_broken {
        shared.end(Ending::new(Verdict::Error, broken, None));
    }
    is_broken
}

impl Attempt {
    /// It is known that nothing was done.
    fn was_not_begun(&self, context: &StepContext) -> bool {
        let end = self.recorded.as_ref().and_then(|step| step.end.as_ref());
        context.begun.get() == Some(false) || end.is_some_and(|end| end.unstarted)
    }

    /// A process was started, now or by an earlier runner: what it did is to be undone, however little is known of
    /// its end.
    fn was_begun(&self, context: &StepContext) -> bool {
        let recorded = self.recorded.as_ref();
        let has_process = recorded.is_some_and(|step| step.process.is_some());
        !self.was_not_begun(context) && (has_process || context.begun.get() == Some(true))
    }
}

/// Begins an attempt, which may be recorded already; none if the line of execution is to end.
async fn begin(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    ready: &Ready,
) -> Option<Option<Rc<recall::Step>>> {
    let cutter = Cutter::new(shared, branch);
    if cutter.now(None).await.is_some() || !shared.may_begin(branch.phase) {
        return None;
    }
    if shared.recalling().is_none() {
        return fresh(shared, branch, &cutter);
    }
    match recall::begin(shared, branch, ready).await {
        Begun::Recorded(step) => Some(Some(step)),
        Begun::Fresh if cutter.now(None).await.is_some() => None,
        Begun::Fresh => fresh(shared, branch, &cutter),
        Begun::Parted => std::future::pending().await,
    }
}

/// One that is not recorded. Who only cleans up begins nothing of the scenario, a job that was not begun neither: it is
/// ended by its turn among what is owed, and not by the scenario's end.
fn fresh(
    shared: &Shared,
    branch: &Branch,
    cutter: &Cutter<'_>,
) -> Option<Option<Rc<recall::Step>>> {
    let is_of_scenario = matches!(branch.phase, Phase::Setup | Phase::Scenario);
    if is_of_scenario
        && shared
            .recall
            .as_ref()
            .is_some_and(recall::Recalled::cleans_up)
    {
        cutter.end();
        return None;
    }
    Some(None)
}

/// What an attempt makes of what is owed, of which `own` is owed by it alone.
fn settle(
    shared: &Rc<Shared>,
    ready: &Ready,
    own: Option<u64>,
    (result, failing): &(StepResult, Option<Failing>),
    cut: Option<Cut>,
    owed: &mut Option<u64>,
) {
    if *failing != Some(Failing::NotStarted) {
        if shared.owed.borrow().has_undos() {
            undo::done_by_scenario(shared, &ready.named(), *owed);
        }
        if let Some(owed) = *owed {
            // It answered, and neither crashed nor was cut short.
            let refused = cut.is_none() && result.exit.is_none() && result.signal.is_none();
            plan::undo_with_result(shared, ready, owed, result, refused);
        }
    } else if let Some(own) = own.filter(|own| *owed == Some(*own)) {
        // An earlier attempt that was started is undone all the same.
        undo::forget(shared, own);
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
        None,
    );
    true
}
