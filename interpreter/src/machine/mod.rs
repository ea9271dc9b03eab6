//! The machine: runs a program's instructions until it needs something from outside.
//!
//! It is synchronous and performs no effect. [`Fiber::run`] goes on until an effect is asked
//! for, and gives back a [`Stop`] that says which; whoever drives it performs the effect and
//! calls [`Fiber::resume`] (or [`Fiber::raise`]). What is answered at once, such as a metric's
//! last value, is asked of [`Hooks`].

mod around;
mod cold;
mod fiber;
mod lend;
mod raise;
mod run;
mod values;

use std::sync::Arc;

use scn_protocol::{Handle, Value, Verdict};

use crate::function::Outside;
use crate::program::{AssertSite, EndSite, Place, Reg};

pub use around::{Catches, Inside};
pub use fiber::{Fiber, Frame, RegionState, State, WINDOW};
pub use raise::told_with;
pub use values::{Word, assert_name, attempts, duration, expand, reason, with_values};

/// How deep steps may be nested where nothing less is said.
pub const DEEPEST_CALL: usize = 10_000;

/// How far a fiber may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How deep steps may be nested.
    pub depth: usize,
    /// How many bytes of memory one value may take.
    pub value: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            depth: DEEPEST_CALL,
            value: u64::MAX,
        }
    }
}

/// Why a fiber stopped.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// It ran for a while: others may have their turn.
    Breathe,
    /// A step is asked for; its modifiers and words were pushed.
    Step {
        /// Where the result goes.
        to: Reg,
        /// Which.
        site: u32,
    },
    /// A background job is asked for.
    Background {
        /// Where the job goes.
        to: Reg,
        /// Which.
        site: u32,
    },
    /// Jobs are waited for.
    Await(u32),
    /// Jobs are ended.
    Cancel(u32),
    /// A step is owed.
    Defer(u32),
    /// Branches are asked for.
    Parallel(u32),
    /// A branch has ended.
    BranchEnd,
    /// A wait is asked for.
    Wait {
        /// Where the event goes.
        to: Reg,
        /// Which.
        site: u32,
    },
    /// A watched block ends: what is open in that scope is waited for.
    Unwatch(u64),
    /// Nothing before this time (on the monotonic clock).
    Pause(i64),
    /// The scenario is ended by its own words.
    End {
        /// How.
        site: EndSite,
        /// The text or the status.
        value: Option<Value>,
        /// By which words.
        place: Place,
    },
    /// A statement begins, at which a debugger may stop.
    Statement,
    /// Something failed, and nothing in this fiber is to judge it: a debugger may stop where it stands
    /// before it is raised.
    Failing(Failure),
    /// The last line is done.
    Finish,
    /// A condition has its value.
    Yield(Value),
    /// Something failed, and nothing in this fiber is to judge it.
    Failed(Failure),
}

/// Something that did not go as it should.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// FAIL or ERROR.
    pub blame: Blame,
    /// Why, for a person.
    pub reason: String,
    /// At which words.
    pub place: Place,
}

impl Failure {
    /// What it makes of what it fails.
    pub fn verdict(&self) -> Verdict {
        match self.blame {
            Blame::Error => Verdict::Error,
            Blame::System | Blame::Deadline(_) => Verdict::Fail,
        }
    }
}

/// The verdict of a case that does not come to its end, as what cut it short gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// How the case ended.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
}

/// Whose failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The system's: FAIL.
    System,
    /// It could not be judged: ERROR.
    Error,
    /// The time of the region of that number (counted from the fiber's first) is up.
    Deadline(usize),
}

/// A watch that is to begin.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchAsked {
    /// Which.
    pub site: u32,
    /// What was pushed for it.
    pub pushed: Vec<Value>,
    /// The frame whose variables it names.
    pub frame: u64,
    /// The scope that it ends with; none: the scenario.
    pub scope: Option<u64>,
    /// A case, a `retry` or a `try` around it judges its violation.
    pub judged: bool,
}

/// What is to be told of something that was judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked<'m> {
    /// Each side of its comparisons with its value.
    pub names: Vec<(String, Value)>,
    /// The failure's message.
    pub message: Option<&'m str>,
    /// What takes care of its failure, in its fiber.
    pub catches: Catches,
}

impl Checked<'_> {
    /// It holds.
    pub fn so(names: Vec<(String, Value)>) -> Self {
        Self {
            names,
            ..Self::default()
        }
    }
}

/// What the machine asks for and has at once.
pub trait Hooks {
    /// How far the fiber may go.
    fn bounds(&self) -> Bounds {
        Bounds::default()
    }

    /// So many instructions were run, counted by rounds of loops, calls and the size of what was made.
    fn spent(&mut self, instructions: u64) {
        let _ = instructions;
    }

    /// Whether a debugger stops at a failure before it is raised.
    fn stops_at_failure(&self) -> bool {
        false
    }

    /// A field of a component, a family or a job.
    fn read(&mut self, handle: &Handle, field: &str) -> Result<Value, String>;

    /// A field of a metric of a component: a percentile; or, for what is no metric, the field of its field.
    fn read_path(&mut self, handle: &Handle, field: &str, part: &str) -> Result<Value, String>;

    /// A member of a family.
    fn member(&mut self, family: &Handle, key: &Value) -> Result<Value, String>;

    /// All members of a family, in order.
    fn members(&mut self, family: &Handle) -> Vec<Value>;

    /// The value of a global.
    fn global(&mut self, index: u32) -> Value;

    /// What functions see of the world.
    fn outside(&mut self) -> &mut dyn Outside;

    /// What a function that looks outside gives: `find` asks it. An answer that is recorded is given
    /// again instead.
    fn look(
        &mut self,
        function: &str,
        find: &dyn Fn(&mut dyn Outside) -> Result<Value, String>,
    ) -> Result<Value, String> {
        let _ = function;
        find(self.outside())
    }

    /// Whether there is time for something that begins at `next`, before `until`, both on the
    /// monotonic clock.
    fn in_time(&mut self, next: i64, until: i64) -> bool {
        next < until
    }

    /// A watched variable was assigned.
    fn assigned(&mut self, frame: u64, variable: u32, value: &Value, place: Place);

    /// Something was judged.
    fn checked(&mut self, site: &AssertSite, place: Place, holds: bool, told: Checked<'_>);

    /// A failure is noted, and the scenario goes on.
    fn noted(&mut self, failure: Failure);

    /// A point in time is named; gives now.
    fn marked(&mut self, name: &str, place: Place) -> i64;

    /// Begins to watch.
    fn watch(&mut self, watch: WatchAsked);

    /// Watches from here on belong to this new scope.
    fn open_scope(&mut self) -> u64;

    /// The scope ends at once, without waiting for what is open. Gives the failed checks of its
    /// watches that something around it judges.
    fn close_scope(&mut self, scope: u64) -> Vec<Failure>;

    /// A case begins.
    fn case_started(&mut self, title: &str, place: Place);

    /// A case is over.
    fn case_finished(&mut self, title: &str, place: Place, verdict: Verdict, reason: Option<&str>);

    /// The monotonic clock, in nanoseconds.
    fn monotonic(&mut self) -> i64;
}

/// What a variable holds that was never set. No value of the language is equal to it: a
/// secret is never made of `none`.
pub fn unset() -> Value {
    static UNSET: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
    UNSET
        .get_or_init(|| Value::Secret(Arc::new(Value::None)))
        .clone()
}

/// Whether a variable was never set.
pub fn is_unset(value: &Value) -> bool {
    matches!(value, Value::Secret(inner) if matches!(**inner, Value::None))
}
