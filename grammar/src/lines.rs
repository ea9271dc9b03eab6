//! A file is cut into logical lines first: one statement each, whatever it holds.
//!
//! Only two things make a line go on: `\` after a blank at its end, and `"""`. Both
//! are rare, so a line that ends in neither is cut without being looked at; for the
//! others the quotes and comments before that end are followed.

use memchr::arch::all::memchr::One;

use crate::tree::Span;

/// Whether `c` parts words: a space, a tab, or a no-break space.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{A0}' | '\u{202F}' | '\u{2007}')
}

/// One logical line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Logical {
    /// From the first character that is no blank up to the line's end (not in it).
    pub span: Span,
    /// The line asks for more than the file has.
    pub unfinished: Option<Unfinished>,
}

/// What a line that the end of the file cuts short was waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// The `"""` that opened at this byte is never closed.
    Text(u32),
    /// The `\` at this byte has no line after it.
    Continuation(u32),
}

/// The logical lines of a file, one by one.
pub(crate) struct Lines<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lines<'s> {
    /// The lines of `source` from byte `at` on.
    pub(crate) fn new(source: &'s str, at: usize) -> Self {
        Self { source, at }
    }

    /// Where the physical line that holds `from` ends, without its line end.
    fn physical_end(&self, from: usize) -> usize {
        let rest = &self.source.as_bytes()[from..];
        // In lines as short as these no slower than with the widest registers, for which the processor would have to be
        // asked first what it has: that takes a virtual machine as long as a thousand lines.
        let length = One::new(b'\n').find(rest).unwrap_or(rest.len());
        from + length - usize::from(length > 0 && rest[length - 1] == b'\r')
    }

    /// The first byte after the line end that stands at `end`; `None` at the file's end.
    fn after(&self, end: usize) -> Option<usize> {
        let bytes = self.source.as_bytes();
        match bytes.get(end) {
            Some(b'\r') => bytes.get(end + 1).map(|_| end + 2),
            Some(_) => Some(end + 1),
            None => None,
        }
    }

    /// Where the logical line from `start` ends, and what it still waits for.
    fn logical_end(&self, start: usize) -> (usize, Option<Unfinished>) {
        let mut end = self.physical_end(start);
        let mut walk = Walk {
            at: start,
            word: true,
        };
        loop {
            let line = self.source[..end].trim_end_matches(is_blank);
            if line.len() < start || !(line.ends_with('\\') || line.ends_with("\"\"\"")) {
                return (end, None);
            }
            match walk.along(self.source, line.len()) {
                End::Plain => return (end, None),
                End::Continued => {
                    let Some(next) = self.after(end).filter(|&next| next < self.source.len())
                    else {
                        let at = Span::new(line.len() - 1, line.len()).start;
                        return (end, Some(Unfinished::Continuation(at)));
                    };
                    walk = Walk {
                        at: next,
                        word: true,
                    };
                    end = self.physical_end(next);
                }
                End::Text(open) => {
                    let Some(close) = closing(self.source, end) else {
                        let open = Span::new(open, open).start;
                        return (self.source.len(), Some(Unfinished::Text(open)));
                    };
                    walk = Walk {
                        at: close,
                        word: false,
                    };
                    end = self.physical_end(close);
                }
            }
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Logical;

    fn next(&mut self) -> Option<Logical> {
        if self.at >= self.source.len() {
            return None;
        }
        let start = self.at;
        let (end, unfinished) = self.logical_end(start);
        self.at = self.after(end).unwrap_or(self.source.len());
        let line = &self.source[start..end];
        let first = end - line.trim_start_matches(is_blank).len();
        Some(Logical {
            span: Span::new(first, end),
            unfinished,
        })
    }
}

/// How long the `\` and the line end at the beginning of a text are, if it goes on there.
pub(crate) fn continuation(text: &str) -> Option<usize> {
    let after = text.strip_prefix('\\')?;
    let line_end = after.trim_start_matches(is_blank);
    let length = match line_end.as_bytes() {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => return None,
    };
    Some(text.len() - line_end.len() + length)
}

/// Where the text that opened before `from` is closed: the byte after its `"""`.
pub(crate) fn closing(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' if bytes[at..].starts_with(b"\"\"\"") => return Some(at + 3),
            _ => at += 1,
        }
    }
    None
}

