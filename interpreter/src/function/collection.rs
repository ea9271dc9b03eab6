//! Functions on lists and maps.

use scn_protocol::Value;

use super::{Function, Kind, args};
use crate::ops;

pub(super) static LEN: Function = Function {
    name: "len",
    signature: "len(VALUE)",
    help: "How many characters a text, elements a list, entries a map, or members a family has.",
    params: &[Kind::Collection],
    least: 1,
    most: Some(1),
    returns: Kind::Int,
    keeps_parts: true,
    outside: false,
    examples: &[
        ("len('naïve')", "5"),
        ("len([1, 2, 3])", "3"),
        ("len({a: 1})", "1"),
        ("len('')", "0"),
    ],
    call: |given, _| {
        let length = match &given[0] {
            Value::List(list) => list.len(),
            Value::Map(map) => map.len(),
            text @ (Value::Text(_) | Value::Bytes(_) | Value::Handle(_)) => {
                text.to_text().chars().count()
            }
            other => return Err(format!("{} has no length", other.kind())),
        };
        count(length)
    },
};

fn count(length: usize) -> Result<Value, String> {
    i64::try_from(length)
        .map(Value::Int)
        .map_err(|_| "overflow: the length does not fit 64 bits".to_owned())
}

pub(super) static KEYS: Function = Function {
    name: "keys",
    signature: "keys(MAP)",
    help: "The map's keys in their order.",
    params: &[Kind::Map],
    least: 1,
    most: Some(1),
    returns: Kind::List,
    keeps_parts: true,
    outside: false,
    examples: &[("keys({b: 1, a: 2})", r#"["b","a"]"#)],
    call: |given, _| {
        let keys = args::map(&given[0])?.keys();
        Ok(Value::list(
            keys.map(|key| Value::from(key.as_str())).collect(),
        ))
    },
};

pub(super) static VALUES: Function = Function {
    name: "values",
    signature: "values(MAP)",
    help: "The map's values in their order.",
    params: &[Kind::Map],
    least: 1,
    most: Some(1),
    returns: Kind::List,
    keeps_parts: true,
    outside: false,
    examples: &[("values({b: 1, a: 2})", "[1,2]")],
    call: |given, _| {
        let values = args::map(&given[0])?.values();
        Ok(Value::list(values.cloned().collect()))
    },
};

pub(super) static PAIRS: Function = Function {
    name: "pairs",
    signature: "pairs(MAP)",
    help: "The map's entries in their order, each a list of key and value.",
    params: &[Kind::Map],
    least: 1,
    most: Some(1),
    returns: Kind::List,
    keeps_parts: true,
    outside: false,
    examples: &[("pairs({b: 1, a: 2})", r#"[["b",1],["a",2]]"#)],
    call: |given, _| {
        let pair = |(key, value): (&String, &Value)| {
            ops::list(vec![Value::from(key.as_str()), value.clone()])
        };
        ops::list(
            args::map(&given[0])?
                .iter()
                .map(pair)
                .collect::<Result<_, _>>()?,
        )
    },
};

pub(super) static RANGE: Function = Function {
    name: "range",
    signature: "range([FIRST,] END [, STEP])",
    help: "The whole numbers from FIRST (0 unless said) up to but not including END, at most ten million. \
           A STEP below 0 goes down.",
    params: &[Kind::Int],
    least: 1,
    most: Some(3),
    returns: Kind::List,
    keeps_parts: false,
    outside: false,
    examples: &[
        ("range(3)", "[0,1,2]"),
        ("range(2, 5)", "[2,3,4]"),
        ("range(10, 0, -4)", "[10,6,2]"),
        ("range(0)", "[]"),
    ],
    call: |given, _| {
        let (first, end) = match given.get(1) {
            None => (0, ops::whole(&given[0])?),
            Some(end) => (ops::whole(&given[0])?, ops::whole(end)?),
        };
        let step = given.get(2).map_or(Ok(1), ops::whole)?;
        range(first, end, step)
    },
};

fn range(first: i64, end: i64, step: i64) -> Result<Value, String> {
    if step == 0 {
        return Err("the step is 0".to_owned());
    }
    // In 128 bits, because the numbers may lie at both ends of 64.
    let (start, way) = (i128::from(first), i128::from(end) - i128::from(first));
    let stride = i128::from(step);
    let length = if (way > 0) == (stride > 0) {
        (way.abs() + stride.abs() - 1) / stride.abs()
    } else {
        0
    };
    ops::limits::list_fits(usize::try_from(length).unwrap_or(usize::MAX))?;
    let element = |at: i128| i64::try_from(start + at * stride).map(Value::Int);
    let list: Result<Vec<Value>, _> = (0..length).map(element).collect();
    list.map(Value::list).map_err(|error| error.to_string())
}

pub(super) static FIRST: Function = Function {
    name: "first",
    signature: "first(LIST)",
    help: "The list's first element. An empty list has none, which is an error.",
    params: &[Kind::List],
    least: 1,
    most: Some(1),
    returns: Kind::Any,
    keeps_parts: true,
    outside: false,
    examples: &[("first([3, 1, 2])", "3")],
    call: |given, _| args::list(&given[0])?.first().cloned().ok_or_else(empty),
};

pub(super) static LAST: Function = Function {
    name: "last",
    signature: "last(LIST)",
    help: "The list's last element. An empty list has none, which is an error.",
    params: &[Kind::List],
    least: 1,
    most: Some(1),
    returns: Kind::Any,
    keeps_parts: true,
    outside: false,
    examples: &[("last([3, 1, 2])", "2"), ("last(lines(\"a\\nb\"))", "b")],
    call: |given, _| args::list(&given[0])?.last().cloned().ok_or_else(empty),
};

fn empty() -> String {
    "the list is empty".to_owned()
}

pub(super) static SORT: Function = Function {
    name: "sort",
    signature: "sort(LIST)",
    help: "The list in ascending order: numbers and quantities by size, text by its characters' numbers in Unicode. \
           All elements must be of one kind; what is equal keeps its order.",
    params: &[Kind::List],
    least: 1,
    most: Some(1),
    returns: Kind::List,
    keeps_parts: true,
    outside: false,
    examples: &[
        ("sort([3, 1.5, 2])", "[1.5,2,3]"),
        ("sort(['b', 'a', 'C'])", r#"["C","a","b"]"#),
        ("sort([2s, 500ms])", r#"["500ms","2s"]"#),
    ],
    call: |given, _| {
        let mut list = args::list(&given[0])?.to_vec();
        of_one_order(&list)?;
        // Values of one order can all be compared.
        list.sort_by(|a, b| ops::order(a, b).unwrap_or(std::cmp::Ordering::Equal));
        Ok(Value::list(list))
    },
};

/// Text beside text is text and beside a number a number, so only a list of one kind has an
/// order at all: `'9'` is after `'10'`, but before 10.
fn of_one_order(list: &[Value]) -> Result<(), String> {
    let mut kinds = list
        .iter()
        .map(|value| order_of(value).map(|order| (order, value)));
    let Some(first) = kinds.next() else {
        return Ok(());
    };
    let (order, one) = first?;
    for other in kinds {
        let (found, other) = other?;
        if found != order {
            return Err(format!(
                "{} and {} have no order between them: all elements must be of one kind",
                ops::show(one),
                ops::show(other)
            ));
        }
    }
    Ok(())
}

/// Values with the same number can be ordered.
fn order_of(value: &Value) -> Result<u8, String> {
    match ops::plain(value) {
        Value::Int(_) | Value::Decimal(_) => Ok(0),
        Value::Text(_) | Value::Bytes(_) | Value::Handle(_) => Ok(1),
        Value::Duration(_) => Ok(2),
        Value::Size(_) => Ok(3),
        Value::Percent(_) => Ok(4),
        Value::Moment(_) => Ok(5),
        other => Err(format!("{} has no order", other.kind())),
    }
}
