//! What is known at a pause.

use std::rc::Rc;

use scn_protocol::Value;

use super::Came;
use crate::driver::PausedAt;

/// Why the run is paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// At the first statement.
    Entry,
    /// After a step of the debugger.
    Step,
    /// At the breakpoint of that number.
    Breakpoint(u32),
    /// Somebody asked for it.
    Asked,
    /// Something failed, for this reason; secrets are masked.
    Failure(String),
    /// The session has done all that it was given.
    End,
}

/// A function that is being run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameAt {
    /// Its name: that of the step; `scenario` for the scenario's body.
    pub name: String,
    /// Its file, as it is shown.
    pub file: String,
    /// The line at which it stands.
    pub line: u32,
}

/// A pause. Texts have secrets masked; values are the machine's own, for [`Pause::masked`] to be asked
/// before they are shown.
pub struct Pause<'p> {
    pub(crate) at: PausedAt<'p>,
    /// Why.
    pub why: Why,
    /// What came of the last answer; none when it is asked first.
    pub came: Option<Came>,
    /// Where it is paused.
    pub place: FrameAt,
    /// The line of execution: `2` or `2.1` for branches, a job's name, empty for the scenario itself.
    pub branch: String,
    /// The statement, as it is written.
    pub words: String,
    /// What its command is, if it is one.
    pub does: Option<String>,
    /// How many lines were typed so far.
    pub typed: u32,
}

impl Pause<'_> {
    /// The functions that are being run, innermost first.
    pub fn frames(&self) -> Vec<FrameAt> {
        self.at.frames()
    }

    /// The variables of a frame (0 is the innermost) that are set, in their order.
    pub fn variables(&self, frame: usize) -> Vec<(Rc<str>, Value)> {
        self.at.variables(frame)
    }

    /// The names that every frame sees, with their values.
    pub fn globals(&self) -> Vec<(String, Value)> {
        self.at.globals()
    }

    /// The components, with what is known of each: `pid`, `running`, attributes, metrics.
    pub fn components(&self) -> Vec<(String, Vec<(String, Value)>)> {
        self.at.components()
    }

    /// What is owed, newest first.
    pub fn owed(&self) -> Vec<String> {
        self.at.owed()
    }

    /// The background jobs that run.
    pub fn jobs(&self) -> Vec<String> {
        self.at.jobs()
    }

    /// A text as it may be shown.
    pub fn masked(&self, text: &str) -> String {
        self.at.masked(text)
    }

    /// A value as it may be shown, in the language's own spelling.
    pub fn shown(&self, value: &Value) -> String {
        match value {
            Value::Secret(_) => crate::environment::secret::MASK.to_owned(),
            value => self.masked(&crate::ops::show(value)),
        }
    }

    /// The text of a file of the program, by its name as it is shown.
    pub fn text(&self, file: &str) -> Option<String> {
        self.at.text(file)
    }
}
