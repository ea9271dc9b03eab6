//! A text as client and server both have it, and places in it as the protocol counts them.

use lsp_types::{Position, Range, TextDocumentContentChangeEvent};
use scn_grammar::Span;

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16: what every client knows.
    #[default]
    Utf16,
}

impl Encoding {
    /// How many columns `text` takes.
    pub fn columns(self, text: &str) -> u32 {
        let columns = match self {
            Self::Utf8 => text.len(),
            Self::Utf16 if text.is_ascii() => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
        };
        u32::try_from(columns).unwrap_or(u32::MAX)
    }

    /// The byte of `line` that column `column` is; its end for one behind it. A column within a
    /// character is its beginning.
    fn byte(self, line: &str, column: u32) -> usize {
        let mut left = column as usize;
        for (at, c) in line.char_indices() {
            let width = match self {
                Self::Utf8 => c.len_utf8(),
                Self::Utf16 => c.len_utf16(),
            };
            if left < width {
                return at;
            }
            left -= width;
        }
        line.len()
    }
}

/// A text with its lines.
#[derive(Clone, Debug, Default)]
pub struct Text {
    content: String,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl Text {
    /// This text.
    pub fn new(content: impl Into<String>) -> Self {
        let content = content.into();
        let ends = memchr_lines(&content);
        Self {
            starts: std::iter::once(0).chain(ends).collect(),
            content,
        }
    }

    /// What it holds.
    pub fn as_str(&self) -> &str {
        &self.content
    }

    /// The line of that number, from 0, without its end; empty behind the last.
    pub fn line(&self, line: usize) -> &str {
        let Some(&start) = self.starts.get(line) else {
            return "";
        };
        let end = self
            .starts
            .get(line + 1)
            .map_or(self.content.len(), |next| next - 1);
        let text = &self.content[start..end];
        text.strip_suffix('\r').unwrap_or(text)
    }

    /// How many lines there are.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The byte that a position is; the end of the line, or of the text, for one behind it.
    pub fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        match self.starts.get(line) {
            None => self.content.len(),
            Some(start) => start + encoding.byte(self.line(line), position.character),
        }
    }

    /// The position of a byte; one within a character is its beginning.
    pub fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let mut offset = offset.min(self.content.len());
        while !self.content.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = &self.content[self.starts[line]..offset];
        Position::new(
            u32::try_from(line).unwrap_or(u32::MAX),
            encoding.columns(before),
        )
    }

    /// The range of a stretch.
    pub fn range(&self, span: Span, encoding: Encoding) -> Range {
        let (start, end) = (span.start as usize, span.end as usize);
        Range::new(self.position(start, encoding), self.position(end, encoding))
    }

    /// The stretch of a range; empty at its start if it is upside down.
    pub fn span(&self, range: Range, encoding: Encoding) -> Span {
        let start = self.offset(range.start, encoding);
        Span::new(start, self.offset(range.end, encoding).max(start))
    }

    /// The whole.
    pub fn whole(&self) -> Span {
        Span::new(0, self.content.len())
    }

    /// What the client has changed.
    pub fn change(&mut self, change: TextDocumentContentChangeEvent, encoding: Encoding) {
        let Some(range) = change.range else {
            *self = Self::new(change.text);
            return;
        };
        let span = self.span(range, encoding).range();
        let mut content = std::mem::take(&mut self.content);
        content.replace_range(span, &change.text);
        *self = Self::new(content);
    }
}

/// Where the lines after the first begin.
fn memchr_lines(content: &str) -> impl Iterator<Item = usize> {
    let bytes = content.bytes().enumerate();
    bytes
        .filter(|(_, byte)| *byte == b'\n')
        .map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_as_it_was_agreed() {
        let text = Text::new("a\nä😀x\r\n");
        let at = text.as_str().find('x').unwrap_or(0);
        assert_eq!(text.position(at, Encoding::Utf16), Position::new(1, 3));
        assert_eq!(text.position(at, Encoding::Utf8), Position::new(1, 6));
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            assert_eq!(text.offset(text.position(at, encoding), encoding), at);
            // Behind the line's end is the line's end, and within a character its beginning.
            assert_eq!(text.offset(Position::new(1, 99), encoding), at + 1);
            assert_eq!(text.offset(Position::new(1, 2), encoding), 4);
            assert_eq!(
                text.offset(Position::new(9, 0), encoding),
                text.as_str().len()
            );
        }
    }
}
