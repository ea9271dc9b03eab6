//! Watching while doing: `always`, `never`, `never event`, `eventually`.
//!
//! A watch is judged at each report, at each assignment of what it names, and, if it calls
//! something that looks outside, every 100 ms. Nothing else looks at it.

use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use scn_protocol::{Event, Value, quantity};

use super::branch::Branch;
use super::eval::{self, Judged};
use super::event::Sought;
use super::journal;
use super::shared::Shared;
use super::wait::POLL;
use crate::machine::{Blame, Failure, Fiber, duration};
use crate::program::{Closure, WatchKind, WatchSite};

/// What is being watched.
#[derive(Default)]
pub struct Watches {
    open: Vec<Watch>,
    scopes: u64,
}

struct Watch {
    number: u64,
    site: u32,
    scope: Option<u64>,
    frame: u64,
    pushed: Vec<Value>,
    branch: Rc<Branch>,
    until: Option<(i64, i64)>,
    every: Option<i64>,
    next_poll: Option<i64>,
    next_event: u64,
    judged: bool,
    lost: Option<String>,
}

impl Watches {
    /// A new scope.
    pub fn open_scope(&mut self) -> u64 {
        self.scopes += 1;
        self.scopes
    }
}

/// Begins to watch.
pub fn begin(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    site: u32,
    pushed: Vec<Value>,
    frame: u64,
    scope: Option<u64>,
) {
    let known = &shared.program.watches[site as usize];
    let now = shared.platform.clock.monotonic();
    let mut pushed = pushed;
    let mut read = |wanted: bool| {
        wanted
            .then(|| pushed.pop().map(|value| duration(&value)))
            .flatten()
            .transpose()
    };
    let (every, within) = match (read(known.every), read(known.within)) {
        (Ok(every), Ok(within)) => (every, within),
        (Err(reason), _) | (_, Err(reason)) => {
            return shared.note(Failure {
                blame: Blame::Error,
                reason,
                place: known.place,
            });
        }
    };
    let number = shared.watches.borrow_mut().open_scope();
    let polled = closure_of(known).is_some_and(|closure| closure.polled) || every.is_some();
    let next_event = {
        let board = shared.board.borrow();
        board.dropped + board.events.len() as u64
    };
    let watch = Watch {
        number,
        site,
        scope,
        frame,
        pushed,
        branch: Rc::clone(branch),
        until: within.map(|within| (now.saturating_add(within), within)),
        every,
        next_poll: polled.then_some(now),
        next_event,
        judged: false,
        lost: None,
    };
    shared.watches.borrow_mut().open.push(watch);
    judge(shared, |watch| watch.number == number);
    shared.news.ring();
}

fn closure_of(site: &WatchSite) -> Option<&Closure> {
    match &site.kind {
        WatchKind::Always(closure) | WatchKind::Never(closure) | WatchKind::Eventually(closure) => {
            Some(closure)
        }
        WatchKind::NeverEvent(_) => None,
    }
}

/// A variable of that frame was assigned.
pub fn assigned(shared: &Rc<Shared>, frame: u64, variable: u32, value: &Value) {
    let mut touched = Vec::new();
    for watch in &mut shared.watches.borrow_mut().open {
        let captures = match &shared.program.watches[watch.site as usize].kind {
            WatchKind::NeverEvent(event) => event.filter.as_ref().map(|filter| &filter.captures),
            WatchKind::Always(closure)
            | WatchKind::Never(closure)
            | WatchKind::Eventually(closure) => Some(&closure.captures),
        };
        if watch.frame != frame {
            continue;
        }
        let at = captures
            .and_then(|captures| captures.iter().position(|&captured| captured == variable));
        if let Some(place) = at.and_then(|at| watch.pushed.get_mut(at)) {
            *place = value.clone();
            touched.push(watch.number);
        }
    }
    judge(shared, |watch| touched.contains(&watch.number));
}

/// Something was reported of that subject.
pub fn reported(shared: &Rc<Shared>, subject: &str) {
    if shared.watches.borrow().open.is_empty() {
        return;
    }
    let concerns = |watch: &Watch| match closure_of(&shared.program.watches[watch.site as usize]) {
        None => true,
        Some(closure) => {
            closure.components.is_empty()
                || closure
                    .components
                    .iter()
                    .any(|known| subject == known || subject.starts_with(&format!("{known}[")))
        }
    };
    let gap = shared.board.borrow().gap(subject).map(str::to_owned);
    if let Some(reason) = gap {
        for watch in &mut shared.watches.borrow_mut().open {
            let site = &shared.program.watches[watch.site as usize];
            let about = match &site.kind {
                WatchKind::NeverEvent(event) => {
                    event.from.as_deref().is_none_or(|from| from == subject)
                }
                _ => closure_of(site)
                    .is_some_and(|closure| closure.components.iter().any(|known| known == subject)),
            };
            if about && watch.lost.is_none() {
                watch.lost = Some(format!("{subject}: {reason}"));
            }
        }
    }
    judge(shared, concerns);
}

