//! The syntax tree: what was written, with its positions, and nothing of what it means.
//!
//! A large scenario is millions of these, and making and touching their memory is a good part of what reading it
//! costs. So short texts lie in their place ([`EcoString`]), and what would make every node larger is boxed.

use std::borrow::Cow;

use ecow::EcoString;
use smallvec::SmallVec;

/// A stretch of a file, in bytes: `start` is in it, `end` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The stretch from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        }
    }

    /// From the start of `self` to the end of `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// As a range, to cut a text with.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A name, where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The name itself.
    pub name: EcoString,
    /// Where it stands.
    pub span: Span,
}

/// A whole file.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct File {
    /// The `@` lines at its top, in their order.
    pub headers: Vec<Header>,
    /// Everything after.
    pub body: Block,
    /// All comments in their order, from `#` to the line's end.
    pub comments: Vec<Span>,
}

/// A list of statements, one a line.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Block {
    /// The statements in their order.
    pub statements: Vec<Statement>,
    /// From the first statement to the last; for an empty block, where it would stand.
    pub span: Span,
}

/// A line at the top of a file which begins with `@`.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// What it says.
    pub kind: HeaderKind,
    /// The whole line without its comment.
    pub span: Span,
}

/// What holds for a whole scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderKind {
    /// `@title TEXT`
    Title(Vec<Word>),
    /// `@tags NAME…`
    Tags(Vec<Ident>),
    /// `@covers ID…`
    Covers(Vec<Ident>),
    /// `@known ID [until DATE]`; the date is as written, `YYYY-MM-DD` is checked by the grammar.
    Known {
        /// The name of the known defect.
        id: Ident,
        /// The last day on which its FAIL is not counted.
        until: Option<Ident>,
    },
    /// `@timeout DURATION`
    Timeout(Expr),
    /// `@param NAME [= EXPR]`
    Param {
        /// Its name.
        name: Ident,
        /// Its default, a literal, which gives its type.
        default: Option<Expr>,
    },
    /// `@needs NAME, NAME…`
    Needs(Vec<Ident>),
    /// `@each NAME[, NAME] in EXPR`
    Each {
        /// The name of the row (of its key where there are two names).
        key: Ident,
        /// The second name.
        value: Option<Ident>,
        /// What is gone through.
        list: Expr,
    },
    /// `@on …`
    On(Trigger),
    /// `@language N`
    Language(u64),
}

/// What starts a scenario under the management server.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// `@on schedule CRON [in ZONE]`
    Schedule {
        /// The cron line, unread.
        cron: Word,
        /// The time zone's name.
        zone: Option<Word>,
    },
    /// `@on event …`, as `wait event`.
    Event(EventMatch),
    /// `@on EXPR [for DURATION]`
    State {
        /// What must be true.
        condition: Expr,
        /// For how long.
        hold: Option<Expr>,
    },
    /// `@on webhook NAME`
    Webhook(Word),
    /// `@on file GLOB`
    File(Word),
    /// `@on git URL [branch NAME]`
    Git {
        /// The repository.
        url: Word,
        /// Its branch.
        branch: Option<Word>,
    },
    /// `@on run SCENARIO failed`
    RunFailed(Word),
}

/// One statement, with the blocks it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// From its first word to its last (of a block: to its `end`).
    pub span: Span,
    /// Its first line alone, without a comment.
    pub head: Span,
}

