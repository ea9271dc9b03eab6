//! What is told of an attempt: before it is done, and after.

use std::rc::Rc;

use scn_protocol::{Event, Status, StepResult, Value, json};

use super::{Attempt, Failing};
use crate::driver::branch::Branch;
use crate::driver::jobs::Job;
use crate::driver::plan;
use crate::driver::shared::Shared;
use crate::driver::step::Ready;
use crate::machine::Blame;

pub fn started(shared: &Shared, branch: &Branch, ready: &Ready, attempt: &Attempt) {
    if attempt.recorded.is_some() && !shared.retells() {
        return;
    }
    let (line, file) = shared.line(ready.place);
    shared.journal.event(Event::StepStarted {
        step: attempt.step,
        line,
        command: ready.shown.clone(),
        does: ready.planned.does(),
        host: plan::host_of(shared, &ready.on()),
        attempt: attempt.number,
        phase: branch.phase,
        branch: branch.name.clone(),
        place: attempt.place,
        file,
    });
}

pub fn finished(
    shared: &Shared,
    branch: &Branch,
    ready: &Ready,
    attempt: &Attempt,
    (result, failing): &(StepResult, Option<Failing>),
    again: bool,
    is_new: bool,
) {
    let step = attempt.step;
    let (line, _) = shared.line(ready.place);
    let cancelled = result.error.as_deref() == Some("cancelled");
    let status = match failing {
        None => Status::Pass,
        Some(_) if result.timed_out => Status::Timeout,
        Some(_) if cancelled => Status::Cancelled,
        Some(Failing::System) => Status::Fail,
        Some(_) => Status::Error,
    };
    // Of a step with several attempts the last one counts.
    if failing.is_some() && !again {
        shared.failed.set(shared.failed.get() + 1);
    }
    if !is_new && !shared.retells() {
        return;
    }
    if result.cut && is_new {
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
        caught: failing.is_some_and(|failing| again || is_caught(shared, branch, ready, failing)),
        again,
        unstarted: *failing == Some(Failing::NotStarted),
        torn: false,
    });
}

/// Whether such a failure is no failure of the scenario's: what stands before the step takes care of it, or
/// something around it.
fn is_caught(shared: &Shared, branch: &Branch, ready: &Ready, failing: Failing) -> bool {
    let blame = match failing {
        Failing::System => Blame::System,
        _ => Blame::Error,
    };
    let now = || shared.platform.clock.monotonic();
    let meant = |job: &Rc<Job>| job.ended_by_scenario.get();
    ready.job.as_ref().is_some_and(meant)
        || ready.catches(failing)
        || branch.inside().catches.takes(blame, now())
}

/// So long a text is not repeated in the journal where the step's output is there already.
pub const REPEATED: usize = 4096;

/// A result's value as the journal has it: what the output events hold is referred to.
pub fn recorded(result: &StepResult) -> serde_json::Value {
    match &result.value {
        Value::Text(text) if text.len() > REPEATED => serde_json::json!({ "$output": "stdout" }),
        Value::Bytes(bytes) if bytes.len() > REPEATED => serde_json::json!({ "$output": "stdout" }),
        value => json::tagged(value, false),
    }
}

pub fn recorded_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Result(result) => recorded(result),
        value => json::tagged(value, false),
    }
}
