//! What is to be known of a component to start, end, find and watch it: plain data, every
//! interpolation done, every path absolute.

use std::path::PathBuf;

use crate::collection::Map;

/// A part of the system under test, on one host.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Component {
    /// Its name; `Server[1]` for a member of a family.
    pub name: String,
    /// The host's name in the environment; empty for this machine.
    pub host: String,
    /// Its attributes.
    pub attrs: Map,
    /// How its process is found. Without it, it is the one that `start` started.
    pub process: Option<Process>,
    /// How it is started.
    pub start: Option<Program>,
    /// How it is stopped; TERM, within 10 s, unless said.
    pub stop: Option<Stop>,
    /// When it is ready after a start.
    pub ready: Option<Ready>,
    /// What is asked of it now and then.
    pub probes: Vec<Probe>,
    /// The logs that it writes.
    pub logs: Vec<Log>,
}

/// How a component's process is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Process {
    /// Its id is the first line of this file.
    PidFile(PathBuf),
    /// Its command line matches this regular expression.
    Match(String),
    /// A systemd unit.
    Unit(String),
    /// It listens on this TCP port.
    Port(u16),
    /// A container's name.
    Container(String),
}

/// A program to start.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Program {
    /// The program and its arguments, never read by a shell.
    pub argv: Vec<Vec<u8>>,
    /// Its working folder.
    pub cwd: PathBuf,
    /// Set in its environment beside what it inherits.
    pub env: Vec<(String, Vec<u8>)>,
    /// Taken out of its environment: names of secrets that it was not granted.
    pub env_remove: Vec<String>,
    /// The user that it runs as; the runner's own unless said.
    pub user: Option<String>,
    /// Its standard input; empty unless said.
    pub input: Option<Vec<u8>>,
}

/// How a component is stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// What is done: a signal's name such as `TERM`, or a program.
    pub how: StopHow,
    /// How long it may take before it is killed, in nanoseconds.
    pub within: i64,
}

/// What is done to stop a component.
#[derive(Clone, Debug, PartialEq)]
pub enum StopHow {
    /// A signal, by its name without `SIG`.
    Signal(String),
    /// A program.
    Run(Program),
}

/// When a component is ready.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    /// What must be so.
    pub when: ReadyWhen,
    /// How long that may take, in nanoseconds.
    pub within: i64,
}

/// What must be so for a component to be ready.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadyWhen {
    /// This TCP port of its host accepts a connection.
    Port(u16),
    /// A line of one of its logs, written since the start, matches this regular expression.
    Log(String),
    /// This program succeeds.
    Run(Program),
    /// This URL answers with a status of 200 to 299.
    Http(String),
}

/// What is asked of a component now and then; the answers are its metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// What is asked.
    pub ask: ProbeAsk,
    /// The time between two answers, in nanoseconds; 1 s unless said.
    pub every: i64,
    /// The fields that are kept (dots lead into maps); all unless said.
    pub fields: Vec<String>,
}

/// What a probe asks.
#[derive(Clone, Debug, PartialEq)]
pub enum ProbeAsk {
    /// A URL that answers with a JSON object.
    Http(String),
    /// A program, and how its output is read.
    Run(Program, Output),
}

/// How a program's standard output is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Output {
    /// As text, without its last line end.
    #[default]
    Text,
    /// As a whole number.
    Int,
    /// As a decimal.
    Decimal,
    /// As JSON.
    Json,
    /// As a list of its lines.
    Lines,
}

/// A log of a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// The file.
    pub path: PathBuf,
    /// What is read out of its lines; each rule is tried on each line.
    pub rules: Vec<LogRule>,
}

/// What is read out of a log's line. Named groups are metrics (states, numbers), except that
/// with `event` they are the event's data.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LogRule {
    /// The regular expression.
    pub regex: String,
    /// The unit of the numbers: a time's, a size's, or `%`.
    pub unit: Option<String>,
    /// Percentiles are kept: `.p50 .p90 .p95 .p99 .p999 .min .max .avg .count`.
    pub percentiles: bool,
    /// The message of the event that the line is, with `#{group}`; the whole line for an empty text.
    pub event: Option<String>,
}
