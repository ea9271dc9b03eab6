//! Values at a pause: opened bit by bit, looked at without an effect, set.

use std::fs;

use serde_json::{Value as Json, json};

use super::client::Client;

const VALUES: &str = "defer sh 'echo undone >> log'
set many = range(5000)
set nested = {all: [[1, 2], {b: 'x y', \"k \\\"q\": none}], n: 1}
set text = 'a'
echo \"#{len(many)} #{nested.n} #{text}\"
";

fn paused() -> (Client, Json) {
    let mut client = Client::new();
    fs::write(client.program(), VALUES).unwrap();
    client.launch(json!({}), json!([{ "line": 5 }]));
    client.event("stopped");
    let scopes = client.ask("scopes", json!({ "frameId": 0 }));
    let variables = scopes["scopes"][0].clone();
    (client, variables)
}

fn children(client: &mut Client, of: &Json, more: Json) -> Vec<Json> {
    let mut asked = json!({ "variablesReference": of["variablesReference"] });
    for (name, value) in more.as_object().unwrap() {
        asked[name] = value.clone();
    }
    let body = client.ask("variables", asked);
    body["variables"].as_array().unwrap().clone()
}

#[test]
fn a_long_list_is_given_in_parts() {
    let (mut client, scope) = paused();
    assert_eq!(scope["namedVariables"], 3);
    let all = children(&mut client, &scope, json!({}));
    let many = &all[0];
    assert_eq!(many["indexedVariables"], 5000);
    // Beside its name there is not room for all.
    assert!(many["value"].as_str().unwrap().chars().count() < 100);
    let part = children(
        &mut client,
        many,
        json!({ "filter": "indexed", "start": 4990, "count": 100 }),
    );
    assert_eq!(part.len(), 10);
    assert_eq!(
        (&part[0]["name"], &part[0]["value"]),
        (&json!("4990"), &json!("4990"))
    );
    assert!(children(&mut client, many, json!({ "filter": "named" })).is_empty());
    let copied = client.evaluate("many", "clipboard");
    assert!(
        copied["body"]["result"]
            .as_str()
            .unwrap()
            .ends_with("4999]")
    );
}

#[test]
fn whatever_is_opened_can_be_asked_for_by_its_expression() {
    let (mut client, scope) = paused();
    let mut open = children(&mut client, &scope, json!({ "start": 1 }));
    let mut seen = 0;
    while let Some(one) = open.pop() {
        seen += 1;
        let expression = one["evaluateName"].as_str().unwrap().to_owned();
        let answer = client.evaluate(&expression, "watch");
        assert_eq!(answer["body"]["result"], one["value"], "{expression}");
        if one["variablesReference"] != 0 {
            open.extend(children(&mut client, &one, json!({})));
        }
    }
    assert_eq!(seen, 10);
}

#[test]
fn nothing_is_done_by_a_look() {
    let (mut client, _) = paused();
    for text in [
        "sh 'echo looked >> log'",
        "set text = 'b'",
        ":undo",
        ":skip",
        "no such",
        "nobody",
    ] {
        for context in ["hover", "watch", "variables", "clipboard"] {
            let answer = client.evaluate(text, context);
            assert_eq!(answer["success"], false, "{text} {context}: {answer}");
        }
    }
    assert_eq!(client.evaluate("text", "hover")["body"]["result"], "'a'");
    assert!(client.log().is_empty());
    client.ask("continue", json!({ "threadId": 1 }));
    let (exit, log) = client.over();
    assert_eq!((exit, log), (0, vec!["undone".to_owned()]));
}

#[test]
fn a_variable_is_set_to_a_value_and_to_nothing_else() {
    let (mut client, scope) = paused();
    let mut set = |value: &str| {
        let asked = json!({
            "variablesReference": scope["variablesReference"], "name": "text", "value": value,
        });
        let seq = client.send("setVariable", asked);
        client.answer(seq)
    };
    assert_eq!(set("[1, 2]")["body"]["indexedVariables"], 2);
    assert_eq!(set("sh 'echo set >> log'")["success"], false);
    assert_eq!(set("1\nsh 'echo set >> log'")["success"], false);
    assert_eq!(set("nobody")["success"], false);
    let all = children(&mut client, &scope, json!({}));
    assert_eq!(all[2]["value"], "[1,2]");
    // An element of a list cannot be set by a statement.
    let seq = client.send(
        "setVariable",
        json!({ "variablesReference": all[0]["variablesReference"], "name": "0", "value": "1" }),
    );
    assert_eq!(client.answer(seq)["success"], false);
    assert!(client.log().is_empty());
}
