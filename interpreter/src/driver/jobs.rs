//! Background jobs.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use scn_protocol::result::Gone;
use scn_protocol::{StepResult, Value};

use super::signal::Flag;
use crate::machine::Failure;

/// What a step has written so far, up to what a value holds.
#[derive(Debug, Default)]
pub struct Captured {
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
    /// More was written than a value holds.
    pub cut: bool,
    /// The record of it has not all any more.
    pub gone: Gone,
    /// How many bytes it has written.
    pub written: u64,
    /// It has written more than it may: no more is kept.
    pub beyond: bool,
}

/// The background jobs of a run: to begin one, and to ask for one by its name, takes as long however many there
/// are.
#[derive(Default)]
pub struct Jobs {
    /// In the order in which they were begun.
    all: Vec<Rc<Job>>,
    /// By their names, the newest of each.
    by_name: HashMap<String, Rc<Job>>,
    /// By the names that were asked for.
    wanted: HashMap<String, Namesakes>,
}

/// The jobs for which one name was asked for: the first is called so, and the others `NAME#2` and so on; who has ended
/// makes room for the next.
struct Namesakes {
    newest: Rc<Job>,
    /// The highest number that was given.
    highest: u64,
    /// The numbers up to that which no running job has.
    free: BTreeSet<u64>,
}

impl Jobs {
    /// A job that has not begun, of that name or the next one like it that is free.
    pub fn begin(&mut self, wanted: &str) -> Rc<Job> {
        let namesakes = self.wanted.get_mut(wanted);
        let number = namesakes.map_or(1, |known| {
            known.free.pop_first().unwrap_or(known.highest + 1)
        });
        let job = Job::new(wanted, number);
        match self.wanted.get_mut(wanted) {
            Some(known) => {
                known.newest = Rc::clone(&job);
                known.highest = known.highest.max(number);
            }
            None => {
                let known = Namesakes {
                    newest: Rc::clone(&job),
                    highest: number,
                    free: BTreeSet::new(),
                };
                self.wanted.insert(wanted.to_owned(), known);
            }
        }
        self.by_name.insert(job.name.clone(), Rc::clone(&job));
        self.all.push(Rc::clone(&job));
        job
    }

    /// That job is over: its name is free.
    pub fn over(&mut self, job: &Rc<Job>) {
        let is_it = |known: &Rc<Job>| Rc::ptr_eq(known, job);
        // Not one of another row, that was forgotten.
        if self.by_name.get(&job.name).is_some_and(is_it)
            && let Some(known) = self.wanted.get_mut(&job.wanted)
        {
            known.free.insert(job.number);
        }
    }

    /// The newest of that very name.
    pub fn named(&self, name: &str) -> Option<&Rc<Job>> {
        self.by_name.get(name)
    }

    /// The newest for which that name was asked for.
    pub fn newest(&self, wanted: &str) -> Option<&Rc<Job>> {
        self.wanted.get(wanted).map(|known| &known.newest)
    }

    /// Those that run, in the order in which they were begun.
    pub fn running(&self) -> impl Iterator<Item = &Rc<Job>> {
        self.all.iter().filter(|job| job.running())
    }
}

/// A background job.
pub struct Job {
    /// Its name; a later job of the same name makes it unreachable by name.
    pub name: String,
    /// The name that was asked for.
    wanted: String,
    /// Which of that name it is, from 1.
    number: u64,
    /// The number of its step.
    pub step: Cell<u64>,
    /// The step since which its undo is owed.
    pub owes: Cell<Option<u64>>,
    /// Its process.
    pub pid: Cell<Option<u32>>,
    /// What it has written.
    pub captured: Rc<RefCell<Captured>>,
    /// Happens when it is to end.
    pub ended: Rc<Flag>,
    /// Happens when it is over.
    pub over: Rc<Flag>,
    /// What it gave, once it is over: the result, and a failure that is nobody's yet.
    pub outcome: RefCell<Option<(Value, Option<Failure>)>>,
    /// The result of its step, once that is over, also of one that failed.
    pub result: RefCell<Option<Value>>,
    /// The scenario itself ends it, or waits for it: its end is no failure of the scenario's.
    pub expected: Cell<bool>,
    /// The scenario itself ended it.
    pub ended_by_scenario: Cell<bool>,
}

impl Job {
    fn new(wanted: &str, number: u64) -> Rc<Self> {
        Rc::new(Self {
            name: match number {
                1 => wanted.to_owned(),
                _ => format!("{wanted}#{number}"),
            },
            wanted: wanted.to_owned(),
            number,
            step: Cell::new(0),
            owes: Cell::new(None),
            pid: Cell::new(None),
            captured: Rc::default(),
            ended: Flag::new(),
            over: Flag::new(),
            outcome: RefCell::new(None),
            result: RefCell::new(None),
            expected: Cell::new(false),
            ended_by_scenario: Cell::new(false),
        })
    }

    /// Whether it still runs.
    pub fn running(&self) -> bool {
        !self.over.is_set()
    }

    /// A live field; once it is over, a field of its result.
    pub fn field(&self, name: &str) -> Value {
        match name {
            "running" => Value::Bool(self.running()),
            "pid" => self
                .pid
                .get()
                .filter(|_| self.running())
                .map_or(Value::None, |pid| Value::Int(i64::from(pid))),
            "name" => Value::from(self.name.as_str()),
            _ => match &*self.outcome.borrow() {
                Some((Value::Result(result), _)) => match result.field(name) {
                    // Whoever uses it is told that it is not there.
                    lost if result.lacks_field(name, &lost) => {
                        Value::Result(Arc::new(StepResult {
                            value: lost,
                            origin: result.origin,
                            ..StepResult::default()
                        }))
                    }
                    found => found,
                },
                Some((value, _)) => crate::ops::field(value, name).unwrap_or_default(),
                None => {
                    let captured = self.captured.borrow();
                    let live = StepResult {
                        stdout: captured.stdout.clone().into(),
                        stderr: captured.stderr.clone().into(),
                        ..StepResult::default()
                    };
                    match name {
                        "stdout" | "stderr" => live.field(name),
                        _ => Value::None,
                    }
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_ended_makes_room_for_the_next_of_its_name() {
        let mut jobs = Jobs::default();
        let begun: Vec<_> = (0..4).map(|_| jobs.begin("load")).collect();
        let other = jobs.begin("other");
        for job in [&begun[2], &begun[0]] {
            job.over.set();
            jobs.over(job);
        }
        let more: Vec<_> = (0..3).map(|_| jobs.begin("load").name.clone()).collect();
        assert_eq!(more, ["load", "load#3", "load#5"]);
        assert_eq!(other.name, "other");
        let newest = jobs.newest("load").map(|job| job.name.as_str());
        assert_eq!(newest, Some("load#5"));
        let named = jobs.named("load").map(|job| job.running());
        assert_eq!(named, Some(true));
        assert_eq!(jobs.running().count(), 6);
    }

    /// With a look at all others for each name that is tried this takes days.
    #[test]
    fn a_hundred_thousand_of_one_name_are_named() {
        let mut jobs = Jobs::default();
        for round in 1..=2 {
            for number in 1..=100_000 {
                assert_eq!(jobs.begin("load").number, number, "round {round}");
            }
            let running: Vec<_> = jobs.running().cloned().collect();
            assert_eq!(running.len(), 100_000);
            for job in running {
                job.over.set();
                jobs.over(&job);
            }
        }
    }
}
