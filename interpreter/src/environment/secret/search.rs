//! What is looked for in a text: secrets and their forms as they are, and encoded forms wherever
//! lines were broken in them.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::forms::Forms;

/// What is looked for.
#[derive(Debug)]
pub(super) struct Search {
    /// As they are.
    plain: Patterns,
    /// In the text without its blanks and line ends: encoders break lines.
    folded: Option<Patterns>,
}

/// So many blanks and line ends in a row may stand in an encoded form: a line end, and an
/// indentation.
const GAP: usize = 16;

/// What stands for a longer gap: no encoded form has it.
const BARRIER: u8 = 0;

impl Search {
    /// Nothing if there is nothing to look for.
    pub(super) fn new(forms: Forms) -> Option<Self> {
        Some(Self {
            plain: Patterns::new(forms.plain)?,
            folded: Patterns::new(forms.folded),
        })
    }

    /// What there is in a text.
    pub(super) fn look(&self, bytes: &[u8]) -> Looked {
        let mut found = self.plain.stretches(bytes);
        let mut open = self.plain.first_open(bytes);
        if let Some(folded) = &self.folded {
            let text = Folded::new(bytes);
            found.extend(text.original(folded.stretches(&text.bytes)));
            let first = folded.first_open(&text.bytes);
            open = open.min(text.at.get(first).copied().unwrap_or(bytes.len()));
            // It goes with the letter after it.
            if bytes.ends_with(b"\\") {
                open = open.min(bytes.len() - 1);
            }
        }
        Looked {
            stretches: merged(found),
            open,
        }
    }
}

/// What there is in a text.
pub(super) struct Looked {
    /// The stretches that secrets cover, in order; those that overlap or touch as one.
    pub(super) stretches: Vec<(usize, usize)>,
    /// Where the first stretch begins that goes to the end and may be the beginning of a secret;
    /// the end if there is none.
    pub(super) open: usize,
}

fn merged(mut found: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    found.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (start, end) in found {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// A text without its blanks and line ends, those that are written as escapes included.
struct Folded {
    bytes: Vec<u8>,
    /// Where each byte stood.
    at: Vec<usize>,
}

impl Folded {
    fn new(bytes: &[u8]) -> Self {
        let mut folded = Self {
            bytes: Vec::with_capacity(bytes.len()),
            at: Vec::with_capacity(bytes.len()),
        };
        let (mut next, mut gap) = (0, 0);
        while let Some(&byte) = bytes.get(next) {
            let length = match (byte, bytes.get(next + 1)) {
                (b' ' | b'\t' | b'\r' | b'\n', _) => 1,
                // The letter after it has yet to come.
                (b'\\', None) => 1,
                (b'\\', Some(b'n' | b'r' | b't')) => 2,
                _ => 0,
            };
            let kept = match (length, gap) {
                (0, _) => Some(byte),
                (_, GAP) => Some(BARRIER),
                _ => None,
            };
            if let Some(kept) = kept {
                folded.bytes.push(kept);
                folded.at.push(next);
            }
            gap = if length == 0 {
                0
            } else {
                (gap + 1).min(GAP + 1)
            };
            next += length.max(1);
        }
        folded
    }

    /// Stretches of it as they are in the text.
    fn original(&self, stretches: Vec<(usize, usize)>) -> impl Iterator<Item = (usize, usize)> {
        stretches.into_iter().filter_map(|(start, end)| {
            let last = self.at.get(end.checked_sub(1)?)?;
            Some((*self.at.get(start)?, last + 1))
        })
    }
}

/// Texts that are looked for all at once.
#[derive(Debug)]
struct Patterns {
    automaton: AhoCorasick,
    /// The same, sorted.
    sorted: Vec<Vec<u8>>,
    /// The length of the longest.
    longest: usize,
}

impl Patterns {
    fn new(mut patterns: Vec<Vec<u8>>) -> Option<Self> {
        patterns.sort();
        patterns.dedup();
        // Not the automaton that is fastest to run: that one is large for long secrets.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&patterns);
        Some(Self {
            automaton: automaton.ok()?,
            longest: patterns.iter().map(Vec::len).max()?,
            sorted: patterns,
        })
    }

    fn stretches(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        if !self.automaton.is_match(bytes) {
            return Vec::new();
        }
        self.automaton
            .find_overlapping_iter(bytes)
            .map(|found| (found.start(), found.end()))
            .collect()
    }

    /// Where the first stretch begins that goes to the end and may be the beginning of a
    /// pattern; the end if there is none.
    fn first_open(&self, bytes: &[u8]) -> usize {
        let nearest = bytes.len().saturating_sub(self.longest - 1);
        (nearest..bytes.len())
            .find(|&start| self.goes_on(&bytes[start..]))
            .unwrap_or(bytes.len())
    }

    /// Whether some pattern begins with `bytes` and goes on after.
    fn goes_on(&self, bytes: &[u8]) -> bool {
        let next = self
            .sorted
            .partition_point(|pattern| pattern.as_slice() <= bytes);
        self.sorted
            .get(next)
            .is_some_and(|pattern| pattern.starts_with(bytes))
    }
}
