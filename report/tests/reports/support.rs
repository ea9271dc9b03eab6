//! Runs that are told event by event.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use scn_protocol::{Event, Phase, Status, Stream, Verdict};
use scn_report::format::{Form, Look, by_name};
use scn_report::recorded::Recorded;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// When it begins: in November 2026.
pub const BEGIN: i64 = 1_795_222_212_000_000_000;

/// A run, as it was recorded.
pub struct Told {
    folder: TempDir,
    pub events: Vec<(i64, Event)>,
    pub source: String,
    pub damaged: Option<String>,
}

impl Told {
    pub fn of(first: Event) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            events: vec![(BEGIN, first)],
            source: String::new(),
            damaged: None,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The next event, a millisecond after the one before.
    pub fn see(&mut self, event: Event) -> &mut Self {
        let at = self.events.last().unwrap().0 + 1_000_000;
        self.events.push((at, event));
        self
    }

    pub fn output(&mut self, step: u64, stream: Stream, text: &str) {
        self.see(Event::Output {
            step,
            stream,
            text: Some(text.to_owned()),
            bytes: None,
            file: None,
        });
    }

    /// A step from its beginning to its end.
    pub fn step(&mut self, step: Step, status: Status) {
        self.see(step.clone().started());
        if !step.writes.is_empty() {
            self.output(step.step, Stream::Stdout, &step.writes);
        }
        self.see(step.finished(status));
    }

    pub fn case_finished(&mut self, case: &str, line: u32, verdict: Verdict, reason: Option<&str>) {
        self.see(Event::CaseFinished {
            case: case.to_owned(),
            line,
            verdict,
            reason: reason.map(str::to_owned),
            branch: String::new(),
        });
    }

    pub fn end(&mut self, verdict: Verdict, reason: Option<&str>, line: Option<u32>) {
        let begun = |(_, event): &&(i64, Event)| matches!(event, Event::StepStarted { .. });
        let steps = self.events.iter().filter(begun).count() as u64;
        self.see(Event::Verdict {
            verdict,
            reason: reason.map(str::to_owned),
            line,
            file: None,
        });
        self.see(Event::RunFinished {
            verdict,
            steps,
            failed: 0,
            duration_us: 1_200_000,
        });
    }

    pub fn report(&self, format: &str) -> String {
        report(format, &[self])
    }
}

pub fn report(format: &str, runs: &[&Told]) -> String {
    let runs: Vec<&dyn Recorded> = runs.iter().map(|run| *run as _).collect();
    let mut bytes = Vec::new();
    let Form::File(write) = by_name(format).unwrap().form else {
        panic!("{format} is no single file");
    };
    write(&runs, Look::default(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The files of a report that is a folder of them.
pub fn files(format: &str, runs: &[&Told]) -> BTreeMap<String, Vec<u8>> {
    let runs: Vec<&dyn Recorded> = runs.iter().map(|run| *run as _).collect();
    let Form::Folder(write) = by_name(format).unwrap().form else {
        panic!("{format} is a single file");
    };
    let files = RefCell::new(BTreeMap::new());
    write(&runs, &|name, bytes| {
        let before = files.borrow_mut().insert(name.to_owned(), bytes.to_vec());
        assert_eq!(before, None, "{name} is written twice");
        Ok(())
    })
    .unwrap();
    files.into_inner()
}

impl Recorded for Told {
    fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn is_running(&self) -> bool {
        false
    }

    fn source(&self, _: &str) -> Option<String> {
        Some(self.source.clone()).filter(|source| !source.is_empty())
    }

    fn read(&self, see: &mut dyn FnMut(i64, &Event)) -> Result<(), String> {
        for (at, event) in &self.events {
            see(*at, event);
        }
        self.damaged.clone().map_or(Ok(()), Err)
    }
}

pub fn started() -> Event {
    Event::RunStarted {
        run: "20261121-005012.000-test".into(),
        scenario: "Orders".into(),
        file: "suite/orders.scn".into(),
        environment: Some("local".into()),
        parameters: json!({ "rate": 200 }),
        trigger: Json::Null,
        conditions: json!({ "host": "here" }),
        scn: "0.1.0".into(),
        known: None,
        tags: vec!["smoke".into()],
        covers: Vec::new(),
        seed: None,
        pid: None,
    }
}

/// A step that is to be told.
#[derive(Clone)]
pub struct Step {
    pub step: u64,
    line: u32,
    command: Vec<String>,
    branch: String,
    attempt: u32,
    place: u64,
    phase: Phase,
    caught: bool,
    writes: String,
}

pub fn step(step: u64, line: u32) -> Step {
    Step {
        step,
        line,
        command: vec!["run".into(), "true".into()],
        branch: String::new(),
        attempt: 1,
        place: 0,
        phase: Phase::Scenario,
        caught: false,
        writes: String::new(),
    }
}

impl Step {
    pub fn command(mut self, words: &[&str]) -> Self {
        self.command = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    pub fn branch(mut self, branch: &str) -> Self {
        branch.clone_into(&mut self.branch);
        self
    }

    pub fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    pub fn place(mut self, place: u64) -> Self {
        self.place = place;
        self
    }

    pub fn phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    pub fn caught(mut self) -> Self {
        self.caught = true;
        self
    }

    pub fn writes(mut self, text: &str) -> Self {
        text.clone_into(&mut self.writes);
        self
    }

    pub fn started(self) -> Event {
        Event::StepStarted {
            step: self.step,
            line: self.line,
            does: self.command.join(" "),
            command: self.command,
            host: String::new(),
            attempt: self.attempt,
            phase: self.phase,
            branch: self.branch,
            place: self.place,
            file: None,
        }
    }

    pub fn finished(self, status: Status) -> Event {
        let good = status == Status::Pass;
        Event::StepFinished {
            step: self.step,
            line: self.line,
            status,
            exit: Some(i64::from(!good)),
            signal: None,
            value: Json::Null,
            error: (!good).then(|| "exit status 1".to_owned()),
            duration_us: 1_000,
            caught: self.caught,
            again: false,
            unstarted: false,
            torn: false,
        }
    }
}
