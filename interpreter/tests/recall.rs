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

#[path = "support/journal.rs"]
mod journal;

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

const SCENARIOS: &[&str] = &[
    // Variables, loops, jumps, what is owed.
    r##"
open a
set n = 0
again:
set n = n + 1
set got act "step #{n}"
assert got == "step #{n}"
if n < 3 then goto again
for x in ['p', 'q']
  act #{x}
  defer act "undo #{x}"
end
open b
close a
act last
finally
  act "finally #{n}"
end
"##,
    // What looks outside, and depends on it.
    r##"
mark start
set r = random(1, 1000000)
act "r #{r}"
set t = now() - start
act "x #{t > 0s}"
if r % 2 == 0 then act even else act odd
set u = uuid()
act #{u}
"##,
    // Branches, one of which fails and ends the others.
    r##"
parallel
  do
    act a1
    rest 5ms
    act a2
  end
  do
    open branch
    rest 1ms
    act b1
  end
end
try retry 3 fails thrice
parallel
  do
    rest 40ms
    act never
  end
  do
    rest 1ms
    fails here
  end
end
"##,
    // Attempts and times.
    r##"
step flaky n
  set times nth "flaky #{n}"
  if times < 3 then fail 'not yet'
  return times
end
step work n
  set times nth "work #{n}"
  assert times >= 3
  return times
end
set w retry 5 every 1ms work 1
retry within 5s every 1ms
  set k nth block
  assert k >= 2
end
try timeout 5ms rest 10s
act after
step slow
  rest 10s
end
set s timeout 5ms slow
act "timed out #{s.timed_out}"
case 'one'
  act in-case
  assert 1 == 2
end
case 'two'
  act in-case-2
end
"##,
    // Jobs.
    r##"
background one rest 5ms
background two rest 10s
act started
await one
act awaited
cancel two
background three rest 10s
act three
"##,
    // Waits and watches.
    r##"
set n = 0
do
  always n < 2
  eventually n == 3 within 5s
  act w1
  set n = 1
  act w2
  set n = 2
  act w3
  set n = 3
  act w4
end
set began = now()
wait until now() - began > 20ms within 5s
act waited
case 'too late'
  wait until now() - began > 1h within 5ms
end
hold now() - began > 1ms for 5ms
act held
check 1 == 2
pass
"##,
    // Steps named by values, in branches and jobs, with limits; branches in branches.
    r##"
step work n
  open "w#{n}"
  rest 2ms
  act "did #{n}"
  if n == 2 then fail "two"
  return n * 10
end
set name = 'work'
for n in [1, 2]
  set got try call #{name} #{n}
  act "got #{got}"
end
parallel
  call work 3
  do
    parallel
      act p1
      do
        set x timeout 1s call work 4
        act "x #{x}"
      end
    end
  end
end
background job call work 5
soft call work 2
await job
act "job #{job}"
timeout 4ms retry within 10s every 1ms work 2
finally
  call work 6
end
"##,
    // Rows, each with its own undos.
    r##"
@each row in [1, 2, 3]
open "row #{row}"
set mark = row * 2
check mark != 4
act "m #{mark}"
finally
  act "end #{row}"
end
"##,
    // A loop in which nothing happens, and the limit that ends it.
    r##"
step spin
  set i = 0
  while true
    set i = i + 1
  end
end
act before
set s timeout 20ms spin
act "spun #{s.timed_out}"
parallel
  do
    rest 5ms
    act a
    fails here
  end
  do
    set i = 0
    while true
      set i = i + 1
    end
  end
end
"##,
    // It ends in the middle of branches, by its own words.
    r##"
open x
parallel
  do
    rest 2ms
    act stops
    pass done
  end
  do
    rest 50ms
    act late
  end
end
finally
  act cleaned
end
"##,
];

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

#[test]
fn a_person_says_what_became_of_a_step() {
    let source = "act one\nact two\nact three";
    let whole = run(source, &[], None);
    let second = whole
        .lines
        .iter()
        .rposition(
            |line| matches!(&line.event, Event::StepStarted { command, .. } if command[1] == "two"),
        )
        .unwrap();
    let before = &whole.lines[..=second];
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
    let whole = run(source, &[], None);
    let second = whole
        .lines
        .iter()
        .rposition(|line| matches!(line.event, Event::StepStarted { .. }))
        .unwrap();
    let second = whole.lines[..second]
        .iter()
        .rposition(|line| matches!(line.event, Event::StepStarted { .. }))
        .unwrap();
    let recall = Recall {
        assume: Assume::Done,
        ..recall(Purpose::Resume, &whole.lines[..=second])
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
