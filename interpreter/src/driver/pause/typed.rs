//! What is typed at a pause is run on the variables of the frame that is paused.

use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use scn_grammar::Diagnostic;

use crate::compile::typed::{Fragment, InFrame, Typed};
use crate::debug::{Came, Debugger};
use crate::driver::branch::Branch;
use crate::driver::drive::{self, FiberEnd, case_ended, inside, note};
use crate::driver::hooks::FiberHooks;
use crate::driver::shared::Shared;
use crate::driver::signal::Flag;
use crate::driver::watches;
use crate::machine::{Blame, Failure, Fiber};
use crate::program::Program;

/// The file that what is typed is shown as, outside of a session.
pub const NAME: &str = "prompt";

/// What becomes of something that was typed.
pub enum Became {
    /// The run is paused still.
    Came(Came),
    /// The line of execution goes on, or ends: a case was ended by its words, or all was.
    Left(Option<FiberEnd>),
}

/// What something typed in a frame (counted from the outermost) can name.
pub fn in_frame(program: &Program, fiber: &Fiber, at: usize) -> Option<InFrame> {
    let frame = fiber.frames.get(at)?;
    let function = &program.functions[frame.function as usize];
    let variables = fiber.variables_of(program, frame).to_vec();
    let numbered = variables.iter().zip(0..);
    let set = numbered.filter(|(variable, _)| fiber.value_in(frame, variable).is_some());
    Some(InFrame {
        file: function.file,
        set: set.map(|(_, number)| number).collect(),
        registers: function.registers,
        wide: fiber.wide_of(frame).len() as u32,
        variables,
    })
}

/// What is typed, and where it is run.
pub struct Entry<'e> {
    /// It.
    pub text: &'e str,
    /// It is an expression.
    pub expression: bool,
    /// The frame, counted from the innermost.
    pub frame: usize,
    /// How many lines were typed before.
    pub before: u32,
}

/// Compiles it into the program.
pub fn compile(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    fiber: &Fiber,
    entry: &Entry<'_>,
) -> Result<(usize, Fragment), Vec<Diagnostic>> {
    let program = shared.program();
    let at = fiber.frames.len().checked_sub(entry.frame + 1);
    let frame = at.and_then(|at| Some((at, in_frame(&program, fiber, at)?)));
    let (at, frame) = frame.unwrap_or_default();
    let name = match debugger.is_session() {
        true => program.files.first().map(|file| file.path.clone()),
        false => None,
    };
    drop(program);
    let typed = Typed {
        name: name.as_deref().unwrap_or(NAME),
        text: entry.text,
        before: entry.before,
    };
    let workbench = debugger.workbench();
    let fragment = shared.grow(|program| match entry.expression {
        true => workbench.expression(program, typed, frame),
        false => workbench.statements(program, typed, frame),
    })?;
    Ok((at, fragment))
}

/// Runs what was compiled, to its end or until it is interrupted.
pub async fn run(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    (at, fragment): (usize, Fragment),
) -> Became {
    let Fragment {
        function,
        variables,
        found,
        ..
    } = fragment;
    let around = inside(shared, branch, fiber);
    let Some(mut lent) = fiber.lend(&shared.program(), at, function, variables) else {
        return Became::Came(Came::Nothing("nothing is paused here"));
    };
    let flag = Flag::new();
    let under = branch.typed(Rc::clone(&flag));
    let before = under.enter(around);
    let outer = debugger.running.replace(Some(Rc::clone(&flag)));
    let end = {
        let driven = pin!(drive::drive(shared, &under, &mut lent).boxed_local());
        let ended = pin!(Rc::clone(&branch.ended).wait());
        // First, so that nothing is begun once the line is to end.
        match select(ended, driven).await {
            Either::Right((end, _)) => end,
            Either::Left(((), driven)) => {
                flag.set();
                driven.await
            }
        }
    };
    *debugger.running.borrow_mut() = outer;
    let mut noted = under.back(before);
    for scope in lent.open_scopes() {
        noted.extend(watches::close(shared, Some(scope), false));
    }
    branch.previous_step.set(under.previous_step.get());
    fiber.take_back(&shared.program(), at, lent);
    note(shared, branch, fiber, noted);
    match end {
        FiberEnd::Finished => Became::Came(Came::Done(found)),
        FiberEnd::Yielded(value) => Became::Came(Came::Value(value)),
        FiberEnd::Failed(failure) => Became::Came(failed(shared, debugger, failure)),
        FiberEnd::Ended if branch.ended.is_set() => Became::Left(Some(FiberEnd::Ended)),
        FiberEnd::Ended => Became::Came(Came::Interrupted),
        FiberEnd::CaseEnded(ending) => Became::Left(case_ended(shared, branch, fiber, ending)),
    }
}

fn failed(shared: &Shared, debugger: &Debugger, failure: Failure) -> Came {
    let (line, _) = shared.line(failure.place);
    let (blame, reason) = (failure.blame, shared.journal.masked(&failure.reason));
    if debugger.is_session() {
        shared.note(failure);
    }
    Came::Failed {
        blame,
        reason,
        line,
    }
}

/// Evaluates an expression, of which nothing is recorded.
pub fn peek(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    entry: &Entry<'_>,
) -> Came {
    let (at, fragment) = match compile(shared, debugger, fiber, entry) {
        Ok(compiled) => compiled,
        Err(found) => return Came::Wrong(found),
    };
    let program = shared.program();
    let Some(mut lent) = fiber.lend(&program, at, fragment.function, fragment.variables) else {
        return Came::Nothing("nothing is paused here");
    };
    let mut hooks = FiberHooks::new(shared, branch, false);
    let answer = lent.run_closure(&program, &mut hooks);
    fiber.take_back(&program, at, lent);
    match answer {
        Ok(value) => Came::Value(value),
        Err(failure) => Came::Failed {
            blame: Blame::Error,
            reason: shared.journal.masked(&failure.reason),
            line: 1,
        },
    }
}
