//! What is typed in a session.

use scn_interpreter::debug::Answer;
use scn_interpreter::embed::Verdict;

use crate::prompt::{entries, say, session, show};

#[test]
fn what_is_typed_in_a_session_shares_its_variables() {
    let run = session(vec![
        say("set n = 1"),
        say("set n = n + 1\nset m = n * 10"),
        show("[n, m]"),
        say("if m == 20 then act \"m is #{m}\""),
        say("for x in ['p', 'q']\n  act #{x}\nend"),
        say("set got act kept"),
        show("got + '!'"),
    ]);
    assert_eq!(run.ran.verdict, Verdict::Pass, "{:?}", run.ran);
    assert_eq!(run.done, ["m is 20", "p", "q", "kept"]);
    assert_eq!(run.seen[1], "done [n=1]");
    assert_eq!(run.seen[2], "done [n=2 m=20]");
    assert_eq!(run.seen[3], "= [2,20]");
    assert_eq!(run.seen[7], "= 'kept!'");
}

#[test]
fn steps_are_defined_and_defined_again_at_a_prompt() {
    let run = session(entries(&[
        "step book what\n  act \"one #{what}\"\n  return 7\nend",
        "set got book a",
        "step book what\n  act \"two #{what}\"\nend",
        "book b",
        "call book c",
    ]));
    assert_eq!(
        run.ran.verdict,
        Verdict::Pass,
        "{:?} {:?}",
        run.ran,
        run.seen
    );
    assert_eq!(run.done, ["one a", "two b", "two c"]);
    assert!(run.seen[2].contains("got=7"), "{:?}", run.seen);
}

#[test]
fn a_failure_at_the_prompt_is_shown_and_the_session_goes_on() {
    let run = session(entries(&["open a", "fails", "act after", "set x = 1 / 0"]));
    assert_eq!(run.seen[2], "failed 2: fails: it failed", "{:?}", run.seen);
    assert!(run.seen[4].starts_with("failed 4: "), "{:?}", run.seen);
    assert_eq!(run.done, ["open a", "after", "close a"]);
    assert_eq!(run.ran.verdict, Verdict::Error);
    assert_eq!(run.ran.line, Some(4));
    assert_eq!(run.ran.file, None);
}

#[test]
fn what_is_wrong_is_said_and_nothing_of_it_is_done() {
    let run = session(entries(&[
        "act a\nact #{nobody}",
        "set x = 1",
        "act #{x}",
        "finally\nend",
        "@param a = 1",
    ]));
    assert!(run.seen[1].starts_with("wrong: nothing is called `nobody`"));
    assert!(run.seen[4].contains("no `finally`"), "{:?}", run.seen);
    assert!(run.seen[5].contains("top of a file"), "{:?}", run.seen);
    assert_eq!(run.done, ["1"]);
    assert_eq!(run.ran.verdict, Verdict::Pass);
}

#[test]
fn undos_can_be_done_at_once_and_are_done_at_the_end() {
    let mut answers = entries(&["open a", "open b", "defer act late"]);
    answers.push(Answer::Undo);
    answers.push(Answer::Undo);
    let run = session(answers);
    assert_eq!(run.done, ["open a", "open b", "late", "close b", "close a"]);
    assert_eq!(run.seen[5], "undone: close b");
}

#[test]
fn what_watches_is_told_of_assignments_at_the_prompt() {
    let run = session(entries(&[
        "set n = 1",
        "always n < 3",
        "set n = 2",
        "set n = 5",
        "set n = 1",
    ]));
    assert_eq!(run.ran.verdict, Verdict::Fail, "{:?}", run.ran);
}

#[test]
fn words_of_a_scenario_end_a_session() {
    let run = session(entries(&["open a", "pass", "act never"]));
    assert_eq!(run.done, ["open a", "close a"]);
    assert_eq!(run.ran.verdict, Verdict::Pass);
}

#[test]
fn branches_and_jobs_work_at_a_prompt() {
    let run = session(entries(&[
        "parallel\n  set a act one\n  set b act two\nend",
        "assert a + b == 'onetwo'",
        "background job act three",
        "await job",
        "set all = [a, b, job]",
    ]));
    assert_eq!(
        run.ran.verdict,
        Verdict::Pass,
        "{:?} {:?}",
        run.ran,
        run.seen
    );
    assert!(run.seen[5].contains("three"), "{:?}", run.seen);
}

#[test]
fn a_job_that_fails_is_told_and_ends_no_session() {
    let run = session(entries(&["background job fails", "act after"]));
    assert!(
        run.seen
            .iter()
            .any(|seen| seen.starts_with("notice: background job job")),
        "{:?}",
        run.seen
    );
    assert_eq!(run.done, ["after"]);
    assert_eq!(run.ran.verdict, Verdict::Fail);
}
