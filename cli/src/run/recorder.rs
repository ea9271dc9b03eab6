//! The record of a run: the journal, and whoever watches it on the terminal.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::ValueEnum;
use scn_interpreter::environment::Masker;
use scn_interpreter::{Clock, Record};
use scn_protocol::{Event, Stream};
use scn_record::{Journal, Observer};
use scn_report::console::Console;
use serde::{Deserialize, Serialize};

use super::kept::Kept;

/// What is to survive the machine's death, not only the program's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sync {
    /// Every step, before it is done and after.
    Step,
    /// What is owed, before its step starts.
    #[default]
    Owed,
    /// Nothing is waited for.
    None,
}

/// Gives what masks the secrets of a run, once these are known.
pub type Secrets = Box<dyn Fn() -> Option<Rc<RefCell<Masker>>>>;

/// Writes the journal; whoever is to see the events sees them from there.
pub struct Recorder {
    journal: RefCell<Journal>,
    console: Rc<RefCell<Console>>,
    clock: Rc<dyn Clock>,
    sync: Sync,
    /// What the run is run from, until it is written down: that is before anything is done, and after
    /// it is known what is secret.
    kept: RefCell<Option<(Kept, Secrets)>>,
    /// The same, until it is synced.
    unsynced: RefCell<Option<File>>,
    /// That of the run before it, which alone says what follows until this one does.
    before: RefCell<Option<Rc<Recorder>>>,
}

impl Recorder {
    /// Begins the record of the run `id` in the folder `runs`, which is run from `kept`; its texts are
    /// `sources`, by name. Who shows it sees its events through `observer`.
    ///
    /// # Errors
    /// If it cannot be begun.
    pub fn begin(
        runs: &Path,
        id: String,
        sources: impl IntoIterator<Item = (String, String)>,
        kept: (Kept, Secrets),
        (console, observer): (&Rc<RefCell<Console>>, Observer),
        clock: &Rc<dyn Clock>,
    ) -> io::Result<Self> {
        let journal = Journal::create(runs, id, observer)?;
        console.borrow_mut().begin(sources, journal.folder());
        let sync = kept.0.sync;
        Ok(Self {
            kept: RefCell::new(Some(kept)),
            ..Self::with(journal, sync, console, clock)
        })
    }

    /// Goes on with a journal.
    pub fn with(
        journal: Journal,
        sync: Sync,
        console: &Rc<RefCell<Console>>,
        clock: &Rc<dyn Clock>,
    ) -> Self {
        Self {
            journal: RefCell::new(journal),
            console: Rc::clone(console),
            clock: Rc::clone(clock),
            sync,
            kept: RefCell::default(),
            unsynced: RefCell::default(),
            before: RefCell::default(),
        }
    }

    /// Other runs are to follow in the same folder: see [`Journal::others_follow`].
    pub fn others_follow(&self) {
        self.journal.borrow_mut().others_follow();
    }

    /// Others follow this run that nobody else knows of: see [`Journal::hold`].
    pub fn hold(&self) {
        self.journal.borrow_mut().hold();
    }

    /// It follows that one, whose record is held until this one says by itself what follows it.
    pub fn follows(&self, before: Option<Rc<Self>>) {
        *self.before.borrow_mut() = before;
    }

    fn keep(&self, kept: Kept, secrets: &Secrets) -> io::Result<()> {
        let masker = secrets();
        let masker = masker.as_ref().map(|masker| masker.borrow());
        let file = kept.create(&self.folder(), masker.as_deref())?;
        *self.unsynced.borrow_mut() = Some(file);
        self.before.take();
        Ok(())
    }

    fn sync_all(&self) -> io::Result<()> {
        if let Some(file) = self.unsynced.take() {
            file.sync_all()?;
        }
        self.journal.borrow_mut().sync()
    }

    /// The run's folder.
    pub fn folder(&self) -> PathBuf {
        self.journal.borrow().folder().to_owned()
    }
}

/// Shows each event on the console.
pub fn observer(console: &Rc<RefCell<Console>>) -> Observer {
    let shown = Rc::clone(console);
    Box::new(move |at, event: &Event, line: &[u8]| shown.borrow_mut().event(at, event, line))
}

impl Record for Recorder {
    fn event(&self, event: Event) -> io::Result<()> {
        let is_first = matches!(event, Event::RunStarted { .. });
        if !is_first && let Some((kept, secrets)) = self.kept.take() {
            self.keep(kept, &secrets)?;
        }
        let mut journal = self.journal.borrow_mut();
        journal.event(self.clock.now(), &event)?;
        let step = matches!(
            event,
            Event::StepStarted { .. } | Event::StepFinished { .. }
        );
        if step && self.sync == Sync::Step {
            drop(journal);
            self.sync_all()?;
        }
        Ok(())
    }

    fn output(&self, step: u64, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        let now = self.clock.now();
        self.journal.borrow_mut().output(now, step, stream, bytes)?;
        self.console.borrow_mut().follow();
        Ok(())
    }

    fn flush_output(&self, step: u64) -> io::Result<()> {
        let sync = self.sync == Sync::Step;
        let mut journal = self.journal.borrow_mut();
        journal.flush_output(self.clock.now(), step, sync)
    }

    fn sync(&self) -> io::Result<()> {
        match self.sync {
            Sync::None => Ok(()),
            Sync::Step | Sync::Owed => self.sync_all(),
        }
    }

    fn attach(&self, path: &Path, name: &str) -> io::Result<String> {
        self.journal.borrow_mut().attach(path, name)
    }

    fn scratch(&self) -> io::Result<PathBuf> {
        self.journal.borrow().scratch()
    }
}
