//! A command: a function, and what is said of it.

use crate::context::Context;
use crate::convert::{FromValue, IntoValue, Type};
use crate::error::{Error, Result};
use crate::value::Value;

/// A function that can be a command: `fn(&STATE, &Context, …) -> Result<…>` with up to eight
/// parameters.
pub trait Function<S, Args>: Send + Sync + 'static {
    /// What its parameters are.
    fn params() -> Vec<Taken>;

    /// What it returns.
    fn returns() -> Type;

    /// Calls it; the words beyond the parameters are a list in the place of the last one.
    ///
    /// # Errors
    /// Its own; and what is wrong with a value, the scenario's fault.
    fn call(
        &self,
        state: &S,
        context: &Context,
        values: &mut dyn Iterator<Item = Value>,
    ) -> Result<Value>;
}

/// What a function takes.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    pub(crate) kind: Type,
    pub(crate) rest: bool,
    pub(crate) optional: bool,
}

macro_rules! functions {
    ($($($arg:ident)*;)*) => { $(
        impl<S, F, R, $($arg,)*> Function<S, ($($arg,)*)> for F
        where
            F: Fn(&S, &Context, $($arg),*) -> Result<R> + Send + Sync + 'static,
            R: IntoValue,
            $($arg: FromValue,)*
        {
            fn params() -> Vec<Taken> {
                vec![$(Taken {
                    kind: $arg::TYPE,
                    rest: $arg::REST,
                    optional: $arg::absent().is_some(),
                },)*]
            }

            fn returns() -> Type {
                R::RETURNS
            }

            fn call(
                &self,
                state: &S,
                context: &Context,
                _values: &mut dyn Iterator<Item = Value>,
            ) -> Result<Value> {
                let value = self(state, context, $(argument::<$arg>(_values)?),*)?;
                Ok(value.into_value())
            }
        }
    )* };
}

functions! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E G;
    A B C D E G H;
    A B C D E G H I;
}

fn argument<T: FromValue>(values: &mut dyn Iterator<Item = Value>) -> Result<T> {
    T::from_value(values.next().unwrap_or_default()).map_err(Error::scenario)
}

/// What does a command, whatever its parameters are.
pub(crate) type Does<S> =
    Box<dyn Fn(&S, &Context, &mut dyn Iterator<Item = Value>) -> Result<Value> + Send + Sync>;

/// A command: a function, and what is said of it, which `scn help COMMAND`, completion and the
/// check of scenarios show and use.
///
/// Parameters are named in the function's order: [`param`](Self::param),
/// [`optional`](Self::optional), and [`rest`](Self::rest) for a last one of [`Rest`](crate::Rest).
pub struct Command<S> {
    pub(crate) declared: Declared,
    pub(crate) does: Does<S>,
    taken: Vec<Taken>,
}

/// What is said of a command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    pub name: String,
    pub help: String,
    pub params: Vec<Param>,
    pub rest: Option<Param>,
    pub rest_least: usize,
    pub returns: Type,
    pub returns_help: String,
    pub undo: String,
    pub repeatable: bool,
    pub quick: bool,
    pub examples: Vec<(String, Option<String>)>,
}

/// What is said of a parameter.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub name: String,
    pub help: String,
    pub kind: Type,
    pub default: Option<Value>,
}

impl<S: 'static> Command<S> {
    /// The command of that name, which that function does.
    pub fn new<Args, F: Function<S, Args>>(name: &str, function: F) -> Self {
        let does = move |state: &S, context: &Context, values: &mut dyn Iterator<Item = Value>| {
            function.call(state, context, values)
        };
        Self {
            declared: Declared {
                name: name.to_owned(),
                returns: F::returns(),
                ..Declared::default()
            },
            does: Box::new(does),
            taken: F::params(),
        }
    }

    /// What it does; the first line stands alone in lists.
    #[must_use]
    pub fn help(mut self, help: &str) -> Self {
        help.clone_into(&mut self.declared.help);
        self
    }

    /// The next parameter, which must be given (unless it is an [`Option`]), and what it is for.
    ///
    /// # Panics
    /// If the function has no such parameter.
    #[must_use]
    pub fn param(self, name: &str, help: &str) -> Self {
        let optional = self.next(name).optional;
        self.named(name, help, optional.then_some(Value::None))
    }

    /// The next parameter, with its value where none is given, and what it is for.
    ///
    /// # Panics
    /// If the function has no such parameter.
    #[must_use]
    pub fn optional(self, name: &str, default: impl IntoValue, help: &str) -> Self {
        self.named(name, help, Some(default.into_value()))
    }

    /// The words beyond: what one of them is called, and what they are for.
    ///
    /// # Panics
    /// If the function's last parameter is no [`Rest`](crate::Rest).
    #[must_use]
    pub fn rest(mut self, name: &str, help: &str) -> Self {
        let taken = self.next(name);
        let command = &self.declared.name;
        assert!(taken.rest, "{command}: `{name}` is no Rest of the function");
        self.declared.rest = Some(Param {
            name: name.to_owned(),
            help: help.to_owned(),
            kind: taken.kind,
            default: None,
        });
        self
    }

    /// At least so many words beyond.
    #[must_use]
    pub fn at_least(mut self, words: usize) -> Self {
        self.declared.rest_least = words;
        self
    }

    /// What it returns, in words.
    #[must_use]
    pub fn returns(mut self, help: &str) -> Self {
        help.clone_into(&mut self.declared.returns_help);
        self
    }

    /// The command line that undoes it, `close #{result.id}`, owed from the moment it starts. It may use the parameters,
    /// `#{args}` and `#{result}`; a name alone is given the words of the call, or none if it takes none.
    #[must_use]
    pub fn undo(mut self, line: &str) -> Self {
        line.clone_into(&mut self.declared.undo);
        self
    }

    /// A call that was cut in the middle may be made again without asking.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.declared.repeatable = true;
        self
    }

    /// It returns at once and never waits: it gets no thread of its own, so that it costs less, and
    /// all else waits for it.
    #[must_use]
    pub fn quick(mut self) -> Self {
        self.declared.quick = true;
        self
    }

    /// A scenario that shows it, and what `echo` says in it: `scn plugin check --examples` runs it.
    #[must_use]
    pub fn example(mut self, scenario: &str, output: &str) -> Self {
        let example = (scenario.to_owned(), Some(output.to_owned()));
        self.declared.examples.push(example);
        self
    }

    fn named(mut self, name: &str, help: &str, default: Option<Value>) -> Self {
        let taken = self.next(name);
        let command = &self.declared.name;
        assert!(
            !taken.rest,
            "{command}: `{name}` is a Rest: name it by `rest`"
        );
        self.declared.params.push(Param {
            name: name.to_owned(),
            help: help.to_owned(),
            kind: taken.kind,
            default,
        });
        self
    }

    fn next(&self, name: &str) -> Taken {
        let declared = &self.declared;
        let at = declared.params.len() + usize::from(declared.rest.is_some());
        let taken = self.taken.get(at).copied();
        let Some(taken) = taken else {
            panic!(
                "{}: the function has no parameter for `{name}`",
                declared.name
            );
        };
        taken
    }

    /// All parameters of the function have a name.
    pub(crate) fn whole(&self) {
        let declared = &self.declared;
        let named = declared.params.len() + usize::from(declared.rest.is_some());
        let command = &declared.name;
        let taken = self.taken.len();
        assert!(
            named == taken,
            "{command}: the function has {taken} parameters, and {named} of them are named"
        );
    }
}
