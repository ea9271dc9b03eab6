//! Reports on their way out.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use scn_protocol::{LogPlace, Report, Seen};

/// Gives reports their times and hands them on, in order, when nothing is in the middle of being
/// changed: whoever gets one may call the watcher again.
pub(crate) struct Outbox {
    reports: Rc<dyn Fn(Report)>,
    clock: Rc<dyn Fn() -> i64>,
    queue: RefCell<VecDeque<Report>>,
    last: Cell<i64>,
    delivering: Cell<bool>,
}

impl Outbox {
    pub fn new(reports: Rc<dyn Fn(Report)>, clock: Rc<dyn Fn() -> i64>) -> Self {
        Self {
            reports,
            clock,
            queue: RefCell::default(),
            last: Cell::new(i64::MIN),
            delivering: Cell::new(false),
        }
    }

    /// Adds a report. Times strictly increase, so that order is kept by whoever sorts by them.
    pub fn put(&self, subject: &str, host: &str, what: Seen) {
        self.put_read(subject, host, what, None);
    }

    /// The same, of what was read in a log.
    pub fn put_read(&self, subject: &str, host: &str, what: Seen, read: Option<LogPlace>) {
        let at = (self.clock)().max(self.last.get().saturating_add(1));
        self.last.set(at);
        self.queue.borrow_mut().push_back(Report {
            subject: subject.to_owned(),
            host: host.to_owned(),
            at,
            what,
            read,
        });
    }

    /// Hands on what was added.
    pub fn deliver(&self) {
        if self.delivering.replace(true) {
            return;
        }
        loop {
            let next = self.queue.borrow_mut().pop_front();
            match next {
                Some(report) => (self.reports)(report),
                None => break,
            }
        }
        self.delivering.set(false);
    }
}
