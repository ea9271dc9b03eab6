//! Scenarios that run: with commands that pass, fail and break, in time that passes by itself.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use scn_interpreter::embed::{Engine, Event, Limits, Outcome, Ran, Signature, Type, Verdict};
use scn_protocol::Value;

use super::{Target, text};
use crate::clock::{self, Shared, Virtual};

pub const RUN: Target = Target {
    name: "run",
    help: "a scenario: it ends within its limits, what was begun is over, what was owed is done once, and the record says the verdict",
    run,
    most: 2_048,
};

const LIMITS: Limits = Limits {
    instructions: Some(20_000),
    time: Some(Duration::from_secs(3_600)),
    memory: Some(4 << 20),
    depth: Some(200),
    steps: None,
    output: None,
    step_output: None,
    processes: None,
};

/// Commands that end in every way.
fn engine(events: &Rc<RefCell<Vec<Event>>>) -> Engine {
    let told = Rc::clone(events);
    let take = || Signature::new("take").rest("words", Type::Any);
    let named = |name: &str| Signature {
        name: name.to_owned(),
        ..take()
    };
    Engine::new()
        .limits(LIMITS)
        .on_event(move |event: &Event| told.borrow_mut().push(event.clone()))
        .value("rate", 1_000)
        .value("names", Value::list(vec!["a".into(), "b".into()]))
        .command(named("echo").undone_by("forget"), |call| {
            call.say("said");
            call.rest().first().cloned().unwrap_or_default()
        })
        .command(named("forget"), |_| ())
        .command(named("run"), |call| Value::list(call.rest().to_vec()))
        .command(named("refuse"), |_| Outcome::fail("it refused"))
        .command(named("break_down"), |_| {
            Err::<(), _>("it broke down".to_owned())
        })
        .command_async(named("stay"), async |_| std::future::pending::<()>().await)
}

fn run(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let events = Rc::default();
    let time = Rc::new(Virtual::default());
    let engine = engine(&events).clock(Rc::new(Shared(Rc::clone(&time))));
    let Ok(scenario) = engine.check("s.scn", text) else {
        return;
    };
    let Some(ran) = clock::run(&time, scenario.start()) else {
        panic!("it waits for what never comes");
    };
    assert_eq!(ran.unrecorded, None);
    judge(&events.borrow(), &ran);
}

/// What must hold of every record.
fn judge(events: &[Event], ran: &Ran) {
    let limit = ran
        .reason
        .as_ref()
        .is_some_and(|reason| reason.contains("limit"));
    let (mut open, mut owed) = (HashMap::new(), HashMap::<u64, usize>::new());
    let mut last = None;
    for event in events {
        match event {
            Event::StepStarted { step, command, .. } => {
                assert!(
                    open.insert(*step, command).is_none(),
                    "step {step} began twice"
                );
            }
            Event::StepFinished { step, .. } => {
                assert!(
                    open.remove(step).is_some(),
                    "step {step} ended and had not begun"
                );
            }
            Event::UndoOwed { step, .. } => *owed.entry(*step).or_default() += 1,
            Event::UndoDone { step, .. } => {
                let left = owed.get_mut(step).and_then(|count| count.checked_sub(1));
                assert!(
                    left.is_some(),
                    "step {step} was undone, and nothing was owed"
                );
                owed.insert(*step, left.unwrap_or_default());
            }
            Event::Verdict { verdict, .. } | Event::RunFinished { verdict, .. } => {
                assert_eq!(*verdict, ran.verdict);
                last = Some(event);
            }
            _ => {}
        }
    }
    assert!(matches!(last, Some(Event::RunFinished { .. })), "{last:?}");
    // A limit that is reached for the second time ends a run at once.
    if !(limit && ran.verdict == Verdict::Error) {
        assert!(open.is_empty(), "not over: {open:?}");
        owed.retain(|_, count| *count > 0);
        assert!(owed.is_empty(), "still owed: {owed:?}");
    }
}
