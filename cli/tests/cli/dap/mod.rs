//! `scn dap`: sessions of the real protocol, message by message.

mod client;
mod random;
mod stops;
mod values;

use std::fs;

use serde_json::json;

use client::Client;

#[test]
fn a_whole_session_with_breakpoints_steps_values_and_a_failure_that_is_mended() {
    let mut client = Client::new();
    let set = client.launch(
        json!({ "stopOnEntry": true }),
        json!([{ "line": 5, "condition": "round == 2" }, { "line": 6 }, { "line": 99 }]),
    );
    assert_eq!(set[0]["verified"], true);
    // On a line without a statement it is at the next one.
    assert_eq!(set[1]["line"], 7);
    assert_eq!(set[2]["verified"], false);
    assert_eq!(client.event("stopped")["reason"], "entry");
    assert_eq!(client.place(), ("scenario".to_owned(), 1));
    client.ask("next", json!({ "threadId": 1 }));
    assert_eq!(client.event("stopped")["reason"], "step");
    client.ask("continue", json!({ "threadId": 1 }));
    let stopped = client.event("stopped");
    assert_eq!(stopped["reason"], "breakpoint");
    assert_eq!(stopped["hitBreakpointIds"][0], set[0]["id"]);
    assert_eq!(client.log(), ["greeted"]);

    let scopes = client.ask("scopes", json!({ "frameId": 0 }));
    let variables = client.variables(&scopes["scopes"][0]["variablesReference"]);
    assert!(
        variables.contains(&("round".to_owned(), "2".to_owned())),
        "{variables:?}"
    );
    let owed = client.variables(&scopes["scopes"][2]["variablesReference"]);
    assert_eq!(owed[0].1, "sh 'echo undone >> log'");
    let hover = client.evaluate("all", "hover");
    let inner = client.variables(&hover["body"]["variablesReference"]);
    assert_eq!(inner[1], ("1".to_owned(), "{\"a\":2}".to_owned()));

    client.ask("stepIn", json!({ "threadId": 1 }));
    client.event("stopped");
    assert_eq!(client.place(), ("greet".to_owned(), 10));
    client.ask("stepOut", json!({ "threadId": 1 }));
    client.event("stopped");
    assert_eq!(client.place(), ("scenario".to_owned(), 5));
    assert_eq!(
        client.evaluate("sh 'echo typed >> log'", "repl")["success"],
        true
    );
    assert_eq!(client.log(), ["greeted", "greeted", "typed"]);
    assert_eq!(client.evaluate("nobody + 1", "watch")["success"], false);

    client.ask("continue", json!({ "threadId": 1 }));
    client.event("stopped");
    assert_eq!(client.place(), ("scenario".to_owned(), 7));
    client.ask("continue", json!({ "threadId": 1 }));
    let failed = client.event("stopped");
    assert_eq!(failed["reason"], "exception");
    assert!(
        failed["text"]
            .as_str()
            .unwrap()
            .starts_with("assert n == 2"),
        "{failed}"
    );
    let scopes = client.ask("scopes", json!({ "frameId": 0 }));
    let set = client.ask(
        "setVariable",
        json!({
            "variablesReference": scopes["scopes"][0]["variablesReference"],
            "name": "n", "value": "2",
        }),
    );
    assert_eq!(set["value"], "2");
    assert_eq!(client.evaluate(":retry", "repl")["success"], true);
    let (exit, log) = client.over();
    assert_eq!(exit, 0);
    assert_eq!(
        log,
        ["greeted", "greeted", "typed", "greeted", "last", "undone"]
    );
}

#[test]
fn a_disconnect_in_the_middle_does_what_is_owed() {
    let mut client = Client::new();
    client.launch(json!({}), json!([{ "line": 11 }]));
    client.event("stopped");
    // Whoever is answered ends the adapter: all is done by then.
    client.ask("disconnect", json!({}));
    assert_eq!(client.log(), ["undone"]);
    let (exit, log) = client.over();
    assert_eq!(exit, 130);
    assert_eq!(log, ["undone"]);
}

#[test]
fn a_client_that_is_gone_leaves_nothing_behind() {
    let mut client = Client::new();
    client.launch(json!({}), json!([{ "line": 8 }]));
    assert_eq!(client.event("stopped")["reason"], "exception");
    let Client {
        folder,
        mut child,
        input,
        output,
        ..
    } = client;
    drop((input, output));
    assert!(child.wait().unwrap().success());
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert_eq!(log.lines().last(), Some("undone"));
}

#[test]
fn a_running_scenario_is_paused_and_ended() {
    let mut client = Client::new();
    let scenario = "defer sh 'echo undone >> log'\nset n = 0\nwhile n >= 0\n  set n = n + 1\n  sleep 10ms\nend\n";
    fs::write(client.program(), scenario).unwrap();
    client.launch(json!({}), json!([]));
    let seq = client.send("scopes", json!({ "frameId": 0 }));
    assert_eq!(client.answer(seq)["success"], false);
    client.ask("pause", json!({ "threadId": 1 }));
    assert_eq!(client.event("stopped")["reason"], "pause");
    client.ask("continue", json!({ "threadId": 1 }));
    client.ask("terminate", json!({}));
    let (exit, log) = client.over();
    assert_eq!((exit, log), (130, vec!["undone".to_owned()]));
}

#[test]
fn what_cannot_be_run_is_said() {
    let mut client = Client::new();
    fs::write(client.program(), "nothing here\n").unwrap();
    client.ask("initialize", json!({}));
    let launch = client.send("launch", json!({ "program": client.program() }));
    let answer = client.answer(launch);
    assert_eq!(answer["success"], false);
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("nothing"), "{message}");
    client.event("terminated");
}

#[test]
fn a_restart_undoes_all_and_begins_anew_with_the_same_breakpoints() {
    let mut client = Client::new();
    let set = client.launch(json!({}), json!([{ "line": 5, "hitCondition": "== 1" }]));
    client.event("stopped");
    assert!(client.log().is_empty());
    // The scenario was changed meanwhile: what stood at the line stands further down.
    let scenario = fs::read_to_string(client.program()).unwrap();
    fs::write(client.program(), format!("\n{scenario}")).unwrap();
    client.ask("restart", json!({}));
    let moved = client.event("breakpoint");
    assert_eq!(
        (&moved["breakpoint"]["id"], &moved["breakpoint"]["line"]),
        (&set[0]["id"], &json!(5))
    );
    let stopped = client.event("stopped");
    assert_eq!(stopped["hitBreakpointIds"][0], set[0]["id"]);
    assert_eq!(client.place(), ("scenario".to_owned(), 5));
    assert_eq!(client.log(), ["undone"]);
    client.ask("disconnect", json!({}));
    let (exit, log) = client.over();
    assert_eq!((exit, log.len()), (130, 2), "{log:?}");
}

#[test]
fn a_scenario_that_has_ended_is_restarted_and_one_that_is_wrong_now_is_not() {
    let mut client = Client::new();
    fs::write(client.program(), "echo one\n").unwrap();
    client.launch(json!({}), json!([]));
    client.event("terminated");
    fs::write(client.program(), "echo two\n").unwrap();
    client.ask("restart", json!({}));
    client.event("terminated");
    assert!(client.said().contains("two"));
    fs::write(client.program(), "nothing here\n").unwrap();
    let seq = client.send("restart", json!({}));
    assert_eq!(client.answer(seq)["success"], false);
    client.event("terminated");
}
