//! The steps that run, and the end of what each wrote.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use scn_protocol::{Phase, Stream};

/// So much of a step's output is kept to be shown if it fails, in bytes.
const TAIL: usize = 16 * 1024;

/// A step between `step_started` and `step_finished`.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) step: u64,
    pub(crate) line: u32,
    /// The file that the line is in, where it is not the scenario's.
    pub(crate) file: Option<String>,
    pub(crate) command: String,
    pub(crate) host: String,
    pub(crate) attempt: u32,
    pub(crate) phase: Phase,
    pub(crate) branch: String,
    /// When it began, in nanoseconds since 1970.
    pub(crate) began: i64,
    pub(crate) tail: Tail,
    pub(crate) streams: Vec<(Stream, Lines)>,
}

impl Running {
    /// The lines of one stream as they get whole, for `-v`.
    pub(crate) fn lines(&mut self, stream: Stream) -> &mut Lines {
        let known = self.streams.iter().position(|(of, _)| *of == stream);
        let index = known.unwrap_or_else(|| {
            self.streams.push((stream, Lines::default()));
            self.streams.len() - 1
        });
        &mut self.streams[index].1
    }

    /// All streams that wrote.
    pub(crate) fn streams(&self) -> Vec<Stream> {
        self.streams.iter().map(|(stream, _)| *stream).collect()
    }
}

/// The end of an output.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    bytes: VecDeque<u8>,
    cut: bool,
    /// Files that hold the rest, in the run's folder.
    pub(crate) files: Vec<String>,
}

impl Tail {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(TAIL)..];
        self.bytes.extend(bytes);
        let over = self.bytes.len().saturating_sub(TAIL);
        self.cut |= over > 0;
        self.bytes.drain(..over);
    }

    /// The last lines, at most `most`, and whether there were more.
    pub(crate) fn lines(&self, folder: &Path, most: usize) -> (Vec<String>, bool) {
        let mut bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let mut cut = self.cut;
        for file in &self.files {
            let (end, more) = end_of(&folder.join(file));
            // What the file holds follows what the journal holds.
            if more {
                bytes.clear();
                cut = true;
            }
            bytes.extend(end);
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        let skipped = lines.len().saturating_sub(most);
        let kept = lines[skipped..].iter().map(|line| (*line).to_owned());
        (kept.collect(), cut || skipped > 0)
    }
}

/// The last bytes of a file, and whether there are more. A file that cannot be read shows nothing.
fn end_of(path: &Path) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let Ok(mut file) = File::open(path) else {
        return (bytes, false);
    };
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let start = length.saturating_sub(TAIL as u64);
    let _ = file.seek(SeekFrom::Start(start));
    let _ = file.take(TAIL as u64).read_to_end(&mut bytes);
    (bytes, start > 0)
}

/// A stream cut into lines as it comes.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    begun: Vec<u8>,
    file: Option<(PathBuf, u64)>,
}

/// A line that does not end is shown in pieces of this many bytes.
const PIECE: usize = 8 * 1024;

impl Lines {
    /// Takes the next bytes; gives the lines that are whole now.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut whole = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.begun.len() >= PIECE {
                whole.extend(self.finish());
            }
        }
        whole
    }

    /// What is left, as a line.
    pub(crate) fn finish(&mut self) -> Option<String> {
        let mut line = std::mem::take(&mut self.begun);
        if line.is_empty() {
            return None;
        }
        if line.pop_if(|byte| *byte == b'\n').is_some() {
            line.pop_if(|byte| *byte == b'\r');
        }
        Some(String::from_utf8_lossy(&line).into_owned())
    }

    /// From here on the stream is in this file.
    pub(crate) fn goes_on_in(&mut self, file: PathBuf) {
        self.file = Some((file, 0));
    }

    /// Reads what is new in the stream's file, a piece at a time.
    pub(crate) fn follow(&mut self) -> Option<Vec<String>> {
        let (path, from) = self.file.as_mut()?;
        let mut file = File::open(path).ok()?;
        file.seek(SeekFrom::Start(*from)).ok()?;
        let mut bytes = Vec::new();
        let read = file.take(1024 * 1024).read_to_end(&mut bytes).ok()?;
        *from += read as u64;
        (read > 0).then(|| self.push(&bytes))
    }
}

/// The bytes that an `output` event holds.
pub(crate) fn bytes_of(text: Option<&str>, bytes: Option<&str>) -> Vec<u8> {
    match (text, bytes) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(bytes)) => BASE64.decode(bytes).unwrap_or_default(),
        (None, None) => Vec::new(),
    }
}