/// Every statement of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `COMMAND WORD…`, `call NAME WORD…`
    Command(Box<Step>),
    /// `set NAME COMMAND WORD…`
    SetStep {
        /// The variable.
        name: Ident,
        /// The step whose result it keeps.
        step: Box<Step>,
    },
    /// `set NAME = EXPR`
    Set {
        /// The variable.
        name: Ident,
        /// Its new value.
        value: Expr,
    },
    /// `if EXPR then STATEMENT [else STATEMENT]`, or a block.
    If {
        /// Each condition with what is done when it is the first that holds.
        arms: Vec<(Expr, Block)>,
        /// What is done when none holds.
        otherwise: Option<Block>,
        /// It was written on one line, with `then`.
        one_line: bool,
    },
    /// `while EXPR … end`
    While {
        /// Evaluated before each round.
        condition: Expr,
        /// The round.
        body: Block,
    },
    /// `for NAME[, NAME] in EXPR … end`
    For {
        /// The element; the key where there are two names.
        key: Ident,
        /// The value where there are two names.
        value: Option<Ident>,
        /// What is gone through.
        list: Box<Expr>,
        /// The round.
        body: Block,
    },
    /// `repeat EXPR … end`
    Repeat {
        /// How often.
        count: Expr,
        /// The round.
        body: Block,
    },
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `goto LABEL`
    Goto(Ident),
    /// `LABEL:`
    Label(Ident),
    /// `step NAME [PARAM[=DEFAULT]]… … end`
    StepDefinition {
        /// Its name, which may have `-` and `.`.
        name: Ident,
        /// Its parameters in their order.
        params: Vec<Param>,
        /// What it does.
        body: Block,
    },
    /// `return [EXPR]`
    Return(Option<Expr>),
    /// `use 'file.scn' [as NAME]`
    Use {
        /// The file, relative to this one. Literal text.
        path: Ident,
        /// The prefix of its steps.
        alias: Option<Ident>,
    },
    /// `case TEXT … end`
    Case {
        /// Its title.
        title: Vec<Word>,
        /// What it does.
        body: Block,
    },
    /// `do … end`
    Do(Block),
    /// `parallel … end`: each statement of the block is a branch.
    Parallel(Block),
    /// `background NAME COMMAND WORD…`
    Background {
        /// The job's name.
        name: Ident,
        /// What runs.
        step: Box<Step>,
    },
    /// `[timeout DURATION] [try] await NAME…`
    Await {
        /// The jobs.
        names: Vec<Ident>,
        /// How long at most.
        timeout: Option<Expr>,
        /// A failure is not counted.
        attempt: bool,
    },
    /// `cancel NAME…`
    Cancel(Vec<Ident>),
    /// `retry within DURATION [every DURATION] … end`
    Retry {
        /// For how long.
        within: Box<Expr>,
        /// The pause between attempts.
        every: Option<Box<Expr>>,
        /// One attempt.
        body: Block,
    },
    /// `wait until EXPR [within DURATION] [every DURATION]`
    WaitUntil {
        /// What must become true.
        condition: Expr,
        /// For how long at most.
        within: Option<Box<Expr>>,
        /// How often it is looked at, where it has to be polled.
        every: Option<Box<Expr>>,
    },
    /// `wait event …`
    WaitEvent {
        /// Which event.
        event: Box<EventMatch>,
        /// `since MARK`
        since: Option<Box<Expr>>,
        /// For how long at most.
        within: Option<Box<Expr>>,
        /// The name that keeps the event.
        name: Option<Ident>,
    },
    /// `hold EXPR for DURATION [every DURATION]`
    Hold {
        /// What must stay true.
        condition: Expr,
        /// For how long.
        duration: Box<Expr>,
        /// How often it is looked at, where it has to be polled.
        every: Option<Box<Expr>>,
    },
    /// `always EXPR [every DURATION]`, and `never EXPR`
    Always {
        /// What must hold throughout (with `never`: hold at no time).
        condition: Expr,
        /// It is `never`.
        negated: bool,
        /// How often it is looked at, where it has to be polled.
        every: Option<Box<Expr>>,
    },
    /// `never event …`
    NeverEvent(Box<EventMatch>),
    /// `eventually EXPR within DURATION [every DURATION]`
    Eventually {
        /// What must become true.
        condition: Expr,
        /// In what time.
        within: Box<Expr>,
        /// How often it is looked at, where it has to be polled.
        every: Option<Box<Expr>>,
    },
    /// `defer COMMAND WORD…`
    Defer(Box<Step>),
    /// `mark NAME`
    Mark(Ident),
    /// `require`, `assert`, `check`: `EXPR [, MESSAGE]`
    Assert {
        /// Which of the three.
        kind: AssertKind,
        /// What must hold.
        condition: Expr,
        /// What is said if it does not.
        message: Option<Box<Expr>>,
    },
    /// `pass fail skip error [TEXT]`
    Verdict {
        /// Which of the four.
        kind: VerdictKind,
        /// The reason.
        text: Vec<Word>,
    },
    /// `exit [EXPR]`
    Exit(Option<Expr>),
    /// `finally … end`
    Finally(Block),
}

