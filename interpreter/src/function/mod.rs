//! The functions of expressions.
//!
//! Each declares itself whole, as a [`Function`]: name, signature, help, argument kinds,
//! examples and code stand together in the file of its family. To add one, write it there and
//! name it in [`FUNCTIONS`]; help, completion, the checker and the tests come from that list.
//!
//! A function gets plain values: [`call`] has taken secrets and results off them, and makes a
//! secret of what was computed from one.

mod args;
mod collection;
mod convert;
mod kind;
mod number;
mod outside;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;
use std::io;

use scn_protocol::Value;

use crate::ops;

pub use self::kind::Kind;

/// What a function says of itself, and its code.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// How it is called, parameters in capitals: `split(TEXT [, SEPARATOR])`.
    pub signature: &'static str,
    /// What it gives; the first sentence stands alone in lists.
    pub help: &'static str,
    /// The kinds of its arguments in their order; where it takes more, the last is theirs.
    pub params: &'static [Kind],
    /// At least so many arguments.
    pub least: usize,
    /// At most so many; any number if there is none.
    pub most: Option<usize>,
    /// The kind of what it gives.
    pub returns: Kind,
    /// Of a list or a map it gives elements as they are, or counts them: each secret among
    /// them is still in its own wrapping, and nothing else becomes one.
    pub keeps_parts: bool,
    /// It looks outside: what it gave is recorded in the run's journal, and a condition that
    /// calls it is polled.
    pub outside: bool,
    /// Expressions and the text of their values. What looks outside shows only what holds
    /// anywhere.
    pub examples: &'static [(&'static str, &'static str)],
    /// The code. Its error is the reason alone; [`call`] adds the function and its arguments.
    pub call: fn(&[Value], &mut dyn Outside) -> Result<Value, String>,
}

impl Function {
    /// The kind of the argument of that number from 0; none where it takes no such argument.
    pub fn param(&self, at: usize) -> Option<Kind> {
        if self.most.is_some_and(|most| at >= most) {
            return None;
        }
        self.params.get(at).or(self.params.last()).copied()
    }

    /// Why it cannot be called with that many arguments; nothing if it can.
    pub fn arity_error(&self, given: usize) -> Option<String> {
        let wanted = arity_wanted(self.least, self.most, given)?;
        Some(format!("{} takes {wanted}: {}", self.name, self.signature))
    }
}

/// How many arguments are wanted instead of `given`; nothing if it may be so many.
fn arity_wanted(least: usize, most: Option<usize>, given: usize) -> Option<String> {
    if given >= least && most.is_none_or(|most| given <= most) {
        return None;
    }
    let wanted = match (least, most) {
        (0, Some(0)) => "no argument".to_owned(),
        (1, Some(1)) => "one argument".to_owned(),
        (least, Some(most)) if least == most => format!("{least} arguments"),
        (least, Some(most)) => format!("{least} to {most} arguments"),
        (1, None) => "one argument or more".to_owned(),
        (least, None) => format!("{least} arguments or more"),
    };
    let got = match given {
        0 => "none".to_owned(),
        given => given.to_string(),
    };
    Some(format!("{wanted}, not {got}"))
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signature)
    }
}

/// A function of the program that the interpreter is part of.
pub struct OwnFunction {
    /// Its name.
    pub name: String,
    /// At least so many arguments.
    pub least: usize,
    /// At most so many; any number if there is none.
    pub most: Option<usize>,
    code: Box<OwnCode>,
}

/// What an own function does; its error is the reason alone.
pub type OwnCode = dyn Fn(&[Value]) -> Result<Value, String>;

