//! Allure's results: a folder with a file for each test, and for what belongs to it, which Allure's own
//! program makes a report of.
//!
//! A test has the same files however often its run is rendered; what knows it from run to run is its
//! `historyId`.

use std::fs;
use std::io;

use scn_protocol::words::spelled;
use scn_protocol::{Status, Stream, Verdict};
use serde_json::{Value as Json, json};

use super::tests::{self, Outcome, Test};
use super::{Form, Format, Put, id, millis};
use crate::recorded::Recorded;
use crate::run::{Attempt, Check, Kind, Run, Step, phase_name, read};
use crate::text::value;

pub(super) static ALLURE: Format = Format {
    name: "allure",
    help: "Allure's results, a folder of files: a test for each case, with its steps",
    endings: &[],
    form: Form::Folder(write),
};

/// So many bytes are a name of Allure's: 32 digits.
const ID: usize = 16;

fn write(records: &[&dyn Recorded], put: Put<'_>) -> io::Result<()> {
    for record in records {
        let run = read(*record);
        for test in tests::of(&run) {
            let own = id(&[&run.id, &test.name], ID);
            let mut files = Files {
                run: &run,
                id: &own,
                put,
                number: 0,
            };
            let whole = of_test(&test, &mut files)?;
            let mut bytes = Vec::new();
            super::write_json(&whole, &mut bytes)?;
            put(&format!("{own}-result.json"), &bytes)?;
        }
    }
    Ok(())
}

/// The files that belong to a test.
struct Files<'f, 'p> {
    run: &'f Run,
    id: &'f str,
    put: Put<'p>,
    number: u32,
}

impl Files<'_, '_> {
    /// Adds one; gives what stands for it in the test.
    fn add(&mut self, name: &str, ending: &str, bytes: &[u8]) -> io::Result<Json> {
        self.number += 1;
        let source = format!("{}-{}-attachment{ending}", self.id, self.number);
        (self.put)(&source, bytes)?;
        let kind = match ending {
            ".txt" => "text/plain",
            _ => "application/octet-stream",
        };
        Ok(json!({ "name": name, "source": source, "type": kind }))
    }

    fn of_attempt(&mut self, attempt: &Attempt) -> io::Result<Vec<Json>> {
        let mut all = Vec::new();
        for (stream, name) in [(Stream::Stdout, "stdout"), (Stream::Stderr, "stderr")] {
            let written = attempt.output.text_of(stream, &self.run.folder);
            if !written.is_empty() {
                all.push(self.add(name, ".txt", written.as_bytes())?);
            }
        }
        if !attempt.log.is_empty() {
            let lines = attempt.log.iter();
            let log: String = lines
                .map(|(level, message)| format!("[{level}] {}\n", message.trim_end()))
                .collect();
            all.push(self.add("log", ".txt", log.as_bytes())?);
        }
        for (name, file) in &attempt.attached {
            // One that was taken away since is no reason for no report.
            if let Ok(bytes) = fs::read(self.run.folder.join(file)) {
                let ending = name.rsplit_once('.').map(|(_, ending)| ending);
                let plain = ending.filter(|ending| ending.chars().all(char::is_alphanumeric));
                let ending = plain.map(|ending| format!(".{ending}")).unwrap_or_default();
                all.push(self.add(name, &ending, &bytes)?);
            }
        }
        Ok(all)
    }
}

fn of_test(test: &Test<'_>, files: &mut Files<'_, '_>) -> io::Result<Json> {
    let run = files.run;
    let began = test.node.map_or(run.begun, |node| run.nodes[node].began);
    let micros = i64::try_from(test.micros).unwrap_or(i64::MAX);
    let full_name = format!("{}: {}", run.file, test.name);
    let environment = run.environment.as_deref().unwrap_or_default();
    let given = run.parameters.to_string();
    let roots = match test.node {
        Some(node) => run.nodes[node].children.as_slice(),
        None => run.roots.as_slice(),
    };
    let mut labels = vec![
        label("framework", "scn"),
        label("suite", &run.scenario),
        label("package", &run.file),
    ];
    labels.extend(run.tags.iter().map(|tag| label("tag", tag)));
    let mut parameters = vec![json!({ "name": "environment", "value": environment })];
    let given_one = |(name, of): (&String, &Json)| json!({ "name": name, "value": value(of) });
    parameters.extend(
        run.parameters
            .as_object()
            .into_iter()
            .flatten()
            .map(given_one),
    );
    let mut links: Vec<Json> = run.covers.iter().map(|name| link("tms", name)).collect();
    links.extend(run.known.iter().map(|known| link("issue", &known.id)));
    let trace = tests::transcript(run, test, Stream::Stderr);
    Ok(json!({
        "uuid": files.id,
        "historyId": id(&[&full_name, environment, &given], ID),
        "testCaseId": id(&[&full_name], ID),
        "fullName": full_name,
        "name": test.name,
        "status": status(test.outcome),
        "statusDetails": {
            "message": test.reason,
            "trace": trace,
            "known": test.outcome == Outcome::Known,
        },
        "stage": "finished",
        "start": millis(began),
        "stop": millis(began.saturating_add(micros.saturating_mul(1_000))),
        "labels": labels,
        "links": links,
        "parameters": parameters,
        "steps": steps(roots, files)?,
    }))
}

