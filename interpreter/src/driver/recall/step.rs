//! Steps whose record is given back.

use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, join, select};

use scn_protocol::words::spelled;
use scn_protocol::{Event, Phase, Purpose, Status, Stream, Value, json};
use serde_json::Value as Json;

use super::record::Step;
use super::{Assume, Done, Recalled, Torn};
use crate::command::Outcome;
use crate::driver::branch::Branch;
use crate::driver::context::{HELD, StepContext};
use crate::driver::jobs::Captured;
use crate::driver::shared::Shared;
use crate::driver::step::Ready;
use crate::platform::Left;

/// How an attempt begins.
pub enum Begun {
    /// As any.
    Fresh,
    /// It is recorded.
    Recorded(Rc<Step>),
    /// Scenario and record do not go together: whoever judges that ends it.
    Parted,
}

/// Looks for the attempt in the record; where that is at its end, once all others are there too, it
/// begins as any.
pub async fn begin(shared: &Shared, branch: &Branch, ready: &Ready) -> Begun {
    let Some(recall) = shared.recalling() else {
        return Begun::Fresh;
    };
    let words: Vec<String> = ready
        .shown
        .iter()
        .map(|word| shared.journal.masked(word))
        .collect();
    match recall.step(&branch.recorded, &words) {
        Ok(Some(step)) => {
            // What it owes is owed in the order in which steps began.
            recall.reach(step.seq).await;
            recall.clock.reach(step.at);
            tell_undone(shared, recall, branch, false);
            Begun::Recorded(step)
        }
        Ok(None) => {
            recall.live().await;
            Begun::Fresh
        }
        Err(reason) => {
            let line = shared.stands(ready.place);
            recall.part(format!("{line}: {reason}"));
            Begun::Parted
        }
    }
}

/// Says what is in the record and not in the scenario that is judged by it.
pub fn tell_undone(shared: &Shared, recall: &Recalled, branch: &Branch, is_end: bool) {
    let undone = recall.undone_here(&branch.recorded, is_end);
    // One that ends earlier than the recorded one does less for that reason.
    let here = |_: &String| branch.phase == Phase::Scenario;
    for message in undone.into_iter().filter(here) {
        shared.journal.event(Event::Logged {
            step: 0,
            level: "warning".to_owned(),
            message,
        });
    }
}

/// What becomes of an attempt of which the end is not recorded.
pub enum TornEnd {
    /// It is made again.
    Again,
    /// It passed.
    Done,
    /// It is not made: the run does not go on.
    Not,
    /// Its program still runs, and its end is waited for.
    Runs(Left),
}

impl Recalled {
    /// How a recorded attempt ended, once that was given back: what it gave, how long it took, and
    /// whether another one followed. What it wrote is put into `captured`.
    pub async fn outcome(
        &self,
        step: &Step,
        captured: &mut Captured,
    ) -> Option<(Outcome, i64, bool)> {
        let end = step.end.as_ref()?;
        self.reach(end.seq).await;
        self.capture(step, captured);
        let masked = format!(
            "what step {} at line {} gave was secret in part",
            step.step, step.line
        );
        let value = match &end.value {
            // What it wrote to standard output is its value.
            Json::Object(map) if map.contains_key("$output") => None,
            value => json::untagged(value).ok(),
        };
        if holds_mask(&end.value) {
            self.masked.borrow_mut().push(masked);
        }
        let outcome = Outcome {
            status: end.status,
            value,
            exit: end.exit,
            signal: end.signal.clone(),
            error: end.error.clone(),
        };
        Some((outcome, end.took, end.again))
    }

    /// Puts what an attempt wrote where its value is made of.
    pub fn capture(&self, step: &Step, captured: &mut Captured) {
        let Captured {
            stdout,
            stderr,
            cut,
            gone,
            ..
        } = captured;
        for (stream, bytes, gone) in [
            (Stream::Stdout, stdout, &mut gone.stdout),
            (Stream::Stderr, stderr, &mut gone.stderr),
        ] {
            let written = self.written(step, stream, HELD);
            *bytes = written.bytes;
            *cut |= written.cut;
            *gone = written.gone;
        }
    }

