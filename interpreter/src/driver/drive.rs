//! Drives a line of execution: performs what it stops for.

use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use scn_grammar::tree::VerdictKind;
use scn_protocol::{Phase, Value, Verdict};

use super::branch::Branch;
use super::hooks::FiberHooks;
use super::jobs::Job;
use super::shared::{Ending, Shared};
use super::signal::{Flag, breathe};
use super::step::{self, Asked, Paused, StepEnd};
use super::undo::{self, Owed, What};
use super::{plan, wait, watches};
use crate::machine::{Blame, Failure, Fiber, Inside, Stop};
use crate::program::{EndKind, EndSite, Place};

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
    loop {
        let stop = {
            let mut hooks = FiberHooks::new(shared, branch, true);
            fiber.run(&shared.program, &mut hooks)
        };
        if shared.is_beyond(fiber) {
            // Whoever waits for the limit has to be heard.
            breathe().await;
            return FiberEnd::Ended;
        }
        if let Some(end) = perform(shared, branch, fiber, stop).await {
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

/// Raises a failure in the fiber; what cannot be judged in it ends it.
async fn raise(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    failure: Failure,
) -> Option<FiberEnd> {
    let stop = {
        let mut hooks = FiberHooks::new(shared, branch, true);
        fiber.raise(&shared.program, &mut hooks, failure)
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
    match step::pause(shared, branch, at, limits(branch, fiber)).await {
        Paused::Over => None,
        Paused::Deadline(region) => deadline(shared, branch, fiber, region).await,
        Paused::Ended => Some(FiberEnd::Ended),
    }
}

/// The number that stands for the line's own time limit instead of a region's.
pub const OWN_LIMIT: usize = usize::MAX;

/// When the next time limit is up, and whose.
fn limits(branch: &Branch, fiber: &Fiber) -> Option<(i64, usize)> {
    let own = branch.limit.map(|(at, _)| (at, OWN_LIMIT));
    fiber.deadline().into_iter().chain(own).min()
}

/// The line's own time limit is up.
pub fn own_limit(branch: &Branch, place: Place) -> Failure {
    let what = branch.limit.map_or("its time", |(_, what)| what);
    Failure {
        blame: Blame::System,
        reason: format!("timed out: {what} is up"),
        place,
    }
}

/// A time limit is up.
async fn deadline(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    region: usize,
) -> Option<FiberEnd> {
    let place = fiber.place(&shared.program);
    if region == OWN_LIMIT {
        return Some(FiberEnd::Failed(own_limit(branch, place)));
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
            let place = fiber.place(&shared.program);
            match background(shared, branch, site, asked) {
                Ok(job) => {
                    fiber.resume(to, job);
                    None
                }
                Err(reason) => {
                    raise(
                        shared,
                        branch,
                        fiber,
                        Failure {
                            blame: Blame::Error,
                            reason,
                            place,
                        },
                    )
                    .await
                }
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
            let step = shared.next_step();
            let deferred = true;
            undo::owe(
                shared,
                Owed {
                    step,
                    what,
                    deferred,
                },
            );
            None
        }
        Stop::Parallel(site) => parallel(shared, branch, fiber, site).await,
        Stop::Wait { to, site } => {
            let pushed = std::mem::take(&mut fiber.pushed);
            let place = fiber.place(&shared.program);
            shared.running.set(place);
            match wait::perform(shared, branch, site, pushed, place, limits(branch, fiber)).await {
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
            shared.running.set(fiber.place(&shared.program));
            let (settled, found) = watches::settle(shared, branch, Some(scope), limit).await;
            note(shared, branch, fiber, found);
            match settled {
                watches::Settled::Deadline(region) => deadline(shared, branch, fiber, region).await,
                watches::Settled::Ended => Some(FiberEnd::Ended),
                watches::Settled::Over => branch.ended.is_set().then_some(FiberEnd::Ended),
            }
        }
        Stop::Pause(at) => pause(shared, branch, fiber, at).await,
        Stop::End { site, value, place } => {
            shared.running.set(place);
            Some(end(shared, branch, &site, value.as_ref(), place))
        }
        Stop::BranchEnd | Stop::Finish => Some(FiberEnd::Finished),
        Stop::Yield(value) => Some(FiberEnd::Yielded(value)),
        Stop::Failed(failure) => Some(FiberEnd::Failed(failure)),
    }
}

/// Failures are noted where the fiber is.
fn note(shared: &Rc<Shared>, branch: &Rc<Branch>, fiber: &mut Fiber, found: Vec<Failure>) {
    let mut hooks = FiberHooks::new(shared, branch, true);
    for failure in found {
        fiber.note(&shared.program, &mut hooks, failure);
    }
}

/// What is around the fiber's place, in it and outside of it, that judges what is noted.
fn inside(shared: &Shared, branch: &Branch, fiber: &Fiber) -> Inside {
    let (own, outer) = (fiber.inside(&shared.program), branch.inside());
    Inside {
        judged: own.judged || outer.judged,
        case: own.case || outer.case,
    }
}

/// The case around a place has ended by its own words, in a fiber of its own there.
fn case_ended(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    ending: CaseEnding,
) -> Option<FiberEnd> {
    let ended = {
        let mut hooks = FiberHooks::new(shared, branch, true);
        let CaseEnding { kind, text, place } = &ending;
        fiber.end_case(&shared.program, &mut hooks, *kind, text.as_ref(), *place)
    };
    (!ended).then_some(FiberEnd::CaseEnded(ending))
}

async fn breather(shared: &Rc<Shared>, branch: &Rc<Branch>, fiber: &mut Fiber) -> Option<FiberEnd> {
    breathe().await;
    if branch.ended.is_set() {
        return Some(FiberEnd::Ended);
    }
    let now = shared.platform.clock.monotonic();
    match limits(branch, fiber) {
        Some((at, region)) if at <= now => deadline(shared, branch, fiber, region).await,
        _ => None,
    }
}

async fn step_asked(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    to: u8,
    site: u32,
) -> Option<FiberEnd> {
    if branch.ended.is_set() {
        return Some(FiberEnd::Ended);
    }
    let program = Rc::clone(&shared.program);
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
            Err(reason) => {
                raise(
                    shared,
                    branch,
                    fiber,
                    Failure {
                        blame: Blame::Error,
                        reason,
                        place: asked.place,
                    },
                )
                .await
            }
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

/// The scenario is ended by its own words.
fn end(
    shared: &Rc<Shared>,
    branch: &Branch,
    site: &EndSite,
    value: Option<&Value>,
    place: Place,
) -> FiberEnd {
    if branch.phase == Phase::Undo || branch.phase == Phase::Finally {
        let reason = "the scenario has ended already: its verdict stands".to_owned();
        return FiberEnd::Failed(Failure {
            blame: Blame::Error,
            reason,
            place,
        });
    }
    if let EndKind::Verdict(kind) = site.kind
        && kind != VerdictKind::Error
        && branch.inside().case
    {
        let text = value.cloned();
        return FiberEnd::CaseEnded(CaseEnding { kind, text, place });
    }
    let text = value.map(|value| value.to_string());
    let mut ending = Ending::new(Verdict::Pass, text.clone(), Some(place));
    match site.kind {
        EndKind::Verdict(VerdictKind::Pass) => ending.passed = true,
        EndKind::Verdict(kind) => {
            ending.verdict = match kind {
                VerdictKind::Fail => Verdict::Fail,
                VerdictKind::Skip => Verdict::Skip,
                _ => Verdict::Error,
            };
            ending.reason = Some(text.unwrap_or_else(|| shared.program.text(place).to_owned()));
        }
        EndKind::Exit if value.is_some() => exit(&mut ending, value, place),
        EndKind::Exit | EndKind::End => ending.reason = None,
    }
    shared.end(ending);
    FiberEnd::Ended
}

/// `exit 0` is PASS, any other status FAIL.
fn exit(ending: &mut Ending, value: Option<&Value>, place: Place) {
    match value.map(crate::ops::whole) {
        Some(Ok(0)) => {
            ending.passed = true;
            ending.reason = None;
        }
        Some(Ok(status)) => {
            ending.verdict = Verdict::Fail;
            ending.reason = Some(format!("exit {status}"));
        }
        Some(Err(reason)) => {
            *ending = Ending::new(Verdict::Error, Some(format!("exit: {reason}")), Some(place))
        }
        None => {}
    }
}

/// Starts a job; gives its handle.
fn background(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    site: u32,
    values: Vec<Value>,
) -> Result<Value, String> {
    let asked = &shared.program.steps[site as usize];
    let wanted = asked.target.as_deref().unwrap_or(&asked.name);
    let taken = |name: &str| {
        shared
            .jobs
            .borrow()
            .iter()
            .any(|job| job.name == name && job.running())
    };
    let name = std::iter::once(wanted.to_owned())
        .chain((2..).map(|number| format!("{wanted}#{number}")))
        .find(|name| !taken(name))
        .unwrap_or_default();
    let job = Job::new(name.clone());
    shared.jobs.borrow_mut().push(Rc::clone(&job));
    shared.owed.borrow_mut().push(Owed {
        deferred: false,
        step: 0,
        what: What::Job(Rc::clone(&job)),
    });
    let own = branch.under(&name, Rc::clone(&job.ended));
    let future = run_job(Rc::clone(shared), own, Rc::clone(&job), site, values);
    // Begun at once, so that what it owes is owed before the next statement.
    let mut future = future.boxed_local();
    if (&mut future).now_or_never().is_none() {
        shared.spawn(future);
    }
    Ok(Value::Handle(
        scn_protocol::Handle {
            kind: scn_protocol::HandleKind::Job,
            name,
        }
        .into(),
    ))
}

fn run_job(
    shared: Rc<Shared>,
    branch: Rc<Branch>,
    job: Rc<Job>,
    site: u32,
    values: Vec<Value>,
) -> LocalBoxFuture<'static, ()> {
    async move {
        let program = Rc::clone(&shared.program);
        let asked = &program.steps[site as usize];
        let end = step::perform(
            &shared,
            &branch,
            Asked::of(asked, values).for_job(&job),
            None,
        )
        .await;
        let outcome = match end {
            StepEnd::Value(value) => (value, None),
            StepEnd::Failed(failure) => {
                let result = job.result.take();
                let unstarted = || step::failed_value(&failure);
                (result.unwrap_or_else(unstarted), Some(failure))
            }
            StepEnd::Deadline(_) | StepEnd::Ended | StepEnd::CaseEnded(_) => {
                (job.result.take().unwrap_or_default(), None)
            }
        };
        let failure = outcome.1.clone();
        *job.outcome.borrow_mut() = Some(outcome);
        job.over.set();
        shared
            .owed
            .borrow_mut()
            .retain(|owed| !matches!(&owed.what, What::Job(known) if Rc::ptr_eq(known, &job)));
        shared.news.ring();
        if let Some(failure) = failure
            && !job.ended_by_scenario.get()
            && !job.expected.get()
            && matches!(shared.phase.get(), Phase::Setup | Phase::Scenario)
        {
            let reason = format!("background job {}: {}", job.name, failure.reason);
            shared.end(Ending::of(&Failure { reason, ..failure }));
        }
    }
    .boxed_local()
}

fn job_of(shared: &Shared, value: &Value) -> Option<Rc<Job>> {
    let Value::Handle(handle) = value else {
        return None;
    };
    shared
        .jobs
        .borrow()
        .iter()
        .rev()
        .find(|job| job.name == handle.name)
        .cloned()
}

async fn await_jobs(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    site: u32,
) -> Option<FiberEnd> {
    let program = Rc::clone(&shared.program);
    let site = &program.jobs[site as usize];
    let place = fiber.place(&program);
    let timeout = site.timeout.then(|| fiber.pushed.pop()).flatten();
    let timeout = match timeout
        .map(|value| crate::machine::duration(&value))
        .transpose()
    {
        Ok(timeout) => timeout,
        Err(reason) => {
            return raise(
                shared,
                branch,
                fiber,
                Failure {
                    blame: Blame::Error,
                    reason,
                    place,
                },
            )
            .await;
        }
    };
    let until = timeout.map(|timeout| shared.platform.clock.monotonic().saturating_add(timeout));
    let mut failed = None;
    for (name, slot) in &site.names {
        // Awaited before: the name is the result already.
        let Some(job) = job_of(shared, fiber.variable(*slot)) else {
            continue;
        };
        job.expected.set(true);
        match wait::over(shared, branch, &job, until, limits(branch, fiber)).await {
            wait::Over::Done => {}
            wait::Over::Timeout => {
                undo::end_job(&job).await;
                let limit = scn_protocol::quantity::duration_text(timeout.unwrap_or_default());
                failed = failed.or(Some(Failure {
                    blame: Blame::System,
                    reason: format!("await {name}: timed out after {limit}"),
                    place,
                }));
            }
            wait::Over::Deadline(region) => return deadline(shared, branch, fiber, region).await,
            wait::Over::Ended => return Some(FiberEnd::Ended),
        }
        let (value, failure) = job.outcome.borrow().clone().unwrap_or_default();
        fiber.set_variable(*slot, value);
        if let Some(failure) = failure.filter(|_| !job.ended_by_scenario.get()) {
            failed = failed.or(Some(Failure {
                reason: format!("await {name}: {}", failure.reason),
                place,
                ..failure
            }));
        }
    }
    match failed {
        Some(failure) if !site.attempt => raise(shared, branch, fiber, failure).await,
        _ => None,
    }
}

async fn cancel_jobs(shared: &Rc<Shared>, fiber: &mut Fiber, site: u32) -> Option<FiberEnd> {
    let program = Rc::clone(&shared.program);
    let jobs: Vec<_> = program.jobs[site as usize]
        .names
        .iter()
        .filter_map(|(_, slot)| job_of(shared, fiber.variable(*slot)))
        .collect();
    for job in &jobs {
        job.ended_by_scenario.set(true);
        job.ended.set();
    }
    for job in jobs {
        Rc::clone(&job.over).wait().await;
    }
    None
}

/// Each branch runs beside the others; one that fails cancels them.
async fn parallel(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    site: u32,
) -> Option<FiberEnd> {
    let program = Rc::clone(&shared.program);
    let site = &program.parallels[site as usize];
    let place = fiber.place(&program);
    if let Some(reason) = branch.too_deep() {
        let blame = Blame::Error;
        let failure = Failure {
            blame,
            reason,
            place,
        };
        return raise(shared, branch, fiber, failure).await;
    }
    let limit = limits(branch, fiber);
    let all = Flag::new();
    let around = inside(shared, branch, fiber);
    let mut running = FuturesUnordered::new();
    for (number, (begins, _)) in site.branches.iter().enumerate() {
        let mut own_fiber = fiber.branch(*begins as usize);
        let under = branch.under(&(number + 1).to_string(), Rc::clone(&all));
        let before = under.enter(around);
        let shared = Rc::clone(shared);
        running.push(async move {
            let end = Box::pin(drive(&shared, &under, &mut own_fiber)).await;
            (number, own_fiber, end, under.back(before))
        });
    }
    let mut failed: Option<Failure> = None;
    let mut ended = false;
    let mut late = None;
    let mut case = None;
    while !running.is_empty() {
        let next = wait::next(
            shared,
            branch,
            &mut running,
            if late.is_some() || ended { None } else { limit },
        )
        .await;
        match next {
            wait::Next::Item((number, mut theirs, end, mut noted)) => {
                fiber.take_over(&program, &mut theirs, &site.branches[number].1);
                for scope in theirs.open_scopes() {
                    noted.extend(watches::close(shared, Some(scope), false));
                }
                note(shared, branch, fiber, noted);
                match end {
                    FiberEnd::Failed(failure) => {
                        let worse = failed.as_ref().is_none_or(|known| {
                            known.blame != Blame::Error && failure.blame == Blame::Error
                        });
                        if worse {
                            failed = Some(failure);
                        }
                        all.set();
                    }
                    FiberEnd::CaseEnded(ending) => {
                        case.get_or_insert(ending);
                        all.set();
                    }
                    FiberEnd::Ended => all.set(),
                    FiberEnd::Finished | FiberEnd::Yielded(_) => {}
                }
            }
            wait::Next::Deadline(region) => {
                late = Some(region);
                all.set();
            }
            wait::Next::Ended => {
                ended = true;
                all.set();
            }
        }
    }
    if let Some(region) = late {
        return deadline(shared, branch, fiber, region).await;
    }
    if ended || branch.ended.is_set() {
        return Some(FiberEnd::Ended);
    }
    match failed {
        Some(failure) => raise(shared, branch, fiber, failure).await,
        None if case.is_some() => case.and_then(|ending| case_ended(shared, branch, fiber, ending)),
        None if all.is_set() => {
            let reason = "a branch was ended".to_owned();
            Some(FiberEnd::Failed(Failure {
                blame: Blame::Error,
                reason,
                place,
            }))
        }
        None => None,
    }
}