/// Judges those watches.
fn judge(shared: &Rc<Shared>, which: impl Fn(&Watch) -> bool) {
    let numbers: Vec<u64> = shared
        .watches
        .borrow()
        .open
        .iter()
        .filter(|watch| which(watch))
        .map(|watch| watch.number)
        .collect();
    let mut fiber = Fiber::default();
    for number in numbers {
        judge_one(shared, number, &mut fiber);
    }
}

fn judge_one(shared: &Rc<Shared>, number: u64, fiber: &mut Fiber) {
    let found = shared
        .watches
        .borrow()
        .open
        .iter()
        .find(|watch| watch.number == number)
        .map(|watch| {
            (
                watch.site,
                watch.pushed.clone(),
                Rc::clone(&watch.branch),
                watch.next_event,
            )
        });
    let Some((site, pushed, branch, next_event)) = found else {
        return;
    };
    let program = Rc::clone(&shared.program);
    let site = &program.watches[site as usize];
    let (closure, wanted) = match &site.kind {
        WatchKind::NeverEvent(_) => {
            return judge_events(shared, number, site, pushed, &branch, next_event, fiber);
        }
        WatchKind::Always(closure) => (closure, true),
        WatchKind::Never(closure) => (closure, false),
        WatchKind::Eventually(closure) => (closure, true),
    };
    let eventually = matches!(site.kind, WatchKind::Eventually(_));
    match eval::condition(shared, &branch, closure, &pushed, fiber) {
        Judged::Unobserved(reason) if reason.contains("stale") => with(shared, number, |watch| {
            watch.lost.get_or_insert(reason);
        }),
        Judged::Unobserved(_) => {}
        Judged::Failed(failure) => {
            remove(shared, number);
            recorded(shared, site, None, &[], Some(failure.reason.clone()));
            shared.note(Failure {
                place: site.place,
                ..failure
            });
        }
        Judged::Answer(answer, names) => {
            with(shared, number, |watch| watch.judged = true);
            if eventually {
                if answer {
                    remove(shared, number);
                    recorded(shared, site, Some(true), &names, None);
                    shared.news.ring();
                }
            } else if answer != wanted {
                violated(shared, number, site, &names, None);
            }
        }
    }
}

fn judge_events(
    shared: &Rc<Shared>,
    number: u64,
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
        watch.judged = true;
    });
    for event in events {
        match sought.matches(shared, branch, &event, fiber) {
            Ok(Some(_)) => {
                let said = format!("{}: {}", event.subject, event.message);
                return violated(
                    shared,
                    number,
                    site,
                    &[("event".to_owned(), Value::from(said))],
                    None,
                );
            }
            Ok(None) => {}
            Err(failure) => {
                remove(shared, number);
                return shared.note(failure);
            }
        }
    }
}

fn with(shared: &Shared, number: u64, change: impl FnOnce(&mut Watch)) {
    if let Some(watch) = shared
        .watches
        .borrow_mut()
        .open
        .iter_mut()
        .find(|watch| watch.number == number)
    {
        change(watch);
    }
}

fn remove(shared: &Shared, number: u64) {
    shared
        .watches
        .borrow_mut()
        .open
        .retain(|watch| watch.number != number);
}

/// A violation is a failed check, with the value and the line that was running.
fn violated(
    shared: &Rc<Shared>,
    number: u64,
    site: &WatchSite,
    names: &[(String, Value)],
    why: Option<String>,
) {
    remove(shared, number);
    let line = shared.program.line(shared.running.get());
    let mut reason = why.unwrap_or_else(|| {
        crate::machine::reason("", &site.text, names, None)
            .trim()
            .to_owned()
    });
    reason = format!("{reason} (line {line} was running)");
    recorded(shared, site, Some(false), names, Some(reason.clone()));
    shared.note(Failure {
        blame: Blame::System,
        reason,
        place: site.place,
    });
}

fn recorded(
    shared: &Shared,
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
        expression: closure_of(site)
            .map_or_else(|| site.text.clone(), |closure| closure.text.clone()),
        holds,
        values: journal::values(names),
        message,
        during: Some(shared.program.line(shared.running.get())),
        branch: String::new(),
    });
}

