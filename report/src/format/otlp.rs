//! OTLP, the format of OpenTelemetry, in JSON: a trace a run, in it a span for each of its parts and steps.
//!
//! A run has the same ids however often it is rendered, so that who reads it twice has it once.

use std::io::{self, Write};

use scn_protocol::Verdict;
use scn_protocol::words::spelled;
use serde_json::{Value as Json, json};

use super::{Form, Format, Look, id};
use crate::recorded::Recorded;
use crate::run::{Attempt, Check, Kind, Node, Run, Step, phase_name, read, status_name};
use crate::text::crop;

pub(super) static OTLP: Format = Format {
    name: "otlp",
    help: "OpenTelemetry's OTLP in JSON: a trace a run, a span for each part and step",
    endings: &[],
    form: Form::File(write),
};

/// So many characters of a step's words are its span's name; all of them are an attribute.
const NAME: usize = 120;

/// What is done within one process.
const INTERNAL: u32 = 1;

/// The states of a span.
const OK: u32 = 1;
const ERROR: u32 = 2;

fn write(records: &[&dyn Recorded], _: Look, out: &mut dyn Write) -> io::Result<()> {
    let traces: Vec<Json> = records
        .iter()
        .map(|record| of_run(&read(*record)))
        .collect();
    super::write_json(&json!({ "resourceSpans": traces }), out)
}

fn of_run(run: &Run) -> Json {
    let mut resource = vec![
        ("service.name", text("scn")),
        ("service.version", text(&run.scn)),
    ];
    if let Some(environment) = &run.environment {
        resource.push(("deployment.environment.name", text(environment)));
    }
    json!({
        "resource": { "attributes": attributes(resource) },
        "scopeSpans": [{
            "scope": { "name": "scn", "version": run.scn },
            "spans": spans(run),
        }],
    })
}

/// The span of the run, and after it those of what is in it, parents first.
fn spans(run: &Run) -> Vec<Json> {
    let trace = id(&[&run.id], 16);
    let whole = id(&[&run.id, "run"], 8);
    let own = |at: usize| id(&[&run.id, &at.to_string()], 8);
    let mut spans = vec![whole_run(run, &trace, &whole)];
    for (at, node) in run.nodes.iter().enumerate() {
        let (name, attributes, status) = match &node.kind {
            Kind::Section(phase) => (phase_name(*phase).to_owned(), Vec::new(), json!({})),
            Kind::Case(case) => {
                let mut said = vec![("test.case.name", text(&case.title))];
                said.extend(
                    case.verdict
                        .map(|verdict| ("scn.verdict", text(verdict.name()))),
                );
                said.extend(case_result(case.verdict));
                said.push(("code.line.number", whole_number(case.line.into())));
                let status = judged(case.verdict, case.reason.as_deref());
                (case.title.clone(), said, status)
            }
            Kind::Branch(path) => (format!("branch {path}"), Vec::new(), json!({})),
            Kind::Job(path) => (format!("job {path}"), Vec::new(), json!({})),
            Kind::Step(step) => of_step(run, step),
            Kind::Check(check) if check.is_wait() => of_wait(run, check),
            // What takes no time is an event of what it is in.
            Kind::Check(_) | Kind::Mark(..) => continue,
        };
        let parent = node.parent.map_or_else(|| whole.clone(), own);
        let span = Span {
            trace: &trace,
            id: own(at),
            parent: Some(parent),
        };
        let ended = node.ended.unwrap_or(run.last);
        let mut object = span.object(&name, node.began, ended, attributes, status);
        object["events"] = events(run, &node.children).into();
        let tried = match &node.kind {
            Kind::Step(step) => step.attempts.as_slice(),
            _ => &[],
        };
        if let [attempt] = tried {
            add_log(&mut object, attempt);
        }
        spans.push(object);
        if tried.len() > 1 {
            spans.extend(tried.iter().map(|attempt| {
                let (step, number) = (at.to_string(), attempt.number.to_string());
                let id = id(&[&run.id, &step, &number], 8);
                of_attempt(
                    run,
                    attempt,
                    &Span {
                        trace: &trace,
                        id,
                        parent: Some(own(at)),
                    },
                )
            }));
        }
    }
    spans
}

