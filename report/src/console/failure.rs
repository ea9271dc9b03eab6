//! What is shown where something failed: the lines around it, the values, what differs.

use std::time::Duration;

use scn_protocol::{Value, json};
use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};
use unicode_width::UnicodeWidthStr;

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

/// Lists and maps that take more columns than this on a line are shown with a line for each element.
const LONG: usize = 60;

/// So much is shown of what two long texts begin with alike, in characters.
const BEFORE: usize = 20;

/// Shows the values of what did not hold, each under the text that stands for it; of two texts
/// of which one has several lines, and of two long lists or maps, what differs.
pub(crate) fn values(screen: &mut Screen, values: &Json, columns: usize) {
    let Some(values) = values.as_object() else {
        return;
    };
    let both: Vec<_> = values.iter().collect();
    if let [(left_name, left), (right_name, right)] = both.as_slice()
        && let Some((left, right)) = of_lines(left, right)
    {
        difference(screen, (left_name, &left), (right_name, &right), columns);
        return;
    }
    let widest = values.keys().map(|name| name.chars().count()).max();
    let widest = widest.unwrap_or(0).min(40);
    let room = columns.saturating_sub(MARGIN.len() + 2);
    let begin = match both.as_slice() {
        [(_, left), (_, right)] => {
            alike(&value(left), &value(right), room.saturating_sub(widest + 3))
        }
        _ => 0,
    };
    for (name, json) in values {
        let text = value(json);
        let text: String = match begin {
            0 => text,
            _ => "…".chars().chain(text.chars().skip(begin)).collect(),
        };
        let shown = format!("{:<widest$} = {text}", harmless(name, false));
        let shown = crop(&shown, room).into_owned();
        screen.line(&format!("{MARGIN}  {shown}"));
    }
}

/// A reason without the values, which stand below it, and without when that was and what was running then, which stand
/// beside it; and when it was, if it says that.
pub(crate) fn without_values(reason: &str, values: &Json) -> (String, Option<String>) {
    let (mut rest, mut when) = (reason.trim(), None);
    if let Some((before, at)) = rest.rsplit_once(" (at ") {
        rest = before;
        let moment = at.split_once(',').map_or(at, |(moment, _)| moment);
        when = Some(moment.to_owned());
    }
    let after = rest.rfind(" (after ").map_or("", |at| &rest[at..]);
    let names = values.as_object().into_iter().flatten();
    let places =
        names.filter_map(|(name, _)| rest.find(&format!(": {} is ", harmless(name, false))));
    match places.min() {
        Some(at) => (format!("{}{after}", &rest[..at]), when),
        None => (rest.to_owned(), when),
    }
}

/// The same, and without what was waited for, which stands before it: `was not so within 5s`.
pub(crate) fn besides(reason: &str, judged: &str, values: &Json) -> String {
    let (reason, _) = without_values(reason, values);
    let alike = reason.bytes().zip(judged.bytes());
    let alike = alike.take_while(|(a, b)| a == b).count();
    let is_whole = |at: &usize| {
        let rest = reason.get(*at..);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ':']))
    };
    let same = (0..=alike).rev().find(is_whole).unwrap_or(0);
    // It begins with what was judged, if only in part: else somebody has worded it.
    if same <= judged.find(' ').unwrap_or(judged.len()) {
        return reason;
    }
    reason[same..].trim_start_matches([':', ' ']).to_owned()
}

/// How many characters two texts that do not fit have in common at their beginnings and need not be
/// shown.
fn alike(left: &str, right: &str, room: usize) -> usize {
    if left.width() <= room && right.width() <= room {
        return 0;
    }
    let same = left
        .chars()
        .zip(right.chars())
        .take_while(|(a, b)| a == b)
        .count();
    match same < left.chars().count().max(right.chars().count()) {
        true => same.saturating_sub(BEFORE),
        false => 0,
    }
}

/// Two values as texts of several lines, where that shows better what differs.
fn of_lines(left: &Json, right: &Json) -> Option<(String, String)> {
    if let (Some(left), Some(right)) = (text_of(left), text_of(right)) {
        return (left.contains('\n') || right.contains('\n')).then_some((left, right));
    }
    let is_long = value(left).width() > LONG || value(right).width() > LONG;
    match is_long {
        true => Some((pretty(left)?, pretty(right)?)),
        false => None,
    }
}

/// A list or a map, an element a line.
fn pretty(json: &Json) -> Option<String> {
    let value = json::untagged(json).ok()?;
    if !matches!(value, Value::List(_) | Value::Map(_)) {
        return None;
    }
    let json: Json = serde_json::from_str(&value.to_text()).ok()?;
    serde_json::to_string_pretty(&json).ok()
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
