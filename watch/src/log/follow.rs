//! Follows one log through everything that is done to logs: growing, rotation by renaming, by
//! copying and truncating, removal, links that change, folders that come later.
//!
//! A log's *files* are those that were at its path one after the other. Each is held open until
//! it was read to its end and its writer has closed it, so that what a writer still adds after a
//! rename is read before the file that took its place. The names that files get as they are
//! rotated are followed by the folder's events: a file that came and went between two looks is
//! found under its later name. What is removed before it could be opened is a gap.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::segment::{Found, Identity, Segment, identity};
use crate::notify::{Change, Entry, Notifier, WatcherId};

/// How long a file that was rotated away is held open without anything new in it.
const LINGER: Duration = Duration::from_secs(60);

/// The same, if nobody who wrote to it has it open.
const LINGER_CLOSED: Duration = Duration::from_secs(5);

/// How many files that were rotated away are held open.
const MOST_FILES: usize = 32;

/// How long an entry may take from its old name to its new one.
const MOVING: Duration = Duration::from_millis(500);

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
    /// Begins to follow: what the file holds now was there before.
    pub fn start(
        who: WatcherId,
        path: &Path,
        notifier: &mut Notifier,
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
        };
        follower.walk(notifier);
        follower.look_at_path(notifier, true, found);
        follower
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

    fn entry_changed(&mut self, name: OsString, entry: Entry) {
        let here = Place::At(name.clone());
        let ours = self.end.as_ref().is_some_and(|(_, end)| *end == name);
        // The oldest one: a newer file may have been opened by the path before its events came.
        let at = self.files.iter().position(|file| file.place == here);
        let file = at.and_then(|at| self.files.get_mut(at));
        match (entry, file) {
            (Entry::Attributes, _) => self.look |= ours && self.unreadable.is_some(),
            (Entry::MovedFrom(cookie), Some(file)) => {
                file.place = Place::Moving(cookie, Instant::now());
            }
            (Entry::Closed, Some(file)) => file.closed = true,
            (Entry::Removed, Some(file)) => {
                (file.place, file.removed) = (Place::Gone, true);
                self.look = true;
            }
            (Entry::MovedTo(cookie), file) => {
                if let Some(file) = file {
                    (file.place, file.removed) = (Place::Gone, true);
                }
                self.appeared(here, ours, Some(cookie));
            }
            (Entry::Created, _) => self.appeared(here, ours, None),
            _ => {}
        }
    }

    /// A file is at a new place, perhaps one that was moved.
    fn appeared(&mut self, here: Place, ours: bool, cookie: Option<u32>) {
        let moving = |file: &&mut LogFile| match file.place {
            Place::Moving(from, _) => cookie == Some(from),
            _ => false,
        };
        if let Some(file) = self.files.iter_mut().find(moving) {
            file.place = here;
        } else if !ours {
            return;
        } else if let Some(at) = self.files.iter().position(|file| file.place == here) {
            let known = self.files.remove(at);
            self.files.extend(known);
        } else {
            self.push(here);
        }
        self.look = true;
        // It may be a link now.
        self.walk |= ours;
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
        let many = self.files.len() > MOST_FILES;
        let file = &mut self.files[at];
        let left = file.left.get_or_insert_with(Instant::now).elapsed();
        let linger = if file.closed { LINGER_CLOSED } else { LINGER };
        many || file.closed && file.removed || left > linger
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
        }
    }

    /// Finds the files that the log has had since the last look.
    fn find_files(&mut self, notifier: &mut Notifier, found: &mut dyn FnMut(Found<'_>)) {
        self.look = false;
        self.open_renamed(notifier, found);
        if std::mem::take(&mut self.walk) {
            self.walk(notifier);
        }
        let before = self.newest();
        self.look_at_path(notifier, false, found);
        if std::mem::take(&mut self.overflow) && before.is_some() && before != self.newest() {
            found(Found::Gap(
                "the log was rotated while its changes were not told by the system".to_owned(),
            ));
        }
        self.files.retain(|file| {
            let lost = file.segment.is_none()
                && match file.place {
                    Place::At(_) => false,
                    Place::Moving(_, since) => since.elapsed() > MOVING,
                    Place::Gone => true,
                };
            if lost {
                found(Found::Gap(
                    "a file of the log was removed before it could be read".to_owned(),
                ));
            }
            !lost
        });
    }

    fn newest(&self) -> Option<Identity> {
        let segment = self.files.back()?.segment.as_ref()?;
        Some(segment.identity)
    }

    fn walk(&mut self, notifier: &mut Notifier) {
        let end = notifier.place(self.who, &self.path);
        self.polled = end.is_err();
        let end = end.ok().flatten();
        if let Some((folder, _)) = &end {
            self.polled |= is_remote(folder);
        }
        if end != self.end {
            // What was renamed in another folder is not to be found by name.
            self.files.retain(|file| file.segment.is_some());
            self.files
                .iter_mut()
                .for_each(|file| file.place = Place::Gone);
            self.end = end;
        }
    }

    /// Opens the files that are known by their names only.
    fn open_renamed(&mut self, notifier: &mut Notifier, found: &mut dyn FnMut(Found<'_>)) {
        let Some((folder, _)) = self.end.clone() else {
            return;
        };
        let (mut at, mut tries) = (0, 0);
        while at < self.files.len() {
            let file = &self.files[at];
            let (None, Place::At(name)) = (&file.segment, &file.place) else {
                at += 1;
                continue;
            };
            match Segment::open(&folder.join(name)) {
                Ok(segment) => match self.known(&segment) {
                    None => self.adopt(at, segment, notifier),
                    Some(known) => {
                        tries += 1;
                        at = self.resolve(at, known);
                    }
                },
                Err(error) if error.kind() == io::ErrorKind::NotFound => at += 1,
                Err(error) => {
                    self.files.remove(at);
                    self.say_unreadable(&error, found);
                }
            }
            if tries > 4 * MOST_FILES {
                // It is rotated faster than can be followed just now; what comes will tell.
                return;
            }
        }
    }

    /// The file that was to be opened at one place turns out to be open: it was renamed again
    /// before it was opened by the name of another, so that other is now to be found where this
    /// was thought to be. Gives from where on there may be files to open.
    fn resolve(&mut self, at: usize, known: usize) -> usize {
        let other = &self.files[known];
        let nowhere = other.place == Place::Gone && !other.removed;
        if nowhere || other.place == self.files[at].place {
            if let Some(duplicate) = self.files.remove(at) {
                let file = &mut self.files[known - usize::from(known > at)];
                (file.place, file.removed) = (duplicate.place, false);
            }
            return at;
        }
        // The files change their places in the order, and keep the names that belong there.
        self.files.swap(at, known);
        let names = [at, known].map(|at| (self.files[at].place.clone(), self.files[at].removed));
        let [first, second] = names;
        (self.files[known].place, self.files[known].removed) = first;
        (self.files[at].place, self.files[at].removed) = second;
        at.min(known)
    }

    fn known(&self, segment: &Segment) -> Option<usize> {
        let same = |file: &LogFile| {
            let known = file.segment.as_ref();
            known.is_some_and(|known| known.identity == segment.identity)
        };
        self.files.iter().position(same)
    }

    /// Opens the file at the path, if it is another than before.
    fn look_at_path(
        &mut self,
        notifier: &mut Notifier,
        starting: bool,
        found: &mut dyn FnMut(Found<'_>),
    ) {
        let opened = self.path.metadata().and_then(|metadata| {
            let here = identity(&metadata);
            let mut known = self.files.iter().filter_map(|file| file.segment.as_ref());
            if known.any(|known| known.identity == here) {
                return Ok(None);
            }
            if starting {
                self.found_at_start = Some((here, metadata.len()));
            }
            let mut segment = Segment::open(&self.path)?;
            if let Some((_, size)) = self.found_at_start.take_if(|(known, _)| *known == here) {
                segment.skip_to(size)?;
            }
            Ok(Some(segment))
        });
        match opened {
            Ok(Some(segment)) if self.known(&segment).is_none() => {
                let name = self.end.as_ref().map(|(_, name)| name.clone());
                self.push(name.map_or(Place::Gone, Place::At));
                self.adopt(self.files.len() - 1, segment, notifier);
            }
            Ok(_) => self.unreadable = None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.unreadable = None,
            Err(error) => self.say_unreadable(&error, found),
        }
    }

    fn push(&mut self, place: Place) {
        self.files.push_back(LogFile {
            id: self.next,
            place,
            segment: None,
            removed: false,
            closed: false,
            left: None,
        });
        self.next += 1;
    }

    fn adopt(&mut self, at: usize, mut segment: Segment, notifier: &mut Notifier) {
        self.unreadable = None;
        let file = &mut self.files[at];
        // Without a watch it is polled.
        segment.watch = notifier.watch_file(self.who, segment.as_fd(), file.id).ok();
        file.segment = Some(segment);
    }

    fn say_unreadable(&mut self, error: &io::Error, found: &mut dyn FnMut(Found<'_>)) {
        let reason = format!("{} could not be read: {error}", self.path.display());
        if self.unreadable.as_ref() != Some(&reason) {
            found(Found::Gap(reason.clone()));
            self.unreadable = Some(reason);
        }
    }
}

/// Whether a folder's file system may be changed by others without telling: network file
/// systems, and those of user space, which mostly are such.
fn is_remote(folder: &Path) -> bool {
    const NFS: u64 = 0x6969;
    const SMB: [u64; 3] = [0x517b, 0xff53_4d42, 0xfe53_4d42];
    const FUSE: u64 = 0x6573_5546;
    const NINE_P: u64 = 0x0102_1997;
    const CEPH: u64 = 0x00c3_6400;
    const AFS: u64 = 0x5346_414f;
    const GUEST: [u64; 2] = [0x786f_4256, 0xbacb_acbc];
    rustix::fs::statfs(folder).is_ok_and(|found| {
        let kind = u64::try_from(found.f_type).unwrap_or_default();
        [NFS, FUSE, NINE_P, CEPH, AFS].contains(&kind)
            || SMB.contains(&kind)
            || GUEST.contains(&kind)
    })
}
