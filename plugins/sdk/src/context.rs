//! What a function can reach while it is called.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::convert::IntoValue;
use crate::error::{Error, Result};
use crate::shim;
use crate::testing::Recorder;
use crate::value::{Map, Value};

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For who looks for a mistake.
    Debug,
    /// For who wants to know.
    Info,
    /// Something may be wrong.
    Warning,
    /// Something is wrong.
    Error,
}

/// What a step writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What a function can reach while it is called; from several threads too, as long as it has not
/// returned.
pub struct Context {
    pub(crate) reach: Reach,
    pub(crate) input: Option<Value>,
    pub(crate) run: String,
    pub(crate) step: u64,
}

/// Who is on the other side.
pub(crate) enum Reach {
    Scn(shim::Scn),
    Test(Arc<Recorder>),
}

impl Context {
    /// A line for the log.
    pub fn log(&self, level: Level, message: impl Into<String>) {
        let message = message.into();
        match &self.reach {
            Reach::Scn(scn) => scn.log(level, &message),
            Reach::Test(recorder) => recorder.change(|said| said.logs.push((level, message))),
        }
    }

    /// A line for the log, for who wants to know.
    pub fn info(&self, message: impl Into<String>) {
        self.log(Level::Info, message);
    }

    /// A line for the log: something may be wrong.
    pub fn warning(&self, message: impl Into<String>) {
        self.log(Level::Warning, message);
    }

    /// A metric of a component: `subject` is its name in the environment, or `System`. A
    /// [`Duration`] or a [`Size`](crate::Size) says its unit itself.
    pub fn metric(&self, subject: &str, name: &str, value: impl IntoValue) {
        let value = value.into_value();
        match &self.reach {
            Reach::Scn(scn) => scn.metric(subject, name, &value),
            Reach::Test(recorder) => {
                let metric = (subject.to_owned(), name.to_owned(), value);
                recorder.change(|said| said.metrics.push(metric));
            }
        }
    }

    /// An event of a component, with data: for `wait event` and watches.
    pub fn event(&self, subject: &str, message: &str, data: Map) {
        match &self.reach {
            Reach::Scn(scn) => scn.event(subject, message, data),
            Reach::Test(recorder) => {
                let event = (subject.to_owned(), message.to_owned(), data);
                recorder.change(|said| said.events.push(event));
            }
        }
    }

    /// What the step writes; all of it is kept, in order.
    ///
    /// # Errors
    /// If nobody can take it.
    pub fn output(&self, stream: Stream, bytes: impl AsRef<[u8]>) -> Result<()> {
        let bytes = bytes.as_ref();
        match &self.reach {
            Reach::Scn(scn) if scn.output(stream, bytes) => Ok(()),
            Reach::Scn(_) => Err(Error::plugin("what the step writes cannot be taken")),
            Reach::Test(recorder) => {
                recorder.change(|said| match stream {
                    Stream::Stdout => said.stdout.extend_from_slice(bytes),
                    Stream::Stderr => said.stderr.extend_from_slice(bytes),
                });
                Ok(())
            }
        }
    }

    /// A secret that the environment granted to the plug-in. It must not be logged.
    ///
    /// # Errors
    /// If it was not granted, the environment's fault.
    pub fn secret(&self, name: &str) -> Result<String> {
        let found = match &self.reach {
            Reach::Scn(scn) => scn.secret(name),
            Reach::Test(recorder) => recorder.secrets.get(name).cloned(),
        };
        let lacking = || format!("the secret `{name}` is not granted to the plug-in");
        found.ok_or_else(|| Error::environment(lacking()))
    }

    /// Whether the call is to end soon, because its time is up or nobody wants its result any
    /// more: it then has 5 s to return.
    pub fn is_cancelled(&self) -> bool {
        match &self.reach {
            Reach::Scn(scn) => scn.is_cancelled(),
            Reach::Test(recorder) => recorder.cancelled || self.time_left() == Some(Duration::ZERO),
        }
    }

    /// How long until it is cancelled because its time is up; none if nothing limits it.
    pub fn time_left(&self) -> Option<Duration> {
        match &self.reach {
            Reach::Scn(scn) => scn.time_left(),
            Reach::Test(recorder) => {
                let left = |until: Instant| until.saturating_duration_since(Instant::now());
                recorder.until.map(left)
            }
        }
    }

    /// What the scenario's `input` gives.
    pub fn input(&self) -> Option<&Value> {
        self.input.as_ref()
    }

    /// The run's name.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The step's number in it.
    pub fn step(&self) -> u64 {
        self.step
    }
}
