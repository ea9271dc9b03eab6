//! Watching while doing: `always`, `never`, `never event`, `eventually`.
//!
//! A watch is judged at each report, at each assignment of what it names, and, if it calls
//! something that looks outside, every 100 ms. Nothing else looks at it.

mod concerned;
mod judge;

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use scn_protocol::{HandleKind, Report, Value, quantity};

use self::concerned::Concerned;
use self::judge::{judge, judge_these, not_judged, recorded, violation};
use super::branch::Branch;
use super::cut::{Cut, Cutter};
use super::event::from_component;
use super::recall::Recalled;
use super::shared::Shared;
use super::wait::{POLL, waits};
use crate::machine::{Blame, Failure, WatchAsked, duration};
use crate::program::{Closure, WatchKind, WatchSite};

/// What is being watched.
#[derive(Default)]
pub struct Watches {
    /// In the order of their numbers.
    open: Vec<Watch>,
    /// Those that a subject concerns, as far as it was asked for since one was begun or closed.
    concerned: HashMap<String, Rc<Concerned>>,
    /// When one has to be looked at, at the earliest; none if that is not known.
    due: Option<Option<i64>>,
    scopes: u64,
    /// How many each branch had so far.
    begun: HashMap<String, u64>,
    /// Failed checks of watches that something around them judges, until their scope ends.
    found: Vec<(Option<u64>, Failure)>,
}

struct Watch {
    number: u64,
    /// How many its branch had before.
    nth: u64,
    site: u32,
    scope: Option<u64>,
    frame: u64,
    /// Something around it judges its violation.
    inside: bool,
    pushed: Vec<Value>,
    branch: Rc<Branch>,
    until: Option<(i64, i64)>,
    every: Option<i64>,
    next_poll: Option<i64>,
    next_event: u64,
    judged: bool,
    /// What was not observed when it was looked at last.
    unseen: Option<String>,
    /// What of it was lost, so that it cannot be said to have held.
    lost: Option<String>,
    /// Of an `eventually`: the values when it was looked at last.
    last: Vec<(String, Value)>,
}

/// A watch as the record knows it: its branch, and how many that had before.
pub type Told = (String, u64);

impl Watch {
    fn told(&self) -> Told {
        (self.branch.recorded.clone(), self.nth)
    }

    /// Whether it is the one of that number in that branch, as the record has that.
    fn is(&self, branch: &str, nth: u64) -> bool {
        self.nth == nth && self.branch.recorded == branch
    }

    /// Whether what is reported of that subject concerns it: it is named, or is the value of a name.
    fn concerns(&self, site: &WatchSite, subject: &str) -> bool {
        let mut handles = self.handles();
        let by_value = closure_of(site).is_some()
            && handles.any(|component| from_component(component, subject));
        by_value || concerns(site, subject)
    }

    /// The components that are values of its names.
    fn handles(&self) -> impl Iterator<Item = &str> {
        self.pushed.iter().filter_map(|value| match value.reveal() {
            Value::Handle(handle) if handle.kind != HandleKind::Job => Some(handle.name.as_str()),
            _ => None,
        })
    }

    /// Why it cannot be judged, if so.
    fn unjudged(&self) -> Option<String> {
        let never = || {
            let what = "what it names was never observed".to_owned();
            self.unseen.clone().unwrap_or(what)
        };
        self.lost.clone().or_else(|| (!self.judged).then(never))
    }
}

impl Watches {
    /// Where the open watch of that number is.
    fn place(&self, number: u64) -> Option<usize> {
        let found = self
            .open
            .binary_search_by_key(&number, |watch| watch.number);
        found.ok()
    }

    fn of_number(&self, number: u64) -> Option<&Watch> {
        self.place(number).map(|at| &self.open[at])
    }

    /// What is watched, or by which values, is not what it was.
    fn changed(&mut self) {
        self.concerned.clear();
        self.due = None;
    }

    /// Something grows stale at that time if it is not reported again.
    fn stale_at(&mut self, at: i64) {
        if let Some(due) = &mut self.due {
            *due = Some(due.map_or(at, |due| due.min(at)));
        }
    }

    /// A new scope.
    pub fn open_scope(&mut self) -> u64 {
        self.scopes += 1;
        self.scopes
    }
}

