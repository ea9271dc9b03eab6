//! Functions on numbers and quantities.

use std::cmp::Ordering;

use rust_decimal::{Decimal, RoundingStrategy};
use scn_grammar::tree::Operator;
use scn_protocol::Value;

use super::{Function, Kind, args};
use crate::ops;

pub(super) static MIN: Function = Function {
    name: "min",
    signature: "min(LIST) or min(VALUE, VALUE…)",
    help: "The least of a list's elements or of the arguments.",
    params: &[Kind::Any],
    least: 1,
    most: None,
    returns: Kind::Any,
    keeps_parts: true,
    outside: false,
    examples: &[
        ("min([3, 1, 2])", "1"),
        ("min(2s, 500ms)", "500ms"),
        ("min('b', 'a')", "a"),
    ],
    call: |given, _| extreme(given, Ordering::Less),
};

pub(super) static MAX: Function = Function {
    name: "max",
    signature: "max(LIST) or max(VALUE, VALUE…)",
    help: "The greatest of a list's elements or of the arguments.",
    params: &[Kind::Any],
    least: 1,
    most: None,
    returns: Kind::Any,
    keeps_parts: true,
    outside: false,
    examples: &[("max([3, 1, 2])", "3"), ("max(64KiB, 1MB)", "1MB")],
    call: |given, _| extreme(given, Ordering::Greater),
};

pub(super) static SUM: Function = Function {
    name: "sum",
    signature: "sum(LIST) or sum(VALUE, VALUE…)",
    help: "The sum of numbers or of quantities of one kind; text is read as a number. Of an empty list it is 0.",
    params: &[Kind::Any],
    least: 1,
    most: None,
    returns: Kind::Quantity,
    keeps_parts: false,
    outside: false,
    examples: &[
        ("sum([1, 2.5, '3'])", "6.5"),
        ("sum(1s, 250ms)", "1.25s"),
        ("sum([])", "0"),
    ],
    call: |given, _| sum(elements(given)),
};

pub(super) static AVG: Function = Function {
    name: "avg",
    signature: "avg(LIST) or avg(VALUE, VALUE…)",
    help: "The mean of numbers or of quantities of one kind; text is read as a number.",
    params: &[Kind::Any],
    least: 1,
    most: None,
    returns: Kind::Quantity,
    keeps_parts: false,
    outside: false,
    examples: &[("avg([1, 2, 4, 5])", "3"), ("avg(1s, 2s)", "1.5s")],
    call: |given, _| {
        let list = elements(given);
        let count = i64::try_from(list.len()).map_err(|error| error.to_string())?;
        if count == 0 {
            return Err(empty());
        }
        ops::binary(Operator::Divide, &sum(list)?, &Value::Int(count))
    },
};

pub(super) static ABS: Function = Function {
    name: "abs",
    signature: "abs(NUMBER)",
    help: "The number or quantity without its sign.",
    params: &[Kind::Quantity],
    least: 1,
    most: Some(1),
    returns: Kind::Quantity,
    keeps_parts: false,
    outside: false,
    examples: &[("abs(-2.50)", "2.5"), ("abs(1s - 3s)", "2s")],
    call: |given, _| {
        let value = args::quantity(&given[0])?;
        let negative = match &value {
            Value::Int(units) | Value::Duration(units) | Value::Size(units) => *units < 0,
            Value::Decimal(decimal) | Value::Percent(decimal) => decimal.is_sign_negative(),
            _ => false,
        };
        if negative {
            ops::negate(&value)
        } else {
            Ok(value)
        }
    },
};

/// A decimal has no more digits than that, before its point or behind it.
const MOST_DIGITS: i64 = 28;

pub(super) static ROUND: Function = Function {
    name: "round",
    signature: "round(NUMBER [, DIGITS])",
    help: "The number or percentage rounded to so many digits behind the point, 0 unless said, ties to the even digit. \
           To 0 digits or fewer (`round(1234, -2)`) a number becomes a whole one.",
    params: &[Kind::NumberOrPercent, Kind::Int],
    least: 1,
    most: Some(2),
    returns: Kind::NumberOrPercent,
    keeps_parts: false,
    outside: false,
    examples: &[
        ("round(2.345, 2)", "2.34"),
        ("round(2.7)", "3"),
        ("round(2.5)", "2"),
        ("round(1234, -2)", "1200"),
        ("round(12.34%, 1)", "12.3%"),
    ],
    call: |given, _| {
        let digits = given.get(1).map_or(Ok(0), ops::whole)?;
        if !(-MOST_DIGITS..=MOST_DIGITS).contains(&digits) {
            return Err(format!(
                "the digits must be {} to {MOST_DIGITS}",
                -MOST_DIGITS
            ));
        }
        match args::quantity(&given[0])? {
            Value::Percent(percent) => Ok(Value::percent(round(*percent, digits)?)),
            other => {
                let rounded = round(args::number(&other)?, digits)?;
                let whole = if digits <= 0 {
                    i64::try_from(rounded).ok()
                } else {
                    None
                };
                Ok(whole.map_or_else(|| Value::decimal(rounded), Value::Int))
            }
        }
    },
};

