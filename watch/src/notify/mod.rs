//! Says what changed about paths and files, by inotify: nothing is polled.
//!
//! Everything that a change concerns has a number, its *watcher*: a log's or a pid file's. A
//! watch of the kernel belongs to a folder or a file, so several watchers may share one.

mod walk;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

use walk::{Hop, HopKind, walk};

/// Who is told of a change.
pub(crate) type WatcherId = usize;

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The path may lead elsewhere now.
    Path,
    /// The folder in which the path ends has, or had, this entry.
    Entry(OsString, Entry),
    /// An open file that was given this number was written to, truncated, or closed by somebody
    /// who wrote to it.
    File {
        /// Its number.
        file: u64,
        /// Somebody who could write to it has closed it.
        closed: bool,
    },
    /// Changes were lost: the kernel's queue was full.
    Overflow,
}

/// What happened to an entry of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// It is new.
    Created,
    /// It was renamed; the new name comes with the same number, if it is in the same folder.
    MovedFrom(u32),
    /// Something was renamed to this.
    MovedTo(u32),
    /// It was removed.
    Removed,
    /// Somebody who could write to it has closed it.
    Closed,
    /// Its permissions or its number of names changed.
    Attributes,
}

/// What a watch means for one watcher.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Role {
    /// A folder on the way, and the name of the entry that matters.
    Way(OsString),
    /// The folder in which the path ends.
    End,
    /// A file that is read, by its number.
    File(u64),
}

/// The kernel's notifications.
#[derive(Debug)]
pub(crate) struct Notifier {
    inotify: OwnedFd,
    watches: HashMap<i32, Vec<(WatcherId, Role)>>,
    /// The watches of folders that each watcher has.
    folders: HashMap<WatcherId, Vec<i32>>,
    buffer: Vec<MaybeUninit<u8>>,
}

impl Notifier {
    /// Fails if the system gives no more of them (`fs.inotify.max_user_instances`).
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            inotify: inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?,
            watches: HashMap::new(),
            folders: HashMap::new(),
            buffer: vec![MaybeUninit::uninit(); 64 << 10],
        })
    }

    /// Watches where a path leads, in place of what was watched for this watcher so far. Gives
    /// the folder in which it ends, without links, and the name there; nothing if that folder
    /// does not exist yet.
    pub fn place(
        &mut self,
        who: WatcherId,
        path: &Path,
    ) -> io::Result<Option<(PathBuf, OsString)>> {
        let mut hops = walk(path);
        loop {
            let placed = self.watch_folders(who, &hops);
            // What came between looking and watching would not be told.
            let again = walk(path);
            if again == hops {
                placed?;
                let end = hops.pop().filter(|hop| hop.kind == HopKind::End);
                return Ok(end.map(|hop| (hop.folder, hop.name)));
            }
            hops = again;
        }
    }

    fn watch_folders(&mut self, who: WatcherId, hops: &[Hop]) -> io::Result<()> {
        let before = self.folders.remove(&who).unwrap_or_default();
        for wd in &before {
            if let Some(roles) = self.watches.get_mut(wd) {
                roles.retain(|(id, role)| *id != who || matches!(role, Role::File(_)));
            }
        }
        let mut outcome = Ok(());
        for hop in hops {
            let flags = WatchFlags::MOVE_SELF
                | WatchFlags::DELETE_SELF
                | WatchFlags::ONLYDIR
                | WatchFlags::MASK_ADD;
            let way = || Role::Way(hop.name.clone());
            let (role, more) = match hop.kind {
                HopKind::Folder => (way(), LEAVING),
                HopKind::Turn => (way(), LEAVING.union(COMING)),
                HopKind::End => (
                    Role::End,
                    LEAVING.union(COMING).union(WatchFlags::CLOSE_WRITE),
                ),
            };
            match inotify::add_watch(&self.inotify, &hop.folder, flags | more) {
                Ok(wd) => {
                    self.watches.entry(wd).or_default().push((who, role));
                    self.folders.entry(who).or_default().push(wd);
                }
                // Passing through a folder takes less than watching it.
                Err(Errno::ACCESS) if hop.kind == HopKind::Folder => {}
                // Gone again: the next walk sees it.
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(error) => outcome = Err(error.into()),
            }
        }
        for wd in before {
            self.drop_unused(wd);
        }
        outcome
    }

    /// Watches an open file, under a number.
    pub fn watch_file(&mut self, who: WatcherId, file: BorrowedFd<'_>, id: u64) -> io::Result<i32> {
        // By its descriptor: its name may have become another file's.
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        let flags = WatchFlags::MODIFY | WatchFlags::CLOSE_WRITE | WatchFlags::MASK_ADD;
        let wd = inotify::add_watch(&self.inotify, path, flags)?;
        self.watches
            .entry(wd)
            .or_default()
            .push((who, Role::File(id)));
        Ok(wd)
    }

    /// Ends what [`Notifier::watch_file`] began.
    pub fn forget_file(&mut self, who: WatcherId, wd: i32, id: u64) {
        if let Some(roles) = self.watches.get_mut(&wd) {
            roles.retain(|known| *known != (who, Role::File(id)));
            self.drop_unused(wd);
        }
    }

    fn drop_unused(&mut self, wd: i32) {
        if self.watches.get(&wd).is_some_and(Vec::is_empty) {
            self.watches.remove(&wd);
            // It fails if the kernel dropped it first, because the file is gone.
            let _ = inotify::remove_watch(&self.inotify, wd);
        }
    }

    /// Gives the changes since the last call, in their order.
    pub fn changes(&mut self, told: &mut dyn FnMut(WatcherId, Change)) {
        let mut reader = inotify::Reader::new(&self.inotify, &mut self.buffer);
        loop {
            let event = match reader.next() {
                Ok(event) => event,
                Err(Errno::INTR) => continue,
                Err(_) => return,
            };
            let flags = event.events();
            if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
                let mut all: Vec<_> = self
                    .watches
                    .values()
                    .flatten()
                    .map(|(who, _)| *who)
                    .collect();
                all.sort_unstable();
                all.dedup();
                all.into_iter().for_each(|who| told(who, Change::Overflow));
                continue;
            }
            let name = event
                .file_name()
                .map(|name| OsStr::from_bytes(name.to_bytes()));
            let roles = match flags.contains(ReadFlags::IGNORED) {
                true => self.watches.remove(&event.wd()).unwrap_or_default(),
                false => self.watches.get(&event.wd()).cloned().unwrap_or_default(),
            };
            for (who, role) in roles {
                if let Some(change) = change(&role, flags, name, event.cookie()) {
                    told(who, change);
                }
            }
        }
    }
}

