//! Waiting: `wait until`, `wait event`, `hold`, and for jobs and branches.

mod others;

use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use scn_protocol::{Event, Status, Value, json, quantity};

use crate::driver::branch::Branch;
use crate::driver::cut::{region_number, region_of};
use crate::driver::eval::{self, Judged};
use crate::driver::event::{Sought, from_component};
use crate::driver::journal;
use crate::driver::recall::{self, UNWATCHED, Waited};
use crate::driver::shared::Shared;
use crate::driver::step::StepEnd;
use crate::machine::{Blame, Catches, Failure, Fiber, duration};
use crate::program::{Closure, Place, WaitKind, WaitSite};

pub use self::others::{Next, Over, next, over};

/// How often a condition is looked at that has to be polled: 100 ms.
pub const POLL: i64 = 100_000_000;

type Limit = Option<(i64, usize)>;

/// Why a wait has to end.
pub enum Woken {
    /// There is news, or it is time to look again.
    Look,
    /// Its own time is up.
    Timeout,
    /// The time of the region of that number is up.
    Deadline(usize),
    /// The line of execution is to end.
    Ended,
}

/// A wait that is asked for.
pub struct Asked {
    /// Which.
    pub site: u32,
    /// What was pushed for it.
    pub pushed: Vec<Value>,
    /// Where it stands.
    pub place: Place,
    /// When the time of something around it is up, and of which region.
    pub limit: Limit,
    /// What takes care of its failure.
    pub catches: Catches,
}

/// Performs a wait.
pub async fn perform(shared: &Rc<Shared>, branch: &Rc<Branch>, asked: Asked) -> StepEnd {
    let program = shared.program();
    let Asked {
        site,
        mut pushed,
        place,
        limit,
        catches,
    } = asked;
    let site = &program.waits[site as usize];
    let since = if matches!(site.kind, WaitKind::Event { since: true, .. }) {
        pushed.pop()
    } else {
        None
    };
    let every = if site.every { pushed.pop() } else { None };
    let within = if site.within { pushed.pop() } else { None };
    let read = |value: Option<Value>| value.map(|value| duration(&value)).transpose();
    let (within, every) = match (read(within), read(every)) {
        (Ok(within), Ok(every)) => (within, every),
        (Err(reason), _) | (_, Err(reason)) => {
            return StepEnd::Failed(Failure {
                blame: Blame::Error,
                reason,
                place,
            });
        }
    };
    if let Some(recall) = shared.recalling() {
        let line = shared.program().line(place);
        let text = shared.journal.masked(&site.text);
        if let Some(waited) = recall.waited(&branch.recorded, &text, line).await {
            branch.next_place();
            if shared.retells() {
                let (_, file) = shared.line(place);
                shared.journal.event(waited.told(branch, line, file));
            }
            return again(shared, &waited, place);
        }
        if !shared.retells() {
            recall.live().await;
        }
    }
    let wait = Wait {
        shared,
        branch,
        site,
        place,
        limit,
        within,
        every,
        catches,
    };
    let end = match &site.kind {
        WaitKind::Until(closure) => wait.until(closure, &pushed).await,
        WaitKind::Hold(closure) => wait.hold(closure, &pushed).await,
        WaitKind::Event { event, .. } => wait.event(&Sought::new(event, &mut pushed), since).await,
    };
    wait.recorded(&end);
    end
}

/// A wait that is recorded ended so.
fn again(shared: &Shared, waited: &Waited, place: Place) -> StepEnd {
    let failed = |blame| {
        StepEnd::Failed(Failure {
            blame,
            reason: waited.error.clone().unwrap_or_default(),
            place,
        })
    };
    match waited.status {
        Status::Pass => {
            let value = json::untagged(&waited.value).unwrap_or_default();
            StepEnd::Value(recall::lacking(shared, value))
        }
        Status::Fail => failed(Blame::System),
        Status::Error => failed(Blame::Error),
        Status::Timeout => StepEnd::Deadline(region_of(waited.region)),
        Status::Cancelled => StepEnd::Ended,
    }
}

