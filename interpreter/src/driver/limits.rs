//! How far a run may go: what it is told from outside, for scenarios that nobody vouches for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use scn_protocol::{Event, Phase, Value, Verdict};

use super::held::Held;
use super::shared::{Ending, Shared};
use super::signal::{Flag, breathe};
use crate::environment::LimitsDeclaration;
use crate::machine::{Blame, Bounds, DEEPEST_CALL, Failure, Fiber};

/// How far a run may go. What goes beyond is an ERROR that names the limit: the scenario ends, and
/// `finally` and each thing that is owed have each limit once more, and are themselves ended beyond it. Of time all of
/// them together have as much once more; beyond that the run ends at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// About how many instructions: a loop's round counts its length, a call that of the step called,
    /// and what makes a text or a list counts its bytes by sixteen.
    pub instructions: Option<u64>,
    /// How long it may take.
    pub time: Option<Duration>,
    /// About how many bytes its values may take, each counted as often as it is held; those of all branches and
    /// jobs that go on at the same time together.
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
    /// How many bytes the values of all lines of execution take that are driven, when they were last looked at.
    held: Cell<u64>,
    /// Which limit ended the scenario.
    reached: RefCell<Option<String>>,
    /// After the scenario: what is done now, which has each limit once more.
    turn: RefCell<Turn>,
    /// How often a limit was reached.
    times: Cell<u64>,
    /// The limit of time was reached.
    is_late: Cell<bool>,
    /// Happens when the limit of time is reached for the second time.
    pub over: Rc<Flag>,
}

