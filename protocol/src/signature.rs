//! What a command says of itself: name, help, parameters, what undoes it.

use crate::value::Value;

/// The type of a parameter or of what is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Type {
    /// Any value.
    #[default]
    Any,
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A decimal.
    Decimal,
    /// true or false.
    Bool,
    /// A time.
    Duration,
    /// A size.
    Size,
    /// A percentage.
    Percent,
    /// A list.
    List,
    /// A map.
    Map,
    /// A component of the environment (or a background job, or a process id).
    Component,
}

impl Type {
    /// Its name, as declarations and errors write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Text => "text",
            Self::Int => "int",
            Self::Decimal => "decimal",
            Self::Bool => "bool",
            Self::Duration => "duration",
            Self::Size => "size",
            Self::Percent => "percent",
            Self::List => "list",
            Self::Map => "map",
            Self::Component => "component",
        }
    }

    /// The type of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        const ALL: [Type; 11] = [
            Type::Any,
            Type::Text,
            Type::Int,
            Type::Decimal,
            Type::Bool,
            Type::Duration,
            Type::Size,
            Type::Percent,
            Type::List,
            Type::Map,
            Type::Component,
        ];
        ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One parameter of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name: `name=value` binds to it.
    pub name: String,
    /// A word is read as this type.
    pub kind: Type,
    /// Its value where none is given; without one it must be given.
    pub default: Option<Value>,
    /// What it is for, in one line.
    pub help: String,
}

impl Param {
    /// A parameter that must be given.
    pub fn required(name: &str, kind: Type, help: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            default: None,
            help: help.to_owned(),
        }
    }

    /// A parameter with a default.
    pub fn optional(name: &str, kind: Type, default: impl Into<Value>, help: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            default: Some(default.into()),
            help: help.to_owned(),
        }
    }
}

/// A scenario that shows a command, run as a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The scenario's text.
    pub scenario: String,
    /// What `echo` says in it, line by line; nothing is compared if there is none.
    pub output: Option<String>,
}

/// What a command says of itself; checking, completion, hover and help come from it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Signature {
    /// Its name.
    pub name: String,
    /// What it does; the first line stands alone in lists.
    pub help: String,
    /// Its parameters in their order.
    pub params: Vec<Param>,
    /// It takes any number of words more; the name they are spoken of by, and what they are.
    pub rest: Option<Param>,
    /// At least this many of them.
    pub rest_least: usize,
    /// The type of what it returns.
    pub returns: Type,
    /// What it returns, in words.
    pub returns_help: String,
    /// The command line that undoes it: it may use `#{args}`, the parameters and `#{result}`. A name alone gets the
    /// words of the call, or none if it takes none.
    pub undo: Option<String>,
    /// A step cut in the middle may be run again without asking.
    pub repeatable: bool,
    /// Scenarios that show it.
    pub examples: Vec<Example>,
}

impl Signature {
    /// A command of that name, without parameters.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Whether it takes any words.
    pub fn takes_words(&self) -> bool {
        !self.params.is_empty() || self.rest.is_some()
    }

    /// What it does; the first line stands alone in lists.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// One parameter more, which must be given.
    #[must_use]
    pub fn param(mut self, name: &str, kind: Type) -> Self {
        self.params.push(Param::required(name, kind, ""));
        self
    }

    /// One parameter more, with its value where none is given.
    #[must_use]
    pub fn optional(mut self, name: &str, kind: Type, default: impl Into<Value>) -> Self {
        self.params.push(Param::optional(name, kind, default, ""));
        self
    }

    /// It takes any number of words more.
    #[must_use]
    pub fn rest(mut self, name: &str, kind: Type) -> Self {
        self.rest = Some(Param::required(name, kind, ""));
        self
    }

    /// The command that undoes it, with the same words.
    #[must_use]
    pub fn undone_by(mut self, undo: impl Into<String>) -> Self {
        self.undo = Some(undo.into());
        self
    }
}
