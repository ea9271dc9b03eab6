//! Whether a run stops at a statement.

use std::rc::Rc;

use crate::debug::{Asks, At, Breakpoint, Debugger, FrameAt, Stepping, Why};
use crate::driver::branch::Branch;
use crate::driver::hooks::FiberHooks;
use crate::driver::shared::Shared;
use crate::environment::secret::MASK;
use crate::machine::Fiber;
use crate::program::{Binding, Function, Op, Place, Program, Target};
use scn_protocol::Value;

use super::typed::in_frame;
use crate::compile::typed::Typed;

/// Why the run stops where the fiber stands, if it does.
pub fn why(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    first: bool,
) -> Option<Why> {
    if !debugger.breakpoints.borrow().is_empty()
        && let Some(id) = at_breakpoint(shared, debugger, branch, fiber)
    {
        return Some(Why::Breakpoint(id));
    }
    let here = (branch.depth(), fiber.frames.len());
    let stops = match &*debugger.stepping.borrow() {
        Stepping::No => false,
        Stepping::Into => true,
        Stepping::Over(from) => {
            (branch.name == from.branch && here <= from.depth)
                || is_around(&branch.name, &from.branch)
        }
        Stepping::Out(from) => {
            (branch.name == from.branch && here < from.depth)
                || is_around(&branch.name, &from.branch)
        }
    };
    let asked = stops && debugger.asked.take();
    let why = match (asked, first) {
        (true, _) => Why::Asked,
        (_, true) => Why::Entry,
        _ => Why::Step,
    };
    stops.then_some(why)
}

/// Whether a line of execution began that other one.
fn is_around(branch: &str, of: &str) -> bool {
    let rest = of.strip_prefix(branch);
    branch != of && rest.is_some_and(|rest| branch.is_empty() || rest.starts_with('.'))
}

fn at_breakpoint(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
) -> Option<u32> {
    let (here, at) = breakpoints_here(shared, debugger, fiber);
    for breakpoint in here {
        if !holds(shared, debugger, branch, fiber, &breakpoint) || !breakpoint.passed() {
            continue;
        }
        let Some(tells) = &breakpoint.tells else {
            return Some(breakpoint.id);
        };
        let asks = (Asks::Tells, tells.as_str());
        let told = match asked(shared, debugger, branch, fiber, &breakpoint, asks) {
            // What is computed from a secret is masked whole.
            Some(Ok(Value::Secret(_))) => MASK.to_owned(),
            Some(Ok(value)) => value.to_string(),
            Some(Err(reason)) => reason,
            None => format!("what breakpoint {breakpoint} is to tell means nothing here"),
        };
        debugger.prompt().told(&at, &shared.journal.masked(&told));
    }
    None
}

/// The breakpoints that the fiber stands at, and where that is.
fn breakpoints_here(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    fiber: &Fiber,
) -> (Vec<Breakpoint>, FrameAt) {
    let program = shared.program();
    let place = fiber.place(&program);
    let (line, own) = (program.line(place), place.file == 0);
    let path = program.files.get(place.file as usize);
    let path = path.map_or("", |file| file.path.as_str());
    let is_here = |breakpoint: &Breakpoint| match &breakpoint.at {
        At::Step(name) => {
            does(&program, fiber).is_some_and(|does| does == *name) || enters(&program, fiber, name)
        }
        At::Line { .. } => breakpoint.is_at(path, own, line),
    };
    let mut here = debugger.breakpoints();
    here.retain(is_here);
    let frame = fiber.frames.last();
    let name = frame.map(|frame| program.functions[frame.function as usize].name.clone());
    let at = FrameAt {
        name: name.unwrap_or_default(),
        file: path.to_owned(),
        line,
    };
    (here, at)
}

/// Whether the fiber stands at the first statement of that step of the scenario's own.
fn enters(program: &Program, fiber: &Fiber, name: &str) -> bool {
    let Some(frame) = fiber.frames.last() else {
        return false;
    };
    let function = &program.functions[frame.function as usize];
    let first = function.statements.first();
    let is_first = first.is_some_and(|(begins, _)| *begins as usize + 1 == frame.next);
    // The scenario's body has a name that nobody gave it.
    is_first && fiber.frames.len() > 1 && function.name == name
}

/// The instructions of a statement alone, without those of statements in it.
fn own_code(function: &Function, (begins, ends): (Target, Target)) -> &[Op] {
    let after = |(inner, _): &&(Target, Target)| *inner > begins;
    let inner = function.statements.iter().find(after);
    let ends = inner.map_or(ends, |(inner, _)| ends.min(*inner));
    function
        .code
        .get(begins as usize..ends as usize)
        .unwrap_or_default()
}

/// The command of the statement that the fiber stands at, as it is written.
fn does(program: &Program, fiber: &Fiber) -> Option<String> {
    command(program, fiber).map(|(name, _)| name)
}

/// What that command is, for people.
pub fn resolved(program: &Program, fiber: &Fiber) -> Option<String> {
    command(program, fiber).and_then(|(_, does)| does)
}