struct Wait<'a> {
    shared: &'a Rc<Shared>,
    branch: &'a Rc<Branch>,
    site: &'a WaitSite,
    place: Place,
    limit: Limit,
    within: Option<i64>,
    every: Option<i64>,
    catches: Catches,
}

impl Wait<'_> {
    /// Whether that end is no failure of the scenario's.
    fn is_caught(&self, blame: Blame) -> bool {
        self.catches.takes(blame, self.now())
    }

    /// Records that it waits, the first time that it comes here.
    fn waits(&self, known: &mut bool) {
        if std::mem::replace(known, true) {
            return;
        }
        waits(
            self.shared,
            self.branch,
            self.place,
            self.site.text.clone(),
            self.within,
        );
    }

    fn recorded(&self, end: &StepEnd) {
        let (mut value, mut error, mut region) = (serde_json::Value::Null, None, None);
        let status = match end {
            StepEnd::Value(came) => {
                value = json::tagged(came, false);
                Status::Pass
            }
            StepEnd::Failed(failure) => {
                error = Some(failure.reason.clone());
                match failure.blame {
                    Blame::Error => Status::Error,
                    _ => Status::Fail,
                }
            }
            StepEnd::Deadline(of) => {
                region = region_number(*of);
                Status::Timeout
            }
            StepEnd::Ended | StepEnd::CaseEnded(_) => Status::Cancelled,
        };
        let caught = match end {
            StepEnd::Failed(failure) => self.is_caught(failure.blame),
            _ => false,
        };
        let (line, file) = self.shared.line(self.place);
        self.shared.journal.event(Event::Waited {
            line,
            file,
            what: self.site.text.clone(),
            outcome: status == Status::Pass,
            status: Some(status),
            value,
            error,
            region,
            caught,
            branch: self.branch.name.clone(),
            place: self.branch.next_place(),
        });
    }

    fn checked(
        &self,
        kind: &str,
        closure: &Closure,
        holds: bool,
        names: &[(String, Value)],
        message: Option<String>,
    ) {
        let (line, file) = self.shared.line(self.place);
        self.shared.journal.event(Event::Checked {
            kind: kind.to_owned(),
            line,
            file,
            expression: closure.text.clone(),
            holds: Some(holds),
            values: journal::values(names),
            message,
            during: None,
            watch: None,
            branch: self.branch.name.clone(),
            caught: !holds && self.is_caught(Blame::System),
        });
    }

    fn fails(&self, reason: String) -> StepEnd {
        StepEnd::Failed(Failure {
            blame: Blame::System,
            reason,
            place: self.place,
        })
    }

    /// No such event was seen since then, which is the system's fault only if somebody looked all the time.
    fn unseen(&self, from: Option<&str>, reason: String, since: i64) -> StepEnd {
        let recall = self.shared.recall.as_ref();
        match recall.is_some_and(|recall| {
            recall.is_unwatched_since(since) && !recall.hears_events(self.shared, from)
        }) {
            false => self.fails(reason),
            true => self.unwatched(&reason),
        }
    }

    /// It may have been so while nobody looked: that is nobody's fault.
    fn unwatched(&self, reason: &str) -> StepEnd {
        StepEnd::Failed(Failure {
            blame: Blame::Error,
            reason: format!("{reason}, but {UNWATCHED}"),
            place: self.place,
        })
    }

    fn now(&self) -> i64 {
        self.shared.platform.clock.monotonic()
    }

    /// When a condition is to be looked at again though there is no news: it calls what looks
    /// outside, or what it names grows stale.
    fn poll(&self, closure: &Closure) -> Option<i64> {
        let now = self.now();
        let every = self.every.unwrap_or(POLL).max(1_000_000);
        let polled = closure.polled || self.every.is_some();
        let board = self.shared.board.borrow();
        let components = closure.components.iter().map(String::as_str);
        let stale = board.next_stale(components, now);
        let next = polled.then(|| now.saturating_add(every));
        next.into_iter().chain(stale).min()
    }

    async fn until(&self, closure: &Closure, captured: &[Value]) -> StepEnd {
        let until = self.within.map(|within| self.now().saturating_add(within));
        let mut fiber = Fiber::default();
        let mut waits = false;
        loop {
            let seen = self.shared.news.rung();
            let (names, unobserved) =
                match eval::condition(self.shared, self.branch, closure, captured, &mut fiber) {
                    Judged::Answer(true, names) => {
                        self.checked("wait", closure, true, &names, None);
                        return StepEnd::Value(Value::None);
                    }
                    Judged::Answer(false, names) => (names, None),
                    Judged::Unobserved(reason) => (Vec::new(), Some(reason.to_string())),
                    Judged::Failed(failure) => {
                        return StepEnd::Failed(Failure {
                            place: self.place,
                            ..failure
                        });
                    }
                };
            self.waits(&mut waits);
            match wake(
                self.shared,
                self.branch,
                seen,
                self.poll(closure),
                until,
                self.limit,
            )
            .await
            {
                Woken::Look => {}
                Woken::Timeout => {
                    let limit = quantity::duration_text(self.within.unwrap_or_default());
                    let reason = format!("wait until {} was not so within {limit}", closure.text);
                    let mut reason = crate::machine::with_values(reason, &names);
                    if let Some(unobserved) = unobserved {
                        reason = format!("{reason}: {unobserved}");
                    }
                    let of = |subject: &str| {
                        let mut named = closure.components.iter();
                        named.any(|named| from_component(named, subject))
                    };
                    if self.shared.board.borrow().is_unheard(of) {
                        return self.unwatched(&reason);
                    }
                    self.checked("wait", closure, false, &names, Some(reason.clone()));
                    return self.fails(reason);
                }
                Woken::Deadline(region) => return StepEnd::Deadline(region),
                Woken::Ended => return StepEnd::Ended,
            }
        }
    }

    async fn hold(&self, closure: &Closure, captured: &[Value]) -> StepEnd {
        let until = self.within.map(|within| self.now().saturating_add(within));
        let began = self.now();
        let mut fiber = Fiber::default();
        let (mut held, mut waits) = (false, false);
        loop {
            let seen = self.shared.news.rung();
            let names =
                match eval::throughout(self.shared, self.branch, closure, captured, &mut fiber) {
                    Judged::Answer(true, names) => {
                        held = true;
                        names
                    }
                    Judged::Answer(false, names) => {
                        let after =
                            quantity::duration_text((self.now() - began) / 1_000_000 * 1_000_000);
                        let reason = format!(
                            "{} (after {after})",
                            crate::machine::reason("hold", &closure.text, &names, None)
                        );
                        self.checked("hold", closure, false, &names, Some(reason.clone()));
                        return self.fails(reason);
                    }
                    // It was true, and what it was true of has ended.
                    Judged::Unobserved(unobserved) if held && !unobserved.is_stale() => {
                        let reason =
                            format!("hold {} does not hold any more: {unobserved}", closure.text);
                        self.checked("hold", closure, false, &[], Some(reason.clone()));
                        return self.fails(reason);
                    }
                    Judged::Unobserved(reason) => {
                        let reason = format!("hold {} could not be judged: {reason}", closure.text);
                        return StepEnd::Failed(Failure {
                            blame: Blame::Error,
                            reason,
                            place: self.place,
                        });
                    }
                    Judged::Failed(failure) => {
                        return StepEnd::Failed(Failure {
                            place: self.place,
                            ..failure
                        });
                    }
                };
            self.waits(&mut waits);
            match wake(
                self.shared,
                self.branch,
                seen,
                self.poll(closure),
                until,
                self.limit,
            )
            .await
            {
                Woken::Look => {}
                Woken::Timeout => {
                    self.checked("hold", closure, true, &names, None);
                    return StepEnd::Value(Value::None);
                }
                Woken::Deadline(region) => return StepEnd::Deadline(region),
                Woken::Ended => return StepEnd::Ended,
            }
        }
    }

    async fn event(&self, sought: &Sought<'_>, since: Option<Value>) -> StepEnd {
        let until = self.within.map(|within| self.now().saturating_add(within));
        let from = match since.as_ref().map(Value::reveal) {
            None => self.branch.previous_step.get(),
            Some(Value::Moment(at)) => *at,
            Some(other) => {
                let reason = format!("`since` takes a mark or a moment, not {}", other.kind());
                return StepEnd::Failed(Failure {
                    blame: Blame::Error,
                    reason,
                    place: self.place,
                });
            }
        };
        let mut fiber = Fiber::default();
        let (mut next, mut waits) = (None, false);
        loop {
            let seen = self.shared.news.rung();
            let first = next.unwrap_or(0);
            let (events, end) = {
                let board = self.shared.board.borrow();
                let skip = usize::try_from(u64::saturating_sub(first, board.dropped)).unwrap_or(0);
                let fresh: Vec<_> = board
                    .events
                    .iter()
                    .skip(skip)
                    .filter(|event| event.at >= from)
                    .cloned()
                    .collect();
                (fresh, board.dropped + board.events.len() as u64)
            };
            next = Some(end);
            for event in events {
                match sought.matches(self.shared, self.branch, &event, &mut fiber) {
                    Ok(Some(value)) => return StepEnd::Value(value),
                    Ok(None) => {}
                    Err(failure) => return StepEnd::Failed(failure),
                }
            }
            self.waits(&mut waits);
            match wake(self.shared, self.branch, seen, None, until, self.limit).await {
                Woken::Look => {}
                Woken::Timeout => {
                    let limit = quantity::duration_text(self.within.unwrap_or_default());
                    let reason = format!("{}: no such event within {limit}", self.site.text);
                    return self.unseen(sought.source(), reason, from);
                }
                Woken::Deadline(region) => return StepEnd::Deadline(region),
                Woken::Ended => return StepEnd::Ended,
            }
        }
    }
}

