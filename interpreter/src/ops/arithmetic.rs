//! `+ - * / %` and the sign.
//!
//! | left | right | result |
//! | --- | --- | --- |
//! | number | number | a number; `/` always gives a decimal |
//! | time, size, percentage | the same | `+ - %` the same kind, `/` a decimal |
//! | time, size | number | `* /` the same kind, to the nearest nanosecond or byte |
//! | percentage | time, size, number | `*` that part of it: `15% * 2GB` is `300MB` |
//! | percentage | number | `/` a percentage |
//! | percentage | percentage | `*` a percentage: `50% * 50%` is `25%` |
//! | moment | moment | `-` a time |
//! | moment | time | `+ -` a moment |
//! | text | text | `+` the two joined; otherwise both are read as numbers |
//! | list | list | `+` the two joined |
//!
//! `*` gives the same either way round. `%` has the sign of its right side, as in Python.

use std::sync::Arc;

use rust_decimal::{Decimal, RoundingStrategy};
use scn_grammar::tree::Operator;
use scn_protocol::Value;

use super::read::{as_decimal, as_text, beside, number_from_text, plain, taint, tainted};
use super::{compare, show};
use super::{decimal, limits};

pub(super) const OVERFLOW: &str = "overflow: the result does not fit 64 bits";

/// Whole numbers, without any allocation but for `/`.
#[inline]
pub(super) fn whole(operator: Operator, a: i64, b: i64) -> Result<Value, String> {
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => return divide(Decimal::from(a), Decimal::from(b)),
        _ if b == 0 => return Err(decimal::BY_ZERO.to_owned()),
        _ => Some(modulo(a, b)),
    };
    result.map(Value::Int).ok_or_else(|| OVERFLOW.to_owned())
}

/// The remainder with the sign of `b`, which is not zero.
fn modulo(a: i64, b: i64) -> i64 {
    // The smallest number by -1 leaves nothing, but the machine's own division overflows.
    let rest = a.wrapping_rem(b);
    if rest != 0 && (rest < 0) != (b < 0) {
        rest + b
    } else {
        rest
    }
}

fn divide(a: Decimal, b: Decimal) -> Result<Value, String> {
    Ok(Value::decimal(decimal::divide(a, b)?))
}

/// Any values; the error is the reason alone.
pub(super) fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    let secret = tainted(left) || tainted(right);
    let (left, right) = (plain(left), plain(right));
    let result = match (as_text(left), as_text(right)) {
        (None, None) => numbers(operator, left, right),
        (Some(a), Some(b)) if operator == Operator::Add => {
            limits::text_fits(a.len() + b.len())?;
            let mut text = String::with_capacity(a.len() + b.len());
            text.push_str(&a);
            text.push_str(&b);
            Ok(Value::text(text))
        }
        (Some(a), Some(b)) => {
            let read = |text: &str| {
                number_from_text(text).ok_or_else(|| compare::unreadable(&Value::Int(0)))
            };
            numbers(operator, &read(&a)?, &read(&b)?)
        }
        (Some(text), None) => match beside(&text, right) {
            Some(read) => numbers(operator, &read, right),
            None => Err(text_beside(operator, right, "text", right.kind())),
        },
        (None, Some(text)) => match beside(&text, left) {
            Some(read) => numbers(operator, left, &read),
            None => Err(text_beside(operator, left, left.kind(), "text")),
        },
    };
    Ok(taint(result?, secret))
}

/// Why a text does not go with `other`.
fn text_beside(operator: Operator, other: &Value, left: &str, right: &str) -> String {
    match other {
        Value::None | Value::List(_) | Value::Map(_) | Value::Bool(_) => {
            mismatch(operator, left, right)
        }
        _ => compare::unreadable(other),
    }
}

