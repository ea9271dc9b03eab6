//! The program that a scenario becomes: flat instructions on slots, and the tables that they point into.
//!
//! A function (the scenario's body, a `step`, a condition, an undo) works on a window of 256
//! registers: its variables first, then whatever expressions need. Operands are therefore
//! bytes, an instruction is eight bytes, and no access needs a bounds check. Variables that
//! find no place among the registers live in the frame's *wide* slots.

use std::cell::OnceCell;
use std::rc::Rc;

use scn_grammar::Span;
use scn_grammar::tree::{AssertKind, Operator, VerdictKind};
use scn_protocol::{Signature, Type, Value};

use crate::command::Command;
use crate::function::{Function as Builtin, OwnFunction};

/// A register of the current window.
pub type Reg = u8;

/// Where an instruction goes on: an index into its function's [`Function::code`].
pub type Target = u32;

/// One instruction: eight bytes.
///
/// Registers are named by what they are for; `k` indexes constants, and `site` the table
/// of the instruction's own kind.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "each variant's line says what its operands are"
)]
pub enum Op {
    /// `to = constant`
    Const { to: Reg, k: u32 },
    /// `to = number`
    Int { to: Reg, number: i32 },
    /// `to = from`
    Move { to: Reg, from: Reg },
    /// `to = wide[slot]`
    LoadWide { to: Reg, slot: u32 },
    /// `wide[slot] = from`
    StoreWide { from: Reg, slot: u32 },
    /// `to = global[index]`
    Global { to: Reg, index: u32 },
    /// Ends the run if the variable was never set on the way here.
    Defined { of: Reg, variable: u32 },

    /// `to = left + right`
    Add { to: Reg, left: Reg, right: Reg },
    /// `to = left + number`
    AddInt { to: Reg, left: Reg, number: i32 },
    /// `to = left - right`
    Subtract { to: Reg, left: Reg, right: Reg },
    /// `to = left * right`
    Multiply { to: Reg, left: Reg, right: Reg },
    /// `to = left OPERATOR right`, for all the others.
    Binary {
        to: Reg,
        left: Reg,
        right: Reg,
        operator: Operator,
    },
    /// `to = to + from`, in place while nobody else holds it.
    Append { to: Reg, from: Reg },
    /// `to = -from`
    Negate { to: Reg, from: Reg },
    /// `to = not from`
    Not { to: Reg, from: Reg },
    /// Ends the run unless the register holds true or false (or a result that reads as one).
    Truth { to: Reg, from: Reg },
    /// `to = text matches regexes[k]`
    Matches { to: Reg, text: Reg, k: u32 },
    /// `to = text matches regex`
    MatchesValue { to: Reg, text: Reg, regex: Reg },

    /// Pushes a value for `Text`, `Call`, `Step`, `Closure`.
    Push { from: Reg },
    /// `to =` the texts of the last `count` pushed, joined.
    Text { to: Reg, count: u32 },
    /// `to = []`
    NewList { to: Reg },
    /// `list` gains the elements of another.
    ListExtend { list: Reg, from: Reg },
    /// `list` gains an element.
    ListPush { list: Reg, from: Reg },
    /// `to = {}`
    NewMap { to: Reg },
    /// `map[constant] = from`
    MapSet { map: Reg, from: Reg, k: u32 },
    /// `to = of[index]`
    Index { to: Reg, of: Reg, index: Reg },
    /// `to = of.names[name]`
    Field { to: Reg, of: Reg, name: u32 },
    /// `to = of.a.b`, the two names being those of `paths[path]`: a metric's percentile, or a field of a field.
    Path { to: Reg, of: Reg, path: u32 },
    /// `to = function(the last count pushed)`
    Function { to: Reg, count: u8, function: u32 },

    /// Goes on at `to`.
    Jump { to: Target },
    /// Goes back to `to`: the only way to go back, where the time is looked at.
    Back { to: Target },
    /// Goes on at `to` if the condition is true.
    JumpIf { condition: Reg, to: Target },
    /// Goes on at `to` if the condition is false.
    JumpUnless { condition: Reg, to: Target },
    /// Goes (perhaps back) to `to` if `left < right`.
    JumpLess { left: Reg, right: Reg, to: Target },
    /// Goes (perhaps back) to `to` if `left <= right`.
    JumpLessEqual { left: Reg, right: Reg, to: Target },
    /// Goes (perhaps back) to `to` if `left < number`.
    JumpLessInt { left: Reg, number: i16, to: Target },
    /// Goes (perhaps back) to `to` if `left == right`, or unless.
    JumpEqual {
        left: Reg,
        right: Reg,
        negate: bool,
        to: Target,
    },