/// Records that something is waited for, and for how long at most, in nanoseconds.
pub fn waits(shared: &Shared, branch: &Branch, place: Place, what: String, within: Option<i64>) {
    let (line, file) = shared.line(place);
    let within = within.map(|within| within / 1_000);
    shared.journal.event(Event::Waiting {
        line,
        file,
        what,
        within_us: within.and_then(|within| u64::try_from(within).ok()),
        branch: branch.name.clone(),
    });
}

/// Waits for news, for the time to look again, for a limit, or for the end.
pub async fn wake(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    seen: u64,
    poll: Option<i64>,
    until: Option<i64>,
    limit: Limit,
) -> Woken {
    if branch.ended.is_set() {
        return Woken::Ended;
    }
    let due = poll.map(|at| (at, Woken::Look));
    let own = until.map(|at| (at, Woken::Timeout));
    let outer = limit.map(|(at, region)| (at, Woken::Deadline(region)));
    let first = own
        .into_iter()
        .chain(outer)
        .chain(due)
        .min_by_key(|(at, _)| *at);
    let timer = match &first {
        Some((at, _)) => shared.platform.clock.sleep_until(*at),
        None => std::future::pending().boxed_local(),
    };
    let news = pin!(shared.news.after(seen));
    let ended = pin!(Rc::clone(&branch.ended).wait());
    match select(select(news, timer), ended).await {
        Either::Right(_) => Woken::Ended,
        Either::Left((Either::Left(_), _)) => {
            // News that keeps coming must not keep a limit from being seen.
            match first {
                Some((at, woken)) if at <= shared.platform.clock.monotonic() => woken,
                _ => Woken::Look,
            }
        }
        Either::Left((Either::Right(_), _)) => first.map_or(Woken::Look, |(_, woken)| woken),
    }
}
