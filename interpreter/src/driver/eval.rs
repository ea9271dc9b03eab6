//! Functions of the program that ask for no effect: texts of the environment, conditions.

use std::rc::Rc;

use scn_protocol::Value;

use super::branch::Branch;
use super::hooks::{FiberHooks, Unobserved};
use super::shared::Shared;
use crate::machine::{Failure, Fiber, Stop};

fn branch(shared: &Shared) -> Rc<Branch> {
    Branch::aside(shared.platform.clock.now())
}

/// The value of a function.
pub fn value(shared: &Rc<Shared>, function: u32, arguments: Vec<Value>) -> Result<Value, String> {
    let mut hooks = FiberHooks::new(shared, &branch(shared), true);
    let mut fiber = Fiber::new(&shared.program(), function, arguments);
    fiber
        .run_closure(&shared.program(), &mut hooks)
        .map_err(|failure| failure.reason)
}

/// The value of a function, as text.
pub fn text(shared: &Rc<Shared>, function: u32, arguments: &[Value]) -> Result<String, String> {
    Ok(value(shared, function, arguments.to_vec())?
        .to_text()
        .into_owned())
}

/// The step that a function owes: its site, and what was pushed for it. None if it owes none.
pub fn owed(
    shared: &Rc<Shared>,
    function: u32,
    arguments: Vec<Value>,
) -> Result<Option<(u32, Vec<Value>)>, Failure> {
    let mut hooks = FiberHooks::new(shared, &branch(shared), true);
    let mut fiber = Fiber::new(&shared.program(), function, arguments);
    loop {
        match fiber.run(&shared.program(), &mut hooks) {
            Stop::Defer(site) => return Ok(Some((site, std::mem::take(&mut fiber.pushed)))),
            Stop::Breathe => {}
            Stop::Failed(failure) => return Err(failure),
            _ => return Ok(None),
        }
    }
}

/// A condition's answer.
pub enum Judged {
    /// It is true or false; with the names in it and their values.
    Answer(bool, Vec<(String, Value)>),
    /// Something in it was not observed, for this reason.
    Unobserved(Unobserved),
    /// It cannot be evaluated.
    Failed(Failure),
}

/// Judges a condition.
pub fn condition(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    closure: &crate::program::Closure,
    captured: &[Value],
    fiber: &mut Fiber,
) -> Judged {
    let hooks = FiberHooks::new(shared, branch, false);
    judged(shared, hooks, closure, captured, fiber)
}

/// Judges a condition that is to hold all the time: what was logged before a time in which nobody watched
/// says nothing of it.
pub fn throughout(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    closure: &crate::program::Closure,
    captured: &[Value],
    fiber: &mut Fiber,
) -> Judged {
    let mut hooks = FiberHooks::new(shared, branch, false);
    hooks.strict = true;
    judged(shared, hooks, closure, captured, fiber)
}

fn judged(
    shared: &Rc<Shared>,
    mut hooks: FiberHooks,
    closure: &crate::program::Closure,
    captured: &[Value],
    fiber: &mut Fiber,
) -> Judged {
    fiber.begin(&shared.program(), closure.function, captured.to_vec());
    let answer = fiber.run_closure(&shared.program(), &mut hooks);
    if let Some(reason) = hooks.unobserved.filter(|_| !closure.compares_none) {
        return Judged::Unobserved(reason);
    }
    let truth = match &answer {
        Ok(value) => crate::ops::truth(value),
        Err(failure) => return Judged::Failed(failure.clone()),
    };
    match truth {
        Ok(truth) => {
            let value = |named: &crate::program::Named| {
                (
                    named.text.clone(),
                    fiber.stack[named.register as usize].clone(),
                )
            };
            let names = closure
                .names
                .iter()
                .map(value)
                .filter(|(_, value)| !crate::machine::is_unset(value));
            Judged::Answer(truth, names.collect())
        }
        Err(reason) => {
            let place = fiber.place(&shared.program());
            Judged::Failed(Failure {
                blame: crate::machine::Blame::Error,
                reason,
                place,
            })
        }
    }
}
