//! Stretches of code whose failures something judges.

use super::{Place, Reg, Target};

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
    /// `set NAME STEP`: what failed is a result too.
    Keep {
        /// Where it goes.
        to: Reg,
        /// Where what the step returned stands, if it is only that it was not to pass.
        from: Reg,
    },
    /// `do`: the bounds of the watches in it.
    Watched,
}
