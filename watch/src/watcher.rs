//! The watcher: what there is to see, put together.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use regex::Regex;
use scn_protocol::component::Component;
use scn_protocol::{Metric, Report, Seen};
use tokio::io::unix::AsyncFd;
use tokio::sync::{Notify, oneshot};
use tokio::task::{AbortHandle, spawn_local};

use crate::log::{Logs, Marks, Tale};
use crate::notify::{Change, Notifier};
use crate::outbox::Outbox;
use crate::pidfile::PidFiles;
use crate::probe::Prober;
use crate::ready::readable;
use crate::running::Running;
use crate::system::System;
use crate::tasks;

/// How often files are looked at of which the kernel does not tell.
const POLL: Duration = Duration::from_millis(250);

/// Watches components until it is dropped.
pub struct Watcher {
    inner: Rc<Inner>,
    tasks: RefCell<Vec<AbortHandle>>,
}

/// What the watcher and its tasks share. No borrow of the state is held while reports are
/// delivered, since whoever gets one may call the watcher.
pub(crate) struct Inner {
    pub components: Vec<Rc<Component>>,
    pub prober: Rc<dyn Prober>,
    pub outbox: Outbox,
    pub state: RefCell<State>,
    /// For each component that has no process now, what its logs said since it has none: whoever
    /// gets reports forgets it when a process is found at last, whose it is.
    pub early: RefCell<Vec<Option<Vec<Metric>>>>,
    /// There is something to read although no event says so.
    pub wake: Notify,
}

pub(crate) struct State {
    pub notifier: Notifier,
    pub logs: Logs,
    pub pid_files: PidFiles,
    /// Each component's process.
    pub running: Vec<Running>,
    /// The newest process when it was last looked for any.
    pub newest: Option<u32>,
    pub system: Option<System>,
}

impl Watcher {
    /// Begins to watch. A log that is there is followed from its end, or from where it stood by those `marks`;
    /// one that appears later from its beginning; processes are looked for, and probes are asked, at once. `clock` gives
    /// the time in nanoseconds since 1970 in UTC.
    ///
    /// Must be called inside a tokio `LocalSet` (or another place where `spawn_local` works) with
    /// I/O and time. `reports` is called from there and never from within this call; it may
    /// call the watcher.
    ///
    /// # Errors
    ///
    /// The system gives no more inotify instances or descriptors.
    pub fn start(
        components: &[Rc<Component>],
        reports: Rc<dyn Fn(Report)>,
        prober: Rc<dyn Prober>,
        clock: Rc<dyn Fn() -> i64>,
        marks: Marks,
    ) -> io::Result<Self> {
        let outbox = Outbox::new(reports, clock);
        let mut notifier = Notifier::new()?;
        let mut logs = Logs::new(marks);
        let mut pid_files = PidFiles::default();
        let mut watchers = 0..;
        let mut who = || watchers.next().unwrap_or_default();
        for (at, component) in components.iter().enumerate() {
            logs.add(at, component, &mut notifier, &mut who, &mut |_, tale| {
                outbox.put_read(&component.name, &component.host, tale.seen, tale.read);
            });
            pid_files.add(at, component, &mut notifier, &mut who);
        }
        let events = readable(notifier.as_fd().try_clone_to_owned()?)?;
        let inner = Rc::new(Inner {
            components: components.to_vec(),
            prober,
            outbox,
            state: RefCell::new(State {
                notifier,
                logs,
                pid_files,
                running: components.iter().map(|_| Running::default()).collect(),
                newest: None,
                system: None,
            }),
            early: RefCell::new(vec![Some(Vec::new()); components.len()]),
            wake: Notify::new(),
        });
        // What was found already is told from the task: whoever starts the watcher may not be
        // ready for it yet.
        inner.wake.notify_one();
        let mut tasks = vec![spawn_local(follow(Rc::clone(&inner), events)).abort_handle()];
        tasks.extend(tasks::spawn_all(&inner));
        let tasks = RefCell::new(tasks);
        Ok(Self { inner, tasks })
    }

    /// Tells which process a component is now, none if it has ended: by whoever starts and ends
    /// components. Told at once after the start, it comes before anything that the process logs.
    ///
    /// Where the environment says how the process is found (by a pid file, its command line, a
    /// port), that counts, and this is the moment to look.
    pub fn process(&self, component: &str, pid: Option<u32>) {
        if let Some(at) = self.inner.place(component) {
            self.inner.told(at, pid);
        }
    }

