//! The run's record, with secrets masked; the first failure to write ends the run.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_protocol::{Event, Stream, Value, json};

use super::hide;
use super::recall;
use super::signal::Flag;
use crate::environment::secret::{MASK, MaskStream, Masker};
use crate::ops;
use crate::platform::{Clock, Record};

/// A value with more bytes than this as text is recorded by its beginning alone where it is only one of
/// those that a judgement had.
const LONGEST: u64 = 1 << 20;

/// Shorter texts that were computed from a secret are masked where they are known to be some, and not
/// wherever they stand: the length of a password would hide every number like it.
const DERIVED: usize = 6;

/// So many secrets that were computed from others are looked for.
const MOST_COMPUTED: usize = 1_000;

/// The time of day that goes on otherwise than time passes by no more than this was not set: in nanoseconds.
const STEADY: u64 = 1_000_000_000;

/// The values that a judgement had, as the journal has them.
pub fn values<'v>(named: impl IntoIterator<Item = &'v (String, Value)>) -> serde_json::Value {
    let value = |value: &Value| match value.extent().bytes {
        ..=LONGEST => json::tagged(value, false),
        _ => serde_json::Value::String(ops::show(value)),
    };
    let named = named.into_iter();
    let named = named.map(|(name, of)| (name.clone(), value(of)));
    serde_json::Value::Object(named.collect())
}

/// The run's record.
pub struct Journal {
    record: Rc<dyn Record>,
    clock: Rc<dyn Clock>,
    /// What the time of day was ahead of the time that had passed, at the last event, in nanoseconds.
    ahead: Cell<Option<i64>>,
    masker: Rc<RefCell<Masker>>,
    /// How many computed secrets are looked for.
    computed: Cell<usize>,
    streams: RefCell<HashMap<(u64, Stream), MaskStream>>,
    broken: RefCell<Option<String>>,
    /// The run's first event, until another one comes: by then it is known what is secret.
    first: RefCell<Option<Event>>,
    /// Events that are recorded already and will be made again, as often as they are there.
    made: RefCell<Option<HashMap<String, usize>>>,
    /// `finally` is owed from the first step on, which is not on disk yet.
    owes_finally: Cell<bool>,
    /// Happens when the record can no longer be written.
    pub lost: Rc<Flag>,
}

impl Journal {
    /// A record of which nothing has to be masked yet.
    pub fn new(record: Rc<dyn Record>, clock: Rc<dyn Clock>) -> Self {
        Self {
            record,
            clock,
            ahead: Cell::default(),
            masker: Rc::default(),
            computed: Cell::default(),
            streams: RefCell::default(),
            broken: RefCell::default(),
            first: RefCell::default(),
            made: RefCell::default(),
            owes_finally: Cell::default(),
            lost: Flag::new(),
        }
    }

    /// From here on these are masked; gives what masks them, and what is computed from them later.
    pub fn mask_all(&self, secrets: &[Vec<u8>]) -> Rc<RefCell<Masker>> {
        *self.masker.borrow_mut() = Masker::new(secrets);
        Rc::clone(&self.masker)
    }

