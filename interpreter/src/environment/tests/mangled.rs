//! Files that nobody meant: never a panic, never an overflow, always a place.

use proptest::prelude::*;

use super::whole::EVERYTHING;
use super::{findings, loaded};
use crate::environment::Loaded;

/// What holds of any file: it loads, or an error says why; and every place is in its file.
fn judged(text: &[u8]) -> Loaded {
    let loaded = loaded(text);
    let errors = loaded
        .diagnostics
        .iter()
        .filter(|found| found.is_error())
        .count();
    assert_eq!(loaded.environment.is_some(), errors == 0);
    for found in &loaded.diagnostics {
        let source = loaded.sources.iter().find(|one| one.path == found.file);
        let spans = found
            .related
            .iter()
            .map(|(span, _)| *span)
            .chain([found.span]);
        for span in spans {
            let inside = source.map_or(span.end == 0, |one| one.text.get(span.range()).is_some());
            assert!(inside, "{found:?}");
        }
    }
    loaded
}

#[test]
fn bytes_that_are_no_text_are_an_error_at_the_first_of_them() {
    let found = judged(b"[vars]\na = '\xff'\n").diagnostics;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code.name, "E302");
    assert_eq!(found[0].span.start, 12);
    assert_eq!(found[0].message, "this is not UTF-8: byte 0xFF at byte 12");
}

#[test]
fn a_nul_byte_is_an_error() {
    assert!(judged(b"[vars]\na = 1\0\n").environment.is_none());
    assert!(judged(b"\0").environment.is_none());
    assert_eq!(
        findings("[commands.x]\nrun = [\"x\\u0000\"]\n"),
        ["E322 «\\u0000» no argument can hold a NUL byte"]
    );
}

#[test]
fn a_megabyte_is_a_value_like_any_other() {
    let long = "x".repeat(1 << 20);
    assert!(
        judged(format!("[vars]\na = '{long}'\n").as_bytes())
            .environment
            .is_some()
    );
    assert!(
        judged(format!("[commands.x]\nrun = ['x', '{long}']\n").as_bytes())
            .environment
            .is_some()
    );
    assert!(
        judged(format!("{long} = 1\n").as_bytes())
            .environment
            .is_none()
    );
    assert!(
        judged(format!("[commands.x]\nrun = ['x']\ntimeout = '{long}'\n").as_bytes())
            .environment
            .is_none()
    );
    let list = "1,".repeat(1 << 14);
    assert!(
        judged(format!("[vars]\na = [{list}]\n").as_bytes())
            .environment
            .is_some()
    );
}

#[test]
fn nesting_has_a_limit_and_no_stack_overflows() {
    for (open, close) in [
        ("[", "]"),
        ("{a=", "}"),
        ("[{b=", "}]"),
        ("[", ""),
        ("{a=", ""),
    ] {
        for depth in [61, 1_000, 100_000] {
            let text = format!(
                "[vars]\na = {}1{}\n",
                open.repeat(depth),
                close.repeat(depth)
            );
            let found = judged(text.as_bytes()).diagnostics;
            assert!(
                found.iter().any(|one| one.code.name == "E320"),
                "{open} {depth}"
            );
        }
    }
    for depth in [100, 100_000] {
        let path = vec!["a"; depth].join(".");
        for text in [
            format!("{path} = 1\n"),
            format!("[{path}]\n"),
            format!("[[{path}]]\n"),
            format!("[vars]\n{path} = 1\n"),
            format!("[vars]\nx = {{ {path} = 1 }}\n"),
        ] {
            let found = judged(text.as_bytes()).diagnostics;
            assert!(found.iter().any(|one| one.code.name == "E320"), "{depth}");
        }
    }
    let brackets = format!(
        "[vars]\na = \"#{{{}1{}}}\"\n",
        "(".repeat(100_000),
        ")".repeat(100_000)
    );
    assert!(judged(brackets.as_bytes()).environment.is_none());
}

#[test]
fn a_regular_expression_of_any_size_is_judged() {
    let nested = "(".repeat(50_000);
    for regex in [
        nested.as_str(),
        "(?<a>(x{1000}){1000})",
        "(((x{9}){9}){9}){99999}",
    ] {
        let text = format!(
            "[components.A]\nlog = {{ path = 'l', parse = [{{ regex = '{regex}', event = '' }}] }}\n"
        );
        let found = judged(text.as_bytes()).diagnostics;
        assert_eq!(
            found.first().map(|one| one.code.name),
            Some("E312"),
            "{regex:.20}"
        );
    }
}

/// A piece of a file, to be put anywhere.
fn scrap() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "[",
            "]",
            "{",
            "}",
            "[[",
            "]]",
            "=",
            "\"",
            "'",
            "\"\"\"",
            "'''",
            ",",
            ".",
            "#",
            "#{",
            "}",
            "\n",
            "\r",
            "\\",
            "\\u",
            "é",
            "\u{feff}",
            "\0",
            "-",
            "1e999",
            "inf",
            "0x",
            "1979-05-27",
            "[commands.x]\n",
            "run = ",
            "log = ",
            "true",
            "extends = 'environment.toml'\n",
        ])
        .prop_map(str::to_owned),
        ".{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 128 } else { 2_000 }))]

    /// A good file, with pieces taken out and others put in.
    #[test]
    fn a_mangled_file_never_panics(
        cuts in proptest::collection::vec((any::<proptest::sample::Index>(), 0_usize..20, scrap()), 1..8),
    ) {
        let mut text: Vec<char> = EVERYTHING.chars().collect();
        for (at, length, new) in cuts {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, new.chars());
        }
        let text: String = text.into_iter().collect();
        judged(text.as_bytes());
    }

    /// Scraps in a row.
    #[test]
    fn scraps_never_panic(scraps in proptest::collection::vec(scrap(), 0..30)) {
        judged(scraps.concat().as_bytes());
    }

    /// Any bytes.
    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        judged(&bytes);
    }
}
