//! A run is its journal. What is recorded of a run whose program is gone is given back to the same
//! scenario, effect by effect and in the order in which it came, without anything being done; where the
//! record ends the scenario is where it was, with its variables, branches, jobs and watches.
//!
//! From there the run goes on (`resume`), or ends with its `finally` and what is owed (`cleanup`); or the
//! scenario was only to judge what is recorded (`replay`).

mod clock;
mod conduct;
mod effects;
mod heard;
mod masked;
mod pauses;
mod record;
mod step;
mod written;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::select;
use scn_protocol::{Line, Purpose};

pub use self::clock::RecallClock;
pub use self::conduct::{conduct, lacking, undo_by_record};
use self::heard::Heard;
use self::masked::is_branch;
use self::pauses::Pauses;
use self::record::Recorded;
pub use self::record::{Entered, Step, Waited, made};
pub use self::step::{Begun, TornEnd, assumed, attached, begin, holds_mask, tell_undone, torn};
use super::cut::Cut;
use super::signal::Flag;
use crate::environment::Environment;

/// What is recorded of a run, to be given back.
#[derive(Clone)]
pub struct Recall {
    /// What for.
    pub purpose: Purpose,
    /// What becomes of a step of which the end was not seen.
    pub assume: Assume,
    /// The journal's lines, in their order.
    pub lines: Vec<Line>,
    /// Reads a file of the run's folder, up to so many bytes.
    pub output: Rc<ReadOutput>,
}

/// Reads a file of the run's folder by its name, up to so many bytes.
pub type ReadOutput = dyn Fn(&str, usize) -> io::Result<Vec<u8>>;

/// Asks a person what became of a step; none where nobody knows.
pub type Ask = dyn Fn(&Torn) -> Option<Done>;

/// What becomes of a step that was begun and of which the end was not seen, unless its command may be
/// repeated.
#[derive(Clone)]
pub enum Assume {
    /// It was done, and passed.
    Done,
    /// It was not done: it is done now.
    NotDone,
    /// A person says so. None: the run cannot go on.
    Ask(Rc<Ask>),
}

/// Whether a step was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was done, and passed.
    Yes,
    /// It was not done: it is done now.
    No,
}

/// A step that was begun, and of which the end was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// Its line.
    pub line: u32,
    /// Its words, secrets masked.
    pub words: Vec<String>,
    /// What it wrote to standard output before, as far as a value holds it.
    pub stdout: Vec<u8>,
    /// Its result is kept, and nobody knows it: that it was done is not enough to go on.
    pub keeps: bool,
}

/// A record that is given back.
pub struct Recalled {
    /// What for.
    pub purpose: Purpose,
    /// The time that it has come to.
    pub clock: RecallClock,
    assume: Assume,
    output: Rc<ReadOutput>,
    recorded: RefCell<Recorded>,
    /// Everything up to that event was given back.
    reached: Cell<u64>,
    /// Answers that nobody has taken yet.
    untaken: RefCell<HashSet<u64>>,
    /// Who waits for that, by the number of an event.
    reaching: RefCell<BTreeMap<u64, Rc<Flag>>>,
    /// Who lets time pass, and goes on when the record has come to the end of it.
    pauses: Pauses,
    /// How much has happened, to be told from nothing.
    activity: Cell<u64>,
    /// Why scenario and record do not go together.
    parted: RefCell<Option<String>>,
    /// It happens when they are found not to.
    pub parting: Rc<Flag>,
    /// Happens when the record is at its end.
    live: Rc<Flag>,
    /// Values that held secrets, which the record does not have.
    masked: RefCell<Vec<String>>,
    /// Steps of the record that were passed over lately: the scenario that is judged does not do them.
    passed: RefCell<Vec<Rc<Step>>>,
    /// When it went on, on the run's clock: what happened between the record's end and that was seen by nobody.
    went_on: Cell<Option<i64>>,
    /// What was heard all the same.
    heard: RefCell<Heard>,
    /// How often a limit was reached.
    limits: u64,
    /// How many of them were given back.
    limits_given: Cell<u64>,
}

/// Why what was not seen cannot be said not to have happened.
pub const UNWATCHED: &str = "nobody watched while the program that ran it was gone";

impl Recalled {
    /// What is to be given back, and the clock for it in place of that one.
    pub fn new(
        recall: Recall,
        real: &Rc<dyn crate::platform::Clock>,
        environment: Option<&Environment>,
    ) -> Self {
        let judging = recall.purpose == Purpose::Replay;
        let recorded = record::read(recall.lines, judging);
        let live = Flag::new();
        let clock = RecallClock::new(Rc::clone(real), recorded.began, Rc::clone(&live), judging);
        let answers = recorded.inputs.iter();
        let answers = answers.filter(|(_, _, input)| matches!(input, record::Input::Answer));
        let untaken = answers.map(|(seq, _, _)| *seq).collect();
        let is_limit = |input: &record::Input| matches!(input, record::Input::Stopped(_, true));
        let inputs = recorded.inputs.iter();
        let limits = inputs.filter(|(_, _, input)| is_limit(input)).count() as u64;
        Self {
            purpose: recall.purpose,
            clock,
            assume: recall.assume,
            output: recall.output,
            recorded: RefCell::new(recorded),
            reached: Cell::new(0),
            untaken: RefCell::new(untaken),
            reaching: RefCell::default(),
            pauses: Pauses::default(),
            activity: Cell::new(0),
            parted: RefCell::default(),
            parting: Flag::new(),
            live,
            masked: RefCell::default(),
            passed: RefCell::default(),
            went_on: Cell::new(None),
            heard: RefCell::new(Heard::new(environment)),
            limits,
            limits_given: Cell::new(0),
        }
    }

