//! Where an editor has a scenario stop, and what is told without stopping.

use std::fs;

use serde_json::json;

use super::client::Client;

const LOOP: &str = "set seen = []
for round in range(6)
  set seen = seen + [round]
  note #{round}
end
parallel
  echo left
  echo right
end
step note what
  echo \"it is #{what}\"
end
";

fn client() -> Client {
    let client = Client::new();
    fs::write(client.program(), LOOP).unwrap();
    client
}

fn round(client: &mut Client) -> String {
    let answer = client.evaluate("round", "hover");
    answer["body"]["result"].as_str().unwrap().to_owned()
}

#[test]
fn passes_are_counted_where_the_condition_holds() {
    let mut client = client();
    let line = json!({ "line": 4, "condition": "round % 2 == 1", "hitCondition": "% 2" });
    client.launch(
        json!({}),
        json!([line, { "line": 3, "hitCondition": "none" }]),
    );
    client.event("stopped");
    // The second of the odd ones.
    assert_eq!(round(&mut client), "3");
    // Asking again for the same one counts on.
    let path = client.program();
    let set = client.ask(
        "setBreakpoints",
        json!({ "source": { "path": path }, "breakpoints": [line, { "line": 11, "hitCondition": ">= 3" }] }),
    );
    assert_eq!(set["breakpoints"][0]["verified"], true);
    client.ask("continue", json!({ "threadId": 1 }));
    let stopped = client.event("stopped");
    assert_eq!(stopped["hitBreakpointIds"][0], set["breakpoints"][1]["id"]);
    assert_eq!(client.place(), ("note".to_owned(), 11));
    assert_eq!(client.evaluate("what", "hover")["body"]["result"], "5");
    client.ask("continue", json!({ "threadId": 1 }));
    assert_eq!(client.over().0, 0);
}

#[test]
fn what_a_breakpoint_cannot_be_is_said() {
    let mut client = client();
    let set = client.launch(
        json!({}),
        json!([
            { "line": 3, "hitCondition": "often" },
            { "line": 3, "condition": "1 +" },
            { "line": 3, "logMessage": "{1 +}" },
        ]),
    );
    for one in set.as_array().unwrap() {
        assert_eq!(one["verified"], false, "{one}");
        assert!(!one["message"].as_str().unwrap().is_empty(), "{one}");
    }
    client.over();
}

#[test]
fn a_breakpoint_that_tells_does_not_stop() {
    let mut client = client();
    client.launch(
        json!({}),
        json!([{ "line": 3, "logMessage": "round {round + 1} \"of\" {len(range(6))}", "condition": "round < 2" }]),
    );
    client.event("terminated");
    assert!(
        !client
            .events
            .iter()
            .any(|event| event["event"] == "stopped")
    );
    let told = client.events.iter().map(|event| &event["body"]);
    let told = told.filter(|body| {
        body["output"]
            .as_str()
            .is_some_and(|text| text.contains("\"of\""))
    });
    let told: Vec<_> = told
        .map(|body| (body["output"].as_str().unwrap(), body["line"].as_u64()))
        .collect();
    assert_eq!(
        told,
        [
            ("round 1 \"of\" 6\n", Some(3)),
            ("round 2 \"of\" 6\n", Some(3))
        ]
    );
}

#[test]
fn a_step_stops_by_its_name_and_on_its_condition() {
    let mut client = client();
    client.ask("initialize", json!({ "adapterID": "scn" }));
    let launch = client.send("launch", json!({ "program": client.program() }));
    client.event("initialized");
    let set = client.ask(
        "setFunctionBreakpoints",
        json!({ "breakpoints": [{ "name": "note", "condition": "round == 4" }, { "name": "nte" }] }),
    );
    assert_eq!(set["breakpoints"][0]["verified"], true);
    assert!(
        set["breakpoints"][1]["message"]
            .as_str()
            .unwrap()
            .contains("note"),
        "{set}"
    );
    let places = client.ask(
        "breakpointLocations",
        json!({ "source": { "path": client.program() }, "line": 4, "endLine": 7 }),
    );
    let lines: Vec<_> = places["breakpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [4, 6, 7]);
    client.ask("configurationDone", json!({}));
    assert_eq!(client.answer(launch)["success"], true);
    client.event("stopped");
    assert_eq!(client.place(), ("scenario".to_owned(), 4));
    assert_eq!(round(&mut client), "4");
    client.ask("terminate", json!({}));
    assert_eq!(client.over().0, 130);
}

#[test]
fn output_has_the_line_that_it_came_from() {
    let mut client = client();
    client.launch(json!({}), json!([]));
    client.event("terminated");
    let place = |text: &str| {
        let output = client.events.iter().map(|event| &event["body"]);
        let mut output = output.filter(|body| {
            body["output"]
                .as_str()
                .is_some_and(|out| out.contains(text))
        });
        let found = output.next().unwrap_or_else(|| panic!("{text}"));
        assert_eq!(found["source"]["path"], client.program().to_str().unwrap());
        (
            found["line"].as_u64().unwrap(),
            found["category"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(place("it is 3"), (11, "stdout".to_owned()));
    assert_eq!(place("echo left"), (7, "console".to_owned()));
    assert_eq!(place("echo right"), (8, "console".to_owned()));
}
