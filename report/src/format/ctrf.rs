//! CTRF, the Common Test Report Format: a JSON object of tests, read by many dashboards.

use std::io::{self, Write};

use scn_protocol::{Stream, Verdict};
use serde_json::{Value as Json, json};

use super::tests::{self, Outcome, Test};
use super::{Form, Format, Look, millis};
use crate::recorded::Recorded;
use crate::run::{Run, read};

pub(super) static CTRF: Format = Format {
    name: "ctrf",
    help: "CTRF, the Common Test Report Format, in JSON: a flat list of tests",
    endings: &[],
    form: Form::File(write),
};

fn write(records: &[&dyn Recorded], _: Look, out: &mut dyn Write) -> io::Result<()> {
    let runs: Vec<Run> = records.iter().map(|record| read(*record)).collect();
    let mut all = Vec::new();
    for run in &runs {
        for test in tests::of(run) {
            all.push((status(test.outcome), of_test(run, &test)));
        }
    }
    let count = |name: &str| all.iter().filter(|(status, _)| *status == name).count();
    let begun = runs.iter().map(|run| run.begun).min().unwrap_or(0);
    let last = runs.iter().map(|run| run.last).max().unwrap_or(0);
    let mut whole = json!({
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": { "name": "scn", "version": runs.first().map_or("", |run| run.scn.as_str()) },
            "summary": {
                "tests": all.len(),
                "passed": count("passed"),
                "failed": count("failed"),
                "pending": count("pending"),
                "skipped": count("skipped"),
                "other": count("other"),
                "start": millis(begun),
                "stop": millis(last),
            },
        },
    });
    whole["results"]["tests"] = all
        .into_iter()
        .map(|(_, test)| test)
        .collect::<Vec<_>>()
        .into();
    super::write_json(&whole, out)
}

/// The format knows no ERROR: what could not be judged is `other`, told apart by `rawStatus`.
fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Judged(Verdict::Pass) => "passed",
        Outcome::Judged(Verdict::Fail) => "failed",
        Outcome::Judged(Verdict::Skip) | Outcome::Known => "skipped",
        Outcome::Judged(Verdict::Error) | Outcome::Unfinished => "other",
    }
}

fn of_test(run: &Run, test: &Test<'_>) -> Json {
    let lines = |stream| {
        let text = tests::transcript(run, test, stream);
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut object = json!({
        "name": test.name,
        "status": status(test.outcome),
        "rawStatus": test.outcome.name(),
        "duration": test.micros / 1_000,
        "suite": [run.scenario],
        "tags": run.tags,
        "stdout": lines(Stream::Stdout),
        "stderr": lines(Stream::Stderr),
        "extra": {
            "run": run.id,
            "folder": run.folder.display().to_string(),
            "environment": run.environment,
            "parameters": run.parameters,
            "covers": run.covers,
            "known": run.known.as_ref().map(|known| known.id.clone()),
        },
    });
    if !test.reason.is_empty() {
        object["message"] = test.reason.clone().into();
    }
    if let Some((file, line)) = test.place {
        object["filePath"] = file.into();
        object["line"] = line.into();
    }
    object
}
