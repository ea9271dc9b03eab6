//! Where an attempt's outcome comes from: it is done, or it is recorded already.

use std::cell::RefCell;
use std::rc::Rc;

use scn_protocol::{Event, Status};

use super::Attempt;
use super::tell::started;
use crate::command::Outcome;
use crate::driver::branch::Branch;
use crate::driver::cut::{Cut, Cutter};
use crate::driver::jobs::Captured;
use crate::driver::recall::{self, TornEnd};
use crate::driver::shared::Shared;
use crate::driver::step::Ready;
use crate::platform::Left;

/// Where an attempt's outcome comes from.
pub enum Answer {
    /// It is done.
    Live,
    /// Its program runs since before, and its end is waited for.
    Attached(Left),
    /// It is recorded: how it ended and was cut short, how long it took, and whether another one followed.
    Recorded(Outcome, Option<Cut>, i64, bool),
    /// A person says that it was done.
    Assumed,
    /// It was cut short, or is.
    Cut(Cut),
}

pub async fn answer(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    ready: &Ready,
    attempt: &mut Attempt,
    captured: &Rc<RefCell<Captured>>,
    (owes, cutter): (bool, &Cutter<'_>),
) -> Answer {
    let (Some(recall), Some(step)) = (&shared.recall, attempt.recorded.clone()) else {
        return Answer::Live;
    };
    if let (Some(job), Some((pid, _))) = (&ready.job, step.process) {
        job.pid.set(Some(pid));
    }
    let cut = cutter.recorded().await;
    let mut written = Captured::default();
    if let Some((outcome, took, again)) = recall.outcome(&step, &mut written).await {
        captured.replace(written);
        // It was the scenario itself that ended it: by `kill`, of which only the outcome is given back.
        if let (Some(job), Some(end)) = (&ready.job, &step.end)
            && end.caught
            && !end.again
        {
            job.ended_by_scenario.set(true);
        }
        return Answer::Recorded(outcome, cut, took, again);
    }
    if let Some(cut) = cut {
        recall.capture(&step, &mut captured.borrow_mut());
        return Answer::Cut(cut);
    }
    let surely_not_begun = owes && !recall.owes(&step);
    match recall::torn(shared, branch, ready, &step, surely_not_begun).await {
        TornEnd::Done => {
            recall.capture(&step, &mut captured.borrow_mut());
            Answer::Assumed
        }
        TornEnd::Not => {
            recall.capture(&step, &mut captured.borrow_mut());
            Answer::Cut(cutter.cut(None).await)
        }
        TornEnd::Runs(left) => {
            recall.capture(&step, &mut captured.borrow_mut());
            Answer::Attached(left)
        }
        TornEnd::Again => {
            torn(shared, ready, attempt.step);
            attempt.step = shared.next_step();
            if let Some(job) = &ready.job {
                job.step.set(attempt.step);
                job.pid.set(None);
            }
            attempt.recorded = None;
            attempt.repeats |= !surely_not_begun;
            started(shared, branch, ready, attempt);
            Answer::Live
        }
    }
}

/// The end of an attempt was not seen.
pub fn torn(shared: &Shared, ready: &Ready, step: u64) {
    let (line, _) = shared.line(ready.place);
    shared.journal.event(Event::StepFinished {
        step,
        line,
        status: Status::Cancelled,
        exit: None,
        signal: None,
        value: serde_json::Value::Null,
        error: Some("its end was not seen: the program that ran it was gone".to_owned()),
        duration_us: 0,
        caught: true,
        again: true,
        unstarted: false,
        torn: true,
    });
}