    /// Whether all logs of a component are read on from where they stood before, so that nothing of them was missed.
    /// So is a component that has none, and none that there is not.
    pub fn reads_on(&self, component: &str) -> bool {
        let at = self.inner.place(component);
        at.is_some_and(|at| self.inner.state.borrow().logs.are_read_on(at))
    }

    /// The process that a component is now.
    pub fn pid(&self, component: &str) -> Option<u32> {
        let at = self.inner.place(component)?;
        self.inner.state.borrow().running[at].pid()
    }

    /// Reads now what logs have that was not read yet, and looks whether processes still run, so
    /// that reports are up to date. It takes a few microseconds when nothing changed; if processes
    /// are looked for by command line or port and any was started since, it takes as long as
    /// going through all of them does.
    pub fn refresh(&self) {
        self.inner.read_all();
        self.inner.check_processes();
    }

    /// Somebody wants the metrics of the subject `System`: they are reported each second from now
    /// on. `root` is a folder on the file system that `free_disk` is about.
    pub fn want_system(&self, root: &Path) {
        let task = {
            let mut state = self.inner.state.borrow_mut();
            if state.system.is_some() {
                return;
            }
            state.system = Some(System::new(root));
            spawn_local(tasks::first_system(Rc::clone(&self.inner)))
        };
        self.tasks.borrow_mut().push(task.abort_handle());
        self.inner.sample_system();
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
        let mut components = self.components.iter();
        components.position(|component| component.name == name)
    }

    /// Adds a report about a component.
    pub fn put(&self, at: usize, seen: Seen) {
        self.put_read(at, Tale::of(seen));
    }

    fn put_read(&self, at: usize, tale: Tale) {
        let Tale { seen, read, past } = tale;
        let component = &self.components[at];
        if let Some(early) = &mut self.early.borrow_mut()[at]
            && component.process.is_some()
            // What was written while nobody looked may be of a process that has ended since.
            && !past
            && let Seen::Metrics {
                metrics,
                interval: None,
            } = &seen
        {
            for metric in metrics {
                early.retain(|known| known.name != metric.name);
                early.push(metric.clone());
            }
        }
        self.outbox
            .put_read(&component.name, &component.host, seen, read);
    }

    /// Reads a part of what is new; gives how many bytes, and whether there is more.
    fn read_some(self: &Rc<Self>) -> (usize, bool) {
        let changed = {
            let state = &mut *self.state.borrow_mut();
            state.take_changes();
            state.pid_files.changed(&mut state.notifier)
        };
        // A new process comes before what it logs.
        changed.into_iter().for_each(|at| self.look(at));
        let outcome = {
            let state = &mut *self.state.borrow_mut();
            let read = state
                .logs
                .advance(&mut state.notifier, &mut |at, tale| self.put_read(at, tale));
            (read, state.logs.is_dirty())
        };
        self.outbox.deliver();
        outcome
    }

    /// Reads everything that was written before the call.
    pub fn read_all(self: &Rc<Self>) {
        {
            let state = &mut *self.state.borrow_mut();
            state.logs.poll();
            state.take_changes();
            if !state.logs.is_dirty() && !state.pid_files.is_changed() {
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
        let (logs, pid_files) = (&mut self.logs, &mut self.pid_files);
        self.notifier.changes(&mut |who, change: Change| {
            if !logs.changed(who, &change) {
                pid_files.note(who, &change);
            }
        });
    }
}

/// Reads logs and pid files as they change.
async fn follow(inner: Rc<Inner>, events: AsyncFd<OwnedFd>) {
    loop {
        while inner.read_some().1 {
            tokio::task::yield_now().await;
        }
        let polled = {
            let state = inner.state.borrow();
            state.logs.is_polled() || state.pid_files.is_polled()
        };
        tokio::select! {
            ready = events.readable() => match ready {
                Ok(mut ready) => ready.clear_ready(),
                // The runtime ends.
                Err(_) => return,
            },
            () = inner.wake.notified() => {}
            () = tokio::time::sleep(POLL), if polled => {
                let mut state = inner.state.borrow_mut();
                state.logs.poll();
                state.pid_files.poll();
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.tasks.borrow().iter().for_each(AbortHandle::abort);
        let mut state = self.inner.state.borrow_mut();
        state.running.iter_mut().for_each(Running::forget);
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").finish_non_exhaustive()
    }
}
