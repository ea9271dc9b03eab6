//! Reading arguments as what a function needs. An error is the reason alone.

use std::borrow::Cow;

use rust_decimal::Decimal;
use scn_protocol::{Map, Value};

use crate::ops;

/// An argument as text: anything but `none`, a list or a map.
pub(super) fn text(value: &Value) -> Result<Cow<'_, str>, String> {
    match ops::plain(value) {
        Value::None | Value::List(_) | Value::Map(_) => Err(format!("{} is no text", value.kind())),
        other => Ok(other.to_text()),
    }
}

/// An argument as a list.
pub(super) fn list(value: &Value) -> Result<&[Value], String> {
    match ops::plain(value) {
        Value::List(list) => Ok(list),
        other => Err(format!("{} is no list", other.kind())),
    }
}

/// An argument as a map.
pub(super) fn map(value: &Value) -> Result<&Map, String> {
    match ops::plain(value) {
        Value::Map(map) => Ok(map),
        other => Err(format!("{} is no map", other.kind())),
    }
}

/// A number or a quantity, or text that reads as one.
pub(super) fn quantity(value: &Value) -> Result<Value, String> {
    let found = match ops::plain(value) {
        text @ (Value::Text(_) | Value::Bytes(_) | Value::Handle(_)) => {
            ops::number_from_text(&text.to_text())
        }
        other => Some(other.clone()),
    };
    match found {
        Some(
            found @ (Value::Int(_)
            | Value::Decimal(_)
            | Value::Duration(_)
            | Value::Size(_)
            | Value::Percent(_)),
        ) => Ok(if ops::tainted(value) {
            found.into_secret()
        } else {
            found
        }),
        _ => Err(format!("{} is no number", ops::show(value))),
    }
}

/// A number, or text that reads as one, as a decimal. A quantity is none: its number depends
/// on the unit.
pub(super) fn number(value: &Value) -> Result<Decimal, String> {
    match quantity(value)?.reveal() {
        Value::Int(whole) => Ok(Decimal::from(*whole)),
        Value::Decimal(decimal) => Ok(**decimal),
        other => Err(unitless(other)),
    }
}

/// Why a quantity is no number, and how to make one of it.
pub(super) fn unitless(value: &Value) -> String {
    let kind = value.kind();
    let unit = match value {
        Value::Duration(_) => "1ms",
        Value::Size(_) => "1MB",
        Value::Percent(_) => "1%",
        _ => return format!("{kind} is no number"),
    };
    format!("{kind} is no number; divided by a unit, as in `x / {unit}`, it is one")
}
