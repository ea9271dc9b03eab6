//! What goes wrong around a run: the machine's clock is set while it runs, and its record cannot be written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::Clock;
use scn_interpreter::embed::{
    Assume, Engine, Event, Outcome, Ran, Recall, Signature, Sink, Type, Verdict,
};
use scn_protocol::quantity::moment_text;
use scn_protocol::{Line, Purpose, Stream};

#[path = "support/clock.rs"]
mod clock;

const SCENARIO: &str = r##"
open a
defer act deferred
mark begun
retry within 5s every 100ms
  set times nth block
  assert times >= 4
end
set slow timeout 200ms rest 10s
assert slow.timed_out
try retry 3 every 50ms fails here
case 'waits'
  wait until now() != begun within 1s every 10ms
  hold 1 == 1 for 300ms every 50ms
  wait until 1 == 2 within 250ms every 20ms
end
background job rest 400ms
parallel
  do
    rest 100ms
    act left
  end
  do
    always 1 == 1
    rest 150ms
    open right
  end
end
await job
act "#{job.duration >= 0s}"
finally
  act finally
end
"##;

/// Time passes between looks at it alone, before a block that has so much time of its own.
const LOOKS: &str = r##"
open a
retry within 3500ms every 1s
  check 1 == 2
end
finally
  retry within 3500ms every 1s
    check 1 == 2
    act again
  end
end
"##;

/// A branch ends while another one only lets time pass, which then fails.
const BESIDE: &str = r##"
parallel
  do
    retry within 3500ms every 1s
      assert 1 == 2
    end
  end
  do
    parallel
      open a
      act b
    end
  end
end
finally
  act finally
  act last
end
"##;

/// Time passes where nothing else is recorded, and somebody waits for that.
const PAUSES: &str = r##"
step slow
  set tries = 0
  retry within 5s every 1s
    set tries = tries + 1
    assert tries >= 3
  end
end
step tired
  set tries = 0
  retry within 3500ms every 1s
    set tries = tries + 1
    assert tries >= 2
    act tried
    assert 1 == 2
  end
end
background load slow
await load
act loaded
parallel
  slow
  act beside
end
try tired
act last
"##;

/// A clock of which the time of day jumps, back and forth, again and again.
struct Jumping {
    time: Rc<clock::Virtual>,
    jumps: &'static [i64],
}

/// It jumps each time that so much has passed, in nanoseconds.
const STEADY: i64 = 70_000_000;

impl Clock for Jumping {
    fn now(&self) -> i64 {
        let jump = usize::try_from(self.monotonic() / STEADY).unwrap();
        let by = self.jumps.get(jump % self.jumps.len().max(1));
        clock::Shared(Rc::clone(&self.time)).now() + by.unwrap_or(&0)
    }

    fn monotonic(&self) -> i64 {
        clock::Shared(Rc::clone(&self.time)).monotonic()
    }

    fn sleep_until(&self, at: i64) -> LocalBoxFuture<'static, ()> {
        clock::Shared(Rc::clone(&self.time)).sleep_until(at)
    }
}

/// What is recorded, and which of the writes fails, how.
struct Record {
    lines: Rc<RefCell<Vec<Line>>>,
    clock: Rc<dyn Clock>,
    writes: usize,
    fails: Option<(usize, i32)>,
}

impl Record {
    fn write(&mut self) -> io::Result<()> {
        self.writes += 1;
        match self.fails {
            Some((at, error)) if at == self.writes => Err(io::Error::from_raw_os_error(error)),
            _ => Ok(()),
        }
    }

    fn append(&mut self, event: Event) -> io::Result<()> {
        self.write()?;
        let mut lines = self.lines.borrow_mut();
        let (seq, at) = (lines.len() as u64 + 1, moment_text(self.clock.now()));
        lines.push(Line { seq, at, event });
        Ok(())
    }
}

impl Sink for Record {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.append(event.clone())
    }

    fn output(&mut self, step: u64, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        self.append(Event::Output {
            step,
            stream,
            text: Some(String::from_utf8_lossy(bytes).into_owned()),
            bytes: None,
            file: None,
        })
    }
}

