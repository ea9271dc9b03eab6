//! Reads a journal into what is given back.

use std::collections::HashMap;
use std::rc::Rc;

use scn_protocol::quantity::parse_moment;
use scn_protocol::{Event, Line, Status, Stream, json};
use serde_json::Value as Json;

use super::events::{is_told, made, report};
use super::{Effect, End, Entered, Input, Piece, Recorded, Step, Waited};
use crate::driver::cut::Cut;
use crate::environment::secret::MASK;

/// Reads the lines of a journal in their order. Only where they are judged again are events kept that the
/// program does not make itself: they are told again, and outputs among them may be large.
pub fn read(lines: Vec<Line>, judges: bool) -> Recorded {
    let mut reading = Reading {
        judges,
        ..Reading::default()
    };
    for Line { seq, at, event } in lines {
        let at = reading.passed(&at, &event);
        let recorded = &mut reading.recorded;
        if recorded.began == 0 {
            recorded.began = at;
        }
        recorded.ended = at;
        if let Some(made) = made(&event) {
            *recorded.made.entry(made).or_default() += 1;
        }
        reading.recorded.logs.take(&event);
        reading.take(seq, at, event);
    }
    reading.finish()
}

/// A step while the journal is read.
struct Open {
    branch: String,
    place: u64,
    step: Step,
    /// Its place among its branch's effects; none if another one repeated it.
    at: Option<usize>,
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    recorded: Recorded,
    judges: bool,
    /// It was taken up before.
    resumed: bool,
    /// By how much the time of day is ahead of where it would be if the clock had never been set, and
    /// somebody had run it all the time: in nanoseconds.
    ahead: i64,
    steps: Vec<Open>,
    /// The steps by their numbers.
    by_number: HashMap<u64, usize>,
    /// Those of which the end was not read, by their branch and their place in it.
    torn: HashMap<String, HashMap<u64, usize>>,
}

/// What stands for an attempt until all of it is read.
const UNREAD: &str = "an attempt";

/// What stands for an attempt that was repeated because its end was not seen.
const REPEATED: &str = "an attempt that was repeated";

impl Reading {
    fn finish(self) -> Recorded {
        let mut recorded = self.recorded;
        for Open {
            branch, step, at, ..
        } in self.steps
        {
            let lane = recorded.lanes.get_mut(&branch);
            if let (Some(lane), Some(at)) = (lane, at)
                && let Some(effect) = lane.effects.get_mut(at)
            {
                *effect = Effect::Step(Rc::new(step));
            }
        }
        for lane in recorded.lanes.values_mut() {
            lane.effects
                .retain(|effect| !matches!(effect, Effect::Look(what, ..) if what == REPEATED));
        }
        recorded.lanes.retain(|_, lane| !lane.is_empty());
        if recorded.lanes.keys().any(|name| name.contains(MASK)) {
            recorded.names = recorded.lanes.keys().cloned().collect();
        }
        recorded
    }

    /// When an event was recorded, as if the clock had not been set, and without the time in which nobody
    /// ran it.
    fn passed(&mut self, at: &str, event: &Event) -> i64 {
        let before = self.recorded.ended;
        let at = parse_moment(at);
        self.resumed |= matches!(event, Event::RunResumed { .. });
        if let (Some(at), false) = (at, self.resumed) {
            self.recorded.watched = at;
        }
        let at = at.map_or(before, |at| at.saturating_sub(self.ahead));
        let leap = match event {
            Event::ClockSet { by_us } => by_us.saturating_mul(1000),
            Event::RunResumed { .. } => at.saturating_sub(before),
            _ => 0,
        };
        self.ahead = self.ahead.saturating_add(leap);
        at.saturating_sub(leap)
    }

    /// Something came from outside.
    fn came(&mut self, seq: u64, at: i64, input: Input) {
        self.recorded.inputs.push_back((seq, at, input));
    }

    /// An answer came that a line of execution takes.
    fn answered(&mut self, seq: u64, at: i64) {
        self.came(seq, at, Input::Answer);
    }

