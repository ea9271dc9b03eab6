//! The program that a scenario becomes: flat instructions on slots, and the tables that they point into.
//!
//! A function (the scenario's body, a `step`, a condition, an undo) works on a window of 256
//! registers: its variables first, then whatever expressions need. Operands are therefore
//! bytes, an instruction is eight bytes, and no access needs a bounds check. Variables that
//! find no place among the registers live in the frame's *wide* slots.

mod op;
mod region;
mod site;
mod step;
mod top;

use std::rc::Rc;

use memchr::arch::all::memchr::One;
use scn_grammar::Span;
use scn_protocol::{Signature, Value};

use crate::command::Command;
use crate::function::{Function as Builtin, OwnFunction};

pub use op::*;
pub use region::*;
pub use site::*;
pub use step::*;
pub use top::*;

/// A function that an expression calls.
#[derive(Clone, Debug)]
pub enum Called {
    /// The language's.
    Builtin(&'static Builtin),
    /// That of the program which the interpreter is part of.
    Own(Rc<OwnFunction>),
}

/// A checked scenario, ready to run against its environment.
#[derive(Clone, Default)]
pub struct Program {
    /// Interned constants.
    pub constants: Vec<Value>,
    /// Interned names: fields, variables.
    pub names: Vec<Rc<str>>,
    /// Pairs of fields.
    pub paths: Vec<(Rc<str>, Rc<str>)>,
    /// Literal regular expressions.
    pub regexes: Vec<regex::Regex>,
    /// Functions.
    pub functions: Vec<Function>,
    /// The signatures of the scenario's own steps, by function.
    pub signatures: std::collections::HashMap<u32, Rc<Signature>>,
    /// What each name means to a `call` whose name is known only as it runs.
    pub bindings: std::collections::HashMap<String, Binding>,
    /// What undoes each command of the registry that is used, by the full name of what it undoes:
    /// the name that it is shown by, and the command.
    pub undoes: std::collections::HashMap<String, (String, Rc<dyn Command>)>,
    /// What undoes a command of the registry where that is a command line, by the full name of what it undoes;
    /// none if nothing could be made of it.
    pub undo_lines: std::collections::HashMap<String, Option<UndoPlan>>,
    /// Functions that are called in expressions.
    pub called: Vec<Called>,
    /// Steps.
    pub steps: Vec<StepSite>,
    /// `parallel`
    pub parallels: Vec<ParallelSite>,
    /// `await` and `cancel`
    pub jobs: Vec<JobsSite>,
    /// Waits.
    pub waits: Vec<WaitSite>,
    /// Watches.
    pub watches: Vec<WatchSite>,
    /// `require`, `assert`, `check`
    pub asserts: Vec<AssertSite>,
    /// `pass fail skip error exit`, and `goto` to the built-in labels.
    pub ends: Vec<EndSite>,
    /// The files that instructions come from; the scenario's own is the first.
    pub files: Vec<SourceFile>,
    /// The scenario's body.
    pub main: u32,
    /// The environment's `[setup]`.
    pub setup: Option<u32>,
    /// Where `finally` begins, in the main function.
    pub finally: Option<Target>,
    /// Names whose values are made as a run begins.
    pub globals: Vec<Global>,
    /// The scenario names `pass`: it passes only by reaching it.
    pub names_pass: bool,
    /// What the file says at its top.
    pub headers: Headers,
    /// Hosts and components after whose `on` a step runs, as far as they are known before the run.
    pub hosts: Vec<String>,
    /// The environment's components, to be made as a run begins.
    pub components: Vec<crate::compile::component::ComponentPlan>,
}

/// A file that instructions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path as it is shown.
    pub path: String,
    /// Its text.
    pub text: Rc<str>,
    /// Where each line starts.
    pub lines: Vec<u32>,
    /// How many lines were before it: of what is typed, those that were typed before.
    pub before: u32,
}

