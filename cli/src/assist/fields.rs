//! What stands after a point: attributes and metrics of components, fields of results.

use scn_interpreter::Environment;
use scn_interpreter::environment::{ComponentDeclaration, MetricFrom, PERCENTILES};
use scn_interpreter::fields;
use scn_watch::{PROCESS_METRICS, SYSTEM_METRICS};

use super::Around;
use super::outline::What;

/// A field, and what it says.
pub type Field = (String, String);

const OF_RUN: &[(&str, &str)] = &[
    ("dir", "a scratch folder of this run"),
    ("id", "the run's name"),
];

/// The fields that the value has which `of` is the text of; `at` is where it stands in `text`.
pub fn fields(text: &str, of: &str, at: usize, around: &Around<'_>) -> Vec<Field> {
    let (head, rest) = match of.find(['.', '[']) {
        Some(end) => of.split_at(end),
        None => (of, ""),
    };
    // Which member of a family it is makes no difference.
    let rest = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let scope = around.outline.scope_at(at);
    let mut given = around.outline.defines(head, What::Name, scope);
    if let Some(first) = given.next() {
        return match rest {
            "" => of_variable(text, first.span.start as usize),
            _ => Vec::new(),
        };
    }
    if head == "run" && rest.is_empty() {
        return told(OF_RUN);
    }
    let declared = around
        .environment
        .and_then(|environment| environment.components.get(head));
    match rest.strip_prefix('.') {
        Some(metric) => {
            let kept = declared.is_some_and(|declared| keeps_percentiles(declared, metric));
            let names = PERCENTILES.iter().filter(|_| kept);
            let field = |name: &&str| ((*name).to_owned(), format!("of {metric}"));
            names.map(field).collect()
        }
        None if declared.is_some() || head == "System" => of_component(head, around.environment),
        None => Vec::new(),
    }
}

fn told(fields: &[(&str, &str)]) -> Vec<Field> {
    let field = |(name, says): &(&str, &str)| ((*name).to_owned(), (*says).to_owned());
    fields.iter().map(field).collect()
}

/// What a variable has, by the statement that gives it at byte `at`.
fn of_variable(text: &str, at: usize) -> Vec<Field> {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before: Vec<&str> = text[start..at].split_whitespace().collect();
    let after = text[at..].split_whitespace().nth(1);
    match before.as_slice() {
        ["background", ..] => told(&fields::JOB),
        ["wait", "event", ..] => told(&fields::EVENT),
        [.., "set"] if after != Some("=") => told(&fields::RESULT),
        _ => Vec::new(),
    }
}

/// Attributes, what every component has, and metrics.
pub fn of_component(name: &str, environment: Option<&Environment>) -> Vec<Field> {
    let declared = environment.and_then(|environment| environment.components.get(name));
    let mut all = told(&fields::COMPONENT);
    let known = match name {
        "System" => &SYSTEM_METRICS[..],
        _ => &PROCESS_METRICS[..],
    };
    let Some(declared) = declared else {
        all.extend(told(known));
        return all;
    };
    let attrs = declared.attrs.keys();
    all.extend(attrs.map(|name| (name.clone(), "an attribute".to_owned())));
    all.extend(declared.metrics().map(|metric| {
        let says = match metric.from {
            MetricFrom::Log { percentiles: true } => "read from its log, with percentiles",
            MetricFrom::Log { percentiles: false } => "read from its log",
            MetricFrom::Probe => "asked by a probe",
        };
        (metric.name.to_owned(), says.to_owned())
    }));
    all.extend(told(known));
    let mut seen = std::collections::HashSet::new();
    all.retain(|(name, _)| seen.insert(name.clone()));
    all
}

fn keeps_percentiles(declared: &ComponentDeclaration, metric: &str) -> bool {
    let kept = MetricFrom::Log { percentiles: true };
    declared
        .metrics()
        .any(|known| known.name == metric && known.from == kept)
}
