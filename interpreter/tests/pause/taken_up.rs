//! A session that is taken up again, or judged.

use scn_interpreter::debug::{Answer, Debugger};
use scn_interpreter::embed::Event;
use scn_protocol::{Line, Purpose};

use crate::journal::recall;
use crate::prompt::{Run, entries, run, say, session, show};

/// A session that owes undos, a step of its own, a failure, and something that was undone at once.
fn long_session() -> Run {
    let mut answers = entries(&[
        "open a",
        "set n = 1",
        "fails",
        "open b",
        "step more what\n  open \"more #{what}\"\nend",
        "more x",
        "set r = random(1, 1000000)",
        "act \"r #{r}\"",
    ]);
    answers.push(Answer::Undo);
    answers.extend(entries(&["set n = n + 1", "act \"n #{n}\""]));
    session(answers)
}

#[test]
fn a_session_that_was_killed_anywhere_is_cleaned_up_after() {
    let whole = long_session();
    for length in 1..whole.lines.len() {
        let lines = &whole.lines[..length];
        let mut open: Vec<String> = Vec::new();
        for line in lines {
            match &line.event {
                // That it began is enough to owe it.
                Event::StepStarted { command, .. } if command[0] == "open" => {
                    open.push(format!("close {}", command[1]));
                }
                // One that was seen to end is not done again.
                Event::StepFinished { step, .. } => {
                    let words = lines.iter().find_map(|line| match &line.event {
                        Event::StepStarted {
                            step: of, command, ..
                        } if of == step => Some(command),
                        _ => None,
                    });
                    let done = words.unwrap().join(" ");
                    open.retain(|owed| *owed != done);
                }
                _ => {}
            }
        }
        open.reverse();
        if lines
            .iter()
            .any(|line| matches!(line.event, Event::RunFinished { .. }))
        {
            continue;
        }
        let recalled = recall(Purpose::Cleanup, lines);
        let run = run("", Vec::new(), Some(recalled), Debugger::session);
        assert_eq!(run.ran.parted, None, "after {:?}", lines.last());
        let undone: Vec<String> = run
            .done
            .into_iter()
            .filter(|done| done.starts_with("close"))
            .collect();
        assert_eq!(undone, open, "after {:?}", lines.last());
        assert_eq!(
            run.seen,
            Vec::<String>::new(),
            "nobody is asked after {:?}",
            lines.last()
        );
    }
}

#[test]
fn a_session_that_was_killed_goes_on_at_the_prompt() {
    let whole = long_session();
    let told = |line: &Line| matches!(&line.event, Event::Entered { text, .. } if text == ":undo");
    let length = whole.lines.iter().position(told).unwrap();
    let recalled = recall(Purpose::Resume, &whole.lines[..length]);
    let run = run(
        "",
        vec![show("n"), say("more y"), say("act \"again #{r}\"")],
        Some(recalled),
        Debugger::session,
    );
    assert_eq!(run.seen[1], "= 1", "{:?}", run.seen);
    let again: Vec<&String> = whole
        .done
        .iter()
        .filter(|done| done.starts_with("r "))
        .collect();
    assert_eq!(run.done[1], again[0].replacen('r', "again", 1));
    assert_eq!(run.done[0], "open more y");
    assert_eq!(
        run.done[2..],
        ["close more y", "close more x", "close b", "close a"]
    );
}

#[test]
fn a_session_is_judged_again() {
    let whole = long_session();
    let recalled = recall(Purpose::Replay, &whole.lines);
    let run = run("", Vec::new(), Some(recalled), Debugger::session);
    assert_eq!(run.ran.parted, None);
    assert_eq!(run.ran.verdict, whole.ran.verdict);
    assert_eq!(run.done, Vec::<String>::new());
}

#[test]
fn what_was_typed_at_a_breakpoint_is_done_again_at_its_place() {
    let source =
        "set n = 1\nwhile n < 4\n  set n = n + 1\n  act \"n #{n}\"\nend\nopen z\nact last\n";
    let at = |debugger: Debugger| {
        debugger.set_breakpoints(vec!["4 if n == 3".parse().unwrap()]);
        debugger
    };
    let whole = run(
        source,
        entries(&["open x", "set n = 10", "set extra = n"]),
        None,
        at,
    );
    assert_eq!(
        whole.done,
        [
            "n 2", "open x", "n 10", "open z", "last", "close z", "close x"
        ]
    );
    let told = |line: &Line| matches!(&line.event, Event::StepStarted { command, .. } if command[1] == "last");
    let length = whole.lines.iter().position(told).unwrap();
    let recalled = recall(Purpose::Cleanup, &whole.lines[..length]);
    let run = run(source, Vec::new(), Some(recalled), |debugger| debugger);
    assert_eq!(run.ran.parted, None);
    assert_eq!(run.done, ["close z", "close x"]);
}
