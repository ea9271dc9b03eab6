//! Environments: what every abstract word means on one system.
//!
//! The TOML is read and validated here into plain declarations. Texts with `#{…}` are
//! [`Template`]s: parsed, not evaluated, because what they name (parameters, attributes,
//! ports) is known only in a run.
//!
//! The way of a file: [`toml`] makes a tree in which everything knows its place; `check`
//! holds it against the one list of keys ([`keys`]), which the JSON Schema ([`schema()`]) is
//! made from too; `read/` makes declarations of it; [`load`] puts files together that extend
//! one another; `links` sees that what is named is there. [`project`] finds the file.

pub mod calendar;
mod check;
pub mod codes;
pub mod keys;
mod links;
mod load;
mod observed;
mod order;
mod pattern;
pub mod project;
mod read;
pub mod schema;
pub mod secret;
pub mod shape;
mod show;
mod signal;
#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests;
pub mod toml;

use std::path::PathBuf;

use indexmap::IndexMap;
use scn_grammar::Span;
use scn_grammar::tree::{Parts, Statement, Step};
use scn_protocol::component::Output;
use scn_protocol::{Param, Value};

pub use calendar::{Schedule, validate_cron};
pub use load::{Loaded, load, load_set};
pub use observed::{Metric, MetricFrom, PERCENTILES};
pub(crate) use order::needs;
pub use project::{LoadedProject, NotFound, Project, available, find};
pub use schema::schema;
pub use secret::{MaskStream, Masker};
pub use show::{Difference, diff, show};

/// One environment, validated.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Its name: the file's without its ending.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// The files that it was put together from, `extends` first.
    pub sources: Vec<Source>,
    /// The project's root: relative paths and the working folder of steps.
    pub root: PathBuf,
    /// `[vars]`, a value where the text holds no `#{…}`. In their order, except that each stands
    /// after those that its text names, so that they can be evaluated one after the other.
    pub vars: IndexMap<String, Setting>,
    /// `[calendar]`
    pub calendar: Option<Calendar>,
    /// `[limits]`
    pub limits: LimitsDeclaration,
    /// `[setup] steps`
    pub setup: Vec<SetupStep>,
    /// `[hosts.NAME]`
    pub hosts: IndexMap<String, HostDeclaration>,
    /// `[components.NAME]`
    pub components: IndexMap<String, ComponentDeclaration>,
    /// `[commands.NAME]`
    pub commands: IndexMap<String, Alias>,
    /// `[plugins.NAME]`, as declared.
    pub plugins: IndexMap<String, PluginDeclaration>,
    /// `[secrets]`
    pub secrets: IndexMap<String, SecretDeclaration>,
    /// What the files say, put together: for [`show`] and [`diff`].
    pub document: toml::Table,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path, as it is shown.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Where something stands in an environment's files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Which of [`Environment::sources`].
    pub source: usize,
    /// Where in it.
    pub span: Span,
}

/// A text with interpolations.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its parts; positions inside are offsets from the start of the text itself.
    pub parts: Parts,
    /// Where the text stands (without its quotes), so that offsets can be added to its start.
    pub place: Place,
}

/// A value of a TOML table which may be a text with interpolations.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A value as it is.
    Value(Value, Place),
    /// A text to be evaluated.
    Template(Template),
    /// A list that holds a text to be evaluated.
    List(Vec<Setting>, Place),
    /// A map that holds a text to be evaluated.
    Map(Vec<(String, Setting)>, Place),
}

impl Template {
    /// Where a part of the text stands in its file: `inner` is an offset into the text, as
    /// the spans of `parts` are. Escapes of the TOML string lie between.
    pub fn locate(&self, sources: &[Source], inner: Span) -> Place {
        let file = sources.get(self.place.source);
        let span = file.map_or(self.place.span, |file| {
            toml::locate_content(&file.text, self.place.span, inner)
        });
        Place { span, ..self.place }
    }
}

impl Setting {
    /// Where it stands.
    pub fn place(&self) -> Place {
        match self {
            Self::Value(_, place) | Self::List(_, place) | Self::Map(_, place) => *place,
            Self::Template(template) => template.place,
        }
    }
}

