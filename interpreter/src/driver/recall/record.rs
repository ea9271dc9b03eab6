//! What a journal tells of a run, by who asks for it again: each line of execution for its own effects in
//! their order, and all for what came from outside in the order in which it came.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use scn_protocol::quantity::parse_moment;
use scn_protocol::{Event, Line, Map, Metric, Report, Seen, Status, Stream, Value, json};
use serde_json::Value as Json;

use crate::driver::branch::Branch;
use crate::driver::cut::Cut;

/// An attempt of a step, as it was recorded.
#[derive(Debug)]
pub struct Step {
    /// Its number.
    pub step: u64,
    /// The number of the attempt that owes what is owed: its own, or that of the attempt whose end was
    /// not seen and which it repeats.
    pub first: u64,
    /// Its line.
    pub line: u32,
    /// When it began: nanoseconds since 1970 in UTC.
    pub at: i64,
    /// Its words, secrets masked.
    pub words: Vec<String>,
    /// Its process, and when that began in clock ticks.
    pub process: Option<(u32, u64)>,
    /// What it wrote, in order.
    pub outputs: Vec<(Stream, Piece)>,
    /// How it ended; none if that was not seen.
    pub end: Option<End>,
}

/// A piece of output.
#[derive(Debug)]
pub enum Piece {
    /// It stands in the journal.
    Here(Vec<u8>),
    /// It is in a file of the run's folder.
    File(String),
}

/// How an attempt ended.
#[derive(Debug)]
pub struct End {
    /// The number of the event that tells it.
    pub seq: u64,
    /// How.
    pub status: Status,
    /// The exit status of its program.
    pub exit: Option<i64>,
    /// The signal that ended it.
    pub signal: Option<String>,
    /// What it returned.
    pub value: Json,
    /// Why it failed.
    pub error: Option<String>,
    /// How long it took, in nanoseconds.
    pub took: i64,
    /// Another attempt followed, whatever it gave.
    pub again: bool,
    /// It was not even begun.
    pub unstarted: bool,
}

/// A wait, as it was recorded.
#[derive(Debug)]
pub struct Waited {
    /// The number of the event that tells its end.
    pub seq: u64,
    /// What for.
    pub what: String,
    /// How it ended.
    pub status: Status,
    /// What came.
    pub value: Json,
    /// Why it failed.
    pub error: Option<String>,
    /// The region whose time was up.
    pub region: Option<u64>,
}

impl Waited {
    /// The event that tells it, again.
    pub fn told(&self, branch: &Branch, line: u32) -> Event {
        Event::Waited {
            line,
            what: self.what.clone(),
            outcome: self.status == Status::Pass,
            status: Some(self.status),
            value: self.value.clone(),
            error: self.error.clone(),
            region: self.region,
            branch: branch.name.clone(),
            place: 0,
        }
    }
}

/// What a line of execution asks for, and gets again.
#[derive(Clone, Debug)]
pub enum Effect {
    /// An attempt of a step.
    Step(Rc<Step>),
    /// Something that looks outside, with its answer.
    Look(String, Result<Json, String>),
    /// A wait.
    Wait(Rc<Waited>),
}

/// Something that came from outside of the program.
#[derive(Debug)]
pub enum Input {
    /// An answer to a line of execution, which takes it: a step's or a wait's end, or a cut.
    Answer,
    /// A report of a component.
    Report(Report),
    /// A watch ended: it was so, or was not, or could not be judged.
    Watch(u64, Option<bool>, String),
    /// The scenario was ended from outside.
    Stopped(String, bool),
}

/// A recorded run.
#[derive(Debug, Default)]
pub struct Recorded {
    /// When the first event was written: nanoseconds since 1970 in UTC.
    pub began: i64,
    /// The effects of each line of execution.
    pub effects: HashMap<String, VecDeque<Effect>>,
    /// What was cut short, by the line of execution and the number there; and the event's number.
    pub cuts: HashMap<(String, u64), (u64, Cut)>,
    /// What came, with the number and the time of its event.
    pub inputs: VecDeque<(u64, i64, Input)>,
    /// The events that the program makes itself, as often as they are there.
    pub made: HashMap<String, usize>,
    /// What each watch watches for, by its number.
    pub watches: HashMap<u64, String>,
    /// The steps of which it is recorded that they owe something.
    pub owing: HashSet<u64>,
    /// What is owed still, oldest first: the step and its words.
    pub owed: Vec<(u64, Vec<String>)>,
    /// The highest number of a step.
    pub steps: u64,
    /// When the last event was written: nanoseconds since 1970 in UTC.
    pub ended: i64,
    /// The whole run is there.
    pub finished: bool,
    /// Events that the program does not make itself, where they are to be told again.
    pub told: VecDeque<(u64, Event)>,
}

