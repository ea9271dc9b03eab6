//! What the page's script is given, as JSON in which nothing can end the block that it stands in.
//!
//! Names are short, since there may be ten thousand steps: `core.js` says what they are.

use std::collections::BTreeSet;
use std::io::{self, Write};

use scn_protocol::json::harmless;
use scn_protocol::words::spelled;
use scn_protocol::{Phase, Stream, Value, json};
use serde_json::{Map, Value as Json, json};

use super::class;
use super::judged::{difference, of_series};
use crate::recorded::Recorded;
use crate::run::{Attempt, Check, Kind, Node, Run, Step, phase_name, status_name};
use crate::text::{printable, value};

/// A value is shown up to so many characters.
const VALUE: usize = 4_000;

/// Of a file so many bytes are shown.
const SOURCE: usize = 4 * 1024 * 1024;

pub(super) fn write(
    runs: &[Run],
    records: &[&dyn Recorded],
    first: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "{{\"first\":{first},\"runs\":[")?;
    for (number, (run, record)) in runs.iter().zip(records).enumerate() {
        if number > 0 {
            out.write_all(b",")?;
        }
        let text = serde_json::to_string(&of_run(run, *record))?;
        out.write_all(inert(text).as_bytes())?;
    }
    out.write_all(b"]}")
}

/// JSON in which no character means anything to HTML, or to a terminal.
fn inert(json: String) -> String {
    let json = harmless(json);
    let mut text = String::with_capacity(json.len() + json.len() / 16);
    for c in json.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            c => text.push(c),
        }
    }
    text
}

/// An object without what says nothing.
pub(super) fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
    let says = |value: &Json| match value {
        Json::Null => false,
        Json::String(text) => !text.is_empty(),
        Json::Array(list) => !list.is_empty(),
        _ => true,
    };
    let fields = fields.into_iter().filter(|(_, value)| says(value));
    Json::Object(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Map<_, _>>(),
    )
}

pub(super) fn text(text: &str) -> Json {
    Json::from(printable(text))
}

pub(super) fn shown(of: &Json) -> String {
    let text = value(of);
    match text.char_indices().nth(VALUE) {
        Some((at, _)) => format!("{}… ({} more bytes)", &text[..at], text.len() - at),
        None => text,
    }
}

fn of_run(run: &Run, record: &dyn Recorded) -> Json {
    let why = run.why();
    let at = |nanos: i64| (nanos - run.begun) / 1_000;
    let nodes = run.nodes.iter().map(|node| of_node(run, node, &at));
    let mut whole = object([
        ("outcome", run.outcome().into()),
        ("cls", class(run).into()),
        ("file", text(&run.file)),
        ("within", run.within.as_deref().map_or(Json::Null, text)),
        ("line", run.line.into()),
        ("why", why.node.into()),
        ("hint", why.is_hint.then_some(true).into()),
        ("micros", run.micros.into()),
        ("unseen", run.unseen.into()),
    ]);
    whole["nodes"] = nodes.collect::<Vec<_>>().into();
    whole["sources"] = sources(run, record);
    whole["facts"] = facts(run, record);
    whole["params"] = pairs(&run.parameters);
    whole["conditions"] = pairs(&run.conditions);
    let undo = |done: bool| if done { "done" } else { "still owed" };
    let undos = run.undos.iter();
    let undos = undos.map(|owed| json!([undo(owed.done), printable(&spelled(&owed.command))]));
    whole["undos"] = undos.collect::<Vec<_>>().into();
    let marks = run.marks.iter();
    let marks = marks.map(|(when, name, line)| json!([at(*when), printable(name), line]));
    whole["marks"] = marks.collect::<Vec<_>>().into();
    let seen = run.seen.iter();
    let seen = seen.map(|seen| {
        json!([
            at(seen.at),
            printable(&seen.subject),
            printable(&seen.message)
        ])
    });
    whole["seen"] = seen.collect::<Vec<_>>().into();
    let series = run.series.iter().map(|series| of_series(series, &at));
    whole["series"] = series.collect::<Vec<_>>().into();
    whole
}

