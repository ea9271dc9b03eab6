//! The machine against a model of it: random scenarios with commands that fail and break at random do the
//! same, in the same order, with the same verdict, whether compiled and driven or simply walked through.
//!
//! `SCN_MODEL_CASES` says how many scenarios are tried, for a longer search. What is found is made as
//! small as it can be, and printed as a scenario.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use proptest::prelude::*;
use scn_interpreter::embed::{Engine, Outcome as Ended, Signature, Type, Verdict};

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

/// What the engine really does.
fn run(text: &str, script: &Script) -> (Vec<String>, Verdict, Option<String>) {
    let called = Rc::<RefCell<Called>>::default();
    let mut engine = Engine::new();
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
    let time = Rc::new(clock::Virtual::default());
    let engine = engine.clock(Rc::new(clock::Shared(Rc::clone(&time))));
    let scenario = engine.check("s.scn", text);
    let scenario = scenario.unwrap_or_else(|found| panic!("{found}\n{text}"));
    let ran = clock::run(&time, scenario.start());
    let ran = ran.unwrap_or_else(|| panic!("it waits for what never comes\n{text}"));
    (called.take().done, ran.verdict, ran.reason)
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
    let (did, judged, reason) = run(&text, script);
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
}
