//! The fold of a run's events into a tree.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use scn_protocol::{Event, Phase, Status, Stream};
use serde_json::Value as Json;

use super::kept::Kept;
use super::lanes::Lanes;
use super::node::{Attempt, Case, Check, Kind, Step};
use super::series::Series;
use super::{Ending, Run};
use crate::recorded::Recorded;
use crate::verdict::changes;

/// Where all outputs together are larger than this, in bytes, those of steps that passed are shortened.
const ENOUGH: usize = 8 * 1024 * 1024;

/// A step that runs: its node, which of its attempts it is, and the files of its outputs.
struct Open {
    node: usize,
    attempt: usize,
    /// With how many bytes they have, if that is known.
    files: Vec<(Stream, String, Option<u64>)>,
}

struct Fold<'r> {
    record: &'r dyn Recorded,
    run: Run,
    lanes: Lanes,
    open: HashMap<u64, Open>,
    series: HashMap<(String, String), usize>,
    /// How many bytes of outputs are kept.
    kept: usize,
    /// The last event began this step, which speaks at once if it is an `echo`.
    speaker: Option<u64>,
}

/// Reads a run.
pub fn read(record: &dyn Recorded) -> Run {
    let mut fold = Fold {
        record,
        run: Run::empty(record),
        lanes: Lanes::default(),
        open: HashMap::new(),
        series: HashMap::new(),
        kept: 0,
        speaker: None,
    };
    let read = record.read(&mut |at, event| fold.event(at, event));
    fold.finish(read)
}

