//! What a command is to the interpreter: a signature, and an effect that can be asked for.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use scn_protocol::component::Component;
use scn_protocol::words::spelled;
use scn_protocol::{Map, Signature, Status, Stream, Value};

/// A command that scenarios can use. The standard library's, a plug-in's and an embedding
/// program's are all the same to the interpreter.
pub trait Command {
    /// What it says of itself. Words are counted, typed and bound by it before the run.
    fn signature(&self) -> &Signature;

    /// What this call would do, in one line, for `scn plan` and the journal. What is not
    /// known before the run stands in a word as a [`mark`](scn_protocol::words::mark).
    fn does(&self, words: &[String]) -> String {
        let name = self.signature().name.clone();
        let words = std::iter::once(&name).chain(words);
        spelled(&words.collect::<Vec<_>>())
    }

    /// The program that a call with these words starts, where one of them is its name: for
    /// `scn plan`, which says where it lies.
    fn program<'w>(&self, words: &'w [String]) -> Option<&'w str> {
        let _ = words;
        None
    }

    /// What is done to the components among its words: for `scn plan`, which says how.
    fn acts(&self) -> &'static [Act] {
        &[]
    }

    /// What is wrong with its words, beyond what its signature says of them. A word that is known only
    /// in the run is `None`.
    fn misused(&self, words: &[Option<Cow<'_, str>>]) -> Option<Misused> {
        let _ = words;
        None
    }

    /// Does it. The future is polled on one thread, and may be dropped at any await unless
    /// [`Command::ends_itself`] says otherwise.
    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome>;

    /// It heeds [`Context::cancelled`] and is waited for, because what it started has to be
    /// ended; otherwise its future is dropped when the step is cancelled or its time is up.
    fn ends_itself(&self) -> bool {
        false
    }

    /// It starts a program for each call: where an error comes without an exit status and without
    /// a signal, that could not be started, and what undoes it is not owed. A command that can tell
    /// calls [`Context::not_started`] instead.
    fn starts_program(&self) -> bool {
        self.ends_itself()
    }

    /// The name by which it is found even where another command has its name: `PLUGIN.NAME`.
    fn full_name(&self) -> String {
        self.signature().name.clone()
    }

    /// The command line that undoes it, or one name: it begins with that command's full name. Its signature has it
    /// as it was declared.
    fn undone_by(&self) -> Option<String> {
        self.signature().undo.clone()
    }

    /// The time that one attempt may take unless the scenario gives it another, in nanoseconds.
    fn timeout(&self) -> Option<i64> {
        None
    }

    /// The names of the secrets that it was granted.
    fn secrets(&self) -> &[String] {
        &[]
    }
}

/// What a command does to a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Something to its process, however that is found.
    Signal,
    /// Starts it, and waits until it is ready.
    Start,
    /// Stops it as it says.
    Stop,
}

/// A word that a command cannot do anything with: found before the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misused {
    /// Which word, from 0.
    pub word: usize,
    /// Why, for a person.
    pub reason: String,
    /// The words that could stand there; one that is close is suggested.
    pub known: Vec<String>,
}

/// The words of one call, bound to the signature's parameters.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// A value for each parameter in their order, defaults filled in.
    pub args: Vec<Value>,
    /// The words beyond them, where the signature takes any.
    pub rest: Vec<Value>,
    /// What `input` gives it.
    pub input: Option<Value>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// What it returned; `None` leaves its standard output as the value.
    pub value: Option<Value>,
    /// The exit status, where it was a program that ended by itself.
    pub exit: Option<i64>,
    /// The signal that ended it, such as `KILL`.
    pub signal: Option<String>,
    /// Why it did not pass: a reason for a person, on one line.
    pub error: Option<String>,
}

impl Outcome {
    /// It passed, and returned `value`.
    pub fn pass(value: impl Into<Value>) -> Self {
        Self {
            status: Status::Pass,
            value: Some(value.into()),
            exit: None,
            signal: None,
            error: None,
        }
    }

    /// The system under test did not do what was asked of it.
    pub fn fail(reason: impl Into<String>) -> Self {
        Self {
            status: Status::Fail,
            value: Some(Value::None),
            exit: None,
            signal: None,
            error: Some(reason.into()),
        }
    }

