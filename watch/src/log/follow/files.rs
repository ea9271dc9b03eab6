//! Finds the files that a log has had: by its path, and by what its folder tells of them.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Follower, LogFile, Place};
use crate::log::segment::{Found, From, Identity, Segment, identity};
use crate::log::stood::{Marks, Stood};
use crate::notify::{Entry, Notifier};

/// How many times in one look a file may turn out to be another than it was thought to be.
const TRIES: usize = 128;

/// Where the log stood, as far as that is known.
type Before<'a> = (Option<&'a Stood>, &'a Marks);

/// How long an entry may take from its old name to its new one.
const MOVING: Duration = Duration::from_millis(500);

impl Follower {
    /// Takes note of a change of an entry of the log's folder.
    pub(super) fn entry_changed(&mut self, name: OsString, entry: Entry) {
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

    /// Finds the files that the log has had since the last look.
    pub(super) fn find_files(&mut self, notifier: &mut Notifier, found: &mut dyn FnMut(Found<'_>)) {
        self.look = false;
        self.open_renamed(notifier, found);
        if std::mem::take(&mut self.walk) {
            self.walk(notifier);
        }
        let before = self.newest();
        self.look_at_path(notifier, None, found);
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

    pub(super) fn walk(&mut self, notifier: &mut Notifier) {
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
                    None => self.adopt(at, (segment, From::Here(0)), notifier, found),
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
            if tries > TRIES {
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

    /// Opens the file at the path, if it is another than before. `starting`: it is looked at for the first time.
    pub(super) fn look_at_path(
        &mut self,
        notifier: &mut Notifier,
        starting: Option<Before<'_>>,
        found: &mut dyn FnMut(Found<'_>),
    ) {
        match self.open_at_path(starting) {
            Ok(Some((segment, from))) if self.known(&segment).is_none() => {
                let name = self.end.as_ref().map(|(_, name)| name.clone());
                self.push(name.map_or(Place::Gone, Place::At));
                self.adopt(self.files.len() - 1, (segment, from), notifier, found);
            }
            Ok(_) => self.unreadable = None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.unreadable = None,
            Err(error) => self.say_unreadable(&error, found),
        }
    }

    fn open_at_path(
        &mut self,
        starting: Option<Before<'_>>,
    ) -> io::Result<Option<(Segment, From)>> {
        let metadata = self.path.metadata()?;
        let here = identity(&metadata);
        let mut known = self.files.iter().filter_map(|file| file.segment.as_ref());
        if known.any(|known| known.identity == here) {
            return Ok(None);
        }
        if starting.is_some() {
            self.found_at_start = Some((here, metadata.len()));
        }
        let mut segment = Segment::open(&self.path)?;
        let at_start = self.found_at_start;
        let at_start = at_start.filter(|(known, _)| *known == segment.identity);
        let Some((_, size)) = at_start else {
            return Ok(Some((segment, From::Here(0))));
        };
        self.found_at_start = None;
        let from = match starting {
            Some((Some(stood), marks)) => go_on(&mut segment, stood, marks)?,
            _ => None,
        };
        self.on = from.is_some();
        let from = match from {
            Some(from) => from,
            None => segment.skip_to(size)?,
        };
        Ok(Some((segment, from)))
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

    fn adopt(
        &mut self,
        at: usize,
        (mut segment, from): (Segment, From),
        notifier: &mut Notifier,
        found: &mut dyn FnMut(Found<'_>),
    ) {
        self.unreadable = None;
        let file = &mut self.files[at];
        segment.number = file.id;
        // Of what cannot be told from others now, whoever takes up the run cannot know either.
        if let Ok(mark) = segment.mark() {
            found(Found::Followed {
                file: Some(mark),
                number: file.id,
                from,
                on: self.on,
            });
        }
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

/// Where reading goes on in a file, if it is as it was when the log stood there.
fn go_on(segment: &mut Segment, stood: &Stood, marks: &Marks) -> io::Result<Option<From>> {
    let Some(file) = &stood.file else {
        // There was none, and all that is in it came since.
        return Ok(Some(From::Here(0)));
    };
    let is_on = segment.go_on(file, &stood.place, marks)?;
    Ok(is_on.then_some(From::Place(stood.place)))
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
