//! Where components' logs stood when the record stopped.

use std::collections::{BTreeMap, HashMap};

use scn_protocol::{Event, LogFile, LogPlace};

use crate::platform::LogStood;

/// What the record says of logs.
#[derive(Debug, Default)]
pub struct Logs {
    /// By the component and the log's number.
    known: HashMap<(String, u32), Log>,
    /// The run was taken up before.
    resumed: bool,
}

#[derive(Debug, Default)]
struct Log {
    /// The files that are followed, by their numbers: what each is known by, and up to where it was read.
    files: BTreeMap<u64, (Option<LogFile>, LogPlace)>,
    /// Something of it was not read, or it is not known what was.
    broken: bool,
    /// Another program has taken up the run, and has not told yet from where it reads.
    again: bool,
}

impl Logs {
    /// Takes note of an event.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::RunResumed { .. } => {
                self.resumed = true;
                for log in self.known.values_mut() {
                    log.again = true;
                }
            }
            Event::LogFollowed {
                subject,
                from,
                file,
                on,
            } => self.followed(subject, *from, *file, *on),
            Event::LogLeft { subject, log, file } => {
                if let Some(log) = self.known.get_mut(&(subject.clone(), *log)) {
                    log.files.remove(file);
                }
            }
            Event::Observed {
                subject,
                read: Some(place),
                ..
            }
            | Event::Happened {
                subject,
                read: Some(place),
                ..
            } => {
                let log = self.of(subject, place.log);
                match log.files.get_mut(&place.file) {
                    Some((_, known)) => *known = *place,
                    None => log.broken = true,
                }
            }
            _ => {}
        }
    }

    fn of(&mut self, subject: &str, log: u32) -> &mut Log {
        self.known.entry((subject.to_owned(), log)).or_default()
    }

    fn followed(&mut self, subject: &str, from: LogPlace, file: Option<LogFile>, on: bool) {
        let resumed = self.resumed;
        let log = self.of(subject, from.log);
        let first = std::mem::take(&mut log.again) || log.files.is_empty();
        if first {
            log.files.clear();
            log.broken |= resumed && !on;
        }
        log.files.retain(|_, (file, _)| file.is_some());
        log.files.insert(from.file, (file, from));
    }

    /// Where each stood of which all is known. One whose file has been followed by another one that was not read to
    /// its end yet stood at two places, and is none of them.
    pub fn stood(&self) -> Vec<LogStood> {
        let stood = |((component, _), log): (&(String, u32), &Log)| {
            let mut files = log.files.values();
            let (Some((file, place)), None) = (files.next(), files.next()) else {
                return None;
            };
            (!log.broken).then(|| LogStood {
                component: component.clone(),
                file: *file,
                place: *place,
            })
        };
        self.known.iter().filter_map(stood).collect()
    }
}