    /// What is computed from a secret is one, too: from where the system under test is given it, it
    /// may come back in any output.
    pub fn mask_also<'v>(&self, given: impl Iterator<Item = &'v Value>) {
        if self.masker.borrow().is_empty() {
            return;
        }
        for value in given.filter(|value| matches!(value, Value::Secret(_))) {
            let text = value.to_text();
            let hidden = text.len() < DERIVED || self.masker.borrow().mask(&text) == MASK;
            if !hidden && self.computed.get() < MOST_COMPUTED {
                self.computed.set(self.computed.get() + 1);
                self.masker.borrow_mut().add(text.as_bytes());
            }
        }
    }

    /// A text as it is recorded.
    pub fn masked(&self, text: &str) -> String {
        self.masker.borrow().mask(text).into_owned()
    }

    /// Masks what may hold secrets in an event.
    fn mask(&self, event: Event) -> Event {
        if self.masker.borrow().is_empty() {
            return event;
        }
        match serde_json::to_value(&event) {
            Ok(serde_json::Value::Object(fields)) => {
                hide::event(&self.masker.borrow(), fields, event)
            }
            _ => event,
        }
    }

    /// These are recorded already: when they are made again, they are not appended again.
    pub fn know(&self, made: HashMap<String, usize>) {
        *self.made.borrow_mut() = Some(made);
    }

    /// Whatever is made from here on is new.
    pub fn forget_made(&self) {
        // It may have been set while nobody ran it, which is nothing to this run.
        self.ahead.set(None);
        *self.made.borrow_mut() = None;
    }

    fn is_known(&self, event: &Event) -> bool {
        let mut made = self.made.borrow_mut();
        let Some(made) = made.as_mut() else {
            return false;
        };
        let times = recall::made(event).and_then(|event| made.get_mut(&event));
        match times {
            Some(times) if *times > 0 => {
                *times -= 1;
                true
            }
            _ => false,
        }
    }

    /// This is the run's first event. It is appended with the next one, or by [`Journal::open`].
    pub fn begin(&self, first: Event) {
        *self.first.borrow_mut() = Some(first);
    }

    /// Appends the first event, if it is not there yet.
    pub fn open(&self) {
        if let Some(first) = self.first.take() {
            self.append(first);
        }
    }

    /// Appends an event.
    pub fn event(&self, event: Event) {
        self.open();
        self.append(event);
    }

    fn append(&self, event: Event) {
        let event = self.mask(event);
        if self.is_known(&event) {
            return;
        }
        self.notice_clock();
        let is_step = matches!(event, Event::StepStarted { .. });
        self.wrote(self.record.event(event));
        if is_step && self.owes_finally.take() {
            self.sync();
        }
    }

    /// The run has a `finally`: whoever cleans up after it must know of it as soon as anything is done.
    pub fn owe_finally(&self) {
        self.owes_finally.set(true);
    }

    /// Who takes up the run must not take for time that has passed what is none.
    fn notice_clock(&self) {
        let ahead = self.clock.now().saturating_sub(self.clock.monotonic());
        let before = self.ahead.replace(Some(ahead)).unwrap_or(ahead);
        let by = ahead.saturating_sub(before);
        if by.unsigned_abs() > STEADY {
            self.wrote(self.record.event(Event::ClockSet { by_us: by / 1000 }));
        }
    }

    /// Makes sure that what is owed survives.
    pub fn sync(&self) {
        self.wrote(self.record.sync());
    }

    /// Appends a step's output.
    pub fn output(&self, step: u64, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        if self.masker.borrow().is_empty() {
            let result = self.record.output(step, stream, bytes);
            return self.passed_on(result);
        }
        let mut streams = self.streams.borrow_mut();
        let masked = streams
            .entry((step, stream))
            .or_insert_with(|| self.masker.borrow().stream())
            .push(bytes)
            .into_owned();
        if masked.is_empty() {
            return Ok(());
        }
        let result = self.record.output(step, stream, &masked);
        self.passed_on(result)
    }

    /// No more output of this step is to be expected.
    pub fn flush_output(&self, step: u64) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let rest = self
                .streams
                .borrow_mut()
                .remove(&(step, stream))
                .map(|mut stream| stream.finish());
            if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
                self.wrote(self.record.output(step, stream, &rest));
            }
        }
        self.wrote(self.record.flush_output(step));
    }

    /// Keeps a copy of a file.
    pub fn attach(&self, path: &Path, name: &str) -> io::Result<String> {
        if self.masker.borrow().is_empty() {
            return self.record.attach(path, name);
        }
        let name = &*self.masker.borrow().mask(name).into_owned();
        let copy = self.record.scratch()?.join(".attachment");
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let kept = self
            .mask_file(path, &copy)
            .map_err(named)
            .and_then(|()| self.record.attach(&copy, name));
        let _ = fs::remove_file(copy);
        kept
    }

    fn mask_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut made = File::options();
        let made = made.create(true).write(true).truncate(true).mode(0o600);
        let (mut from, mut to) = (File::open(from)?, made.open(to)?);
        let mut masked = self.masker.borrow().stream();
        let mut piece = vec![0; 64 * 1024];
        loop {
            match from.read(&mut piece)? {
                0 => break,
                read => to.write_all(&masked.push(&piece[..read]))?,
            }
        }
        to.write_all(&masked.finish())
    }

    /// The run's scratch folder.
    pub fn scratch(&self) -> io::Result<PathBuf> {
        self.record.scratch()
    }

    /// Why the record can no longer be written.
    pub fn broken(&self) -> Option<String> {
        self.broken.borrow().clone()
    }

    fn wrote(&self, result: io::Result<()>) {
        if let Err(error) = result {
            self.break_off(&error);
        }
    }

    fn passed_on(&self, result: io::Result<()>) -> io::Result<()> {
        if let Err(error) = &result {
            self.break_off(error);
        }
        result
    }

    fn break_off(&self, error: &io::Error) {
        let mut broken = self.broken.borrow_mut();
        if broken.is_none() {
            *broken = Some(format!("the run can no longer be recorded: {error}"));
            self.lost.set();
        }
    }
}
