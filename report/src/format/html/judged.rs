//! What differs where something did not hold, and what was watched over time.

use scn_protocol::{Value, json};
use serde_json::{Value as Json, json};
use similar::{ChangeTag, TextDiff};

use super::data::{object, shown, text};
use crate::run::Series;
use crate::text::printable;

/// Lines of a difference that are shown.
const DIFF: usize = 400;

/// What differs in two texts of which one has several lines.
pub(super) fn difference(values: &Json) -> Json {
    let fields = values.as_object().into_iter().flatten();
    let texts: Vec<(&String, String)> = fields
        .filter_map(|(name, of)| match json::untagged(of) {
            Ok(Value::Text(text)) => Some((name, printable(&text))),
            _ => None,
        })
        .collect();
    let [(left_name, left), (right_name, right)] = texts.as_slice() else {
        return Json::Null;
    };
    if !left.contains('\n') && !right.contains('\n') {
        return Json::Null;
    }
    let diff = TextDiff::configure()
        .timeout(std::time::Duration::from_millis(200))
        .diff_lines(left.as_str(), right.as_str());
    let names = [("-", left_name), ("+", right_name)];
    let mut lines: Vec<Json> = names
        .iter()
        .map(|(sign, name)| json!([sign.repeat(3), printable(name)]))
        .collect();
    for group in diff.grouped_ops(2) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            if lines.len() == DIFF {
                lines.push(json!([" ", "… more differs; the record has it all"]));
                return lines.into();
            }
            let sign = match change.tag() {
                ChangeTag::Delete => "-",
                ChangeTag::Insert => "+",
                ChangeTag::Equal => " ",
            };
            lines.push(json!([sign, change.value().trim_end_matches('\n')]));
        }
    }
    lines.into()
}

/// A metric: as a curve where it is a number of whatever kind, else as texts.
pub(super) fn of_series(series: &Series, at: &dyn Fn(i64) -> i64) -> Json {
    let known = series.points.iter().filter(|(_, of)| !of.is_null());
    let numbers: Vec<Option<f64>> = known.map(|(_, of)| number(of)).collect();
    let is_number = !numbers.is_empty() && numbers.iter().all(Option::is_some);
    let points = series.points.iter().map(|(when, of)| match is_number {
        true => json!([at(*when), number(of), shown(of)]),
        false => json!([at(*when), shown(of)]),
    });
    let ends = |better: fn(f64, f64) -> bool| {
        let known = series
            .points
            .iter()
            .filter_map(|(_, of)| Some((number(of)?, of)));
        let best = known.reduce(|best, next| if better(next.0, best.0) { next } else { best });
        best.map(|(_, of)| shown(of))
    };
    object([
        ("subject", text(&series.subject)),
        ("metric", text(&series.metric)),
        ("numbers", is_number.then_some(true).into()),
        (
            "from",
            if is_number {
                ends(|next, best| next < best).into()
            } else {
                Json::Null
            },
        ),
        (
            "to",
            if is_number {
                ends(|next, best| next > best).into()
            } else {
                Json::Null
            },
        ),
        ("points", points.collect::<Vec<_>>().into()),
    ])
}

/// A number of any kind; times in seconds, sizes in bytes.
fn number(of: &Json) -> Option<f64> {
    match json::untagged(of).ok()? {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a curve on a screen has no such precision"
        )]
        Value::Int(number) | Value::Duration(number) | Value::Size(number) => Some(number as f64),
        Value::Decimal(decimal) | Value::Percent(decimal) => decimal.to_string().parse().ok(),
        _ => None,
    }
}