    /// Makes an iterator of `list` in `list`; takes `list` and the two registers after it.
    Iterate { list: Reg },
    /// The same for a `where`, which takes no map.
    IterateList { list: Reg },
    /// The next element into `value` (and its key into `value + 1`, with `pairs`); past the last, goes on at `to`.
    Next {
        list: Reg,
        value: Reg,
        pairs: bool,
        to: Target,
    },
    /// Makes a whole number that is not negative of the count of a `repeat`.
    Count { of: Reg },

    /// Calls a step of the scenario's own; its arguments stand at `base`, its result goes to `base`.
    Call { base: Reg, function: u32 },
    /// The same, with words that were pushed and are bound now.
    CallBound { base: Reg, site: u32 },
    /// Leaves a function with the value of `from`.
    Return { from: Reg },

    /// Asks for a step: modifiers, then words, were pushed.
    Step { to: Reg, site: u32 },
    /// A variable that is being watched was assigned.
    Assigned { from: Reg, variable: u32 },
    /// Reads a register as that type, or ends the run with a reason.
    Coerce { of: Reg, kind: Type, name: u32 },
    /// Begins a region that has a state as it runs. Its values were pushed.
    Enter { site: u32 },
    /// Ends such a region in order.
    Leave { site: u32 },
    /// Ends such a region because a jump leaves it.
    Abandon { site: u32 },
    /// Asks for the branches of a `parallel`.
    Parallel { site: u32 },
    /// The end of a branch.
    BranchEnd,
    /// Starts a background job; as `Step`.
    Background { to: Reg, site: u32 },
    /// Waits for jobs.
    Await { site: u32 },
    /// Ends jobs.
    Cancel { site: u32 },
    /// Waits, as `waits[site]` says; its captures were pushed.
    Wait { to: Reg, site: u32 },
    /// Watches from here on, as `watches[site]` says; its captures were pushed.
    Watch { site: u32 },
    /// `to =` now, as `names[name]`.
    Mark { to: Reg, name: u32 },
    /// Owes a step; as `Step`.
    Defer { site: u32 },
    /// Judges `condition`: if it holds, goes on after the message, at the site's target.
    Assert { condition: Reg, site: u32 },
    /// What was judged did not hold; `message` has the message if there is one.
    AssertFailed { message: Reg, site: u32 },
    /// Ends the scenario (or case) as `ends[site]` says; `value` is the text or the status.
    End { value: Reg, site: u32 },
    /// The end of the scenario's last line.
    Finish,
    /// A value for a condition: the end of its function.
    Yield { from: Reg },
}

/// A function that an expression calls.
#[derive(Clone, Debug)]
pub enum Called {
    /// The language's.
    Builtin(&'static Builtin),
    /// That of the program which the interpreter is part of.
    Own(Rc<OwnFunction>),
}

/// A checked scenario, ready to run against its environment.
#[derive(Default)]
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
    pub text: String,
    /// Where each line starts.
    pub lines: Vec<u32>,
}

impl SourceFile {
    /// A file of that text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let starts = text
            .bytes()
            .enumerate()
            .filter(|&(_, byte)| byte == b'\n')
            .map(|(at, _)| at as u32 + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Self {
            path: path.into(),
            text,
            lines,
        }
    }

