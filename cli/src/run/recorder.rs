//! The record of a run: the journal, and whoever watches it on the terminal.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::ValueEnum;
use scn_interpreter::{Clock, Record};
use scn_protocol::{Event, Stream};
use scn_record::Journal;
use scn_report::console::Console;

/// What is to survive the machine's death, not only the program's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Sync {
    /// Every step, before it is done and after.
    Step,
    /// What is owed, before its step starts.
    #[default]
    Owed,
    /// Nothing is waited for.
    None,
}

/// Writes the journal; whoever is to see the events sees them from there.
pub struct Recorder {
    journal: RefCell<Journal>,
    console: Rc<RefCell<Console>>,
    clock: Rc<dyn Clock>,
    sync: Sync,
}

impl Recorder {
    /// Begins the record of the run `id` in the folder `runs`; its texts are `sources`, by name.
    ///
    /// # Errors
    /// If it cannot be begun.
    pub fn begin(
        runs: &Path,
        id: String,
        sources: impl IntoIterator<Item = (String, String)>,
        console: &Rc<RefCell<Console>>,
        clock: &Rc<dyn Clock>,
        sync: Sync,
    ) -> io::Result<Self> {
        let shown = Rc::clone(console);
        let see = move |at, event: &Event, line: &[u8]| shown.borrow_mut().event(at, event, line);
        let journal = Journal::create(runs, id, Box::new(see))?;
        console.borrow_mut().begin(sources, journal.folder());
        Ok(Self {
            journal: RefCell::new(journal),
            console: Rc::clone(console),
            clock: Rc::clone(clock),
            sync,
        })
    }

    /// The run's folder.
    pub fn folder(&self) -> PathBuf {
        self.journal.borrow().folder().to_owned()
    }
}

impl Record for Recorder {
    fn event(&self, event: Event) -> io::Result<()> {
        let mut journal = self.journal.borrow_mut();
        journal.event(self.clock.now(), &event)?;
        let step = matches!(
            event,
            Event::StepStarted { .. } | Event::StepFinished { .. }
        );
        if step && self.sync == Sync::Step {
            journal.sync()?;
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
            Sync::Step | Sync::Owed => self.journal.borrow_mut().sync(),
        }
    }

    fn attach(&self, path: &Path, name: &str) -> io::Result<String> {
        self.journal.borrow_mut().attach(path, name)
    }

    fn scratch(&self) -> io::Result<PathBuf> {
        self.journal.borrow().scratch()
    }
}