    /// Whether the record says that the attempt owes something.
    pub fn owes(&self, step: &Step) -> bool {
        self.recorded.borrow().owing.contains(&step.first)
    }
}

/// Whether it held a secret, which is not recorded.
pub fn holds_mask(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains(crate::environment::secret::MASK),
        Json::Array(list) => list.iter().any(holds_mask),
        Json::Object(map) => map.values().any(holds_mask),
        _ => false,
    }
}

/// Decides on an attempt of which the end is not recorded, once the record is at its end.
pub async fn torn(
    shared: &Shared,
    branch: &Branch,
    ready: &Ready,
    step: &Step,
    surely_not_begun: bool,
) -> TornEnd {
    let Some(recall) = &shared.recall else {
        return TornEnd::Again;
    };
    recall.live().await;
    let world = &shared.platform.world;
    let left = step.process.map(|(pid, ticks)| Left { pid, ticks });
    // A job goes on until its turn comes among what is owed.
    if let (Some(_), Some(left)) = (&ready.job, left)
        && !branch.ended.is_set()
        && world.runs_left(left)
    {
        return TornEnd::Runs(left);
    }
    if let Some(left) = left {
        world.end_left(left).await;
    }
    if surely_not_begun || matches!(branch.phase, Phase::Finally | Phase::Undo) {
        // What was cut in the middle there is done again.
        return TornEnd::Again;
    }
    if branch.ended.is_set() || recall.purpose != Purpose::Resume {
        return TornEnd::Not;
    }
    if ready.planned.is_repeatable() {
        return TornEnd::Again;
    }
    if recall.why_parted().is_some() {
        // Of another step nobody knows: so nothing of this one is asked.
        return std::future::pending().await;
    }
    if ready.job.is_some() {
        let words = spelled(&step.words);
        shared.journal.event(Event::Logged {
            step: 0,
            level: "warning".to_owned(),
            message: format!(
                "the job `{words}` of line {} ended while nobody ran the scenario: how is not known, and what it wrote meanwhile is lost",
                step.line
            ),
        });
    }
    let answer = match &recall.assume {
        Assume::Done => Some(Done::Yes),
        Assume::NotDone => Some(Done::No),
        Assume::Ask(ask) => {
            let stdout = recall.written(step, Stream::Stdout, HELD).bytes;
            ask(&Torn {
                line: step.line,
                words: step.words.clone(),
                stdout,
                keeps: ready.keeps,
            })
        }
    };
    match answer {
        Some(Done::Yes) if ready.keeps => {
            recall.part(format!(
                "{}: what `{}` gave is not known, and its result is kept: the run can go on if that is done now (--assume not-done)",
                shared.stands(ready.place),
                spelled(&step.words)
            ));
            std::future::pending().await
        }
        Some(Done::Yes) => TornEnd::Done,
        Some(Done::No) => TornEnd::Again,
        None => {
            recall.part(format!(
                "{}: it is not known whether `{}` was done",
                shared.stands(ready.place),
                spelled(&step.words)
            ));
            std::future::pending().await
        }
    }
}

/// Takes what runs since before writes, and waits for its end, or ends it when its step is to end.
pub async fn attached(shared: &Shared, left: Left, context: &StepContext) -> Outcome {
    let world = &shared.platform.world;
    let over = world.rejoin_left(left, context);
    match select(over, pin!(Rc::clone(&context.ended).wait())).await {
        Either::Left((Ok(()), _)) => Outcome::error(
            "it has ended, and how was told to the program alone that started it, which is gone",
        ),
        Either::Left((Err(error), _)) => {
            world.end_left(left).await;
            Outcome::error(format!("its output cannot be recorded: {error}"))
        }
        Either::Right((_, over)) => {
            // What it writes as it ends is taken too: nothing that is to end waits for a reader.
            let _ = join(over, world.end_left(left)).await;
            Outcome {
                status: Status::Cancelled,
                ..assumed()
            }
        }
    }
}

/// What a step gave that a person says was done.
pub fn assumed() -> Outcome {
    Outcome {
        status: Status::Pass,
        value: Some(Value::None),
        exit: None,
        signal: None,
        error: None,
    }
}