/// What becomes of a run.
struct Run {
    ran: Ran,
    /// What was done to the system, in order.
    done: Vec<String>,
    lines: Vec<Line>,
    /// When it was over, in nanoseconds.
    took: i64,
}

impl Run {
    /// The words of the steps that were begun, as it is recorded.
    fn begun(&self) -> Vec<String> {
        begun(&self.lines)
    }
}

fn begun(lines: &[Line]) -> Vec<String> {
    let words = |line: &Line| match &line.event {
        Event::StepStarted { command, .. } if command[0] != "rest" => Some(command.join(" ")),
        _ => None,
    };
    lines.iter().filter_map(words).collect()
}

fn run(jumps: &'static [i64], fails: Option<(usize, i32)>, recall: Option<Recall>) -> Run {
    run_of(SCENARIO, jumps, fails, recall)
}

fn run_of(
    scenario: &str,
    jumps: &'static [i64],
    fails: Option<(usize, i32)>,
    recall: Option<Recall>,
) -> Run {
    let time = Rc::new(clock::Virtual::default());
    let here: Rc<dyn Clock> = Rc::new(Jumping {
        time: Rc::clone(&time),
        jumps,
    });
    let before = recall.as_ref().map(|recall| recall.lines.clone());
    let before = before.unwrap_or_default();
    let done = Rc::new(RefCell::new(begun(&before)));
    let lines = Rc::new(RefCell::new(before));
    let mut engine = Engine::new().on_event(Record {
        lines: Rc::clone(&lines),
        clock: Rc::clone(&here),
        writes: 0,
        fails,
    });
    for name in ["act", "open", "close", "fails", "nth"] {
        let mut signature = Signature::new(name).param("what", Type::Text);
        if name == "open" {
            signature = signature.undone_by("close");
        }
        let done = Rc::clone(&done);
        engine = engine.command(signature, move |call| {
            let words = format!("{name} {}", call.value("what"));
            done.borrow_mut().push(words.clone());
            let times = done
                .borrow()
                .iter()
                .filter(|known| **known == words)
                .count();
            match name {
                "fails" => Outcome::fail("it failed"),
                _ => Outcome::pass(i64::try_from(times).unwrap()),
            }
        });
    }
    let rests = Rc::clone(&here);
    let engine = engine.command_async(
        Signature::new("rest").param("time", Type::Duration),
        async move |call| {
            if let scn_protocol::Value::Duration(time) = call.value("time") {
                rests.sleep_until(rests.monotonic() + time).await;
            }
        },
    );
    let scenario = engine.clock(here).check("s.scn", scenario).unwrap();
    let scenario = match recall {
        Some(recall) => scenario.recall(recall),
        None => scenario,
    };
    let ran = clock::run(&time, scenario.start()).unwrap();
    let (done, lines) = (done.borrow().clone(), lines.borrow().clone());
    let took = clock::Shared(time).monotonic();
    Run {
        ran,
        done,
        lines,
        took,
    }
}

/// The words and the ends of steps, waits and the rest, without when they were.
fn events(run: &Run) -> Vec<String> {
    let is_clock = |line: &&Line| matches!(line.event, Event::ClockSet { .. });
    let shown = |line: &Line| match &line.event {
        // What `now()` and marks gave.
        Event::LookedUp { what, .. } => format!("looked up {what}"),
        Event::Marked { name, .. } => format!("marked {name}"),
        Event::Checked { values, .. } if values.to_string().contains("begun") => {
            "checked".to_owned()
        }
        event => format!("{event:?}"),
    };
    let lines = run.lines.iter().filter(|line| !is_clock(line));
    lines.map(shown).collect()
}

const HOUR: i64 = 3_600_000_000_000;

const JUMPS: &[&[i64]] = &[
    &[0, 87_600 * HOUR, -87_600 * HOUR],
    &[0, -HOUR, 0, HOUR, -24 * HOUR, 24 * HOUR, 1],
    &[-87_600 * HOUR, 1_000_000, -1_000_000],
];

