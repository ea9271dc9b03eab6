//! The page of what a journal holds, from the declarations of the events and their documentation in
//! `protocol/src/event.rs`, with an example of each from `journal-examples.jsonl`, which a run wrote.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::generate::MARK;
use crate::shell;

/// Where the events are declared.
const SOURCE: &str = "protocol/src/event.rs";

/// An example of each event, a line each, by their order.
const EXAMPLES: &str = "xtask/src/journal-examples.jsonl";

/// What stands above the events.
const INTRODUCTION: &str = "\
A run's journal is `.scn/runs/RUN/journal.jsonl`: one JSON object a line, in the order in which things happened, written as
they happen. `scn run --json` prints the same lines. It is only ever appended to. A last line that is not whole was cut by a
crash and is to be passed over. More events and fields may come with later versions: a reader passes over what it does not
know. How it is asked with `jq` is told in [Debugging a failure](../failures.md).

Every line has, besides what stands below:

| field | type | what it is |
| --- | --- | --- |
| `seq` | whole number | its number in the journal, from 1 |
| `at` | text | when it was written: RFC 3339, UTC, microseconds |
| `event` | text | which of the following it is |

Values are JSON. What JSON lacks is an object with one key: `{\"$duration\":\"250ms\"}`, `{\"$size\":\"500MB\"}`,
`{\"$percent\":15}`, `{\"$moment\":\"…\"}`, `{\"$bytes\":\"BASE64\"}`. Secrets are masked: `********`.
*Optional* fields are left out where they have nothing to say.
";

/// What stands below the events of what logs are read by.
const PLACES: &str = "
## Places in logs

By these `scn resume` reads logs on. A place is `{\"log\":0,\"file\":1,\"line\":4096,\"nth\":1,\"sum\":2166136261}`: the component's
log of that number; of the files that it has had, by rotation, the one of that number; where in it, in bytes, the line begins that
was read last; how many observations and events there were of that line so far (without `nth`: all that there are); and a sum
that tells the line, its secrets masked, from others. A file is
`{\"device\":2049,\"inode\":12,\"born\":1763735698077775000,\"before\":4096}`: its device and its number there; when it was made, in
nanoseconds since 1970, where the file system knows; and how many bytes were in it before it was followed.
";

/// One field of an event.
#[derive(Debug, PartialEq, Eq)]
struct Field {
    name: String,
    kind: String,
    doc: String,
    optional: bool,
}

/// One event, or one list of words.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    name: String,
    doc: String,
    fields: Vec<Field>,
}

/// The page.
pub fn page() -> Result<String, String> {
    let read = |path: &str| {
        let path = shell::root().join(path);
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let source = read(SOURCE)?;
    let examples = read(EXAMPLES)?;
    let mut text = format!("# The journal\n\n{MARK}\n{INTRODUCTION}");
    let mut events = declared(&source, "Event")?;
    events.retain(|event| event.name != "unknown");
    for event in &events {
        section(&mut text, event, example(event, &examples)?);
    }
    text.push_str(PLACES);
    text.push_str("\n## Words\n\n| field | words |\n| --- | --- |\n");
    for (field, name) in [
        ("`verdict`", "Verdict"),
        ("`status`", "Status"),
        ("`phase`", "Phase"),
        ("`stream`", "Stream"),
        ("`why`", "Why"),
        ("`purpose`", "Purpose"),
    ] {
        let words = declared(&source, name)?.into_iter().map(|word| {
            let shown = if name == "Verdict" {
                word.name.to_uppercase()
            } else {
                word.name
            };
            format!("`{shown}` ({})", lowered(word.doc.trim_end_matches('.')))
        });
        let _ = writeln!(
            text,
            "| {field} | {} |",
            words.collect::<Vec<_>>().join("; ")
        );
    }
    Ok(text)
}

fn lowered(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(signs).collect()
    })
}

fn section(text: &mut String, event: &Entry, example: &str) {
    let _ = write!(text, "\n## {}\n\n{}\n", event.name, event.doc);
    if !event.fields.is_empty() {
        text.push_str("\n| field | type | what it is |\n| --- | --- | --- |\n");
    }
    for field in &event.fields {
        let optional = if field.optional { " *Optional.*" } else { "" };
        let doc = field.doc.replace('|', "\\|");
        let _ = writeln!(
            text,
            "| `{}` | {} | {doc}{optional} |",
            field.name, field.kind
        );
    }
    let _ = write!(text, "\n```json\n{example}\n```\n");
}

