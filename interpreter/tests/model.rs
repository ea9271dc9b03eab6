//! The machine against a model of it: random scenarios with commands that fail and break at random do the
//! same, in the same order, with the same verdict, whether compiled and driven or simply walked through; and
//! so they do when their program is gone at any instant, and another one takes them up.
//!
//! `SCN_MODEL_CASES` says how many scenarios are tried, for a longer search. What is found is made as
//! small as it can be, and printed as a scenario.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use proptest::prelude::*;
use scn_interpreter::Clock;
use scn_interpreter::embed::{
    Assume, Engine, Event, Outcome as Ended, Recall, Signature, Type, Verdict,
};
use scn_protocol::quantity::moment_text;
use scn_protocol::{Line, Purpose};

use self::oracle::{Outcome, Script, Told, tell};
use self::scenario::{Scenario, Statement};

#[path = "support/clock.rs"]
mod clock;
#[path = "model/generate.rs"]
mod generate;
#[path = "model/oracle.rs"]
mod oracle;
#[path = "model/scenario.rs"]
mod scenario;

/// What commands were called, and how often each with its words.
#[derive(Default)]
struct Called {
    done: Vec<String>,
    often: HashMap<String, usize>,
}

/// What the engine really did.
struct Run {
    done: Vec<String>,
    verdict: Verdict,
    reason: Option<String>,
    /// Why scenario and record did not go together.
    parted: Option<String>,
    /// What was recorded.
    lines: Vec<Line>,
}

/// Runs a scenario; or takes up a run of which `recall` is recorded, after what was done by then.
fn run(text: &str, script: &Script, done: &[String], recall: Option<Recall>) -> Run {
    let called = Rc::<RefCell<Called>>::default();
    for words in done {
        let mut called = called.borrow_mut();
        *called.often.entry(words.clone()).or_default() += 1;
    }
    let replays = |recall: &Recall| recall.purpose == Purpose::Replay;
    let before = recall.as_ref().filter(|recall| !replays(recall));
    let lines = before.map_or_else(Vec::new, |recall| recall.lines.clone());
    let lines = Rc::new(RefCell::new(lines));
    let time = Rc::new(clock::Virtual::default());
    let mut engine = Engine::new().on_event(recorder(&lines, &time));
    for name in ["act", "begin", "take_back"] {
        let signature = Signature::new(name).param("id", Type::Int);
        let signature = match name {
            "begin" => signature.undone_by("take_back"),
            _ => signature,
        };
        let (called, script) = (Rc::clone(&called), script.clone());
        engine = engine.command(signature, move |call| {
            let id: u32 = call.get("id").unwrap();
            let words = format!("{name} {id}");
            let mut called = called.borrow_mut();
            let before = called.often.entry(words.clone()).or_default();
            let outcome = script.outcome(id, *before);
            *before += 1;
            called.done.push(words);
            match outcome {
                Outcome::Pass => Ended::pass(1),
                Outcome::Fail => Ended::fail("it refused"),
                Outcome::Error => Ended::error("it broke"),
            }
        });
    }
    let engine = engine.clock(Rc::new(clock::Shared(Rc::clone(&time))));
    let scenario = engine.check("s.scn", text);
    let mut scenario = scenario.unwrap_or_else(|found| panic!("{found}\n{text}"));
    if let Some(recall) = recall {
        scenario = scenario.recall(recall);
    }
    let ran = clock::run(&time, scenario.start());
    let ran = ran.unwrap_or_else(|| panic!("it waits for what never comes\n{text}"));
    Run {
        done: called.take().done,
        verdict: ran.verdict,
        reason: ran.reason,
        parted: ran.parted,
        lines: lines.take(),
    }
}

/// Keeps what happens as a journal has it.
fn recorder(
    lines: &Rc<RefCell<Vec<Line>>>,
    time: &Rc<clock::Virtual>,
) -> impl FnMut(&Event) + 'static {
    let (lines, clock) = (Rc::clone(lines), clock::Shared(Rc::clone(time)));
    move |event| {
        let mut lines = lines.borrow_mut();
        let seq = lines.len() as u64 + 1;
        let at = moment_text(clock.now());
        let event = event.clone();
        lines.push(Line { seq, at, event });
    }
}

fn recall(purpose: Purpose, lines: &[Line]) -> Recall {
    Recall {
        purpose,
        assume: Assume::NotDone,
        lines: lines.to_vec(),
        output: Rc::new(|_, _| Ok(Vec::new())),
    }
}

/// The steps of which the end is recorded: what the system was done by then.
fn done_by(lines: &[Line]) -> Vec<String> {
    let mut begun = HashMap::new();
    let mut done = Vec::new();
    for line in lines {
        match &line.event {
            Event::StepStarted { step, command, .. } => {
                begun.insert(*step, command.join(" "));
            }
            Event::StepFinished {
                step, torn: false, ..
            } => done.extend(begun.remove(step)),
            _ => {}
        }
    }
    done
}