struct Span<'t> {
    trace: &'t str,
    id: String,
    parent: Option<String>,
}

impl Span<'_> {
    fn object(
        &self,
        name: &str,
        began: i64,
        ended: i64,
        said: Vec<(&'static str, Json)>,
        status: Json,
    ) -> Json {
        let mut object = json!({
            "traceId": self.trace,
            "spanId": self.id,
            "name": name,
            "kind": INTERNAL,
            // Numbers of 64 bits are texts in OTLP's JSON.
            "startTimeUnixNano": began.to_string(),
            "endTimeUnixNano": ended.max(began).to_string(),
            "attributes": attributes(said),
            "status": status,
        });
        if let Some(parent) = &self.parent {
            object["parentSpanId"] = parent.as_str().into();
        }
        object
    }
}

fn whole_run(run: &Run, trace: &str, id: &str) -> Json {
    let mut said = vec![
        ("test.suite.name", text(&run.scenario)),
        ("test.suite.run.status", text(suite_status(run))),
        ("scn.run", text(&run.id)),
        ("scn.outcome", text(run.outcome())),
        ("code.file.path", text(&run.file)),
        ("scn.parameters", text(&run.parameters.to_string())),
        ("scn.conditions", text(&run.conditions.to_string())),
        ("scn.tags", list(&run.tags)),
        ("scn.covers", list(&run.covers)),
    ];
    if let Some(line) = run.line {
        said.push(("code.line.number", whole_number(line.into())));
    }
    if let Some(known) = &run.known {
        said.push(("scn.known", text(&known.id)));
    }
    let because = run.because();
    let status = match run.is_excused() {
        true => json!({}),
        false if run.is_finished() => judged(run.verdict, Some(&because)),
        false => json!({ "code": ERROR, "message": because }),
    };
    let span = Span {
        trace,
        id: id.to_owned(),
        parent: None,
    };
    let mut object = span.object(&run.scenario, run.begun, run.last, said, status);
    let mut told = events(run, &run.roots);
    told.extend(run.seen.iter().map(|seen| {
        event(
            seen.at,
            &seen.message,
            vec![("scn.subject", text(&seen.subject))],
        )
    }));
    object["events"] = told.into();
    object
}

/// As OpenTelemetry's conventions for tests name it.
fn suite_status(run: &Run) -> &'static str {
    match run.outcome() {
        "PASS" => "success",
        "FAIL" => "failure",
        "SKIP" => "skipped",
        "RUNNING" => "in_progress",
        _ => "aborted",
    }
}

/// The conventions know two results; what is neither has none.
fn case_result(verdict: Option<Verdict>) -> Option<(&'static str, Json)> {
    let result = match verdict? {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Error | Verdict::Skip => return None,
    };
    Some(("test.case.result.status", text(result)))
}

fn judged(verdict: Option<Verdict>, reason: Option<&str>) -> Json {
    match verdict {
        Some(Verdict::Pass) => json!({ "code": OK }),
        Some(Verdict::Fail | Verdict::Error) => {
            json!({ "code": ERROR, "message": reason.unwrap_or_default() })
        }
        Some(Verdict::Skip) | None => json!({}),
    }
}

