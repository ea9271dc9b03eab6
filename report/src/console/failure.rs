//! What is shown where something failed: the lines around it, the values, what differs.

use std::time::Duration;

use scn_protocol::{Value, json};
use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};

use super::screen::{Paint, Screen};
use crate::text::{crop, harmless, value};

/// Lines shown before and after the failing one.
const AROUND: usize = 2;

/// Lines of a difference that are shown at most.
const DIFF_LINES: usize = 60;

/// The margin of what belongs to a step.
pub(crate) const MARGIN: &str = "          | ";

/// Shows the lines of `source` around `line`, which is marked.
pub(crate) fn excerpt(screen: &mut Screen, source: &str, line: u32, columns: usize) {
    let marked = line as usize;
    let first = marked.saturating_sub(AROUND).max(1);
    let count = marked + AROUND + 1 - first;
    let lines = source.lines().skip(first - 1).take(count);
    for (number, text) in (first..).zip(lines) {
        let text = harmless(text.trim_start_matches('\u{feff}').trim_end(), false).into_owned();
        let text = crop(&text, columns.saturating_sub(13)).into_owned();
        let shown = if number == marked {
            let head = screen
                .paint(Paint::Bad, format!("  > {number:>5} |"))
                .into_owned();
            format!("{head} {}", screen.paint(Paint::Strong, text))
        } else {
            screen
                .paint(Paint::Quiet, format!("    {number:>5} | {text}"))
                .into_owned()
        };
        screen.line(shown.trim_end());
    }
}

/// Shows the values of what did not hold, each under the text that stands for it; of two texts
/// of which one has several lines, what differs.
pub(crate) fn values(screen: &mut Screen, values: &Json, columns: usize) {
    let Some(values) = values.as_object() else {
        return;
    };
    let texts: Vec<_> = values
        .iter()
        .map(|(name, value)| (name, text_of(value)))
        .collect();
    if let [(left_name, Some(left)), (right_name, Some(right))] = texts.as_slice()
        && (left.contains('\n') || right.contains('\n'))
    {
        difference(screen, (left_name, left), (right_name, right), columns);
        return;
    }
    let widest = values.keys().map(|name| name.chars().count()).max();
    let widest = widest.unwrap_or(0).min(40);
    for (name, json) in values {
        let shown = format!("{:<widest$} = {}", harmless(name, false), value(json));
        let shown = crop(&shown, columns.saturating_sub(MARGIN.len() + 2)).into_owned();
        screen.line(&format!("{MARGIN}  {shown}"));
    }
}

fn text_of(json: &Json) -> Option<String> {
    match json::untagged(json) {
        Ok(Value::Text(text)) => Some(text.to_string()),
        _ => None,
    }
}

fn difference(screen: &mut Screen, left: (&str, &str), right: (&str, &str), columns: usize) {
    let columns = columns.saturating_sub(MARGIN.len() + 2);
    for (paint, sign, name) in [(Paint::Bad, "---", left.0), (Paint::Good, "+++", right.0)] {
        let head = format!("{sign} {}", harmless(name, false));
        let head = screen.paint(paint, crop(&head, columns)).into_owned();
        screen.line(&format!("{MARGIN}{head}"));
    }
    // A difference that cannot be found soon is found roughly.
    let diff = TextDiff::configure()
        .timeout(Duration::from_millis(200))
        .diff_lines(left.1, right.1);
    let mut shown = 0;
    for (index, group) in diff.grouped_ops(2).iter().enumerate() {
        if index > 0 {
            screen.line(&format!("{MARGIN}…"));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            if shown == DIFF_LINES {
                screen.line(&format!("{MARGIN}… (more differs; the record has it all)"));
                return;
            }
            shown += 1;
            let (paint, sign) = match change.tag() {
                ChangeTag::Delete => (Paint::Bad, '-'),
                ChangeTag::Insert => (Paint::Good, '+'),
                ChangeTag::Equal => (Paint::Quiet, ' '),
            };
            let text = change.value();
            let text = text.strip_suffix('\n').unwrap_or(text);
            let line = format!("{sign} {}", harmless(text, false));
            let line = screen.paint(paint, crop(&line, columns)).into_owned();
            screen.line(&format!("{MARGIN}{line}"));
        }
    }
}
