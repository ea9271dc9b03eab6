//! The lines of a text that a finding is about, small enough to be shown.
//!
//! miette is given a text made for the finding: only the lines around its places, long ones
//! cropped, control characters as pictures. So a finding costs the same in a file of ten
//! lines and of a million, and in a line of a megabyte.

use std::borrow::Cow;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use scn_grammar::Span;
use scn_report::text::acts_on_a_terminal;

use super::Text;

/// Longer lines are cropped, in bytes.
const LONG: usize = 200;

/// Of a cropped line so much is shown in front of its first place, and so much from there.
const BEFORE: usize = 60;
const AFTER: usize = 120;

/// Lines that follow one another.
#[derive(Debug)]
struct Group {
    /// The number of its first line, from 0.
    first: usize,
    /// Where each line begins in the snippet's text, and where the last one ends.
    starts: Vec<usize>,
}

/// Where a place is in the original, so that it can be named.
#[derive(Debug)]
struct Named {
    start: usize,
    line: usize,
    column: usize,
}

/// A text made for one finding.
#[derive(Debug)]
pub(super) struct Snippet {
    name: String,
    text: String,
    groups: Vec<Group>,
    named: Vec<Named>,
    /// The places in this text; the first is the finding's own.
    pub(super) labels: Vec<LabeledSpan>,
}

/// A place on one line of the original.
struct Place<'a> {
    line: usize,
    /// Bytes of the line.
    start: usize,
    end: usize,
    label: Option<&'a str>,
}

impl Snippet {
    pub(super) fn new(name: &str, text: &Text, places: &[(Span, Option<&str>)]) -> Self {
        let places: Vec<Place<'_>> = places.iter().map(|at| place(text, at.0, at.1)).collect();
        let mut snippet = Self {
            name: name.to_owned(),
            text: String::new(),
            groups: Vec::new(),
            named: Vec::new(),
            labels: Vec::new(),
        };
        let mut labels: Vec<Option<LabeledSpan>> = places.iter().map(|_| None).collect();
        for line in lines_around(text, &places) {
            snippet.add_line(text, line, &places, &mut labels);
        }
        for group in &mut snippet.groups {
            // Until now the last entry was where the next line would begin.
            if let Some(end) = group.starts.last_mut() {
                *end -= 1;
            }
        }
        snippet.labels = labels.into_iter().flatten().collect();
        snippet
    }

    fn add_line(
        &mut self,
        text: &Text,
        line: usize,
        places: &[Place<'_>],
        labels: &mut [Option<LabeledSpan>],
    ) {
        let (_, bytes) = text.line(line);
        let here = || places.iter().enumerate().filter(|(_, at)| at.line == line);
        let focus = here().map(|(_, at)| at.start).min().unwrap_or(0);
        let (from, to) = window(bytes, focus);
        let begin = self.text.len();
        match self.groups.last_mut() {
            Some(group) if group.first + group.starts.len() - 1 == line => {}
            _ => self.groups.push(Group {
                first: line,
                starts: vec![begin],
            }),
        }
        let mark = |cut: bool| if cut { "…" } else { "" };
        let head = mark(from > 0);
        let shown = |range: &[u8]| visible(&String::from_utf8_lossy(range)).into_owned();
        self.text.push_str(head);
        self.text.push_str(&shown(&bytes[from..to]));
        self.text.push_str(mark(to < bytes.len()));
        if here().any(|(_, at)| at.start == bytes.len()) {
            // A caret needs something to stand under.
            self.text.push(' ');
        }
        for (index, at) in here() {
            let (start, end) = (at.start.clamp(from, to), at.end.clamp(from, to));
            let offset = begin + head.len() + shown(&bytes[from..start]).len();
            let length = shown(&bytes[start..end]).len();
            let label = at.label.map(|label| visible(label).into_owned());
            let span = SourceSpan::new(offset.into(), length);
            labels[index] = Some(if index == 0 {
                LabeledSpan::new_primary_with_span(label, span)
            } else {
                LabeledSpan::new_with_span(label, span)
            });
            self.named.push(Named {
                start: offset,
                line,
                column: String::from_utf8_lossy(&bytes[..at.start]).chars().count(),
            });
        }
        self.text.push('\n');
        if let Some(group) = self.groups.last_mut() {
            group.starts.push(self.text.len());
        }
    }
}

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let within = |group: &&Group| {
            group.starts.first().is_some_and(|first| *first <= start)
                && group.starts.last().is_some_and(|last| end <= *last)
        };
        let group = self
            .groups
            .iter()
            .find(within)
            .ok_or(MietteError::OutOfBounds)?;
        if before == 0 && after == 0 {
            // Asked for the name of the place alone.
            let named = self.named.iter().find(|named| named.start == start);
            let (line, column) = named.map_or((group.first, 0), |at| (at.line, at.column));
            let data = &self.text.as_bytes()[start..end];
            return Ok(self.contents(data, start, line, column, 1));
        }
        let lines = group.starts.len() - 1;
        let line_of = |at: usize| group.starts.partition_point(|begin| *begin <= at) - 1;
        let first = line_of(start).min(lines - 1).saturating_sub(before);
        let last = (line_of(end).min(lines - 1) + after).min(lines - 1);
        let (from, to) = (group.starts[first], group.starts[last + 1]);
        let data = &self.text.as_bytes()[from..to];
        Ok(self.contents(data, from, group.first + first, 0, last - first + 1))
    }
}

