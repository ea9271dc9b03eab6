//! The writer of a journal.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use scn_protocol::{Event, Stream};

use crate::fault::at;
use crate::marker::Marker;
use crate::output::{Output, create_beside};
use crate::stamp::Stamp;

/// The name of the journal in a run's folder.
pub const JOURNAL: &str = "journal.jsonl";

/// A record is for those to read who ran the scenario.
const PRIVATE: u32 = 0o600;

/// How long a folder's removal may go unnoticed, in nanoseconds: to look costs as much as to
/// write.
const LOOK: i64 = 50_000_000;

/// Sees every event that the journal got, after it got it: its time (nanoseconds since 1970),
/// the event, and its line with the line's end.
pub type Observer = Box<dyn FnMut(i64, &Event, &[u8])>;

/// A run's record, being written. It is locked until this is dropped.
///
/// Errors are the system's, with the path in front. After one, what was cut short has been taken
/// back where that was possible, so that later events can still be tried.
pub struct Journal {
    id: String,
    folder: PathBuf,
    path: PathBuf,
    file: File,
    /// Up to here the file is whole lines.
    length: u64,
    seq: u64,
    line: Vec<u8>,
    stamp: Stamp,
    outputs: Vec<Output>,
    observer: Observer,
    looked: Option<i64>,
    dirty: bool,
    /// The folders that hold the journal's name, until they are synced.
    new_folders: Vec<PathBuf>,
    /// Says that the run is not finished.
    marker: Marker,
    /// The folder of the markers is left for other runs.
    others_follow: bool,
    /// The marker is left, too, until this is dropped.
    is_held: bool,
    /// Its last event is written.
    is_over: bool,
}

/// An open journal, to which lines are added.
pub(crate) struct Opened {
    pub(crate) id: String,
    pub(crate) folder: PathBuf,
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    /// How much of it is whole lines, in bytes.
    pub(crate) length: u64,
    /// How many lines it has.
    pub(crate) lines: u64,
    pub(crate) marker: Marker,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("path", &self.path)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

impl Journal {
    /// Begins the record of the run `id` ([`crate::new_id`]) in a new folder of `runs`, which is
    /// made if it is not there.
    ///
    /// # Errors
    /// If the folder or the journal cannot be made, or if there is such a run already.
    pub fn create(runs: &Path, id: String, observer: Observer) -> io::Result<Self> {
        let runs = at(runs, std::path::absolute(runs))?;
        let folder = runs.join(&id);
        // Other users pass through it, to the scratch folder, and see nothing of the record: programs that
        // the run starts as another user may work there.
        let make = || DirBuilder::new().mode(0o711).create(&folder);
        let mut above = Vec::new();
        let made = match make() {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                above = holders(&runs);
                at(&runs, fs::create_dir_all(&runs))?;
                make()
            }
            made => made,
        };
        at(&folder, made)?;
        let path = folder.join(JOURNAL);
        let mut new = OpenOptions::new();
        let new = new.append(true).create_new(true).mode(PRIVATE);
        let file = at(&path, new.open(&path))?;
        // Whoever lists runs at this moment holds it for as long as it takes to look.
        at(&path, file.lock())?;
        let marker = Marker::set(&runs, &id)?;
        let opened = Opened {
            id,
            folder,
            path,
            file,
            length: 0,
            lines: 0,
            marker,
        };
        let mut journal = Self::with(opened, &runs, observer);
        journal.new_folders.splice(0..0, above);
        Ok(journal)
    }

    /// Goes on after what an open journal holds. Whether that, and the folders that lead to it,
    /// would survive the machine's death is not known.
    pub(crate) fn with(opened: Opened, runs: &Path, observer: Observer) -> Self {
        let new_folders = vec![
            opened.marker.folder().to_owned(),
            opened.folder.clone(),
            runs.to_owned(),
        ];
        Self {
            id: opened.id,
            folder: opened.folder,
            path: opened.path,
            file: opened.file,
            length: opened.length,
            seq: opened.lines,
            line: Vec::with_capacity(512),
            stamp: Stamp::new(),
            outputs: Vec::new(),
            observer,
            looked: None,
            dirty: opened.lines > 0,
            new_folders,
            marker: opened.marker,
            others_follow: false,
            is_held: false,
            is_over: false,
        }
    }