/// Everything but text.
fn numbers(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    use Operator::{Add, Divide, Multiply, Subtract};
    match (operator, left, right) {
        (_, Value::Int(a), Value::Int(b)) => whole(operator, *a, *b),
        (Add, Value::List(a), Value::List(b)) => {
            limits::list_fits(a.len() + b.len())?;
            let mut list = Vec::with_capacity(a.len() + b.len());
            list.extend_from_slice(a);
            list.extend_from_slice(b);
            super::list(list)
        }
        (_, Value::Duration(a), Value::Duration(b)) => units(operator, *a, *b, Value::Duration),
        (_, Value::Size(a), Value::Size(b)) => units(operator, *a, *b, Value::Size),
        (_, Value::Percent(a), Value::Percent(b)) => percentages(operator, **a, **b),
        (Subtract, Value::Moment(a), Value::Moment(b)) => sum(a.checked_sub(*b), Value::Duration),
        (Subtract, Value::Moment(a), Value::Duration(b)) => sum(a.checked_sub(*b), Value::Moment),
        (Add, Value::Moment(a), Value::Duration(b))
        | (Add, Value::Duration(a), Value::Moment(b)) => sum(a.checked_add(*b), Value::Moment),
        (Multiply, Value::Percent(part), other) | (Multiply, other, Value::Percent(part)) => {
            part_of(**part, other).unwrap_or_else(|| clash(operator, left, right))
        }
        (Multiply, Value::Duration(a), other) | (Multiply, other, Value::Duration(a)) => {
            match as_decimal(other) {
                Some(factor) => scaled(*a, factor, Value::Duration),
                None => clash(operator, left, right),
            }
        }
        (Multiply, Value::Size(a), other) | (Multiply, other, Value::Size(a)) => {
            match as_decimal(other) {
                Some(factor) => scaled(*a, factor, Value::Size),
                None => clash(operator, left, right),
            }
        }
        _ => match (as_decimal(left), as_decimal(right), operator) {
            (Some(a), Some(b), _) => Ok(Value::decimal(decimals(operator, a, b)?)),
            (None, Some(by), Divide) => {
                divided(left, by).unwrap_or_else(|| clash(operator, left, right))
            }
            _ => clash(operator, left, right),
        },
    }
}

fn decimals(operator: Operator, a: Decimal, b: Decimal) -> Result<Decimal, &'static str> {
    match operator {
        Operator::Add => decimal::add(a, b),
        Operator::Subtract => decimal::subtract(a, b),
        Operator::Multiply => decimal::multiply(a, b),
        Operator::Divide => decimal::divide(a, b),
        _ => decimal::modulo(a, b),
    }
}

/// Two times in nanoseconds, or two sizes in bytes.
fn units(operator: Operator, a: i64, b: i64, make: fn(i64) -> Value) -> Result<Value, String> {
    match operator {
        Operator::Add => sum(a.checked_add(b), make),
        Operator::Subtract => sum(a.checked_sub(b), make),
        Operator::Divide => divide(Decimal::from(a), Decimal::from(b)),
        Operator::Modulo if b == 0 => Err(decimal::BY_ZERO.to_owned()),
        Operator::Modulo => Ok(make(modulo(a, b))),
        _ => clash(operator, &make(a), &make(b)),
    }
}

fn percentages(operator: Operator, a: Decimal, b: Decimal) -> Result<Value, String> {
    let result = decimals(operator, a, b)?;
    match operator {
        Operator::Divide => Ok(Value::decimal(result)),
        Operator::Multiply => Ok(Value::percent(decimal::divide(result, Decimal::from(100))?)),
        _ => Ok(Value::percent(result)),
    }
}

fn sum(result: Option<i64>, make: fn(i64) -> Value) -> Result<Value, String> {
    result.map(make).ok_or_else(|| OVERFLOW.to_owned())
}

