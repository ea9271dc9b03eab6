//! A run is its journal. What is recorded of a run whose program is gone is given back to the same
//! scenario, effect by effect and in the order in which it came, without anything being done; where the
//! record ends the scenario is where it was, with its variables, branches, jobs and watches.
//!
//! From there the run goes on (`resume`), or ends with its `finally` and what is owed (`cleanup`); or the
//! scenario was only to judge what is recorded (`replay`).

mod clock;
mod conduct;
mod record;
mod step;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::io;
use std::rc::Rc;

use scn_protocol::words::spelled;
use scn_protocol::{Line, Purpose, Stream};
use serde_json::Value as Json;

pub use self::clock::RecallClock;
pub use self::conduct::{conduct, undo_by_record};
use self::record::{Effect, Piece, Recorded};
pub use self::record::{Step, Waited, made};
pub use self::step::{Begun, TornEnd, assumed, attached, begin, holds_mask, torn};
use super::cut::Cut;
use super::signal::{Bell, Flag};

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
    reaching: Bell,
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
}

impl Recalled {
    /// What is to be given back, and the clock for it in place of that one.
    pub fn new(recall: Recall, real: &Rc<dyn crate::platform::Clock>) -> Self {
        let recorded = record::read(recall.lines);
        let live = Flag::new();
        let judging = recall.purpose == Purpose::Replay;
        let clock = RecallClock::new(Rc::clone(real), recorded.began, Rc::clone(&live), judging);
        let answers = recorded.inputs.iter();
        let answers = answers.filter(|(_, _, input)| matches!(input, record::Input::Answer));
        let untaken = answers.map(|(seq, _, _)| *seq).collect();
        Self {
            purpose: recall.purpose,
            clock,
            assume: recall.assume,
            output: recall.output,
            recorded: RefCell::new(recorded),
            reached: Cell::new(0),
            untaken: RefCell::new(untaken),
            reaching: Bell::default(),
            activity: Cell::new(0),
            parted: RefCell::default(),
            parting: Flag::new(),
            live,
            masked: RefCell::default(),
        }
    }

