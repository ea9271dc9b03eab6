//! What happens in a run, as the journal has it, one event a line.
//!
//! Readers ignore events and fields that they do not know, so both may be added, and
//! none may change its meaning.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::observation::{LogFile, LogPlace};

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_false(truth: &bool) -> bool {
    !*truth
}

/// The judgement of a scenario, a case or a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// It was not judged, for a reason that is no fault.
    Skip,
    /// The system behaved.
    Pass,
    /// The system did not behave.
    Fail,
    /// It could not be judged.
    Error,
}

impl Verdict {
    /// As it is written everywhere: `PASS`, `FAIL`, `ERROR`, `SKIP`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Skip => "SKIP",
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Error => "ERROR",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It succeeded.
    Pass,
    /// It failed.
    Fail,
    /// It could not be run.
    Error,
    /// Its time was up: a failure.
    Timeout,
    /// It was ended by the scenario, by a failing branch, or by an interrupt.
    Cancelled,
}

/// Why something was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// Its own time was up.
    Timeout,
    /// What was given for all attempts was up.
    Late,
    /// The time of a block around it was up.
    Block,
    /// The line of execution was to end.
    Ended,
}

/// What is to be done with a run whose program is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// To go on from where it was.
    Resume,
    /// Its `finally`, and what is owed.
    Cleanup,
    /// To judge it again, touching nothing.
    Replay,
}

/// Where an output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Which part of a run a step belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The environment's `[setup]`.
    Setup,
    /// The scenario itself.
    #[default]
    Scenario,
    /// Its `finally`.
    Finally,
    /// What was owed.
    Undo,
}

