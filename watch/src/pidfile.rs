//! Pid files: watched, so that a new process is known as soon as it is written down.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;

use scn_protocol::component::{Component, Process as Selector};

use crate::notify::{Change, Entry, Notifier, WatcherId};

/// The pid files of all components.
#[derive(Debug, Default)]
pub(crate) struct PidFiles {
    files: HashMap<WatcherId, PidFile>,
    changed: BTreeSet<WatcherId>,
}

#[derive(Debug)]
struct PidFile {
    component: usize,
    path: PathBuf,
    /// The path, or the file there, may be another.
    moved: bool,
    /// The watch of the file itself: who writes it may keep it open.
    watch: Option<i32>,
    /// The kernel does not tell of it.
    polled: bool,
}

impl PidFiles {
    /// Watches a component's pid file, if it has one.
    pub fn add(
        &mut self,
        component: usize,
        known: &Component,
        notifier: &mut Notifier,
        who: &mut dyn FnMut() -> WatcherId,
    ) {
        let Some(Selector::PidFile(path)) = &known.process else {
            return;
        };
        let who = who();
        let mut file = PidFile {
            component,
            path: path.clone(),
            moved: true,
            watch: None,
            polled: false,
        };
        file.watch(who, notifier);
        self.files.insert(who, file);
        self.changed.insert(who);
    }

    /// Takes note of a change.
    pub fn note(&mut self, who: WatcherId, change: &Change) {
        let Some(file) = self.files.get_mut(&who) else {
            return;
        };
        match change {
            Change::Entry(name, entry) if file.path.file_name() == Some(name) => {
                file.moved |= !matches!(entry, Entry::Closed | Entry::Attributes);
            }
            // Another file of the folder; of a link's target, though, the name is not known here.
            Change::Entry(..) if !file.path.is_symlink() => return,
            Change::File { .. } => {}
            Change::Entry(..) | Change::Path | Change::Overflow => file.moved = true,
        }
        self.changed.insert(who);
    }

    /// Looks at those of which nobody tells.
    pub fn poll(&mut self) {
        let polled = self.files.iter().filter(|(_, file)| file.polled);
        self.changed.extend(polled.map(|(who, _)| *who));
    }

    /// Whether there are any of which nobody tells.
    pub fn is_polled(&self) -> bool {
        self.files.values().any(|file| file.polled)
    }

    /// Whether any may have changed.
    pub fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The components whose pid files may have changed since the last call.
    pub fn changed(&mut self, notifier: &mut Notifier) -> Vec<usize> {
        let changed = std::mem::take(&mut self.changed).into_iter();
        changed
            .filter_map(|who| {
                let file = self.files.get_mut(&who)?;
                file.watch(who, notifier);
                Some(file.component)
            })
            .collect()
    }
}

impl PidFile {
    fn watch(&mut self, who: WatcherId, notifier: &mut Notifier) {
        if !std::mem::take(&mut self.moved) {
            return;
        }
        self.polled = notifier.place(who, &self.path).is_err();
        if let Some(watch) = self.watch.take() {
            notifier.forget_file(who, watch, 0);
        }
        if let Ok(file) = File::open(&self.path) {
            self.watch = notifier.watch_file(who, file.as_fd(), 0).ok();
            self.polled |= self.watch.is_none();
        }
    }
}