#[test]
fn a_clock_that_is_set_changes_neither_what_is_done_nor_for_how_long() {
    let steady = run(&[], None, None);
    assert_eq!(steady.ran.verdict, Verdict::Fail, "{:?}", steady.ran);
    for jumps in JUMPS {
        let jumping = run(jumps, None, None);
        assert_eq!(events(&jumping), events(&steady), "{jumps:?}");
        assert_eq!(jumping.took, steady.took, "{jumps:?}");
        let seqs: Vec<u64> = jumping.lines.iter().map(|line| line.seq).collect();
        assert!(seqs.is_sorted(), "{jumps:?}");
    }
}

fn taken_up(purpose: Purpose, lines: &[Line]) -> Recall {
    Recall {
        purpose,
        assume: Assume::NotDone,
        lines: lines.to_vec(),
        output: Rc::new(|_, _| Ok(Vec::new())),
    }
}

#[test]
fn a_run_in_which_the_clock_was_set_is_taken_up_as_any() {
    let steady = run(&[], None, None);
    for jumps in JUMPS {
        let whole = run(jumps, None, None);
        let judged = run(jumps, None, Some(taken_up(Purpose::Replay, &whole.lines)));
        assert_eq!(judged.ran.parted, None, "{jumps:?}");
        assert_eq!(judged.ran.verdict, whole.ran.verdict, "{jumps:?}");
        for at in 1..whole.lines.len() {
            let recall = taken_up(Purpose::Resume, &whole.lines[..at]);
            let resumed = run(jumps, None, Some(recall));
            assert_eq!(resumed.ran.parted, None, "{jumps:?} at {at}");
            let ended = (resumed.ran.verdict, resumed.ran.reason.as_ref());
            let reason = (steady.ran.verdict, steady.ran.reason.as_ref());
            assert_eq!(
                ended,
                reason,
                "{jumps:?} at {at}: {:?}",
                whole.lines[at - 1]
            );
        }
    }
}

#[test]
fn the_hours_in_which_nobody_ran_it_are_no_time_that_passed() {
    let whole = run(&[], None, None);
    for at in (1..whole.lines.len()).step_by(5) {
        let mut lines = whole.lines[..at].to_vec();
        for later in [&[2 * HOUR], &[4 * HOUR], &[6 * HOUR]] {
            let resumed = run(later, None, Some(taken_up(Purpose::Resume, &lines)));
            let ended = (resumed.ran.verdict, resumed.ran.reason.as_ref());
            let reason = (whole.ran.verdict, whole.ran.reason.as_ref());
            assert_eq!(ended, reason, "{later:?} at {at}");
            // It is killed again, soon after.
            lines = resumed.lines[..(lines.len() + 4).min(resumed.lines.len() - 1)].to_vec();
        }
    }
}

#[test]
fn a_limit_that_begins_where_the_record_ends_has_all_its_time() {
    let whole = run_of(LOOKS, &[], None, None);
    assert_eq!(
        whole
            .done
            .iter()
            .filter(|done| *done == "act again")
            .count(),
        4
    );
    for at in 1..whole.lines.len() {
        let recall = taken_up(Purpose::Resume, &whole.lines[..at]);
        let resumed = run_of(LOOKS, &[], None, Some(recall));
        let (did, must) = (resumed.done.len(), whole.done.len());
        // One that was cut in the middle is done again.
        assert!(
            [must, must + 1].contains(&did),
            "{:?} at {at}",
            resumed.done
        );
    }
}

