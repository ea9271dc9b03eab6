//! Steps: what a command line was resolved to.

use std::cell::OnceCell;
use std::rc::Rc;

use scn_protocol::Signature;

use super::Place;
use crate::command::Command;

/// How a step, or a background job, or what is owed, is run.
#[derive(Clone)]
pub struct StepSite {
    /// Where it stands.
    pub place: Place,
    /// Its command as written.
    pub name: String,
    /// What it resolved to.
    pub binding: Binding,
    /// Its words, in their order.
    pub words: Vec<WordSite>,
    /// What stands before it.
    pub modifiers: Modifiers,
    /// Its result is kept: `set`; so a failure does not end the scenario.
    pub keeps: bool,
    /// The name of the variable or job.
    pub target: Option<Rc<str>>,
}

/// A word of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct WordSite {
    /// `name=` stands before it, unquoted.
    pub name: Option<Rc<str>>,
    /// How it became a value.
    pub kind: WordKind,
    /// As written.
    pub text: Rc<str>,
    /// It is, or begins with, a quoted text: never a flag, never a name.
    pub quoted: bool,
    /// It begins with what is written there, and not with a value.
    pub written: bool,
}

/// How a word becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordKind {
    /// Text.
    Text,
    /// Exactly one interpolation: the value itself.
    Value,
    /// `#{*LIST}`
    Splat,
}

/// What a command's word resolved to.
#[derive(Clone)]
pub enum Binding {
    /// A command of the registry.
    Command(Rc<dyn Command>),
    /// An alias of the environment.
    Alias(Rc<AliasPlan>),
    /// A step of the scenario's own.
    Own(u32),
    /// `call`: its name is the first word.
    Dynamic,
}

/// An alias, its texts compiled.
pub struct AliasPlan {
    /// Its name.
    pub name: String,
    /// Its parameters, as a signature; `rest` of the name `args` where it declares none.
    pub signature: Signature,
    /// It declares parameters, so that its words go only where it says.
    pub declares: bool,
    /// What is run.
    pub program: ProgramPlan,
    /// `background`
    pub background: bool,
    /// `undo`; it may name an alias that is undone by this one, so it comes last.
    pub undo: OnceCell<UndoPlan>,
    /// `result`
    pub result: crate::environment::ResultDeclaration,
    /// `timeout`, in nanoseconds.
    pub timeout: Option<i64>,
    /// `on`
    pub on: Option<String>,
    /// `secrets`
    pub secrets: Vec<String>,
}

/// A command line that undoes a step.
#[derive(Clone, Debug)]
pub struct UndoPlan {
    /// A function of the step's parameters, `args` and `result` that owes it.
    pub function: u32,
    /// As declared.
    pub text: String,
}

/// A program to run, its texts compiled.
#[derive(Clone, Debug, Default)]
pub struct ProgramPlan {
    /// Gives the list of its arguments, of the parameters (and `args`).
    pub argv: u32,
    /// A shell's text: the function gives the words alone.
    pub shell: Option<String>,
    /// Gives the working folder.
    pub cwd: Option<u32>,
    /// Gives the value of each variable.
    pub env: Vec<(String, u32)>,
    /// Gives the user.
    pub user: Option<u32>,
}

/// What stands before a command; each that is there was pushed, in this order, before the words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Modifiers {
    /// `on`
    pub on: bool,
    /// `timeout`
    pub timeout: bool,
    /// `input`
    pub input: bool,
    /// `retry N`
    pub retry: bool,
    /// `retry within`
    pub within: bool,
    /// `every` of either
    pub every: bool,
    /// `not`
    pub not: bool,
    /// `soft`
    pub soft: bool,
    /// `try`
    pub attempt: bool,
    /// `must`
    pub must: bool,
}
