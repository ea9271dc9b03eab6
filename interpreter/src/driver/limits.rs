//! How far a run may go: what it is told from outside, for scenarios that nobody vouches for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use scn_protocol::{Event, Value, Verdict};

use super::shared::{Ending, Shared};
use super::signal::Flag;
use crate::machine::{Bounds, DEEPEST_CALL, Fiber};

/// How far a run may go. What goes beyond is an ERROR that names the limit: the scenario ends, and
/// `finally` and what is owed have each limit once more; beyond that the run ends at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// About how many instructions: a loop's round counts its length, a call that of the step called,
    /// and what makes a text or a list counts its bytes by sixteen.
    pub instructions: Option<u64>,
    /// How long it may take.
    pub time: Option<Duration>,
    /// About how many bytes its values may take, each counted as often as it is held.
    pub memory: Option<u64>,
    /// How deep steps may call each other; 10,000 where nothing less is said.
    pub depth: Option<usize>,
}

/// What a run has used of its limits.
pub struct Meter {
    limits: Limits,
    spent: Cell<u64>,
    /// Which limit was reached. From then on each is granted once more, for `finally` and what is owed.
    reached: RefCell<Option<String>>,
    /// Happens when a limit is reached for the second time.
    pub over: Rc<Flag>,
}

impl Meter {
    /// Nothing used so far.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            spent: Cell::new(0),
            reached: RefCell::default(),
            over: Flag::new(),
        }
    }

    /// How far a fiber may go.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            depth: self.limits.depth.unwrap_or(DEEPEST_CALL).min(DEEPEST_CALL),
            value: self.limits.memory.unwrap_or(u64::MAX),
        }
    }

    /// So many instructions were run.
    pub fn spend(&self, instructions: u64) {
        self.spent
            .set(self.spent.get().saturating_add(instructions));
    }

    /// How long the run may take, in nanoseconds.
    pub fn time(&self) -> Option<i64> {
        let time = self.limits.time?;
        Some(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
    }

    /// Which limit the fiber, or the run so far, is beyond.
    fn beyond(&self, fiber: &Fiber) -> Option<String> {
        if let Some(most) = self.limits.instructions
            && self.spent.get() > most
        {
            return Some(format!("the limit of {most} instructions was reached"));
        }
        let most = self.limits.memory?;
        let again = self.reached.borrow().is_some();
        let twice = most.saturating_mul(if again { 2 } else { 1 });
        (fiber.memory() > twice)
            .then(|| format!("the limit of {} of memory was reached", size(most)))
    }

    /// Why the run had to end at once.
    pub fn reached_again(&self) -> String {
        format!(
            "{}, and again before `finally` and what is owed were done",
            self.reached.borrow().as_deref().unwrap_or_default()
        )
    }
}

fn size(bytes: u64) -> String {
    Value::Size(i64::try_from(bytes).unwrap_or(i64::MAX)).to_string()
}

impl Shared {
    /// Ends the scenario if the fiber, or the run so far, is beyond a limit; says whether it is.
    pub fn is_beyond(&self, fiber: &Fiber) -> bool {
        let beyond = self.meter.beyond(fiber);
        let is_beyond = beyond.is_some();
        if let Some(limit) = beyond {
            self.reached(limit);
        }
        is_beyond
    }

    /// The limit of time was reached.
    pub fn out_of_time(&self) {
        let time = self.meter.time().map(Value::Duration).unwrap_or_default();
        self.reached(format!("the limit of {time} was reached"));
    }

    /// That limit was reached.
    pub fn reached(&self, limit: String) {
        let meter = &self.meter;
        if meter.reached.borrow().is_some() {
            meter.over.set();
            return;
        }
        self.journal.event(Event::Stopped {
            reason: limit.clone(),
            limit: true,
        });
        meter.spent.set(0);
        meter.reached.replace(Some(limit.clone()));
        let mut ending = Ending::new(Verdict::Error, Some(limit), Some(self.running.get()));
        ending.imposed = true;
        self.end(ending);
    }
}
