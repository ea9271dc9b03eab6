//! Values out of text: JSON, numbers, quantities, moments.

use scn_interpreter::ops;
use scn_protocol::{Value, json, number, quantity};

use super::{Target, text};

pub const VALUES: Target = Target {
    name: "values",
    help: "JSON, numbers, times, sizes, percentages, moments: what was read is read again out of its own text",
    run,
    most: 1_024,
};

fn run(input: &[u8]) {
    let Some(text) = text(input) else { return };
    if let Some(nanos) = quantity::parse_duration(text) {
        assert_eq!(
            quantity::parse_duration(&quantity::duration_text(nanos)),
            Some(nanos)
        );
    }
    if let Some(bytes) = quantity::parse_size(text) {
        assert_eq!(
            quantity::parse_size(&quantity::size_text(bytes)),
            Some(bytes)
        );
    }
    if let Some(nanos) = quantity::parse_moment(text) {
        assert_eq!(
            quantity::parse_moment(&quantity::moment_text(nanos)),
            Some(nanos)
        );
    }
    if let Some(decimal) = quantity::parse_decimal(text) {
        assert_eq!(
            quantity::parse_decimal(&quantity::decimal_text(&decimal)),
            Some(decimal)
        );
    }
    let _ = quantity::parse_percent(text);
    let _ = number::parse(text);
    if let Some(read) = ops::number_from_text(text) {
        assert!(ops::equal(&read, &Value::from(text)), "{read:?}");
    }
    if let Ok(value) = json::parse(text) {
        // A decimal that is whole is a whole number in plain JSON.
        let plain = json::to_plain_json(&value);
        let again = json::parse(&plain);
        assert!(
            again.is_ok_and(|again| ops::equal(&again, &value)),
            "{plain}"
        );
    }
    if let Ok(read) = serde_json::from_str(text)
        && let Ok(value) = json::untagged(&read)
    {
        let written = json::tagged(&value, true);
        assert_eq!(json::untagged(&written), Ok(value), "{written}");
    }
    if let Some((pattern, subject)) = text.split_once('\n')
        && let Ok(regex) = ops::compile_regex(pattern)
    {
        let _ = ops::matches(&Value::from(subject), &regex);
    }
}