impl Snippet {
    fn contents<'a>(
        &self,
        data: &'a [u8],
        from: usize,
        line: usize,
        column: usize,
        lines: usize,
    ) -> Box<dyn SpanContents<'a> + 'a> {
        let span = SourceSpan::new(from.into(), data.len());
        let name = self.name.clone();
        Box::new(MietteSpanContents::new_named(
            name, data, span, line, column, lines,
        ))
    }
}

/// A place, ended where its first line ends.
fn place<'a>(text: &Text, span: Span, label: Option<&'a str>) -> Place<'a> {
    let line = text.line_of(span.start as usize);
    let (begin, bytes) = text.line(line);
    let within = |offset: u32| (offset as usize).saturating_sub(begin).min(bytes.len());
    Place {
        line,
        start: within(span.start),
        end: within(span.end),
        label,
    }
}

/// The lines of the places and their neighbours.
fn lines_around(text: &Text, places: &[Place<'_>]) -> Vec<usize> {
    let last = text.line_starts().len() - 1;
    let ends_with_line = text.bytes.ends_with(b"\n");
    let mut lines: Vec<usize> = places
        .iter()
        .flat_map(|at| [at.line.saturating_sub(1), at.line, at.line + 1])
        .filter(|line| *line <= last)
        .collect();
    // What stands behind the last line end is no line, unless it is meant.
    lines.retain(|line| *line < last || !ends_with_line || places.iter().any(|at| at.line == last));
    lines.sort_unstable();
    lines.dedup();
    // The finding's own place comes first, with those that join on to it.
    let own = places.first().map_or(0, |at| at.line);
    let mut runs: Vec<&[usize]> = lines.chunk_by(|a, b| a + 1 == *b).collect();
    runs.sort_by_key(|run| !run.contains(&own));
    runs.concat()
}

/// The bytes of a line that are shown, cut between characters.
fn window(line: &[u8], focus: usize) -> (usize, usize) {
    if line.len() <= LONG {
        return (0, line.len());
    }
    let inside = |byte: &u8| (0x80..0xc0).contains(byte);
    let mut from = focus.saturating_sub(BEFORE);
    while from > 0 && line.get(from).is_some_and(inside) {
        from -= 1;
    }
    let mut to = (focus + AFTER).min(line.len());
    while line.get(to).is_some_and(inside) {
        to += 1;
    }
    (from, to)
}

/// The text with pictures in the place of what a terminal would act upon, line ends and tabs apart: one
/// character for one, so that columns stay.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| acts_on_a_terminal(c) && c != '\n';
    if !text.contains(hidden) {
        return text.into();
    }
    let picture = |c: char| match u32::from(c) {
        code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
        0x7f => '\u{2421}',
        _ => '\u{fffd}',
    };
    text.chars()
        .map(|c| if hidden(c) { picture(c) } else { c })
        .collect::<String>()
        .into()
}
