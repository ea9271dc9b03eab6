//! Which runs are not finished, told without reading the journals of all.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::fault::at;
use crate::journal::JOURNAL;
use crate::runs::{Run, State, state_of};

/// The folder of the markers, in that of the runs.
pub(crate) const MARKERS: &str = ".unfinished";

/// A run that ends at this moment may remove the folder of the markers: so often it is made again.
const TIMES: u32 = 100;

/// A file with a run's name, from its first event to its last: another name of the journal, since that is
/// sooner made and taken away than a file, or an empty one where there are no such names. It is a hint for
/// whoever looks for unfinished runs: the journal alone says whether one is.
#[derive(Debug)]
pub(crate) struct Marker {
    path: PathBuf,
}

impl Marker {
    /// The marker of the run `id` in `runs`, whether it is there or not.
    pub(crate) fn of(runs: &Path, id: &str) -> Self {
        Self {
            path: runs.join(MARKERS).join(id),
        }
    }

    /// Makes it. The journal is there already: a marker without one is of a run that was removed.
    pub(crate) fn set(runs: &Path, id: &str) -> io::Result<Self> {
        let marker = Self::of(runs, id);
        let journal = runs.join(id).join(JOURNAL);
        let make = || match fs::hard_link(&journal, &marker.path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let mut new = OpenOptions::new();
                new.append(true).create(true).open(&marker.path).map(drop)
            }
            made => made,
        };
        let mut made = make();
        for _ in 0..TIMES {
            match made {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    at(marker.folder(), fs::create_dir_all(marker.folder()))?;
                    made = make();
                }
                _ => break,
            }
        }
        at(&marker.path, made)?;
        Ok(marker)
    }

    /// Takes it away. One that stays is seen through.
    pub(crate) fn clear(&self) {
        let _ = fs::remove_file(&self.path);
    }

    /// Takes it away, and the folder with the last one: whoever looks among the runs finds only runs.
    pub(crate) fn clear_last(&self) {
        if fs::remove_file(&self.path).is_ok() {
            let _ = fs::remove_dir(self.folder());
        }
    }

    /// The folder that it is in.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }
}

/// Takes away what only runs that are in progress need in the folder `runs`, if none is.
pub fn tidy(runs: &Path) {
    let _ = fs::remove_dir(runs.join(MARKERS));
}

/// The runs of a folder that are marked and that nobody runs.
#[derive(Debug, Default)]
pub struct Marked {
    /// Those that were begun and whose runner is gone, newest first.
    pub unfinished: Vec<Run>,
    /// Those that are over and of which the program was gone before what it was to run next was begun
    /// ([`crate::Journal::hold`]), oldest first.
    pub lapsed: Vec<Run>,
}

/// The runs in the folder `runs` that were begun and whose runner is gone, newest first. Costs as much
/// as there are of these, however many others there are.
///
/// # Errors
/// If the folder of the markers, or a marked journal, cannot be read.
pub fn unfinished(runs: &Path) -> io::Result<Vec<Run>> {
    Ok(marked(runs)?.unfinished)
}

/// The same, and those that are over and were the last that their program came to.
///
/// # Errors
/// If the folder of the markers, or a marked journal, cannot be read.
pub fn marked(runs: &Path) -> io::Result<Marked> {
    let mut found = Marked::default();
    let runs = &at(runs, std::path::absolute(runs))?;
    let folder = runs.join(MARKERS);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return at(&folder, Err(error)),
    };
    for entry in entries {
        let name = at(&folder, entry)?.file_name();
        let id = name.to_string_lossy().into_owned();
        let folder = runs.join(&name);
        let journal = folder.join(JOURNAL);
        let (state, is_held) = match File::open(&journal) {
            Ok(file) => at(&journal, state_of(file))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Marker::of(runs, &id).clear_last();
                continue;
            }
            Err(error) => return at(&journal, Err(error)),
        };
        let run = Run { id, state, folder };
        match state {
            State::Unfinished => found.unfinished.push(run),
            State::Finished(_) if !is_held => found.lapsed.push(run),
            State::Finished(_) | State::Running => {}
        }
    }
    found.unfinished.sort_by(|a, b| b.id.cmp(&a.id));
    found.lapsed.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// That a run is over has been told: it is not marked any more.
pub fn unmark(run: &Run) {
    if let Some(runs) = run.folder.parent() {
        Marker::of(runs, &run.id).clear_last();
    }
}