/// A run that is cut at any line of its record and taken up again ends as if it had not been; cleaned up
/// after, nothing is owed any more, even if that is cut too; judged again, it is judged alike.
fn taken_up(
    scenario: &Scenario,
    script: &Script,
    (at, again): (usize, usize),
) -> Result<(), TestCaseError> {
    let text = scenario.text();
    let vague = tell(scenario, script).vague;
    let whole = run(&text, script, &[], None);
    let judged = run(
        &text,
        script,
        &[],
        Some(recall(Purpose::Replay, &whole.lines)),
    );
    prop_assert_eq!(&judged.parted, &None);
    prop_assert_eq!(judged.done, Vec::<String>::new());
    prop_assert_eq!(
        judged.verdict,
        whole.verdict,
        "{:?} {:?}",
        judged.reason,
        whole.reason
    );
    let before = &whole.lines[..1 + at % whole.lines.len()];
    let done = done_by(before);
    let resumed = run(&text, script, &done, Some(recall(Purpose::Resume, before)));
    prop_assert_eq!(&resumed.parted, &None, "after {:?}", before.last());
    // How far branches came that were cut short is another time another; what is tried again after them
    // then finds another count of calls, and may pass where it failed.
    if !vague {
        prop_assert_eq!(resumed.verdict, whole.verdict, "after {:?}", before.last());
        let all: Vec<String> = done.iter().cloned().chain(resumed.done).collect();
        let (must, did) = (by_branch(scenario, &whole.done), by_branch(scenario, &all));
        prop_assert_eq!(must, did, "after {:?}", before.last());
    }
    let cleaned = run(&text, script, &done, Some(recall(Purpose::Cleanup, before)));
    prop_assert_eq!(&cleaned.parted, &None, "after {:?}", before.last());
    paid(&cleaned.lines)?;
    let rest = cleaned.lines.len() - before.len();
    let twice = &cleaned.lines[..before.len() + again % (rest + 1)];
    let cleaned = run(
        &text,
        script,
        &done_by(twice),
        Some(recall(Purpose::Cleanup, twice)),
    );
    prop_assert_eq!(
        &cleaned.parted,
        &None,
        "after {:?} and {:?}",
        before.last(),
        twice.last()
    );
    paid(&cleaned.lines)
}

/// Nothing is owed any more, and nothing was done that was not owed.
fn paid(lines: &[Line]) -> Result<(), TestCaseError> {
    let mut owed = HashMap::new();
    for line in lines {
        match &line.event {
            Event::UndoOwed { step, command, .. } => {
                owed.insert(*step, command.clone());
            }
            Event::UndoDone { step, command } => {
                let was = owed.remove(step);
                prop_assert_eq!(
                    was.as_ref(),
                    Some(command),
                    "done twice: {}",
                    lines
                        .iter()
                        .map(|l| format!("\n{} {:?}", l.seq, l.event))
                        .collect::<String>()
                );
            }
            _ => {}
        }
    }
    prop_assert_eq!(owed, HashMap::new());
    let last = lines.last().map(|line| &line.event);
    let finished = matches!(last, Some(Event::RunFinished { .. }));
    prop_assert!(finished, "not finished");
    Ok(())
}

/// The branch in which each number stands.
fn branches(body: &[Statement], branch: &str, found: &mut HashMap<String, String>) {
    for statement in body {
        match statement {
            Statement::Step(id, ..) | Statement::Keep(id, ..) | Statement::Defer(id, _) => {
                found.insert(id.to_string(), branch.to_owned());
            }
            Statement::If(_, yes, no) => {
                branches(yes, branch, found);
                branches(no, branch, found);
            }
            Statement::While(_, _, _, body)
            | Statement::For(_, _, body)
            | Statement::Repeat(_, body)
            | Statement::Stretch(_, _, body)
            | Statement::Case(_, body)
            | Statement::Do(body)
            | Statement::Retry(body) => branches(body, branch, found),
            Statement::Parallel(inner) => {
                for one in inner {
                    branches(&one.body, &one.name, found);
                }
            }
            _ => {}
        }
    }
}

/// What was done, branch by branch: between branches there is no order.
fn by_branch(scenario: &Scenario, done: &[String]) -> HashMap<String, Vec<String>> {
    let mut places = HashMap::new();
    for body in scenario
        .steps
        .iter()
        .chain([&scenario.body, &scenario.last])
    {
        branches(body, "", &mut places);
    }
    let mut sorted = HashMap::<String, Vec<String>>::new();
    for words in done {
        let id = words.split(' ').next_back().unwrap();
        let branch = places.get(id).cloned().unwrap_or_default();
        sorted.entry(branch).or_default().push(words.clone());
    }
    sorted
}

/// The same was done, and judged the same.
fn agree(scenario: &Scenario, script: &Script) -> Result<(), TestCaseError> {
    let text = scenario.text();
    let Told {
        done,
        verdict,
        vague,
    } = tell(scenario, script);
    let Run {
        done: did,
        verdict: judged,
        reason,
        ..
    } = run(&text, script, &[], None);
    if vague {
        // How far the branches came that were cut short is not told; that it ended is.
        return Ok(());
    }
    let (must, did) = (by_branch(scenario, &done), by_branch(scenario, &did));
    prop_assert_eq!(&must, &did, "{:?}", &reason);
    prop_assert_eq!(verdict, judged, "{:?}", &reason);
    Ok(())
}

fn cases() -> u32 {
    let asked = std::env::var("SCN_MODEL_CASES").ok();
    let usual = if cfg!(debug_assertions) { 300 } else { 3_000 };
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_machine_does_what_the_model_says((scenario, script) in generate::scenario()) {
        agree(&scenario, &script)?;
    }

    #[test]
    fn a_run_is_taken_up_where_it_was(
        (scenario, script) in generate::scenario(),
        at in any::<(usize, usize)>(),
    ) {
        taken_up(&scenario, &script, at)?;
    }
}
