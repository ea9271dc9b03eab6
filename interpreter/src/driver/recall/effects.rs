//! What a line of execution asks for, one effect after the other: each time it gets what is recorded of that.

use std::rc::Rc;

use scn_protocol::Phase;
use scn_protocol::words::spelled;
use serde_json::Value as Json;

use super::Recalled;
use super::masked::{all_fit, fits};
use super::record::{Effect, Entered, Lane, Step, Taken, Waited};
use crate::environment::secret::MASK;

impl Recalled {
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
    pub(super) fn step(&self, branch: &str, words: &[String]) -> Result<Option<Rc<Step>>, String> {
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
}

/// What the record has there, for a person.
pub fn told(effect: &Effect) -> String {
    match effect {
        Effect::Step(step) => format!("line {} does `{}`", step.line, spelled(&step.words)),
        Effect::Look(what, ..) => format!("`{what}` is looked up"),
        Effect::Wait(wait) => format!("`{}` is waited for", wait.what),
        Effect::Defer(..) => "something is deferred".to_owned(),
        Effect::Begin(_) => "a branch begins".to_owned(),
        Effect::Entered(entered) => format!("`{}` was typed", entered.text),
    }
}
