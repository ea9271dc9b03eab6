//! All logs of a run.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use regex::Regex;
use scn_protocol::Seen;
use scn_protocol::component::Component;
use tokio::sync::oneshot;

use super::reader::{Reader, Tale};
use super::{Follower, Found, Marks, Summaries};
use crate::notify::{Change, Notifier, WatcherId};

/// So much of a log is read before anything else gets its turn, in bytes.
const TURN: usize = 1 << 20;

/// What was read out of a log: the component's place in the list, and what was seen.
pub(crate) type Told<'a> = &'a mut dyn FnMut(usize, Tale);

/// After so much in which there was nothing to tell it is told how far a log was read, in bytes.
const SILENT: u64 = 64 << 20;

/// The logs of all components.
pub(crate) struct Logs {
    logs: Vec<Log>,
    /// Where the log is that a change concerns.
    by_watcher: HashMap<WatcherId, usize>,
    dirty: BTreeSet<usize>,
    ears: Vec<Ear>,
    buffer: Vec<u8>,
    marks: Marks,
}

struct Log {
    component: usize,
    follower: Follower,
    reader: Reader,
}

/// Somebody who waits for a line.
struct Ear {
    component: usize,
    regex: Regex,
    told: oneshot::Sender<String>,
}

impl Logs {
    pub fn new(marks: Marks) -> Self {
        Self {
            marks,
            logs: Vec::new(),
            by_watcher: HashMap::new(),
            dirty: BTreeSet::new(),
            ears: Vec::new(),
            buffer: vec![0; 64 << 10],
        }
    }

    /// Follows a component's logs, each from where it stood if that is known, and else from its end.
    pub fn add(
        &mut self,
        at: usize,
        component: &Component,
        notifier: &mut Notifier,
        who: &mut dyn FnMut() -> WatcherId,
        told: Told<'_>,
    ) {
        let mut summaries = Summaries::new();
        for (index, log) in (0..).zip(&component.logs) {
            let (mut reader, problems) = Reader::new(index, &log.rules, &mut summaries);
            let problems = problems.into_iter().map(|reason| Seen::Gap { reason });
            problems.for_each(|problem| told(at, Tale::of(problem)));
            let who = who();
            let stood = (self.marks.of(&component.name, index), &self.marks);
            let path = Path::new(&log.path);
            let follower = Follower::start(who, path, notifier, stood, &mut |found| {
                reader.take(found, &self.marks, &mut |tale| told(at, tale));
            });
            self.by_watcher.insert(who, self.logs.len());
            let file = follower.only_file().filter(|_| follower.is_read_on());
            if let Some(file) = file {
                reader.is_past_before(file.number, file.offset() + file.unread());
                self.dirty.insert(self.logs.len());
            }
            self.logs.push(Log {
                component: at,
                follower,
                reader,
            });
        }
    }

    /// Whether all logs of a component are read on from where they stood.
    pub fn are_read_on(&self, component: usize) -> bool {
        let mut logs = self.logs.iter();
        logs.all(|log| log.component != component || log.follower.is_read_on())
    }

    /// Takes note of a change; whether it concerns a log.
    pub fn changed(&mut self, who: WatcherId, change: &Change) -> bool {
        let Some(&at) = self.by_watcher.get(&who) else {
            return false;
        };
        self.logs[at].follower.changed(change.clone());
        if self.logs[at].follower.is_dirty() {
            self.dirty.insert(at);
        }
        true
    }

    /// Looks at those of which nobody tells.
    pub fn poll(&mut self) {
        for (at, log) in self.logs.iter_mut().enumerate() {
            if log.follower.is_polled() {
                log.follower.look_everywhere();
                self.dirty.insert(at);
            }
        }
    }

    /// Whether there are logs of which nobody tells.
    pub fn is_polled(&self) -> bool {
        self.logs.iter().any(|log| log.follower.is_polled())
    }

    /// Whether something is known to be unread.
    pub fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// How many bytes are known to be unread.
    pub fn unread(&self) -> u64 {
        self.dirty
            .iter()
            .map(|&at| self.logs[at].follower.unread())
            .sum()
    }

    /// Reads the next part of each log that has something; gives how many bytes that was.
    pub fn advance(&mut self, notifier: &mut Notifier, told: Told<'_>) -> usize {
        let mut read = 0;
        for at in std::mem::take(&mut self.dirty) {
            let Log {
                component,
                follower,
                reader,
            } = &mut self.logs[at];
            let (ears, marks) = (&mut self.ears, &self.marks);
            let mut budget = TURN;
            let mut tell = |tale| told(*component, tale);
            follower.advance(notifier, &mut self.buffer, &mut budget, &mut |found| {
                if let Found::Line { text, .. } = found
                    && !ears.is_empty()
                {
                    hear(ears, *component, text);
                }
                reader.take(found, marks, &mut tell);
            });
            reader.flush(marks, &mut tell);
            let only = follower.only_file();
            if let Some(file) = only.filter(|_| reader.is_silent(TURN - budget, SILENT)) {
                reader.tell_place(file, &mut tell);
            }
            read += TURN - budget;
            if follower.is_dirty() {
                self.dirty.insert(at);
            }
        }
        read
    }

    /// The process of a component has ended, and its logs were read.
    pub fn writer_ended(&mut self, component: usize) {
        let logs = self
            .logs
            .iter_mut()
            .filter(|log| log.component == component);
        logs.for_each(|log| log.follower.writer_ended());
    }

    /// Waits for a line of a component's logs; what was read so far does not count.
    pub fn listen(&mut self, component: usize, regex: Regex) -> oneshot::Receiver<String> {
        let (told, line) = oneshot::channel();
        self.ears.retain(|ear| !ear.told.is_closed());
        self.ears.push(Ear {
            component,
            regex,
            told,
        });
        line
    }

    /// Whether a component has logs.
    pub fn has(&self, component: usize) -> bool {
        self.logs.iter().any(|log| log.component == component)
    }
}

fn hear(ears: &mut Vec<Ear>, component: usize, line: &[u8]) {
    let line = String::from_utf8_lossy(line);
    let hits = ears.extract_if(.., |ear| {
        ear.told.is_closed() || ear.component == component && ear.regex.is_match(&line)
    });
    for hit in hits {
        // It may have been dropped; then nobody waits.
        let _ = hit.told.send(line.clone().into_owned());
    }
}