/// The example of an event: it must have each field that is always there, and no other than are declared.
fn example<'a>(event: &Entry, examples: &'a str) -> Result<&'a str, String> {
    for line in examples.lines() {
        let value: Value =
            serde_json::from_str(line).map_err(|error| format!("{EXAMPLES}: {error}"))?;
        if value["event"] != event.name {
            continue;
        }
        let fields = value.as_object().ok_or("an example is an object")?;
        let missing = event
            .fields
            .iter()
            .find(|field| !field.optional && !fields.contains_key(&field.name));
        if let Some(field) = missing {
            return Err(format!("{EXAMPLES}: {} lacks {}", event.name, field.name));
        }
        let known = |name: &str| {
            matches!(name, "seq" | "at" | "event")
                || event.fields.iter().any(|field| field.name == name)
        };
        return match fields.keys().find(|name| !known(name)) {
            Some(name) => Err(format!("{EXAMPLES}: {} has no {name}", event.name)),
            None => Ok(line),
        };
    }
    Err(format!("{EXAMPLES}: there is no {}", event.name))
}

/// The variants of an enumeration with their documentation, read from its source.
fn declared(source: &str, name: &str) -> Result<Vec<Entry>, String> {
    let start = format!("pub enum {name} {{\n");
    let body = source
        .split_once(&start)
        .ok_or(format!("{SOURCE}: there is no {name}"))?
        .1;
    let body = body.split_once("\n}\n").map_or(body, |(body, _)| body);
    let (mut entries, mut doc, mut optional) = (Vec::<Entry>::new(), String::new(), false);
    for line in body.lines().map(str::trim) {
        if let Some(more) = line.strip_prefix("///") {
            doc = format!("{doc} {}", more.trim()).trim().to_owned();
        } else if line.starts_with("#[") {
            optional |= line.contains("skip_serializing_if");
        } else if let Some((field, kind)) = line
            .strip_suffix(',')
            .and_then(|line| line.split_once(": "))
        {
            let entry = entries.last_mut().ok_or("a field outside of a variant")?;
            entry.fields.push(Field {
                name: field.to_owned(),
                kind: match optional {
                    true => words(kind)?.replace(" or null", ""),
                    false => words(kind)?,
                },
                doc: std::mem::take(&mut doc),
                optional: std::mem::take(&mut optional),
            });
        } else if let Some(variant) = line
            .strip_suffix(" {")
            .or(line.strip_suffix(','))
            .filter(|line| *line != "}")
        {
            entries.push(Entry {
                name: snake(variant),
                doc: std::mem::take(&mut doc),
                fields: Vec::new(),
            });
            optional = false;
        }
    }
    Ok(entries)
}

/// A type of Rust, as a reader of JSON says it.
fn words(kind: &str) -> Result<String, String> {
    let inner = |prefix: &str| {
        kind.strip_prefix(prefix)
            .and_then(|rest| rest.strip_suffix('>'))
    };
    if let Some(kind) = inner("Option<") {
        return Ok(format!("{} or null", words(kind)?));
    }
    if let Some(kind) = inner("Vec<") {
        return Ok(format!("list of {}s", words(kind)?));
    }
    let known = match kind {
        "String" => "text",
        "u32" | "u64" | "i64" => "whole number",
        "bool" => "true or false",
        "Json" => "any value",
        "Verdict" => "[a verdict](#words)",
        "LogPlace" | "LogFile" => "[a place in a log](#places-in-logs)",
        "Status" | "Phase" | "Stream" | "Why" | "Purpose" => "[a word](#words)",
        _ => return Err(format!("{SOURCE}: nobody knows what `{kind}` is in JSON")),
    };
    Ok(known.to_owned())
}

/// `StepStarted` as `step_started`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_from_their_declarations() {
        let source = "pub enum Event {\n    /// It\n    /// began.\n    ItBegan {\n        /// Whose.\n        #[serde(default, skip_serializing_if = \"x\")]\n        whose: Option<String>,\n    },\n    /// Nothing.\n    Nothing,\n}\n";
        let events = declared(source, "Event").unwrap_or_default();
        assert_eq!(events.len(), 2);
        assert_eq!(
            (events[0].name.as_str(), events[0].doc.as_str()),
            ("it_began", "It began.")
        );
        let field = &events[0].fields[0];
        assert_eq!(
            (field.name.as_str(), field.kind.as_str(), field.optional),
            ("whose", "text", true)
        );
        assert_eq!(events[1].name, "nothing");
    }

    #[test]
    fn the_page_has_every_event() {
        let page = page().unwrap_or_else(|error| error);
        assert!(page.contains("\n## run_finished\n"), "{page}");
    }
}
