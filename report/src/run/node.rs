//! What the tree of a run is made of.

use scn_protocol::{Phase, Status, Verdict};
use serde_json::Value as Json;

use super::Kept;

/// A node of the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// What it is in.
    pub parent: Option<usize>,
    /// What is in it.
    pub children: Vec<usize>,
    /// When it began, in nanoseconds since 1970.
    pub began: i64,
    /// When it, or the last that is in it, ended; none if it did not.
    pub ended: Option<i64>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A part of the run that is not the scenario's own lines: setup, `finally`, what was owed.
    Section(Phase),
    /// A case.
    Case(Case),
    /// A parallel branch, by its path.
    Branch(String),
    /// A background job, by its path.
    Job(String),
    /// A step with its attempts.
    Step(Box<Step>),
    /// Something that was judged.
    Check(Box<Check>),
    /// A point in time.
    Mark(String, u32),
}

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its title.
    pub title: String,
    /// Its line.
    pub line: u32,
    /// Its verdict; none if it did not end.
    pub verdict: Option<Verdict>,
    /// Why.
    pub reason: Option<String>,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its line.
    pub line: u32,
    /// The file that the line is in, where it is not the scenario's.
    pub file: Option<String>,
    /// Which part of the run it belongs to.
    pub phase: Phase,
    /// The branch or job.
    pub branch: String,
    /// Its attempts, at least one.
    pub attempts: Vec<Attempt>,
}

impl Step {
    /// The attempt that counts.
    pub fn last(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// It failed, and nothing caught that.
    pub fn has_failed(&self) -> bool {
        self.last().is_some_and(Attempt::has_failed)
    }
}

/// An attempt of a step.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The number that events know it by.
    pub step: u64,
    /// Which attempt it is, from 1.
    pub number: u32,
    /// The words.
    pub command: Vec<String>,
    /// What they resolved to.
    pub does: String,
    /// The host; empty for this machine.
    pub host: String,
    /// Its place in its branch.
    pub place: u64,
    /// When it began, in nanoseconds since 1970.
    pub began: i64,
    /// How it ended; none if it did not.
    pub status: Option<Status>,
    /// The exit status of its program.
    pub exit: Option<i64>,
    /// The signal that ended it.
    pub signal: Option<String>,
    /// What it returned.
    pub value: Json,
    /// Why it failed.
    pub error: Option<String>,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// It did not pass, and that is no failure of the scenario.
    pub caught: bool,
    /// What it wrote.
    pub output: Kept,
    /// Lines for the log: level and message.
    pub log: Vec<(String, String)>,
    /// Files that were kept: name, and file in the run's folder.
    pub attached: Vec<(String, String)>,
}

impl Attempt {
    /// It failed, and nothing caught that.
    pub fn has_failed(&self) -> bool {
        let bad = |status| matches!(status, Status::Fail | Status::Error | Status::Timeout);
        !self.caught && self.status.is_some_and(bad)
    }

    /// When it was over, in nanoseconds since 1970; none if it was not.
    pub fn ended(&self) -> Option<i64> {
        let length = i64::try_from(self.micros).unwrap_or(i64::MAX);
        self.status?;
        Some(self.began.saturating_add(length.saturating_mul(1_000)))
    }

    /// It did not pass, whoever caught that.
    pub fn is_bad(&self) -> bool {
        !matches!(self.status, Some(Status::Pass | Status::Cancelled) | None)
    }
}

/// How a status is called.
pub fn status_name(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Pass) => "pass",
        Some(Status::Fail) => "fail",
        Some(Status::Error) => "error",
        Some(Status::Timeout) => "timeout",
        Some(Status::Cancelled) => "cancelled",
        None => "unfinished",
    }
}

/// How a part of a run is called.
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Setup => "setup",
        Phase::Scenario => "scenario",
        Phase::Finally => "finally",
        Phase::Undo => "undo",
    }
}

/// Something that was judged.
#[derive(Clone, Debug)]
pub struct Check {
    /// `assert`, `check`, `wait`, `always`, ….
    pub kind: String,
    /// The line.
    pub line: u32,
    /// The file that the line is in, where it is not the scenario's.
    pub file: Option<String>,
    /// The expression as written.
    pub expression: String,
    /// Whether it holds; none if it could not be judged.
    pub holds: Option<bool>,
    /// The values of the names in it.
    pub values: Json,
    /// The failure's message.
    pub message: Option<String>,
    /// The line that was running, for a watch.
    pub during: Option<u32>,
    /// The branch.
    pub branch: String,
    /// It did not hold, and that is no failure of the scenario: it was tried again, or caught.
    pub caught: bool,
}

impl Check {
    /// Its keyword and expression, as it was written or nearly so.
    pub fn text(&self) -> String {
        judged_text(&self.kind, &self.expression)
    }

    /// It did not hold, or could not be judged, and that counts.
    pub fn has_failed(&self) -> bool {
        self.holds != Some(true) && !self.caught
    }

    /// It is a watch, which is judged beside whatever runs.
    pub fn is_watch(&self) -> bool {
        is_watch(&self.kind)
    }

    /// It took its time.
    pub fn is_wait(&self) -> bool {
        is_wait(&self.kind)
    }
}

/// What was judged with its keyword, as it was written or nearly so.
pub fn judged_text(kind: &str, expression: &str) -> String {
    // What watches and waits are named by may begin with their keyword already.
    match expression.strip_prefix(kind) {
        Some(rest) if rest.starts_with(' ') => expression.to_owned(),
        _ => format!("{kind} {expression}"),
    }
}

/// Whether what is judged under that keyword is judged beside whatever runs.
pub fn is_watch(kind: &str) -> bool {
    matches!(kind, "always" | "never" | "eventually")
}

/// Whether it takes its time.
pub fn is_wait(kind: &str) -> bool {
    matches!(kind, "wait" | "hold")
}

/// Something that was owed.
#[derive(Clone, Debug)]
pub struct Undo {
    /// The step that it undoes, or the number of its own.
    pub step: u64,
    /// Its words.
    pub command: Vec<String>,
    /// It is no longer owed.
    pub done: bool,
}