/// The texts of the files that events name, the scenario's own first.
fn sources(run: &Run, record: &dyn Recorded) -> Json {
    let mut names = BTreeSet::new();
    for node in &run.nodes {
        match &node.kind {
            Kind::Step(step) => names.extend(step.file.as_deref()),
            Kind::Check(check) => names.extend(check.file.as_deref()),
            _ => {}
        }
    }
    names.remove(run.file.as_str());
    let all = std::iter::once(run.file.as_str()).chain(names);
    let all = all.filter_map(|name| record.source(name).map(|source| (name, source)));
    let all = all.map(|(name, source)| {
        let source = source.trim_start_matches('\u{feff}');
        let end = source.floor_char_boundary(SOURCE);
        json!({ "name": printable(name), "text": printable(&source[..end]) })
    });
    all.collect::<Vec<_>>().into()
}

/// That somebody had a hand in it: what came of it came not of the scenario alone.
fn by_hand(typed: u64) -> String {
    match typed {
        0 => String::new(),
        1 => "1 entry at the prompt while it ran".to_owned(),
        typed => format!("{typed} entries at the prompt while it ran"),
    }
}

fn times(resumed: u64) -> String {
    match resumed {
        0 => String::new(),
        1 => "once, after its runner had died".to_owned(),
        resumed => format!("{resumed} times, after its runner had died"),
    }
}

fn facts(run: &Run, record: &dyn Recorded) -> Json {
    let mut words = vec!["scn".to_owned(), "run".to_owned(), run.file.clone()];
    if let Some(environment) = &run.environment {
        words.extend(["--env".to_owned(), environment.clone()]);
    }
    for (name, value) in record.set() {
        let value = value.unwrap_or_else(|| "***".to_owned());
        words.extend(["--set".to_owned(), format!("{name}={value}")]);
    }
    let again = spelled(&words);
    let known = run.known.as_ref().map(|known| match &known.until {
        Some(until) => format!("{} until {until}", known.id),
        None => known.id.clone(),
    });
    let all = [
        ("run", run.id.clone()),
        ("record", run.folder.display().to_string()),
        ("run it again", again),
        ("typed", by_hand(run.typed)),
        ("resumed", times(run.resumed)),
        ("environment", run.environment.clone().unwrap_or_default()),
        ("tags", run.tags.join(" ")),
        ("covers", run.covers.join(" ")),
        ("known", known.unwrap_or_default()),
        (
            "seed",
            run.seed.map(|seed| seed.to_string()).unwrap_or_default(),
        ),
        (
            "trigger",
            if run.trigger.is_null() {
                String::new()
            } else {
                shown(&run.trigger)
            },
        ),
        ("scn", run.scn.clone()),
    ];
    let all = all.into_iter().filter(|(_, value)| !value.is_empty());
    all.map(|(name, value)| json!([name, printable(&value)]))
        .collect::<Vec<_>>()
        .into()
}

fn pairs(of: &Json) -> Json {
    let fields = of.as_object().into_iter().flatten();
    let fields = fields.filter(|(_, value)| !value.is_null());
    fields
        .map(|(name, value)| json!([printable(name), shown(value)]))
        .collect::<Vec<_>>()
        .into()
}

fn of_node(run: &Run, node: &Node, at: &dyn Fn(i64) -> i64) -> Json {
    let mut fields = match &node.kind {
        Kind::Section(phase) => object([("k", "section".into()), ("t", phase_name(*phase).into())]),
        Kind::Branch(path) => object([("k", "branch".into()), ("t", text(path))]),
        Kind::Job(path) => object([("k", "job".into()), ("t", text(path))]),
        Kind::Mark(name, line) => object([
            ("k", "mark".into()),
            ("t", text(name)),
            ("l", (*line).into()),
        ]),
        Kind::Case(case) => object([
            ("k", "case".into()),
            ("t", text(&case.title)),
            // A row of `@each` stands on no line of its own.
            ("l", (case.line > 1).then_some(case.line).into()),
            ("v", case.verdict.map(|verdict| verdict.name()).into()),
            ("r", case.reason.as_deref().map_or(Json::Null, text)),
        ]),
        Kind::Step(step) => of_step(run, step, at),
        Kind::Check(check) => of_check(check),
    };
    if let Some(parent) = node.parent {
        fields["p"] = parent.into();
    }
    fields["b"] = at(node.began).into();
    if let Some(ended) = node.ended {
        fields["e"] = at(ended).into();
    }
    fields
}

