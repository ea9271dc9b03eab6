//! Follows one log through everything that is done to logs: growing, rotation by renaming, by
//! copying and truncating, removal, links that change, folders that come later.
//!
//! A log's *files* are those that were at its path one after the other. Each is held open until
//! it was read to its end and its writer has closed it, so that what a writer still adds after a
//! rename is read before the file that took its place. The names that files get as they are
//! rotated are followed by the folder's events: a file that came and went between two looks is
//! found under its later name. What is removed before it could be opened is a gap.

mod files;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::segment::{Found, From, Identity, Segment, identity};
use super::stood::{Marks, Stood};
use crate::notify::{Change, Notifier, WatcherId};

/// How long a file that was rotated away is held open without anything new in it.
const LINGER: Duration = Duration::from_secs(60);

/// The same, if nobody who wrote to it has it open.
const LINGER_CLOSED: Duration = Duration::from_secs(5);

/// How many files that were rotated away are held open.
const MOST_FILES: usize = 32;

/// A log that is followed.
#[derive(Debug)]
pub(crate) struct Follower {
    who: WatcherId,
    path: PathBuf,
    /// The folder in which the path ends, and the name there.
    end: Option<(PathBuf, OsString)>,
    /// From the oldest to the newest.
    files: VecDeque<LogFile>,
    next: u64,
    /// The path is to be walked again.
    walk: bool,
    /// It is to be seen which files there are.
    look: bool,
    /// Changes were lost.
    overflow: bool,
    /// Changes are not told here: the path is looked at now and then.
    polled: bool,
    /// Why its file could not be opened, once it was said.
    unreadable: Option<String>,
    /// The file that was there at the start, and its size then, if it could not be opened.
    found_at_start: Option<(Identity, u64)>,
    /// It is read on from where a record had stopped, as far as it was there to be read.
    on: bool,
}

#[derive(Debug)]
struct LogFile {
    id: u64,
    place: Place,
    segment: Option<Segment>,
    /// It was removed rather than renamed.
    removed: bool,
    /// Nobody who wrote to it has it open, as far as was told.
    closed: bool,
    /// Since when a newer file is at the log's path, or it was written to although it is so.
    left: Option<Instant>,
}

/// Where a file is, as far as its folder's events told.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    At(OsString),
    Moving(u32, Instant),
    Gone,
}

