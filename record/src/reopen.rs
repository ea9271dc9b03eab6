//! Taking up a journal whose writer was killed.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use scn_protocol::{Event, Line, Verdict};

use crate::fault::at;
use crate::journal::{JOURNAL, Journal, Observer, Opened};
use crate::marker::Marker;
use crate::reader::{ReadError, Reader};

/// Whoever lists runs locks a journal for as long as it takes to look: so long, so often is that waited for.
const WAITS: (u32, Duration) = (50, Duration::from_millis(4));

/// A run that goes on.
#[derive(Debug)]
pub struct Reopened {
    /// Its journal, to be added to.
    pub journal: Journal,
    /// What happened so far.
    pub lines: Vec<Line>,
    /// So many bytes at the end were no whole line, and are gone from it. Nothing is lost with
    /// them: an event is written whole before anything is done that relies on it.
    pub cut: u64,
}

/// Why a run cannot go on.
#[derive(Debug)]
pub enum ReopenError {
    /// It is still running, in the process of that number where the journal tells it.
    Running {
        /// The run's name.
        id: String,
        /// Its process.
        pid: Option<u32>,
    },
    /// It is still running, and this is a copy of its record.
    Copied {
        /// The run's name.
        id: String,
        /// Its process.
        pid: u32,
        /// The journal that it writes.
        writes: PathBuf,
    },
    /// It is over.
    Finished {
        /// The run's name.
        id: String,
        /// How it was judged.
        verdict: Verdict,
    },
    /// Its journal is damaged.
    Damaged(ReadError),
    /// Its journal cannot be opened, read or written.
    Io(io::Error),
}

impl fmt::Display for ReopenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running { id, pid: None } => write!(f, "the run {id} is still running"),
            Self::Running { id, pid: Some(pid) } => {
                write!(f, "the run {id} is still running, in process {pid}")
            }
            Self::Copied { id, pid, writes } => write!(
                f,
                "the run {id} is still running, in process {pid}, and this is a copy of its record, which is in {}",
                writes.parent().unwrap_or(writes).display()
            ),
            Self::Finished { id, verdict } => write!(f, "the run {id} is over: {verdict}"),
            Self::Damaged(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReopenError {}

impl From<io::Error> for ReopenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Journal {
    /// Goes on with the record in the run's folder `folder`, whose writer is gone: after its last whole
    /// line, with the next number. It is locked from here on. Files of outputs that are there
    /// already are not touched: what follows goes into others, beside them.
    ///
    /// # Errors
    /// If the run is still running, or over; if its journal is damaged elsewhere than at its end, or
    /// cannot be read or written.
    pub fn reopen(folder: &Path, observer: Observer) -> Result<Reopened, ReopenError> {
        let folder = at(folder, std::path::absolute(folder))?;
        let name = folder.file_name().unwrap_or_default();
        let id = name.to_string_lossy().into_owned();
        let path = folder.join(JOURNAL);
        let mut file = at(
            &path,
            OpenOptions::new().read(true).append(true).open(&path),
        )?;
        if !at(&path, locked(&file))? {
            let pid = runner(&path);
            return Err(ReopenError::Running { id, pid });
        }
        let mut reader = Reader::new(path.clone(), at(&path, file.try_clone())?);
        let lines: Result<Vec<Line>, ReadError> = reader.by_ref().collect();
        let lines = lines.map_err(ReopenError::Damaged)?;
        let (length, cut) = at(&path, mend(&mut file, &reader))?;
        let runs = folder.parent().unwrap_or(&folder).to_owned();
        let marker = Marker::of(&runs, &id);
        if let Some(Event::RunFinished { verdict, .. }) = lines.last().map(|line| &line.event) {
            let verdict = *verdict;
            return Err(ReopenError::Finished { id, verdict });
        }
        if let Some((pid, writes)) = original(&id, &lines, &file) {
            return Err(ReopenError::Copied { id, pid, writes });
        }
        let opened = Opened {
            id,
            folder,
            path,
            file,
            length,
            lines: lines.len() as u64,
            marker,
        };
        let journal = Self::with(opened, &runs, observer);
        Ok(Reopened {
            journal,
            lines,
            cut,
        })
    }
}

/// Takes the lock; false if the run's own program has it.
fn locked(file: &File) -> io::Result<bool> {
    let (times, pause) = WAITS;
    for _ in 0..times {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => sleep(pause),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// The process that runs it, as its first line has it.
fn runner(path: &Path) -> Option<u32> {
    match crate::reader::read(path).ok()?.next()?.ok()?.event {
        Event::RunStarted { pid, .. } => pid,
        _ => None,
    }
}

/// The process that ran it last and the journal that it writes, if that is another one of the run: whoever took this one's
/// lock has a copy.
fn original(id: &str, lines: &[Line], ours: &File) -> Option<(u32, PathBuf)> {
    let pid = lines.iter().rev().find_map(|line| match line.event {
        Event::RunStarted { pid, .. } => pid,
        Event::RunResumed { pid, .. } => Some(pid),
        _ => None,
    })?;
    let ours = ours.metadata().ok()?;
    let is_ours = |open: &Path| {
        let open = fs::metadata(open);
        open.is_ok_and(|open| (open.dev(), open.ino()) == (ours.dev(), ours.ino()))
    };
    // What cannot be looked into is of another user, or gone.
    let open = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let mut open = open.filter_map(|entry| Some(entry.ok()?.path()));
    let writes = open.find_map(|open| {
        let file = fs::read_link(&open).ok()?;
        let is_its = file.ends_with(Path::new(id).join(JOURNAL));
        (is_its && !is_ours(&open)).then_some(file)
    });
    Some((pid, writes?))
}

/// Makes the file end with the last whole line; gives its length, and how much was cut off.
fn mend(file: &mut File, reader: &Reader) -> io::Result<(u64, u64)> {
    let (end, ended) = reader.end();
    let cut = file.metadata()?.len().saturating_sub(end);
    if cut > 0 {
        file.set_len(end)?;
    }
    if ended {
        return Ok((end, cut));
    }
    file.write_all(b"\n")?;
    Ok((end + 1, cut))
}
