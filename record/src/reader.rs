//! The reader of a journal.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use scn_protocol::Line;

use crate::fault::at;
use crate::journal::JOURNAL;

/// Why a journal cannot be read on.
#[derive(Debug)]
pub struct ReadError {
    path: PathBuf,
    line: u64,
    reason: String,
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
    Ok(Reader {
        input: BufReader::with_capacity(64 * 1024, file),
        path,
        text: Vec::new(),
        number: 0,
        cut: false,
        over: false,
    })
}

impl Reader {
    /// Whether the last line was cut short, by a crash or because it is just being written. It
    /// is not among the lines. Known once the iterator has ended.
    pub fn truncated(&self) -> bool {
        self.cut
    }

    fn next_line(&mut self) -> Result<Option<Line>, String> {
        self.text.clear();
        let read = self.input.read_until(b'\n', &mut self.text);
        if read.map_err(|error| error.to_string())? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let whole = self.text.pop_if(|byte| *byte == b'\n').is_some();
        match Line::parse(&self.text) {
            Ok(line) if line.seq == self.number => Ok(Some(line)),
            Ok(line) => Err(format!(
                "the event has the number {}, not {}: lines are missing",
                line.seq, self.number
            )),
            Err(_) if !whole => {
                self.cut = true;
                Ok(None)
            }
            Err(error) => Err(format!("no event of a journal: {error}")),
        }
    }
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
