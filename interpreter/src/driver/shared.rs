//! What all lines of execution of a run share.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_protocol::component::Component;
use scn_protocol::{Event, Phase, Value, Verdict};

use super::board::Board;
use super::jobs::Jobs;
use super::journal::Journal;
use super::limits::Meter;
use super::making::Making;
use super::owed::OwedList;
use super::recall::Recalled;
use super::signal::{Bell, Flag};
use super::watches::Watches;
use crate::debug::Debugger;
use crate::machine::Failure;
use crate::platform::Platform;
use crate::program::{Place, Program};

/// How the scenario ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// The judgement it asks for.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
    /// By which words.
    pub place: Option<Place>,
    /// It was an interrupt.
    pub interrupted: bool,
    /// A limit of the run was reached.
    pub imposed: bool,
    /// `pass` was reached.
    pub passed: bool,
    /// The line of execution whose own words ended it; none if something else did.
    pub by: Option<String>,
}

impl Ending {
    /// An ending for that reason.
    pub fn new(verdict: Verdict, reason: Option<String>, place: Option<Place>) -> Self {
        Self {
            verdict,
            reason,
            place,
            interrupted: false,
            imposed: false,
            passed: false,
            by: None,
        }
    }

    /// What a failure makes of the scenario.
    pub fn of(failure: &Failure) -> Self {
        let reason = Some(failure.reason.clone());
        Self::new(failure.verdict(), reason, Some(failure.place))
    }

    /// Whether it is the end, too, of the cases that are open in that line of execution: the words stand in
    /// them, or in a branch of them, or something from outside ended all. What a case beside
    /// them would have shown is not known.
    pub fn ends(&self, line: &str, phase: Phase) -> bool {
        if matches!(phase, Phase::Finally | Phase::Undo) {
            // It has ended before them.
            return self.interrupted || self.imposed;
        }
        let Some(by) = &self.by else {
            return true;
        };
        let branches = match by.strip_prefix(line) {
            Some(rest) if line.is_empty() => rest,
            Some("") => "",
            Some(rest) => match rest.strip_prefix('.') {
                Some(rest) => rest,
                None => return false,
            },
            None => return false,
        };
        // A job has a name and no number, and outlives the case that began it.
        let is_number = |part: &str| part.parse::<u32>().is_ok();
        branches.is_empty() || branches.split('.').all(is_number)
    }
}

/// What all lines of execution of a run share.
pub struct Shared {
    /// The program, which grows by what is typed at a prompt.
    pub growing: RefCell<Rc<Program>>,
    /// The world outside.
    pub platform: Platform,
    /// The record.
    pub journal: Journal,
    /// What is known of the system.
    pub board: RefCell<Board>,
    /// Rings when something is known anew: a report, a job's end.
    pub news: Bell,
    /// The globals' values.
    pub globals: RefCell<Vec<Value>>,
    /// What is not made yet of `[vars]` and of components' attributes, as the run begins.
    pub making: RefCell<Option<Making>>,
    /// The components.
    pub components: RefCell<HashMap<String, Rc<Component>>>,
    /// Background jobs.
    pub jobs: RefCell<Jobs>,
    /// What is owed.
    pub owed: RefCell<OwedList>,
    /// What is being watched.
    pub watches: RefCell<Watches>,
    /// Failures that were noted, and did not end the scenario.
    pub noted: RefCell<Vec<Failure>>,
    /// Failures of the scenario's own jobs after its last line: they are the scenario's as any before.
    pub late_jobs: RefCell<Vec<Failure>>,
    /// How the scenario ended, once it has.
    pub ending: RefCell<Option<Ending>>,
    /// Happens when the scenario has ended: every line of execution ends its step.
    pub over: RefCell<Rc<Flag>>,
    /// Futures that are to run beside the scenario.
    pub spawned: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
    /// Rings when there is one.
    pub spawning: Bell,
    /// The number of the last step.
    pub steps: Cell<u64>,
    /// How many steps were begun: attempts, and what a `defer` keeps for later, have numbers, too.
    pub begun: Cell<u64>,
    /// How many steps failed.
    pub failed: Cell<u64>,
    /// Which part of the run it is.
    pub phase: Cell<Phase>,
    /// The line that is running, for what a watch finds.
    pub running: Cell<Place>,
    /// The run's name.
    pub run: String,
    /// The folder in which steps work.
    pub root: PathBuf,
    /// Names of environment variables that are secrets.
    pub hidden: Vec<String>,
    /// Hosts that cannot be reached from here, and why.
    pub remote: HashMap<String, String>,
    /// The secrets, by name.
    pub secrets: RefCell<HashMap<String, Value>>,
    /// The state of `random`, where it was seeded.
    pub seed: Cell<Option<u64>>,
    /// An undo runs, which does nobody else's.
    pub undoing: Cell<bool>,
    /// What undoing has failed at.
    pub undo_failures: RefCell<Vec<Failure>>,
    /// What started the run.
    pub trigger: Value,
    /// How far it may go, and what it has used of that.
    pub meter: Meter,
    /// What `--set` gives.
    pub set: Vec<(String, String)>,
    /// The record that is given back, where an earlier program began the run.
    pub recall: Option<Recalled>,
    /// The components, until they are watched.
    pub watched: RefCell<Vec<Rc<Component>>>,
    /// What stops it, and where.
    pub debugger: Option<Rc<Debugger>>,
    /// At how many places the lines of execution of each name could have stopped.
    pub stops: RefCell<HashMap<String, u64>>,
    /// How often the lines of execution of each name could have been cut short.
    pub cuts: RefCell<HashMap<String, Rc<Cell<u64>>>>,
}