impl OwnFunction {
    /// A function of that name which takes from `least` to `most` arguments.
    pub fn new(
        name: impl Into<String>,
        least: usize,
        most: Option<usize>,
        code: impl Fn(&[Value]) -> Result<Value, String> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            least,
            most,
            code: Box::new(code),
        }
    }

    /// Why it cannot be called with that many arguments; nothing if it can.
    pub fn arity_error(&self, given: usize) -> Option<String> {
        let wanted = arity_wanted(self.least, self.most, given)?;
        Some(format!("{} takes {wanted}", self.name))
    }

    /// Calls it: results are given as their values and secrets as what they are, and what it makes
    /// where there was a secret is one.
    ///
    /// # Errors
    /// What it refuses, with its name and the values that it had, secrets masked.
    pub fn call(&self, args: &[Value]) -> Result<Value, String> {
        args.iter().try_for_each(ops::known)?;
        let plain: Vec<Value> = args.iter().map(|arg| ops::plain(arg).clone()).collect();
        let value = (self.code)(&plain).map_err(|reason| explain(&self.name, args, &reason))?;
        let value = ops::nested(value)?;
        if args.iter().any(Value::is_secret) {
            return Ok(value.into_secret());
        }
        Ok(value)
    }
}

impl fmt::Debug for OwnFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// What functions can see of the world. Paths are relative to the project's root.
pub trait Outside {
    /// Now: nanoseconds since 1970 in UTC.
    fn now(&mut self) -> i64;

    /// 64 random bits.
    fn random(&mut self) -> u64;

    /// A variable of this program's environment; a secret if the scenario's environment names
    /// it as one.
    fn env(&mut self, name: &str) -> Option<Value>;

    /// A file's content.
    fn read(&mut self, path: &str) -> io::Result<Vec<u8>>;

    /// Whether there is such a file or folder.
    fn exists(&mut self, path: &str) -> bool;

    /// A TCP port of the loopback interface that nobody listens on.
    fn free_port(&mut self) -> io::Result<u16>;
}

/// All functions, in the order of the language's page.
pub static FUNCTIONS: &[&Function] = &[
    &collection::LEN,
    &text::UPPER,
    &text::LOWER,
    &text::TRIM,
    &text::LINES,
    &text::SPLIT,
    &text::JOIN,
    &text::REPLACE,
    &text::MATCH,
    &convert::INT,
    &convert::DECIMAL,
    &convert::TEXT,
    &convert::JSON,
    &outside::CSV,
    &collection::KEYS,
    &collection::VALUES,
    &collection::PAIRS,
    &collection::RANGE,
    &collection::FIRST,
    &collection::LAST,
    &number::MIN,
    &number::MAX,
    &number::SUM,
    &number::AVG,
    &collection::SORT,
    &number::ABS,
    &number::ROUND,
    &number::PERCENTILE,
    &outside::NOW,
    &outside::RANDOM,
    &outside::UUID,
    &outside::ENV,
    &outside::FILE,
    &outside::EXISTS,
    &outside::FREE_PORT,
];

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS
        .iter()
        .copied()
        .find(|function| function.name == name)
}

/// Calls a function. A result is given as its value; what is computed from a secret is one.
///
/// # Errors
/// A wrong number of arguments, and what the function itself refuses, with the values that it
/// had, secrets masked.
pub fn call(
    function: &Function,
    args: &[Value],
    outside: &mut dyn Outside,
) -> Result<Value, String> {
    if let Some(error) = function.arity_error(args.len()) {
        return Err(error);
    }
    let wrapped = |value: &Value| matches!(value, Value::Secret(_) | Value::Result(_));
    let result = if args.iter().any(wrapped) {
        args.iter().try_for_each(ops::known)?;
        let plain: Vec<Value> = args.iter().map(|arg| ops::plain(arg).clone()).collect();
        (function.call)(&plain, outside)
    } else {
        (function.call)(args, outside)
    };
    match result {
        Ok(value) if is_told(function, args) => Ok(value.into_secret()),
        Ok(value) => Ok(value),
        Err(reason) => Err(explain(function.name, args, &reason)),
    }
}

/// Whether what the function gives tells a secret that was among the arguments.
fn is_told(function: &Function, args: &[Value]) -> bool {
    if function.keeps_parts {
        args.iter().any(ops::tainted)
    } else {
        args.iter().any(Value::is_secret)
    }
}

#[cold]
fn explain(function: &str, args: &[Value], reason: &str) -> String {
    // The code had the secret without its wrapping, so its reason may show it.
    let reason = if args.iter().any(ops::tainted) {
        "an argument is not what is needed, and a secret among them forbids to say why"
    } else {
        reason
    };
    let args: Vec<String> = args.iter().map(ops::show).collect();
    format!("{function}({}): {reason}", args.join(", "))
}
