//! The cursor along the source, and what it copies.

use crate::lines::is_blank;
use crate::tree::Span;

/// Writes one line beside its source.
pub(super) struct Writer<'a> {
    out: &'a mut String,
    source: &'a str,
    /// The byte of the source up to which all is written.
    at: usize,
    end: usize,
    level: usize,
    /// Nothing of the line is written yet, or a bracket has just opened.
    joined: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut String, source: &'a str, span: Span, level: usize) -> Self {
        let mut writer = Self {
            out,
            source,
            at: span.start as usize,
            end: span.end as usize,
            level,
            joined: true,
        };
        writer.skip();
        writer
    }

    /// Whether `word` stands between here and `span`.
    pub(super) fn has_before(&self, word: &str, span: Span) -> bool {
        self.source[self.at..span.start as usize].contains(word)
    }

    /// What is still to be written, from its next word on.
    pub(super) fn rest(&self) -> &'a str {
        &self.source[self.next().0..self.end]
    }

    /// Where the next word begins, and whether the line goes on with `\` before it.
    fn next(&self) -> (usize, bool) {
        let mut at = self.at;
        let mut went_on = false;
        loop {
            let rest = &self.source[at..self.end];
            let after = rest.trim_start_matches(|c| is_blank(c) || c == '\n' || c == '\r');
            at = self.end - after.len();
            let line_end = after
                .strip_prefix('\\')
                .map(|after| after.trim_start_matches(is_blank))
                .filter(|after| after.starts_with(['\n', '\r']));
            let Some(line_end) = line_end else {
                return (at, went_on);
            };
            at = self.end - line_end.len();
            went_on = true;
        }
    }

    /// Steps to the next word; whether the line went on with `\` before it.
    fn skip(&mut self) -> bool {
        let (at, went_on) = self.next();
        self.at = at;
        went_on
    }

    /// Writes a blank, or the line's continuation if the source has one here.
    fn part(&mut self) {
        let went_on = self.skip();
        let first = self.joined && self.out.ends_with([' ', '\n']) || self.out.is_empty();
        if went_on && !first {
            if !self.out.ends_with(' ') {
                self.out.push(' ');
            }
            self.out.push_str("\\\n");
            self.out.extend(std::iter::repeat_n("  ", self.level + 2));
        } else if !self.joined {
            self.out.push(' ');
        }
        self.joined = false;
    }

    /// Copies the next `length` bytes, with a blank before them.
    pub(super) fn word(&mut self, length: usize) {
        self.part();
        self.copy(length);
    }

    /// Copies a word or a value as it is spelled, with a blank before it.
    pub(super) fn verbatim(&mut self, span: Span) {
        self.part();
        let length = (span.end - span.start) as usize;
        let text = &self.source[span.range()];
        if text.contains("\"\"\"") && text.contains('\n') {
            self.at = span.end as usize;
            let text = indented(text, self.level);
            self.out.push_str(&text);
        } else {
            self.copy(length);
        }
    }

    /// Copies a sign that stands directly after what is before it.
    pub(super) fn close(&mut self, sign: &str) {
        self.joined = true;
        self.part();
        self.copy(sign.len());
    }

    /// Says that what comes next stands directly after what is written.
    pub(super) fn join(&mut self) {
        self.joined = true;
    }

    /// Steps over a comma that nothing follows.
    pub(super) fn skip_comma(&mut self) {
        let (at, _) = self.next();
        if self.source[at..self.end].starts_with(',') {
            self.at = at + 1;
        }
    }

    fn copy(&mut self, length: usize) {
        let end = self.at + length;
        self.out.push_str(&self.source[self.at..end]);
        self.at = end;
    }
}

/// A word with `"""`, its lines indented by one level more than the statement's.
fn indented(text: &str, level: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((open, close)) = next_text(rest) {
        out.push_str(rest[..open].trim_end_matches(is_blank));
        out.push_str("\"\"\"\n");
        body(&mut out, &rest[open..close], level);
        rest = &rest[close..];
    }
    out.push_str(rest);
    out
}

/// Where the next `"""` opens, and the byte after the one that closes it.
fn next_text(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let open = from + text[from..].find("\"\"\"")?;
        let line = text[open + 3..].split('\n').next().unwrap_or("");
        let opens = text[open + 3..].contains('\n')
            && line.trim_matches(|c| is_blank(c) || c == '\r').is_empty();
        if opens {
            return crate::lines::closing(text, open + 3).map(|close| (open, close));
        }
        from = open + 3;
    }
}

/// Writes the lines of `text`, which is one whole `"""` … `"""`, and the closing quotes.
fn body(out: &mut String, text: &str, level: usize) {
    let lines = text.split_once('\n').map_or("", |(_, lines)| lines);
    let lines = lines.strip_suffix("\"\"\"").unwrap_or(lines);
    let common = crate::read::common_indent(text);
    let any = lines
        .split('\n')
        .any(|line| !line.trim_matches([' ', '\t', '\r']).is_empty());
    let count = lines.split('\n').count();
    for (index, line) in lines.split('\n').enumerate() {
        let last = index + 1 == count;
        if last && line.trim_matches([' ', '\t']).is_empty() {
            out.extend(std::iter::repeat_n("  ", level));
            out.push_str("\"\"\"");
            return;
        }
        let line = line.strip_suffix('\r').filter(|_| !last).unwrap_or(line);
        let content = &line[crate::read::shared(line, common).len()..];
        if !content.is_empty() {
            if any {
                out.extend(std::iter::repeat_n("  ", level + 1));
            }
            out.push_str(content);
        }
        if !last {
            out.push('\n');
        }
    }
    out.push_str("\"\"\"");
}
