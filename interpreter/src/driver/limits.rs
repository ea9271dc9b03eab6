//! How far a run may go: what it is told from outside, for scenarios that nobody vouches for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use scn_protocol::{Event, Value, Verdict};

use super::shared::{Ending, Shared};
use super::signal::{Flag, breathe};
use crate::environment::LimitsDeclaration;
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
    /// How many steps, each attempt counted.
    pub steps: Option<u64>,
    /// How many bytes steps may write in all.
    pub output: Option<u64>,
    /// How many bytes a step may write.
    pub step_output: Option<u64>,
    /// How many processes there may be at a time that the run started.
    pub processes: Option<u64>,
}

impl Limits {
    /// The same, and where `declared` allows less, that.
    #[must_use]
    pub fn within(self, declared: &LimitsDeclaration) -> Self {
        let less = |own: Option<u64>, declared: Option<u64>| own.into_iter().chain(declared).min();
        Self {
            instructions: less(self.instructions, declared.instructions),
            memory: less(self.memory, declared.memory),
            steps: less(self.steps, declared.steps),
            output: less(self.output, declared.output),
            step_output: less(self.step_output, declared.step_output),
            processes: less(self.processes, declared.processes),
            ..self
        }
    }
}

/// How often processes are counted: each 100 ms, in nanoseconds.
const BETWEEN_COUNTS: i64 = 100_000_000;

/// A limit of memory beyond so many bytes is looked at now and then alone: what is made in between is bounded by the
/// instructions that a fiber runs until it stops, and by how large one value may be.
const LARGE: u64 = 256 << 20;

/// A fiber stops so often between two looks at a large limit.
const BETWEEN_LOOKS: u64 = 64;

/// What a run has used of its limits.
pub struct Meter {
    limits: Limits,
    /// An environment sets limits.
    declared: bool,
    spent: Cell<u64>,
    /// How many steps were begun.
    steps: Cell<u64>,
    /// How many bytes were written.
    output: Cell<u64>,
    /// How often its memory was asked for.
    asked: Cell<u64>,
    /// Which limit was reached. From then on each is granted once more, for `finally` and what is owed.
    reached: RefCell<Option<String>>,
    /// Happens when a limit is reached for the second time.
    pub over: Rc<Flag>,
}

impl Meter {
    /// Nothing used so far.
    pub fn new(limits: Limits, declared: bool) -> Self {
        Self {
            limits,
            declared,
            spent: Cell::new(0),
            steps: Cell::new(0),
            output: Cell::new(0),
            asked: Cell::new(0),
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

    /// That a limit was reached, and which key of the environment's `[limits]` raises it.
    fn raise(&self, limit: String, key: &str) -> String {
        match self.declared {
            true => {
                format!("{limit} was reached; `{key}` in the environment's [limits] sets another")
            }
            false => format!("{limit} was reached"),
        }
    }

    /// Which limit the fiber, or the run so far, is beyond.
    fn beyond(&self, fiber: &Fiber) -> Option<String> {
        if let Some(most) = self.limits.instructions
            && self.spent.get() > most
        {
            return Some(self.raise(format!("the limit of {most} instructions"), "instructions"));
        }
        let most = self.limits.memory?;
        self.asked.set(self.asked.get() + 1);
        if most > LARGE && !self.asked.get().is_multiple_of(BETWEEN_LOOKS) {
            return None;
        }
        let again = self.reached.borrow().is_some();
        let twice = most.saturating_mul(if again { 2 } else { 1 });
        (fiber.memory() > twice)
            .then(|| self.raise(format!("the limit of {} of memory", size(most)), "memory"))
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
            self.running.set(fiber.place(&self.program()));
            self.reached(limit);
        }
        is_beyond
    }

    /// A step begins; false if it is one too many.
    pub fn may_begin(&self) -> bool {
        let meter = &self.meter;
        meter.steps.set(meter.steps.get() + 1);
        let Some(most) = meter.limits.steps.filter(|most| meter.steps.get() > *most) else {
            return true;
        };
        self.reached(
            self.meter
                .raise(format!("the limit of {most} steps"), "steps"),
        );
        false
    }

    /// A step, which has written `before`, writes so many bytes; false if that is more than it may, and is not
    /// to be kept.
    pub fn may_write(&self, before: u64, bytes: u64) -> bool {
        let meter = &self.meter;
        let limits = &meter.limits;
        let all = meter.output.get().saturating_add(bytes);
        let of_step = before.saturating_add(bytes);
        let (what, most, key) = match (limits.step_output, limits.output) {
            (Some(most), _) if of_step > most => ("output of a step", most, "step_output"),
            (_, Some(most)) if all > most => ("output of all steps", most, "output"),
            _ => {
                meter.output.set(all);
                return true;
            }
        };
        self.reached(
            self.meter
                .raise(format!("the limit of {} for the {what}", size(most)), key),
        );
        false
    }

    /// Counts the processes of the run, and kills all when there are too many: until it is dropped.
    pub async fn count_processes(self: Rc<Self>) {
        let Some(most) = self.meter.limits.processes else {
            return;
        };
        let (clock, world) = (&self.platform.clock, &self.platform.world);
        // A run that waits for nothing is over by then, and needs no timer.
        breathe().await;
        loop {
            clock
                .sleep_until(clock.monotonic().saturating_add(BETWEEN_COUNTS))
                .await;
            let Some(count) = world.processes_beyond(most) else {
                continue;
            };
            self.reached(self.meter.raise(
                format!("the limit of {most} processes (there were {count})"),
                "processes",
            ));
            world.kill_all().await;
        }
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
        meter.steps.set(0);
        meter.output.set(0);
        meter.reached.replace(Some(limit.clone()));
        let mut ending = Ending::new(Verdict::Error, Some(limit), Some(self.running.get()));
        ending.imposed = true;
        self.end(ending);
    }
}
