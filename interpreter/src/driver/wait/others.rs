//! Waiting for other lines of execution: jobs, and branches.

use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::Limit;
use crate::driver::branch::Branch;
use crate::driver::cut::{Cut, Cutter};
use crate::driver::jobs::Job;
use crate::driver::shared::Shared;

/// How waiting for a job ended.
pub enum Over {
    /// The job has ended.
    Done,
    /// The time for it is up.
    Timeout,
    /// The time of the region of that number is up.
    Deadline(usize),
    /// The line of execution is to end.
    Ended,
}

/// Waits for a job's end.
pub async fn over(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    job: &Rc<Job>,
    until: Option<i64>,
    limit: Limit,
) -> Over {
    let cutter = Cutter::new(shared, branch);
    if !job.running() {
        return Over::Done;
    }
    let own = until.map(|at| (at, Cut::Timeout));
    let outer = limit.map(|(at, region)| (at, Cut::Block(region)));
    let first = own.into_iter().chain(outer).min_by_key(|(at, _)| *at);
    let over = pin!(Rc::clone(&job.over).wait());
    match select(over, pin!(cutter.cut(first))).await {
        Either::Left(_) => Over::Done,
        Either::Right((Cut::Timeout | Cut::Late, _)) => Over::Timeout,
        Either::Right((Cut::Block(region), _)) => Over::Deadline(region),
        Either::Right((Cut::Ended, _)) => Over::Ended,
    }
}

/// What came first.
pub enum Next<T> {
    /// One of the futures is done.
    Item(T),
    /// The time of the region of that number is up.
    Deadline(usize),
    /// The line of execution is to end.
    Ended,
}

/// Waits for the next of several futures, for a limit, or for the end; once told to end, only
/// for the futures.
pub async fn next<F: Future>(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    running: &mut FuturesUnordered<F>,
    limit: Limit,
) -> Next<F::Output> {
    let cutter = Cutter::new(shared, branch);
    let limit = limit.map(|(at, region)| (at, Cut::Block(region)));
    // The caller knows it already, if it was told before.
    let is_known = branch.ended.is_set() && limit.is_none() && !cutter.is_recorded();
    let cut = async {
        match is_known {
            true => std::future::pending().await,
            false => cutter.cut(limit).await,
        }
    };
    match select(running.next(), pin!(cut)).await {
        Either::Left((Some(item), _)) => Next::Item(item),
        Either::Left((None, _)) => Next::Ended,
        Either::Right((Cut::Block(region), _)) => Next::Deadline(region),
        Either::Right(_) => Next::Ended,
    }
}
