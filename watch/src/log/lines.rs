//! Cuts what is read from a log into lines, in bounded memory.

/// The longest line that is kept whole, in bytes; what a longer one has beyond that is dropped.
pub const MAX_LINE: usize = 1 << 20;

/// The beginning of a line whose end was not read yet.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    partial: Vec<u8>,
    /// The line at hand was cut: what comes before its end is dropped.
    cut: bool,
    /// Where the line at hand begins, in bytes from the beginning of its file; none if that is in another file.
    begin: Option<u64>,
}

/// What [`Lines::feed`] found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A line, without its end (LF or CR LF), and where it begins, if that is in the file that it ends in.
    Line(&'a [u8], Option<u64>),
    /// The line before this was longer than [`MAX_LINE`].
    Cut,
}

impl Lines {
    /// Takes what was read `at` that place of the file, and gives each line that ends in it.
    pub fn feed(&mut self, mut at: u64, mut bytes: &[u8], found: &mut dyn FnMut(Piece<'_>)) {
        if self.partial.is_empty() && !self.cut {
            self.begin = Some(at);
        }
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = rest;
            if self.cut {
                self.cut = false;
            } else if self.partial.is_empty() && line.len() <= MAX_LINE {
                found(Piece::Line(trim(line), self.begin));
            } else {
                self.keep(line, found);
                if !std::mem::take(&mut self.cut) {
                    found(Piece::Line(trim(&self.partial), self.begin));
                }
                self.partial.clear();
            }
            at += end as u64 + 1;
            self.begin = Some(at);
        }
        if !self.cut {
            self.keep(bytes, found);
        }
        // One long line must not hold its memory for the rest of the run.
        if self.partial.is_empty() && self.partial.capacity() > 64 << 10 {
            self.partial = Vec::new();
        }
    }

    /// Adds to the unfinished line; gives its beginning as soon as it is too long.
    fn keep(&mut self, bytes: &[u8], found: &mut dyn FnMut(Piece<'_>)) {
        let room = MAX_LINE - self.partial.len();
        self.partial
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room {
            found(Piece::Line(&self.partial, self.begin));
            found(Piece::Cut);
            self.partial.clear();
            self.cut = true;
        }
    }

    /// The line is over although no line end was written.
    pub fn finish(&mut self, found: &mut dyn FnMut(Piece<'_>)) {
        let partial = self.take();
        if !partial.is_empty() {
            found(Piece::Line(trim(&partial), self.begin));
        }
    }

    /// Takes the unfinished line away.
    pub fn take(&mut self) -> Vec<u8> {
        self.cut = false;
        std::mem::take(&mut self.partial)
    }

    /// Puts the beginning of a line before what is read next.
    pub fn begin_with(&mut self, partial: Vec<u8>) {
        self.partial = partial;
        self.begin = None;
    }

    /// Drops what comes up to the next line end.
    pub fn skip_rest(&mut self) {
        self.partial.clear();
        self.cut = true;
    }
}

/// A line without the rest of its end.
pub(super) fn trim(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines_of(chunks: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut all = Vec::new();
        let (mut at, whole) = (0, chunks.concat());
        for chunk in chunks {
            lines.feed(at, chunk, &mut |piece| {
                all.push(match piece {
                    Piece::Line(line, begin) => {
                        let begin = usize::try_from(begin.unwrap()).unwrap();
                        assert!(whole[begin..].starts_with(line));
                        assert!(begin == 0 || whole[begin - 1] == b'\n');
                        String::from_utf8_lossy(line).into_owned()
                    }
                    Piece::Cut => "(cut)".to_owned(),
                });
            });
            at += chunk.len() as u64;
        }
        all
    }

    #[test]
    fn a_line_is_given_when_its_end_is_read() {
        assert_eq!(lines_of(&[b"a\nb", b"c", b"\r", b"\n\nd"]), ["a", "bc", ""]);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_once() {
        let long = vec![b'x'; MAX_LINE + 5];
        for chunks in [
            vec![long.as_slice(), b"\nnext\n"],
            vec![&long[..100], &long[100..], b"yyy\nnext\n"],
            vec![&[long.as_slice(), b"\nnext\n"].concat()],
        ] {
            let found = lines_of(&chunks);
            assert_eq!(found.len(), 3);
            assert_eq!(found[0].len(), MAX_LINE);
            assert_eq!(found[1..], ["(cut)", "next"]);
        }
        let whole = [vec![b'x'; MAX_LINE], b"\n".to_vec()].concat();
        assert_eq!(lines_of(&[&whole])[0].len(), MAX_LINE);
        assert_eq!(lines_of(&[&whole]).len(), 1);
    }

    proptest! {
        #[test]
        fn where_the_reads_end_makes_no_difference(
            text in "[ab\r\n]{0,60}",
            at in proptest::collection::vec(0usize..60, 0..6),
        ) {
            let bytes = text.as_bytes();
            let mut at: Vec<_> = at.into_iter().map(|i| i.min(bytes.len())).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let chunks: Vec<_> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            prop_assert_eq!(lines_of(&chunks), lines_of(&[bytes]));
        }
    }
}
