//! What steps write: small outputs in the journal, large ones in files of their own.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use scn_protocol::{Event, Stream};

use crate::fault::at;

/// So many bytes of a stream stand in the journal; with more, the rest goes to a file.
const INLINE: usize = 64 * 1024;

/// The folder of the large outputs, in the run's.
const FOLDER: &str = "outputs";

/// One stream of one step.
#[derive(Debug)]
pub(crate) struct Output {
    step: u64,
    stream: Stream,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// In the journal: so many bytes so far, and the beginning of a character whose rest has
    /// not come yet.
    Journal { written: usize, begun: Vec<u8> },
    /// In a file, so many bytes so far.
    File {
        path: PathBuf,
        file: File,
        size: u64,
    },
}

impl Output {
    pub(crate) fn new(step: u64, stream: Stream) -> Self {
        let place = Place::Journal {
            written: 0,
            begun: Vec::new(),
        };
        Self {
            step,
            stream,
            place,
        }
    }

    pub(crate) fn is(&self, step: u64, stream: Stream) -> bool {
        self.step == step && self.stream == stream
    }

    pub(crate) fn of(&self, step: u64) -> bool {
        self.step == step
    }

    /// Takes the next bytes, of the run in `folder`; gives the event that the journal is to have.
    pub(crate) fn write(&mut self, folder: &Path, bytes: &[u8]) -> io::Result<Option<Event>> {
        match &mut self.place {
            Place::File { path, file, size } => {
                at(path, file.write_all(bytes))?;
                *size += bytes.len() as u64;
                Ok(None)
            }
            Place::Journal { written, .. } if *written + bytes.len() > INLINE => {
                self.move_to_file(folder, bytes).map(Some)
            }
            Place::Journal { written, begun } => {
                *written += bytes.len();
                let mut joined = std::mem::take(begun);
                let bytes = if joined.is_empty() {
                    bytes
                } else {
                    joined.extend_from_slice(bytes);
                    &joined
                };
                let whole = bytes.len() - unfinished(bytes);
                *begun = bytes[whole..].to_vec();
                Ok((whole > 0).then(|| event(self.step, self.stream, &bytes[..whole])))
            }
        }
    }

    /// Nothing more is to come: the event for what was held back, or for how much there is.
    pub(crate) fn finish(self) -> Option<Event> {
        match self.place {
            Place::Journal { begun, .. } => {
                (!begun.is_empty()).then(|| event(self.step, self.stream, &begun))
            }
            Place::File { size, .. } => Some(Event::OutputEnded {
                step: self.step,
                stream: self.stream,
                size,
            }),
        }
    }

    /// Makes sure that the file, if there is one, survives the machine's death.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match &self.place {
            Place::File { path, file, .. } => at(path, file.sync_data()),
            Place::Journal { .. } => Ok(()),
        }
    }

    fn move_to_file(&mut self, folder: &Path, bytes: &[u8]) -> io::Result<Event> {
        let stream = match self.stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        };
        let (name, path, mut file) = create_beside(folder, FOLDER, &self.step.to_string(), stream)?;
        let mut size = bytes.len() as u64;
        if let Place::Journal { begun, .. } = &self.place {
            at(&path, file.write_all(begun))?;
            size += begun.len() as u64;
        }
        at(&path, file.write_all(bytes))?;
        self.place = Place::File { path, file, size };
        Ok(Event::Output {
            step: self.step,
            stream: self.stream,
            text: None,
            bytes: None,
            file: Some(name),
        })
    }
}

/// Makes a file that was not there, `SUB/STEM.ENDING` or `SUB/STEM-2.ENDING` and so on; gives
/// its name in the run's folder and its path.
pub(crate) fn create_beside(
    folder: &Path,
    sub: &str,
    stem: &str,
    ending: &str,
) -> io::Result<(String, PathBuf, File)> {
    let parent = folder.join(sub);
    // For nobody else to read, as the journal.
    let made = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&parent);
    at(&parent, made)?;
    let dot = if ending.is_empty() { "" } else { "." };
    for number in 1_u32.. {
        let name = match number {
            1 => format!("{sub}/{stem}{dot}{ending}"),
            _ => format!("{sub}/{stem}-{number}{dot}{ending}"),
        };
        let path = folder.join(&name);
        match OpenOptions::new().append(true).create_new(true).open(&path) {
            Ok(file) => return Ok((name, path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return at(&path, Err(error)),
        }
    }
    Err(io::Error::other("no name is free"))
}

fn event(step: u64, stream: Stream, bytes: &[u8]) -> Event {
    let (text, bytes) = match std::str::from_utf8(bytes) {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(BASE64.encode(bytes))),
    };
    Event::Output {
        step,
        stream,
        text,
        bytes,
        file: None,
    }
}

/// How many bytes at the end may be the beginning of a character.
fn unfinished(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    for (back, byte) in tail.iter().rev().enumerate() {
        let length = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            0x80..=0xbf => continue,
            _ => return 0,
        };
        return if length > back + 1 { back + 1 } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_character_that_may_go_on_is_held_back() {
        assert_eq!(unfinished("a".as_bytes()), 0);
        assert_eq!(unfinished("ä".as_bytes()), 0);
        assert_eq!(unfinished(&"ä".as_bytes()[..1]), 1);
        assert_eq!(unfinished(&"x€".as_bytes()[..3]), 2);
        assert_eq!(unfinished(&"x🦀".as_bytes()[..4]), 3);
        assert_eq!(unfinished(b"\xff"), 0);
        assert_eq!(unfinished(b"\x80\x80\x80"), 0);
        assert_eq!(unfinished(b""), 0);
    }
}
