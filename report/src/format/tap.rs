//! TAP 14, the Test Anything Protocol: a run is a test, whose cases are a subtest.

use std::fmt::Write as _;
use std::io::{self, Write};

use scn_protocol::Verdict;

use super::tests::{self, Outcome, Test};
use super::{Form, Format, Look};
use crate::recorded::Recorded;
use crate::run::{Run, read};
use crate::text::printable;

pub(super) static TAP: Format = Format {
    name: "tap",
    help: "TAP 14: cases as subtests, why one failed as YAML, known defects as TODO",
    endings: &["tap"],
    form: Form::File(write),
};

fn write(records: &[&dyn Recorded], _: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut text = format!("TAP version 14\n1..{}\n", records.len());
    for (number, record) in records.iter().enumerate() {
        one(&read(*record), number + 1, &mut text);
    }
    out.write_all(text.as_bytes())
}

fn one(run: &Run, number: usize, text: &mut String) {
    let tests = tests::of(run);
    let title = match &run.environment {
        Some(environment) => format!("{} on {environment}", run.scenario),
        None => run.scenario.clone(),
    };
    if tests.len() > 1 || tests.first().is_some_and(|test| test.node.is_some()) {
        let _ = writeln!(text, "# Subtest: {}", described(&title));
        let _ = writeln!(text, "    1..{}", tests.len());
        for (number, test) in tests.iter().enumerate() {
            point(run, test, number + 1, "    ", text);
        }
    }
    let outcome = match run.verdict {
        Some(_) if run.is_excused() => Outcome::Known,
        Some(verdict) if run.is_finished() => Outcome::Judged(verdict),
        _ => Outcome::Unfinished,
    };
    let whole = Test {
        name: title,
        node: None,
        outcome,
        reason: run.because(),
        place: run
            .line
            .map(|line| (run.file_of(run.within.as_deref()), line)),
        micros: run.micros,
    };
    point(run, &whole, number, "", text);
}

/// A test's line, and under it what is known of a failure.
fn point(run: &Run, test: &Test<'_>, number: usize, margin: &str, text: &mut String) {
    let good = matches!(test.outcome, Outcome::Judged(Verdict::Pass | Verdict::Skip));
    let ok = if good { "ok" } else { "not ok" };
    let _ = write!(text, "{margin}{ok} {number} - {}", described(&test.name));
    let known = run.known.as_ref().filter(|known| !known.over);
    match test.outcome {
        Outcome::Judged(Verdict::Skip) => {
            let _ = write!(text, " # SKIP {}", described(&test.reason));
        }
        Outcome::Known | Outcome::Judged(Verdict::Pass) => {
            // What passes although it is known not to is what TAP calls a bonus.
            if let Some(known) =
                known.filter(|_| test.outcome == Outcome::Known || test.node.is_none())
            {
                let until = known
                    .until
                    .as_deref()
                    .map(|until| format!(" until {until}"));
                let _ = write!(
                    text,
                    " # TODO {}{}",
                    described(&known.id),
                    until.unwrap_or_default()
                );
            }
        }
        _ => {}
    }
    text.push('\n');
    diagnostics(run, test, good, margin, text);
}

fn diagnostics(run: &Run, test: &Test<'_>, good: bool, margin: &str, text: &mut String) {
    let micros = test.micros;
    let mut lines = vec![(
        "duration_ms",
        format!("{}.{:03}", micros / 1_000, micros % 1_000),
    )];
    if !good {
        lines.push(("message", quoted(&test.reason)));
        lines.push((
            "severity",
            match test.outcome.is_error() {
                true => "error".to_owned(),
                false => "fail".to_owned(),
            },
        ));
        if let Some((file, line)) = test.place {
            lines.push(("at", format!("{{ file: {}, line: {line} }}", quoted(file))));
        }
    }
    if margin.is_empty() {
        lines.push(("verdict", run.outcome().to_owned()));
        lines.push(("run", quoted(&run.id)));
        lines.push(("folder", quoted(&run.folder.display().to_string())));
    }
    let _ = writeln!(text, "{margin}  ---");
    for (name, value) in lines {
        let _ = writeln!(text, "{margin}  {name}: {value}");
    }
    let _ = writeln!(text, "{margin}  ...");
}

/// A description: on one line, without what would begin a directive.
fn described(text: &str) -> String {
    let text = printable(text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace('\\', "\\\\").replace('#', "\\#")
}

/// A text of YAML in double quotes, which is one of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(printable(text)).to_string()
}
