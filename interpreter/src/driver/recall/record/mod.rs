//! What a journal tells of a run, by who asks for it again: each line of execution for its own effects in
//! their order, and all for what came from outside in the order in which it came.

mod events;
mod lane;
mod logs;
mod read;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use scn_protocol::{Event, Phase, Report, Status, Stream};
use serde_json::Value as Json;

use crate::driver::branch::Branch;

pub use self::events::made;
pub use self::lane::{Lane, Taken};
use self::logs::Logs;
pub use self::read::read;

/// An attempt of a step, as it was recorded.
#[derive(Debug)]
pub struct Step {
    /// Its number.
    pub step: u64,
    /// The number of the attempt that owes what is owed: its own, or that of the attempt whose end was
    /// not seen and which it repeats.
    pub first: u64,
    /// The number of the event that tells its begin.
    pub seq: u64,
    /// Its line.
    pub line: u32,
    /// When it began: nanoseconds since 1970 in UTC.
    pub at: i64,
    /// Its words, secrets masked.
    pub words: Vec<String>,
    /// What it was part of.
    pub phase: Phase,
    /// Its process, and when that began in clock ticks.
    pub process: Option<(u32, u64)>,
    /// What it wrote, in order.
    pub outputs: Vec<(Stream, Piece)>,
    /// How it ended; none if that was not seen.
    pub end: Option<End>,
}

/// A piece of output.
#[derive(Debug)]
pub enum Piece {
    /// It stands in the journal.
    Here(Vec<u8>),
    /// It is in a file of the run's folder, with so many bytes if they are known.
    File(String, Option<u64>),
}

/// How an attempt ended.
#[derive(Debug)]
pub struct End {
    /// The number of the event that tells it.
    pub seq: u64,
    /// How.
    pub status: Status,
    /// The exit status of its program.
    pub exit: Option<i64>,
    /// The signal that ended it.
    pub signal: Option<String>,
    /// What it returned.
    pub value: Json,
    /// Why it failed.
    pub error: Option<String>,
    /// How long it took, in nanoseconds.
    pub took: i64,
    /// Another attempt followed, whatever it gave.
    pub again: bool,
    /// That it failed was no failure of the scenario's.
    pub caught: bool,
    /// It was not even begun.
    pub unstarted: bool,
}

/// A wait, as it was recorded.
#[derive(Debug)]
pub struct Waited {
    /// The number of the event that tells its end.
    pub seq: u64,
    /// What for.
    pub what: String,
    /// How it ended.
    pub status: Status,
    /// What came.
    pub value: Json,
    /// Why it failed.
    pub error: Option<String>,
    /// The region whose time was up.
    pub region: Option<u64>,
    /// It was no failure of the scenario's.
    pub caught: bool,
}

impl Waited {
    /// The event that tells it, again.
    pub fn told(&self, branch: &Branch, line: u32, file: Option<String>) -> Event {
        Event::Waited {
            line,
            file,
            what: self.what.clone(),
            outcome: self.status == Status::Pass,
            status: Some(self.status),
            value: self.value.clone(),
            error: self.error.clone(),
            region: self.region,
            caught: self.caught,
            branch: branch.name.clone(),
            place: 0,
        }
    }
}

/// What was typed at a pause, as it was recorded.
#[derive(Debug)]
pub struct Entered {
    /// The number of its event.
    pub seq: u64,
    /// It.
    pub text: String,
    /// Its first line.
    pub line: u32,
    /// The number of the place at which the line of execution was paused.
    pub stop: u64,
    /// The frame in which it was run, from the innermost.
    pub frame: u64,
}

impl Entered {
    /// The event that tells it, again.
    pub fn told(&self, branch: &Branch) -> Event {
        Event::Entered {
            text: self.text.clone(),
            line: self.line,
            branch: branch.name.clone(),
            stop: self.stop,
            frame: self.frame,
        }
    }
}

/// What a line of execution asks for, and gets again.
#[derive(Clone, Debug)]
pub enum Effect {
    /// An attempt of a step.
    Step(Rc<Step>),
    /// Something that looks outside, with its answer, and when that came: nanoseconds since 1970 in UTC.
    Look(String, Result<Json, String>, i64),
    /// A wait.
    Wait(Rc<Waited>),
    /// A `defer`: the number of its event, and of what is owed.
    Defer(u64, u64),
    /// It began, being a branch: the number of that event.
    Begin(u64),
    /// Something was typed at a pause of it.
    Entered(Rc<Entered>),
}

impl Effect {
    /// Whether it is an attempt of a step.
    pub fn is_step(&self) -> bool {
        matches!(self, Self::Step(_))
    }
}

/// Something that came from outside of the program.
#[derive(Debug)]
pub enum Input {
    /// An answer to a line of execution, which takes it: a step's begin or end, a wait's end, or a cut.
    Answer,
    /// A report of a component.
    Report(Report),
    /// A watch ended, the one of that number in that branch: it was so, or was not, or could not be judged.
    Watch(String, u64, Option<bool>, String),
    /// The scenario was ended from outside.
    Stopped(String, bool),
}

/// A recorded run.
#[derive(Debug, Default)]
pub struct Recorded {
    /// When the first event was written: nanoseconds since 1970 in UTC.
    pub began: i64,
    /// What there is of each line of execution; of which there is no more is not there any more.
    pub lanes: BTreeMap<String, Lane>,
    /// The names of all of them, if something is masked in one.
    pub names: BTreeSet<String>,
    /// What came, with the number and the time of its event.
    pub inputs: VecDeque<(u64, i64, Input)>,
    /// The events that the program makes itself, as often as they are there.
    pub made: HashMap<String, usize>,
    /// What each watch watches for, by its branch and its number there; and if it could not be judged, what was said.
    pub watches: HashMap<String, HashMap<u64, (String, Option<String>)>>,
    /// The steps of which it is recorded that they owe something.
    pub owing: HashSet<u64>,
    /// What is owed still, by its step: the number of the event that told it first, and its words.
    pub owed: HashMap<u64, (u64, Vec<String>)>,
    /// The highest number of a step.
    pub steps: u64,
    /// How many steps were begun, however many attempts each had.
    pub begun: u64,
    /// When the last event was written: nanoseconds since 1970 in UTC.
    pub ended: i64,
    /// Up to when the run was watched without a break: nanoseconds since 1970 in UTC, as the machine's own
    /// clock had it.
    pub watched: i64,
    /// Where logs stood.
    pub logs: Logs,
    /// The whole run is there.
    pub finished: bool,
    /// Events that the program does not make itself, if they are to be told again.
    pub told: VecDeque<(u64, Event)>,
}
