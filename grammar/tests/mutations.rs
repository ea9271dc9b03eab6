//! Kept scenarios, mangled: whatever comes of them is read without a panic, every fault
//! points into the text, and what has no fault keeps its tree in the one style.
//!
//! The mangling is the same each time. `SCN_FUZZ_ROUNDS` says how often, for a longer
//! search; what it finds is kept in `tests/corpus/`.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::PathBuf;

use scn_grammar::spanless::same;
use scn_grammar::{format, line_col, parse};

#[path = "support/mangle.rs"]
mod mangle;

use mangle::{Numbers, excerpt, mangle, rounds};

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
    let corpus = corpus();
    let mut numbers = Numbers(1);
    for _ in 0..rounds(4_000) {
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
