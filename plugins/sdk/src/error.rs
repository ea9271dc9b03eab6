//! Why a command was not done, and whose fault it was.

use std::fmt;

/// What comes of a function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whose fault it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Blame {
    /// The system under test did not do what was asked: the step is a FAIL.
    System,
    /// The plug-in could not do it: an ERROR, as all others.
    #[default]
    Plugin,
    /// What surrounds it is not as it should be: a wrong configuration, an address that nobody
    /// answers at.
    Environment,
    /// The scenario asked for something that makes no sense.
    Scenario,
}

/// Why a command was not done.
///
/// Any other error becomes one by `?`: it is the plug-in's fault then, as it did not say whose.
/// [`Faults`] says so of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Whose fault it was.
    pub blame: Blame,
    /// The reason, for a person.
    pub message: String,
    /// A number of the plug-in's own.
    pub code: i64,
}

impl Error {
    /// That reason, and whose fault.
    pub fn new(blame: Blame, message: impl Into<String>) -> Self {
        Self {
            blame,
            message: message.into(),
            code: 1,
        }
    }

    /// The system under test did not do what was asked: FAIL.
    pub fn system(message: impl Into<String>) -> Self {
        Self::new(Blame::System, message)
    }

    /// The plug-in could not do it: ERROR.
    pub fn plugin(message: impl Into<String>) -> Self {
        Self::new(Blame::Plugin, message)
    }

    /// What surrounds it is not as it should be: ERROR.
    pub fn environment(message: impl Into<String>) -> Self {
        Self::new(Blame::Environment, message)
    }

    /// What was asked for makes no sense: ERROR.
    pub fn scenario(message: impl Into<String>) -> Self {
        Self::new(Blame::Scenario, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        Self::plugin(told(&error))
    }
}

/// An error with what led to it.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Many say it themselves.
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// Says of a result whose fault an error is.
pub trait Faults<T> {
    /// The system's: FAIL.
    ///
    /// # Errors
    /// The same one.
    fn systems_fault(self) -> Result<T>;

    /// The environment's: ERROR.
    ///
    /// # Errors
    /// The same one.
    fn environments_fault(self) -> Result<T>;

    /// The scenario's: ERROR.
    ///
    /// # Errors
    /// The same one.
    fn scenarios_fault(self) -> Result<T>;
}

impl<T, E: std::error::Error> Faults<T> for Result<T, E> {
    fn systems_fault(self) -> Result<T> {
        self.map_err(|error| Error::system(told(&error)))
    }

    fn environments_fault(self) -> Result<T> {
        self.map_err(|error| Error::environment(told(&error)))
    }

    fn scenarios_fault(self) -> Result<T> {
        self.map_err(|error| Error::scenario(told(&error)))
    }
}
