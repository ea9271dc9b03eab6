//! Background jobs: begun, awaited, cancelled.

use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use scn_protocol::{Phase, Value};

use super::branch::Branch;
use super::drive::{FiberEnd, deadline, erred, limits, raise};
use super::jobs::Job;
use super::shared::{Ending, Shared};
use super::step::{self, Asked, StepEnd};
use super::undo::{self, Owed, What};
use super::wait;
use crate::machine::{Blame, Failure, Fiber};

/// Starts a job; gives its handle.
pub fn background(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    site: u32,
    values: Vec<Value>,
) -> Result<Value, String> {
    let asked = &shared.program().steps[site as usize];
    let wanted = asked.target.as_deref().unwrap_or(&asked.name);
    let job = shared.jobs.borrow_mut().begin(wanted);
    let name = job.name.clone();
    let owed = Owed {
        deferred: false,
        step: 0,
        what: What::Job(Rc::clone(&job)),
    };
    let owed = shared.owed.borrow_mut().push(&shared.program(), owed);
    let own = branch.under(shared, &name, Rc::clone(&job.ended));
    let future = run_job(
        Rc::clone(shared),
        own,
        (Rc::clone(&job), owed),
        site,
        values,
    );
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
    (job, owed): (Rc<Job>, u64),
    site: u32,
    values: Vec<Value>,
) -> LocalBoxFuture<'static, ()> {
    async move {
        let program = shared.program();
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
        shared.jobs.borrow_mut().over(&job);
        shared.owed.borrow_mut().take(&shared.program(), owed);
        shared.news.ring();
        if let Some(failure) = failure
            && !job.ended_by_scenario.get()
            && !job.expected.get()
        {
            let reason = format!("background job {}: {}", job.name, failure.reason);
            ended_badly(&shared, branch.phase, Failure { reason, ..failure });
        }
    }
    .boxed_local()
}

/// A job has failed that nobody waited for: that ends a scenario, and is told in a session.
fn ended_badly(shared: &Rc<Shared>, of: Phase, failure: Failure) {
    let is_before_end = matches!(shared.phase.get(), Phase::Setup | Phase::Scenario);
    let session = shared.debugger.as_ref().filter(|known| known.is_session());
    match (session, of) {
        (Some(debugger), _) if is_before_end => {
            debugger.notice(&shared.journal.masked(&failure.reason));
            shared.note(failure);
        }
        (None, _) if is_before_end => shared.end(Ending::of(&failure)),
        (_, Phase::Setup | Phase::Scenario) => shared.late_jobs.borrow_mut().push(failure),
        _ => shared.undo_failures.borrow_mut().push(failure),
    }
}

fn job_of(shared: &Shared, value: &Value) -> Option<Rc<Job>> {
    let Value::Handle(handle) = value else {
        return None;
    };
    shared.jobs.borrow().named(&handle.name).cloned()
}

fn not_begun(name: &str) -> String {
    format!("`{name}` is no background job that was begun")
}

pub async fn await_jobs(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    site: u32,
) -> Option<FiberEnd> {
    let program = shared.program();
    let site = &program.jobs[site as usize];
    let place = fiber.place(&program);
    let timeout = site.timeout.then(|| fiber.pushed.pop()).flatten();
    let timeout = match timeout
        .map(|value| crate::machine::duration(&value))
        .transpose()
    {
        Ok(timeout) => timeout,
        Err(reason) => {
            return erred(shared, branch, fiber, reason, place).await;
        }
    };
    let until = timeout.map(|timeout| shared.platform.clock.monotonic().saturating_add(timeout));
    let mut failed = None;
    for (name, slot) in &site.names {
        // Awaited before, the name is the result already.
        let newest = || shared.jobs.borrow().newest(name).cloned();
        let known = job_of(shared, fiber.variable(*slot)).or_else(newest);
        let Some(job) = known else {
            return erred(shared, branch, fiber, not_begun(name), place).await;
        };
        job.expected.set(true);
        if job.running() && shared.recalling().is_none() {
            let left = until.map(|until| until.saturating_sub(shared.platform.clock.monotonic()));
            wait::waits(shared, branch, place, format!("await {name}"), left);
        }
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

pub async fn cancel_jobs(shared: &Rc<Shared>, fiber: &mut Fiber, site: u32) -> Option<FiberEnd> {
    let program = shared.program();
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
