//! A line of execution, as the run knows it: its name, its time limit, what ends it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use scn_protocol::Phase;

use super::shared::Shared;
use super::signal::Flag;
use crate::machine::{Failure, Inside};

/// How deep lines of execution may be nested.
const DEEPEST: usize = 100;

/// What there is around a fiber, and what was noted for it.
#[derive(Debug, Default)]
pub struct Around {
    inside: Inside,
    noted: Vec<Failure>,
}

/// A line of execution.
pub struct Branch {
    /// Its path, such as `2` or `2.1`; a job's name; empty for the scenario itself.
    pub name: String,
    /// The same as the record has it, secrets masked.
    pub recorded: String,
    /// Which part of the run it belongs to.
    pub phase: Phase,
    /// Happens when it is to end what it does.
    pub ended: Rc<Flag>,
    /// When the step before the current statement began: nanoseconds since 1970 in UTC.
    pub previous_step: Cell<i64>,
    limit: Cell<Option<(i64, &'static str)>>,
    /// How many lines of execution it is nested in.
    depth: usize,
    around: RefCell<Around>,
    /// Shared with those that take its place for a while.
    place: Rc<Cell<u64>>,
    /// How often it could have been cut short so far; shared by all lines of execution of its name.
    cuts: Rc<Cell<u64>>,
    /// It makes another attempt of which the record that is judged has nothing.
    pub goes_beyond: Cell<bool>,
}

/// What the record has for the name of a line of execution.
fn recorded(shared: &Shared, name: &str) -> String {
    let masked = shared.journal.masked(name);
    let recall = shared.recall.as_ref();
    let known = recall.and_then(|recall| recall.masked_branch(&masked));
    known.unwrap_or(masked)
}

impl Branch {
    /// A line of execution of that name, which begins now.
    pub fn new(
        shared: &Shared,
        name: String,
        phase: Phase,
        ended: Rc<Flag>,
        now: i64,
        limit: Option<(i64, &'static str)>,
    ) -> Rc<Self> {
        Rc::new(Self {
            cuts: shared.cuts_of(&name),
            recorded: recorded(shared, &name),
            name,
            phase,
            ended,
            previous_step: Cell::new(now),
            limit: Cell::new(limit),
            depth: 0,
            around: RefCell::default(),
            place: Rc::default(),
            goes_beyond: Cell::default(),
        })
    }

    /// What is worked out at once, beside all lines of execution: nothing in it can be cut short.
    pub fn aside(now: i64) -> Rc<Self> {
        Rc::new(Self {
            cuts: Rc::default(),
            name: String::new(),
            recorded: String::new(),
            phase: Phase::Scenario,
            ended: Flag::new(),
            previous_step: Cell::new(now),
            limit: Cell::default(),
            depth: 0,
            around: RefCell::default(),
            place: Rc::default(),
            goes_beyond: Cell::default(),
        })
    }

    /// One that runs beside this one, under it.
    pub fn under(&self, shared: &Shared, name: &str, ended: Rc<Flag>) -> Rc<Self> {
        let name = if self.name.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.name)
        };
        Rc::new(Self {
            cuts: shared.cuts_of(&name),
            recorded: recorded(shared, &name),
            name,
            phase: self.phase,
            ended,
            previous_step: self.previous_step.clone(),
            limit: self.limit.clone(),
            depth: self.depth + 1,
            around: RefCell::default(),
            place: Rc::default(),
            goes_beyond: Cell::default(),
        })
    }

    /// Why nothing may be nested in it any more, if so: each is driven inside of the one around it.
    pub fn too_deep(&self) -> Option<String> {
        (self.depth >= DEEPEST).then(|| {
            format!("branches, jobs and steps named by a value are nested more than {DEEPEST} deep")
        })
    }

    /// The same line of execution, until something of its own happens: one attempt of a step of the
    /// scenario's own. [`Branch::is_after`] goes on after it.
    pub fn until(&self, ended: Rc<Flag>) -> Rc<Self> {
        let inside = self.inside();
        Rc::new(Self {
            name: self.name.clone(),
            recorded: self.recorded.clone(),
            phase: self.phase,
            ended,
            previous_step: self.previous_step.clone(),
            limit: self.limit.clone(),
            depth: self.depth + 1,
            around: RefCell::new(Around {
                inside,
                noted: Vec::new(),
            }),
            place: Rc::clone(&self.place),
            cuts: Rc::clone(&self.cuts),
            goes_beyond: Cell::default(),
        })
    }

    /// The same line of execution while what was typed at a pause of it runs, which has time.
    pub fn typed(&self, ended: Rc<Flag>) -> Rc<Self> {
        let typed = self.until(ended);
        typed.limit.set(None);
        typed
    }

    /// When everything in it must be over, on the monotonic clock, and what limit that is.
    pub fn limit(&self) -> Option<(i64, &'static str)> {
        self.limit.get()
    }

    /// It was paused for so long, in nanoseconds: its limit comes later by that.
    pub fn stood_still(&self, time: i64) {
        let later = |(at, what): (i64, &'static str)| (at.saturating_add(time), what);
        self.limit.set(self.limit.get().map(later));
    }

    /// How many lines of execution it is nested in.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Goes on after what took its place for a while.
    pub fn is_after(&self, shared: &Shared, under: &Self) {
        self.previous_step.set(under.previous_step.get());
        for failure in under.back(Around::default()) {
            self.note(shared, failure);
        }
    }

    /// A failure is noted: by the scenario, or by what is around this line of execution, which asks
    /// for it with [`Branch::back`].
    pub fn note(&self, shared: &Shared, failure: Failure) {
        if self.inside().judged {
            self.around.borrow_mut().noted.push(failure);
        } else {
            shared.note(failure);
        }
    }

    /// What there is around the fiber that it runs, outside of it.
    pub fn inside(&self) -> Inside {
        self.around.borrow().inside
    }

    /// A fiber begins with that around it; gives what was around the one before.
    pub fn enter(&self, inside: Inside) -> Around {
        let noted = Vec::new();
        self.around.replace(Around { inside, noted })
    }

    /// That fiber has ended; gives what was noted for what is around it.
    pub fn back(&self, before: Around) -> Vec<Failure> {
        self.around.replace(before).noted
    }

    /// The number of the next place at which it can be cut short.
    pub fn next_cut(&self) -> u64 {
        let number = self.cuts.get();
        self.cuts.set(number + 1);
        number
    }

    /// The place of the next effect: how many this line of execution had before.
    pub fn next_place(&self) -> u64 {
        let place = self.place.get();
        self.place.set(place + 1);
        place
    }
}
