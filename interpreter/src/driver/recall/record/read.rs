//! Reads a journal into what is given back.

use std::collections::HashMap;
use std::rc::Rc;

use scn_protocol::quantity::parse_moment;
use scn_protocol::{Event, Line, Status, json};
use serde_json::Value as Json;

use super::events::{is_told, made, report};
use super::{Effect, End, Input, Piece, Recorded, Step, Waited};
use crate::driver::cut::Cut;

/// A step while the journal is read.
pub struct Open {
    branch: String,
    place: u64,
    step: Step,
    /// Its place among its branch's effects.
    at: usize,
}

/// Reads the lines of a journal in their order.
pub fn read(lines: Vec<Line>) -> Recorded {
    let mut recorded = Recorded::default();
    let mut steps: Vec<Open> = Vec::new();
    let mut by_number: HashMap<u64, usize> = HashMap::new();
    for Line { seq, at, event } in lines {
        let at = parse_moment(&at).unwrap_or(recorded.ended);
        if recorded.began == 0 {
            recorded.began = at;
        }
        recorded.ended = at;
        if let Some(made) = made(&event) {
            *recorded.made.entry(made).or_default() += 1;
        }
        recorded.take(seq, at, event, &mut steps, &mut by_number);
    }
    for Open {
        branch, step, at, ..
    } in steps
    {
        if let Some(effect) = recorded
            .effects
            .get_mut(&branch)
            .and_then(|effects| effects.get_mut(at))
        {
            *effect = Effect::Step(Rc::new(step));
        }
    }
    for effects in recorded.effects.values_mut() {
        effects.retain(|effect| !matches!(effect, Effect::Look(what, _) if what == REPEATED));
    }
    recorded
}

/// What stands for an attempt that was repeated because its end was not seen.
pub const REPEATED: &str = "an attempt that was repeated";

impl Recorded {
    fn take(
        &mut self,
        seq: u64,
        at: i64,
        event: Event,
        steps: &mut Vec<Open>,
        by_number: &mut HashMap<u64, usize>,
    ) {
        match event {
            Event::StepStarted {
                step,
                line,
                command,
                branch,
                place,
                ..
            } => {
                let effects = self.effects.entry(branch.clone()).or_default();
                // The repetition of one whose end was not seen stands at its place.
                let before = steps.iter().rposition(|open| {
                    let torn = open.step.end.is_none() && open.at != usize::MAX;
                    torn && open.branch == branch && open.place == place
                });
                let first = before.map_or(step, |before| steps[before].step.first);
                if let Some(before) = before {
                    effects[steps[before].at] = Effect::Look(REPEATED.to_owned(), Ok(Json::Null));
                    steps[before].at = usize::MAX;
                    let replaced = steps[before].step.seq;
                    self.inputs.retain(|(seq, _, _)| *seq != replaced);
                }
                self.steps = self.steps.max(step);
                by_number.insert(step, steps.len());
                steps.push(Open {
                    branch,
                    place,
                    at: effects.len(),
                    step: Step {
                        step,
                        first,
                        seq,
                        line,
                        at,
                        words: command,
                        process: None,
                        outputs: Vec::new(),
                        end: None,
                    },
                });
                effects.push_back(Effect::Look(String::new(), Ok(Json::Null)));
                self.inputs.push_back((seq, at, Input::Answer));
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
                unstarted,
                ..
            } => {
                let Some(open) = by_number.get(&step).and_then(|at| steps.get_mut(*at)) else {
                    return;
                };
                open.step.end = Some(End {
                    seq,
                    status,
                    exit,
                    signal,
                    value,
                    error,
                    took: i64::try_from(duration_us)
                        .unwrap_or(i64::MAX)
                        .saturating_mul(1000),
                    again,
                    unstarted,
                });
                self.inputs.push_back((seq, at, Input::Answer));
            }
            Event::Started { step, pid, ticks } => {
                if let Some(open) = by_number.get(&step).and_then(|at| steps.get_mut(*at)) {
                    open.step.process = Some((pid, ticks));
                }
                self.told
                    .push_back((seq, Event::Started { step, pid, ticks }));
            }
            Event::Output {
                step,
                stream,
                text,
                bytes,
                file,
            } => {
                let piece = match (&text, &bytes, &file) {
                    (Some(text), _, _) => Some(Piece::Here(text.clone().into_bytes())),
                    (_, Some(bytes), _) => json::from_base64(bytes).map(Piece::Here),
                    (_, _, Some(file)) => Some(Piece::File(file.clone())),
                    _ => None,
                };
                let open = by_number.get(&step).and_then(|at| steps.get_mut(*at));
                if let (Some(open), Some(piece)) = (open, piece) {
                    open.step.outputs.push((stream, piece));
                }
                let output = Event::Output {
                    step,
                    stream,
                    text,
                    bytes,
                    file,
                };
                self.told.push_back((seq, output));
            }
            Event::LookedUp {
                what,
                value,
                error,
                branch,
                ..
            } => {
                let answer = error.map_or(Ok(value), Err);
                let effects = self.effects.entry(branch).or_default();
                effects.push_back(Effect::Look(what, answer));
            }
            Event::Waited {
                what,
                outcome,
                status,
                value,
                error,
                region,
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
                };
                let effects = self.effects.entry(branch).or_default();
                effects.push_back(Effect::Wait(Rc::new(waited)));
                self.inputs.push_back((seq, at, Input::Answer));
            }
            Event::Cut {
                branch,
                number,
                why,
                region,
            } => {
                self.cuts
                    .insert((branch, number), (seq, Cut::of(why, region)));
                self.inputs.push_back((seq, at, Input::Answer));
            }
            Event::Checked {
                watch: Some(watch),
                holds,
                message,
                expression,
                branch,
                ..
            } => {
                self.watches.insert((branch.clone(), watch), expression);
                let message = message.unwrap_or_default();
                let input = Input::Watch(branch, watch, holds, message);
                self.inputs.push_back((seq, at, input));
            }
            Event::Stopped { reason, limit } => {
                let input = Input::Stopped(reason, limit);
                self.inputs.push_back((seq, at, input));
            }
            Event::BranchStarted { branch } => {
                let effects = self.effects.entry(branch).or_default();
                effects.push_back(Effect::Begin(seq));
                self.inputs.push_back((seq, at, Input::Answer));
            }
            Event::UndoOwed {
                step,
                command,
                branch,
            } => {
                if let Some(branch) = branch {
                    let effects = self.effects.entry(branch).or_default();
                    effects.push_back(Effect::Defer(seq, step));
                    self.inputs.push_back((seq, at, Input::Answer));
                }
                self.steps = self.steps.max(step);
                self.owing.insert(step);
                match self.owed.iter_mut().find(|(owed, _)| *owed == step) {
                    Some(known) => known.1 = command,
                    None => self.owed.push((step, command)),
                }
            }
            Event::UndoDone { step, .. } => self.owed.retain(|(owed, _)| *owed != step),
            Event::RunFinished { .. } => self.finished = true,
            event => {
                if let Some(report) = report(&event, at) {
                    self.inputs.push_back((seq, at, Input::Report(report)));
                }
                if is_told(&event) {
                    self.told.push_back((seq, event));
                }
            }
        }
    }
}
