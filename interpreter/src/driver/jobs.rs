//! Background jobs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

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
    /// How many bytes it has written.
    pub written: u64,
    /// It has written more than it may: no more is kept.
    pub beyond: bool,
}

/// A background job.
pub struct Job {
    /// Its name; a later job of the same name makes it unreachable by name.
    pub name: String,
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
    /// A job that has not begun.
    pub fn new(name: String) -> Rc<Self> {
        Rc::new(Self {
            name,
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
                    lost if result.lacks(&lost) => Value::Result(Arc::new(StepResult {
                        value: lost,
                        origin: result.origin,
                        ..StepResult::default()
                    })),
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
