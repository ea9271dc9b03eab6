//! Kept scenarios, mangled: whatever comes of them is read without a panic, every fault
//! points into the text, and what has no fault keeps its tree in the one style.
//!
//! The mangling is the same each time. `SCN_FUZZ_ROUNDS` says how often, for a longer
//! search; what it finds is kept in `tests/corpus/`.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::PathBuf;

use scn_grammar::spanless::same;
use scn_grammar::{format, line_col, parse};

/// Pieces that a grammar is most easily confused by.
const PIECES: [&str; 46] = [
    "'", "\"", "‘", "’", "“", "”", "#{", "}", "{", "(", ")", "[", "]", "\\", " \\\n", "\"\"\"",
    "\n", "\r\n", " ", "\t", "\u{A0}", "#", " # ", "=", "==", ",", ":", ".", "*", "%", "-", "–x",
    "/", "then ", "else ", "end\n", "if ", "within ", "every 1s", "not ", "in ", "where ", "1m30s",
    "é", "\u{1}", "\u{FEFF}",
];

/// A small generator of the same numbers each time (SplitMix64, Steele and others 2014).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % limit.max(1) as u64).unwrap()
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut place = self.below(text.len() + 1);
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        place
    }
}

fn corpus() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// Some lines of a text, so that one fault does not hide all others.
fn excerpt(text: &str, numbers: &mut Numbers) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let from = numbers.below(lines.len());
    let to = (from + 1 + numbers.below(6)).min(lines.len());
    lines[from..to].concat()
}

fn mangle(text: &mut String, numbers: &mut Numbers) {
    let place = numbers.place(text);
    let other = numbers.place(text);
    let (from, to) = (
        place.min(other),
        place.max(other).min(place.min(other) + 12),
    );
    let to = (from..=to)
        .rev()
        .find(|&to| text.is_char_boundary(to))
        .unwrap();
    match numbers.below(4) {
        0 => text.replace_range(from..to, ""),
        1 => text.insert_str(place, PIECES[numbers.below(PIECES.len())]),
        2 => {
            let copy = text[from..to].to_owned();
            let place = numbers.place(text);
            text.insert_str(place, &copy);
        }
        _ => text.replace_range(from..to, PIECES[numbers.below(PIECES.len())]),
    }
}

fn holds(source: &str) {
    let parsed = parse(source);
    for fault in &parsed.diagnostics {
        assert!(
            source.get(fault.span.range()).is_some(),
            "{source:?}\n{fault:?}"
        );
        for (span, _) in &fault.related {
            assert!(source.get(span.range()).is_some(), "{source:?}\n{fault:?}");
        }
        assert!(line_col(source, fault.span.start as usize).0 > 0);
        assert!(!fault.message.is_empty());
    }
    if !parsed.diagnostics.is_empty() {
        return;
    }
    let once = format(source).unwrap();
    let after = parse(&once);
    assert_eq!(after.diagnostics, [], "{source:?}\n→\n{once:?}");
    assert!(same(&parsed.file, &after.file), "{source:?}\n→\n{once:?}");
    assert_eq!(format(&once).unwrap(), once, "{source:?}");
}

#[test]
fn what_was_kept_holds() {
    for source in corpus() {
        holds(&source);
    }
}

#[test]
fn what_was_kept_holds_when_mangled() {
    let rounds = std::env::var("SCN_FUZZ_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(4_000);
    let corpus = corpus();
    let mut numbers = Numbers(1);
    for _ in 0..rounds {
        let mut source = excerpt(&corpus[numbers.below(corpus.len())], &mut numbers);
        for _ in 0..=numbers.below(3) {
            mangle(&mut source, &mut numbers);
        }
        holds(&source);
    }
}

#[test]
fn what_was_kept_holds_when_cut_short_anywhere() {
    for source in corpus() {
        for (place, _) in source.char_indices().step_by(7) {
            let _ = parse(&source[..place]);
        }
    }
}
