//! What cannot be written as an expression: results, bytes, names, words as parameters.

use std::sync::Arc;

use scn_grammar::tree::Operator;
use scn_protocol::{StepResult, Type, Value};

use crate::ops::limits::{DEEPEST, LONGEST_LIST, LONGEST_TEXT};
use crate::ops::{
    append, binary, coerce, equal, field, iterate, list, number_from_text, order, truth,
};

fn result(value: Value) -> Value {
    Value::Result(Arc::new(StepResult {
        value,
        exit: Some(3),
        stdout: Arc::new(b"PASS\n".to_vec()),
        ..StepResult::default()
    }))
}

#[test]
fn a_result_reads_as_its_value() {
    let pass = result(Value::from("PASS"));
    assert!(equal(&pass, &Value::from("PASS")));
    assert!(equal(&Value::from("PASS"), &pass));
    assert_eq!(
        binary(Operator::Add, &pass, &Value::from("!")),
        Ok(Value::from("PASS!"))
    );
    assert_eq!(field(&pass, "exit"), Ok(Value::Int(3)));
    assert_eq!(field(&pass, "stdout"), Ok(Value::from("PASS\n")));
    assert_eq!(field(&pass, "no_such_field"), Ok(Value::None));
    assert_eq!(truth(&result(Value::Bool(true))), Ok(true));
    assert_eq!(
        truth(&pass),
        Err("a condition must be true or false, and 'PASS' is text".to_owned())
    );
}

#[test]
fn a_secret_result_keeps_what_tells_it() {
    let secret = result(Value::from("hunter2").into_secret());
    assert!(field(&secret, "stdout").is_ok_and(|value| value.is_secret()));
    assert!(field(&secret, "value").is_ok_and(|value| value.is_secret()));
    assert_eq!(field(&secret, "exit"), Ok(Value::Int(3)));
    assert!(coerce(&secret, Type::Text).is_ok_and(|value| value.is_secret()));
}

#[test]
fn bytes_read_as_text_and_differ_by_every_byte() {
    let (one, other) = (
        Value::bytes(vec![b'a', 0xff]),
        Value::bytes(vec![b'a', 0xfe]),
    );
    assert!(equal(&one, &Value::from("a\u{fffd}")));
    assert!(!equal(&one, &other));
    assert_eq!(
        binary(Operator::Add, &one, &Value::from("b")),
        Ok(Value::from("a\u{fffd}b"))
    );
}

#[test]
fn components_are_compared_by_name() {
    let component = Value::component("Server[1]");
    assert!(equal(&component, &Value::component("Server[1]")));
    assert!(equal(&component, &Value::from("Server[1]")));
    assert!(!equal(&component, &Value::Int(1)));
    assert_eq!(
        binary(Operator::Add, &Value::from("on "), &component),
        Ok(Value::from("on Server[1]"))
    );
}

