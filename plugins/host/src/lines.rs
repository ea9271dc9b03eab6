//! What comes from a stream, cut into lines of a bounded length.

/// Cuts what comes in pieces into lines.
#[derive(Debug)]
pub struct Lines {
    most: usize,
    /// The line that has not ended yet.
    begun: Vec<u8>,
    /// The line is too long: what is left of it is passed over.
    passing: bool,
}

/// One line, without its end (`\n`, or `\r\n`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut<'a> {
    /// A whole line.
    Line(&'a [u8]),
    /// A line that is longer than any may be; it is not kept. Told as soon as it is too long.
    TooLong,
}

impl Lines {
    /// Lines of at most so many bytes.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            begun: Vec::new(),
            passing: false,
        }
    }

    /// Takes the next piece, and hands out the lines that end in it.
    pub fn push(&mut self, mut piece: &[u8], mut take: impl FnMut(Cut<'_>)) {
        while let Some(end) = memchr::memchr(b'\n', piece) {
            let (line, rest) = piece.split_at(end);
            piece = &rest[1..];
            if std::mem::take(&mut self.passing) {
                continue;
            }
            if self.begun.len() + line.len() > self.most {
                take(Cut::TooLong);
                self.begun = Vec::new();
            } else if self.begun.is_empty() {
                take(Cut::Line(trimmed(line)));
            } else {
                self.begun.extend_from_slice(line);
                take(Cut::Line(trimmed(&self.begun)));
                self.begun.clear();
                // One large message is no reason to hold its memory for ever.
                self.begun.shrink_to(64 * 1024);
            }
        }
        if self.passing {
            return;
        }
        if self.begun.len() + piece.len() > self.most {
            self.passing = true;
            self.begun = Vec::new();
            take(Cut::TooLong);
            return;
        }
        self.begun.extend_from_slice(piece);
    }

    /// The stream has ended: what came since the last line's end, if anything did.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        self.passing = false;
        let rest = std::mem::take(&mut self.begun);
        (!rest.is_empty()).then(|| trimmed(&rest).to_vec())
    }
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(most: usize, pieces: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(most);
        let mut cut = Vec::new();
        for piece in pieces {
            lines.push(piece, |line| {
                cut.push(match line {
                    Cut::Line(line) => Some(line.to_vec()),
                    Cut::TooLong => None,
                });
            });
        }
        cut.extend(lines.finish().map(Some));
        cut
    }

    #[test]
    fn a_line_that_is_too_long_is_told_once_and_what_follows_is_read() {
        let whole = |text: &str| Some(text.as_bytes().to_vec());
        assert_eq!(
            cut(4, &[b"1234\n12345\nab\r\n"]),
            [whole("1234"), None, whole("ab")]
        );
        assert_eq!(
            cut(4, &[b"123", b"45", b"6789", b"0\nab\n", b"c"]),
            [None, whole("ab"), whole("c")]
        );
    }

    proptest! {
        #[test]
        fn how_it_comes_in_pieces_makes_no_difference(
            text in "[a\r\n]{0,40}",
            at in proptest::collection::vec(0usize..40, 0..6),
        ) {
            let mut at: Vec<usize> = at.into_iter().map(|at| at.min(text.len())).collect();
            at.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for to in at {
                pieces.push(&text.as_bytes()[from..to]);
                from = to;
            }
            pieces.push(&text.as_bytes()[from..]);
            prop_assert_eq!(cut(7, &pieces), cut(7, &[text.as_bytes()]));
        }
    }
}
