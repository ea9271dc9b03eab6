//! Requests at random bring the adapter down in no state, and what is owed is done whatever was asked.

use serde_json::{Value as Json, json};

use super::client::Client;

const COMMANDS: &[&str] = &[
    "setBreakpoints",
    "setFunctionBreakpoints",
    "setExceptionBreakpoints",
    "breakpointLocations",
    "threads",
    "pause",
    "continue",
    "next",
    "stepIn",
    "stepOut",
    "stackTrace",
    "scopes",
    "variables",
    "exceptionInfo",
    "evaluate",
    "setVariable",
    "initialize",
    "launch",
    "source",
    "",
    "configurationDone",
];

const TEXTS: &[&str] = &[
    "",
    "n",
    "all[1].a",
    "round",
    "= 1",
    ":undo",
    ":retry",
    "set n = 7",
    "echo x",
    "greet hi",
    "#{",
    "\"",
    "1 / 0",
    "name",
    "for x in [1]",
    "exit",
    "\u{0}",
    "sh 'exit 3'",
    "{round}",
    ">= 2",
    "{",
    "assert 1 == 2",
];

fn value(random: &mut fastrand::Rng, depth: u32) -> Json {
    match random.u32(0..8) {
        0 => Json::Null,
        1 => json!(random.bool()),
        2 => json!(random.u64(0..12)),
        3 => json!(random.u64(..)),
        4 => json!(-3),
        5 if depth > 0 => json!([value(random, depth - 1), value(random, depth - 1)]),
        _ => json!(TEXTS[random.usize(..TEXTS.len())]),
    }
}

fn arguments(random: &mut fastrand::Rng, client: &Client) -> Json {
    let mut of = json!({});
    for name in [
        "variablesReference",
        "frameId",
        "threadId",
        "start",
        "count",
        "filter",
        "expression",
        "context",
        "name",
        "value",
        "line",
        "endLine",
        "filters",
        "startFrame",
        "levels",
    ] {
        if random.u32(0..3) > 0 {
            of[name] = value(random, 1);
        }
    }
    of["source"] = match random.bool() {
        true => json!({ "path": client.program() }),
        false => value(random, 1),
    };
    let lines = (0..random.u64(0..4)).map(|_| {
        let mut line = json!({ "line": random.u64(0..14) });
        for name in ["condition", "hitCondition", "logMessage", "name"] {
            if random.u32(0..3) == 0 {
                line[name] = value(random, 1);
            }
        }
        line
    });
    of["breakpoints"] = lines.collect();
    if random.u32(0..10) == 0 {
        return value(random, 2);
    }
    of
}

#[test]
fn requests_at_random_are_answered() {
    let seed = std::env::var("SCN_FUZZ_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let rounds = std::env::var("SCN_FUZZ_ROUNDS").ok();
    let rounds: u64 = rounds.and_then(|rounds| rounds.parse().ok()).unwrap_or(6);
    for round in 0..rounds {
        let mut random = fastrand::Rng::with_seed(seed + round);
        let mut client = Client::new();
        client.launch(json!({ "stopOnEntry": true }), json!([]));
        for _ in 0..80 {
            let command = COMMANDS[random.usize(..COMMANDS.len())];
            let arguments = arguments(&mut random, &client);
            let seq = client.send(command, arguments);
            let answer = client.answer(seq);
            assert!(answer["success"].is_boolean(), "{answer}");
        }
        if random.bool() {
            client.ask("restart", json!({}));
        }
        client.ask("disconnect", json!({}));
        let log = client.log();
        assert!(log.len() < 500, "{log:?}");
        client.over();
    }
}
