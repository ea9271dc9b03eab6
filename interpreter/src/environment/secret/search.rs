//! What is looked for in a text: secrets as they are, and encoded forms wherever lines were broken in them; in
//! the text as it is, and without its escapes.

use std::cell::OnceCell;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::escapes::{Kind, Plain};
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

/// So often escapes are undone: JSON in JSON, JSON in a URL.
const LEVELS: usize = 2;

impl Search {
    /// Nothing if there is nothing to look for.
    pub(super) fn new(forms: Forms) -> Option<Self> {
        Some(Self {
            plain: Patterns::new(forms.plain)?,
            folded: Patterns::new(forms.folded),
        })
    }

    /// What there is in a text; `ends` says that nothing comes after it.
    pub(super) fn look(&self, bytes: &[u8], ends: bool) -> Looked {
        let mut looked = self.look_as_it_is(bytes);
        self.look_deeper(bytes, ends, LEVELS, &mut looked);
        if looked.open < bytes.len() {
            looked.open = aligned(bytes, looked.open, ends, LEVELS);
        }
        looked.stretches = merged(looked.stretches);
        looked
    }

    fn look_as_it_is(&self, bytes: &[u8]) -> Looked {
        let mut stretches = self.plain.stretches(bytes);
        let mut open = self.plain.first_open(bytes);
        let mut begun = bytes.len() - open;
        if let Some(folded) = &self.folded {
            let text = Folded::new(bytes);
            stretches.extend(text.original(folded.stretches(&text.bytes)));
            let first = folded.first_open(&text.bytes);
            if first < text.bytes.len() {
                open = open.min(text.at(first));
                begun = begun.max(text.bytes.len() - first);
            }
        }
        Looked {
            stretches,
            open,
            begun,
        }
    }

    /// What there is in it without its escapes, so many times undone.
    fn look_deeper(&self, bytes: &[u8], ends: bool, levels: usize, looked: &mut Looked) {
        if levels == 0 {
            return;
        }
        for kind in Kind::ALL {
            let Some(plain) = Plain::new(bytes, kind, ends) else {
                continue;
            };
            let mut deeper = self.look_as_it_is(&plain.bytes);
            self.look_deeper(&plain.bytes, ends, levels - 1, &mut deeper);
            let stretches = deeper.stretches.into_iter();
            let stretches = stretches.map(|stretch| plain.original(stretch));
            looked.stretches.extend(stretches);
            looked.open = looked.open.min(plain.begin(deeper.open));
            looked.begun = looked.begun.max(deeper.begun);
        }
    }
}

/// The same place, or one before it that is in the middle of no escape, nor of one in what escapes mean: whoever
/// goes on from there reads the same.
fn aligned(bytes: &[u8], mut open: usize, ends: bool, levels: usize) -> usize {
    loop {
        let before = open;
        for plain in Kind::ALL
            .iter()
            .filter_map(|kind| Plain::new(bytes, *kind, ends))
        {
            open = plain.boundary(open);
            if levels > 1 {
                let inside = plain.place(open);
                let deeper = aligned(&plain.bytes, inside, ends, levels - 1);
                if deeper < inside {
                    open = plain.begin(deeper);
                }
            }
        }
        if open == before {
            return open;
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
    /// How many bytes of a secret those may be, without escapes and without line ends in encoded forms.
    pub(super) begun: usize,
}

pub(super) fn merged(mut found: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
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

/// A text without its blanks and line ends.
struct Folded<'t> {
    text: &'t [u8],
    bytes: Vec<u8>,
    /// Where each byte stood: seldom asked for.
    places: OnceCell<Vec<usize>>,
}

impl<'t> Folded<'t> {
    fn new(text: &'t [u8]) -> Self {
        let mut bytes = Vec::with_capacity(text.len());
        fold(text, |_, byte| bytes.push(byte));
        Self {
            text,
            bytes,
            places: OnceCell::new(),
        }
    }

    /// Where that byte of it stood.
    fn at(&self, folded: usize) -> usize {
        let places = self.places.get_or_init(|| {
            let mut places = Vec::with_capacity(self.bytes.len());
            fold(self.text, |at, _| places.push(at));
            places
        });
        places.get(folded).copied().unwrap_or(self.text.len())
    }

    /// Stretches of it as they are in the text.
    fn original(&self, stretches: Vec<(usize, usize)>) -> impl Iterator<Item = (usize, usize)> {
        let of = |(start, end): (usize, usize)| (self.at(start), self.at(end.max(1) - 1) + 1);
        stretches.into_iter().map(of)
    }
}

/// Gives each byte that is kept, and where it stands.
fn fold(text: &[u8], mut keep: impl FnMut(usize, u8)) {
    let mut gap = 0;
    for (at, &byte) in text.iter().enumerate() {
        if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            keep(at, byte);
            gap = 0;
            continue;
        }
        if gap == GAP {
            keep(at, BARRIER);
        }
        gap += 1;
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
    /// Whether a pattern begins with these two bytes, a bit each.
    begins: Box<[u64]>,
}

/// Patterns of at most so many bytes are looked for by the automaton that is fastest to run: it is large.
const SMALL: usize = 8 * 1024;

impl Patterns {
    fn new(mut patterns: Vec<Vec<u8>>) -> Option<Self> {
        patterns.sort();
        patterns.dedup();
        let kind = match patterns.iter().map(Vec::len).sum() {
            0..=SMALL => AhoCorasickKind::DFA,
            _ => AhoCorasickKind::ContiguousNFA,
        };
        let automaton = AhoCorasick::builder().kind(Some(kind)).build(&patterns);
        let mut begins = vec![0; (1 << 16) / 64].into_boxed_slice();
        for pattern in &patterns {
            if let [first, second, ..] = pattern[..] {
                let (word, bit) = pair(first, second);
                begins[word] |= bit;
            }
        }
        Some(Self {
            automaton: automaton.ok()?,
            longest: patterns.iter().map(Vec::len).max()?,
            sorted: patterns,
            begins,
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
        if let [first, second, ..] = *bytes {
            let (word, bit) = pair(first, second);
            if self.begins[word] & bit == 0 {
                return false;
            }
        }
        let next = self
            .sorted
            .partition_point(|pattern| pattern.as_slice() <= bytes);
        self.sorted
            .get(next)
            .is_some_and(|pattern| pattern.starts_with(bytes))
    }
}

/// Which bit of which word stands for two bytes.
fn pair(first: u8, second: u8) -> (usize, u64) {
    let pair = usize::from(first) << 8 | usize::from(second);
    (pair / 64, 1 << (pair % 64))
}
