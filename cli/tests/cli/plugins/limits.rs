//! What an environment allows a plug-in: so much time, and so much memory.

use super::{is_an_error, run};
use crate::support::Test;

fn limited(scenario: &str, limits: &str) -> Test {
    let environment = format!("{}{limits}", super::ENVIRONMENT);
    run(scenario).file("environments/local.toml", &environment)
}

#[test]
fn a_call_that_takes_longer_than_the_environment_gives_is_timed_out() {
    limited("patient", "timeout = \"300ms\"\n")
        .stderr_matches("FAIL s.scn:1 patient: timed out after TIME")
        .status(1)
        .run();
    limited(
        "set t timeout 100ms patient\necho #{t.error}",
        "timeout = \"1m\"\n",
    )
    .stdout("timed out after 100ms\n")
    .stderr_matches("PASS")
    .run();
}

#[test]
fn one_that_takes_more_memory_than_it_may_is_ended_and_nothing_else() {
    limited("eat 300000000", "memory = \"100MB\"\n")
        .stderr_matches("ERROR s.scn:1 eat 300000000: the plug-in `fake` [^\n]* \\(its memory is limited to 100MB\\)")
        .status(3)
        .run();
    limited(
        "try eat 300000000\nset a eat 1000000\necho #{a}",
        "memory = \"100MB\"\n",
    )
    .stdout("1000000\n")
    .stderr_matches("PASS")
    .run();
    // The next one with a limit of its own is none of theirs.
    is_an_error("leave", "with exit status 7 \\(");
}

#[test]
fn limits_that_are_none_are_found_before_the_run() {
    for (limit, message) in [
        ("memory = \"much\"", "E327.*\"much\" is no size"),
        (
            "memory = \"0B\"",
            "E327.*`memory` must be more than nothing",
        ),
        ("memory = 5", "E304.*a size in quotes"),
        ("timeout = \"-1s\"", "E311"),
    ] {
        limited("echo a", limit)
            .stderr_matches(message)
            .status(2)
            .run();
    }
}
