//! The beginning and the end of what a step wrote.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use scn_protocol::Stream;

/// So many bytes are kept of the beginning, and of the end.
const BOUND: usize = 16 * 1024;

/// Where a run wrote very much, so many bytes of the beginning and the end of steps that passed.
const LITTLE: usize = 1024;

/// A piece of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where from.
    pub stream: Stream,
    /// What; what is no UTF-8 reads as U+FFFD.
    pub text: String,
}

/// The beginning and the end of what a step wrote on both streams, in order.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// The beginning.
    pub head: Vec<Piece>,
    /// The end, where something was left out between.
    pub tail: VecDeque<Piece>,
    /// So many bytes were left out between.
    pub left_out: u64,
    /// So many more bytes were written than the files have now.
    pub gone: u64,
    /// Files in the run's folder that have what did not fit in the journal.
    pub files: Vec<String>,
    head_bytes: usize,
    tail_bytes: usize,
}

impl Kept {
    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty()
    }

    /// How many bytes are kept.
    pub fn bytes(&self) -> usize {
        self.head_bytes + self.tail_bytes
    }

    /// Takes what was written next.
    pub fn push(&mut self, stream: Stream, bytes: &[u8]) {
        self.bounded(stream, bytes, BOUND);
    }

    fn bounded(&mut self, stream: Stream, bytes: &[u8], bound: usize) {
        let room = bound.saturating_sub(self.head_bytes);
        let taken = whole(bytes, room);
        let (first, rest) = bytes.split_at(taken);
        if self.tail.is_empty() && !first.is_empty() {
            self.head_bytes += first.len();
            append(&mut self.head, stream, first);
            if rest.is_empty() {
                return;
            }
            self.head_bytes = bound;
            self.append_tail(stream, rest, bound);
        } else {
            self.append_tail(stream, bytes, bound);
        }
    }

    fn append_tail(&mut self, stream: Stream, bytes: &[u8], bound: usize) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.tail_bytes += text.len();
        match self.tail.back_mut() {
            Some(last) if last.stream == stream => last.text.push_str(&text),
            _ => self.tail.push_back(Piece { stream, text }),
        }
        while self.tail_bytes > bound {
            let Some(first) = self.tail.front_mut() else {
                return;
            };
            let over = self.tail_bytes - bound;
            let cut = match over < first.text.len() {
                true => first.text.ceil_char_boundary(over),
                false => first.text.len(),
            };
            first.text.drain(..cut);
            self.left_out += cut as u64;
            self.tail_bytes -= cut;
            if first.text.is_empty() {
                self.tail.pop_front();
            }
        }
    }

    /// The rest of a stream is in this file, which had so many bytes if that is known: takes its end, once the step is
    /// over.
    pub fn take_file(&mut self, folder: &Path, stream: Stream, name: &str, size: Option<u64>) {
        let (length, end) = end_of(&folder.join(name)).unwrap_or_default();
        self.gone += size.unwrap_or_default().saturating_sub(length);
        let skipped = length.saturating_sub(end.len() as u64);
        if skipped > 0 {
            // What was in the tail is no longer next to what follows.
            let dropped: usize = self.tail.iter().map(|piece| piece.text.len()).sum();
            self.left_out += skipped + dropped as u64;
            self.tail.clear();
            self.tail_bytes = 0;
            self.head_bytes = self.head_bytes.max(BOUND);
        }
        self.push(stream, &end);
    }

    /// Keeps little of it: it is not what anyone looks for.
    pub fn shorten(&mut self) {
        if self.bytes() <= 2 * LITTLE {
            return;
        }
        let before = std::mem::take(self);
        self.files = before.files;
        self.gone = before.gone;
        let mut gap = before.left_out;
        for piece in before.head {
            self.bounded(piece.stream, piece.text.as_bytes(), LITTLE);
        }
        if gap > 0 {
            gap += self
                .tail
                .iter()
                .map(|piece| piece.text.len() as u64)
                .sum::<u64>();
            self.tail.clear();
            self.tail_bytes = 0;
            self.head_bytes = self.head_bytes.max(LITTLE);
        }
        for piece in before.tail {
            self.bounded(piece.stream, piece.text.as_bytes(), LITTLE);
        }
        self.left_out += gap;
    }

    /// What was left out, and where it lies, and what is lost; none if nothing is.
    pub fn note(&self, folder: &Path) -> Option<String> {
        let (bytes, gone) = (self.left_out, self.gone);
        if (bytes, gone) == (0, 0) {
            return None;
        }
        let place = match self.files.as_slice() {
            [] => folder.join("journal.jsonl").display().to_string(),
            files => files
                .iter()
                .map(|file| folder.join(file).display().to_string())
                .collect::<Vec<_>>()
                .join(", "),
        };
        Some(match (bytes, gone) {
            (_, 0) => format!("… {bytes} bytes are left out here; all of it is in {place} …"),
            (0, _) => format!("… {gone} bytes are lost: {place} has fewer than were written …"),
            _ => format!(
                "… {bytes} bytes are left out here, and {gone} are lost: {place} has fewer than were written …"
            ),
        })
    }

    /// The text of one stream, with a note of what was left out.
    pub fn text_of(&self, stream: Stream, folder: &Path) -> String {
        let of = |piece: &&Piece| piece.stream == stream;
        let mut text: String = self
            .head
            .iter()
            .filter(of)
            .map(|p| p.text.as_str())
            .collect();
        let tail: String = self
            .tail
            .iter()
            .filter(of)
            .map(|p| p.text.as_str())
            .collect();
        if let Some(note) = self
            .note(folder)
            .filter(|_| !(text.is_empty() && tail.is_empty()))
        {
            text.push_str(&format!("\n{note}\n"));
        }
        text + &tail
    }
}