    /// It could not be done, which says nothing of the system under test.
    pub fn error(reason: impl Into<String>) -> Self {
        Self {
            status: Status::Error,
            ..Self::fail(reason)
        }
    }

    /// The same, with a value beside the reason.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<Value>) -> Self {
        self.value = Some(value.into());
        self
    }
}

/// What a command can reach while it runs.
pub trait Context {
    /// What the command writes, in order and whole; it is recorded, and is the step's
    /// `stdout` or `stderr`. Fails if the record cannot be written, which ends the run.
    fn output(&self, stream: Stream, bytes: &[u8]) -> io::Result<()>;

    /// What the scenario says: an `echo`.
    fn say(&self, text: &str);

    /// A line for the log, `level` being `debug`, `info`, `warning` or `error`.
    fn log(&self, level: &str, message: &str);

    /// A metric of a component.
    fn metric(&self, subject: &str, name: &str, value: Value);

    /// An event of a component.
    fn event(&self, subject: &str, message: &str, data: Map);

    /// Keeps a copy of a file with the run; gives the name under which it is kept.
    fn attach(&self, path: &Path, name: &str) -> io::Result<String>;

    /// A program was started for this step: recorded, so that it can be ended even if the
    /// runner is killed, and seen as a job's `.pid`. `ticks` is when its process began, in clock
    /// ticks since the machine's start, which tells it from a later one of that number; 0 if it
    /// was gone before that could be seen.
    fn started(&self, pid: u32, ticks: u64);

    /// A program of this step goes on when this one is killed, to be found again by whoever takes up the
    /// run: a background job's. False unless implemented.
    fn outlives(&self) -> bool {
        false
    }

    /// Completes when the step is to end: it was cancelled, its time is up, or the run is
    /// interrupted. What it says is only where to put the blame.
    fn cancelled(&self) -> LocalBoxFuture<'static, ()>;

    /// How long until the step's time is up; `None` if nothing limits it, or unless implemented.
    fn time_left(&self) -> Option<Duration> {
        None
    }

    /// Nothing was done, as it could not even be begun: what undoes the step is not owed.
    fn not_started(&self) {}

    /// The scenario itself is over: what is done now is its `finally`, or owed. False unless implemented.
    fn is_cleaning_up(&self) -> bool {
        false
    }

    /// The same, to be kept beyond the step: for what does several steps' work and has more to say
    /// of one that is over. What it is told is the step's still. `None` unless implemented.
    fn detached(&self) -> Option<Rc<dyn Context>> {
        None
    }

    /// The folder in which steps work, and to which relative paths belong.
    fn root(&self) -> &Path;

    /// The run's name.
    fn run(&self) -> &str;

    /// The step's number.
    fn step(&self) -> u64;

    /// The host that `on` named; empty for this machine.
    fn host(&self) -> &str;

    /// Names to be taken out of a program's environment: secrets that it was not granted.
    fn hidden_variables(&self) -> Vec<String>;

    /// A secret that this command was granted, or nothing.
    fn secret(&self, name: &str) -> Option<Value>;

    /// The component of that name (`Server[1]` for a member of a family).
    fn component(&self, name: &str) -> Option<Rc<Component>>;

    /// The members of a family, in order; empty if there is no such family.
    fn family(&self, name: &str) -> Vec<Rc<Component>>;

    /// The process id of a background job that runs, and says that the scenario itself is
    /// about to end it, so that its end is no failure. `None` if no such job runs.
    fn ending_job(&self, name: &str) -> Option<u32>;

    /// Ends a background job that runs and has no process of its own, as `cancel` does: a step of the
    /// scenario's own, or a command that starts no program. Gives whether there was one, once it has ended. None
    /// unless implemented.
    fn end_job<'a>(&'a self, name: &'a str) -> LocalBoxFuture<'a, bool> {
        let _ = name;
        Box::pin(std::future::ready(false))
    }

    /// Whether a background job of that name runs. False unless implemented.
    fn job_runs(&self, name: &str) -> bool {
        let _ = name;
        false
    }

    /// The scenario itself is about to end this process: if it is that of a background job, its
    /// end is no failure. Does nothing unless implemented.
    fn ending_process(&self, pid: u32) {
        let _ = pid;
    }
}
