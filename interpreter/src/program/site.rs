//! What waits, watches, judges and ends.

use std::rc::Rc;

use scn_grammar::tree::{AssertKind, VerdictKind};

use super::{Closure, Named, Place, Slot, Target};

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
#[derive(Clone)]
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
#[derive(Clone)]
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
#[derive(Clone)]
pub struct EventSite {
    /// One of these matches.
    pub patterns: Vec<EventPattern>,
    /// The component.
    pub from: Option<String>,
    /// What must hold, the event being `it`.
    pub filter: Option<Closure>,
    /// As written.
    pub text: String,
    /// Why none can ever come of that component.
    pub unheard: Option<String>,
}

/// What a message must look like.
#[derive(Clone)]
pub enum EventPattern {
    /// Made of the value at that place of what was pushed: `*` stands for anything.
    Glob(u32),
    /// A regular expression.
    Regex(regex::Regex),
}

/// A watch.
#[derive(Clone)]
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
#[derive(Clone)]
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
#[derive(Clone)]
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