    /// Other runs are to follow, so that the folder of the markers is left for them: to make and to remove it
    /// each time costs as much as all else of a small run. Whoever makes them calls [`crate::tidy`] in the end.
    pub fn others_follow(&mut self) {
        self.others_follow = true;
    }

    fn unmark(&self) {
        match self.others_follow {
            true => self.marker.clear(),
            false => self.marker.clear_last(),
        }
    }

    /// Something is to follow that nobody else knows of: once the run is over it stays marked and locked until
    /// this is dropped, so that [`crate::marked`] finds it if its program is gone by then.
    pub fn hold(&mut self) {
        self.is_held = true;
    }

    /// The run's name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The run's folder: an absolute path.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Appends an event, which happened at `now` (nanoseconds since 1970). It has left this
    /// process when this returns.
    ///
    /// # Errors
    /// If it cannot be written, or if the folder is found to be gone.
    pub fn event(&mut self, now: i64, event: &Event) -> io::Result<()> {
        // As it begins it is surely there.
        if now - *self.looked.get_or_insert(now) >= LOOK {
            self.check_folder()?;
            self.looked = Some(now);
        }
        self.compose(now, event)?;
        if let Err(error) = self.file.write_all(&self.line) {
            // A line that was cut in the middle would spoil those after it.
            let _ = self.file.set_len(self.length);
            return at(&self.path, Err(error));
        }
        self.seq += 1;
        self.length += self.line.len() as u64;
        self.dirty = true;
        if matches!(event, Event::RunFinished { .. }) {
            self.is_over = true;
            if !self.is_held {
                self.unmark();
            }
        }
        (self.observer)(now, event, &self.line);
        Ok(())
    }

