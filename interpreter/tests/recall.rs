//! A run whose program is gone at any instant, and is taken up again from what it recorded.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails where what it needs is not there"
)]

use std::cell::RefCell;
use std::rc::Rc;

use scn_interpreter::Clock;
use scn_interpreter::embed::{
    Assume, Done, Engine, Event, Outcome, Ran, Recall, Signature, SystemClock, Type, Verdict,
    block_on,
};
use scn_protocol::{Line, Purpose};

use self::journal::{Journal, recall};
use self::scenarios::SCENARIOS;

#[path = "support/journal.rs"]
mod journal;
#[path = "recall/scenarios.rs"]
mod scenarios;

/// The system under test: what was done to it, in order.
#[derive(Clone, Default)]
struct System(Rc<RefCell<Vec<String>>>);

impl System {
    fn does(&self, what: &str) {
        self.0.borrow_mut().push(what.to_owned());
    }

    fn done(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

/// An engine whose commands do something to the system.
fn engine(system: &System, journal: &Journal) -> Engine {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
    let (acts, opens, closes, fails) = (
        system.clone(),
        system.clone(),
        system.clone(),
        system.clone(),
    );
    let (counts, sleeps) = (system.clone(), Rc::clone(&clock));
    let mut opening = Signature::new("open").param("what", Type::Text);
    opening.undo = Some("close".to_owned());
    Engine::new()
        .on_event(journal.clone())
        .clock(clock)
        .command(
            Signature::new("act").param("what", Type::Text),
            move |call| {
                let what = call.value("what").to_string();
                acts.does(&what);
                what
            },
        )
        .command(opening, move |call| {
            opens.does(&format!("open {}", call.value("what")));
        })
        .command(
            Signature::new("close").param("what", Type::Text),
            move |call| {
                closes.does(&format!("close {}", call.value("what")));
            },
        )
        .command(
            Signature::new("fails").param("what", Type::Text),
            move |call| {
                fails.does(&call.value("what").to_string());
                Outcome::fail("it failed")
            },
        )
        .command(
            Signature::new("nth").param("what", Type::Text),
            move |call| {
                let what = call.value("what").to_string();
                counts.does(&what);
                let times = counts.done().iter().filter(|done| **done == what).count();
                i64::try_from(times).unwrap_or(0)
            },
        )
        .command_async(
            Signature::new("rest").param("time", Type::Duration),
            async move |call| {
                if let scn_protocol::Value::Duration(time) = call.value("time") {
                    sleeps.sleep_until(sleeps.monotonic() + time).await;
                }
            },
        )
}

struct Run {
    ran: Ran,
    done: Vec<String>,
    lines: Vec<Line>,
}

fn run(source: &str, before: &[String], recall: Option<Recall>) -> Run {
    let (system, journal) = (System::default(), Journal::default());
    system.0.borrow_mut().extend(before.iter().cloned());
    let lines = recall
        .iter()
        .filter(|recall| recall.purpose != Purpose::Replay);
    let lines: Vec<Line> = lines.flat_map(|recall| recall.lines.clone()).collect();
    *journal.0.borrow_mut() = lines;
    let engine = engine(&system, &journal);
    let scenario = engine.check("scenario", source).unwrap_or_else(|found| {
        panic!("{found}\n{source}");
    });
    let scenario = match recall {
        Some(recall) => scenario.recall(recall),
        None => scenario,
    };
    let ran = block_on(scenario.start());
    let lines = journal.0.borrow().clone();
    let done = system.done();
    Run { ran, done, lines }
}

/// What the system was done by when only so much had been recorded: each step does what it does as
/// it begins.
fn done_by(lines: &[Line]) -> Vec<String> {
    let words = |line: &Line| match &line.event {
        Event::StepStarted { command, .. } => match command[0].as_str() {
            "act" | "fails" | "nth" => Some(command[1].clone()),
            "open" | "close" => Some(command.join(" ")),
            _ => None,
        },
        _ => None,
    };
    lines.iter().filter_map(words).collect()
}

fn without_repeats(mut done: Vec<String>, again: &[String]) -> Vec<String> {
    for what in again {
        if let Some(at) = done.iter().position(|known| known == what) {
            done.remove(at);
        }
    }
    done.sort();
    done
}

/// The effects of steps that were begun, and of which the record has no end.
fn torn(lines: &[Line]) -> Vec<String> {
    let ended = |step: u64| {
        lines
            .iter()
            .any(|line| matches!(&line.event, Event::StepFinished { step: of, .. } if *of == step))
    };
    let open: Vec<Line> = lines
        .iter()
        .filter(|line| matches!(&line.event, Event::StepStarted { step, .. } if !ended(*step)))
        .cloned()
        .collect();
    done_by(&open)
}

#[test]
fn a_run_goes_on_from_any_instant() {
    for source in SCENARIOS {
        let whole = run(source, &[], None);
        for at in 1..whole.lines.len() {
            let before = &whole.lines[..at];
            let resumed = run(
                source,
                &done_by(before),
                Some(recall(Purpose::Resume, before)),
            );
            let said = format!("{source}\ncut after line {at}: {:?}", before.last());
            assert_eq!(resumed.ran.parted, None, "{said}");
            assert_eq!(
                resumed.ran.verdict, whole.ran.verdict,
                "{said}\n{:?}",
                resumed.ran
            );
            let all = without_repeats(resumed.done.clone(), &torn(before));
            let expected = without_repeats(whole.done.clone(), &[]);
            let random = source.contains("random") || source.contains("retry");
            if !random {
                assert_eq!(all, expected, "{said}");
            }
        }
    }
}

#[test]
fn a_run_that_is_judged_again_is_judged_alike_and_does_nothing() {
    for source in SCENARIOS {
        let whole = run(source, &[], None);
        let again = run(source, &[], Some(recall(Purpose::Replay, &whole.lines)));
        assert_eq!(again.ran, whole.ran, "{source}");
        assert_eq!(again.done, Vec::<String>::new(), "{source}");
    }
}

#[test]
fn what_is_owed_is_done_once_from_any_instant_even_if_that_is_cut_too() {
    for source in SCENARIOS {
        let whole = run(source, &[], None);
        for at in 1..whole.lines.len() {
            let before = &whole.lines[..at];
            let cleaned = run(
                source,
                &done_by(before),
                Some(recall(Purpose::Cleanup, before)),
            );
            let said = format!("{source}\ncut after line {at}: {:?}", before.last());
            assert_eq!(cleaned.ran.parted, None, "{said}");
            balanced(&cleaned, &said);
            let Some(again) = (at + 1..cleaned.lines.len()).nth(at % 5) else {
                continue;
            };
            let twice = &cleaned.lines[..again];
            let said = format!("{said}\nand after line {again}: {:?}", twice.last());
            let cleaned = run(
                source,
                &done_by(twice),
                Some(recall(Purpose::Cleanup, twice)),
            );
            assert_eq!(cleaned.ran.parted, None, "{said}");
            balanced(&cleaned, &said);
        }
    }
}

/// What was owed was done, each once unless it was cut in the middle.
fn balanced(run: &Run, said: &str) {
    let finished = matches!(run.lines.last().unwrap().event, Event::RunFinished { .. });
    assert!(finished, "{said}");
    let mut owed: Vec<&Vec<String>> = Vec::new();
    let mut torn = 0;
    for line in &run.lines {
        match &line.event {
            Event::UndoOwed { command, .. } => owed.push(command),
            Event::UndoDone { command, .. } => {
                let at = owed.iter().position(|known| *known == command);
                owed.remove(at.unwrap_or_else(|| panic!("{said}: {command:?} twice")));
            }
            Event::StepFinished { torn: true, .. } => torn += 1,
            _ => {}
        }
    }
    assert!(owed.is_empty(), "{said}: {owed:?}");
    let opened = run
        .done
        .iter()
        .filter(|done| done.starts_with("open"))
        .count();
    let closed = run
        .done
        .iter()
        .filter(|done| done.starts_with("close"))
        .count();
    assert!(
        closed >= opened.saturating_sub(torn),
        "{said}: {:?}",
        run.done
    );
    assert!(closed <= opened + torn, "{said}: {:?}", run.done);
}

/// What a run has recorded as the step with that word has begun, and not ended.
fn recorded_until_begun(source: &str, word: &str) -> Vec<Line> {
    let mut lines = run(source, &[], None).lines;
    let is_it = |line: &Line| matches!(&line.event, Event::StepStarted { command, .. } if command[1] == word);
    let begun = lines.iter().rposition(is_it).unwrap();
    lines.truncate(begun + 1);
    lines
}

#[test]
fn a_person_says_what_became_of_a_step() {
    let source = "act one\nact two\nact three";
    let before = &recorded_until_begun(source, "two");
    let asked = Rc::new(RefCell::new(Vec::new()));
    for (answer, done) in [
        (Some(Done::Yes), vec!["three"]),
        (Some(Done::No), vec!["two", "three"]),
        (None, vec![]),
    ] {
        let told = Rc::clone(&asked);
        let recall = Recall {
            assume: Assume::Ask(Rc::new(move |torn| {
                told.borrow_mut().push(torn.words.join(" "));
                answer
            })),
            ..recall(Purpose::Resume, before)
        };
        let resumed = run(source, &[], Some(recall));
        assert_eq!(resumed.done, done);
        assert_eq!(resumed.ran.parted.is_some(), answer.is_none());
        if answer.is_some() {
            assert_eq!(resumed.ran.verdict, Verdict::Pass, "{:?}", resumed.ran);
        }
    }
    assert_eq!(*asked.borrow(), ["act two", "act two", "act two"]);
}

#[test]
fn what_a_step_gave_whose_end_was_not_seen_is_never_made_up() {
    let source = "act one\nset x act two\nact three";
    let before = recorded_until_begun(source, "two");
    let recall = Recall {
        assume: Assume::Done,
        ..recall(Purpose::Resume, &before)
    };
    let resumed = run(source, &[], Some(recall));
    let parted = resumed.ran.parted.unwrap();
    assert!(
        parted.starts_with("line 2: what `act two` gave"),
        "{parted}"
    );
    assert_eq!(resumed.done, Vec::<String>::new());
}

#[test]
fn another_version_of_the_scenario_is_judged_by_what_is_recorded() {
    let whole = run("set a act one\nassert a == 'two'\nact two", &[], None);
    assert_eq!(whole.ran.verdict, Verdict::Fail);
    let fixed = "set a act one\nassert a == 'one'";
    let again = run(fixed, &[], Some(recall(Purpose::Replay, &whole.lines)));
    assert_eq!(again.ran.verdict, Verdict::Pass, "{:?}", again.ran);
    let other = "set a act one\nact three";
    let again = run(other, &[], Some(recall(Purpose::Replay, &whole.lines)));
    let parted = again.ran.parted.unwrap();
    assert!(parted.starts_with("line 2: "), "{parted}");
    assert_eq!(again.done, Vec::<String>::new());
}
