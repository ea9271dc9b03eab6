//! Equality, order and membership.
//!
//! Text beside a number, a quantity or true/false is read as one of those; text beside text
//! is text. A result is compared as its value, a component or a job by its name, a secret as
//! what it hides (whether two values are equal is itself no secret: conditions need it).

use std::cmp::Ordering;

use rust_decimal::Decimal;
use scn_protocol::Value;

use super::read::{as_text, beside, plain};
use super::show;

/// Whether two values are equal: `==`. Values of different kinds are not; that is no error.
/// Lists are equal element by element, maps key by key in whatever order.
pub fn equal(left: &Value, right: &Value) -> bool {
    let (left, right) = (plain(left), plain(right));
    match (left, right) {
        (Value::None, Value::None) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b))
        | (Value::Duration(a), Value::Duration(b))
        | (Value::Size(a), Value::Size(b))
        | (Value::Moment(a), Value::Moment(b)) => a == b,
        (Value::Decimal(a), Value::Decimal(b)) | (Value::Percent(a), Value::Percent(b)) => a == b,
        (Value::Int(a), Value::Decimal(b)) | (Value::Decimal(b), Value::Int(a)) => {
            Decimal::from(*a) == **b
        }
        (Value::Text(a), Value::Text(b)) => a == b,
        // Byte by byte: two outputs that differ must not be equal because neither is UTF-8.
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => match (as_text(left), as_text(right)) {
            (Some(a), Some(b)) => a == b,
            (Some(text), None) => beside(&text, right).is_some_and(|read| equal(&read, right)),
            (None, Some(text)) => beside(&text, left).is_some_and(|read| equal(left, &read)),
            (None, None) => false,
        },
    }
}

/// How two values are ordered: numbers and quantities by size, moments by time, text by its
/// characters' numbers in Unicode.
///
/// # Errors
/// Values of different kinds, text that is no number beside a number, and what has no order
/// (`none`, true/false, lists, maps), with both values.
pub fn order(left: &Value, right: &Value) -> Result<Ordering, String> {
    compare(left, right)
        .map_err(|reason| format!("cannot order {} and {}: {reason}", show(left), show(right)))
}

/// [`order`], the error being the reason alone.
pub(super) fn compare(left: &Value, right: &Value) -> Result<Ordering, String> {
    let (left, right) = (plain(left), plain(right));
    match (as_text(left), as_text(right)) {
        (Some(a), Some(b)) => Ok(a.cmp(&b)),
        (Some(text), None) => compare_read(beside(&text, right), right, right),
        (None, Some(text)) => {
            compare_read(beside(&text, left), left, right).map(|found| found.reverse())
        }
        (None, None) => same_kind(left, right),
    }
}

/// Compares what a text was read as with `other`.
fn compare_read(read: Option<Value>, other: &Value, right: &Value) -> Result<Ordering, String> {
    match read {
        Some(read) if ordered(other) => same_kind(&read, other),
        None if ordered(other) => Err(unreadable(other)),
        _ if std::ptr::eq(other, right) => Err(unordered("text", other.kind())),
        _ => Err(unordered(other.kind(), "text")),
    }
}

fn same_kind(left: &Value, right: &Value) -> Result<Ordering, String> {
    match (left, right) {
        (Value::Int(a), Value::Int(b))
        | (Value::Duration(a), Value::Duration(b))
        | (Value::Size(a), Value::Size(b))
        | (Value::Moment(a), Value::Moment(b)) => Ok(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) | (Value::Percent(a), Value::Percent(b)) => {
            Ok(a.cmp(b))
        }
        (Value::Int(a), Value::Decimal(b)) => Ok(Decimal::from(*a).cmp(b)),
        (Value::Decimal(a), Value::Int(b)) => Ok((**a).cmp(&Decimal::from(*b))),
        _ => Err(unordered(left.kind(), right.kind())),
    }
}

/// Whether values of this kind have an order among themselves.
fn ordered(value: &Value) -> bool {
    same_kind(value, value).is_ok()
}

fn unordered(left: &str, right: &str) -> String {
    if left == right {
        format!("{left} has no order")
    } else {
        format!("{left} and {right} have no order between them")
    }
}

/// Why a text does not go with `other`.
pub(super) fn unreadable(other: &Value) -> String {
    let wanted = match other {
        Value::Moment(_) => "a moment or a time",
        _ => "a number or a quantity",
    };
    format!("the text cannot be read as {wanted}")
}

/// Whether `element` is in `whole`: in a list by `==`, in a map as a key, in text as a part.
///
/// # Errors
/// The reason alone, where `whole` is none of those.
pub(super) fn within(element: &Value, whole: &Value) -> Result<bool, String> {
    let whole = plain(whole);
    match whole {
        Value::List(list) => Ok(list.iter().any(|other| equal(element, other))),
        Value::Map(map) => match plain(element) {
            Value::None | Value::List(_) | Value::Map(_) => Ok(false),
            key => Ok(map.contains_key(&*key.to_text())),
        },
        _ => match (as_text(whole), plain(element)) {
            (Some(_), part @ (Value::None | Value::List(_) | Value::Map(_))) => {
                Err(format!("text cannot hold {}", part.kind()))
            }
            (Some(text), part) => Ok(text.contains(&*part.to_text())),
            (None, _) => Err(format!(
                "only text, a list or a map can hold something, and this is {}",
                whole.kind()
            )),
        },
    }
}
