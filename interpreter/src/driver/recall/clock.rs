//! Time, where a record is given back: it stands still at what was recorded last, and goes on from there.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use crate::driver::signal::{Bell, Flag};
use crate::platform::Clock;

/// The clock of a run of which the record is given back. The time in which nobody ran it has not passed
/// for it.
#[derive(Clone)]
pub struct RecallClock(Rc<Inner>);

struct Inner {
    real: Rc<dyn Clock>,
    /// What the record has come to: nanoseconds since 1970.
    recorded: Cell<i64>,
    began: i64,
    /// Since when time passes: this clock and the real one then, both monotonic.
    since: Cell<Option<(i64, i64)>>,
    live: Rc<Flag>,
    /// Time passes as the record goes on, and at its end stands still.
    judging: bool,
    moved: Bell,
}

impl RecallClock {
    /// A clock that stands at `began`, until `live` happens.
    pub fn new(real: Rc<dyn Clock>, began: i64, live: Rc<Flag>, judging: bool) -> Self {
        Self(Rc::new(Inner {
            real,
            recorded: Cell::new(began),
            began,
            since: Cell::new(None),
            live,
            judging,
            moved: Bell::default(),
        }))
    }

    /// The record has come to that time.
    pub fn reach(&self, at: i64) {
        if at > self.0.recorded.get() {
            self.0.recorded.set(at);
            self.0.moved.ring();
        }
    }

    /// A moment of the record, on the run's monotonic clock.
    pub fn of_run(&self, recorded: i64) -> i64 {
        recorded.saturating_sub(self.0.began)
    }

    /// A moment of the run's monotonic clock, as the record has it.
    pub fn recorded(&self, of_run: i64) -> i64 {
        of_run.saturating_add(self.0.began)
    }

    /// Time passes from here on.
    pub fn go_on(&self) {
        let here = self.of_run(self.0.recorded.get());
        self.0.since.set(Some((here, self.0.real.monotonic())));
    }
}

impl Clock for RecallClock {
    fn now(&self) -> i64 {
        match self.0.since.get() {
            Some(_) => self.0.real.now(),
            None => self.0.recorded.get(),
        }
    }

    fn monotonic(&self) -> i64 {
        match self.0.since.get() {
            Some((here, real)) => here.saturating_add(self.0.real.monotonic() - real),
            None => self.of_run(self.0.recorded.get()),
        }
    }

    fn sleep_until(&self, at: i64) -> LocalBoxFuture<'static, ()> {
        let clock = self.clone();
        async move {
            if clock.0.judging {
                loop {
                    let seen = clock.0.moved.rung();
                    if clock.monotonic() >= at {
                        return;
                    }
                    clock.0.moved.after(seen).await;
                }
            }
            Rc::clone(&clock.0.live).wait().await;
            let (here, real) = clock.0.since.get().unwrap_or_default();
            let at = at.saturating_sub(here).saturating_add(real);
            clock.0.real.sleep_until(at).await;
        }
        .boxed_local()
    }
}
