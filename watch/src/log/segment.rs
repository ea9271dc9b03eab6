//! One file of a log: the one at the log's path, or one that was rotated away and is read to
//! its end.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::UNIX_EPOCH;

use rustix::fs::{OFlags, SeekFrom};
use scn_protocol::{LogFile, LogPlace};

use super::lines::{Lines, MAX_LINE, Piece, trim};
use super::stood::Marks;

/// What is read out of a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// A line.
    Line {
        /// It, without its end.
        text: &'a [u8],
        /// The number of the file that it ends in.
        file: u64,
        /// Where it begins there; none if it begins in another one.
        begin: Option<u64>,
    },
    /// Something was not read, for this reason.
    Gap(String),
    /// A file is followed from now on; none if there is none yet.
    Followed {
        /// The file.
        file: Option<LogFile>,
        /// Its number.
        number: u64,
        /// Up to where it counts as read.
        from: From,
        /// It goes on where a record had stopped.
        on: bool,
    },
    /// The file of that number was read to its end.
    Left {
        /// Its number.
        number: u64,
    },
}

/// From where a file is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// From there; that is the beginning of the file, or nothing whole stands before it.
    Here(u64),
    /// From behind the line that begins there.
    Behind(u64, Vec<u8>),
    /// From where a record says that it was read up to.
    Place(LogPlace),
}

/// What tells a file from others as long as it is open.
pub(crate) type Identity = (u64, u64);

/// The identity of a file by its metadata.
pub(crate) fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// So many of the last bytes read are kept, to see that a file is still the one that was read.
const TAIL: usize = 64;

/// An open file and how far it was read.
#[derive(Debug)]
pub(crate) struct Segment {
    file: File,
    /// Its number among those that the log has had.
    pub number: u64,
    /// Which file it is.
    pub identity: Identity,
    /// The notifier's watch of it.
    pub watch: Option<i32>,
    /// Something may have happened to it since it was read.
    pub dirty: bool,
    offset: u64,
    /// The largest size that it was seen to have since it was last truncated.
    seen: u64,
    tail: Vec<u8>,
    lines: Lines,
    /// What lies before this was written before it was followed.
    before: u64,
    /// Whoever wrote the unfinished line had ended by the time that so much was read.
    broken_at: Option<u64>,
    /// Nothing but NUL was read since it was truncated.
    blank: bool,
}

