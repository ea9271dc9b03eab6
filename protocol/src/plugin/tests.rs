#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::collection::Map;
use crate::event::Stream;
use crate::signature::{Example, Param, Signature, Type};
use crate::value::Value;

/// The lines of the definition, as they stand there.
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"fix","version":"1.2","commands":[
    {"name":"send_order","help":"…","params":[{"name":"side","type":"text"},{"name":"qty","type":"int"},
      {"name":"price","type":"decimal","default":0}],"rest":false,"returns":"map","undo":"cancel_order","repeatable":false}]}}"#;

fn told(line: &str) -> Tell {
    Tell::parse(line.as_bytes()).unwrap()
}

#[test]
fn what_scn_says_is_what_the_definition_says() {
    let initialize = Ask::Initialize {
        id: 1,
        protocol: VERSION,
        plugin: "fix".to_owned(),
        config: Value::map(Map::new()),
        environment: "local".to_owned(),
    };
    assert_eq!(
        String::from_utf8(initialize.to_line()).unwrap(),
        concat!(
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocol":1,"plugin":"fix","config":{},"environment":"local"}}"#,
            "\n"
        )
    );
    let args: Map = [
        ("side".to_owned(), Value::from("buy")),
        ("qty".to_owned(), Value::Int(100)),
        ("price".to_owned(), Value::decimal(Decimal::new(105, 1))),
    ]
    .into_iter()
    .collect();
    let call = Ask::Call {
        id: 2,
        command: "send_order".to_owned(),
        args,
        rest: Vec::new(),
        input: None,
        run: "r".to_owned(),
        step: 4,
        time_left: None,
    };
    assert_eq!(
        String::from_utf8(call.to_line()).unwrap(),
        concat!(
            r#"{"jsonrpc":"2.0","id":2,"method":"call","params":{"command":"send_order","args":{"side":"buy","qty":100,"price":10.5},"rest":[],"run":"r","step":4}}"#,
            "\n"
        )
    );
    assert_eq!(
        Ask::Cancel { call: 2 }.to_line(),
        b"{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"call\":2}}\n"
    );
    assert_eq!(
        Ask::Shutdown { id: 9 }.to_line(),
        b"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"shutdown\"}\n"
    );
}

#[test]
fn what_a_plugin_says_in_the_definition_is_understood() {
    let Tell::Answer {
        id: Some(1),
        result: Ok(result),
    } = told(INITIALIZED)
    else {
        panic!("it is an answer");
    };
    let declaration = Declaration::read(&result.json().unwrap()).unwrap();
    assert_eq!(
        (declaration.name.as_str(), declaration.version.as_str()),
        ("fix", "1.2")
    );
    let [order] = declaration.commands.as_slice() else {
        panic!("it has one command");
    };
    assert_eq!(order.undo.as_deref(), Some("cancel_order"));
    assert_eq!(order.returns, Type::Map);
    assert_eq!(order.params[2].default, Some(Value::Int(0)));
    assert_eq!(order.rest, None);

    assert_eq!(
        told(
            r#"{"jsonrpc":"2.0","method":"metric","params":{"subject":"MatchingEnginePrimary","name":"latency","value":10,"unit":"us"}}"#
        ),
        Tell::Metric {
            call: None,
            subject: "MatchingEnginePrimary".to_owned(),
            name: "latency".to_owned(),
            value: Value::Int(10),
            unit: Some("us".to_owned()),
        }
    );
    assert_eq!(
        told(
            r#"{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"order rejected","data":{"blame":"system"}}}"#
        ),
        Tell::Answer {
            id: Some(2),
            result: Err(Failed::new(Blame::System, "order rejected")),
        }
    );
    let Tell::Answer {
        result: Ok(result), ..
    } = told(r#"{"jsonrpc":"2.0","id":2,"result":{"value":{"id":"A1","status":"PASS"}}}"#)
    else {
        panic!("it is an answer");
    };
    assert_eq!(
        result.value().unwrap().to_text(),
        r#"{"id":"A1","status":"PASS"}"#
    );
}

#[test]
fn a_line_that_is_no_message_is_told_apart() {
    for (line, reason) in [
        ("hello", "it is no JSON: expected value at line 1 column 1"),
        ("[1]", "it is JSON, and no object"),
        (
            r#"{"jsonrpc":"2.0","id":1,"#,
            "it ends in the middle, after 24 bytes: a message is one whole line, ended by a line end that stands nowhere else in it",
        ),
        (r#"{"id":1,"result":1}"#, r#"it lacks "jsonrpc":"2.0""#),
        (
            r#"{"jsonrpc":"2.0","id":1}"#,
            "it has neither `method` nor `result` nor `error`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"result":1,"error":{"message":"x"}}"#,
            "it has both `result` and `error`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":"a","result":1}"#,
            "`id` is to be a number, and is a text",
        ),
        (
            r#"{"jsonrpc":"2.0","result":1}"#,
            "it is an answer without an `id`",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"log","params":{"level":"loud","message":"x"}}"#,
            "log: `level` is debug, info, warning or error, and not loud",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"event","params":{"subject":"A","message":"x","data":[]}}"#,
            "event: `data` is no map",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"error":{"message":"x","data":{"blame":"me"}}}"#,
            "`blame` is system, plugin, environment or scenario, and not me",
        ),
    ] {
        assert_eq!(
            Tell::parse(line.as_bytes()),
            Err(reason.to_owned()),
            "{line}"
        );
    }
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":{}"#,
        "[".repeat(100_000)
    );
    assert!(Tell::parse(deep.as_bytes()).is_err());
    assert!(Tell::parse(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\xff\"}").is_err());
}