/// Everything that a journal tells.
///
/// Values are tagged JSON ([`crate::json`]) with secrets masked. Steps are numbered from 1
/// within a run; a `branch` is the path of the parallel branch, such as `2` or `2.1`,
/// empty outside of any.
///
/// How an event stands in a line is [`crate::line`]'s to know: serde's own way of putting the
/// name among the fields (`tag`) loses numbers of more than 64 bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "an event is made, written and dropped; it is never kept in great numbers"
)]
pub enum Event {
    /// The first line.
    RunStarted {
        /// The run's name, which is its folder's.
        run: String,
        /// The scenario's title, or its file's name without its ending.
        scenario: String,
        /// The file, as it was named.
        file: String,
        /// The environment's name.
        environment: Option<String>,
        /// What it was given: its `@param`s, and the `[vars]` that were set.
        parameters: Json,
        /// What started it.
        trigger: Json,
        /// Builds, versions, hosts, load.
        conditions: Json,
        /// The version of the tool.
        scn: String,
        /// The `@known` defect: `{"id": …, "until": …}`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        known: Option<Json>,
        /// `@tags`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tags: Vec<String>,
        /// `@covers`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        covers: Vec<String>,
        /// The seed of `random`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seed: Option<u64>,
        /// The process that runs it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pid: Option<u32>,
    },
    /// An attempt of a step begins: written before anything is done.
    StepStarted {
        /// Its number.
        step: u64,
        /// Its line in the scenario (or in the file `file`).
        line: u32,
        /// The words, secrets masked.
        command: Vec<String>,
        /// What it resolved to.
        does: String,
        /// The host; empty for this machine.
        host: String,
        /// From 1.
        attempt: u32,
        /// Which part of the run it belongs to.
        phase: Phase,
        /// The parallel branch or background job.
        branch: String,
        /// Its place in its branch: how many effects that branch had before it.
        #[serde(default)]
        place: u64,
        /// The file, where it is not the scenario's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
    },
    /// A branch of a `parallel` begins.
    BranchStarted {
        /// Its path, such as `2` or `2.1`.
        branch: String,
    },
    /// A program was started for a step (or for a component).
    Started {
        /// The step.
        step: u64,
        /// Its process id.
        pid: u32,
        /// When that process began, in clock ticks since the machine's start: tells it from a later one of that number.
        #[serde(default)]
        ticks: u64,
    },
    /// A step wrote something: exactly one of `text`, `bytes` and `file`.
    Output {
        /// The step.
        step: u64,
        /// Where from.
        stream: Stream,
        /// What it wrote, where it is UTF-8.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// What it wrote, in base64.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<String>,
        /// The file in the run's folder that holds this and all that follows of this stream.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
    },
    /// A step writes nothing more to a stream of which the output is in a file.
    OutputEnded {
        /// The step.
        step: u64,
        /// Where from.
        stream: Stream,
        /// How many bytes that file has: where the machine died, it may have kept fewer.
        size: u64,
    },
    /// An attempt of a step is over.
    StepFinished {
        /// Its number.
        step: u64,
        /// Its line.
        line: u32,
        /// How it ended.
        status: Status,
        /// The exit status of its program.
        exit: Option<i64>,
        /// The signal that ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signal: Option<String>,
        /// What it returned.
        value: Json,
        /// Why it failed.
        error: Option<String>,
        /// How long it took, in microseconds.
        duration_us: u64,
        /// It did not pass, and that is no failure of the scenario: `set`, `try` or `not` before it or
        /// around it, or an attempt after which another one follows.
        #[serde(default, skip_serializing_if = "is_false")]
        caught: bool,
        /// Another attempt follows.
        #[serde(default, skip_serializing_if = "is_false")]
        again: bool,
        /// It was not even begun, and owes nothing.
        #[serde(default, skip_serializing_if = "is_false")]
        unstarted: bool,
        /// Its end was not seen, because the run's program was gone; this was written by what took
        /// the run up again.
        #[serde(default, skip_serializing_if = "is_false")]
        torn: bool,
    },
    /// An `echo`.
    Said {
        /// The line, without its end.
        text: String,
    },
    /// `set NAME COMMAND`.
    Assigned {
        /// The variable.
        name: String,
        /// Its value.
        value: Json,
        /// The line.
        line: u32,
    },
    /// Something was judged.
    Checked {
        /// `assert`, `check`, `require`, `always`, `never`, `eventually`, `wait`, `hold`.
        kind: String,
        /// The line.
        line: u32,
        /// The file that the line is in, where it is not the scenario's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// The expression as written.
        expression: String,
        /// Whether it holds; none if it could not be judged.
        holds: Option<bool>,
        /// The values of the names in it.
        values: Json,
        /// The failure's message, where it does not hold.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The line that was running, for a watch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        during: Option<u32>,
        /// Of a watch: how many its branch had before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        watch: Option<u64>,
        /// The branch.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        branch: String,
        /// It does not hold, and that is no failure of the scenario: something around it takes care of
        /// that, or another attempt follows.
        #[serde(default, skip_serializing_if = "is_false")]
        caught: bool,
    },
    /// A line for the log.
    Logged {
        /// The step.
        step: u64,
        /// `debug`, `info`, `warning`, `error`.
        level: String,
        /// The message.
        message: String,
    },
    /// `mark NAME`.
    Marked {
        /// Its name.
        name: String,
        /// The line.
        line: u32,
    },
    /// A file was kept.
    Attached {
        /// The step.
        step: u64,
        /// Its name.
        name: String,
        /// The file in the run's folder.
        file: String,
    },
    /// A case begins.
    CaseStarted {
        /// Its title.
        case: String,
        /// Its line.
        line: u32,
        /// The branch.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        branch: String,
    },
    /// A case is over.
    CaseFinished {
        /// Its title.
        case: String,
        /// Its line.
        line: u32,
        /// Its verdict.
        verdict: Verdict,
        /// Why.
        reason: Option<String>,
        /// The branch.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        branch: String,
    },
    /// Something reported metrics.
    Observed {
        /// The component.
        subject: String,
        /// The metrics by name.
        metrics: Json,
        /// The host.
        host: String,
        /// Where it was read, if it was read in a log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read: Option<LogPlace>,
    },
    /// An event was seen.
    Happened {
        /// The component.
        subject: String,
        /// What it said.
        message: String,
        /// What came with it.
        data: Json,
        /// The host.
        host: String,
        /// Where it was read, if it was read in a log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read: Option<LogPlace>,
    },
    /// A file of a component's log is followed from here on, or was read this far without anything to tell: so
    /// whoever takes up the run can go on reading there.
    LogFollowed {
        /// The component.
        subject: String,
        /// From where.
        from: LogPlace,
        /// The file; none if there is none at the log's path yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<LogFile>,
        /// It goes on where the record had stopped.
        #[serde(default, skip_serializing_if = "is_false")]
        on: bool,
    },
    /// A file that a log had is read to its end; another one has taken its place.
    LogLeft {
        /// The component.
        subject: String,
        /// Which of the component's logs, from 0.
        log: u32,
        /// Which of the files that the log has had, from 0.
        file: u64,
    },
    /// Something that looks outside was read: an answer to be given again on resuming.
    LookedUp {
        /// What was read: a function's name, or `COMPONENT.FIELD`.
        what: String,
        /// The answer.
        value: Json,
        /// Why there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// The branch that read it.
        branch: String,
        /// How many effects that branch had before.
        place: u64,
    },
    /// What a `wait` or a `hold` is about did not end it at once, a job that is awaited still runs, or the
    /// end of a block waits for an `eventually`: from here on it waits.
    Waiting {
        /// The line.
        line: u32,
        /// The file that the line is in, where it is not the scenario's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// What for.
        what: String,
        /// For how long at most, in microseconds, if that is limited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within_us: Option<u64>,
        /// The branch.
        branch: String,
    },
    /// A wait is over.
    Waited {
        /// The line.
        line: u32,
        /// The file that the line is in, where it is not the scenario's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// What for.
        what: String,
        /// Whether it came.
        outcome: bool,
        /// How it ended: `fail` where its own time was up, `timeout` where that of a block around it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<Status>,
        /// What came: the event.
        #[serde(default, skip_serializing_if = "Json::is_null")]
        value: Json,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// Of a `timeout`: the region whose time was up, counted from the outermost.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<u64>,
        /// It did not come, and that is no failure of the scenario.
        #[serde(default, skip_serializing_if = "is_false")]
        caught: bool,
        /// The branch.
        branch: String,
        /// How many effects that branch had before.
        place: u64,
    },
    /// What a line of execution did was cut short.
    Cut {
        /// The line of execution.
        branch: String,
        /// How many times it could have been, before.
        number: u64,
        /// Why.
        why: Why,
        /// Of a `block`: the region whose time was up, counted from the outermost.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<u64>,
    },
    /// Something was typed at a prompt while the run was paused, and is done from here on.
    Entered {
        /// It: statements; `= ` and an expression; or a command of the debugger, such as `:retry`.
        text: String,
        /// Its first line, counted in all that was typed.
        line: u32,
        /// The line of execution that was paused.
        branch: String,
        /// At which of the places at which that could have been paused, from 0.
        stop: u64,
        /// The frame in which it was run, from the innermost.
        #[serde(default, skip_serializing_if = "is_zero")]
        frame: u64,
    },
    /// The scenario was ended from outside of it: by an interrupt, by a limit, or because the program
    /// that ran it was gone and it is only cleaned up after.
    Stopped {
        /// Why, for a person.
        reason: String,
        /// By a limit of the run. One that `finally` or an undo reached has ended that alone.
        #[serde(default, skip_serializing_if = "is_false")]
        limit: bool,
    },
    /// The program that ran it was gone; another one goes on with it from here.
    RunResumed {
        /// What it is to do.
        purpose: Purpose,
        /// The process that runs it now.
        pid: u32,
        /// The version of the tool.
        scn: String,
    },
    /// The machine's time of day was set while the run went on: `at` has made a leap that is no time in
    /// which anything was done.
    ClockSet {
        /// By so much, in microseconds; back if it is negative.
        by_us: i64,
    },
    /// From here on something is owed. Synced before its step starts.
    UndoOwed {
        /// The step that it undoes; the number of the undo itself where it is a `defer`.
        step: u64,
        /// The undo's words, secrets masked.
        command: Vec<String>,
        /// Of a `defer`: the branch or the background job in which it stands; empty outside of any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branch: Option<String>,
    },
    /// It is no longer owed.
    UndoDone {
        /// The step it belonged to.
        step: u64,
        /// The undo's words.
        command: Vec<String>,
    },
    /// The scenario is judged.
    Verdict {
        /// The judgement.
        verdict: Verdict,
        /// Why.
        reason: Option<String>,
        /// The line that decided it.
        line: Option<u32>,
        /// The file that the line is in, where it is not the scenario's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
    },
    /// The last line.
    RunFinished {
        /// The judgement.
        verdict: Verdict,
        /// How many steps were begun; attempts of one are not counted by themselves.
        steps: u64,
        /// How many of them failed, each with its last attempt.
        failed: u64,
        /// How long it all took, in microseconds.
        duration_us: u64,
    },
    /// An event that this version does not know.
    #[serde(other)]
    Unknown,
}