fn of_step(run: &Run, step: &Step) -> (String, Vec<(&'static str, Json)>, Json) {
    let Some(last) = step.last() else {
        return (String::new(), Vec::new(), json!({}));
    };
    let mut said = vec![
        ("code.file.path", text(run.file_of(step.file.as_deref()))),
        ("code.line.number", whole_number(step.line.into())),
        ("scn.phase", text(phase_name(step.phase))),
    ];
    said.extend(of_effect(last));
    let words = spelled(&last.command);
    (crop(&words, NAME).into_owned(), said, state(last))
}

fn of_attempt(run: &Run, attempt: &Attempt, span: &Span<'_>) -> Json {
    let mut said = of_effect(attempt);
    said.push(("scn.attempt", whole_number(attempt.number.into())));
    let ended = attempt.ended().unwrap_or(run.last);
    let name = format!("attempt {}", attempt.number);
    let mut object = span.object(&name, attempt.began, ended, said, state(attempt));
    add_log(&mut object, attempt);
    object
}

fn of_effect(attempt: &Attempt) -> Vec<(&'static str, Json)> {
    let mut said = vec![
        ("scn.step", whole_number(attempt.step.cast_signed())),
        ("scn.command", text(&spelled(&attempt.command))),
        ("scn.does", text(&attempt.does)),
        ("scn.status", text(status_name(attempt.status))),
        ("scn.caught", json!({ "boolValue": attempt.caught })),
    ];
    if !attempt.host.is_empty() {
        said.push(("host.name", text(&attempt.host)));
    }
    if let Some(exit) = attempt.exit {
        said.push(("process.exit.code", whole_number(exit)));
    }
    if let Some(signal) = &attempt.signal {
        said.push(("scn.signal", text(signal)));
    }
    said
}

fn state(attempt: &Attempt) -> Json {
    match attempt.has_failed() {
        true => json!({ "code": ERROR, "message": attempt.error.as_deref().unwrap_or_default() }),
        false => json!({}),
    }
}

fn of_wait(run: &Run, check: &Check) -> (String, Vec<(&'static str, Json)>, Json) {
    let status = match check.has_failed() {
        true => json!({ "code": ERROR, "message": check.message.as_deref().unwrap_or_default() }),
        false => json!({}),
    };
    let name = crop(&check.text(), NAME).into_owned();
    (name, of_check(run, check), status)
}

fn of_check(run: &Run, check: &Check) -> Vec<(&'static str, Json)> {
    let mut said = vec![
        ("code.file.path", text(run.file_of(check.file.as_deref()))),
        ("code.line.number", whole_number(check.line.into())),
        ("scn.expression", text(&check.text())),
        ("scn.values", text(&check.values.to_string())),
        ("scn.caught", json!({ "boolValue": check.caught })),
    ];
    if let Some(holds) = check.holds {
        said.push(("scn.holds", json!({ "boolValue": holds })));
    }
    if let Some(message) = &check.message {
        said.push(("scn.message", text(message)));
    }
    said
}

/// What was judged at one moment, and moments that were named.
fn events(run: &Run, of: &[usize]) -> Vec<Json> {
    let nodes = of.iter().map(|at| &run.nodes[*at]);
    nodes
        .filter_map(|node: &Node| match &node.kind {
            Kind::Check(check) if !check.is_wait() => {
                Some(event(node.began, &check.text(), of_check(run, check)))
            }
            Kind::Mark(name, line) => {
                let line = vec![("code.line.number", whole_number((*line).into()))];
                Some(event(node.began, &format!("mark {name}"), line))
            }
            _ => None,
        })
        .collect()
}

fn event(at: i64, name: &str, said: Vec<(&'static str, Json)>) -> Json {
    json!({ "timeUnixNano": at.to_string(), "name": name, "attributes": attributes(said) })
}

/// When each line was written is not told, but not before the step began.
fn add_log(span: &mut Json, attempt: &Attempt) {
    let Some(events) = span
        .as_object_mut()
        .map(|span| span.entry("events").or_insert_with(|| json!([])))
        .and_then(Json::as_array_mut)
    else {
        return;
    };
    events.extend(
        attempt
            .log
            .iter()
            .map(|(level, message)| event(attempt.began, message, vec![("level", text(level))])),
    );
}

fn attributes(said: Vec<(&'static str, Json)>) -> Json {
    said.into_iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect()
}

fn text(text: &str) -> Json {
    json!({ "stringValue": text })
}

fn whole_number(number: i64) -> Json {
    json!({ "intValue": number.to_string() })
}

fn list(texts: &[String]) -> Json {
    let values: Vec<Json> = texts.iter().map(|element| text(element)).collect();
    json!({ "arrayValue": { "values": values } })
}