impl Segment {
    /// Opens a file to be read from its beginning. That it is no regular file is an error.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            // A named pipe must not block, a terminal not become this process' own.
            .custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed())
            .open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        Ok(Self {
            file,
            number: 0,
            identity: identity(&metadata),
            watch: None,
            dirty: true,
            offset: 0,
            seen: 0,
            tail: Vec::new(),
            lines: Lines::default(),
            before: 0,
            broken_at: None,
            blank: true,
        })
    }

    /// Skips what was written up to `size`, except for the line that is unfinished there. Gives from where it is
    /// read.
    pub fn skip_to(&mut self, size: u64) -> io::Result<From> {
        let window = size.min(MAX_LINE as u64);
        let mut bytes = vec![0; usize::try_from(window).unwrap_or(0)];
        let read = self.file.read_at(&mut bytes, size - window)?;
        bytes.truncate(read);
        let line = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map(|end| end + 1);
        match line {
            Some(start) => self.offset = size - window + start as u64,
            None if window == size => self.offset = 0,
            None => {
                self.offset = size;
                self.lines.skip_rest();
            }
        }
        self.remember(&bytes[..line.unwrap_or(0)]);
        (self.before, self.seen) = (size, size);
        self.blank = self.offset == 0;
        let whole = &bytes[..line.unwrap_or(0).saturating_sub(1)];
        let begin = match whole.iter().rposition(|&byte| byte == b'\n') {
            Some(end) => Some(end + 1),
            None => (window == size && self.offset > 0).then_some(0),
        };
        Ok(match begin {
            Some(begin) => From::Behind(
                size - window + begin as u64,
                trim(&whole[begin..]).to_owned(),
            ),
            None => From::Here(self.offset),
        })
    }

    /// Goes on where a record of this file had stopped: with the line that was read last. False if it is
    /// not that file, or not as it was then.
    pub fn go_on(&mut self, mark: &LogFile, place: &LogPlace, marks: &Marks) -> io::Result<bool> {
        let known = LogFile {
            before: mark.before,
            ..self.mark()?
        };
        let size = self.file.metadata()?.size();
        let (at, is_same) = (place.line, known == *mark);
        if !is_same || size < at || !self.is_line(place, marks)? {
            return Ok(false);
        }
        let mut tail = [0; TAIL];
        let tail = &mut tail[..usize::try_from(at).map_or(TAIL, |at| at.min(TAIL))];
        self.file.read_exact_at(tail, at - tail.len() as u64)?;
        self.remember(tail);
        (self.offset, self.before, self.seen) = (at, mark.before, size);
        self.blank = at == 0;
        Ok(true)
    }

    /// Whether a line begins there, and is the one that was read.
    fn is_line(&self, place: &LogPlace, marks: &Marks) -> io::Result<bool> {
        let mut end = [b'\n'];
        if let Some(before) = place.line.checked_sub(1)
            && (self.file.read_at(&mut end, before)? == 0 || end != [b'\n'])
        {
            return Ok(false);
        }
        let Some(sum) = place.sum else {
            return Ok(true);
        };
        let (mut bytes, mut read) = (vec![0; MAX_LINE + 1], 0);
        loop {
            match self
                .file
                .read_at(&mut bytes[read..], place.line + read as u64)?
            {
                0 => break,
                more => read += more,
            }
        }
        let bytes = &bytes[..read];
        let line = match bytes.iter().position(|&byte| byte == b'\n') {
            Some(end) => trim(&bytes[..end]),
            None if read > MAX_LINE => &bytes[..MAX_LINE],
            None => return Ok(false),
        };
        Ok(marks.sum(line) == sum)
    }

    /// What it is to be known by.
    pub fn mark(&self) -> io::Result<LogFile> {
        let metadata = self.file.metadata()?;
        let born = metadata.created().ok();
        let born = born.and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        Ok(LogFile {
            device: metadata.dev(),
            inode: metadata.ino(),
            born: born.and_then(|born| i64::try_from(born.as_nanos()).ok()),
            before: self.before,
        })
    }

    /// How much of it was read.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes there are to be read, by its size.
    pub fn unread(&self) -> u64 {
        let size = self.file.metadata().map_or(0, |metadata| metadata.size());
        size.checked_sub(self.offset).unwrap_or(size)
    }

    /// Reads what there is, but not much more than `budget` bytes; gives whether there is more.
    pub fn read(
        &mut self,
        buffer: &mut [u8],
        budget: &mut usize,
        found: &mut dyn FnMut(Found<'_>),
    ) -> io::Result<bool> {
        self.dirty = false;
        let size = self.file.metadata()?.size();
        if size < self.offset || !self.is_same()? {
            self.restart(found);
        }
        self.seen = size;
        if self.blank && self.offset == 0 && size > buffer.len() as u64 {
            self.skip_hole(size);
        }
        while self.offset < size {
            if *budget == 0 {
                self.dirty = true;
                return Ok(true);
            }
            let room = buffer.len().min(*budget);
            let read = match self.file.read_at(&mut buffer[..room], self.offset) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if read == 0 {
                // It became shorter than it was just now.
                self.dirty = true;
                return Ok(true);
            }
            *budget -= read;
            let at = self.offset;
            self.offset += read as u64;
            self.remember(&buffer[..read]);
            self.take(at, &buffer[..read], found);
        }
        Ok(false)
    }

    fn take(&mut self, mut at: u64, mut bytes: &[u8], found: &mut dyn FnMut(Found<'_>)) {
        // Who truncates a file under a writer that does not append leaves zeros at its beginning.
        if self.blank {
            let text = bytes.iter().position(|&byte| byte != 0);
            self.blank = text.is_none();
            let blank = text.unwrap_or(bytes.len());
            (at, bytes) = (at + blank as u64, &bytes[blank..]);
        }
        self.lines.feed(at, bytes, &mut told(self.number, found));
    }

    /// Passes over a hole at the beginning without reading it.
    fn skip_hole(&mut self, size: u64) {
        if let Ok(data) = rustix::fs::seek(&self.file, SeekFrom::Data(0)) {
            self.offset = data.min(size);
        }
    }

    fn remember(&mut self, read: &[u8]) {
        if read.len() >= TAIL {
            self.tail.clear();
        } else {
            let excess = (self.tail.len() + read.len()).saturating_sub(TAIL);
            self.tail.drain(..excess);
        }
        self.tail
            .extend_from_slice(&read[read.len().saturating_sub(TAIL)..]);
    }

    /// Whether what was read last still stands where it was read: not so if the file was
    /// truncated and has grown again.
    fn is_same(&self) -> io::Result<bool> {
        let mut bytes = [0; TAIL];
        let bytes = &mut bytes[..self.tail.len()];
        match self
            .file
            .read_exact_at(bytes, self.offset - bytes.len() as u64)
        {
            Ok(()) => Ok(*bytes == *self.tail),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// It was truncated: what is in it now is new.
    fn restart(&mut self, found: &mut dyn FnMut(Found<'_>)) {
        if let Some(lost @ 1..) = self.seen.checked_sub(self.offset) {
            found(Found::Gap(format!(
                "the log was truncated when {lost} bytes of it were not read yet"
            )));
        }
        // A writer that goes on goes on in the middle of its line; a new one does not.
        if self.broken_at == Some(self.offset) || self.offset <= self.before {
            self.finish(found);
        }
        self.offset = 0;
        self.before = 0;
        self.broken_at = None;
        self.tail.clear();
        self.blank = true;
    }

    /// Whoever wrote it has ended.
    pub fn writer_ended(&mut self) {
        self.broken_at = Some(self.offset);
    }

    /// Whether the unfinished line may be gone on with in the file that follows.
    pub fn is_continued(&self) -> bool {
        self.broken_at != Some(self.offset) && self.offset > self.before
    }

    /// Takes the unfinished line.
    pub fn take_unfinished(&mut self) -> Vec<u8> {
        self.lines.take()
    }

    /// Begins with the line that was unfinished in the file before.
    pub fn begin_with(&mut self, unfinished: Vec<u8>) {
        self.lines.begin_with(unfinished);
    }

    /// Nothing more will come: the unfinished line is one, unless it was there before.
    pub fn finish(&mut self, found: &mut dyn FnMut(Found<'_>)) {
        if self.offset > self.before {
            self.lines.finish(&mut told(self.number, found));
        }
        self.lines.take();
    }
}

pub(super) fn told(file: u64, found: &mut dyn FnMut(Found<'_>)) -> impl FnMut(Piece<'_>) {
    move |piece| {
        found(match piece {
            Piece::Line(text, begin) => Found::Line { text, file, begin },
            Piece::Cut => Found::Gap(format!(
                "a line of the log was cut: it is longer than {} MiB",
                MAX_LINE >> 20
            )),
        });
    }
}

impl AsFd for Segment {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