#[test]
fn what_a_newer_plugin_says_besides_is_passed_over() {
    assert_eq!(
        told(r#"{"jsonrpc":"2.0","method":"log","params":{"message":"x","color":"red"},"more":1}"#),
        Tell::Log {
            call: None,
            level: "info".to_owned(),
            message: "x".to_owned(),
        }
    );
    assert_eq!(
        told(r#"{"jsonrpc":"2.0","method":"trace","params":[]}"#.replace("[]", "{}").as_str()),
        Tell::Unknown {
            id: None,
            method: "trace".to_owned(),
        }
    );
}

#[test]
fn a_wrong_declaration_says_where() {
    let wrong = |commands: &str| {
        let json = format!(r#"{{"protocol":1,"name":"p","commands":{commands}}}"#);
        Declaration::read(&serde_json::from_str(&json).unwrap()).unwrap_err()
    };
    assert_eq!(wrong("1"), "`commands` is to be a list, and is a number");
    assert_eq!(wrong("[{}]"), "`commands[0]`: `name` is lacking");
    assert_eq!(
        wrong(r#"[{"name":"a"},{"name":"a"}]"#),
        "the command `a` is declared twice"
    );
    assert_eq!(
        wrong(r#"[{"name":"a","params":[{"name":"b","type":"float"}]}]"#),
        "`commands[0]`: a: `params[0]`: b: `type` is no type: \"float\"; there are any, text, int, decimal, bool, duration, size, percent, list and map"
    );
    assert!(wrong(r#"[{"name":"a b"}]"#).contains("is no name of a command"));
    assert!(wrong(r#"[{"name":"a","params":[{"name":"1"}]}]"#).contains("no name of a parameter"));
    assert!(wrong(r#"[{"name":"a","rest":1}]"#).contains("`rest`"));
    assert_eq!(
        Declaration::read(&serde_json::json!({"commands": []})),
        Err("`protocol` is lacking".to_owned())
    );
}

#[test]
fn what_a_declaration_has_that_means_nothing_is_found() {
    let said = serde_json::json!({"protocol": 1, "vresion": "2", "commands": [
        {"name": "a", "parms": [], "params": [{"name": "b", "typ": "int"}], "rest": {"min": 1}},
        {"name": "c", "rest": true, "examples": ["x", {"scenario": "y", "out": "z"}]},
    ]});
    let found = Declaration::unknown(&said);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|unknown| (unknown.of.as_str(), unknown.key.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("", "vresion"),
            ("a", "parms"),
            ("a: b", "typ"),
            ("a: rest", "min"),
            ("c: examples", "out")
        ]
    );
}

#[test]
fn a_declaration_survives_the_way_there_and_back() {
    let declaration = Declaration {
        protocol: 1,
        name: "p".to_owned(),
        version: "0.1".to_owned(),
        commands: vec![Signature {
            name: "send-order.v2".to_owned(),
            help: "Sends.\nMore.".to_owned(),
            params: vec![
                Param::required("side", Type::Text, "buy or sell"),
                Param::optional("limit", Type::Duration, Value::Duration(250_000_000), ""),
                Param::optional("note", Type::Any, Value::None, ""),
            ],
            rest: Some(Param::required("tags", Type::Int, "more")),
            rest_least: 2,
            returns: Type::Map,
            returns_help: "the order".to_owned(),
            undo: Some("cancel".to_owned()),
            repeatable: true,
            examples: vec![Example {
                scenario: "send-order.v2 buy 1 2".to_owned(),
                output: Some("x".to_owned()),
            }],
        }],
    };
    let said = declaration.to_json();
    assert_eq!(Declaration::unknown(&said), []);
    assert_eq!(Declaration::read(&said), Ok(declaration));
}

#[test]
fn what_a_plugin_cannot_heed_has_an_answer() {
    let refused = |line: &str| Ask::parse(line.as_bytes()).unwrap_err();
    assert_eq!(refused("{").code, codes::PARSE);
    assert_eq!(refused("[]").code, codes::REQUEST);
    let unknown = refused(r#"{"jsonrpc":"2.0","id":3,"method":"dance"}"#);
    assert_eq!((unknown.id, unknown.code), (Some(3), codes::METHOD));
    assert!(!unknown.silent);
    assert!(refused(r#"{"jsonrpc":"2.0","method":"dance"}"#).silent);
    let lacks = refused(r#"{"jsonrpc":"2.0","id":4,"method":"call","params":{}}"#);
    assert_eq!((lacks.id, lacks.code), (Some(4), codes::PARAMS));
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i64>().prop_map(|number| Value::decimal(Decimal::new(number, 6))),
        ".*".prop_map(Value::from),
        (0..i64::MAX).prop_map(|time| Value::Duration(time / 1_000 * 1_000)),
        (0..i64::MAX).prop_map(Value::Size),
        any::<i32>().prop_map(|number| Value::percent(Decimal::new(number.into(), 2))),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(Value::bytes),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::list),
            proptest::collection::vec(("[a-z]{2,5}", inner), 0..4)
                .prop_map(|pairs| Value::map(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_call_survives_the_way_there_and_back(
        name in ".*",
        value in values(),
        rest in proptest::collection::vec(values(), 0..3),
        input in proptest::option::of(values()),
        id in any::<u64>(),
    ) {
        let call = Ask::Call {
            id,
            command: name.clone(),
            args: [(name, value)].into_iter().collect(),
            rest,
            input,
            run: "r".to_owned(),
            step: id / 2,
            time_left: (id % 3 == 0).then_some(std::time::Duration::from_nanos(id / 7)),
        };
        let line = call.to_line();
        let (end, text) = line.split_last().unwrap();
        prop_assert_eq!(*end, b'\n');
        prop_assert!(!text.contains(&b'\n'));
        prop_assert_eq!(Ask::parse(text), Ok(call));
    }

    #[test]
    fn what_a_plugin_says_survives_the_way_there_and_back(
        call in proptest::option::of(any::<u64>()),
        text in ".*",
        value in values(),
        bytes in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let data: Map = [("k".to_owned(), value.clone())].into_iter().collect();
        for tell in [
            Tell::value(7, &value),
            Tell::Answer {
                id: Some(8),
                result: Err(Failed {
                    value: Some(value.clone()),
                    ..Failed::new(Blame::Environment, text.clone())
                }),
            },
            Tell::Log { call, level: "debug".to_owned(), message: text.clone() },
            Tell::Metric {
                call,
                subject: text.clone(),
                name: text.clone(),
                value: value.clone(),
                unit: Some("us".to_owned()),
            },
            Tell::Event { call, subject: text.clone(), message: text.clone(), data: data.clone() },
            Tell::Output { call, stream: Stream::Stderr, bytes: bytes.clone() },
        ] {
            let line = tell.to_line();
            prop_assert_eq!(Tell::parse(&line[..line.len() - 1]), Ok(tell));
        }
    }

    #[test]
    fn how_its_parts_stand_makes_no_difference(value in values(), id in any::<u64>()) {
        let line = Tell::value(id, &value).to_line();
        let (id, value) = (id, crate::json::tagged(&value, true));
        let turned = format!(r#"{{"result": {{"value":{value}}}, "id":{id}, "jsonrpc":"2.0"}}"#);
        prop_assert_eq!(Tell::parse(turned.as_bytes()), Tell::parse(line.trim_ascii_end()));
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"call","params":{{"command":"c","args":{{"a":{value}}}}}}}"#
        );
        let turned = format!(
            r#"{{"params":{{"args":{{"a":{value}}},"command":"c"}}, "method":"call", "id":{id}, "jsonrpc":"2.0"}}"#
        );
        prop_assert_eq!(Ask::parse(turned.as_bytes()), Ask::parse(call.as_bytes()));
    }

    #[test]
    fn a_line_that_is_changed_somewhere_is_read_as_the_json_that_it_is(
        at in 0usize..90,
        byte in prop_oneof![Just(b'"'), Just(b'}'), Just(b','), Just(b'+'), Just(b'0'), Just(b' '), any::<u8>()],
        adds in any::<bool>(),
    ) {
        let mut line = br#"{"jsonrpc":"2.0","id":12,"result":{"value":{"a":[1,"b"],"c":{"$size":"5MB"}}}}"#.to_vec();
        let at = at.min(line.len() - 1);
        match adds {
            true => line.insert(at, byte),
            false => line[at] = byte,
        }
        let is_json = serde_json::from_slice::<serde_json::Value>(&line).is_ok();
        prop_assert!(is_json || Tell::parse(&line).is_err());
    }

    #[test]
    fn no_line_is_more_than_refused(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Tell::parse(&line);
        let _ = Ask::parse(&line);
    }
}
