//! The rules of a log against its lines.

use std::fmt::Write;
use std::io;
use std::path::Path;

use scn_interpreter::{Files, environment};
use scn_protocol::component::LogRule;
use scn_protocol::{Metric, Seen};
use scn_watch::LogText;

use super::Target;

pub const LOGS: Target = Target {
    name: "logs",
    help: "rules, one a line (REGEX, UNIT, KEEP, EVENT, with tabs between), after a line of `----` a log: what an environment takes is used; each line is read by each rule, however it comes in pieces",
    run,
    most: 1_024,
};

fn run(input: &[u8]) {
    let cut = b"\n----\n";
    let at = input.windows(cut.len()).position(|part| part == cut);
    let Some(at) = at else { return };
    let (rules, log) = (&input[..at], &input[at + cut.len()..]);
    let Ok(rules) = std::str::from_utf8(rules) else {
        return;
    };
    let rules: Vec<LogRule> = rules.lines().take(8).map(rule).collect();
    let (_, problems) = LogText::new(&rules);
    assert!(problems.len() <= rules.len());
    let taken = taken(&rules);
    if let Some(taken) = &taken {
        assert_eq!(problems, [""; 0], "{rules:?}");
        assert_eq!(taken.len(), rules.len());
    }
    let rules = taken.unwrap_or(rules);
    let whole = seen(&rules, [log]);
    let middle = log.len() / 2;
    let pieces = log.chunks(7).chain([&log[..0]]);
    assert_eq!(seen(&rules, pieces), whole);
    assert_eq!(seen(&rules, [&log[..middle], &log[middle..]]), whole);
    for seen in &whole {
        is_sound(&rules, log, seen);
    }
}

fn rule(line: &str) -> LogRule {
    let mut fields = line.split('\t');
    let mut next = || fields.next().filter(|field| !field.is_empty());
    LogRule {
        regex: next().unwrap_or_default().to_owned(),
        unit: next().map(str::to_owned),
        percentiles: next().is_some(),
        event: next().map(str::to_owned),
    }
}

/// The rules as an environment has them; none if it refuses one.
fn taken(rules: &[LogRule]) -> Option<Vec<LogRule>> {
    let mut text = "[components.P]\nlog = { path = \"log\", parse = [\n".to_owned();
    for rule in rules {
        let _ = write!(text, "{{ regex = {}", quoted(&rule.regex));
        if let Some(unit) = &rule.unit {
            let _ = write!(text, ", unit = {}", quoted(unit));
        }
        if rule.percentiles {
            text.push_str(", keep = \"percentiles\"");
        }
        if let Some(event) = &rule.event {
            let _ = write!(text, ", event = {}", quoted(event));
        }
        text.push_str(" },\n");
    }
    text.push_str("] }\n");
    let root = Path::new("/nowhere");
    let files = One(text);
    let loaded = environment::load(&files, &root.join("environments/e.toml"), root);
    let environment = loaded.environment?;
    let component = environment.components.get("P")?;
    let log = component.logs.first()?;
    Some(log.rules.clone())
}

struct One(String);

impl Files for One {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match path.ends_with("e.toml") {
            true => Ok(self.0.clone().into_bytes()),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// As TOML has it.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
        }
    }
    quoted + "\""
}

/// What is seen in a log that comes in these pieces.
fn seen<'l>(rules: &[LogRule], pieces: impl IntoIterator<Item = &'l [u8]>) -> Vec<Seen> {
    let (mut text, _) = LogText::new(rules);
    let mut all = Vec::new();
    for piece in pieces {
        text.feed(piece, &mut |found| all.push(found));
    }
    text.finish(&mut |found| all.push(found));
    all
}

fn is_sound(rules: &[LogRule], log: &[u8], seen: &Seen) {
    let names = |name: &str| {
        let group = [format!("<{name}>")];
        rules.iter().any(|rule| rule.regex.contains(&group[0]))
    };
    match seen {
        Seen::Metrics { metrics, .. } => {
            assert!(!metrics.is_empty());
            for Metric { name, summary, .. } in metrics {
                assert!(names(name), "{name}");
                let count = summary.as_ref().and_then(|summary| summary.get("count"));
                assert_eq!(count.is_some(), summary.is_some());
            }
        }
        Seen::Event { message, data } => {
            assert!(data.iter().all(|(name, _)| names(name)));
            // Each is made of one line, and of the rule's own words, each group's text as often as it is named.
            let named: usize = rules
                .iter()
                .filter_map(|rule| rule.event.as_ref())
                .map(String::len)
                .sum();
            assert!(message.len() <= (named + 1) * (3 * log.len() + 1));
        }
        other => panic!("{other:?}"),
    }
}
