//! Calls of one library, on threads of their own: one at a time, or as many as there are where
//! the library says that they may overlap.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use scn_protocol::Value;
use scn_protocol::plugin::{Blame, Failed};

use super::{Instance, Library, Listener, Words};

/// As much stack as a program's first thread has, mostly: plug-ins may expect it.
pub const STACK: usize = 8 * 1024 * 1024;

/// Told what came of a call, on the thread that made it.
pub type Done = Box<dyn FnOnce(Result<Value, Failed>) + Send>;

/// A call that is to be made.
pub struct Job {
    /// The place of the command among the declared ones.
    pub command: usize,
    /// What it is called with.
    pub words: Words,
    /// What it reaches.
    pub listener: Arc<dyn Listener>,
    /// Told what came of it.
    pub done: Done,
}

/// A job's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// Makes the calls of one library.
pub struct Runner {
    library: Arc<Library>,
    config: Value,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    next: u64,
    waiting: VecDeque<(u64, Job)>,
    threads: usize,
    idle: usize,
    instance: Option<Arc<Instance>>,
    opening: bool,
    closing: bool,
}

impl Runner {
    /// Nothing is opened yet.
    pub fn new(library: Arc<Library>, config: Value) -> Arc<Self> {
        Arc::new(Self {
            library,
            config,
            state: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// The library.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Makes a call as soon as it can be made.
    pub fn submit(self: &Arc<Self>, job: Job) -> Ticket {
        let mut state = self.state();
        let ticket = state.next;
        state.next += 1;
        state.waiting.push_back((ticket, job));
        let most = match self.library.is_concurrent() {
            true => usize::MAX,
            false => 1,
        };
        if state.waiting.len() > state.idle && state.threads < most {
            let runner = Arc::clone(self);
            let thread = thread::Builder::new().stack_size(STACK);
            let started = thread.spawn(move || runner.work());
            match (started, state.threads) {
                (Ok(_), _) => state.threads += 1,
                // Another one will do it.
                (Err(_), 1..) => {}
                (Err(error), 0) => {
                    let job = state.waiting.pop_back();
                    drop(state);
                    if let Some((_, job)) = job {
                        let why = format!("no thread could be started: {error}");
                        (job.done)(Err(Failed::new(Blame::Environment, why)));
                    }
                    return Ticket(ticket);
                }
            }
        }
        drop(state);
        self.changed.notify_all();
        Ticket(ticket)
    }

    /// Does a command on this very thread, if no other call stands in its way; else gives back
    /// what it was to be called with.
    pub fn at_once(&self, command: usize, words: Words, listener: Arc<dyn Listener>) -> AtOnce {
        let state = self.state();
        let free =
            self.library.is_concurrent() || state.waiting.is_empty() && state.idle == state.threads;
        let Some(instance) = state.instance.clone().filter(|_| free) else {
            return AtOnce::NotNow(words, listener);
        };
        // Others wait until it is over: it is quick.
        let guard = (!self.library.is_concurrent()).then_some(state);
        let result = instance.call(command, &words, listener);
        drop(guard);
        AtOnce::Done(result)
    }

    /// A call is cancelled: if it was not begun yet it is over.
    pub fn withdraw(&self, ticket: Ticket) {
        let mut state = self.state();
        let at = state
            .waiting
            .iter()
            .position(|(known, _)| *known == ticket.0);
        let job = at.and_then(|at| state.waiting.remove(at));
        drop(state);
        if let Some((_, job)) = job {
            let why = "cancelled before it was begun";
            (job.done)(Err(Failed::new(Blame::Plugin, why)));
        }
    }

    /// Waits until no call is open, and closes; false if that takes longer than `patience`.
    pub fn close(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut state = self.state();
        state.closing = true;
        self.changed.notify_all();
        while state.threads > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let instance = state.instance.take();
        drop(state);
        if let Some(instance) = instance.and_then(Arc::into_inner) {
            instance.close();
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread does until the runner is closed.
    fn work(&self) {
        while let Some(job) = self.next() {
            let result = match self.instance(&job.listener) {
                Ok(instance) => instance.call(job.command, &job.words, job.listener),
                Err(failed) => Err(failed),
            };
            (job.done)(result);
        }
        self.state().threads -= 1;
        self.changed.notify_all();
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if let Some((_, job)) = state.waiting.pop_front() {
                return Some(job);
            }
            if state.closing {
                return None;
            }
            state.idle += 1;
            state = self.wait(state);
            state.idle -= 1;
        }
    }

    /// The instance, made if there is none.
    fn instance(&self, listener: &Arc<dyn Listener>) -> Result<Arc<Instance>, Failed> {
        let mut state = self.state();
        while state.opening {
            state = self.wait(state);
        }
        if let Some(instance) = &state.instance {
            return Ok(Arc::clone(instance));
        }
        state.opening = true;
        drop(state);
        let opened = Instance::open(&self.library, &self.config, Arc::clone(listener));
        let mut state = self.state();
        state.opening = false;
        let opened = opened.map(Arc::new).inspect(|instance| {
            state.instance = Some(Arc::clone(instance));
        });
        drop(state);
        self.changed.notify_all();
        opened
    }
}

/// What came of a call that was to be made at once.
pub enum AtOnce {
    /// It was made.
    Done(Result<Value, Failed>),
    /// It could not be.
    NotNow(Words, Arc<dyn Listener>),
}
