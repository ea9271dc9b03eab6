//! A run is its journal. What is recorded of a run whose program is gone is given back to the same
//! scenario, effect by effect and in the order in which it came, without anything being done; where the
//! record ends the scenario is where it was, with its variables, branches, jobs and watches.
//!
//! From there the run goes on (`resume`), or ends with its `finally` and what is owed (`cleanup`); or the
//! scenario was only to judge what is recorded (`replay`).

mod clock;
mod conduct;
mod heard;
mod pauses;
mod record;
mod step;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::select;
use scn_protocol::words::spelled;
use scn_protocol::{Line, Phase, Purpose, Stream};
use serde_json::Value as Json;

pub use self::clock::RecallClock;
pub use self::conduct::{conduct, lacking, undo_by_record};
use self::heard::Heard;
use self::pauses::Pauses;
use self::record::{Effect, Lane, Piece, Recorded, Taken};
pub use self::record::{Entered, Step, Waited, made};
pub use self::step::{Begun, TornEnd, assumed, attached, begin, holds_mask, tell_undone, torn};
use super::cut::Cut;
use super::signal::Flag;
use crate::environment::Environment;
use crate::environment::secret::MASK;

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
            reason.push_str(&format!("; {}", not_there(lost)));
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
        if names.iter().any(|name| name == own) {
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

    /// The answer that was given to something that looks outside, if it is the next that this line of
    /// execution asked for.
    pub fn look(&self, branch: &str, what: &str) -> Option<Result<Json, String>> {
        let mut recorded = self.recorded.borrow_mut();
        let (answer, at) = recorded.of(branch, |lane| lane.look(what)).flatten()?;
        self.stir();
        if !self.judges() {
            // What follows has its time limits from there, and nothing else may tell the time until the end.
            self.clock.reach(at);
        }
        Some(answer)
    }

    /// What this line of execution asked for next.
    fn take<T>(&self, branch: &str, take: impl FnOnce(&mut Lane) -> Taken<T>) -> Taken<T> {
        let mut recorded = self.recorded.borrow_mut();
        let taken = recorded.of(branch, take).unwrap_or(Taken::Nothing);
        if matches!(taken, Taken::It(_)) {
            self.stir();
        }
        taken
    }

    /// The attempt of a step that this line of execution began next. None if it began nothing more.
    ///
    /// An error if it was something else: scenario and record do not go together.
    fn step(&self, branch: &str, words: &[String]) -> Result<Option<Rc<Step>>, String> {
        let kind = |effect: &Effect| match effect {
            Effect::Step(step) if all_fit(&step.words, words) => Some(Rc::clone(step)),
            _ => None,
        };
        let taken = self.take(branch, |lane| {
            let taken = lane.next_step(self.judges(), kind);
            self.passed.borrow_mut().append(&mut lane.passed);
            taken
        });
        match taken {
            Taken::It(step) => Ok(Some(step)),
            Taken::Nothing => Ok(None),
            Taken::Another(other) => Err(format!(
                "here it does `{}`, and in the record {}",
                spelled(words),
                told(&other)
            )),
        }
    }

    /// The wait that this line of execution began next. None if the record has no end of it.
    fn wait(&self, branch: &str, what: &str) -> Result<Option<Rc<Waited>>, String> {
        let kind = |effect: &Effect| match effect {
            Effect::Wait(wait) if fits(&wait.what, what) => Some(Rc::clone(wait)),
            _ => None,
        };
        match self.take(branch, |lane| lane.next(self.judges(), kind)) {
            Taken::It(wait) => Ok(Some(wait)),
            Taken::Nothing => Ok(None),
            Taken::Another(other) => Err(format!(
                "here it waits for `{what}`, and in the record {}",
                told(&other)
            )),
        }
    }

    /// The number of what a `defer` owes that this line of execution passed next. None if the record is at
    /// its end before.
    pub async fn deferred(&self, branch: &str) -> Option<u64> {
        let kind = |effect: &Effect| match effect {
            Effect::Defer(seq, step) => Some((*seq, *step)),
            _ => None,
        };
        match self.take(branch, |lane| lane.next(self.judges(), kind)) {
            Taken::It((seq, step)) => {
                self.reach(seq).await;
                Some(step)
            }
            Taken::Nothing | Taken::Another(_) => {
                if !self.judges() {
                    self.live().await;
                }
                None
            }
        }
    }

    /// Completes when the branch began.
    pub async fn branch(&self, branch: &str) {
        let kind = |effect: &Effect| match effect {
            Effect::Begin(seq) => Some(*seq),
            _ => None,
        };
        match self.take(branch, |lane| lane.next(self.judges(), kind)) {
            Taken::It(seq) => self.reach(seq).await,
            Taken::Nothing | Taken::Another(_) if self.judges() => {}
            Taken::Nothing | Taken::Another(_) => self.live().await,
        }
    }

    /// Whether something was typed at the place of that number of a line of execution, and comes next.
    pub fn has_entered(&self, branch: &str, stop: u64) -> bool {
        let recorded = self.recorded.borrow();
        let lane = recorded.lanes.get(branch);
        let next = lane.and_then(|lane| lane.effects.front());
        matches!(next, Some(Effect::Entered(entered)) if entered.stop == stop)
    }

    /// What was typed there, once everything before it was given back.
    pub async fn entered(&self, branch: &str, stop: u64) -> Option<Rc<Entered>> {
        if !self.has_entered(branch, stop) {
            return None;
        }
        let kind = |effect: &Effect| match effect {
            Effect::Entered(entered) => Some(Rc::clone(entered)),
            _ => None,
        };
        let Taken::It(entered) = self.take(branch, |lane| lane.next(self.judges(), kind)) else {
            return None;
        };
        self.reach(entered.seq).await;
        if entered.text.contains(MASK) {
            self.part(format!(
                "`{}` held a secret when it was typed, which the record does not have",
                entered.text
            ));
            return std::future::pending().await;
        }
        Some(entered)
    }

    /// What the record does here and the scenario that is judged does not, for a person: steps that were passed
    /// over; at the scenario's end all that is left, too.
    pub fn undone_here(&self, branch: &str, is_end: bool) -> Vec<String> {
        let mut steps = self.passed.take();
        let recorded = self.recorded.borrow();
        if let Some(lane) = recorded.lanes.get(branch).filter(|_| is_end) {
            steps.extend(lane.effects.iter().filter_map(|effect| match effect {
                Effect::Step(step) => Some(Rc::clone(step)),
                _ => None,
            }));
        }
        let own = steps.iter().filter(|step| step.phase == Phase::Scenario);
        own.map(|step| {
            format!(
                "in the record line {} does `{}`, and here that is not done",
                step.line,
                spelled(&step.words)
            )
        })
        .collect()
    }

    /// How a wait ended that is recorded. None if it is to be waited for.
    pub async fn waited(&self, branch: &str, what: &str, line: u32) -> Option<Rc<Waited>> {
        let wait = match self.wait(branch, what) {
            Ok(wait) => wait?,
            Err(reason) => {
                self.part(format!("line {line}: {reason}"));
                return std::future::pending().await;
            }
        };
        self.reach(wait.seq).await;
        Some(wait)
    }

    /// What a step wrote to a stream, up to so many bytes.
    fn written(&self, step: &Step, stream: Stream, most: usize) -> Written {
        let (mut bytes, mut gone) = (Vec::new(), false);
        let pieces = step.outputs.iter().filter(|(of, _)| *of == stream);
        for (_, piece) in pieces {
            // One byte more than fits tells that there is more.
            let room = (most + 1).saturating_sub(bytes.len());
            match piece {
                Piece::Here(here) => bytes.extend_from_slice(&here[..here.len().min(room)]),
                Piece::File(name, size) => {
                    if let Err(why) = self.in_file(name, *size, room, &mut bytes) {
                        gone = true;
                        let lost = format!("what step {} wrote, in {name}: {why}", step.step);
                        self.masked.borrow_mut().push(lost);
                    }
                }
            }
        }
        let cut = bytes.len() > most;
        bytes.truncate(most);
        Written { bytes, cut, gone }
    }

    /// Reads up to `room` bytes of a file that had `size`, if that is known.
    ///
    /// # Errors
    /// Why they are not there.
    fn in_file(
        &self,
        name: &str,
        size: Option<u64>,
        room: usize,
        into: &mut Vec<u8>,
    ) -> Result<(), String> {
        let read = (self.output)(name, room).map_err(|error| error.to_string())?;
        let read = &read[..read.len().min(room)];
        into.extend_from_slice(read);
        match size {
            Some(size) if (read.len() as u64) < size.min(room as u64) => {
                Err(format!("it has {} bytes, and had {size}", read.len()))
            }
            _ => Ok(()),
        }
    }
}

