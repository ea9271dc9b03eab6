//! JUnit's XML in the dialect that Jenkins reads, as `junit-10.xsd` of its xunit plug-in describes it.
//!
//! A scenario is a suite; its cases, and the scenario itself, are test cases. FAIL is a failure, ERROR
//! an error. The failure of a known defect is skipped, so that nobody's build fails of it.

use std::fmt::Write as _;
use std::io::{self, Write};

use scn_protocol::quantity::moment_text;
use scn_protocol::{Stream, Verdict};
use serde_json::Value as Json;

use super::tests::{self, Outcome, Test};
use super::{Form, Format, Look};
use crate::recorded::Recorded;
use crate::run::{Run, read};
use crate::text::{printable, value};

pub(super) static JUNIT: Format = Format {
    name: "junit",
    help: "JUnit's XML as Jenkins and GitLab read it: a scenario is a suite, a `case` a test case",
    endings: &["xml"],
    form: Form::File(write),
};

/// What a suite's tests add up to.
#[derive(Default)]
struct Sum {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    micros: u64,
}

fn write(records: &[&dyn Recorded], _: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut suites = String::new();
    let mut all = Sum::default();
    for record in records {
        let run = read(*record);
        let sum = suite(&run, &mut suites);
        all.tests += sum.tests;
        all.failures += sum.failures;
        all.errors += sum.errors;
        all.micros += sum.micros;
    }
    let head = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"scn\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{}\">\n",
        all.tests,
        all.failures,
        all.errors,
        seconds(all.micros),
    );
    out.write_all(head.as_bytes())?;
    out.write_all(suites.as_bytes())?;
    out.write_all(b"</testsuites>\n")
}

fn suite(run: &Run, xml: &mut String) -> Sum {
    let tests = tests::of(run);
    let count = |is: fn(Outcome) -> bool| tests.iter().filter(|test| is(test.outcome)).count();
    let sum = Sum {
        tests: tests.len(),
        failures: count(Outcome::is_failure),
        errors: count(Outcome::is_error),
        skipped: count(Outcome::is_skipped),
        micros: run.micros,
    };
    let host = run
        .conditions
        .get("host")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let second = run.begun - run.begun.rem_euclid(1_000_000_000);
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\" timestamp=\"{}\" hostname=\"{}\" id=\"{}\" file=\"{}\">",
        attribute(&run.scenario),
        sum.tests,
        sum.failures,
        sum.errors,
        sum.skipped,
        seconds(run.micros),
        // In this dialect a time without a zone is meant, which is UTC here.
        moment_text(second).trim_end_matches('Z'),
        attribute(host),
        attribute(&run.id),
        attribute(&run.file),
    );
    properties(run, xml);
    for test in &tests {
        case(run, test, xml);
    }
    xml.push_str("  </testsuite>\n");
    sum
}

fn properties(run: &Run, xml: &mut String) {
    let mut all = vec![
        ("run".to_owned(), run.id.clone()),
        ("folder".to_owned(), run.folder.display().to_string()),
        ("verdict".to_owned(), run.outcome().to_owned()),
        ("scn".to_owned(), run.scn.clone()),
    ];
    all.extend(
        run.environment
            .clone()
            .map(|name| ("environment".to_owned(), name)),
    );
    for (name, of) in run.parameters.as_object().into_iter().flatten() {
        all.push((format!("parameter.{name}"), value(of)));
    }
    for (name, count) in [("typed", run.typed), ("resumed", run.resumed)] {
        if count > 0 {
            all.push((name.to_owned(), count.to_string()));
        }
    }
    if !run.tags.is_empty() {
        all.push(("tags".to_owned(), run.tags.join(" ")));
    }
    if !run.covers.is_empty() {
        all.push(("covers".to_owned(), run.covers.join(" ")));
    }
    all.extend(run.seed.map(|seed| ("seed".to_owned(), seed.to_string())));
    if let Some(note) = run
        .known
        .as_ref()
        .zip(run.verdict)
        .and_then(|(known, verdict)| known.note(verdict))
    {
        all.push(("known".to_owned(), note));
    }
    xml.push_str("    <properties>\n");
    for (name, of) in all {
        let (name, of) = (attribute(&name), attribute(&of));
        let _ = writeln!(xml, "      <property name=\"{name}\" value=\"{of}\"/>");
    }
    xml.push_str("    </properties>\n");
}

fn case(run: &Run, test: &Test<'_>, xml: &mut String) {
    let _ = writeln!(
        xml,
        "    <testcase name=\"{}\" classname=\"{}\" time=\"{}\">",
        attribute(&test.name),
        attribute(&class(&run.file)),
        seconds(test.micros),
    );
    result(run, test, xml);
    for (stream, name) in [
        (Stream::Stdout, "system-out"),
        (Stream::Stderr, "system-err"),
    ] {
        let text = tests::transcript(run, test, stream);
        if !text.is_empty() {
            let _ = writeln!(xml, "      <{name}>{}</{name}>", text_of(&text));
        }
    }
    xml.push_str("    </testcase>\n");
}

fn result(run: &Run, test: &Test<'_>, xml: &mut String) {
    let message = attribute(&test.reason);
    let place = match test.place {
        Some((file, line)) => format!("{file}:{line}: "),
        None => String::new(),
    };
    let whole = text_of(&format!("{place}{}", test.reason));
    let _ = match test.outcome {
        Outcome::Judged(Verdict::Pass) => Ok(()),
        Outcome::Judged(Verdict::Skip) => writeln!(xml, "      <skipped message=\"{message}\"/>"),
        Outcome::Known => {
            let id = run.known.as_ref().map_or("", |known| known.id.as_str());
            let id = attribute(id);
            writeln!(
                xml,
                "      <skipped type=\"known\" message=\"known: {id}: {message}\">{whole}</skipped>"
            )
        }
        Outcome::Judged(Verdict::Fail) => {
            writeln!(
                xml,
                "      <failure type=\"FAIL\" message=\"{message}\">{whole}</failure>"
            )
        }
        Outcome::Judged(Verdict::Error) | Outcome::Unfinished => {
            let kind = test.outcome.name();
            writeln!(
                xml,
                "      <error type=\"{kind}\" message=\"{message}\">{whole}</error>"
            )
        }
    };
}

/// What Jenkins shows as a package and a class: the file's path.
fn class(file: &str) -> String {
    let file = file.strip_suffix(".scn").unwrap_or(file);
    let parts = file
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."));
    let class = parts
        .map(|part| part.replace('.', "_"))
        .collect::<Vec<_>>()
        .join(".");
    if class.is_empty() {
        "scn".to_owned()
    } else {
        class
    }
}

fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Text as XML has it; what XML cannot have at all is written out.
fn text_of(text: &str) -> String {
    escaped(&printable(text), false)
}

/// The same for an attribute, where line ends would become blanks.
fn attribute(text: &str) -> String {
    escaped(&printable(text), true)
}

fn escaped(text: &str, attribute: bool) -> String {
    let mut xml = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\n' if attribute => xml.push_str("&#10;"),
            '\t' if attribute => xml.push_str("&#9;"),
            c => xml.push(c),
        }
    }
    xml
}