    /// Appends what a step wrote: to the journal as long as it is little, then to a file
    /// beside it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn output(&mut self, now: i64, step: u64, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        let known = self.outputs.iter().position(|o| o.is(step, stream));
        let index = known.unwrap_or_else(|| {
            self.outputs.push(Output::new(step, stream));
            self.outputs.len() - 1
        });
        match self.outputs[index].write(&self.folder, bytes)? {
            Some(event) => self.event(now, &event),
            None => Ok(()),
        }
    }

    /// The step writes nothing more: appends what was held back of it, because a character was
    /// not whole, and closes its files, which survive the machine's death if `sync` is asked for.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush_output(&mut self, now: i64, step: u64, sync: bool) -> io::Result<()> {
        while let Some(index) = self.outputs.iter().position(|o| o.of(step)) {
            let output = self.outputs.swap_remove(index);
            if sync {
                output.sync()?;
            }
            if let Some(event) = output.finish() {
                self.event(now, &event)?;
            }
        }
        Ok(())
    }

    /// Makes sure that all events so far survive the machine's death. Large outputs are not
    /// among them: to wait for gigabytes is [`Journal::flush_output`]'s choice.
    ///
    /// # Errors
    /// If the system cannot promise it, or if the folder is gone.
    pub fn sync(&mut self) -> io::Result<()> {
        self.check_folder()?;
        if self.dirty {
            at(&self.path, self.file.sync_data())?;
            self.dirty = false;
        }
        while let Some(folder) = self.new_folders.last() {
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            match synced {
                // A run that was moved has no marker, nor a folder for it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // Who may make a folder need not be allowed to read the one that it is in.
                Err(error) if self.is_above(folder) && is_denied(&error) => {}
                synced => at(folder, synced)?,
            }
            self.new_folders.pop();
        }
        Ok(())
    }

    /// Keeps a copy of the file at `path` under `name`, less whatever of `name` is no file's name;
    /// gives the copy's name in the run's folder.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn attach(&mut self, path: &Path, name: &str) -> io::Result<String> {
        let mut from = at(path, File::open(path))?;
        if at(path, from.metadata())?.is_dir() {
            return at(path, Err(io::ErrorKind::IsADirectory.into()));
        }
        let last = name.rsplit('/').find(|part| !part.is_empty());
        let name = last.filter(|part| !matches!(*part, "." | ".."));
        let name = Path::new(name.unwrap_or("attachment"));
        let stem = name.file_stem().unwrap_or_default().to_string_lossy();
        let ending = name.extension().unwrap_or_default().to_string_lossy();
        let (kept, copy, mut to) = create_beside(&self.folder, "attachments", &stem, &ending)?;
        at(&copy, io::copy(&mut from, &mut to))?;
        Ok(kept)
    }

    /// The run's scratch folder, made when it is first asked for.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn scratch(&self) -> io::Result<PathBuf> {
        let path = self.folder.join("scratch");
        at(&path, fs::create_dir_all(&path))?;
        Ok(path)
    }

    /// Puts the event's line into the buffer, which is used again for each.
    fn compose(&mut self, now: i64, event: &Event) -> io::Result<()> {
        self.line.clear();
        self.line.extend_from_slice(br#"{"seq":"#);
        serde_json::to_writer(&mut self.line, &(self.seq + 1))?;
        self.line.extend_from_slice(br#","at":""#);
        self.stamp.write(now, &mut self.line);
        self.line.push(b'"');
        event.append_to(&mut self.line)?;
        self.line.extend_from_slice(b"}\n");
        Ok(())
    }

    /// Whether the folder of the runs lies in that one.
    fn is_above(&self, folder: &Path) -> bool {
        let runs = self.folder.parent().unwrap_or(&self.folder);
        runs != folder && runs.starts_with(folder)
    }

    /// A file whose folder was removed takes writes without complaint, and nobody will read it.
    fn check_folder(&self) -> io::Result<()> {
        // Its marker may be one more name of it, whose folder may be there still.
        let names = at(&self.path, self.file.metadata())?.nlink();
        if names == 0 || (names == 1 && !at(&self.path, self.path.try_exists())?) {
            let gone = io::Error::new(
                io::ErrorKind::NotFound,
                "removed while the run was recorded",
            );
            return at(&self.path, Err(gone));
        }
        Ok(())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if self.is_over && self.is_held {
            self.unmark();
        }
    }
}

/// The folders that get something new in them when this one is made with all that lead to it; the outermost first.
fn holders(folder: &Path) -> Vec<PathBuf> {
    let missing = folder.ancestors().take_while(|folder| !folder.exists());
    let mut holders: Vec<PathBuf> = missing
        .filter_map(|folder| folder.parent().map(Path::to_owned))
        .collect();
    holders.reverse();
    holders
}

fn is_denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_first_sync_is_of_all_folders_that_were_made_for_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join(".scn/runs");
        let begun = |id: &str| {
            let observer: Observer = Box::new(|_, _, _| {});
            let mut journal = Journal::create(&runs, id.to_owned(), observer).unwrap();
            let waiting = journal.new_folders.clone();
            journal.sync().unwrap();
            assert!(journal.new_folders.is_empty());
            waiting
        };
        let own = |id: &str| {
            [
                runs.join(crate::marker::MARKERS),
                runs.join(id),
                runs.clone(),
            ]
        };
        let first = begun("a");
        assert_eq!(
            first[..2],
            [folder.path().to_owned(), folder.path().join(".scn")]
        );
        assert_eq!(first[2..], own("a"));
        assert_eq!(
            begun("b"),
            own("b"),
            "what was there is synced by whoever made it"
        );
    }

    #[test]
    fn a_full_disk_is_an_error_with_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(
            folder.path(),
            crate::new_id(0),
            Box::new(|_, _, _| {
                unreachable!("nothing was written");
            }),
        )
        .unwrap();
        journal.file = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let said = Event::Said { text: "x".into() };
        let error = journal.event(0, &said).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(
            error.to_string().contains("journal.jsonl: No space left"),
            "{error}"
        );
        assert_eq!(journal.seq, 0);
    }
}
