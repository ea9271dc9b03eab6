//! What a command can reach while it runs.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, select};
use scn_protocol::component::Component;
use scn_protocol::{Event, Map, Metric, Phase, Report, Seen, Stream, Value};

use super::jobs::{Captured, Job};
use super::shared::Shared;
use super::signal::Flag;
use super::undo;
use crate::command::Context;

/// So much of an output a value holds.
pub const HELD: usize = 16 * 1024 * 1024;

/// The context of one attempt of a step.
#[derive(Clone)]
pub struct StepContext {
    /// What all share.
    pub shared: Rc<Shared>,
    /// The step's number.
    pub step: u64,
    /// The host.
    pub host: String,
    /// Happens when the step is to end.
    pub ended: Rc<Flag>,
    /// What it has written.
    pub captured: Rc<RefCell<Captured>>,
    /// So much of each output is held: [`HELD`], unless nobody is to have it as a value.
    pub holds: usize,
    /// The job that it is.
    pub job: Option<Rc<Job>>,
    /// The secrets that it was granted.
    pub granted: Vec<String>,
    /// What of the run it belongs to.
    pub phase: Phase,
    /// Whether it was begun: a process of it was started, or surely nothing was done. None where neither
    /// was told.
    pub begun: Rc<Cell<Option<bool>>>,
    /// When its time is up, on the monotonic clock.
    pub until: Option<i64>,
}

impl StepContext {
    /// The background job of that name that runs.
    fn running_job(&self, name: &str) -> Option<Rc<Job>> {
        let jobs = self.shared.jobs.borrow();
        jobs.named(name).filter(|job| job.running()).cloned()
    }

    fn report(&self, subject: &str, what: Seen) {
        let at = self.shared.platform.clock.now();
        super::report::take_report(
            &self.shared,
            &Report {
                subject: subject.to_owned(),
                host: self.host.clone(),
                at,
                what,
                read: None,
            },
        );
    }
}

impl Context for StepContext {
    fn output(&self, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        let mut captured = self.captured.borrow_mut();
        let length = bytes.len() as u64;
        let job = self.job.as_ref().map(|job| job.name.as_str());
        let may_write = || {
            let before = captured.written;
            self.shared.may_write(job, before, length, self.phase)
        };
        if !captured.beyond && !may_write() {
            captured.beyond = true;
            // The scenario, whose end would end it, is over.
            if let Some(job) = self.job.as_ref().filter(|_| self.is_cleaning_up()) {
                undo::ask_to_end(job);
            }
        }
        if captured.beyond {
            return Ok(());
        }
        captured.written += length;
        self.shared.journal.output(self.step, stream, bytes)?;
        let held = match stream {
            Stream::Stdout => &mut captured.stdout,
            Stream::Stderr => &mut captured.stderr,
        };
        let room = self.holds.saturating_sub(held.len()).min(bytes.len());
        held.extend_from_slice(&bytes[..room]);
        captured.cut |= room < bytes.len() && self.holds == HELD;
        drop(captured);
        if self.job.is_some() {
            self.shared.news.ring();
        }
        Ok(())
    }

    fn say(&self, text: &str) {
        self.shared.journal.event(Event::Said {
            text: text.to_owned(),
        });
    }

    fn log(&self, level: &str, message: &str) {
        let (step, level, message) = (self.step, level.to_owned(), message.to_owned());
        self.shared.journal.event(Event::Logged {
            step,
            level,
            message,
        });
    }

    fn metric(&self, subject: &str, name: &str, value: Value) {
        let metrics = vec![Metric {
            name: name.to_owned(),
            value,
            summary: None,
        }];
        self.report(
            subject,
            Seen::Metrics {
                metrics,
                interval: None,
            },
        );
    }

    fn event(&self, subject: &str, message: &str, data: Map) {
        self.report(
            subject,
            Seen::Event {
                message: message.to_owned(),
                data,
            },
        );
    }

    fn attach(&self, path: &Path, name: &str) -> io::Result<String> {
        let file = self
            .shared
            .journal
            .attach(&self.shared.root.join(path), name)?;
        self.shared.journal.event(Event::Attached {
            step: self.step,
            name: name.to_owned(),
            file: file.clone(),
        });
        Ok(file)
    }

    fn started(&self, pid: u32, ticks: u64) {
        self.begun.set(Some(true));
        self.shared.journal.event(Event::Started {
            step: self.step,
            pid,
            ticks,
        });
        if let Some(job) = &self.job {
            job.pid.set(Some(pid));
            self.shared.news.ring();
        }
    }

    fn outlives(&self) -> bool {
        self.job.is_some()
    }

    fn cancelled(&self) -> LocalBoxFuture<'static, ()> {
        Rc::clone(&self.ended).wait().boxed_local()
    }

    fn time_left(&self) -> Option<Duration> {
        let left = self
            .until?
            .saturating_sub(self.shared.platform.clock.monotonic());
        Some(Duration::from_nanos(
            u64::try_from(left).unwrap_or_default(),
        ))
    }

    fn not_started(&self) {
        // Whatever went wrong after a process was there, that did something.
        if self.begun.get().is_none() {
            self.begun.set(Some(false));
        }
    }

    fn is_cleaning_up(&self) -> bool {
        matches!(self.shared.phase.get(), Phase::Finally | Phase::Undo)
    }

    fn detached(&self) -> Option<Rc<dyn Context>> {
        Some(Rc::new(self.clone()))
    }

    fn root(&self) -> &Path {
        &self.shared.root
    }

    fn run(&self) -> &str {
        &self.shared.run
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn host(&self) -> &str {
        &self.host
    }

    fn hidden_variables(&self) -> Vec<String> {
        self.shared.hidden.clone()
    }

    fn secret(&self, name: &str) -> Option<Value> {
        if !self.granted.iter().any(|granted| granted == name) {
            return None;
        }
        self.shared.secrets.borrow().get(name).cloned()
    }

    fn component(&self, name: &str) -> Option<Rc<Component>> {
        self.shared.component(name)
    }

    fn family(&self, name: &str) -> Vec<Rc<Component>> {
        self.shared.family(name)
    }

    fn ending_job(&self, name: &str) -> Option<u32> {
        let job = self.running_job(name)?;
        let pid = job.pid.get()?;
        job.ended_by_scenario.set(true);
        Some(pid)
    }

    fn job_runs(&self, name: &str) -> bool {
        self.running_job(name).is_some()
    }

    fn end_job<'a>(&'a self, name: &'a str) -> LocalBoxFuture<'a, bool> {
        async move {
            let Some(job) = self.running_job(name) else {
                return false;
            };
            job.ended_by_scenario.set(true);
            job.ended.set();
            // It may be the very job that this is a step of, which ends with it.
            let over = Rc::clone(&job.over).wait().boxed_local();
            select(over, self.cancelled()).await;
            true
        }
        .boxed_local()
    }

    fn ending_process(&self, pid: u32) {
        let jobs = self.shared.jobs.borrow();
        let mut running = jobs.running();
        if let Some(job) = running.find(|job| job.pid.get() == Some(pid)) {
            job.ended_by_scenario.set(true);
        }
    }
}