/// Waits for each `eventually` of the scope that is still open, and ends the scope.
pub async fn settle(shared: &Rc<Shared>, branch: &Rc<Branch>, scope: Option<u64>) {
    shared.platform.world.refresh();
    loop {
        let open = shared
            .watches
            .borrow()
            .open
            .iter()
            .any(|watch| watch.scope == scope && watch.until.is_some());
        if !open || branch.ended.is_set() {
            break;
        }
        let seen = shared.news.rung();
        let news = pin!(shared.news.after(seen));
        let ended = pin!(Rc::clone(&branch.ended).wait());
        select(news, ended).await;
    }
    close(shared, scope, true);
}

/// Ends a scope: what was never judged, though it stood to the end, is an ERROR.
pub fn close(shared: &Rc<Shared>, scope: Option<u64>, in_order: bool) {
    let closed: Vec<Watch> = {
        let mut watches = shared.watches.borrow_mut();
        let (closed, open) = std::mem::take(&mut watches.open)
            .into_iter()
            .partition(|watch| watch.scope == scope);
        watches.open = open;
        closed
    };
    let program = Rc::clone(&shared.program);
    for watch in closed {
        let site = &program.watches[watch.site as usize];
        let why = match (&watch.lost, watch.judged) {
            (Some(lost), _) => Some(lost.clone()),
            (None, false) if in_order && watch.until.is_none() => {
                Some("what it names was never observed".to_owned())
            }
            _ => None,
        };
        match why {
            Some(why) => {
                let reason = format!("{} could not be judged: {why}", site.text);
                recorded(shared, site, None, &[], Some(reason.clone()));
                shared.note(Failure {
                    blame: Blame::Error,
                    reason,
                    place: site.place,
                });
            }
            None if watch.until.is_none() => recorded(shared, site, Some(true), &[], None),
            None => {}
        }
    }
}

/// Looks at what has to be polled, and at limits, as long as it is polled itself.
pub async fn keep(shared: &Rc<Shared>) {
    loop {
        let seen = shared.news.rung();
        let now = shared.platform.clock.monotonic();
        due(shared, now);
        let next = next_due(shared, now);
        let timer = match next {
            Some(at) => shared.platform.clock.sleep_until(at),
            None => std::future::pending().boxed_local(),
        };
        match select(pin!(shared.news.after(seen)), timer).await {
            Either::Left(_) => {}
            Either::Right(_) => stale(shared),
        }
    }
}

fn due(shared: &Rc<Shared>, now: i64) {
    let mut polled = Vec::new();
    for watch in &mut shared.watches.borrow_mut().open {
        if watch.next_poll.is_some_and(|at| at <= now) {
            watch.next_poll = Some(now.saturating_add(watch.every.unwrap_or(POLL).max(1_000_000)));
            polled.push(watch.number);
        }
    }
    judge(shared, |watch| polled.contains(&watch.number));
    let late: Vec<(u64, u32, i64, bool)> = {
        let watches = shared.watches.borrow();
        let late = watches
            .open
            .iter()
            .filter(|watch| watch.until.is_some_and(|(at, _)| at <= now));
        late.map(|watch| {
            (
                watch.number,
                watch.site,
                watch.until.map_or(0, |(_, within)| within),
                watch.judged,
            )
        })
        .collect()
    };
    let program = Rc::clone(&shared.program);
    for (number, site, within, judged) in late {
        let site = &program.watches[site as usize];
        let limit = quantity::duration_text(within);
        if judged {
            violated(
                shared,
                number,
                site,
                &[],
                Some(format!("{}: it was not so within {limit}", site.text)),
            );
        } else {
            remove(shared, number);
            let reason = format!(
                "{} could not be judged: what it names was never observed",
                site.text
            );
            recorded(shared, site, None, &[], Some(reason.clone()));
            shared.note(Failure {
                blame: Blame::Error,
                reason,
                place: site.place,
            });
        }
        shared.news.ring();
    }
}

/// What has grown stale since it was last looked at.
fn stale(shared: &Rc<Shared>) {
    judge(shared, |watch| {
        watch.lost.is_none()
            && closure_of(&shared.program.watches[watch.site as usize])
                .is_some_and(|closure| !closure.components.is_empty())
    });
}

fn next_due(shared: &Shared, now: i64) -> Option<i64> {
    let watches = shared.watches.borrow();
    let mut next: Option<i64> = None;
    for watch in &watches.open {
        let site = &shared.program.watches[watch.site as usize];
        let stale = closure_of(site)
            .and_then(|closure| shared.board.borrow().next_stale(&closure.components, now));
        next = next
            .into_iter()
            .chain(watch.next_poll)
            .chain(watch.until.map(|(at, _)| at))
            .chain(stale)
            .min();
    }
    next
}