/// How a physical line ends.
enum End {
    /// With its last character.
    Plain,
    /// It goes on in the next.
    Continued,
    /// A `"""` opens at this byte.
    Text(usize),
}

/// Follows quotes and comments along one physical line.
struct Walk {
    at: usize,
    /// A word may begin here.
    word: bool,
}

impl Walk {
    /// Walks up to `end`, which is behind the last character that is no blank.
    fn along(&mut self, source: &str, end: usize) -> End {
        let bytes = source.as_bytes();
        let mut before = if self.word { ' ' } else { '"' };
        // After a quote that does not close, what follows is not looked for again.
        let mut closed = true;
        while self.at < end {
            let Some(c) = source[self.at..end].chars().next() else {
                return End::Plain;
            };
            let opens = !(before.is_alphanumeric() || before == '}');
            match c {
                '#' if is_blank(before) && bytes.get(self.at + 1) != Some(&b'{') => {
                    return End::Plain;
                }
                '"' if opens && source[self.at..end].starts_with("\"\"\"") => {
                    return if self.at + 3 == end {
                        End::Text(self.at)
                    } else {
                        End::Plain
                    };
                }
                '\\' if is_blank(before) && self.at + 1 == end => return End::Continued,
                '\'' | '"' | '‘' | '“' if opens && closed => {
                    if let Some(close) = quote_end(source, self.at, end) {
                        self.at = close;
                        before = c;
                        continue;
                    }
                    closed = false;
                }
                _ => {}
            }
            before = c;
            self.at += c.len_utf8();
        }
        End::Plain
    }
}

/// The byte after the `}` that closes the `#{` at `open`, on its line.
pub(crate) fn braces_end(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = open + 1;
    loop {
        let c = text[at..].chars().next()?;
        match c {
            '\n' if !text[..at]
                .trim_end_matches(|c| is_blank(c) || c == '\r')
                .ends_with('\\') =>
            {
                return None;
            }
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            '\'' | '"' | '‘' | '“' => {
                at = quote_end(text, at, text.len())?;
                continue;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
}

/// The byte after the quote that closes the one at `open`, looking no further than `end`.
///
/// Quotes inside `#{…}` are its own: they are stepped over, however deep they nest.
pub(crate) fn quote_end(source: &str, open: usize, end: usize) -> Option<usize> {
    if source[open..].starts_with('\'') {
        let length = source[open + 1..end].find('\'')?;
        return Some(open + length + 2);
    }
    let mut waiting: Vec<char> = Vec::new();
    let mut before = ' ';
    for (index, c) in source[open..end].char_indices() {
        let escaped = std::mem::replace(&mut before, c) == '\\';
        match waiting.last().copied() {
            None | Some('}') => match c {
                '\'' | '"' => waiting.push(c),
                '‘' => waiting.push('’'),
                '“' => waiting.push('”'),
                '{' => waiting.push('}'),
                '}' => _ = waiting.pop(),
                _ => {}
            },
            Some('"' | '”') if escaped => before = ' ',
            Some('’') if c == '’' => {
                let mut around = source[open..open + index].chars().rev();
                let letter_before = around.next().is_some_and(char::is_alphabetic);
                let after = source[open + index + c.len_utf8()..].chars().next();
                if !(letter_before && after.is_some_and(char::is_alphabetic)) {
                    waiting.pop();
                }
            }
            Some(close) if c == close => _ = waiting.pop(),
            Some('"' | '”') if c == '#' && source[open + index..].starts_with("#{") => {
                // The brace that follows is pushed as the bracket that it is.
                waiting.push('#');
            }
            Some('#') => {
                waiting.pop();
                waiting.push('}');
            }
            Some(_) => {}
        }
        if waiting.is_empty() {
            return Some(open + index + c.len_utf8());
        }
    }
    None
}
