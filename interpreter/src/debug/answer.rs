//! What a prompt answers, and what comes of it.

use scn_grammar::Diagnostic;
use scn_protocol::Value;

use crate::machine::Blame;

/// How far a step of the debugger goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the next statement, of a step that is called too.
    Into,
    /// To the next statement here.
    Over,
    /// To where the step that it is in was called from.
    Out,
}

/// What is to be done at a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go on. A failure takes its course; a session ends.
    Continue,
    /// Go on, and stop again soon.
    Step(Step),
    /// Run these statements, in the frame of that number (0 is the innermost).
    Run {
        /// The statements.
        text: String,
        /// The frame.
        frame: usize,
    },
    /// Give the value of an expression, as a statement would be given it: what it looks up is recorded.
    Show {
        /// The expression.
        text: String,
        /// The frame.
        frame: usize,
    },
    /// Give the value of an expression to a person who looks: nothing is recorded.
    Peek {
        /// The expression.
        text: String,
        /// The frame.
        frame: usize,
    },
    /// Do the statement that failed again.
    Retry,
    /// Go on after the statement that failed, or before which the run is paused.
    Skip,
    /// Do what is owed last, now.
    Undo,
    /// End the scenario: its `finally`, and what is owed.
    End,
}

/// What came of an answer that left the run paused.
#[derive(Clone, Debug)]
pub enum Came {
    /// It was done. These are warnings.
    Done(Vec<Diagnostic>),
    /// It is this.
    Value(Value),
    /// It is wrong, and nothing was done.
    Wrong(Vec<Diagnostic>),
    /// It failed.
    Failed {
        /// Whose failure it is.
        blame: Blame,
        /// Why, secrets masked.
        reason: String,
        /// The line, counted in all that was typed or in its file.
        line: u32,
    },
    /// It was interrupted.
    Interrupted,
    /// This was undone.
    Undone(String),
    /// There is nothing to be done, for this reason.
    Nothing(&'static str),
}
