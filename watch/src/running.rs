//! Which process each component is.

use std::rc::Rc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use scn_protocol::Seen;
use scn_protocol::component::Process as Selector;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, spawn_local};

use crate::process::{Process, find, newest_pid};
use crate::ready::readable;
use crate::watcher::Inner;

/// A component's process.
#[derive(Debug, Default)]
pub(crate) struct Running {
    process: Option<Process>,
    /// What was reported last; nothing if nothing was.
    reported: Option<Option<u32>>,
    /// Waits for its end.
    waiter: Option<AbortHandle>,
    /// It counts the starts and ends.
    pub changes: u64,
    /// There is a new process.
    pub started: Rc<Notify>,
}

impl Running {
    /// Its number.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(|process| process.pid)
    }

    /// Nobody waits for its end any more.
    pub fn forget(&mut self) {
        self.process = None;
        if let Some(waiter) = self.waiter.take() {
            waiter.abort();
        }
    }
}

impl Inner {
    /// Somebody says which process a component is.
    pub fn told(self: &Rc<Self>, at: usize, pid: Option<u32>) {
        match &self.components[at].process {
            Some(Selector::PidFile(_) | Selector::Match(_) | Selector::Port(_)) => {
                self.check_processes();
                self.look(at);
            }
            _ => match pid {
                Some(pid) => self.begun(at, pid, true),
                None => self.ended(at),
            },
        }
    }

    /// Looks for a component's process, as its environment says. A pid file may name another while
    /// the old process still runs; what else finds a process is asked only if there is none.
    pub fn look(self: &Rc<Self>, at: usize) {
        let Some(selector) = &self.components[at].process else {
            return;
        };
        let known = self.state.borrow().running[at].pid();
        if known.is_none() || matches!(selector, Selector::PidFile(_)) {
            let found = find(selector);
            if let Some(pid) = found.filter(|&pid| known != Some(pid)) {
                self.begun(at, pid, false);
            }
        }
    }

    /// A component is this process now. If somebody `told` so, it is reported even if it has
    /// ended already.
    pub fn begun(self: &Rc<Self>, at: usize, pid: u32, told: bool) {
        let Ok(Some(mut process)) = Process::open(pid) else {
            if told {
                self.replaced(at);
                self.put(at, Seen::Process { pid: Some(pid) });
                self.state.borrow_mut().running[at].reported = Some(Some(pid));
                self.ended(at);
            }
            return;
        };
        {
            let state = self.state.borrow();
            let known = state.running[at].process.as_ref();
            if known.is_some_and(|known| known.is(&process)) {
                return;
            }
        }
        self.replaced(at);
        self.put(at, Seen::Process { pid: Some(pid) });
        // What it logged before it was found is its own.
        let metrics = self.early.borrow_mut()[at].take().unwrap_or_default();
        if !metrics.is_empty() && !told {
            let interval = None;
            self.put(at, Seen::Metrics { metrics, interval });
        }
        if let Some(seen) = process.sample() {
            self.put(at, seen);
        }
        let waiter = process.as_fd_clone().and_then(readable).ok().map(|end| {
            let inner = Rc::clone(self);
            spawn_local(async move {
                let _ = end.readable().await;
                inner.check_processes();
            })
        });
        {
            let running = &mut self.state.borrow_mut().running[at];
            running.process = Some(process);
            running.reported = Some(Some(pid));
            running.waiter = waiter.map(|waiter| waiter.abort_handle());
            running.changes += 1;
            running.started.notify_waiters();
        }
        self.outbox.deliver();
    }

    /// A component's process has ended.
    fn ended(self: &Rc<Self>, at: usize) {
        self.state.borrow_mut().running[at].forget();
        if self.state.borrow().running[at].reported == Some(None) {
            return;
        }
        // What it said last comes before its end.
        self.read_all();
        self.state.borrow_mut().logs.writer_ended(at);
        self.gone(at);
    }

    /// Another process is about to take the place of a component's.
    fn replaced(self: &Rc<Self>, at: usize) {
        let alive = {
            let state = self.state.borrow();
            let Some(process) = &state.running[at].process else {
                return;
            };
            process.is_alive()
        };
        if alive {
            // What is unread may be the new one's as well as the old one's.
            self.state.borrow_mut().running[at].forget();
            self.gone(at);
        } else {
            self.ended(at);
        }
    }

    fn gone(&self, at: usize) {
        {
            let running = &mut self.state.borrow_mut().running[at];
            running.reported = Some(None);
            running.changes += 1;
        }
        self.put(at, Seen::Process { pid: None });
        self.early.borrow_mut()[at] = Some(Vec::new());
        self.outbox.deliver();
    }

    /// Looks whether processes have ended, and for those that are not known.
    pub fn check_processes(self: &Rc<Self>) {
        for at in self.ended_processes() {
            self.ended(at);
            self.look(at);
        }
        let searched = |at: &usize| {
            let selector = &self.components[*at].process;
            matches!(selector, Some(Selector::Match(_) | Selector::Port(_)))
        };
        let unknown: Vec<_> = {
            let state = self.state.borrow();
            let unknown =
                (0..state.running.len()).filter(|&at| state.running[at].process.is_none());
            unknown.filter(searched).collect()
        };
        if unknown.is_empty() {
            return;
        }
        let newest = newest_pid();
        if newest != std::mem::replace(&mut self.state.borrow_mut().newest, newest) {
            unknown.into_iter().for_each(|at| self.look(at));
        }
    }

    /// The components whose processes have ended, by one system call for all of them.
    fn ended_processes(&self) -> Vec<usize> {
        let state = self.state.borrow();
        let known = || {
            let all = state.running.iter().enumerate();
            all.filter_map(|(at, running)| Some((at, running.process.as_ref()?)))
        };
        let mut polled: Vec<_> = known()
            .map(|(_, process)| PollFd::new(process, PollFlags::IN))
            .collect();
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        match polled.is_empty() || poll(&mut polled, Some(&at_once)).is_err() {
            true => Vec::new(),
            false => known()
                .zip(&polled)
                .filter(|(_, fd)| !fd.revents().is_empty())
                .map(|((at, _), _)| at)
                .collect(),
        }
    }

    /// Reports what processes use.
    pub fn sample_processes(self: &Rc<Self>) {
        self.check_processes();
        let count = self.components.len();
        for at in 0..count {
            let sample = {
                let running = &mut self.state.borrow_mut().running[at];
                running.process.as_mut().and_then(Process::sample)
            };
            if let Some(seen) = sample {
                self.put(at, seen);
            }
        }
        self.outbox.deliver();
    }

    /// Reports what the machine has left, if somebody wants it.
    pub fn sample_system(&self) {
        let sample = self
            .state
            .borrow_mut()
            .system
            .as_mut()
            .map(|system| system.sample());
        if let Some(seen) = sample {
            self.outbox.put("System", "", seen);
            self.outbox.deliver();
        }
    }
}
