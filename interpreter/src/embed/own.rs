//! Closures and async functions as commands.

use futures_util::future::LocalBoxFuture;
use scn_protocol::{Signature, Value};
use serde::de::DeserializeOwned;

use super::values::from_value;
use crate::command::{Call, Command, Context, Outcome};

/// What a command was called with, and what it can reach while it runs.
pub struct Arguments<'c> {
    signature: &'c Signature,
    call: Call,
    context: &'c dyn Context,
}

impl<'c> Arguments<'c> {
    /// The value of a parameter; `none` if the signature has none of that name.
    pub fn value(&self, name: &str) -> &Value {
        static NONE: Value = Value::None;
        let at = self
            .signature
            .params
            .iter()
            .position(|param| param.name == name);
        at.and_then(|at| self.call.args.get(at)).unwrap_or(&NONE)
    }

    /// The value of a parameter as any type that serde can read.
    ///
    /// # Errors
    /// If it is of another type, with the parameter's name.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T, String> {
        from_value(self.value(name)).map_err(|reason| format!("{name}: {reason}"))
    }

    /// The words beyond the parameters.
    pub fn rest(&self) -> &[Value] {
        &self.call.rest
    }

    /// What `input` gives.
    pub fn input(&self) -> Option<&Value> {
        self.call.input.as_ref()
    }

    /// The scenario says a line: an `echo`.
    pub fn say(&self, text: &str) {
        self.context.say(text);
    }

    /// Everything else that a command can reach.
    pub fn context(&self) -> &'c dyn Context {
        self.context
    }
}

/// What a command may give back.
pub trait IntoOutcome {
    /// The same, as how the step ended.
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for Outcome {
    fn into_outcome(self) -> Outcome {
        self
    }
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Outcome {
        Outcome::pass(Value::None)
    }
}

macro_rules! passes {
    ($($kind:ty),*) => {$(
        impl IntoOutcome for $kind {
            fn into_outcome(self) -> Outcome {
                Outcome::pass(self)
            }
        }
    )*};
}

passes!(Value, bool, i64, String, &str);

/// The error is why the step is an ERROR; for a FAIL give [`Outcome::fail`].
impl<T: IntoOutcome> IntoOutcome for Result<T, String> {
    fn into_outcome(self) -> Outcome {
        match self {
            Ok(given) => given.into_outcome(),
            Err(reason) => Outcome::error(reason),
        }
    }
}

/// An async function as a command.
pub(super) struct Own<F> {
    signature: Signature,
    code: F,
}

impl<F> Own<F> {
    pub fn new(signature: Signature, code: F) -> Self {
        Self { signature, code }
    }
}

impl<F, R> Command for Own<F>
where
    F: AsyncFn(Arguments<'_>) -> R,
    R: IntoOutcome,
{
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        let signature = &self.signature;
        Box::pin(async move {
            let arguments = Arguments {
                signature,
                call,
                context,
            };
            (self.code)(arguments).await.into_outcome()
        })
    }
}
