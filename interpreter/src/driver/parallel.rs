//! `parallel`: branches beside one another.

use std::rc::Rc;

use futures_util::stream::FuturesUnordered;
use scn_protocol::Event;

use super::branch::Branch;
use super::cut::is_ended;
use super::drive::{FiberEnd, case_ended, deadline, drive, erred, inside, limits, note, raise};
use super::shared::Shared;
use super::signal::Flag;
use super::{wait, watches};
use crate::machine::{Blame, Failure, Fiber};

/// Each branch runs beside the others; one that fails cancels them.
pub async fn parallel(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    site: u32,
) -> Option<FiberEnd> {
    let program = shared.program();
    let site = &program.parallels[site as usize];
    let place = fiber.place(&program);
    if let Some(reason) = branch.too_deep() {
        return erred(shared, branch, fiber, reason, place).await;
    }
    let limit = limits(branch, fiber);
    let all = Flag::new();
    let around = inside(shared, branch, fiber);
    let mut running = FuturesUnordered::new();
    for (number, (begins, _)) in site.branches.iter().enumerate() {
        let mut own_fiber = fiber.branch(*begins as usize);
        let under = branch.under(shared, &(number + 1).to_string(), Rc::clone(&all));
        let before = under.enter(around);
        let shared = Rc::clone(shared);
        running.push(async move {
            if let Some(recall) = shared.recalling() {
                recall.branch(&under.recorded).await;
            }
            let branch = under.name.clone();
            shared.journal.event(Event::BranchStarted { branch });
            let end = Box::pin(drive(&shared, &under, &mut own_fiber)).await;
            (number, own_fiber, end, under.back(before))
        });
    }
    let mut failed: Option<Failure> = None;
    let mut ended = false;
    let mut late = None;
    let mut case = None;
    while !running.is_empty() {
        let next = wait::next(
            shared,
            branch,
            &mut running,
            if late.is_some() || ended { None } else { limit },
        )
        .await;
        match next {
            wait::Next::Item((number, mut theirs, end, mut noted)) => {
                fiber.take_over(&program, &mut theirs, &site.branches[number].1);
                for scope in theirs.open_scopes() {
                    noted.extend(watches::close(shared, Some(scope), false));
                }
                note(shared, branch, fiber, noted);
                match end {
                    FiberEnd::Failed(failure) => {
                        let worse = failed.as_ref().is_none_or(|known| {
                            known.blame != Blame::Error && failure.blame == Blame::Error
                        });
                        if worse {
                            failed = Some(failure);
                        }
                        all.set();
                    }
                    FiberEnd::CaseEnded(ending) => {
                        case.get_or_insert(ending);
                        all.set();
                    }
                    FiberEnd::Ended => all.set(),
                    FiberEnd::Finished | FiberEnd::Yielded(_) => {}
                }
            }
            wait::Next::Deadline(region) => {
                late = Some(region);
                all.set();
            }
            wait::Next::Ended => {
                ended = true;
                all.set();
            }
        }
    }
    if let Some(region) = late {
        return deadline(shared, branch, fiber, region).await;
    }
    if ended || is_ended(shared, branch).await {
        return Some(FiberEnd::Ended);
    }
    match failed {
        Some(failure) => raise(shared, branch, fiber, failure).await,
        None if case.is_some() => case.and_then(|ending| case_ended(shared, branch, fiber, ending)),
        None if all.is_set() => {
            let reason = "a branch was ended".to_owned();
            Some(FiberEnd::Failed(Failure {
                blame: Blame::Error,
                reason,
                place,
            }))
        }
        None => None,
    }
}
