//! The arguments of a call, taken in the order in which the signature declares them.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use scn_interpreter::{Context, Outcome};
use scn_protocol::Value;
use scn_protocol::value::MASK;

/// What is left of a call's arguments. Each method takes the next one; `name` is its
/// parameter's, for the error that says that the value is of the wrong kind.
pub(crate) struct Args(std::vec::IntoIter<Value>);

impl Args {
    pub(crate) fn new(args: Vec<Value>) -> Self {
        Self(args.into_iter())
    }

    /// The next argument as it is, without the wrapping of a secret.
    pub(crate) fn value(&mut self) -> Value {
        let value = self.0.next().unwrap_or_default();
        match value.reveal() {
            Value::Result(result) => result.value.reveal().clone(),
            other => other.clone(),
        }
    }

    /// A text: what any value reads as.
    pub(crate) fn text(&mut self) -> String {
        self.value().to_text().into_owned()
    }

    /// A text, or none.
    pub(crate) fn optional_text(&mut self) -> Option<String> {
        match self.value() {
            Value::None => None,
            value => Some(value.to_text().into_owned()),
        }
    }

    /// A path, relative to the folder in which steps work.
    pub(crate) fn path(&mut self, context: &dyn Context) -> PathBuf {
        path_of(&self.value(), context)
    }

    /// true or false.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, Outcome> {
        match self.value() {
            Value::Bool(truth) => Ok(truth),
            other => Err(wrong(name, "true or false", &other)),
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn count(&mut self, name: &str) -> Result<u32, Outcome> {
        match self.value() {
            Value::Int(number) => u32::try_from(number).map_err(|_| {
                Outcome::error(format!(
                    "`{name}` is a number from 0 to {}, not {number}",
                    u32::MAX
                ))
            }),
            other => Err(wrong(name, "a whole number", &other)),
        }
    }

    /// A time that is not negative.
    pub(crate) fn duration(&mut self, name: &str) -> Result<Duration, Outcome> {
        match self.value() {
            Value::Duration(nanos) => u64::try_from(nanos)
                .map(Duration::from_nanos)
                .map_err(|_| Outcome::error(format!("`{name}` cannot be negative"))),
            other => Err(wrong(name, "a time", &other)),
        }
    }
}

/// The path that a value names, relative to the folder in which steps work.
pub(crate) fn path_of(value: &Value, context: &dyn Context) -> PathBuf {
    context.root().join(OsStr::from_bytes(&value.to_raw()))
}

/// Words joined by blanks, as `echo` has them.
pub(crate) fn joined(words: &[Value]) -> String {
    let texts: Vec<Cow<'_, str>> = words.iter().map(Value::to_text).collect();
    texts.join(" ")
}

/// The same as it is said: without the secrets among them, however short they are.
pub(crate) fn said(words: &[Value]) -> String {
    let text = |word| match word {
        &Value::Secret(_) => Cow::Borrowed(MASK),
        word => word.to_text(),
    };
    let texts: Vec<Cow<'_, str>> = words.iter().map(text).collect();
    texts.join(" ")
}

fn wrong(name: &str, what: &str, value: &Value) -> Outcome {
    Outcome::error(format!("`{name}` is {what}, not {}", value.kind()))
}