/// That part of a time, a size or a number; nothing of anything else.
fn part_of(percent: Decimal, whole: &Value) -> Option<Result<Value, String>> {
    let part = match decimal::divide(percent, Decimal::from(100)) {
        Ok(part) => part,
        Err(reason) => return Some(Err(reason.to_owned())),
    };
    match whole {
        Value::Duration(nanos) => Some(scaled(*nanos, part, Value::Duration)),
        Value::Size(bytes) => Some(scaled(*bytes, part, Value::Size)),
        number => {
            as_decimal(number).map(|number| Ok(Value::decimal(decimal::multiply(part, number)?)))
        }
    }
}

fn scaled(units: i64, factor: Decimal, make: fn(i64) -> Value) -> Result<Value, String> {
    nearest(decimal::multiply(Decimal::from(units), factor)?, make)
}

/// A quantity divided by a number; nothing if it is none.
fn divided(quantity: &Value, by: Decimal) -> Option<Result<Value, String>> {
    let quotient = |units: Decimal| decimal::divide(units, by).map_err(str::to_owned);
    let round = |units: i64, make| nearest(quotient(Decimal::from(units))?, make);
    match quantity {
        Value::Duration(nanos) => Some(round(*nanos, Value::Duration)),
        Value::Size(bytes) => Some(round(*bytes, Value::Size)),
        Value::Percent(percent) => Some(quotient(**percent).map(Value::percent)),
        _ => None,
    }
}

/// To the nearest nanosecond or byte, ties to the even one.
fn nearest(units: Decimal, make: fn(i64) -> Value) -> Result<Value, String> {
    let units = units.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
    sum(i64::try_from(units).ok(), make)
}

fn clash(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    Err(mismatch(operator, left.kind(), right.kind()))
}

fn mismatch(operator: Operator, left: &str, right: &str) -> String {
    match operator {
        Operator::Add => format!("{left} and {right} cannot be added"),
        Operator::Subtract => format!("{right} cannot be subtracted from {left}"),
        Operator::Multiply => format!("{left} and {right} cannot be multiplied"),
        _ => format!("{left} cannot be divided by {right}"),
    }
}

/// The sign: `-x`, of a number, a quantity, or text that reads as one.
///
/// # Errors
/// Anything else, and the smallest whole number, which has no opposite in 64 bits.
pub fn negate(value: &Value) -> Result<Value, String> {
    let inner = plain(value);
    let read = as_text(inner).and_then(|text| number_from_text(&text));
    let result = match read.as_ref().unwrap_or(inner) {
        Value::Int(number) => sum(number.checked_neg(), Value::Int),
        Value::Decimal(number) => Ok(Value::decimal((-**number).normalize())),
        Value::Duration(nanos) => sum(nanos.checked_neg(), Value::Duration),
        Value::Size(bytes) => sum(bytes.checked_neg(), Value::Size),
        Value::Percent(percent) => Ok(Value::percent((-**percent).normalize())),
        other => Err(format!("{} has no opposite", other.kind())),
    };
    result
        .map(|result| taint(result, tainted(value)))
        .map_err(|reason| format!("-{}: {reason}", show(value)))
}

/// `target = target + value`. Text and lists grow in place while nobody else holds them.
///
/// # Errors
/// As `+`; the target is then as it was.
pub fn append(target: &mut Value, value: &Value) -> Result<(), String> {
    match (&mut *target, value) {
        (Value::Int(a), Value::Int(b)) => {
            if let Some(sum) = a.checked_add(*b) {
                *a = sum;
                return Ok(());
            }
        }
        (Value::Text(text), Value::Text(more))
            if text.len() + more.len() <= limits::LONGEST_TEXT =>
        {
            Arc::make_mut(text).push_str(more);
            return Ok(());
        }
        (Value::List(list), Value::List(more))
            if list.len() + more.len() <= limits::LONGEST_LIST
                && list.extent().bytes + more.extent().bytes <= limits::HEAVIEST =>
        {
            Arc::make_mut(list).extend(more.iter().cloned());
            return Ok(());
        }
        _ => {}
    }
    *target = super::binary(Operator::Add, target, value)?;
    Ok(())
}