/// What is told apart from a failure of the system is `broken`.
fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Judged(Verdict::Pass) => "passed",
        Outcome::Judged(Verdict::Fail) => "failed",
        Outcome::Judged(Verdict::Skip) | Outcome::Known => "skipped",
        Outcome::Judged(Verdict::Error) | Outcome::Unfinished => "broken",
    }
}

/// The nodes as steps; a case among them is a test of its own.
fn steps(of: &[usize], files: &mut Files<'_, '_>) -> io::Result<Vec<Json>> {
    let run = files.run;
    let mut all = Vec::new();
    for at in of {
        let node = &run.nodes[*at];
        let (begun, ended) = (node.began, node.ended.unwrap_or(run.last));
        let step = match &node.kind {
            Kind::Case(_) | Kind::Mark(..) => continue,
            Kind::Section(phase) => group(phase_name(*phase), steps(&node.children, files)?),
            Kind::Branch(path) => group(&format!("branch {path}"), steps(&node.children, files)?),
            Kind::Job(path) => group(&format!("job {path}"), steps(&node.children, files)?),
            Kind::Check(check) => of_check(check),
            Kind::Step(step) => of_step(step, files)?,
        };
        all.push(timed(step, begun, ended));
    }
    Ok(all)
}

fn timed(mut step: Json, begun: i64, ended: i64) -> Json {
    step["stage"] = "finished".into();
    step["start"] = millis(begun).into();
    step["stop"] = millis(ended.max(begun)).into();
    step
}

/// What holds others is as they are.
fn group(name: &str, inner: Vec<Json>) -> Json {
    let worst = ["broken", "failed"]
        .into_iter()
        .find(|worst| inner.iter().any(|step| step["status"] == *worst));
    json!({ "name": name, "status": worst.unwrap_or("passed"), "steps": inner })
}

fn of_check(check: &Check) -> Json {
    let status = match check.holds {
        _ if !check.has_failed() => "passed",
        Some(_) => "failed",
        None => "broken",
    };
    let values = check.values.as_object().into_iter().flatten();
    let values: Vec<Json> = values
        .map(|(name, of)| json!({ "name": name, "value": value(of) }))
        .collect();
    json!({
        "name": check.text(),
        "status": status,
        "statusDetails": { "message": check.message },
        "parameters": values,
    })
}

fn of_step(step: &Step, files: &mut Files<'_, '_>) -> io::Result<Json> {
    if let [only] = step.attempts.as_slice() {
        return of_attempt(only, &spelled(&only.command), files);
    }
    let mut tried = Vec::new();
    for attempt in &step.attempts {
        let ended = attempt.ended().unwrap_or(attempt.began);
        let name = format!("attempt {}", attempt.number);
        tried.push(timed(
            of_attempt(attempt, &name, files)?,
            attempt.began,
            ended,
        ));
    }
    let last = step.last();
    Ok(json!({
        "name": last.map(|last| spelled(&last.command)).unwrap_or_default(),
        "status": last.map_or("broken", attempt_status),
        "steps": tried,
    }))
}

fn of_attempt(attempt: &Attempt, name: &str, files: &mut Files<'_, '_>) -> io::Result<Json> {
    Ok(json!({
        "name": name,
        "status": attempt_status(attempt),
        "statusDetails": { "message": attempt.error },
        "attachments": files.of_attempt(attempt)?,
    }))
}

fn attempt_status(attempt: &Attempt) -> &'static str {
    match attempt.status {
        Some(Status::Pass | Status::Cancelled) => "passed",
        // It did not pass, and nothing came of that.
        _ if attempt.caught => "skipped",
        Some(Status::Fail | Status::Timeout) => "failed",
        Some(Status::Error) | None => "broken",
    }
}

fn label(name: &str, value: &str) -> Json {
    json!({ "name": name, "value": value })
}

fn link(kind: &str, name: &str) -> Json {
    json!({ "type": kind, "name": name, "url": "" })
}
