//! Tests of the functions: what they say of themselves, their examples, tables in the
//! language, and laws.

mod laws;
mod outside;
mod tables;

use std::fs;
use std::path::Path;

use scn_grammar::tree::Operator;
use scn_protocol::Value;

use super::{FUNCTIONS, Kind, find};
use crate::ops::tests::evaluate::check;

#[test]
fn the_list_is_the_languages() {
    let names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    assert_eq!(
        names.join(" "),
        "len upper lower trim lines split join replace match int decimal text json csv keys values pairs range \
         first last min max sum avg sort abs round percentile now random uuid env file exists free_port"
    );
    let outside: Vec<&str> = FUNCTIONS
        .iter()
        .filter(|f| f.outside)
        .map(|f| f.name)
        .collect();
    assert_eq!(
        outside.join(" "),
        "csv now random uuid env file exists free_port"
    );
}

#[test]
fn every_function_that_is_written_is_in_the_list() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/function");
    let mut written = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            continue;
        }
        let source = fs::read_to_string(path)?;
        written += source
            .matches(concat!(": Function", " = Function {"))
            .count();
    }
    assert_eq!(written, FUNCTIONS.len());
    Ok(())
}

#[test]
fn the_examples_give_what_they_say() {
    for function in FUNCTIONS {
        check(function.examples);
        let named = |(source, _): &(&str, &str)| source.contains(&format!("{}(", function.name));
        assert!(function.examples.iter().all(named), "{}", function.name);
        assert!(
            function
                .signature
                .starts_with(&format!("{}(", function.name))
        );
        assert!(function.help.ends_with('.'), "{}", function.name);
    }
}

#[test]
fn arguments_are_counted() {
    check(&[
        (
            "upper()",
            "ERROR upper takes one argument, not none: upper(TEXT)",
        ),
        ("now(1)", "ERROR now takes no argument, not 1: now()"),
        (
            "replace('a', 'b')",
            "ERROR replace takes 3 arguments, not 2: replace(TEXT, OLD, NEW)",
        ),
        (
            "range()",
            "ERROR range takes 1 to 3 arguments, not none: range([FIRST,] END [, STEP])",
        ),
        (
            "min()",
            "ERROR min takes one argument or more, not none: min(LIST) or min(VALUE, VALUE…)",
        ),
    ]);
    let range = find("range").map(|f| (f.param(0), f.param(2), f.param(3)));
    assert_eq!(range, Some((Some(Kind::Int), Some(Kind::Int), None)));
    assert_eq!(find("min").and_then(|f| f.param(9)), Some(Kind::Any));
    assert_eq!(find("now").map(|f| f.param(0)), Some(None));
    assert!(find("lenght").is_none());
}

#[test]
fn kinds_for_the_checker() {
    assert!(Kind::Number.admits(Kind::Int));
    assert!(Kind::Number.admits(Kind::Text), "text may read as a number");
    assert!(!Kind::Number.admits(Kind::Duration));
    assert!(!Kind::List.admits(Kind::Text));
    assert!(Kind::List.admits(Kind::Any));
    assert!(Kind::Any.admits(Kind::None));
    assert!(Kind::Map.admits(Kind::MapOrNone));
    assert!(!Kind::Word.admits(Kind::None));
    assert!(Kind::Text.admits(Kind::Handle));
    assert_eq!(Kind::of(&Value::Int(1).into_secret()), Kind::Int);
}

#[test]
fn the_checker_knows_the_kinds_of_operations() {
    let of = |left, operator, right| Kind::of_operation(operator, left, right);
    let ok = [
        (Kind::Int, Operator::Divide, Kind::Int, Kind::Decimal),
        (Kind::Int, Operator::Add, Kind::Decimal, Kind::Decimal),
        (
            Kind::Duration,
            Operator::Multiply,
            Kind::Int,
            Kind::Duration,
        ),
        (Kind::Percent, Operator::Multiply, Kind::Size, Kind::Size),
        (
            Kind::Moment,
            Operator::Subtract,
            Kind::Moment,
            Kind::Duration,
        ),
        (Kind::Text, Operator::Add, Kind::Int, Kind::Any),
        (Kind::Any, Operator::Less, Kind::Int, Kind::Bool),
        (Kind::Duration, Operator::Equal, Kind::Size, Kind::Bool),
        (Kind::Number, Operator::Add, Kind::Int, Kind::Any),
        (Kind::List, Operator::Add, Kind::List, Kind::List),
    ];
    for (left, operator, right, kind) in ok {
        assert_eq!(
            of(left, operator, right),
            Ok(kind),
            "{left:?} {operator:?} {right:?}"
        );
    }
    let wrong = [
        (
            Kind::Duration,
            Operator::Less,
            Kind::Size,
            "a time and a size have no order between them",
        ),
        (
            Kind::Duration,
            Operator::Add,
            Kind::Int,
            "a time and a whole number cannot be added",
        ),
        (
            Kind::None,
            Operator::Greater,
            Kind::Int,
            "none and a whole number have no order between them",
        ),
        (
            Kind::Bool,
            Operator::And,
            Kind::Text,
            "a condition must be true or false, and this is text",
        ),
        (
            Kind::Int,
            Operator::In,
            Kind::Int,
            "only text, a list or a map can hold something, and this is a whole number",
        ),
    ];
    for (left, operator, right, reason) in wrong {
        assert_eq!(of(left, operator, right), Err(reason.to_owned()));
    }
}
