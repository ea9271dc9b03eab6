//! What a value reads as: text as a number beside a number, a word as its parameter's type,
//! a condition as true or false.

use std::borrow::Cow;

use rust_decimal::Decimal;
use scn_protocol::{Origin, Type, Value, json, quantity};

use super::show;

/// The value that a secret or a result reads as.
pub fn plain(value: &Value) -> &Value {
    let mut value = value;
    loop {
        match value {
            Value::Secret(inner) => value = inner,
            Value::Result(result) => value = &result.value,
            other => return other,
        }
    }
}

/// Whether the value is there to be used, and not a mask that a record has in its place.
///
/// # Errors
/// That it is not.
pub fn known(value: &Value) -> Result<(), String> {
    match value.reveal() {
        Value::Result(result) if result.lacks(&result.value) => {
            Err(result.origin.lack().to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether all of it can be used, whatever it holds: what is looked at as a whole is not known if an element
/// is not.
///
/// # Errors
/// A result in it whose value was secret, where a record has only its mask.
pub fn all_known(value: &Value) -> Result<(), String> {
    match value.extent().lost {
        Origin::Done => Ok(()),
        lost => Err(lost.lack().to_owned()),
    }
}

/// Whether two values are equal. Apart from the machine's loop, which is slower for each value that it keeps at hand.
///
/// # Errors
/// If one of them is not there to be used.
#[inline(never)]
pub fn equal_known(left: &Value, right: &Value) -> Result<bool, String> {
    all_known(left)?;
    all_known(right)?;
    Ok(super::equal(left, right))
}

/// Whether it is a secret as a whole, so that whatever is computed from it is one. What only
/// holds a secret in one of its elements is not.
pub fn tainted(value: &Value) -> bool {
    match value {
        Value::Secret(_) => true,
        Value::Result(result) => tainted(&result.value),
        _ => false,
    }
}

/// The same value, a secret if `secret`.
pub(super) fn taint(value: Value, secret: bool) -> Value {
    if secret { value.into_secret() } else { value }
}

/// The text of what is text in comparisons and arithmetic: text, bytes (what is not UTF-8 is
/// U+FFFD), and the names of components and jobs.
pub(super) fn as_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text.as_str())),
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes)),
        Value::Handle(handle) => Some(Cow::Borrowed(handle.name.as_str())),
        _ => None,
    }
}

/// Reads text as a whole number, a decimal, a time, a size, a percentage, or true/false.
/// Blanks and line ends around it do not count.
pub fn number_from_text(text: &str) -> Option<Value> {
    let text = text.trim();
    match text.as_bytes().first()? {
        b'0'..=b'9' | b'-' | b'+' => {}
        b't' if text == "true" => return Some(Value::Bool(true)),
        b'f' if text == "false" => return Some(Value::Bool(false)),
        _ => return None,
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::Int(whole));
    }
    if let Some(decimal) = quantity::parse_decimal(text) {
        return Some(Value::decimal(decimal));
    }
    quantity::parse_duration(text)
        .map(Value::Duration)
        .or_else(|| quantity::parse_size(text).map(Value::Size))
        .or_else(|| quantity::parse_percent(text).map(Value::percent))
}

/// Reads text as what it stands beside: as a number, a quantity or true/false beside one of
/// those, as a moment beside a moment. Nothing beside any other value.
pub(super) fn beside(text: &str, other: &Value) -> Option<Value> {
    match other {
        Value::Int(_)
        | Value::Decimal(_)
        | Value::Bool(_)
        | Value::Duration(_)
        | Value::Size(_)
        | Value::Percent(_) => number_from_text(text),
        Value::Moment(_) => quantity::parse_moment(text.trim())
            .map(Value::Moment)
            .or_else(|| number_from_text(text)),
        _ => None,
    }
}

/// Whether a condition holds. It must be true or false; of a result, its value must be.
///
/// # Errors
/// Anything else, saying what it is.
pub fn truth(value: &Value) -> Result<bool, String> {
    known(value)?;
    match plain(value) {
        Value::Bool(truth) => Ok(*truth),
        other => Err(format!(
            "a condition must be true or false, and {} is {}",
            show(value),
            other.kind()
        )),
    }
}

/// A number as a decimal; nothing if it is no number.
pub(super) fn as_decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(whole) => Some(Decimal::from(*whole)),
        Value::Decimal(decimal) => Some(**decimal),
        _ => None,
    }
}