impl Follower {
    /// Begins to follow: what the file holds now was there before, unless it is known where it `stood` when
    /// it was followed before.
    pub fn start(
        who: WatcherId,
        path: &Path,
        notifier: &mut Notifier,
        (stood, marks): (Option<&Stood>, &Marks),
        found: &mut dyn FnMut(Found<'_>),
    ) -> Self {
        let mut follower = Self {
            who,
            path: path.to_owned(),
            end: None,
            files: VecDeque::new(),
            next: 0,
            walk: false,
            look: false,
            overflow: false,
            polled: false,
            unreadable: None,
            found_at_start: None,
            on: false,
        };
        follower.walk(notifier);
        follower.look_at_path(notifier, Some((stood, marks)), found);
        if follower.files.is_empty() && follower.unreadable.is_none() {
            follower.on = stood.is_some_and(|stood| stood.file.is_none());
            found(Found::Followed {
                file: None,
                number: 0,
                from: From::Here(0),
                on: follower.on,
            });
        }
        follower
    }

    /// Whether it is read on from where it had stood, so that nothing of it was missed.
    pub fn is_read_on(&self) -> bool {
        self.on
    }

    /// The file that is read, if there is only one.
    pub fn only_file(&self) -> Option<&Segment> {
        let only = self.files.front().filter(|_| self.files.len() == 1);
        only.and_then(|file| file.segment.as_ref())
    }

    /// Takes note of a change.
    pub fn changed(&mut self, change: Change) {
        match change {
            Change::Path => self.walk = true,
            Change::Overflow => {
                (self.walk, self.overflow) = (true, true);
                self.segments().for_each(|segment| segment.dirty = true);
            }
            Change::File { file, closed } => {
                let file = self.files.iter_mut().find(|known| known.id == file);
                if let Some(file) = file {
                    file.closed = closed;
                    file.left = file.left.map(|_| Instant::now());
                    if let Some(segment) = &mut file.segment {
                        segment.dirty = true;
                    }
                }
            }
            Change::Entry(name, entry) => self.entry_changed(name, entry),
        }
    }

    /// Changes are not told, or were perhaps not all told: everything is to be looked at.
    pub fn look_everywhere(&mut self) {
        (self.walk, self.look) = (self.walk || self.polled, true);
        self.segments().for_each(|segment| segment.dirty = true);
    }

    /// Whether it must be looked at now and then.
    pub fn is_polled(&self) -> bool {
        let unwatched = |file: &LogFile| file.segment.as_ref().is_none_or(|s| s.watch.is_none());
        // More than one: what was rotated away is to be let go of after a time.
        self.polled || self.files.len() > 1 || self.files.iter().any(unwatched)
    }

    /// Whether there is anything to do for [`Follower::advance`].
    pub fn is_dirty(&self) -> bool {
        let mut segments = self.files.iter().filter_map(|file| file.segment.as_ref());
        self.walk || self.look || segments.any(|segment| segment.dirty)
    }

    /// Whoever writes this log has ended, and everything it wrote was read: the next does not go
    /// on in the middle of its line.
    pub fn writer_ended(&mut self) {
        self.segments().for_each(Segment::writer_ended);
    }

    fn segments(&mut self) -> impl Iterator<Item = &mut Segment> {
        self.files
            .iter_mut()
            .filter_map(|file| file.segment.as_mut())
    }

    /// How many bytes are known to be unread.
    pub fn unread(&self) -> u64 {
        let segments = self.files.iter().filter_map(|file| file.segment.as_ref());
        segments.map(Segment::unread).sum()
    }

    /// Reads what came, but not much more than `budget` bytes.
    pub fn advance(
        &mut self,
        notifier: &mut Notifier,
        buffer: &mut [u8],
        budget: &mut usize,
        found: &mut dyn FnMut(Found<'_>),
    ) {
        if self.walk || self.look {
            self.find_files(notifier, found);
        }
        let mut at = 0;
        while at < self.files.len() {
            let newest = at + 1 == self.files.len();
            let file = &mut self.files[at];
            if let Some(segment) = &mut file.segment {
                if segment.dirty {
                    match segment.read(buffer, budget, found) {
                        Ok(false) => {}
                        Ok(true) => return,
                        Err(error) => found(Found::Gap(format!(
                            "{} could not be read: {error}",
                            self.path.display()
                        ))),
                    }
                }
                if !newest {
                    self.carry_over(at);
                    if self.is_over(at) {
                        self.retire(at, notifier, found);
                        continue;
                    }
                }
            }
            at += 1;
        }
    }

    /// A line that is unfinished in a file of which no more is to be expected goes on in the next.
    fn carry_over(&mut self, at: usize) {
        let unfinished = |file: &mut LogFile| {
            let segment = file.segment.as_mut().filter(|_| !file.removed)?;
            (file.closed && segment.is_continued()).then(|| segment.take_unfinished())
        };
        let next = self
            .files
            .get(at + 1)
            .and_then(|next| next.segment.as_ref());
        if next.is_none_or(|next| next.offset() > 0) {
            return;
        }
        if let Some(unfinished) = unfinished(&mut self.files[at])
            && let Some(next) = &mut self.files[at + 1].segment
        {
            next.begin_with(unfinished);
        }
    }

    /// Whether nothing more is to be expected in a file that is not the newest.
    fn is_over(&mut self, at: usize) -> bool {
        let many = self.files.len() > MOST_FILES && self.is_placed(at);
        let file = &mut self.files[at];
        let left = file.left.get_or_insert_with(Instant::now).elapsed();
        let linger = if file.closed { LINGER_CLOSED } else { LINGER };
        many || file.closed && file.removed || left > linger
    }

    /// Whether a file is where it is thought to be. One that is not was opened in place of another, which is found at that
    /// place, once what has happened is told: with this one let go of, it would not be.
    fn is_placed(&self, at: usize) -> bool {
        let file = &self.files[at];
        match (&file.place, &self.end, &file.segment) {
            (Place::At(name), Some((folder, _)), Some(segment)) => folder
                .join(name)
                .metadata()
                .is_ok_and(|found| identity(&found) == segment.identity),
            (Place::Moving(..), ..) => false,
            _ => true,
        }
    }

    /// Lets go of a file that was read to its end.
    fn retire(&mut self, at: usize, notifier: &mut Notifier, found: &mut dyn FnMut(Found<'_>)) {
        let file = self.files.remove(at);
        if let Some(LogFile {
            id,
            segment: Some(mut segment),
            ..
        }) = file
        {
            if let Some(watch) = segment.watch {
                notifier.forget_file(self.who, watch, id);
            }
            segment.finish(found);
            found(Found::Left { number: id });
        }
    }
}