    /// The line of a position, from 1.
    pub fn line(&self, at: u32) -> u32 {
        self.lines.partition_point(|&start| start <= at) as u32
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

/// How a step, or a background job, or what is owed, is run.
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

/// What undoes an alias.
#[derive(Clone, Debug)]
pub struct UndoPlan {
    /// A function of the parameters, `args` and `result` that owes the step.
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

/// What is to become of a failure inside a stretch of code.
#[derive(Clone, Debug)]
pub struct Region {
    /// What it is.
    pub kind: RegionKind,
    /// Its instructions: from the one after its `Enter` up to (not including) this.
    pub start: Target,
    /// See `start`.
    pub end: Target,
    /// Where it goes on after a failure that it caught.
    pub after: Target,
    /// The region around it in the same function.
    pub outer: Option<u32>,
    /// Where it stands.
    pub place: Place,
}

/// The kinds of region.
#[derive(Clone, Debug, PartialEq)]
pub enum RegionKind {
    /// `case`: its title was pushed.
    Case,
    /// `retry within` (block or modifier): duration, and pause if `every`, were pushed.
    RetryWithin {
        /// A pause was given.
        every: bool,
    },
    /// `retry N`: count, and pause if `every`, were pushed.
    RetryTimes {
        /// A pause was given.
        every: bool,
    },
    /// `timeout`: the duration was pushed.
    Timeout,
    /// `not`
    Not,
    /// `try`
    Try,
    /// `soft`
    Soft,
    /// `set NAME STEP`: the result goes to this register.
    Keep {
        /// Where the result goes.
        to: Reg,
    },
    /// `do`: the bounds of the watches in it.
    Watched,
}

/// `parallel`
#[derive(Clone, Debug, Default)]
pub struct ParallelSite {
    /// Where each branch begins, and the indices of the variables that it sets.
    pub branches: Vec<(Target, Vec<u32>)>,
    /// Where it goes on.
    pub after: Target,
}

/// `await` and `cancel`
#[derive(Clone, Debug, Default)]
pub struct JobsSite {
    /// The jobs' variables: names, and where their results go.
    pub names: Vec<(Rc<str>, Slot)>,
    /// `timeout` was pushed.
    pub timeout: bool,
    /// `try`
    pub attempt: bool,
}

/// A wait.
pub struct WaitSite {
    /// What for.
    pub kind: WaitKind,
    /// `within` was pushed.
    pub within: bool,
    /// `every` was pushed (after `within`).
    pub every: bool,
    /// As written.
    pub text: String,
}

/// The kinds of wait.
pub enum WaitKind {
    /// `wait until`
    Until(Closure),
    /// `hold`: its duration is the `within`.
    Hold(Closure),
    /// `wait event`
    Event {
        /// Which.
        event: EventSite,
        /// `since` was pushed (last).
        since: bool,
    },
}

/// Which event.
pub struct EventSite {
    /// One of these matches.
    pub patterns: Vec<EventPattern>,
    /// The component.
    pub from: Option<String>,
    /// What must hold, the event being `it`.
    pub filter: Option<Closure>,
    /// As written.
    pub text: String,
}

/// What a message must look like.
pub enum EventPattern {
    /// Made of the value at that place of what was pushed: `*` stands for anything.
    Glob(u32),
    /// A regular expression.
    Regex(regex::Regex),
}

/// A watch.
pub struct WatchSite {
    /// Which.
    pub kind: WatchKind,
    /// As written.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// `within` was pushed.
    pub within: bool,
    /// `every` was pushed (after `within`).
    pub every: bool,
}

/// The kinds of watch.
pub enum WatchKind {
    /// `always`
    Always(Closure),
    /// `never`
    Never(Closure),
    /// `never event`
    NeverEvent(EventSite),
    /// `eventually`
    Eventually(Closure),
}

/// `require`, `assert`, `check`
pub struct AssertSite {
    /// Which of the three.
    pub kind: AssertKind,
    /// There is a message.
    pub message: bool,
    /// The condition as written.
    pub text: String,
    /// The names in it, and where their values are.
    pub names: Vec<Named>,
    /// Where it goes on if it holds.
    pub after: Target,
}

/// `pass fail skip error exit`
#[derive(Clone, Debug, PartialEq)]
pub struct EndSite {
    /// Which.
    pub kind: EndKind,
    /// There is a text, or a status.
    pub value: bool,
}

/// How a scenario is ended by its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// `pass fail skip error`, or arriving at a label of that name.
    Verdict(VerdictKind),
    /// `exit`
    Exit,
    /// `goto end`
    End,
}

/// A name whose value is made as a run begins.
#[derive(Clone, Debug)]
pub struct Global {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: GlobalKind,
}

/// What a global is.
#[derive(Clone, Debug)]
pub enum GlobalKind {
    /// `@param`: its default, and whether `--set` has to be given.
    Param {
        /// The default.
        default: Option<Value>,
        /// The default's type.
        kind: Type,
    },
    /// A name of `[vars]`: a value, or a function that gives it.
    Var(VarPlan),
    /// A secret.
    Secret,
    /// `run.dir`
    RunDir,
    /// `run.id`
    RunId,
    /// `trigger`
    Trigger,
}

/// How a name of `[vars]` is made.
#[derive(Clone, Debug)]
pub enum VarPlan {
    /// It is this.
    Value(Value),
    /// A function gives it.
    Function(u32),
}

/// What a scenario says at its top.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// `@title`
    pub title: Option<String>,
    /// `@tags`
    pub tags: Vec<String>,
    /// `@covers`
    pub covers: Vec<String>,
    /// `@known`: the defect, and the last day on which its FAIL is not counted, `YYYY-MM-DD`.
    pub known: Option<(String, Option<String>)>,
    /// `@timeout`, in nanoseconds.
    pub timeout: Option<i64>,
    /// `@needs` that the environment lacks.
    pub missing: Vec<String>,
    /// `@each`: the function that gives the rows, and the variables that take key and value.
    pub each: Option<EachPlan>,
    /// `@on`, as written.
    pub triggers: Vec<String>,
}

/// `@each`
#[derive(Clone, Debug)]
pub struct EachPlan {
    /// Gives the rows.
    pub function: u32,
    /// Where the row goes in the body (and its value, where there are two names).
    pub targets: Vec<Slot>,
    /// The name that stands for the row.
    pub name: String,
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