/// `[calendar]`
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    /// The time zone's name, which exists.
    pub zone: String,
    /// The days that are no business days, `YYYY-MM-DD`, sorted.
    pub holidays: Vec<String>,
}

/// `[limits]`: nothing where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitsDeclaration {
    /// `instructions`
    pub instructions: Option<u64>,
    /// `memory`, in bytes.
    pub memory: Option<u64>,
    /// `steps`
    pub steps: Option<u64>,
    /// `output`, in bytes.
    pub output: Option<u64>,
    /// `step_output`, in bytes.
    pub step_output: Option<u64>,
    /// `processes`
    pub processes: Option<u64>,
}

/// A line of `[setup]`.
#[derive(Clone, Debug)]
pub struct SetupStep {
    /// What it says.
    pub statement: Statement,
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// `[hosts.NAME]`
#[derive(Clone, Debug)]
pub struct HostDeclaration {
    /// How it is reached; neither is so for a host of this machine.
    pub agent: Option<String>,
    /// `user@host`, for SSH.
    pub ssh: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// How a program is declared.
#[derive(Clone, Debug)]
pub struct ProgramDeclaration {
    /// The program and its arguments, or a shell's text.
    pub what: RunOrShell,
    /// `cwd`
    pub cwd: Option<Template>,
    /// `env`
    pub env: Vec<(String, Template)>,
    /// `user`
    pub user: Option<Template>,
    /// Where it stands.
    pub place: Place,
}

/// The two ways to say what is run.
#[derive(Clone, Debug)]
pub enum RunOrShell {
    /// `run = […]`: argv. An element that is exactly `#{*LIST}` is one argument an element.
    Run(Vec<Template>),
    /// `sh = '…'`: a shell's text, taken as it is; words are its `"$1" "$2" …`.
    Shell(String),
}

/// `[components.NAME]`
#[derive(Clone, Debug)]
pub struct ComponentDeclaration {
    /// `host`
    pub host: Option<String>,
    /// `each`: the keys of a family's members.
    pub each: Option<Vec<Value>>,
    /// `attrs`, each after those that its text names.
    pub attrs: IndexMap<String, Setting>,
    /// `process`
    pub process: Option<ProcessDeclaration>,
    /// `start`
    pub start: Option<ProgramDeclaration>,
    /// `stop`
    pub stop: Option<StopDeclaration>,
    /// `ready`
    pub ready: Option<ReadyDeclaration>,
    /// `probe`
    pub probes: Vec<ProbeDeclaration>,
    /// `log`
    pub logs: Vec<LogDeclaration>,
    /// Where its table's name stands.
    pub place: Place,
}

/// `process`
#[derive(Clone, Debug)]
pub enum ProcessDeclaration {
    /// `{ pidfile = "…" }`
    PidFile(Template),
    /// `{ match = "REGEX" }`
    Match(Template),
    /// `{ unit = "…" }`
    Unit(Template),
    /// `{ port = N }`
    Port(Setting),
    /// `{ container = "…" }`
    Container(Template),
}

/// `stop`
#[derive(Clone, Debug)]
pub struct StopDeclaration {
    /// `signal`, checked; or `run`/`sh`.
    pub how: StopHowDeclaration,
    /// `within`, in nanoseconds.
    pub within: i64,
}

/// What `stop` does.
#[derive(Clone, Debug)]
pub enum StopHowDeclaration {
    /// A signal by its name without `SIG`.
    Signal(String),
    /// A program.
    Run(ProgramDeclaration),
}

/// `ready`
#[derive(Clone, Debug)]
pub struct ReadyDeclaration {
    /// What must be so.
    pub when: ReadyWhenDeclaration,
    /// `within`, in nanoseconds; 30 s unless said.
    pub within: i64,
}

/// What must be so for a component to be ready.
#[derive(Clone, Debug)]
pub enum ReadyWhenDeclaration {
    /// `port`
    Port(Setting),
    /// `log`: a regular expression.
    Log(Template),
    /// `run` or `sh`
    Run(ProgramDeclaration),
    /// `http`
    Http(Template),
}

/// An element of `probe`.
#[derive(Clone, Debug)]
pub struct ProbeDeclaration {
    /// What is asked.
    pub ask: ProbeAskDeclaration,
    /// `every`, in nanoseconds; 1 s unless said.
    pub every: i64,
    /// `fields`
    pub fields: Vec<String>,
}

/// What a probe asks.
#[derive(Clone, Debug)]
pub enum ProbeAskDeclaration {
    /// `http`
    Http(Template),
    /// `run` or `sh`, with `result`.
    Run(ProgramDeclaration, Output),
}

/// An element of `log`.
#[derive(Clone, Debug)]
pub struct LogDeclaration {
    /// `path`
    pub path: Template,
    /// `parse`, its regular expressions compiled once to check them.
    pub rules: Vec<scn_protocol::component::LogRule>,
}

/// `[commands.NAME]`: an alias.
#[derive(Clone, Debug)]
pub struct Alias {
    /// `run` or `sh`, `cwd`, `env`, `user`.
    pub program: ProgramDeclaration,
    /// `params`, with their types; absent: any words.
    pub params: Option<AliasParams>,
    /// `background`
    pub background: bool,
    /// `undo`: a command line, which may use `#{args}`, the parameters and `#{result}`.
    pub undo: Option<UndoDeclaration>,
    /// `result`
    pub result: ResultDeclaration,
    /// `on`: a host or a component.
    pub on: Option<String>,
    /// `timeout`, in nanoseconds.
    pub timeout: Option<i64>,
    /// `secrets`: names of `[secrets]` that it is granted.
    pub secrets: Vec<String>,
    /// `help`
    pub help: String,
    /// Where its table's name stands.
    pub place: Place,
}

/// The parameters of an alias.
#[derive(Clone, Debug, PartialEq)]
pub struct AliasParams {
    /// `"id:int"`, `"rate:int=1000"`
    pub params: Vec<Param>,
    /// `"words..."`: takes the rest.
    pub rest: Option<Param>,
}

/// `undo` of an alias.
#[derive(Clone, Debug)]
pub struct UndoDeclaration {
    /// The command line.
    pub step: Step,
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// `result` of an alias.
#[derive(Clone, Debug, PartialEq)]
pub enum ResultDeclaration {
    /// Its standard output, read so.
    Output(Output),
    /// A value for each exit status, and for all others (`else`).
    Statuses(Vec<(i64, Value)>, Option<Value>),
}

/// `[plugins.NAME]`
#[derive(Clone, Debug)]
pub struct PluginDeclaration {
    /// `path` or `program`.
    pub what: PluginWhat,
    /// `isolate`
    pub isolate: bool,
    /// `life = "environment"`
    pub outlives_run: bool,
    /// `config`; where texts in it have `#{…}`, with their values once it is loaded.
    pub config: Value,
    /// The same, if texts in it have `#{…}`, before those are evaluated.
    pub settings: Option<Setting>,
    /// `secrets`
    pub secrets: Vec<String>,
    /// `timeout`: how long one call may take, in nanoseconds.
    pub timeout: Option<i64>,
    /// `memory`: how much each of its processes may take, in bytes.
    pub memory: Option<u64>,
    /// `restarts`: how often in a row it is started again after a crash.
    pub restarts: Option<u32>,
    /// Where its table's name stands.
    pub place: Place,
}

/// The two kinds of plug-in.
#[derive(Clone, Debug)]
pub enum PluginWhat {
    /// A shared library.
    Library(String),
    /// A program that speaks JSON-RPC.
    Program(Vec<String>),
}

/// An element of `[secrets]`.
#[derive(Clone, Debug)]
pub struct SecretDeclaration {
    /// Where it comes from.
    pub from: SecretFrom,
    /// Where it stands.
    pub place: Place,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFrom {
    /// An environment variable.
    Env(String),
    /// A file (its content without the last line end).
    File(String),
    /// What a program prints (without the last line end).
    Command(Vec<String>),
}
