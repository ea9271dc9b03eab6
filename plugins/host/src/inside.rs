//! A shared library inside this very process: `isolate = false`.
//!
//! There is no wire. A call runs on a thread of the runner's, so that time limits and other
//! branches go on meanwhile; one of a command that says that it is quick runs on this very
//! thread, which costs little more than the call itself. A crash here is the run's, and a call
//! that heeds nobody cannot be ended: that is what `isolate = false` means.

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use scn_interpreter::Context;
use scn_process::GRACE;
use scn_protocol::plugin::{Blame, Declaration, Failed};
use scn_protocol::{Map, Stream, Value};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use crate::command::Answered;
use crate::declare;
use crate::launch::Launch;
use crate::library::{self, AtOnce, Job, Library, Listener, Runner, Words};
use crate::metric::Metrics;

/// So much output may wait to be recorded before whoever writes it waits too.
const WAITING: usize = 4 * 1024 * 1024;

/// A library that is loaded into this process.
pub(crate) struct Inside {
    runner: Arc<Runner>,
    /// The command that did not return when it was cancelled: nothing can be asked any more.
    stuck: Cell<Option<usize>>,
    metrics: Metrics,
}

impl Inside {
    /// Loads it; it has to declare what was checked.
    ///
    /// # Errors
    /// Why it cannot be used, after the plug-in's name.
    pub(crate) fn load(launch: &Launch, declared: &Declaration) -> Result<Self, String> {
        let file = launch.library().ok_or("is no library")?;
        library::leave::guard();
        let library = Library::load(file)?;
        let said = declare::read(&library.declaration().to_json())
            .map_err(|wrong| format!("declares what cannot be used: {wrong}"))?;
        if said.commands != declared.commands {
            return Err(declare::parted(declared, &said));
        }
        Ok(Self {
            runner: Runner::new(library, launch.config.clone()),
            stuck: Cell::new(None),
            metrics: Metrics::of(&launch.plugin),
        })
    }

    /// Does the command of that place.
    pub(crate) async fn call(
        &self,
        command: usize,
        words: Words,
        secrets: &[String],
        context: &dyn Context,
    ) -> Answered<Result<Value, Failed>> {
        if let Some(stuck) = self.stuck.get() {
            context.not_started();
            let name = &self.runner.library().declaration().commands[stuck].name;
            let why = format!(
                "it can be asked nothing more in this run: `{name}` did not return when it was cancelled, and with `isolate = false` cannot be ended"
            );
            return Answered::InTime(Err(Failed::new(Blame::Plugin, why)));
        }
        let ear = Ear::of(secrets, context);
        let listener: Arc<dyn Listener> = Arc::clone(&ear) as _;
        if !self.runner.library().is_quick(command) {
            return self
                .on_a_thread(command, words, &ear, listener, context)
                .await;
        }
        match self.runner.at_once(command, words, listener) {
            AtOnce::Done(result) => Answered::InTime(ear.tell(&self.metrics, context).and(result)),
            AtOnce::NotNow(words, listener) => {
                self.on_a_thread(command, words, &ear, listener, context)
                    .await
            }
        }
    }

    async fn on_a_thread(
        &self,
        command: usize,
        words: Words,
        ear: &Arc<Ear>,
        listener: Arc<dyn Listener>,
        context: &dyn Context,
    ) -> Answered<Result<Value, Failed>> {
        ear.waits.store(true, Ordering::Relaxed);
        let (done, mut result) = oneshot::channel();
        let ticket = self.runner.submit(Job {
            command,
            words,
            listener,
            // Whoever asked may have gone.
            done: Box::new(move |result| drop(done.send(result))),
        });
        let _closes = Closes(ear);
        let mut told = Ok(Value::None);
        loop {
            tokio::select! {
                biased;
                result = &mut result => {
                    let result = result.unwrap_or_else(|_| {
                        Err(Failed::new(Blame::Plugin, "its thread has ended"))
                    });
                    let told = told.and(ear.tell(&self.metrics, context));
                    return Answered::InTime(told.and(result));
                }
                () = ear.arrived.notified() => told = told.and(ear.tell(&self.metrics, context)),
                () = context.cancelled() => break,
            }
        }
        ear.cancelled.store(true, Ordering::Relaxed);
        self.runner.withdraw(ticket);
        let heeded = async {
            loop {
                tokio::select! {
                    biased;
                    late = &mut result => break late,
                    () = ear.arrived.notified() => drop(ear.tell(&self.metrics, context)),
                }
            }
        };
        let late = timeout(GRACE, heeded).await;
        drop(ear.tell(&self.metrics, context));
        match late {
            Ok(Ok(late)) => Answered::Late(late),
            Ok(Err(_)) => Answered::Never,
            Err(_) => {
                self.stuck.set(Some(command));
                Answered::Never
            }
        }
    }