impl AsFd for Notifier {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}

/// An entry is gone. Asked of all folders on the way, because a folder whose file is held open
/// does not tell that it was removed.
const LEAVING: WatchFlags = WatchFlags::MOVED_FROM.union(WatchFlags::DELETE);

/// An entry is new, or may be opened now.
const COMING: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::ATTRIB);

/// What an event means for one role.
fn change(role: &Role, flags: ReadFlags, name: Option<&OsStr>, cookie: u32) -> Option<Change> {
    let entry = || {
        Some(match flags {
            flags if flags.contains(ReadFlags::CREATE) => Entry::Created,
            flags if flags.contains(ReadFlags::MOVED_FROM) => Entry::MovedFrom(cookie),
            flags if flags.contains(ReadFlags::MOVED_TO) => Entry::MovedTo(cookie),
            flags if flags.contains(ReadFlags::DELETE) => Entry::Removed,
            flags if flags.contains(ReadFlags::CLOSE_WRITE) => Entry::Closed,
            flags if flags.contains(ReadFlags::ATTRIB) => Entry::Attributes,
            _ => return None,
        })
    };
    match (role, name) {
        (Role::File(file), _) => flags
            .intersects(ReadFlags::MODIFY | ReadFlags::CLOSE_WRITE)
            .then_some(Change::File {
                file: *file,
                closed: flags.contains(ReadFlags::CLOSE_WRITE),
            }),
        // The folder itself was moved, removed, unmounted, or its permissions changed.
        (_, None) => Some(Change::Path),
        (Role::Way(matters), Some(name)) => {
            let entry = entry().filter(|entry| *entry != Entry::Closed);
            (matters == name && entry.is_some()).then_some(Change::Path)
        }
        (Role::End, Some(name)) => entry().map(|entry| Change::Entry(name.to_owned(), entry)),
    }
}