/// Begins to watch.
pub fn begin(shared: &Rc<Shared>, branch: &Rc<Branch>, asked: WatchAsked) {
    let WatchAsked {
        site,
        mut pushed,
        frame,
        scope,
        judged,
    } = asked;
    let inside = judged || branch.inside().judged;
    let known = &shared.program().watches[site as usize];
    shared.running.set(known.place);
    let now = shared.platform.clock.monotonic();
    let mut read = |wanted: bool| {
        wanted
            .then(|| pushed.pop().map(|value| duration(&value)))
            .flatten()
            .transpose()
    };
    let (every, within) = match (read(known.every), read(known.within)) {
        (Ok(every), Ok(within)) => (every, within),
        (Err(reason), _) | (_, Err(reason)) => {
            let failure = Failure {
                blame: Blame::Error,
                reason,
                place: known.place,
            };
            return found(shared, (scope, inside), failure);
        }
    };
    let (number, nth) = {
        let mut watches = shared.watches.borrow_mut();
        let begun = watches.begun.entry(branch.name.clone()).or_default();
        let nth = *begun;
        *begun += 1;
        (watches.open_scope(), nth)
    };
    let polled = closure_of(known).is_some_and(|closure| closure.polled) || every.is_some();
    let next_event = {
        let board = shared.board.borrow();
        board.dropped + board.events.len() as u64
    };
    let mut watch = Watch {
        number,
        nth,
        site,
        scope,
        frame,
        inside,
        pushed,
        branch: Rc::clone(branch),
        until: within.map(|within| (now.saturating_add(within), within)),
        every,
        next_poll: polled.then_some(now),
        next_event,
        judged: false,
        unseen: None,
        lost: None,
        last: Vec::new(),
    };
    let board = shared.board.borrow();
    watch.lost = board.gap(|subject| watch.concerns(known, subject));
    drop(board);
    {
        let mut watches = shared.watches.borrow_mut();
        watches.open.push(watch);
        watches.changed();
    }
    judge_these(shared, &[number]);
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

/// Whether what is reported of that subject concerns a watch.
fn concerns(site: &WatchSite, subject: &str) -> bool {
    match &site.kind {
        WatchKind::NeverEvent(event) => event
            .from
            .as_deref()
            .is_none_or(|from| from_component(from, subject)),
        WatchKind::Always(closure) | WatchKind::Never(closure) | WatchKind::Eventually(closure) => {
            let mut components = closure.components.iter();
            components.any(|known| from_component(known, subject))
        }
    }
}

/// A failed check of a watch of that scope: noted at once, unless something around it judges it.
fn found(shared: &Shared, (scope, inside): (Option<u64>, bool), failure: Failure) {
    if inside {
        shared.watches.borrow_mut().found.push((scope, failure));
    } else {
        shared.note(failure);
    }
}

/// A variable of that frame was assigned.
pub fn assigned(shared: &Rc<Shared>, frame: u64, variable: u32, value: &Value) {
    let mut touched = Vec::new();
    let program = shared.program();
    let mut watches = shared.watches.borrow_mut();
    let mut is_handle = matches!(value.reveal(), Value::Handle(_));
    for watch in &mut watches.open {
        let captures = match &program.watches[watch.site as usize].kind {
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
            is_handle |= matches!(place.reveal(), Value::Handle(_));
            *place = value.clone();
            touched.push(watch.number);
        }
    }
    if is_handle && !touched.is_empty() {
        watches.changed();
    }
    drop(watches);
    judge_these(shared, &touched);
}

/// Something was reported.
pub fn reported(shared: &Rc<Shared>, report: &Report) {
    if shared.watches.borrow().open.is_empty() {
        return;
    }
    let (program, subject) = (&shared.program(), report.subject.as_str());
    let gap = shared.board.borrow().gap_of(subject);
    if gap.is_some() {
        for watch in &mut shared.watches.borrow_mut().open {
            let site = &program.watches[watch.site as usize];
            if watch.lost.is_none() && watch.concerns(site, subject) {
                watch.lost = gap.clone();
            }
        }
    }
    if let Some(at) = concerned::stale_at(report, shared.platform.clock.monotonic()) {
        shared.watches.borrow_mut().stale_at(at);
    }
    let concerned = {
        let Watches {
            open, concerned, ..
        } = &mut *shared.watches.borrow_mut();
        match concerned.get(subject) {
            Some(known) => Rc::clone(known),
            None => {
                let found = Rc::new(Concerned::of(program, open, subject));
                concerned.insert(subject.to_owned(), Rc::clone(&found));
                found
            }
        }
    };
    judge_these(shared, &concerned.by(report));
}

/// There is news of a job: its output, its process, its end.
fn of_jobs(shared: &Rc<Shared>) {
    let is_job =
        |value: &Value| matches!(value, Value::Handle(handle) if handle.kind == HandleKind::Job);
    judge(shared, |watch| watch.pushed.iter().any(is_job));
}

/// How waiting for the end of a scope ended.
pub enum Settled {
    /// Nothing in it is open any more.
    Over,
    /// The time of the region of that number is up.
    Deadline(usize),
    /// The line of execution is to end.
    Ended,
}

/// Waits for each `eventually` of the scope that is still open, and ends the scope. Gives the failed
/// checks that something around it judges.
pub async fn settle(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    scope: Option<u64>,
    limit: Option<(i64, usize)>,
) -> (Settled, Vec<Failure>) {
    let cutter = Cutter::new(shared, branch);
    if shared.recalling().is_none() {
        shared.platform.world.refresh();
    }
    let limit = limit.map(|(at, region)| (at, Cut::Block(region)));
    let mut cut = pin!(cutter.cut(limit));
    let mut told = false;
    loop {
        let seen = shared.news.rung();
        let open = pending(shared, scope);
        if open.is_empty() {
            last_look(shared, scope);
            return (Settled::Over, close(shared, scope, true));
        }
        if shared.recalling().is_none() && !std::mem::replace(&mut told, true) {
            for (site, left) in open {
                let site = &shared.program().watches[site as usize];
                waits(shared, branch, site.place, site.text.clone(), Some(left));
            }
        }
        let how = match select(pin!(shared.news.after(seen)), &mut cut).await {
            Either::Left(_) => continue,
            Either::Right((Cut::Block(region), _)) => Settled::Deadline(region),
            Either::Right(_) => Settled::Ended,
        };
        return (how, close(shared, scope, false));
    }
}

/// What a job wrote and what grew stale is looked at where the scope ends, too: what follows upon it may have come
/// first, and with it the end of the scope.
fn last_look(shared: &Rc<Shared>, scope: Option<u64>) {
    if shared.recalling().is_some_and(|recall| !recall.judges()) {
        return;
    }
    judge_conditions(shared, |watch| watch.scope == scope);
}

/// What is still to become so in the scope: each site, and the time that it has left, in nanoseconds.
fn pending(shared: &Shared, scope: Option<u64>) -> Vec<(u32, i64)> {
    let now = shared.platform.clock.monotonic();
    let watches = shared.watches.borrow();
    let of_scope = watches.open.iter().filter(|watch| watch.scope == scope);
    let left = |watch: &Watch| Some((watch.site, watch.until?.0.saturating_sub(now)));
    of_scope.filter_map(left).collect()
}

/// Ends all scopes that are open: the scenario has ended.
pub fn close_all(shared: &Rc<Shared>) {
    loop {
        let scope = {
            let watches = shared.watches.borrow();
            let open = watches.open.iter().map(|watch| watch.scope);
            let found = watches.found.iter().map(|(scope, _)| *scope);
            open.chain(found).next()
        };
        let Some(scope) = scope else {
            return;
        };
        let found = close(shared, scope, false);
        found.into_iter().for_each(|failure| shared.note(failure));
    }
}

/// Ends a scope: what was never judged, though it stood to the end, is an ERROR. Gives the failed
/// checks that something around it judges.
pub fn close(shared: &Rc<Shared>, scope: Option<u64>, in_order: bool) -> Vec<Failure> {
    let closed: Vec<Watch> = {
        let mut watches = shared.watches.borrow_mut();
        let (closed, open) = std::mem::take(&mut watches.open)
            .into_iter()
            .partition(|watch| watch.scope == scope);
        watches.open = open;
        watches.changed();
        closed
    };
    let program = shared.program();
    for watch in closed {
        let site = &program.watches[watch.site as usize];
        if let Some(reason) = judge::was_unjudged(shared, &watch.told(), site) {
            let failure = judge::unjudged(shared, &watch.told(), site, reason);
            found(shared, (watch.scope, watch.inside), failure);
            continue;
        }
        let why = match watch.lost {
            None if !in_order || watch.until.is_some() => None,
            _ => watch.unjudged(),
        };
        match why {
            Some(why) => {
                let failure = not_judged(shared, &watch.told(), site, &why);
                found(shared, (watch.scope, watch.inside), failure);
            }
            None if watch.until.is_none() => {
                recorded(shared, &watch.told(), site, Some(true), &[], None);
            }
            None => {}
        }
    }
    let mut watches = shared.watches.borrow_mut();
    let (found, others) = std::mem::take(&mut watches.found)
        .into_iter()
        .partition(|(of, _)| *of == scope);
    watches.found = others;
    let found: Vec<(Option<u64>, Failure)> = found;
    found.into_iter().map(|(_, failure)| failure).collect()
}

/// Whether there is a watch of that number in its branch, of which nothing is known yet.
pub fn is_open(shared: &Shared, (branch, nth): (&str, u64)) -> bool {
    let watches = shared.watches.borrow();
    watches.open.iter().any(|watch| watch.is(branch, nth))
}

/// A watch that is recorded ended so: what it watched for came, or did not, or could not be judged.
pub fn ended_so(
    shared: &Rc<Shared>,
    (branch, nth): (&str, u64),
    holds: Option<bool>,
    message: String,
) {
    let program = shared.program();
    let open = shared.watches.borrow();
    let Some(watch) = open.open.iter().find(|watch| watch.is(branch, nth)) else {
        return;
    };
    let (number, told) = (watch.number, watch.told());
    let site = &program.watches[watch.site as usize];
    drop(open);
    judge::ended_so(shared, number, &told, site, holds, message);
}

/// For a while nobody watched the system: what was open then cannot be said to have held, unless it is of
/// the scenario's own variables alone, or of what logs said that are read on.
pub fn interrupted(shared: &Shared, recall: &Recalled, why: &str) {
    for watch in &mut shared.watches.borrow_mut().open {
        let site = &shared.program().watches[watch.site as usize];
        let outside =
            closure_of(site).is_none_or(|closure| closure.polled || !closure.components.is_empty());
        let by_value = watch.handles().next().is_some();
        let heard = match &site.kind {
            WatchKind::NeverEvent(event) => recall.hears_events(shared, event.from.as_deref()),
            WatchKind::Always(closure)
            | WatchKind::Never(closure)
            | WatchKind::Eventually(closure) => recall.hears_all_of(shared, closure),
        };
        if by_value || outside && !heard {
            watch.lost.get_or_insert_with(|| why.to_owned());
        }
    }
}

/// Looks at what has to be polled, and at limits, as long as it is polled itself.
pub async fn keep(shared: &Rc<Shared>) {
    if let Some(recall) = shared.recalling().filter(|recall| !recall.judges()) {
        recall.live().await;
    }
    loop {
        let seen = shared.news.rung();
        let now = shared.platform.clock.monotonic();
        let known = shared.watches.borrow().due;
        let next = match known {
            Some(next) if next.is_none_or(|at| at > now) => next,
            _ => {
                due(shared, now);
                let next = next_due(shared, now);
                shared.watches.borrow_mut().due = Some(next);
                next
            }
        };
        let timer = match next {
            Some(at) => shared.platform.clock.sleep_until(at),
            None => std::future::pending().boxed_local(),
        };
        match select(pin!(shared.news.after(seen)), timer).await {
            Either::Left(_) => of_jobs(shared),
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
    judge_these(shared, &polled);
    let program = &shared.program();
    let is_late = |watch: &Watch| {
        let late = watch.until.is_some_and(|(at, _)| at <= now);
        late && !judge::is_decided(shared, &watch.told(), &program.watches[watch.site as usize])
    };
    loop {
        let late = {
            let open = &mut shared.watches.borrow_mut().open;
            let at = open.iter().position(is_late);
            at.map(|at| open.remove(at))
        };
        let Some(watch) = late else {
            return;
        };
        let failure = too_late(shared, &watch);
        found(shared, (watch.scope, watch.inside), failure);
        shared.news.ring();
    }
}

/// An `eventually` that was not so in time.
fn too_late(shared: &Shared, watch: &Watch) -> Failure {
    let site = &shared.program().watches[watch.site as usize];
    if let Some(why) = watch.unjudged() {
        return not_judged(shared, &watch.told(), site, &why);
    }
    let (_, within) = watch.until.unwrap_or_default();
    let limit = quantity::duration_text(within);
    let reason = format!("{}: it was not so within {limit}", site.text);
    let reason = crate::machine::with_values(reason, &watch.last);
    violation(shared, &watch.told(), site, &watch.last, reason)
}

/// What has grown stale since it was last looked at.
fn stale(shared: &Rc<Shared>) {
    judge_conditions(shared, |_| true);
}

/// Judges the conditions of those watches, as far as nothing of them was lost.
fn judge_conditions(shared: &Rc<Shared>, which: impl Fn(&Watch) -> bool) {
    let program = shared.program();
    judge(shared, |watch| {
        let site = &program.watches[watch.site as usize];
        which(watch) && watch.lost.is_none() && closure_of(site).is_some()
    });
}

fn next_due(shared: &Shared, now: i64) -> Option<i64> {
    let watches = shared.watches.borrow();
    let mut next: Option<i64> = None;
    let mut seen = HashSet::new();
    for watch in &watches.open {
        let site = &shared.program().watches[watch.site as usize];
        let board = shared.board.borrow();
        let stale = closure_of(site).and_then(|closure| {
            let named = closure.components.iter().map(String::as_str);
            // What many name is looked at once.
            let named = named.chain(watch.handles());
            board.next_stale(named.filter(|name| seen.insert((*name).to_owned())), now)
        });
        next = next
            .into_iter()
            .chain(watch.next_poll)
            .chain(watch.until.map(|(at, _)| at))
            .chain(stale)
            .min();
    }
    next
}