fn command(program: &Program, fiber: &Fiber) -> Option<(String, Option<String>)> {
    let frame = fiber.frames.last()?;
    let function = &program.functions[frame.function as usize];
    let statement = fiber.statement(program)?;
    own_code(function, statement)
        .iter()
        .find_map(|op| match *op {
            Op::Step { site, .. }
            | Op::Background { site, .. }
            | Op::Defer { site }
            | Op::CallBound { site, .. } => {
                let step = &program.steps[site as usize];
                Some((step.name.clone(), told(program, &step.binding)))
            }
            Op::Call { function, .. } => {
                let name = program.functions[function as usize].name.clone();
                Some((name, told(program, &Binding::Own(function))))
            }
            _ => None,
        })
}

fn told(program: &Program, binding: &Binding) -> Option<String> {
    match binding {
        Binding::Command(command) => Some(command.full_name()),
        Binding::Alias(alias) => Some(match &alias.program.shell {
            Some(shell) => format!("the environment's {}: {shell}", alias.name),
            None => format!("the environment's {}", alias.name),
        }),
        Binding::Own(function) => {
            let function = program.functions.get(*function as usize)?;
            let file = program.files.get(function.file as usize)?;
            let line = file.line(function.spans.first()?.start);
            Some(format!("a step of {}, from line {line}", file.path))
        }
        Binding::Dynamic => None,
    }
}

/// Whether the condition of a breakpoint holds: one that cannot be read, or evaluated, stops.
fn holds(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    breakpoint: &Breakpoint,
) -> bool {
    let Some(condition) = &breakpoint.condition else {
        return true;
    };
    let asks = (Asks::Condition, condition.as_str());
    match asked(shared, debugger, branch, fiber, breakpoint, asks) {
        Some(Ok(value)) => crate::ops::truth(&value).unwrap_or(false),
        // What it names may not be set yet.
        Some(Err(_)) => false,
        None if is_judged_elsewhere(shared, fiber, breakpoint) => false,
        None => {
            debugger.prompt().notice(&format!(
                "the condition of the breakpoint {breakpoint} means nothing here, and counts as true"
            ));
            true
        }
    }
}

/// Whether a condition that means nothing here is judged where it means something: a step of the scenario's
/// own stops both where it is called and where it begins, and each has names of its own.
fn is_judged_elsewhere(shared: &Shared, fiber: &Fiber, breakpoint: &Breakpoint) -> bool {
    let At::Step(name) = &breakpoint.at else {
        return false;
    };
    let program = shared.program();
    if !enters(&program, fiber, name) {
        // It begins after this.
        return calls_own(&program, fiber);
    }
    let compiled = breakpoint.compiled.borrow();
    compiled
        .iter()
        .any(|((_, asks), function)| *asks == Asks::Condition && function.is_some())
}

/// Whether the statement that the fiber stands at calls a step of the scenario's own.
fn calls_own(program: &Program, fiber: &Fiber) -> bool {
    let Some((frame, statement)) = fiber.frames.last().zip(fiber.statement(program)) else {
        return false;
    };
    let function = &program.functions[frame.function as usize];
    own_code(function, statement).iter().any(|op| match *op {
        Op::Step { site, .. }
        | Op::Background { site, .. }
        | Op::Defer { site }
        | Op::CallBound { site, .. } => {
            matches!(program.steps[site as usize].binding, Binding::Own(_))
        }
        Op::Call { .. } => true,
        _ => false,
    })
}

/// The value of an expression of a breakpoint where the fiber stands, or why it has none; nothing if it
/// means nothing there.
fn asked(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    breakpoint: &Breakpoint,
    (asks, text): (Asks, &str),
) -> Option<Result<Value, String>> {
    let of = (fiber.frames.last()?.function, asks);
    let known = breakpoint.compiled.borrow().get(&of).copied();
    let function = known.unwrap_or_else(|| {
        let compiled = compiled(shared, debugger, fiber, text);
        breakpoint.compiled.borrow_mut().insert(of, compiled);
        compiled
    })?;
    let program = shared.program();
    let at = fiber.frames.len() - 1;
    let frame = &fiber.frames[at];
    let variables = fiber.variables_of(&program, frame).to_vec();
    let mut lent = fiber.lend(&program, at, function, variables)?;
    let mut hooks = FiberHooks::new(shared, branch, false);
    let answer = lent.run_closure(&program, &mut hooks);
    fiber.take_back(&program, at, lent);
    Some(answer.map_err(|failure| failure.reason))
}

fn compiled(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    fiber: &Fiber,
    condition: &str,
) -> Option<u32> {
    let program = shared.program();
    let mut frame = in_frame(&program, fiber, fiber.frames.len() - 1)?;
    drop(program);
    // It is asked again and again, whatever is set by then.
    frame.set = (0..frame.variables.len() as u32).collect();
    let typed = Typed {
        name: "condition",
        text: condition,
        before: 0,
    };
    shared
        .grow(|program| debugger.workbench().expression(program, typed, frame).ok())
        .map(|fragment| fragment.function)
}

/// The lines at which a run can stop, by file as it is shown, in order.
pub fn lines(program: &Program) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    for function in &program.functions {
        let Some(file) = program.files.get(function.file as usize) else {
            continue;
        };
        for (begins, _) in &function.statements {
            if matches!(function.code.get(*begins as usize), Some(Op::Statement)) {
                let place: Place = function.place(*begins as usize);
                found.push((file.path.clone(), file.line(place.span.start)));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