/// What an assertion that does not hold means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssertKind {
    /// The scenario cannot be judged: ERROR.
    Require,
    /// Stop: FAIL.
    Assert,
    /// Note the failure, and go on.
    Check,
}

/// The verdicts that a scenario can state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerdictKind {
    /// `pass`
    Pass,
    /// `fail`
    Fail,
    /// `skip`
    Skip,
    /// `error`
    Error,
}

/// A parameter of a `step`.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// Its default, a literal, which gives its type.
    pub default: Option<Expr>,
}

/// Which event is meant: `PATTERN [or PATTERN]… [from COMPONENT] [where EXPR]`.
#[derive(Clone, Debug, PartialEq)]
pub struct EventMatch {
    /// One of these must match.
    pub patterns: Vec<Pattern>,
    /// The component it must come from.
    pub from: Option<Word>,
    /// What must hold for it, the event being `it`.
    pub filter: Option<Expr>,
}

/// What a message must look like.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// How it is written.
    pub kind: PatternKind,
    /// Where it stands.
    pub span: Span,
}

/// How a pattern is written.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// A text in which `*` stands for anything, matching the whole message.
    Glob(Word),
    /// What stands between `/` and `/`, with `\/` already read as `/`, matching anywhere.
    Regex(String),
}

/// A command line: modifiers, the command and its words.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What stands before the command, in the order in which it stands.
    pub modifiers: Vec<Modifier>,
    /// The command's name. Only after `call` may it hold interpolations.
    pub command: Word,
    /// It was named by `call`.
    pub call: bool,
    /// The words after the command.
    pub words: Vec<Word>,
    /// From the first modifier to the last word.
    pub span: Span,
}

/// What stands before a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Modifier {
    /// Which it is.
    pub kind: ModifierKind,
    /// Where it stands, with what belongs to it.
    pub span: Span,
}

/// What a modifier says.
#[derive(Clone, Debug, PartialEq)]
pub enum ModifierKind {
    /// `on HOST-or-COMPONENT`
    On(Word),
    /// `timeout DURATION`
    Timeout(Expr),
    /// `input TEXT`
    Input(Word),
    /// `retry N [every DURATION]`
    Retry {
        /// How many attempts in all.
        attempts: Expr,
        /// The pause between them.
        every: Option<Expr>,
    },
    /// `retry within DURATION [every DURATION]`
    RetryWithin {
        /// For how long.
        within: Expr,
        /// The pause between attempts.
        every: Option<Expr>,
    },
    /// `not`: it must fail.
    Not,
    /// `soft`: a failure is noted, and the scenario goes on.
    Soft,
    /// `try`: go on whatever it does, and count nothing.
    Try,
    /// `must`, after `set`: a failure ends the scenario.
    Must,
}

/// A word: what stands between blanks, cut where it changes its nature.
///
/// Neighbouring parts of the same kind are one part. An empty quoted word (`''`) has
/// one empty [`Part::Quoted`].
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Its parts in their order; never empty.
    pub parts: Parts,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// The parts of a word or a text. Mostly there is one, which lies in it.
pub type Parts = SmallVec<[Part; 1]>;

/// A part of a word or of a quoted text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text outside quotes, as written.
    Bare(EcoString),
    /// Text from within quotes, escapes read.
    Quoted(EcoString),
    /// `#{EXPR}`, inside or outside quotes.
    Value {
        /// What is put in its place.
        expr: Box<Expr>,
        /// It stands inside quotes.
        quoted: bool,
    },
    /// `#{*LIST}`, alone in its word.
    Splat(Box<Expr>),
}

