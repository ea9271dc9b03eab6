//! Judging what is watched: what it gives, and how that is told.

use std::rc::Rc;

use scn_protocol::{Event, Value, quantity};

use super::{Told, Watch, closure_of, found};
use crate::driver::branch::Branch;
use crate::driver::eval::{self, Judged};
use crate::driver::event::Sought;
use crate::driver::journal;
use crate::driver::shared::Shared;
use crate::machine::{Blame, Failure, Fiber};
use crate::program::{WatchKind, WatchSite};

/// Judges those watches.
pub fn judge(shared: &Rc<Shared>, which: impl Fn(&Watch) -> bool) {
    let numbers: Vec<u64> = shared
        .watches
        .borrow()
        .open
        .iter()
        .filter(|watch| which(watch))
        .map(|watch| watch.number)
        .collect();
    judge_these(shared, &numbers);
}

/// Judges the watches of those numbers, as far as they are open.
pub fn judge_these(shared: &Rc<Shared>, numbers: &[u64]) {
    let mut fiber = Fiber::default();
    for &number in numbers {
        judge_one(shared, number, &mut fiber);
    }
}

fn judge_one(shared: &Rc<Shared>, number: u64, fiber: &mut Fiber) {
    let found = shared.watches.borrow().of_number(number).map(|watch| {
        (
            watch.site,
            watch.pushed.clone(),
            Rc::clone(&watch.branch),
            watch.next_event,
            watch.told(),
        )
    });
    let Some((site, pushed, branch, next_event, told)) = found else {
        return;
    };
    let program = shared.program();
    let site = &program.watches[site as usize];
    let (closure, wanted) = match &site.kind {
        WatchKind::NeverEvent(_) => {
            return judge_events(
                shared,
                (number, &told),
                site,
                pushed,
                &branch,
                next_event,
                fiber,
            );
        }
        WatchKind::Always(closure) => (closure, true),
        WatchKind::Never(closure) => (closure, false),
        WatchKind::Eventually(closure) => (closure, true),
    };
    let eventually = matches!(site.kind, WatchKind::Eventually(_));
    let decided = is_decided(shared, &told, site);
    let judge = match eventually {
        true => eval::condition,
        false => eval::throughout,
    };
    match judge(shared, &branch, closure, &pushed, fiber) {
        Judged::Unobserved(reason) if reason.is_stale() => with(shared, number, |watch| {
            watch.lost.get_or_insert(reason.to_string());
        }),
        Judged::Unobserved(reason) => with(shared, number, |watch| {
            watch.unseen = Some(reason.to_string());
        }),
        Judged::Failed(_) if decided => {}
        Judged::Failed(failure) => {
            recorded(shared, &told, site, None, &[], Some(failure.reason.clone()));
            ends(
                shared,
                number,
                Failure {
                    place: site.place,
                    ..failure
                },
            );
        }
        Judged::Answer(answer, names) => {
            with(shared, number, |watch| watch.judged = true);
            if eventually {
                if !answer {
                    with(shared, number, |watch| watch.last = names);
                } else if !decided {
                    remove(shared, number);
                    recorded(shared, &told, site, Some(true), &names, None);
                    shared.news.ring();
                }
            } else if answer != wanted && !decided {
                violated(shared, (number, &told), site, &names);
            }
        }
    }
}

fn judge_events(
    shared: &Rc<Shared>,
    (number, told): (u64, &Told),
    site: &WatchSite,
    mut pushed: Vec<Value>,
    branch: &Rc<Branch>,
    next_event: u64,
    fiber: &mut Fiber,
) {
    let WatchKind::NeverEvent(event) = &site.kind else {
        return;
    };
    let sought = Sought::new(event, &mut pushed);
    let (events, end) = {
        let board = shared.board.borrow();
        let skip = usize::try_from(next_event.saturating_sub(board.dropped)).unwrap_or(0);
        (
            board.events.iter().skip(skip).cloned().collect::<Vec<_>>(),
            board.dropped + board.events.len() as u64,
        )
    };
    with(shared, number, |watch| {
        watch.next_event = end;
        watch.judged = event.unheard.is_none();
        watch.unseen.clone_from(&event.unheard);
    });
    if is_decided(shared, told, site) {
        return;
    }
    for event in events {
        match sought.matches(shared, branch, &event, fiber) {
            Ok(Some(_)) => {
                let said = format!("{}: {}", event.subject, event.message);
                return violated(
                    shared,
                    (number, told),
                    site,
                    &[("event".to_owned(), Value::from(said))],
                );
            }
            Ok(None) => {}
            Err(failure) => {
                return ends(shared, number, failure);
            }
        }
    }
}