fn of_step(run: &Run, step: &Step, at: &dyn Fn(i64) -> i64) -> Json {
    let attempts = step
        .attempts
        .iter()
        .map(|attempt| of_attempt(run, attempt, at));
    // An undo that the environment declares stands on no line of the scenario.
    let has_line = step.line > 1 || (step.line == 1 && step.phase != Phase::Undo);
    let mut fields = object([
        ("k", "step".into()),
        ("l", has_line.then_some(step.line).into()),
        ("f", step.file.as_deref().map_or(Json::Null, text)),
        ("br", text(&step.branch)),
        ("bad", step.has_failed().then_some(true).into()),
    ]);
    if step.phase != Phase::Scenario {
        fields["ph"] = phase_name(step.phase).into();
    }
    fields["a"] = attempts.collect::<Vec<_>>().into();
    fields
}

fn of_attempt(run: &Run, attempt: &Attempt, at: &dyn Fn(i64) -> i64) -> Json {
    let command = spelled(&attempt.command);
    let does = Some(attempt.does.as_str()).filter(|does| *does != command);
    let output = &attempt.output;
    let pieces = |piece: &crate::run::Piece| {
        json!([
            u8::from(piece.stream == Stream::Stderr),
            printable(&piece.text)
        ])
    };
    let head: Vec<Json> = output.head.iter().map(pieces).collect();
    let tail: Vec<Json> = output.tail.iter().map(pieces).collect();
    let log = attempt.log.iter();
    let log = log.map(|(level, message)| json!([printable(level), printable(message)]));
    let kept = attempt.attached.iter();
    let kept = kept.map(|(name, file)| {
        json!([
            printable(name),
            printable(&run.folder.join(file).display().to_string())
        ])
    });
    object([
        ("n", attempt.number.into()),
        ("c", text(&command)),
        ("d", does.map_or(Json::Null, text)),
        ("h", text(&attempt.host)),
        ("b", at(attempt.began).into()),
        ("t", attempt.micros.into()),
        (
            "s",
            attempt
                .status
                .map(|status| status_name(Some(status)))
                .into(),
        ),
        ("x", attempt.caught.then_some(true).into()),
        ("ex", attempt.exit.into()),
        ("g", attempt.signal.clone().into()),
        ("v", returned(attempt)),
        (
            "er",
            attempt
                .error
                .as_deref()
                .map_or(Json::Null, |error| text(error.trim_end())),
        ),
        ("o", head.into()),
        ("o2", tail.into()),
        (
            "lo",
            output
                .note(&run.folder)
                .map_or(Json::Null, |note| text(&note)),
        ),
        ("lg", log.collect::<Vec<_>>().into()),
        ("at", kept.collect::<Vec<_>>().into()),
    ])
}

/// What it returned, unless that is what it wrote.
fn returned(attempt: &Attempt) -> Json {
    let written = match attempt.output.head.as_slice() {
        [one, ..] => one.text.trim_end_matches('\n'),
        [] => "",
    };
    match &attempt.value {
        Json::Null => Json::Null,
        Json::String(text) if text.trim_end_matches('\n') == written => Json::Null,
        Json::Object(map) if map.contains_key("$output") => Json::Null,
        other => Json::from(shown(other)),
    }
}

fn of_check(check: &Check) -> Json {
    let values = check.values.as_object().into_iter().flatten();
    let values = values.map(|(name, of)| match json::untagged(of) {
        // A text of several lines is read as such.
        Ok(Value::Text(text)) if text.contains('\n') => json!([printable(name), printable(&text)]),
        _ => json!([printable(name), shown(of)]),
    });
    let failed = check.has_failed();
    let mut fields = object([
        ("k", "check".into()),
        ("t", text(&check.text())),
        ("l", (check.line > 0).then_some(check.line).into()),
        ("f", check.file.as_deref().map_or(Json::Null, text)),
        ("br", text(&check.branch)),
        (
            "m",
            check
                .message
                .as_deref()
                .map_or(Json::Null, |message| text(message.trim_end())),
        ),
        ("du", check.during.filter(|line| *line != check.line).into()),
        ("w", check.is_wait().then_some(true).into()),
        ("x", check.caught.then_some(true).into()),
        ("bad", failed.then_some(true).into()),
        ("vs", values.collect::<Vec<_>>().into()),
        (
            "df",
            if failed {
                difference(&check.values)
            } else {
                Json::Null
            },
        ),
    ]);
    fields["h"] = check.holds.into();
    fields
}