impl Shared {
    /// The program, as it is now.
    pub fn program(&self) -> Rc<Program> {
        Rc::clone(&self.growing.borrow())
    }

    /// Adds to the program: in its place where nobody else looks at it.
    pub fn grow<T>(&self, add: impl FnOnce(&mut Program) -> T) -> T {
        add(Rc::make_mut(&mut self.growing.borrow_mut()))
    }

    /// The number of the next place at which that line of execution could stop.
    pub fn next_stop(&self, branch: &str) -> u64 {
        let mut stops = self.stops.borrow_mut();
        if let Some(number) = stops.get_mut(branch) {
            *number += 1;
            return *number;
        }
        stops.insert(branch.to_owned(), 0);
        0
    }

    /// The scenario ends so, unless it has ended already; every line of execution ends its step.
    pub fn end(&self, ending: Ending) {
        let mut known = self.ending.borrow_mut();
        let from_outside = |ending: &Ending| ending.interrupted || ending.imposed;
        let worse = known
            .as_ref()
            .is_some_and(|known| from_outside(&ending) && !from_outside(known));
        if known.is_none() || worse {
            *known = Some(ending);
        }
        drop(known);
        let over = Rc::clone(&self.over.borrow());
        over.set();
    }

    /// It was interrupted: it ends its step, and does its `finally` and what is owed.
    pub fn interrupted(&self, reason: String) {
        self.ends_early(reason);
        // What is owed has a time and an end of its own, which the scenario's does not touch.
        if self.phase.get() == Phase::Undo {
            self.meter.end_turn();
        }
    }

    fn ends_early(&self, reason: String) {
        let mut ending = Ending::new(Verdict::Error, Some(reason), None);
        ending.interrupted = true;
        self.end(ending);
    }

    /// The same, as it happens.
    pub fn stopped(&self, reason: String) {
        self.tell_stopped(&reason);
        self.interrupted(reason);
    }

    /// Whoever ran it was gone: it goes no further, and of what is owed nothing is ended, that of which the end was not
    /// seen least of all.
    pub fn cut_short(&self, reason: String) {
        self.tell_stopped(&reason);
        self.ends_early(reason);
    }

    fn tell_stopped(&self, reason: &str) {
        self.journal.event(Event::Stopped {
            reason: reason.to_owned(),
            limit: false,
        });
    }

    /// The number that a recorded step had.
    pub fn step_was(&self, step: u64) -> u64 {
        self.steps.set(self.steps.get().max(step));
        step
    }

    /// What is recorded is told again, to somebody who has not seen it.
    pub fn retells(&self) -> bool {
        self.recall.as_ref().is_some_and(Recalled::judges)
    }

    /// The record that is given back, as long as it is not at its end.
    pub fn recalling(&self) -> Option<&Recalled> {
        self.recall.as_ref().filter(|recall| !recall.is_over())
    }

    /// How often lines of execution of that name could have been cut short.
    pub fn cuts_of(&self, branch: &str) -> Rc<Cell<u64>> {
        let mut cuts = self.cuts.borrow_mut();
        if let Some(known) = cuts.get(branch) {
            return Rc::clone(known);
        }
        Rc::clone(cuts.entry(branch.to_owned()).or_default())
    }

    /// A failure is noted, and the scenario goes on.
    pub fn note(&self, failure: Failure) {
        self.noted.borrow_mut().push(failure);
    }

    /// Runs a future beside the scenario.
    pub fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        self.spawned.borrow_mut().push(future);
        self.spawning.ring();
    }

    /// The number of a new step.
    pub fn next_step(&self) -> u64 {
        self.steps.set(self.steps.get() + 1);
        self.steps.get()
    }

    /// The line of a place, in its file, and that file where it is not the scenario's own.
    pub fn line(&self, place: Place) -> (u32, Option<String>) {
        let program = self.program();
        let own = program.files.first().map(|file| &file.path);
        let file = (place.file != 0)
            .then(|| program.files.get(place.file as usize))
            .flatten()
            // What is typed at the prompt of a session is its scenario.
            .filter(|file| Some(&file.path) != own);
        (program.line(place), file.map(|file| file.path.clone()))
    }

    /// The same, for a person.
    pub fn stands(&self, place: Place) -> String {
        match self.line(place) {
            (line, None) => format!("line {line}"),
            (line, Some(file)) => format!("line {line} of {file}"),
        }
    }

    /// The component of that name.
    pub fn component(&self, name: &str) -> Option<Rc<Component>> {
        self.components.borrow().get(name).cloned()
    }

    /// The members of a family, in order.
    pub fn family(&self, name: &str) -> Vec<Rc<Component>> {
        let program = self.program();
        let plan = program.components.iter().find(|plan| plan.name == name);
        let keys = plan
            .and_then(|plan| plan.each.as_ref())
            .map(Vec::as_slice)
            .unwrap_or_default();
        keys.iter()
            .filter_map(|key| self.component(&format!("{name}[{}]", key.to_text())))
            .collect()
    }
}
