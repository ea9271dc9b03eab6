//! The runs that there are.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use scn_protocol::{Event, Line, Verdict};

use crate::fault::at;
use crate::journal::JOURNAL;

/// The last line of a finished run is shorter than this, in bytes.
const LAST_LINE: u64 = 1024;

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its name.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether it is over.
    pub state: State,
}

/// Whether a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is over.
    Finished(Verdict),
    /// It is in progress: its journal is locked by the program that runs it.
    Running,
    /// It was begun, and the program that ran it is gone.
    Unfinished,
}

/// The runs in the folder `runs`, oldest first; none if there is no such folder.
///
/// # Errors
/// If the folder or a journal in it cannot be read.
pub fn runs(runs: &Path) -> io::Result<Vec<Run>> {
    let entries = match fs::read_dir(runs) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return at(runs, Err(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let folder = at(runs, entry)?.path();
        let journal = folder.join(JOURNAL);
        let file = match File::open(&journal) {
            Ok(file) => file,
            Err(error) if is_no_run(&error) => continue,
            Err(error) => return at(&journal, Err(error)),
        };
        let id = folder.file_name().unwrap_or_default();
        found.push(Run {
            id: id.to_string_lossy().into_owned(),
            state: at(&journal, state_of(file))?.0,
            folder,
        });
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// Other files may lie among the runs.
fn is_no_run(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Whether the run in this folder is over.
///
/// # Errors
/// If its journal cannot be read.
pub fn state(folder: &Path) -> io::Result<State> {
    let journal = folder.join(JOURNAL);
    let (state, _) = at(&journal, File::open(&journal).and_then(state_of))?;
    Ok(state)
}

/// Whether the run of this journal is over, and whether a program holds it; nobody else can from here on, for as long as
/// it is open.
pub(crate) fn state_of(mut journal: File) -> io::Result<(State, bool)> {
    let is_held = match journal.try_lock_shared() {
        Ok(()) => false,
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(error)) => return Err(error),
    };
    let state = match last_event(&mut journal)? {
        Some(Event::RunFinished { verdict, .. }) => State::Finished(verdict),
        _ if is_held => State::Running,
        _ => State::Unfinished,
    };
    Ok((state, is_held))
}

/// The last event, if it is as short as that of a finished run.
pub(crate) fn last_event(file: &mut File) -> io::Result<Option<Event>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_LINE)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let last = tail.trim_ascii_end().rsplit(|byte| *byte == b'\n').next();
    let line = last.and_then(|line| Line::parse(line).ok());
    Ok(line.map(|line| line.event))
}