    /// The next effect of that line of execution.
    fn effect(&mut self, branch: String, effect: Effect) {
        let lane = self.recorded.lanes.entry(branch).or_default();
        lane.effects.push_back(effect);
    }

    /// An event that is told again where it is judged again.
    fn tell(&mut self, seq: u64, event: Event) {
        if self.judges {
            self.recorded.told.push_back((seq, event));
        }
    }

    /// The step of that number.
    fn step(&mut self, step: u64) -> Option<&mut Open> {
        let at = self.by_number.get(&step)?;
        self.steps.get_mut(*at)
    }

    /// Whether an attempt was begun there of which no end is known: what begins there is made again.
    fn is_torn(&self, branch: &str, place: u64) -> bool {
        let torn = self.torn.get(branch);
        torn.is_some_and(|torn| torn.contains_key(&place))
    }

    /// An attempt began.
    fn began(&mut self, branch: String, place: u64, mut step: Step) {
        let (number, seq, at) = (step.step, step.seq, step.at);
        let torn = self.torn.entry(branch.clone()).or_default();
        let before = torn.insert(place, self.steps.len());
        let effects = &mut self
            .recorded
            .lanes
            .entry(branch.clone())
            .or_default()
            .effects;
        // The repetition of one whose end was not seen stands at its place.
        if let Some(before) = before.and_then(|before| self.steps.get_mut(before)) {
            step.first = before.step.first;
            if let Some(stood) = before.at.take().and_then(|stood| effects.get_mut(stood)) {
                *stood = Effect::Look(REPEATED.to_owned(), Ok(Json::Null), at);
            }
            let replaced = before.step.seq;
            self.recorded.inputs.retain(|(seq, _, _)| *seq != replaced);
        }
        let stands = Some(effects.len());
        effects.push_back(Effect::Look(UNREAD.to_owned(), Ok(Json::Null), at));
        self.recorded.steps = self.recorded.steps.max(number);
        self.by_number.insert(number, self.steps.len());
        self.steps.push(Open {
            branch,
            place,
            at: stands,
            step,
        });
        self.answered(seq, at);
    }

    /// An attempt ended.
    fn ended(&mut self, step: u64, end: End, at: i64) {
        let Some(open) = self.step(step) else {
            return;
        };
        let seq = end.seq;
        open.step.end = Some(end);
        let (branch, place) = (open.branch.clone(), open.place);
        if let Some(torn) = self.torn.get_mut(&branch) {
            torn.remove(&place);
        }
        self.answered(seq, at);
    }

    /// An attempt wrote something.
    fn wrote(&mut self, seq: u64, event: Event) {
        let Event::Output {
            step,
            stream,
            text,
            bytes,
            file,
        } = &event
        else {
            return;
        };
        let piece = match (text, bytes, file) {
            (Some(text), _, _) => Some(Piece::Here(text.clone().into_bytes())),
            (_, Some(bytes), _) => json::from_base64(bytes).map(Piece::Here),
            (_, _, Some(file)) => Some(Piece::File(file.clone(), None)),
            _ => None,
        };
        if let (Some(open), Some(piece)) = (self.step(*step), piece) {
            open.step.outputs.push((*stream, piece));
        }
        self.tell(seq, event);
    }

    /// It wrote nothing more into the file.
    fn wrote_all(&mut self, step: u64, stream: Stream, size: u64) {
        let Some(open) = self.step(step) else {
            return;
        };
        let mut pieces = open.step.outputs.iter_mut().rev();
        if let Some((_, Piece::File(_, known))) = pieces.find(|(of, _)| *of == stream) {
            *known = Some(size);
        }
    }

    /// Something is owed: by a step, or, in a branch, by a `defer`.
    fn owes(
        &mut self,
        (seq, at): (u64, i64),
        step: u64,
        command: Vec<String>,
        branch: Option<String>,
    ) {
        if let Some(branch) = branch {
            self.effect(branch, Effect::Defer(seq, step));
            self.answered(seq, at);
        }
        let recorded = &mut self.recorded;
        recorded.steps = recorded.steps.max(step);
        recorded.owing.insert(step);
        let (_, owed) = recorded.owed.entry(step).or_insert((seq, Vec::new()));
        *owed = command;
    }