    /// Whether the record is at its end.
    pub fn is_over(&self) -> bool {
        self.live.is_set()
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

    /// Why scenario and record do not go together, if so.
    pub fn why_parted(&self) -> Option<String> {
        self.parted.borrow().clone()
    }

    fn part(&self, reason: String) {
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
        let known = recorded.watches.get(&(branch.to_owned(), watch));
        known.is_some_and(|known| expression.is_none_or(|expression| known == expression))
    }

    /// Completes when everything up to that event was given back; it is taken.
    async fn reach(&self, seq: u64) {
        while self.reached.get() < seq {
            let seen = self.reaching.rung();
            self.reaching.after(seen).await;
        }
        self.untaken.borrow_mut().remove(&seq);
        self.stir();
    }

    /// Whether something was cut short there.
    pub fn has_cut(&self, branch: &str, number: u64) -> bool {
        let recorded = self.recorded.borrow();
        recorded.cuts.contains_key(&(branch.to_owned(), number))
    }

    /// Completes at once, if nothing was cut short there; else when it was, with why.
    pub async fn cut(&self, branch: &str, number: u64) -> Option<Cut> {
        let known = {
            let mut recorded = self.recorded.borrow_mut();
            recorded.cuts.remove(&(branch.to_owned(), number))
        };
        let (seq, cut) = known?;
        self.reach(seq).await;
        Some(cut)
    }

    /// Whether there is more of that line of execution, or of branches that it began.
    pub fn has_more(&self, branch: &str) -> bool {
        let recorded = self.recorded.borrow();
        let mut effects = recorded.effects.iter();
        let mut cuts = recorded.cuts.keys();
        effects.any(|(of, effects)| !effects.is_empty() && is_within(branch, of))
            || cuts.any(|(of, _)| is_within(branch, of))
    }

    /// The answer that was given to something that looks outside, if it is the next that this line of
    /// execution asked for.
    pub fn look(&self, branch: &str, what: &str) -> Option<Result<Json, String>> {
        let mut recorded = self.recorded.borrow_mut();
        let effects = recorded.effects.get_mut(branch)?;
        let until_step = effects
            .iter()
            .take_while(|effect| matches!(effect, Effect::Look(..)));
        let mut found = until_step.enumerate();
        let at = found.find_map(|(at, effect)| match effect {
            Effect::Look(known, _) if known == what => Some(at),
            _ => None,
        })?;
        self.stir();
        match effects.remove(at) {
            Some(Effect::Look(_, answer)) => Some(answer),
            _ => None,
        }
    }

    /// The attempt of a step that this line of execution began next. None if it began nothing more.
    ///
    /// An error if it was something else: scenario and record do not go together.
    fn step(&self, branch: &str, words: &[String]) -> Result<Option<Rc<Step>>, String> {
        let mut recorded = self.recorded.borrow_mut();
        let Some(effects) = recorded.effects.get_mut(branch) else {
            return Ok(None);
        };
        let is_it = |effect: &Effect| matches!(effect, Effect::Step(step) if step.words == words);
        let at = match self.judges() {
            false => (!effects.is_empty()).then_some(0),
            // Another version of the scenario may ask for less.
            true => effects.iter().position(is_it).or_else(|| {
                let next = effects.iter().position(|e| matches!(e, Effect::Step(_)));
                next.or((!effects.is_empty()).then_some(0))
            }),
        };
        let Some(at) = at else {
            return Ok(None);
        };
        match effects.get(at) {
            Some(Effect::Step(step)) if step.words == words => {
                let step = Rc::clone(step);
                effects.drain(..=at);
                self.stir();
                Ok(Some(step))
            }
            Some(other) => Err(format!(
                "here it does `{}`, and in the record {}",
                spelled(words),
                told(other)
            )),
            None => Ok(None),
        }
    }

    /// The wait that this line of execution began next. None if the record has no end of it.
    fn wait(&self, branch: &str, what: &str) -> Result<Option<Rc<Waited>>, String> {
        let mut recorded = self.recorded.borrow_mut();
        let Some(effects) = recorded.effects.get_mut(branch) else {
            return Ok(None);
        };
        let mut at = 0;
        if self.judges() {
            let before_step = effects
                .iter()
                .take_while(|effect| !matches!(effect, Effect::Step(_)));
            let found = before_step
                .enumerate()
                .find(|(_, effect)| matches!(effect, Effect::Wait(wait) if wait.what == what));
            match found {
                Some((found, _)) => at = found,
                None => return Ok(None),
            }
        }
        match effects.get(at) {
            Some(Effect::Wait(wait)) if wait.what == what => {
                let wait = Rc::clone(wait);
                effects.drain(..=at);
                self.stir();
                Ok(Some(wait))
            }
            Some(other) => Err(format!(
                "here it waits for `{what}`, and in the record {}",
                told(other)
            )),
            None => Ok(None),
        }
    }

    /// The number of what a `defer` owes that this line of execution passed next. None if the record is at
    /// its end before.
    pub async fn deferred(&self, branch: &str) -> Option<u64> {
        let found = self.next(branch, |effect| match effect {
            Effect::Defer(seq, step) => Some((*seq, *step)),
            _ => None,
        });
        match found {
            Some((seq, step)) => {
                self.reach(seq).await;
                Some(step)
            }
            None if self.judges() => None,
            None => {
                self.live().await;
                None
            }
        }
    }

    /// Completes when the branch began.
    pub async fn branch(&self, branch: &str) {
        let found = self.next(branch, |effect| match effect {
            Effect::Begin(seq) => Some(*seq),
            _ => None,
        });
        match found {
            Some(seq) => self.reach(seq).await,
            None if self.judges() => {}
            None => self.live().await,
        }
    }

    /// The next effect of that line of execution, if it is of that kind; where another version of the
    /// scenario is judged, those before the next step are passed over.
    fn next<T>(&self, branch: &str, kind: impl Fn(&Effect) -> Option<T>) -> Option<T> {
        let mut recorded = self.recorded.borrow_mut();
        let effects = recorded.effects.get_mut(branch)?;
        let mut before = effects
            .iter()
            .take_while(|effect| self.judges() && !matches!(effect, Effect::Step(_)));
        let at = before
            .position(|effect| kind(effect).is_some())
            .unwrap_or(0);
        let found = kind(effects.get(at)?)?;
        effects.drain(..=at);
        self.stir();
        Some(found)
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

    /// What a step wrote to a stream, up to so many bytes, and whether that is not all.
    fn written(&self, step: &Step, stream: Stream, most: usize) -> (Vec<u8>, bool) {
        let mut all = Vec::new();
        let pieces = step.outputs.iter().filter(|(of, _)| *of == stream);
        for (_, piece) in pieces {
            // One byte more than fits tells that there is more.
            let room = (most + 1).saturating_sub(all.len());
            match piece {
                Piece::Here(bytes) => all.extend_from_slice(&bytes[..bytes.len().min(room)]),
                Piece::File(name) => match (self.output)(name, room) {
                    Ok(bytes) => all.extend_from_slice(&bytes[..bytes.len().min(room)]),
                    Err(error) => {
                        let lost = format!("what step {} wrote, in {name}: {error}", step.step);
                        self.masked.borrow_mut().push(lost);
                    }
                },
            }
        }
        let cut = all.len() > most;
        all.truncate(most);
        (all, cut)
    }
}

/// Whether a line of execution is that one, or a branch of it: branches have numbers, and jobs have not.
fn is_within(branch: &str, of: &str) -> bool {
    let Some(rest) = of.strip_prefix(branch) else {
        return false;
    };
    let rest = match branch.is_empty() {
        true => Some(rest),
        false => rest.strip_prefix('.'),
    };
    let first = rest.and_then(|rest| rest.split('.').next());
    of == branch || first.is_some_and(|first| first.bytes().all(|byte| byte.is_ascii_digit()))
}

fn told(effect: &Effect) -> String {
    match effect {
        Effect::Step(step) => format!("line {} does `{}`", step.line, spelled(&step.words)),
        Effect::Look(what, _) => format!("`{what}` is looked up"),
        Effect::Wait(wait) => format!("`{}` is waited for", wait.what),
        Effect::Defer(..) => "something is deferred".to_owned(),
        Effect::Begin(_) => "a branch begins".to_owned(),
    }
}