impl SourceFile {
    /// A file of that text.
    pub fn new(path: impl Into<String>, text: impl Into<Rc<str>>) -> Self {
        let text = text.into();
        // As the grammar finds them.
        let ends = One::new(b'\n');
        let starts = ends.iter(text.as_bytes()).map(|at| at as u32 + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Self {
            path: path.into(),
            text,
            lines,
            before: 0,
        }
    }

    /// The same, after so many lines.
    #[must_use]
    pub fn after(self, before: u32) -> Self {
        Self { before, ..self }
    }

    /// The line of a position, from 1.
    pub fn line(&self, at: u32) -> u32 {
        self.before + self.lines.partition_point(|&start| start <= at) as u32
    }

    /// The text of a stretch.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

/// Where something comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Which of [`Program::files`].
    pub file: u32,
    /// Where in it.
    pub span: Span,
}

/// A function.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// Its name, for people.
    pub name: String,
    /// Its instructions.
    pub code: Vec<Op>,
    /// For each instruction, the words that it comes from.
    pub spans: Vec<Span>,
    /// Which of [`Program::files`] it comes from.
    pub file: u32,
    /// The variables that may be read before they are set: a call marks them so.
    pub unset: Vec<Slot>,
    /// How many registers it uses.
    pub registers: u16,
    /// How many wide slots it uses.
    pub wide: u32,
    /// Its variables, in the order of their slots.
    pub variables: Vec<Variable>,
    /// How many of them are parameters: the first ones.
    pub params: usize,
    /// Its regions, in the order of their starts.
    pub regions: Vec<Region>,
    /// Where each statement's instructions begin and end, in the order of their begins: only where a
    /// debugger is to stop at them.
    pub statements: Vec<(Target, Target)>,
}

/// A variable of a function.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Rc<str>,
    /// Where it lives.
    pub slot: Slot,
}

/// Where a variable lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// In a register.
    Register(Reg),
    /// Beside the registers.
    Wide(u32),
}

/// A condition that is evaluated apart: a function whose parameters are the variables it names.
#[derive(Clone, Debug, Default)]
pub struct Closure {
    /// The function; its parameters are the captures, and then `it` where there is one.
    pub function: u32,
    /// The indices (in the enclosing function's variables) of what was captured, in order.
    pub captures: Vec<u32>,
    /// It as written.
    pub text: String,
    /// The names in it, and where their values are after it was evaluated.
    pub names: Vec<Named>,
    /// It calls something that looks outside, so that it has to be polled.
    pub polled: bool,
    /// The components it names.
    pub components: Vec<String>,
    /// Those of which it reads more than [`Closure::fields`].
    pub whole: Vec<String>,
    /// The fields of components that it reads, each with its component.
    pub fields: Vec<(String, String)>,
    /// It compares with `none`: that nothing is known is an answer.
    pub compares_none: bool,
}

/// A name in a condition, for the message when it does not hold.
#[derive(Clone, Debug)]
pub struct Named {
    /// As written: `x`, `Primary.STATE`.
    pub text: String,
    /// The register that has its value, in the window of what was evaluated.
    pub register: Reg,
}

impl Program {
    /// The line of a place, from 1.
    pub fn line(&self, place: Place) -> u32 {
        self.files
            .get(place.file as usize)
            .map_or(0, |file| file.line(place.span.start))
    }

    /// The words at a place.
    pub fn text(&self, place: Place) -> &str {
        self.files
            .get(place.file as usize)
            .map_or("", |file| file.slice(place.span))
    }
}

impl Function {
    /// The words that an instruction comes from.
    pub fn place(&self, at: usize) -> Place {
        Place {
            file: self.file,
            span: self.spans.get(at).copied().unwrap_or_default(),
        }
    }

    /// The innermost region around an instruction.
    pub fn region_at(&self, at: Target) -> Option<u32> {
        let last = self
            .regions
            .partition_point(|region| region.start <= at)
            .checked_sub(1)?;
        let mut region = Some(last as u32);
        while let Some(index) = region {
            if at < self.regions[index as usize].end {
                return region;
            }
            region = self.regions[index as usize].outer;
        }
        None
    }
}