/// A step while the journal is read.
struct Open {
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
const REPEATED: &str = "an attempt that was repeated";

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
                        line,
                        at,
                        words: command,
                        process: None,
                        outputs: Vec::new(),
                        end: None,
                    },
                });
                effects.push_back(Effect::Look(String::new(), Ok(Json::Null)));
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
                ..
            } => {
                self.watches.insert(watch, expression);
                let message = message.unwrap_or_default();
                let input = Input::Watch(watch, holds, message);
                self.inputs.push_back((seq, at, input));
            }
            Event::Stopped { reason, limit } => {
                let input = Input::Stopped(reason, limit);
                self.inputs.push_back((seq, at, input));
            }
            Event::UndoOwed { step, command } => {
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

/// What was reported, as far as the record has it.
fn report(event: &Event, at: i64) -> Option<Report> {
    let (subject, host, what) = match event {
        Event::Observed {
            subject,
            metrics,
            host,
        } => (subject, host, seen(metrics)?),
        Event::Happened {
            subject,
            message,
            data,
            host,
        } => {
            let gap = message.strip_prefix("not observed: ");
            let what = match (data, gap) {
                (Json::Null, Some(reason)) => Seen::Gap {
                    reason: reason.to_owned(),
                },
                _ => Seen::Event {
                    message: message.clone(),
                    data: match json::untagged(data) {
                        Ok(Value::Map(map)) => (*map).clone(),
                        _ => Map::new(),
                    },
                },
            };
            (subject, host, what)
        }
        _ => return None,
    };
    Some(Report {
        subject: subject.clone(),
        host: host.clone(),
        at,
        what,
    })
}

fn seen(metrics: &Json) -> Option<Seen> {
    let metrics = metrics.as_object()?;
    // So a process is told of, and nothing else.
    if metrics.len() == 2 && metrics.contains_key("pid") && metrics.contains_key("running") {
        let pid = metrics["pid"].as_u64();
        let pid = pid.and_then(|pid| u32::try_from(pid).ok());
        return Some(Seen::Process { pid });
    }
    let metric = |(name, value): (&String, &Json)| {
        Some(Metric {
            name: name.clone(),
            value: json::untagged(value).ok()?,
            summary: None,
        })
    };
    Some(Seen::Metrics {
        metrics: metrics.iter().filter_map(metric).collect(),
        interval: None,
    })
}

/// Whether the program does not make it itself when it is given the record.
fn is_told(event: &Event) -> bool {
    match event {
        Event::Said { .. } | Event::Logged { .. } | Event::Attached { .. } => true,
        Event::Observed { .. } | Event::Happened { .. } => true,
        Event::Checked { kind, .. } => matches!(kind.as_str(), "wait" | "hold"),
        _ => false,
    }
}

/// What tells an event that the program makes itself from others.
pub fn made(event: &Event) -> Option<String> {
    Some(match event {
        Event::Assigned { name, line, .. } => format!("assigned {line} {name}"),
        Event::Checked {
            kind,
            line,
            expression,
            branch,
            ..
        } => format!("checked {line} {kind} {branch} {expression}"),
        Event::Marked { name, line } => format!("marked {line} {name}"),
        Event::CaseStarted { case, line, branch } => {
            format!("case_started {line} {branch} {case}")
        }
        Event::CaseFinished {
            case, line, branch, ..
        } => format!("case_finished {line} {branch} {case}"),
        Event::UndoOwed { step, command } => format!("undo_owed {step} {command:?}"),
        Event::UndoDone { step, command } => format!("undo_done {step} {command:?}"),
        Event::Stopped { reason, .. } => format!("stopped {reason}"),
        Event::Verdict { .. } => "verdict".to_owned(),
        Event::RunStarted { .. } => "run_started".to_owned(),
        _ => return None,
    })
}