/// `finally`, or one thing that is owed.
#[derive(Default)]
struct Turn {
    /// What ends it.
    ends: Rc<Flag>,
    /// How many bytes the scenario's variables took as it began.
    held: u64,
    /// Which limit it has reached.
    reached: Option<String>,
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
            held: Cell::new(0),
            reached: RefCell::default(),
            turn: RefCell::default(),
            times: Cell::new(0),
            is_late: Cell::new(false),
            over: Flag::new(),
        }
    }

    /// From now on this is done, and ended by that flag: it has each limit once more, beside what the scenario's
    /// variables hold, if it sees them.
    pub fn grant(&self, ends: &Rc<Flag>, variables: Option<&Fiber>) {
        let fiber = variables.filter(|_| self.limits.memory.is_some());
        self.turn.replace(Turn {
            ends: Rc::clone(ends),
            held: fiber.map_or(0, Fiber::memory),
            reached: None,
        });
        self.forget();
    }

    /// It is ended by that flag from now on.
    pub fn ended_by(&self, ends: &Rc<Flag>) {
        self.turn.borrow_mut().ends = Rc::clone(ends);
    }

    /// What is done now is ended, and what comes after it is done.
    pub fn end_turn(&self) {
        let ends = Rc::clone(&self.turn.borrow().ends);
        ends.set();
    }

    fn forget(&self) {
        self.spent.set(0);
        self.steps.set(0);
        self.output.set(0);
    }

    /// Whether a limit has ended the scenario.
    pub fn has_ended_scenario(&self) -> bool {
        self.reached.borrow().is_some()
    }

    /// How often a limit was reached so far.
    pub fn times(&self) -> u64 {
        self.times.get()
    }

    /// How much was used so far, to be told from nothing.
    pub fn used(&self) -> (u64, u64) {
        (self.spent.get(), self.steps.get())
    }

    /// Whether the scenario itself comes to that limit again, when its record is given back: it counts what it does, and
    /// not what the world does.
    pub fn comes_again(&self, reason: &str) -> bool {
        let limits = &self.limits;
        let known = [
            limits.instructions.map(|most| self.of_instructions(most)),
            limits.memory.map(|most| self.of_memory(most)),
            limits.steps.map(|most| self.of_steps(most)),
        ];
        known.iter().flatten().any(|known| known == reason)
    }

    fn of_instructions(&self, most: u64) -> String {
        self.raise(format!("the limit of {most} instructions"), "instructions")
    }

    fn of_memory(&self, most: u64) -> String {
        self.raise(format!("the limit of {} of memory", size(most)), "memory")
    }

    fn of_steps(&self, most: u64) -> String {
        self.raise(format!("the limit of {most} steps"), "steps")
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

    /// Another line of execution is driven, until that is dropped.
    pub fn holds(&self) -> Held<'_> {
        Held::among(&self.held)
    }

    /// Which limit the fiber, which holds so much as it was looked at last, or the run so far, is beyond.
    fn beyond(&self, fiber: &Fiber, held: &Held<'_>, phase: Phase) -> Option<String> {
        if let Some(most) = self.limits.instructions
            && self.spent.get() > most
        {
            return Some(self.of_instructions(most));
        }
        let most = self.limits.memory?;
        self.asked.set(self.asked.get() + 1);
        // Where two take turns, each look of all would be at the same one.
        let is_due = held.is_due(BETWEEN_LOOKS) || self.asked.get().is_multiple_of(BETWEEN_LOOKS);
        if most > LARGE && !is_due {
            return None;
        }
        let memory = fiber.memory();
        held.now(memory.saturating_sub(fiber.inherited));
        let before = match is_after(phase) {
            true => self.turn.borrow().held,
            false => 0,
        };
        (memory > most.saturating_add(before)).then(|| self.of_memory(most))
    }

    /// Which limit all lines of execution are beyond that the scenario has.
    fn beyond_together(&self) -> Option<String> {
        let most = self.limits.memory?;
        let is_beyond = self.held.get() > most;
        let limit = || {
            format!(
                "the limit of {} of memory for all branches and jobs",
                size(most)
            )
        };
        is_beyond.then(|| self.raise(limit(), "memory"))
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

/// Whether that comes after the scenario.
fn is_after(phase: Phase) -> bool {
    matches!(phase, Phase::Finally | Phase::Undo)
}

impl Shared {
    /// Ends what the fiber belongs to if it, or the run so far, is beyond a limit; says whether it is.
    pub fn is_beyond(&self, fiber: &Fiber, held: &Held<'_>, phase: Phase) -> bool {
        let beyond = self.meter.beyond(fiber, held, phase);
        let beyond = beyond.filter(|_| self.counts());
        let is_beyond = beyond.is_some();
        if let Some(limit) = beyond {
            self.running.set(fiber.place(&self.program()));
            self.reached(limit, phase);
        } else if self.recalling().is_none()
            && !is_after(self.phase.get())
            && let Some(limit) = self.meter.beyond_together()
        {
            // What others hold at this moment is a matter of time, and comes from the record as that has it: so this
            // one ends as all others do, where it is cut short next.
            self.reached(limit, phase);
        }
        is_beyond
    }

    /// A step begins; false if it is one too many.
    pub fn may_begin(&self, phase: Phase) -> bool {
        let meter = &self.meter;
        meter.steps.set(meter.steps.get() + 1);
        let beyond = meter.limits.steps.filter(|most| meter.steps.get() > *most);
        let Some(most) = beyond.filter(|_| self.counts()) else {
            return true;
        };
        self.reached(meter.of_steps(most), phase);
        false
    }

    /// Whether a limit that the scenario comes to by itself ends anything: where a record is given back, none but those
    /// that did.
    fn counts(&self) -> bool {
        let recalling = self.recalling();
        recalling.is_none_or(|recall| recall.judges() || recall.is_limited_yet())
    }

    /// A step, which is a job of that name if it has one and has written `before`, writes so many bytes; false if that is
    /// more than it may, and is not to be kept.
    pub fn may_write(&self, job: Option<&str>, before: u64, bytes: u64, phase: Phase) -> bool {
        let meter = &self.meter;
        let limits = &meter.limits;
        let all = meter.output.get().saturating_add(bytes);
        let of_step = before.saturating_add(bytes);
        let (whose, most, key) = match (limits.step_output, limits.output) {
            (Some(most), _) if of_step > most => {
                // The line that is told is that of the step beside which the job runs.
                let whose =
                    job.map_or_else(|| "a step".to_owned(), |job| format!("the job `{job}`"));
                (whose, most, "step_output")
            }
            (_, Some(most)) if all > most => ("all steps".to_owned(), most, "output"),
            _ => {
                meter.output.set(all);
                return true;
            }
        };
        let limit = format!("the limit of {} for the output of {whose}", size(most));
        self.reached(meter.raise(limit, key), phase);
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
            let limit = format!("the limit of {most} processes (there were {count})");
            let limit = self.meter.raise(limit, "processes");
            self.reached(limit, self.phase.get());
            world.kill_all().await;
        }
    }

    /// The limit of time was reached.
    pub fn out_of_time(&self) {
        if self.meter.is_late.replace(true) {
            self.meter.over.set();
            return;
        }
        self.ends_scenario(self.out_of_time_reason());
    }

    fn out_of_time_reason(&self) -> String {
        let time = self.meter.time().map(Value::Duration).unwrap_or_default();
        format!("the limit of {time} was reached")
    }

    /// That limit was reached as the record has it.
    pub fn was_reached(&self, limit: String) {
        match limit == self.out_of_time_reason() {
            true => self.ends_scenario(limit),
            false => self.reached(limit, self.phase.get()),
        }
    }

    /// That limit was reached by something that belongs there.
    fn reached(&self, limit: String, phase: Phase) {
        match (is_after(phase), is_after(self.phase.get())) {
            (true, _) => self.ends_turn(limit),
            (false, false) => self.ends_scenario(limit),
            // A job that still runs is ended, and nothing that is done for another reason.
            (false, true) => self.ends_late(limit),
        }
    }

    /// It ends the scenario.
    fn ends_scenario(&self, limit: String) {
        let meter = &self.meter;
        if meter.has_ended_scenario() {
            return;
        }
        meter.times.set(meter.times.get() + 1);
        self.journal.event(Event::Stopped {
            reason: limit.clone(),
            limit: true,
        });
        meter.forget();
        meter.reached.replace(Some(limit.clone()));
        let mut ending = Ending::new(Verdict::Error, Some(limit), Some(self.running.get()));
        ending.imposed = true;
        self.end(ending);
    }

    /// It ends `finally`, or what is owed and done now; not what is done after it.
    fn ends_turn(&self, limit: String) {
        let meter = &self.meter;
        let mut turn = meter.turn.borrow_mut();
        if turn.reached.is_some() {
            return;
        }
        turn.reached = Some(limit.clone());
        drop(turn);
        meter.times.set(meter.times.get() + 1);
        self.journal.event(Event::Stopped {
            reason: limit,
            limit: true,
        });
        meter.end_turn();
    }

    /// Which limit has ended `finally` or what was owed, which is told: where the scenario failed before, its verdict
    /// has no word of it.
    pub fn turn_ended(&self, what: &str) -> Option<String> {
        let limit = self.meter.turn.borrow_mut().reached.take()?;
        if self.recalling().is_none() {
            self.journal.event(Event::Logged {
                step: 0,
                level: "error".to_owned(),
                message: format!("{what}: {limit}"),
            });
        }
        Some(limit)
    }

    fn ends_late(&self, reason: String) {
        let mut failures = self.undo_failures.borrow_mut();
        if failures.iter().all(|known| known.reason != reason) {
            failures.push(Failure {
                blame: Blame::Error,
                reason,
                place: self.running.get(),
            });
        }
    }
}