    /// Whether there was a time since that moment in which nobody watched.
    pub fn is_unwatched_since(&self, moment: i64) -> bool {
        self.went_on.get().is_some_and(|went_on| moment <= went_on)
    }

    /// Whether the record is at its end.
    pub fn is_over(&self) -> bool {
        self.live.is_set()
    }

    /// Whether the record has a limit that was reached and was not given back yet.
    pub fn is_limited_yet(&self) -> bool {
        self.limits_given.get() < self.limits
    }

    /// Completes when the record is at its end.
    pub async fn live(&self) {
        Rc::clone(&self.live).wait().await;
    }

    /// Something goes on.
    pub fn stir(&self) {
        self.activity.set(self.activity.get() + 1);
    }

    /// It is judged again, touching nothing.
    pub fn judges(&self) -> bool {
        self.purpose == Purpose::Replay
    }

    /// `finally` and what is owed are done, and nothing else.
    pub fn cleans_up(&self) -> bool {
        self.purpose == Purpose::Cleanup
    }

    /// Why scenario and record do not go together, if so.
    pub fn why_parted(&self) -> Option<String> {
        self.parted.borrow().clone()
    }

    fn part(&self, mut reason: String) {
        // Another scenario may be judged; this one is the same, so that what is not there any more may be why.
        if let Some(lost) = self.masked.borrow().first()
            && !self.judges()
        {
            reason.push_str(&format!("; {}", written::not_there(lost)));
        }
        self.parted.borrow_mut().get_or_insert(reason);
        self.parting.set();
    }

    /// The events that the program makes itself, as often as they are recorded.
    pub fn made(&self) -> std::collections::HashMap<String, usize> {
        std::mem::take(&mut self.recorded.borrow_mut().made)
    }

    /// Whether the record says what became of the watch of that number in its branch, for the expression.
    pub fn decides(&self, branch: &str, watch: u64, expression: Option<&str>) -> bool {
        if !self.judges() {
            return true;
        }
        let recorded = self.recorded.borrow();
        let of_branch = recorded.watches.get(branch);
        let known = of_branch.and_then(|watches| watches.get(&watch));
        known.is_some_and(|(known, _)| expression.is_none_or(|expression| known == expression))
    }

    /// What was said of the watch of that number in its branch, for the expression, if it could not be judged.
    pub fn unjudged(&self, branch: &str, watch: u64, expression: &str) -> Option<String> {
        let recorded = self.recorded.borrow();
        let (known, unjudged) = recorded.watches.get(branch)?.get(&watch)?;
        unjudged.clone().filter(|_| known == expression)
    }

    /// Everything up to that event is given back.
    fn reached(&self, seq: u64) {
        self.reached.set(seq);
        let mut reaching = self.reaching.borrow_mut();
        let later = match seq.checked_add(1) {
            Some(next) => reaching.split_off(&next),
            None => BTreeMap::new(),
        };
        for flag in std::mem::replace(&mut *reaching, later).into_values() {
            flag.set();
        }
    }

    /// Completes when everything up to that event was given back; it is taken.
    async fn reach(&self, seq: u64) {
        if self.reached.get() < seq {
            let flag = Rc::clone(self.reaching.borrow_mut().entry(seq).or_default());
            flag.wait().await;
        }
        self.untaken.borrow_mut().remove(&seq);
        self.stir();
    }

    /// Nothing is done until that moment, on the run's clock: whether that time passed in the record. If not, the
    /// record is at its end, and time is to pass.
    pub async fn paused(&self, branch: &str, at: i64) -> bool {
        if self.judges() {
            return true;
        }
        let over = self.pauses.begin(at, self.went_on(branch));
        select(pin!(over.wait()), pin!(self.live())).await;
        self.stir();
        !self.is_over()
    }

    /// What the record has for the name of that line of execution, if something of it is masked there that is not known to be
    /// secret: who judges by a record has no secrets.
    pub fn masked_branch(&self, own: &str) -> Option<String> {
        let names = &self.recorded.borrow().names;
        if names.contains(own) {
            return None;
        }
        names.iter().find(|name| is_branch(name, own)).cloned()
    }

    /// Whether something was cut short there.
    pub fn has_cut(&self, branch: &str, number: u64) -> bool {
        let recorded = self.recorded.borrow();
        let lane = recorded.lanes.get(branch);
        lane.is_some_and(|lane| lane.cuts.contains_key(&number))
    }

    /// Completes at once, if nothing was cut short there; else when it was, with why.
    pub async fn cut(&self, branch: &str, number: u64) -> Option<Cut> {
        let known = {
            let mut recorded = self.recorded.borrow_mut();
            recorded.of(branch, |lane| lane.cuts.remove(&number))
        };
        let (seq, cut) = known.flatten()?;
        self.reach(seq).await;
        Some(cut)
    }

    /// Whether that line of execution went on from where it is: there is more of it, or of one that waits for its end.
    pub fn went_on(&self, branch: &str) -> bool {
        let recorded = self.recorded.borrow();
        recorded.has_more(branch) || recorded.has_ended(branch)
    }
}
