//! `scn run --step`, `--break` and `--on-fail repl`, told what to do by a pipe.

use crate::support::Test;

const SCENARIO: &str = "set n = 1
greet world
set n = n + 1
check n == 3
assert n == 3
echo reached
step greet who
  echo \"hello #{who}\"
end
";

fn debugged(args: &[&str], typed: &str) -> Test {
    let args: Vec<&str> = ["run", "a.scn"].iter().chain(args).copied().collect();
    Test::new(&args).file("a.scn", SCENARIO).stdin(typed)
}

#[test]
fn step_stops_before_each_statement_and_goes_on_when_nothing_more_is_said() {
    let came = debugged(&["--step"], ":step\n:step\n:vars\n:where\n:out\n:vars n\n")
        .stdout_matches("hello world\n")
        .stderr_matches("")
        .status(1)
        .run();
    let places: Vec<&str> = came
        .stderr
        .lines()
        .filter(|line| line.starts_with("paused at"))
        .collect();
    assert_eq!(
        places,
        [
            "paused at a.scn:1: before the first statement",
            "paused at a.scn:2",
            "paused at a.scn:8 in greet",
            "paused at a.scn:8 in greet",
            "paused at a.scn:3",
        ],
        "{}",
        came.stderr
    );
    assert!(came.stderr.contains("  who = 'world'\n"), "{}", came.stderr);
    assert!(
        came.stderr
            .contains("  a.scn:8 greet\n  a.scn:2 scenario\n")
    );
    assert!(came.stderr.contains("  n = 1\n"), "{}", came.stderr);
}

#[test]
fn break_stops_at_lines_and_steps() {
    let came = debugged(
        &[
            "--break",
            "3 if n == 1",
            "--break",
            "greet",
            "--break",
            "6 if n > 100",
        ],
        ":continue\n= who\n:c\nset n = 2\n:break -1\n:c\n",
    )
    .stdout_matches("'world'\nhello world\nreached\n")
    .stderr_matches("breakpoint 2")
    .status(0)
    .run();
    assert_eq!(
        came.stderr.matches("paused at").count(),
        3,
        "{}",
        came.stderr
    );
}

#[test]
fn a_place_that_is_not_there_is_said_before_anything_runs() {
    debugged(&["--break", "geet"], "")
        .stderr_matches("--break geet: the scenario has no such step; did you mean greet?")
        .status(2)
        .run();
    debugged(&["--break", "100"], "")
        .stderr_matches("--break 100: no statement begins there, or after it in a.scn")
        .status(2)
        .run();
    debugged(&["--break", "0"], "")
        .stderr_matches("lines are counted from 1")
        .status(2)
        .run();
}

#[test]
fn at_a_failure_it_can_be_mended_and_tried_again() {
    let came = debugged(&["--on-fail", "repl"], ":vars n\nset n = 3\n:retry\n")
        .stdout_matches("hello world\nreached\n")
        .stderr_matches("paused at a.scn:5: it failed: assert n == 3")
        .status(1)
        .run();
    assert!(came.stderr.contains("  n = 2\n"), "{}", came.stderr);
    // The check failed before, and stays so.
    assert!(
        came.stderr.contains("FAIL a.scn:4 check n == 3"),
        "{}",
        came.stderr
    );
}

#[test]
fn at_a_failure_what_is_owed_still_stands_and_is_undone_after() {
    let scenario = "defer sh 'echo undone'\nrun false\necho never\n";
    let came = Test::new(&["run", "a.scn", "--on-fail", "repl"])
        .file("a.scn", scenario)
        .stdin(":owed\necho still\n:quit\n")
        .stdout_matches("^still\n$")
        .stderr_matches("it failed: run false: exit status 1")
        .status(1)
        .run();
    assert!(
        came.stderr.contains("  sh 'echo undone'\n"),
        "{}",
        came.stderr
    );
    let at = |text: &str| came.stderr.find(text).unwrap();
    assert!(at("  sh 'echo undone'\n") < at("pass     undo"));
}