#[test]
fn words_are_read_as_their_parameters_types() {
    let ok = [
        ("12", Type::Int, "12"),
        ("3.0", Type::Int, "3"),
        ("12", Type::Decimal, "12"),
        ("1.50", Type::Decimal, "1.5"),
        ("true", Type::Bool, "true"),
        ("90s", Type::Duration, "1m30s"),
        ("1.5GB", Type::Size, "1500MB"),
        ("15%", Type::Percent, "15%"),
        ("[1, 2]", Type::List, "[1,2]"),
        (r#"{"a": 1}"#, Type::Map, r#"{"a":1}"#),
        ("x", Type::Component, "x"),
    ];
    for (word, kind, text) in ok {
        let read = coerce(&Value::from(word), kind);
        assert_eq!(
            read.map(|value| value.to_string()),
            Ok(text.to_owned()),
            "{word}"
        );
    }
    let wrong = [
        ("abc", Type::Int, "'abc' is no whole number"),
        ("2.5", Type::Int, "'2.5' is no whole number"),
        (
            "99999999999999999999",
            Type::Int,
            "'99999999999999999999' does not fit a whole number of 64 bits",
        ),
        ("abc", Type::Decimal, "'abc' is no decimal"),
        ("yes", Type::Bool, "'yes' is no true/false"),
        (
            "5",
            Type::Duration,
            "'5' is no time: give its unit, as in 5s",
        ),
        ("5", Type::Size, "'5' is no size: give its unit, as in 5MB"),
        (
            "5",
            Type::Percent,
            "'5' is no percentage: give its unit, as in 5%",
        ),
        ("5s", Type::Size, "'5s' is no size"),
        ("[1", Type::List, "'[1' is no list"),
        ("{}", Type::List, "'{}' is no list"),
    ];
    for (word, kind, error) in wrong {
        assert_eq!(coerce(&Value::from(word), kind), Err(error.to_owned()));
    }
    let pid = result(Value::from("4711"));
    assert_eq!(coerce(&pid, Type::Any), Ok(pid.clone()));
    assert_eq!(coerce(&pid, Type::Component), Ok(Value::from("4711")));
    assert_eq!(coerce(&pid, Type::Int), Ok(Value::Int(4711)));
    assert_eq!(coerce(&Value::Int(5), Type::Text), Ok(Value::from("5")));
    assert_eq!(
        coerce(&Value::Int(5), Type::Decimal),
        Ok(Value::decimal(5.into()))
    );
    assert_eq!(
        coerce(&Value::None, Type::Int),
        Err("none is no whole number".to_owned())
    );
    let secret = Value::from("12").into_secret();
    assert_eq!(coerce(&secret, Type::Int), Ok(Value::Int(12).into_secret()));
}

#[test]
fn text_that_reads_as_a_number() {
    let kinds = [
        ("12", "a whole number"),
        ("-12", "a whole number"),
        ("+12", "a whole number"),
        ("12.5", "a decimal"),
        ("99999999999999999999", "a decimal"),
        ("1m30s", "a time"),
        ("-5s", "a time"),
        ("500MB", "a size"),
        ("99.9%", "a percentage"),
        ("true", "true/false"),
        ("  12\n", "a whole number"),
    ];
    for (text, kind) in kinds {
        assert_eq!(
            number_from_text(text).map(|value| value.kind()),
            Some(kind),
            "{text}"
        );
    }
    for text in [
        "", " ", "-", "True", "none", "1e3", "0x10", "1,000", ".5", "5.", "12abc", "--1",
    ] {
        assert_eq!(number_from_text(text), None, "{text}");
    }
}

#[test]
fn appending_grows_text_and_lists_in_place() {
    let mut text = Value::from("a");
    let held = text.clone();
    assert_eq!(append(&mut text, &Value::from("b")), Ok(()));
    assert_eq!((text.to_text(), held.to_text()), ("ab".into(), "a".into()));
    let Value::Text(before) = &text else { panic!() };
    let place = Arc::as_ptr(before);
    assert_eq!(append(&mut text, &Value::from("c")), Ok(()));
    let Value::Text(after) = &text else { panic!() };
    assert_eq!((Arc::as_ptr(after), after.as_str()), (place, "abc"));

    let mut list = Value::list(vec![Value::Int(1)]);
    assert_eq!(append(&mut list, &Value::list(vec![Value::Int(2)])), Ok(()));
    assert_eq!(list.to_text(), "[1,2]");
    let itself = list.clone();
    assert_eq!(append(&mut list, &itself), Ok(()));
    assert_eq!(list.to_text(), "[1,2,1,2]");

    let mut number = Value::Int(i64::MAX);
    assert!(append(&mut number, &Value::Int(1)).is_err());
    assert_eq!(number, Value::Int(i64::MAX));

    let mut open = Value::from("a");
    assert_eq!(append(&mut open, &Value::from("b").into_secret()), Ok(()));
    assert!(open.is_secret());
}

#[test]
fn going_through_lists_and_maps() {
    let texts = |pair: Option<(Value, Value)>| pair.map(|(a, b)| format!("{a} {b}"));
    let list = iterate(&Value::list(vec![Value::from("x")]));
    let list = list.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((list.len(), list.is_empty()), (1, false));
    assert_eq!(list.single(0), Some(Value::from("x")));
    assert_eq!(texts(list.pair(0)).as_deref(), Some("0 x"));
    assert_eq!((list.single(1), list.pair(1)), (None, None));

    let map = Value::map([("k".to_owned(), Value::Int(7))].into_iter().collect());
    let map = iterate(&map.into_secret()).unwrap_or_else(|error| panic!("{error}"));
    assert!(
        map.single(0)
            .is_some_and(|key| key.is_secret() && key.to_text() == "k")
    );
    assert!(map.pair(0).is_some_and(|(_, value)| value.is_secret()));

    for (value, error) in [
        (
            Value::from("ab"),
            "only a list or a map can be gone through, and 'ab' is text; lines(…) and split(…) make a list of a text",
        ),
        (
            Value::Int(3),
            "only a list or a map can be gone through, and 3 is a whole number; range(…) makes a list of numbers",
        ),
        (
            Value::None,
            "only a list or a map can be gone through, and none is none",
        ),
    ] {
        assert_eq!(iterate(&value).err().as_deref(), Some(error));
    }
}

#[test]
fn nesting_has_a_limit() {
    let mut value = Value::None;
    for _ in 0..DEEPEST {
        value = list(vec![Value::Int(1), value]).unwrap_or_else(|error| panic!("{error}"));
    }
    assert_eq!(
        list(vec![value]),
        Err("lists and maps are nested deeper than 100".to_owned())
    );
    // What may be built can be written and read back.
    let mut value = Value::None;
    for _ in 0..DEEPEST {
        value = Value::list(vec![value]);
    }
    assert!(scn_protocol::json::parse(&value.to_text()).is_ok());
    let deeper = Value::text(format!("[{}]", value.to_text()));
    assert_eq!(
        coerce(&deeper, Type::List).map_err(|error| error.contains("is no list")),
        Err(true)
    );
}

#[test]
fn growing_has_a_limit() {
    let mut text = Value::text("x".repeat(LONGEST_TEXT - 1));
    assert_eq!(append(&mut text, &Value::from("x")), Ok(()));
    let error = append(&mut text, &Value::from("x"))
        .err()
        .unwrap_or_default();
    assert!(
        error.ends_with("the text would have 268435457 bytes, and 268435456 are the most"),
        "{error}"
    );
    let mut list = Value::list(vec![Value::None; LONGEST_LIST]);
    let one = Value::list(vec![Value::None]);
    let error = append(&mut list, &one).err().unwrap_or_default();
    assert!(
        error.ends_with("more than 10000000 elements, which are the most"),
        "{error}"
    );
}

#[test]
fn order_says_what_it_cannot_order() {
    assert_eq!(
        order(&Value::Duration(5), &Value::Size(5)),
        Err("cannot order 5ns and 5B: a time and a size have no order between them".to_owned())
    );
}