fn round(number: Decimal, digits: i64) -> Result<Decimal, String> {
    let strategy = RoundingStrategy::MidpointNearestEven;
    if let Ok(digits) = u32::try_from(digits) {
        return Ok(number.round_dp_with_strategy(digits, strategy));
    }
    let unit = (0..-digits).try_fold(Decimal::ONE, |unit, _| unit.checked_mul(Decimal::TEN));
    // The quotient may have more digits than there are; rounding it a second time could go
    // wrong, so what is left over decides.
    let unit = unit.ok_or("overflow: there are not so many digits")?;
    let rest = number % unit;
    let down = number - rest;
    let away = if number.is_sign_negative() {
        -unit
    } else {
        unit
    };
    let twice = rest.abs() * Decimal::TWO;
    let odd = !((down / unit) % Decimal::TWO).is_zero();
    let up = twice > unit || (twice == unit && odd);
    let rounded = if up {
        down.checked_add(away)
    } else {
        Some(down)
    };
    rounded.ok_or_else(|| "overflow: the result has more than 28 digits".to_owned())
}

pub(super) static PERCENTILE: Function = Function {
    name: "percentile",
    signature: "percentile(LIST, PERCENT)",
    help: "The least element that so many percent of the list's elements do not exceed (the nearest rank): \
           always one of them, so that a limit on it is a limit on something that was measured.",
    params: &[Kind::List, Kind::NumberOrPercent],
    least: 2,
    most: Some(2),
    returns: Kind::Quantity,
    keeps_parts: false,
    outside: false,
    examples: &[
        ("percentile([15, 20, 35, 40, 50], 40)", "20"),
        ("percentile(range(1, 101), 99%)", "99"),
        ("percentile([3ms, 1ms, 2ms], 50)", "2ms"),
    ],
    call: |given, _| {
        let percent = match args::quantity(&given[1])? {
            Value::Percent(percent) => *percent,
            number => args::number(&number)?,
        };
        if percent.is_sign_negative() || percent > Decimal::ONE_HUNDRED {
            return Err("the percentage must be 0 to 100".to_owned());
        }
        let read: Result<Vec<Value>, String> =
            args::list(&given[0])?.iter().map(args::quantity).collect();
        let mut list = read?;
        // Elements of one kind follow each other in order, so comparing each with the first
        // finds any that cannot be ordered.
        for element in &list {
            ops::order(&list[0], element)?;
        }
        list.sort_by(|a, b| ops::order(a, b).unwrap_or(Ordering::Equal));
        nearest_rank(&list, percent).cloned().ok_or_else(empty)
    },
};

/// The element at the nearest rank of an ordered list; none of an empty one.
fn nearest_rank(list: &[Value], percent: Decimal) -> Option<&Value> {
    let rank = (percent / Decimal::ONE_HUNDRED * Decimal::from(list.len())).ceil();
    let rank = usize::try_from(rank).ok()?.max(1);
    list.get(rank - 1)
}

/// The elements of the only argument, if that is a list; otherwise the arguments.
fn elements(given: &[Value]) -> &[Value] {
    match given {
        [one] => match ops::plain(one) {
            Value::List(list) => list,
            _ => given,
        },
        _ => given,
    }
}

fn extreme(given: &[Value], wanted: Ordering) -> Result<Value, String> {
    let mut list = elements(given).iter();
    let mut best = list.next().ok_or_else(empty)?;
    // One alone is compared too: `min(none)` is as wrong as `min(none, 1)`.
    ops::order(best, best)?;
    for value in list {
        if ops::order(value, best)? == wanted {
            best = value;
        }
    }
    Ok(best.clone())
}

fn sum(list: &[Value]) -> Result<Value, String> {
    let mut list = list.iter();
    let Some(first) = list.next() else {
        return Ok(Value::Int(0));
    };
    let mut total = args::quantity(first)?;
    for value in list {
        total = ops::binary(Operator::Add, &total, &args::quantity(value)?)?;
    }
    Ok(total)
}

fn empty() -> String {
    "the list is empty".to_owned()
}