impl Fold<'_> {
    fn event(&mut self, at: i64, event: &Event) {
        if self.run.begun == 0 {
            self.run.begun = at;
        }
        self.run.last = self.run.last.max(at);
        let speaker = self.speaker.take();
        match event {
            Event::RunStarted { .. } => self.run.started(at, event),
            Event::StepStarted { .. } => self.step_started(at, event),
            Event::Output {
                step,
                stream,
                text,
                bytes,
                file,
            } => {
                let decoded = || bytes.as_deref().and_then(|bytes| BASE64.decode(bytes).ok());
                match (text, file) {
                    (Some(text), _) => self.output(*step, *stream, text.as_bytes()),
                    (None, None) => self.output(*step, *stream, &decoded().unwrap_or_default()),
                    (None, Some(file)) => self.goes_on_in(*step, *stream, file),
                }
            }
            Event::OutputEnded { step, stream, size } => {
                self.went_on_for(*step, *stream, *size);
            }
            Event::StepFinished { .. } => self.step_finished(at, event),
            Event::Said { text } => {
                if let Some(step) = speaker {
                    self.output(step, Stream::Stdout, format!("{text}\n").as_bytes());
                }
            }
            Event::Checked { .. } => self.checked(at, event),
            Event::Waited { branch, .. } => {
                self.lanes.touched(branch, at);
            }
            Event::Logged {
                step,
                level,
                message,
            } => {
                if let Some(attempt) = self.attempt(*step) {
                    attempt.log.push((level.clone(), message.clone()));
                }
            }
            Event::Attached { step, name, file } => {
                if let Some(attempt) = self.attempt(*step) {
                    attempt.attached.push((name.clone(), file.clone()));
                }
            }
            Event::RunResumed { .. } => {
                self.run.resumed += 1;
                self.run.marks.push((at, "taken up again".to_owned(), 0));
            }
            Event::Entered { text, .. } if changes(&self.run.file, text) => {
                self.run.typed += 1;
                let first = text.lines().next().unwrap_or_default();
                self.run.marks.push((at, format!("typed: {first}"), 0));
            }
            Event::Marked { name, line } => {
                self.run.marks.push((at, name.clone(), *line));
                let parent = self.lanes.container("", Phase::Scenario, at);
                let mark = self.lanes.add(parent, Kind::Mark(name.clone(), *line), at);
                self.lanes.end(mark, at);
            }
            Event::CaseStarted { case, line, branch } => self.case_started(at, case, *line, branch),
            Event::CaseFinished { .. } => self.case_finished(at, event),
            Event::Observed {
                subject, metrics, ..
            } => self.observed(at, subject, metrics),
            Event::Happened {
                subject, message, ..
            } => self.run.happened(at, subject, message),
            Event::UndoOwed { step, command, .. } => self.run.owed(*step, command),
            Event::UndoDone { step, command } => self.run.undone(*step, command),
            Event::Verdict { .. } | Event::RunFinished { .. } => self.run.judged(event),
            _ => {}
        }
    }

    fn step_started(&mut self, at: i64, event: &Event) {
        let Event::StepStarted {
            step,
            line,
            command,
            does,
            host,
            attempt: number,
            phase,
            branch,
            place,
            file,
        } = event
        else {
            return;
        };
        // Attempts are no steps of their own.
        self.run.steps += u64::from(*number == 1);
        self.lanes.begins(branch, *phase, *place);
        let attempt = Attempt {
            step: *step,
            number: *number,
            command: command.clone(),
            does: does.clone(),
            host: host.clone(),
            place: *place,
            began: at,
            status: None,
            exit: None,
            signal: None,
            value: Json::Null,
            error: None,
            micros: 0,
            caught: false,
            output: Kept::default(),
            log: Vec::new(),
            attached: Vec::new(),
        };
        let again = self.lanes.last_step(branch).filter(|last| {
            *number > 1
                && matches!(&self.lanes.nodes[*last].kind, Kind::Step(known)
                    if known.line == *line && known.file == *file && known.phase == *phase
                        && known.last().is_some_and(|last| last.number + 1 == *number && last.status.is_some()))
        });
        let node = again.unwrap_or_else(|| {
            let parent = self.lanes.container(branch, *phase, at);
            let step = Step {
                line: *line,
                file: file.clone(),
                phase: *phase,
                branch: branch.clone(),
                attempts: Vec::new(),
            };
            self.lanes.add(parent, Kind::Step(Box::new(step)), at)
        });
        let mut index = 0;
        if let Kind::Step(known) = &mut self.lanes.nodes[node].kind {
            index = known.attempts.len();
            known.attempts.push(attempt);
        }
        self.lanes.stepped(branch, *place, node);
        self.lanes.touched(branch, at);
        if command.first().is_some_and(|first| first == "echo") {
            self.speaker = Some(*step);
        }
        let open = Open {
            node,
            attempt: index,
            files: Vec::new(),
        };
        self.open.insert(*step, open);
    }

    fn attempt(&mut self, step: u64) -> Option<&mut Attempt> {
        let open = self.open.get(&step)?;
        match &mut self.lanes.nodes[open.node].kind {
            Kind::Step(step) => step.attempts.get_mut(open.attempt),
            _ => None,
        }
    }

    fn output(&mut self, step: u64, stream: Stream, bytes: &[u8]) {
        if let Some(attempt) = self.attempt(step) {
            attempt.output.push(stream, bytes);
        }
    }

    fn goes_on_in(&mut self, step: u64, stream: Stream, file: &str) {
        if let Some(attempt) = self.attempt(step) {
            attempt.output.files.push(file.to_owned());
        }
        if let Some(open) = self.open.get_mut(&step) {
            open.files.push((stream, file.to_owned(), None));
        }
    }

    fn went_on_for(&mut self, step: u64, stream: Stream, size: u64) {
        let Some(open) = self.open.get_mut(&step) else {
            return;
        };
        let last = open.files.iter_mut().rfind(|(of, ..)| *of == stream);
        if let Some((.., known)) = last {
            *known = Some(size);
        }
    }

    /// The files of an output are read when nothing more comes into them.
    fn close_output(&mut self, step: u64) {
        let files = self
            .open
            .get_mut(&step)
            .map(|open| std::mem::take(&mut open.files));
        let folder = self.record.folder();
        let crowded = self.kept > ENOUGH;
        let Some(attempt) = self.attempt(step) else {
            return;
        };
        for (stream, file, size) in files.unwrap_or_default() {
            attempt.output.take_file(folder, stream, &file, size);
        }
        if crowded && matches!(attempt.status, Some(Status::Pass)) {
            attempt.output.shorten();
        }
        self.kept += attempt.output.bytes();
    }

    fn step_finished(&mut self, at: i64, event: &Event) {
        let Event::StepFinished {
            step,
            status,
            exit,
            signal,
            value,
            error,
            duration_us,
            caught,
            torn,
            ..
        } = event
        else {
            return;
        };
        let mut again = false;
        if let Some(attempt) = self.attempt(*step) {
            again = *torn && attempt.number == 1;
            attempt.status = Some(*status);
            attempt.exit = *exit;
            attempt.signal.clone_from(signal);
            attempt.value.clone_from(value);
            attempt.error.clone_from(error);
            attempt.micros = *duration_us;
            attempt.caught = *caught;
        }
        // What is made again begins once more.
        self.run.steps = self.run.steps.saturating_sub(u64::from(again));
        self.close_output(*step);
        let Some(open) = self.open.remove(step) else {
            return;
        };
        self.lanes.end(open.node, at);
        let branch = match &self.lanes.nodes[open.node].kind {
            Kind::Step(step) => step.branch.clone(),
            _ => return,
        };
        self.lanes.touched(&branch, at);
    }

    fn checked(&mut self, at: i64, event: &Event) {
        let Event::Checked {
            kind,
            line,
            file,
            expression,
            holds,
            values,
            message,
            during,
            branch,
            caught,
            watch: _,
        } = event
        else {
            return;
        };
        let check = Check {
            kind: kind.clone(),
            line: *line,
            file: file.clone(),
            expression: expression.clone(),
            holds: *holds,
            values: values.clone(),
            message: message.clone(),
            during: *during,
            branch: branch.clone(),
            caught: *caught,
        };
        let mut began = at;
        if !check.is_watch() {
            self.lanes.goes_on(branch);
            let before = self.lanes.touched(branch, at);
            if check.is_wait() {
                began = before;
            }
        }
        let parent = self.lanes.container(branch, Phase::Scenario, at);
        let node = self.lanes.add(parent, Kind::Check(Box::new(check)), began);
        self.lanes.end(node, at);
    }

    fn case_started(&mut self, at: i64, title: &str, line: u32, branch: &str) {
        self.lanes.goes_on(branch);
        let parent = self.lanes.container(branch, Phase::Scenario, at);
        let case = Case {
            title: title.to_owned(),
            line,
            verdict: None,
            reason: None,
        };
        let node = self.lanes.add(parent, Kind::Case(case), at);
        self.lanes.open_case(branch, node);
        self.lanes.touched(branch, at);
    }

    fn case_finished(&mut self, at: i64, event: &Event) {
        let Event::CaseFinished {
            case: title,
            line,
            verdict,
            reason,
            branch,
        } = event
        else {
            return;
        };
        self.lanes.touched(branch, at);
        let Some(node) = self.lanes.close_case(branch, title, *line) else {
            return;
        };
        if let Kind::Case(case) = &mut self.lanes.nodes[node].kind {
            case.verdict = Some(*verdict);
            case.reason.clone_from(reason);
        }
        self.lanes.end(node, at);
    }

    fn observed(&mut self, at: i64, subject: &str, metrics: &Json) {
        if metrics.get("running") == Some(&Json::Bool(false)) {
            // What was reported of the process that has ended is known no more.
            let of_subject = self.run.series.iter_mut();
            let of_subject = of_subject.filter(|series| series.subject == subject);
            of_subject.for_each(|series| series.push(at, &Json::Null));
        }
        for (metric, value) in metrics.as_object().into_iter().flatten() {
            let series = &mut self.run.series;
            let index = *self
                .series
                .entry((subject.to_owned(), metric.clone()))
                .or_insert_with(|| {
                    series.push(Series::new(subject, metric));
                    series.len() - 1
                });
            series[index].push(at, value);
        }
    }

    fn finish(mut self, read: Result<(), String>) -> Run {
        let left: Vec<u64> = self.open.keys().copied().collect();
        for step in left {
            self.close_output(step);
        }
        for series in &mut self.run.series {
            series.finish();
        }
        self.run.nodes = self.lanes.nodes;
        self.run.roots = self.lanes.roots;
        self.run.mark_caught();
        if self.run.ending == Ending::Running {
            let elapsed = u64::try_from((self.run.last - self.run.begun) / 1_000);
            self.run.micros = elapsed.unwrap_or(0);
            let failed = |step: &&&Step| step.has_failed();
            self.run.failed = self.run.steps_under(None).iter().filter(failed).count() as u64;
            if !self.record.is_running() {
                self.run.ending = Ending::CutShort(self.run.cut_short());
            }
        }
        if let Err(reason) = read {
            self.run.ending = Ending::CutShort(format!("the record cannot be read on: {reason}"));
        }
        self.run
    }
}