    fn take(&mut self, seq: u64, at: i64, event: Event) {
        match event {
            Event::StepStarted {
                step,
                line,
                command: words,
                branch,
                place,
                phase,
                attempt,
                ..
            } => {
                if attempt == 1 && !self.is_torn(&branch, place) {
                    self.recorded.begun += 1;
                }
                let began = Step {
                    step,
                    first: step,
                    seq,
                    line,
                    at,
                    words,
                    phase,
                    process: None,
                    outputs: Vec::new(),
                    end: None,
                };
                self.began(branch, place, began);
            }
            Event::StepFinished { torn: true, .. } => {}
            Event::StepFinished {
                step,
                status,
                exit,
                signal,
                value,
                error,
                duration_us,
                again,
                caught,
                unstarted,
                ..
            } => {
                let took = i64::try_from(duration_us).unwrap_or(i64::MAX);
                let end = End {
                    seq,
                    status,
                    exit,
                    signal,
                    value,
                    error,
                    took: took.saturating_mul(1000),
                    again,
                    caught,
                    unstarted,
                };
                self.ended(step, end, at);
            }
            Event::Started { step, pid, ticks } => {
                if let Some(open) = self.step(step) {
                    open.step.process = Some((pid, ticks));
                }
                self.tell(seq, event);
            }
            Event::Output { .. } => self.wrote(seq, event),
            Event::OutputEnded { step, stream, size } => self.wrote_all(step, stream, size),
            Event::LookedUp {
                what,
                value,
                error,
                branch,
                ..
            } => self.effect(branch, Effect::Look(what, error.map_or(Ok(value), Err), at)),
            Event::Waited {
                what,
                outcome,
                status,
                value,
                error,
                region,
                caught,
                branch,
                ..
            } => {
                let fallback = if outcome { Status::Pass } else { Status::Fail };
                let waited = Waited {
                    seq,
                    what,
                    status: status.unwrap_or(fallback),
                    value,
                    error,
                    region,
                    caught,
                };
                self.effect(branch, Effect::Wait(Rc::new(waited)));
                self.answered(seq, at);
            }
            Event::Cut {
                branch,
                number,
                why,
                region,
            } => {
                let lane = self.recorded.lanes.entry(branch).or_default();
                lane.cuts.insert(number, (seq, Cut::of(why, region)));
                self.answered(seq, at);
            }
            Event::Checked {
                watch: Some(watch),
                holds,
                message,
                expression,
                branch,
                ..
            } => {
                let watches = &mut self.recorded.watches;
                let of_branch = watches.entry(branch.clone()).or_default();
                let message = message.unwrap_or_default();
                let unjudged = holds.is_none().then(|| message.clone());
                of_branch.insert(watch, (expression, unjudged));
                self.came(seq, at, Input::Watch(branch, watch, holds, message));
            }
            Event::Stopped { reason, limit } => self.came(seq, at, Input::Stopped(reason, limit)),
            Event::BranchStarted { branch } => {
                self.effect(branch, Effect::Begin(seq));
                self.answered(seq, at);
            }
            Event::Entered {
                text,
                line,
                branch,
                stop,
                frame,
            } => {
                let entered = Entered {
                    seq,
                    text,
                    line,
                    stop,
                    frame,
                };
                self.effect(branch, Effect::Entered(Rc::new(entered)));
                self.answered(seq, at);
            }
            Event::UndoOwed {
                step,
                command,
                branch,
            } => self.owes((seq, at), step, command, branch),
            Event::UndoDone { step, .. } => {
                self.recorded.owed.remove(&step);
            }
            Event::RunFinished { .. } => self.recorded.finished = true,
            event => {
                if let Some(report) = report(&event, at) {
                    self.came(seq, at, Input::Report(report));
                }
                if is_told(&event) {
                    self.tell(seq, event);
                }
            }
        }
    }
}
