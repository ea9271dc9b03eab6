//! The reader of a journal.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Component, Path, PathBuf};

use scn_protocol::{Event, Line};

use crate::fault::at;
use crate::journal::JOURNAL;

/// Why a journal cannot be read on.
#[derive(Debug)]
pub struct ReadError {
    path: PathBuf,
    line: u64,
    reason: String,
}

impl ReadError {
    /// The number of the line that is no event, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// What can be done.
    pub fn help(&self) -> String {
        let (sound, path) = (self.line - 1, self.path.display());
        format!(
            "something else than scn has changed it, or the disk; its first {sound} lines are sound: keep a \
             copy, and cut it there (head -n {sound} {path}), which forgets what happened after them"
        )
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.reason)
    }
}

impl std::error::Error for ReadError {}

/// The lines of a journal in their order. Ends after the first error.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    input: BufReader<File>,
    text: Vec<u8>,
    number: u64,
    /// Up to here the file is whole lines.
    end: u64,
    /// The last of these lines has its line end.
    ended: bool,
    cut: bool,
    over: bool,
}

/// Reads the journal at `path`, or in the run's folder `path`. One that is still written is
/// read up to where it is.
///
/// # Errors
/// If it cannot be opened.
pub fn read(path: &Path) -> io::Result<Reader> {
    let path = if path.is_dir() {
        path.join(JOURNAL)
    } else {
        path.to_owned()
    };
    let file = at(&path, File::open(&path))?;
    Ok(Reader::new(path, file))
}

impl Reader {
    pub(crate) fn new(path: PathBuf, file: File) -> Self {
        Self {
            input: BufReader::with_capacity(64 * 1024, file),
            path,
            text: Vec::new(),
            number: 0,
            end: 0,
            ended: true,
            cut: false,
            over: false,
        }
    }

    /// Whether the last line was cut short, by a crash or because it is just being written. It
    /// is not among the lines. Known once the iterator has ended.
    pub fn truncated(&self) -> bool {
        self.cut
    }

    /// How many bytes the lines so far have, and whether the last one has its line end.
    pub(crate) fn end(&self) -> (u64, bool) {
        (self.end, self.ended)
    }

    fn next_line(&mut self) -> Result<Option<Line>, String> {
        self.text.clear();
        let read = self.input.read_until(b'\n', &mut self.text);
        let read = read.map_err(|error| error.to_string())?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let whole = self.text.pop_if(|byte| *byte == b'\n').is_some();
        match Line::parse(&self.text) {
            Ok(line) if leads_out(&line.event) => Err(format!(
                "the event {} names a file that is not in the run's folder",
                line.seq
            )),
            Ok(line) if line.seq == self.number => {
                self.end += read as u64;
                self.ended = whole;
                Ok(Some(line))
            }
            Ok(line) => Err(format!(
                "the event has the number {}, not {}: {}",
                line.seq,
                self.number,
                match line.seq < self.number {
                    true => "a line stands there twice",
                    false => "lines are missing",
                }
            )),
            Err(_) if !whole || self.never_reached_the_disk() => {
                self.cut = true;
                Ok(None)
            }
            Err(error) => Err(format!("no event of a journal: {error}")),
        }
    }

    /// Whether the line that was read last, and all that follows, are what the machine's death left
    /// of lines that were not synced: blocks that were never written read as NUL bytes, which no
    /// event has, and later ones may have been written before earlier ones. Nothing that was
    /// done relied on such lines: what is owed is synced before its step starts.
    fn never_reached_the_disk(&mut self) -> bool {
        if !self.text.contains(&0) {
            return false;
        }
        let mut owed = false;
        loop {
            self.text.clear();
            match self.input.read_until(b'\n', &mut self.text) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
            match Line::parse(&self.text) {
                // It was synced, and all before it: so this is other damage.
                Ok(_) if owed => return false,
                Ok(line) => owed = matches!(line.event, Event::UndoOwed { .. }),
                Err(_) => {}
            }
        }
    }
}

/// Whether it names a file beside the run's own: whoever reads it would show that.
fn leads_out(event: &Event) -> bool {
    let file = match event {
        Event::Output {
            file: Some(file), ..
        }
        | Event::Attached { file, .. } => Path::new(file),
        _ => return false,
    };
    let within = |part: Component<'_>| matches!(part, Component::Normal(_));
    !file.components().all(within)
}

impl Iterator for Reader {
    type Item = Result<Line, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let line = self.next_line();
        self.over = !matches!(line, Ok(Some(_)));
        line.map_err(|reason| ReadError {
            path: self.path.clone(),
            line: self.number,
            reason,
        })
        .transpose()
    }
}