    /// The run is over: it is closed, unless a call still runs.
    pub(crate) async fn close(&self) {
        if self.stuck.get().is_some() {
            return;
        }
        let (done, closed) = oneshot::channel();
        let runner = Arc::clone(&self.runner);
        std::thread::spawn(move || {
            // Whoever waits for it may have gone.
            let _ = done.send(runner.close(GRACE));
        });
        let _ = closed.await;
    }
}

/// What a call says, until the step takes it.
struct Ear {
    secrets: HashMap<String, Vec<u8>>,
    until: Option<Instant>,
    cancelled: AtomicBool,
    /// The call has a thread of its own, which may wait.
    waits: AtomicBool,
    said: Mutex<Said>,
    arrived: Notify,
    taken: Condvar,
}

#[derive(Default)]
struct Said {
    all: VecDeque<Word>,
    /// How much output is among it, in bytes.
    output: usize,
    /// Nobody takes it any more.
    closed: bool,
}

enum Word {
    Log(String, String),
    /// Of whom, its name, its value and its unit.
    Metric(String, String, Value, Option<String>),
    Event(String, String, Map),
    Output(Stream, Vec<u8>),
}

impl Ear {
    fn of(secrets: &[String], context: &dyn Context) -> Arc<Self> {
        let secret = |name: &String| {
            let value = context.secret(name)?;
            Some((name.clone(), value.reveal().to_raw().into_owned()))
        };
        let left = context.time_left();
        Arc::new(Self {
            secrets: secrets.iter().filter_map(secret).collect(),
            until: left.and_then(|left| Instant::now().checked_add(left)),
            cancelled: AtomicBool::new(false),
            waits: AtomicBool::new(false),
            said: Mutex::default(),
            arrived: Notify::new(),
            taken: Condvar::new(),
        })
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, word: Word) {
        let mut said = self.said();
        if !said.closed {
            said.all.push_back(word);
            drop(said);
            self.arrived.notify_one();
        }
    }

    /// Hands all that was said to the step.
    ///
    /// # Errors
    /// If its output cannot be recorded.
    fn tell(&self, metrics: &Metrics, context: &dyn Context) -> Result<Value, Failed> {
        loop {
            let all = {
                let mut said = self.said();
                said.output = 0;
                std::mem::take(&mut said.all)
            };
            self.taken.notify_all();
            if all.is_empty() {
                return Ok(Value::None);
            }
            for word in all {
                match word {
                    Word::Log(level, message) => context.log(&level, &message),
                    Word::Metric(subject, name, value, unit) => {
                        metrics.tell(context, (&subject, &name), value, unit.as_deref());
                    }
                    Word::Event(subject, message, data) => {
                        context.event(&subject, &message, data);
                    }
                    Word::Output(stream, bytes) => {
                        context.output(stream, &bytes).map_err(|error| {
                            let why = format!("it wrote what cannot be recorded: {error}");
                            Failed::new(Blame::Environment, why)
                        })?;
                    }
                }
            }
        }
    }
}

/// Whoever waits for room is told that there will be none.
struct Closes<'a>(&'a Ear);

impl Drop for Closes<'_> {
    fn drop(&mut self) {
        self.0.said().closed = true;
        self.0.taken.notify_all();
    }
}

impl Listener for Ear {
    fn log(&self, level: &str, message: String) {
        self.say(Word::Log(level.to_owned(), message));
    }

    fn metric(&self, subject: String, name: String, value: Value, unit: Option<String>) {
        self.say(Word::Metric(subject, name, value, unit));
    }

    fn event(&self, subject: String, message: String, data: Map) {
        self.say(Word::Event(subject, message, data));
    }

    fn output(&self, stream: Stream, bytes: &[u8]) -> bool {
        let mut said = self.said();
        while self.waits.load(Ordering::Relaxed) && said.output >= WAITING && !said.closed {
            let waited = self.taken.wait(said);
            said = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if said.closed {
            return false;
        }
        said.output += bytes.len();
        said.all.push_back(Word::Output(stream, bytes.to_vec()));
        drop(said);
        self.arrived.notify_one();
        true
    }

    fn secret(&self, name: &str) -> Option<Vec<u8>> {
        self.secrets.get(name).cloned()
    }

    fn cancelled(&self) -> bool {
        // Where this call keeps the interpreter from saying so, it has to be seen from here; and else
        // not, so that its time is up on one clock alone.
        let late = || self.until.is_some_and(|until| until <= Instant::now());
        let waits = self.waits.load(Ordering::Relaxed);
        self.cancelled.load(Ordering::Relaxed) || !waits && late()
    }

    fn time_left(&self) -> Option<Duration> {
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        self.until.map(left)
    }
}