#[test]
fn a_branch_that_had_ended_was_not_cut_short_when_another_one_failed() {
    let whole = run_of(BESIDE, &[], None, None);
    let whole_did = whole.done.clone();
    assert_eq!(
        whole_did,
        ["open a", "act b", "act finally", "act last", "close a"]
    );
    let undone = |run: &Run| {
        let undone = |line: &&Line| matches!(line.event, Event::UndoDone { .. });
        run.lines.iter().filter(undone).count()
    };
    for at in 1..whole.lines.len() {
        let once = taken_up(Purpose::Cleanup, &whole.lines[..at]);
        let once = run_of(BESIDE, &[], None, Some(once));
        for again in at..once.lines.len() {
            let lines = &once.lines[..again];
            let twice = run_of(BESIDE, &[], None, Some(taken_up(Purpose::Cleanup, lines)));
            assert_eq!(twice.ran.parted, None, "{at} {again}");
            let logged = |line: &&Line| matches!(line.event, Event::Logged { .. });
            assert_eq!(twice.lines.iter().find(logged), None, "{at} {again}");
            assert!(undone(&twice) <= 1, "{at} {again}");
        }
    }
}

#[test]
fn where_the_scenario_is_another_one_each_undo_of_the_record_is_done_once() {
    let whole = run_of("open a\nopen a\nact b\n", &[], None, None);
    let begun = |line: &Line| matches!(&line.event, Event::StepStarted { command, .. } if command[0] == "act");
    let at = whole.lines.iter().position(begun).unwrap();
    let recall = taken_up(Purpose::Cleanup, &whole.lines[..=at]);
    let cleaned = run_of("open a\nopen a\nopen b\n", &[], None, Some(recall));
    assert_eq!(
        cleaned.done,
        ["open a", "open a", "act b", "close a", "close a"]
    );
    let undone = cleaned.lines.iter().filter_map(|line| match line.event {
        Event::UndoDone { step, .. } => Some(step),
        _ => None,
    });
    assert_eq!(undone.collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn time_that_passed_in_the_record_is_no_time_for_another_attempt() {
    let whole = run_of(PAUSES, &[], None, None);
    let mut must = vec!["act loaded", "act beside"];
    must.extend(["act tried"; 3]);
    must.push("act last");
    assert_eq!(whole.done, must);
    for at in 1..whole.lines.len() {
        let recall = taken_up(Purpose::Resume, &whole.lines[..at]);
        let resumed = run_of(PAUSES, &[], None, Some(recall));
        let ended = (resumed.ran.verdict, resumed.ran.parted);
        assert_eq!(ended, (Verdict::Pass, None), "at {at}");
        let mut did = resumed.done;
        // One that was cut in the middle is done again.
        if did.len() > must.len() {
            let torn = begun(&whole.lines[..at]).len();
            did.remove(torn);
        }
        assert_eq!(did, must, "at {at}");
    }
}

#[test]
fn whichever_write_fails_nothing_is_done_that_is_not_recorded_and_the_verdict_is_an_error() {
    let (no_space, input_output) = (28, 5);
    let writes = run(&[], None, None).lines.len();
    for error in [no_space, input_output] {
        for at in 1..=writes {
            let failed = run(&[], Some((at, error)), None);
            let told = || format!("write {at}: {error}\n{:#?}", failed.lines);
            assert_eq!(failed.ran.verdict, Verdict::Error, "{}", told());
            let unrecorded = failed.ran.unrecorded.clone().unwrap_or_default();
            assert!(
                unrecorded.contains("can no longer be recorded"),
                "{}",
                told()
            );
            for words in &failed.done {
                // What is owed is done all the same.
                if words.starts_with("close")
                    || ["act deferred", "act finally"].contains(&words.as_str())
                {
                    continue;
                }
                let (begun, done) = (failed.begun(), &failed.done);
                let count = |of: &[String]| of.iter().filter(|known| *known == words).count();
                assert!(
                    count(&begun) >= count(done),
                    "`{words}` is not recorded: {}",
                    told()
                );
            }
            // What was done is undone, once.
            let count = |words: &str| failed.done.iter().filter(|done| *done == words).count();
            for name in ["a", "right"] {
                let (opened, closed) = (
                    count(&format!("open {name}")),
                    count(&format!("close {name}")),
                );
                assert_eq!(opened, closed, "{name} {}", told());
            }
            if count("nth block") > 0 {
                assert_eq!(
                    (count("act deferred"), count("act finally")),
                    (1, 1),
                    "{}",
                    told()
                );
            }
        }
    }
}