impl StatementKind {
    /// The blocks directly inside it, in their order.
    pub fn blocks(&self) -> Vec<&Block> {
        match self {
            Self::If {
                arms, otherwise, ..
            } => arms
                .iter()
                .map(|(_, block)| block)
                .chain(otherwise)
                .collect(),
            Self::While { body, .. }
            | Self::For { body, .. }
            | Self::Repeat { body, .. }
            | Self::StepDefinition { body, .. }
            | Self::Case { body, .. }
            | Self::Do(body)
            | Self::Parallel(body)
            | Self::Retry { body, .. }
            | Self::Finally(body) => vec![body],
            _ => Vec::new(),
        }
    }
}

impl Word {
    /// The text of a word without interpolations.
    pub fn literal(&self) -> Option<Cow<'_, str>> {
        literal(&self.parts)
    }

    /// The text of a word that is bare from end to end.
    pub fn bare(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Bare(text)] => Some(text),
            _ => None,
        }
    }

    /// The expression of a word that is exactly one interpolation, outside quotes.
    pub fn value(&self) -> Option<&Expr> {
        match self.parts.as_slice() {
            [
                Part::Value {
                    expr,
                    quoted: false,
                },
            ] => Some(expr),
            _ => None,
        }
    }
}

/// The text of parts without interpolations.
pub fn literal(parts: &[Part]) -> Option<Cow<'_, str>> {
    if let [Part::Bare(text) | Part::Quoted(text)] = parts {
        return Some(Cow::Borrowed(text));
    }
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Bare(piece) | Part::Quoted(piece) => text.push_str(piece),
            Part::Value { .. } | Part::Splat(_) => return None,
        }
    }
    Some(Cow::Owned(text))
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// Every kind of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A whole number, as digits; the grammar has checked that it fits 64 bits.
    Int(i64),
    /// A decimal, as written; the grammar has checked that it fits 28 digits.
    Decimal(String),
    /// A time such as `1m30s`, in nanoseconds.
    Duration(i64),
    /// A size such as `64KiB`, in bytes.
    Size(i64),
    /// A percentage such as `15%`, the digits as written.
    Percent(String),
    /// Text in quotes; one [`Part::Quoted`] where nothing is interpolated.
    Text(Parts),
    /// `true` or `false`
    Bool(bool),
    /// `none`
    None,
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a: 1, 'b c': 2}`
    Map(Vec<(Ident, Expr)>),
    /// A bare name: a variable, a component, or a name of the environment.
    Name(EcoString),
    /// `f(x)`
    Call {
        /// The function.
        function: Box<Ident>,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// `a.b`
    Field {
        /// `a`
        of: Box<Expr>,
        /// `b`
        name: Ident,
    },
    /// `a[i]`
    Index {
        /// `a`
        of: Box<Expr>,
        /// `i`
        index: Box<Expr>,
    },
    /// `#{…}` inside an expression: the same as parentheses.
    Interpolation(Box<Expr>),
    /// `(…)`
    Group(Box<Expr>),
    /// `- x`
    Negate(Box<Expr>),
    /// `not x`
    Not(Box<Expr>),
    /// `a OP b`
    Binary {
        /// Which operator.
        operator: Operator,
        /// Where it stands.
        operator_span: Span,
        /// Its left side.
        left: Box<Expr>,
        /// Its right side.
        right: Box<Expr>,
    },
    /// `a matches 'REGEX'`
    Matches {
        /// The text.
        text: Box<Expr>,
        /// The regular expression.
        regex: Box<Expr>,
    },
    /// `LIST where EXPR`
    Where {
        /// The list.
        list: Box<Expr>,
        /// What must hold for an element, which is `it`.
        condition: Box<Expr>,
    },
}

/// The operators with two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `contains`
    Contains,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is there most often stays small: one large variant makes all of them large.
    #[test]
    fn nodes_are_small() {
        assert_eq!(size_of::<Ident>(), 24);
        assert_eq!(size_of::<Word>(), 40);
        assert_eq!(size_of::<Expr>(), 48);
        assert_eq!(size_of::<Statement>(), 112);
    }
}