/// As many bytes as there is room for, less a character that would be cut.
fn whole(bytes: &[u8], room: usize) -> usize {
    if bytes.len() <= room {
        return bytes.len();
    }
    let begins = |at: &usize| bytes.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (room.saturating_sub(3)..=room)
        .rev()
        .find(begins)
        .unwrap_or(room)
}

fn append(pieces: &mut Vec<Piece>, stream: Stream, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match pieces.last_mut() {
        Some(last) if last.stream == stream => last.text.push_str(&text),
        _ => pieces.push(Piece {
            stream,
            text: text.into_owned(),
        }),
    }
}

/// A file's length, and its last bytes, from the beginning of a character on; none if it cannot be read.
fn end_of(path: &Path) -> Option<(u64, Vec<u8>)> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(BOUND as u64)))
        .ok()?;
    let mut bytes = Vec::new();
    file.take(BOUND as u64).read_to_end(&mut bytes).ok()?;
    if length > BOUND as u64 {
        let inside = bytes
            .iter()
            .take(3)
            .take_while(|byte| **byte & 0xc0 == 0x80)
            .count();
        bytes.drain(..inside);
    }
    Some((length, bytes))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn all(kept: &Kept) -> String {
        let pieces = kept.head.iter().chain(&kept.tail);
        pieces.map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn a_small_output_is_kept_whole_and_in_order() {
        let mut kept = Kept::default();
        kept.push(Stream::Stdout, b"out\n");
        kept.push(Stream::Stderr, b"err\n");
        kept.push(Stream::Stdout, b"more\n");
        assert_eq!(all(&kept), "out\nerr\nmore\n");
        assert_eq!(kept.text_of(Stream::Stdout, Path::new("r")), "out\nmore\n");
        assert_eq!(kept.note(Path::new("r")), None);
    }

    #[test]
    fn of_a_large_one_the_beginning_and_the_end_are_kept_and_the_rest_is_counted() {
        for size in [1, 7, 1000, 5000, 70_000] {
            let mut kept = Kept::default();
            let piece = "ä€x".repeat(size);
            let mut whole = String::new();
            while whole.len() < 100_000 {
                kept.push(Stream::Stdout, piece.as_bytes());
                whole.push_str(&piece);
            }
            let shown = all(&kept);
            assert_eq!(
                shown.len() as u64 + kept.left_out,
                whole.len() as u64,
                "{size}"
            );
            assert!(kept.bytes() <= 2 * BOUND, "{size}");
            assert!(!shown.contains('\u{fffd}'), "{size}");
            assert!(whole.ends_with(&kept.tail.back().unwrap().text), "{size}");
            assert!(
                kept.note(Path::new("r"))
                    .unwrap()
                    .contains("r/journal.jsonl")
            );
            kept.shorten();
            assert!(kept.bytes() <= 2 * LITTLE + 8, "{size}: {}", kept.bytes());
            assert_eq!(
                all(&kept).len() as u64 + kept.left_out,
                whole.len() as u64,
                "{size}"
            );
        }
    }

    #[test]
    fn the_end_is_that_of_the_file_where_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("o"), "y".repeat(100_000) + "end").unwrap();
        let mut kept = Kept::default();
        kept.push(Stream::Stdout, &[b'x'; 60_000]);
        kept.files.push("o".to_owned());
        kept.take_file(folder.path(), Stream::Stdout, "o", Some(100_003));
        let shown = all(&kept);
        assert!(shown.starts_with('x') && shown.ends_with("yend"));
        assert_eq!(shown.len() as u64 + kept.left_out, 160_003);
        kept.take_file(folder.path(), Stream::Stdout, "gone", None);
        assert!(all(&kept).ends_with("yend"));
        assert_eq!(kept.gone, 0);
    }

    #[test]
    fn what_a_file_has_no_more_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("o"), "y".repeat(100)).unwrap();
        let mut kept = Kept::default();
        kept.push(Stream::Stdout, b"x");
        kept.files.push("o".to_owned());
        kept.take_file(folder.path(), Stream::Stdout, "o", Some(300));
        kept.take_file(folder.path(), Stream::Stdout, "gone", Some(50));
        let text = kept.text_of(Stream::Stdout, Path::new("r"));
        assert!(text.starts_with("xyyy"), "{text}");
        let note = "… 250 bytes are lost: r/o has fewer than were written …";
        assert!(text.contains(note), "{text}");
    }
}