/// A whole number, be it written as one (`3`, `'3'`) or computed (`6 / 2`).
///
/// # Errors
/// Anything else, saying what it is.
pub fn whole(value: &Value) -> Result<i64, String> {
    known(value)?;
    let wrong = || format!("{} is no whole number", show(value));
    let found = match plain(value) {
        Value::Int(whole) => return Ok(*whole),
        Value::Decimal(decimal) => **decimal,
        other => match as_text(other).as_deref().and_then(number_from_text) {
            Some(Value::Int(whole)) => return Ok(whole),
            Some(Value::Decimal(decimal)) => *decimal,
            _ => return Err(wrong()),
        },
    };
    if !found.fract().is_zero() {
        return Err(wrong());
    }
    i64::try_from(found)
        .map_err(|_| format!("{} does not fit a whole number of 64 bits", show(value)))
}

/// Reads a value as a type: a word as its parameter's, a parameter's value as its default's.
///
/// Text is read as the type; a list or a map may be given as JSON. A whole number is a
/// decimal too, and a decimal without a fraction a whole number. Everything has a text.
///
/// # Errors
/// What cannot be read as the type, such as `'abc' is no whole number`.
pub fn coerce(value: &Value, kind: Type) -> Result<Value, String> {
    match kind {
        Type::Any => {}
        Type::Text => all_known(value)?,
        _ => known(value)?,
    }
    let inner = plain(value);
    if fits(inner, kind) {
        return Ok(match value {
            // A value of any type stays what it is, a result included.
            _ if kind == Type::Any => value.clone(),
            _ => taint(inner.clone(), tainted(value)),
        });
    }
    let read = match (kind, as_text(inner)) {
        (Type::Text, _) => {
            super::limits::has_text(inner)?;
            let text = Value::text(inner.to_text());
            return Ok(taint(text, value.is_secret()));
        }
        (Type::Int, _) => Some(Value::Int(whole(value)?)),
        (Type::Decimal, None) => as_decimal(inner).map(Value::decimal),
        (_, Some(text)) => from_text(&text, kind),
        (_, None) => None,
    };
    match read {
        Some(read) => Ok(taint(read, tainted(value))),
        None => Err(format!(
            "{} is no {}{}",
            show(value),
            noun(kind),
            hint(inner, kind)
        )),
    }
}

/// Whether a value is of the type as it stands.
fn fits(value: &Value, kind: Type) -> bool {
    match kind {
        Type::Any => true,
        Type::Text => matches!(value, Value::Text(_) | Value::Bytes(_)),
        Type::Int => matches!(value, Value::Int(_)),
        Type::Decimal => matches!(value, Value::Decimal(_)),
        Type::Bool => matches!(value, Value::Bool(_)),
        Type::Duration => matches!(value, Value::Duration(_)),
        Type::Size => matches!(value, Value::Size(_)),
        Type::Percent => matches!(value, Value::Percent(_)),
        Type::List => matches!(value, Value::List(_)),
        Type::Map => matches!(value, Value::Map(_)),
        // By handle, by name, or by process id.
        Type::Component => matches!(value, Value::Handle(_) | Value::Text(_) | Value::Int(_)),
    }
}

fn from_text(text: &str, kind: Type) -> Option<Value> {
    let text = text.trim();
    match kind {
        Type::Decimal => quantity::parse_decimal(text).map(Value::decimal),
        Type::Duration => quantity::parse_duration(text).map(Value::Duration),
        Type::Size => quantity::parse_size(text).map(Value::Size),
        Type::Percent => quantity::parse_percent(text).map(Value::percent),
        Type::Bool => match text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Type::List | Type::Map => json::parse(text)
            .and_then(super::nested)
            .ok()
            .filter(|value| fits(value, kind)),
        Type::Any | Type::Text | Type::Int | Type::Component => None,
    }
}

/// The type in the words of errors, without its article.
fn noun(kind: Type) -> &'static str {
    match kind {
        Type::Any => "value",
        Type::Text => "text",
        Type::Int => "whole number",
        Type::Decimal => "decimal",
        Type::Bool => "true/false",
        Type::Duration => "time",
        Type::Size => "size",
        Type::Percent => "percentage",
        Type::List => "list",
        Type::Map => "map",
        Type::Component => "component",
    }
}

/// What to type instead, where a number lacks its unit.
fn hint(value: &Value, kind: Type) -> String {
    let bare = match as_text(value) {
        Some(text) => number_from_text(&text),
        None => Some(value.clone()),
    };
    let (Some(bare @ (Value::Int(_) | Value::Decimal(_))), Some(unit)) = (
        bare,
        match kind {
            Type::Duration => Some("s"),
            Type::Size => Some("MB"),
            Type::Percent => Some("%"),
            _ => None,
        },
    ) else {
        return String::new();
    };
    format!(": give its unit, as in {}{unit}", bare.to_text())
}