/// What a record has of a step's output.
struct Written {
    bytes: Vec<u8>,
    /// There was more.
    cut: bool,
    /// There was more, which the record has lost.
    gone: bool,
}

/// What the record has no more.
fn not_there(lost: &str) -> String {
    format!("the record does not have it any more: {lost}")
}

/// Whether that is what the record has, as far as it is not masked there: who judges by a record has no secrets.
fn fits(recorded: &str, own: &str) -> bool {
    let Some((before, last)) = recorded.rsplit_once(MASK) else {
        return recorded == own;
    };
    let Some(mut rest) = own.strip_suffix(last) else {
        return false;
    };
    for (at, piece) in before.split(MASK).enumerate() {
        let after = match at {
            0 => rest.strip_prefix(piece),
            _ => rest.split_once(piece).map(|(_, after)| after),
        };
        let Some(after) = after else {
            return false;
        };
        rest = after;
    }
    true
}

/// Whether that is what the record has for the name of a branch: a part that is a job's name may be masked; those of
/// other branches are numbers.
fn is_branch(recorded: &str, own: &str) -> bool {
    let fits = |(recorded, own): (&str, &str)| match own.chars().next() {
        None | Some('0'..='9') => recorded == own,
        Some(_) => fits(recorded, own),
    };
    recorded.split('.').count() == own.split('.').count()
        && recorded.split('.').zip(own.split('.')).all(fits)
}

fn all_fit(recorded: &[String], own: &[String]) -> bool {
    let mut both = recorded.iter().zip(own);
    recorded.len() == own.len() && both.all(|(recorded, own)| fits(recorded, own))
}

fn told(effect: &Effect) -> String {
    match effect {
        Effect::Step(step) => format!("line {} does `{}`", step.line, spelled(&step.words)),
        Effect::Look(what, ..) => format!("`{what}` is looked up"),
        Effect::Wait(wait) => format!("`{}` is waited for", wait.what),
        Effect::Defer(..) => "something is deferred".to_owned(),
        Effect::Begin(_) => "a branch begins".to_owned(),
        Effect::Entered(entered) => format!("`{}` was typed", entered.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_record_masks_fits_whatever_stood_there_and_nothing_else_differs() {
        let all = [
            ("a", "a", true),
            ("a", "b", false),
            (MASK, "x", true),
            (&format!("a {MASK} b"), "a x y b", true),
            (&format!("a {MASK} b"), "a b", false),
            (&format!("{MASK}-{MASK}."), "x-y.", true),
            (&format!("{MASK}-{MASK}."), "x.y.", false),
        ];
        for (recorded, own, expected) in all {
            assert_eq!(fits(recorded, own), expected, "{recorded} {own}");
        }
    }
}