/// What becomes of it is recorded, and is given back.
pub fn is_decided(shared: &Shared, (branch, nth): &Told, site: &WatchSite) -> bool {
    let recall = shared.recalling();
    recall.is_some_and(|recall| recall.decides(branch, *nth, Some(expression(site))))
}

/// What was said of a watch that could not be judged, where its record is judged again: that nobody watched is not to
/// be seen in what was observed.
pub fn was_unjudged(shared: &Shared, (branch, nth): &Told, site: &WatchSite) -> Option<String> {
    let recall = shared.recalling().filter(|recall| recall.judges())?;
    recall.unjudged(branch, *nth, expression(site))
}

/// A watch is recorded to have ended so.
pub fn ended_so(
    shared: &Rc<Shared>,
    number: u64,
    told: &Told,
    site: &WatchSite,
    holds: Option<bool>,
    message: String,
) {
    let blame = match holds {
        Some(true) if matches!(site.kind, WatchKind::Eventually(_)) => {
            remove(shared, number);
            recorded(shared, told, site, holds, &[], None);
            return shared.news.ring();
        }
        // It was closed where it stands.
        Some(true) => return,
        Some(false) => Blame::System,
        None => Blame::Error,
    };
    recorded(shared, told, site, holds, &[], Some(message.clone()));
    let failure = Failure {
        blame,
        reason: message,
        place: site.place,
    };
    ends(shared, number, failure);
    shared.news.ring();
}

fn expression(site: &WatchSite) -> &str {
    closure_of(site).map_or(&site.text, |closure| &closure.text)
}

fn with(shared: &Shared, number: u64, change: impl FnOnce(&mut Watch)) {
    let mut watches = shared.watches.borrow_mut();
    if let Some(at) = watches.place(number) {
        change(&mut watches.open[at]);
    }
}

/// Takes a watch that is over.
pub fn remove(shared: &Shared, number: u64) -> Option<Watch> {
    let mut watches = shared.watches.borrow_mut();
    let at = watches.place(number)?;
    Some(watches.open.remove(at))
}

/// A watch ends with that failure.
fn ends(shared: &Shared, number: u64, failure: Failure) {
    if let Some(watch) = remove(shared, number) {
        found(shared, (watch.scope, watch.inside), failure);
    }
}

/// What it watches for is not so, or what it forbids is: it ends with that.
fn violated(
    shared: &Rc<Shared>,
    (number, told): (u64, &Told),
    site: &WatchSite,
    names: &[(String, Value)],
) {
    let reason = format!("{} does not hold", site.text);
    let reason = crate::machine::with_values(reason, names);
    let failure = violation(shared, told, site, names, reason);
    ends(shared, number, failure);
}

/// A violation is a failed check, with the time, the value and the line that was running.
pub fn violation(
    shared: &Shared,
    told: &Told,
    site: &WatchSite,
    names: &[(String, Value)],
    reason: String,
) -> Failure {
    let line = shared.program().line(shared.running.get());
    let at = quantity::moment_text(shared.platform.clock.now() / 1_000_000 * 1_000_000);
    let reason = format!("{reason} (at {at}, line {line} was running)");
    recorded(shared, told, site, Some(false), names, Some(reason.clone()));
    Failure {
        blame: Blame::System,
        reason,
        place: site.place,
    }
}

/// What could not be judged is an ERROR.
pub fn not_judged(shared: &Shared, told: &Told, site: &WatchSite, why: &str) -> Failure {
    let reason = format!("{} could not be judged: {why}", site.text);
    unjudged(shared, told, site, reason)
}

/// The same, in these words.
pub fn unjudged(shared: &Shared, told: &Told, site: &WatchSite, reason: String) -> Failure {
    recorded(shared, told, site, None, &[], Some(reason.clone()));
    Failure {
        blame: Blame::Error,
        reason,
        place: site.place,
    }
}

pub fn recorded(
    shared: &Shared,
    (branch, nth): &Told,
    site: &WatchSite,
    holds: Option<bool>,
    names: &[(String, Value)],
    message: Option<String>,
) {
    let kind = match site.kind {
        WatchKind::Always(_) => "always",
        WatchKind::Never(_) | WatchKind::NeverEvent(_) => "never",
        WatchKind::Eventually(_) => "eventually",
    };
    let (line, file) = shared.line(site.place);
    shared.journal.event(Event::Checked {
        kind: kind.to_owned(),
        line,
        file,
        expression: expression(site).to_owned(),
        holds,
        values: journal::values(names),
        message,
        during: Some(shared.program().line(shared.running.get())),
        watch: Some(*nth),
        branch: branch.clone(),
        caught: false,
    });
}
