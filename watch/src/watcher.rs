//! The watcher: what there is to see, put together.

use std::cell::RefCell;
use std::fmt;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::time::Duration;

use regex::Regex;
use scn_protocol::component::Component;
use scn_protocol::{Report, Seen};
use tokio::io::unix::AsyncFd;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use crate::log::Logs;
use crate::notify::Notifier;
use crate::outbox::Outbox;
use crate::ready::readable;

/// How often files are looked at of which the kernel does not tell.
const POLL: Duration = Duration::from_millis(250);

/// Watches components until it is dropped.
pub struct Watcher {
    inner: Rc<Inner>,
    tasks: Vec<JoinHandle<()>>,
}

pub(crate) struct Inner {
    components: Vec<Rc<Component>>,
    outbox: Outbox,
    state: RefCell<State>,
    /// There is something to read although no event says so.
    wake: Notify,
}

struct State {
    notifier: Notifier,
    logs: Logs,
}

impl Watcher {
    /// Begins to watch. A log that is there is followed from its end, one that appears later
    /// from its beginning. `clock` gives the time in nanoseconds since 1970 in UTC.
    ///
    /// Must be called inside a tokio `LocalSet` (or another place where `spawn_local` works);
    /// `reports` is called from there, and may call the watcher.
    ///
    /// # Errors
    ///
    /// The system gives no more inotify instances or descriptors.
    pub fn start(
        components: &[Rc<Component>],
        reports: Rc<dyn Fn(Report)>,
        clock: Rc<dyn Fn() -> i64>,
    ) -> std::io::Result<Self> {
        let outbox = Outbox::new(reports, clock);
        let mut notifier = Notifier::new()?;
        let mut logs = Logs::new();
        let mut watchers = 0..;
        let mut who = || watchers.next().unwrap_or_default();
        for (at, component) in components.iter().enumerate() {
            logs.add(at, component, &mut notifier, &mut who, &mut |_, seen| {
                outbox.put(&component.name, &component.host, seen);
            });
        }
        let events = readable(notifier.as_fd().try_clone_to_owned()?)?;
        let inner = Rc::new(Inner {
            components: components.to_vec(),
            outbox,
            state: RefCell::new(State { notifier, logs }),
            wake: Notify::new(),
        });
        // What was found at the start is told from the task: whoever starts the watcher may not
        // be ready for it yet.
        inner.wake.notify_one();
        let tasks = vec![tokio::task::spawn_local(follow(Rc::clone(&inner), events))];
        Ok(Self { inner, tasks })
    }

    /// Reads now what logs have that was not read yet, so that reports are up to date. It takes
    /// a few microseconds when nothing changed.
    pub fn refresh(&self) {
        self.inner.read_all();
    }

    /// Tells which process a component is now; none if it has ended. Its logs are read first.
    pub fn process(&self, component: &str, pid: Option<u32>) {
        let Some(at) = self.inner.place(component) else {
            return;
        };
        self.inner.read_all();
        if pid.is_none() {
            self.inner.state.borrow_mut().logs.writer_ended(at);
        }
        let known = &self.inner.components[at];
        let outbox = &self.inner.outbox;
        outbox.put(&known.name, &known.host, Seen::Process { pid });
        outbox.deliver();
    }

    /// Waits for a line of a component's logs that matches: one that is written from now on.
    /// `None` if there is no such component, or it has no logs.
    pub fn expect_log(&self, component: &str, regex: Regex) -> Option<LogWait> {
        // What was written before must not count.
        self.inner.read_all();
        let at = self.inner.place(component)?;
        let mut state = self.inner.state.borrow_mut();
        state
            .logs
            .has(at)
            .then(|| LogWait(state.logs.listen(at, regex)))
    }
}

/// A line of a log that is waited for, see [`Watcher::expect_log`]. Dropping it ends the waiting.
#[derive(Debug)]
pub struct LogWait(oneshot::Receiver<String>);

impl LogWait {
    /// The line, as soon as it is read; `None` if the watcher was dropped.
    pub async fn line(self) -> Option<String> {
        self.0.await.ok()
    }
}

impl Inner {
    fn place(&self, name: &str) -> Option<usize> {
        self.components
            .iter()
            .position(|component| component.name == name)
    }

    /// Reads a part of what is new; gives how many bytes, and whether there is more.
    fn read_some(&self) -> (usize, bool) {
        let outcome = {
            let state = &mut *self.state.borrow_mut();
            state.take_changes();
            let read = state.logs.advance(&mut state.notifier, &mut |at, seen| {
                let component = &self.components[at];
                self.outbox.put(&component.name, &component.host, seen);
            });
            (read, state.logs.is_dirty())
        };
        self.outbox.deliver();
        outcome
    }

    /// Reads everything that was written before the call.
    fn read_all(&self) {
        {
            let state = &mut *self.state.borrow_mut();
            state.logs.poll();
            state.take_changes();
            if !state.logs.is_dirty() {
                return;
            }
        }
        let (_, mut more) = self.read_some();
        // Not before: files that are new are opened only then.
        let mut unread = self.state.borrow().logs.unread();
        while more {
            let (read, still) = self.read_some();
            more = still;
            unread = unread.saturating_sub(read as u64);
            // A writer that is faster than this must not hold it up for ever.
            if unread == 0 && read > 0 {
                return self.wake.notify_one();
            }
        }
    }
}

impl State {
    fn take_changes(&mut self) {
        let logs = &mut self.logs;
        self.notifier.changes(&mut |who, change| {
            logs.changed(who, &change);
        });
    }
}

/// Reads logs as they grow.
async fn follow(inner: Rc<Inner>, events: AsyncFd<std::os::fd::OwnedFd>) {
    loop {
        while inner.read_some().1 {
            tokio::task::yield_now().await;
        }
        let polled = inner.state.borrow().logs.is_polled();
        tokio::select! {
            ready = events.readable() => match ready {
                Ok(mut ready) => ready.clear_ready(),
                // The runtime ends.
                Err(_) => return,
            },
            () = inner.wake.notified() => {}
            () = tokio::time::sleep(POLL), if polled => inner.state.borrow_mut().logs.poll(),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").finish_non_exhaustive()
    }
}
