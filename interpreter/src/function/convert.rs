//! Functions that make one kind of value of another.

use scn_protocol::{Type, Value, json};

use super::{Function, Kind, args};
use crate::ops;

pub(super) static INT: Function = Function {
    name: "int",
    signature: "int(VALUE)",
    help: "A whole number: of a decimal what stands before its point, of text the whole number that it reads as.",
    params: &[Kind::Number],
    least: 1,
    most: Some(1),
    returns: Kind::Int,
    keeps_parts: false,
    outside: false,
    examples: &[
        ("int('12')", "12"),
        ("int(2.7)", "2"),
        ("int(-2.7)", "-2"),
        ("int(' 7 ') + 1", "8"),
    ],
    call: |given, _| match &given[0] {
        Value::Decimal(decimal) => ops::whole(&Value::decimal(decimal.trunc())).map(Value::Int),
        value @ (Value::Duration(_) | Value::Size(_) | Value::Percent(_)) => {
            Err(args::unitless(value))
        }
        other => ops::whole(other).map(Value::Int),
    },
};

pub(super) static DECIMAL: Function = Function {
    name: "decimal",
    signature: "decimal(VALUE)",
    help: "A decimal: of a whole number, or of text that reads as a number.",
    params: &[Kind::Number],
    least: 1,
    most: Some(1),
    returns: Kind::Decimal,
    keeps_parts: false,
    outside: false,
    examples: &[("decimal('10.50')", "10.5"), ("decimal(3)", "3")],
    call: |given, _| match &given[0] {
        value @ (Value::Duration(_) | Value::Size(_) | Value::Percent(_)) => {
            Err(args::unitless(value))
        }
        other => ops::coerce(other, Type::Decimal),
    },
};

pub(super) static TEXT: Function = Function {
    name: "text",
    signature: "text(VALUE)",
    help: "The value's text, as `echo` shows it: lists and maps are JSON.",
    params: &[Kind::Any],
    least: 1,
    most: Some(1),
    returns: Kind::Text,
    keeps_parts: false,
    outside: false,
    examples: &[
        ("text(1500ms)", "1.5s"),
        ("text([1, 'a', none])", r#"[1,"a",null]"#),
        ("text(5) + text(6)", "56"),
    ],
    call: |given, _| ops::coerce(&given[0], Type::Text),
};

pub(super) static JSON: Function = Function {
    name: "json",
    signature: "json(TEXT)",
    help: "The value that a JSON text stands for. `text` goes the other way.",
    params: &[Kind::Text],
    least: 1,
    most: Some(1),
    returns: Kind::Any,
    keeps_parts: false,
    outside: false,
    examples: &[
        (r#"json('{"id": 7, "ok": true}').id"#, "7"),
        ("json('[1, 2.50, null]')", "[1,2.5,null]"),
        (r#"json('"a\u0062"')"#, "ab"),
    ],
    call: |given, _| {
        let text = match &given[0] {
            Value::Text(_) | Value::Bytes(_) => args::text(&given[0])?,
            other => {
                return Err(format!(
                    "{} is no JSON text; text(…) makes JSON of a list or a map",
                    other.kind()
                ));
            }
        };
        let value = json::parse(&text).map_err(|error| format!("the text is no JSON: {error}"))?;
        ops::nested(value)
    },
};
