//! What cuts short what a line of execution does: a time limit, or that the line is to end.
//!
//! A line of execution counts the places at which it can be cut short, and the record has the number of
//! each at which it was: what was a matter of time once is given back as it came.

use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use scn_protocol::{Event, Why};

use super::branch::Branch;
use super::shared::Shared;

/// Why something was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Its own time is up.
    Timeout,
    /// The time that is given for all attempts is up.
    Late,
    /// The time of the region of that number is up.
    Block(usize),
    /// The line of execution is to end.
    Ended,
}

impl Cut {
    /// As it was recorded.
    pub fn of(why: Why, region: Option<u64>) -> Self {
        match why {
            Why::Timeout => Self::Timeout,
            Why::Late => Self::Late,
            Why::Ended => Self::Ended,
            Why::Block => Self::Block(region_of(region)),
        }
    }

    fn recorded(self) -> (Why, Option<u64>) {
        match self {
            Self::Timeout => (Why::Timeout, None),
            Self::Late => (Why::Late, None),
            Self::Ended => (Why::Ended, None),
            Self::Block(region) => (Why::Block, region_number(region)),
        }
    }
}

/// A region's number as it is recorded: none for the line's own limit.
pub fn region_number(region: usize) -> Option<u64> {
    (region != super::drive::OWN_LIMIT)
        .then(|| u64::try_from(region).ok())
        .flatten()
}

/// A recorded region.
pub fn region_of(number: Option<u64>) -> usize {
    number
        .and_then(|number| usize::try_from(number).ok())
        .unwrap_or(super::drive::OWN_LIMIT)
}

/// A place at which a line of execution can be cut short, once.
pub struct Cutter<'a> {
    shared: &'a Shared,
    branch: &'a Branch,
    number: u64,
}

impl<'a> Cutter<'a> {
    /// The next place of that line of execution.
    pub fn new(shared: &'a Shared, branch: &'a Branch) -> Self {
        Self {
            shared,
            branch,
            number: branch.next_cut(),
        }
    }

    /// Completes when what is done here is to be cut short: at a limit, or when the line is to end.
    pub async fn cut(&self, limit: Option<(i64, Cut)>) -> Cut {
        if let Some(recall) = self.shared.recalling() {
            if let Some(cut) = recall.cut(&self.branch.recorded, self.number).await {
                return cut;
            }
            recall.live().await;
        }
        let timer = match limit {
            Some((at, _)) => self.shared.platform.clock.sleep_until(at),
            None => std::future::pending().boxed_local(),
        };
        let ended = pin!(Rc::clone(&self.branch.ended).wait());
        let cut = match select(ended, timer).await {
            Either::Right(_) => limit.map_or(Cut::Ended, |(_, cut)| cut),
            Either::Left(_) => Cut::Ended,
        };
        self.happened(cut)
    }

    /// The same where nothing is waited for: whether it is to be cut short now.
    pub async fn now(&self, limit: Option<(i64, Cut)>) -> Option<Cut> {
        if let Some(recall) = self.shared.recalling() {
            let name = &self.branch.recorded;
            let cut = recall.cut(name, self.number).await;
            // What it did next, or who waits for its end, was done because it was not cut here.
            if cut.is_some() || recall.went_on(name) {
                return cut;
            }
        }
        if self.branch.ended.is_set() {
            return Some(self.happened(Cut::Ended));
        }
        let (at, cut) = limit?;
        (at <= self.shared.platform.clock.monotonic()).then(|| self.happened(cut))
    }

    /// How it was cut, if it was, where the record is given back.
    pub async fn recorded(&self) -> Option<Cut> {
        let recall = self.shared.recalling()?;
        recall.cut(&self.branch.recorded, self.number).await
    }

    /// Whether it is recorded to have been cut, now or later.
    pub fn is_recorded(&self) -> bool {
        let recall = self.shared.recalling();
        recall.is_some_and(|recall| recall.has_cut(&self.branch.recorded, self.number))
    }

    /// It is cut short here.
    pub fn end(&self) {
        self.happened(Cut::Ended);
    }

    fn happened(&self, cut: Cut) -> Cut {
        let (why, region) = cut.recorded();
        self.shared.journal.event(Event::Cut {
            branch: self.branch.name.clone(),
            number: self.number,
            why,
            region,
        });
        cut
    }
}

/// Whether a line of execution is to end before it does anything else.
pub async fn is_ended(shared: &Shared, branch: &Branch) -> bool {
    Cutter::new(shared, branch).now(None).await.is_some()
}
