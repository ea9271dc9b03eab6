//! No input overflows a stack or hangs, whatever its length.

use std::fmt::Write;

use scn_grammar::{format, parse};

/// The codes of the faults in a text.
fn codes(source: &str) -> Vec<&'static str> {
    let parsed = parse(source);
    parsed
        .diagnostics
        .iter()
        .map(|fault| fault.code.name)
        .collect()
}

#[test]
fn nesting_up_to_the_limit_is_read_and_beyond_it_is_an_error() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("#{", "}"),
        ("{a: ", "}"),
        ("f(", ")"),
        ("- ", ""),
        ("not ", ""),
        ("x where ", ""),
        ("1 + (2 * ", ")"),
    ] {
        for (depth, expected) in [(190, vec![]), (210, vec!["E030"]), (100_000, vec!["E030"])] {
            let source = format!("set x = {}1{}\n", open.repeat(depth), close.repeat(depth));
            assert_eq!(codes(&source), expected, "{open} {depth}");
        }
    }
}

#[test]
fn interpolations_in_texts_in_interpolations_are_counted_too() {
    for (depth, expected) in [
        (190, vec![]),
        (260, vec!["E030"]),
        (390, vec!["E030"]),
        (20_000, vec!["E030"]),
    ] {
        for line in [
            "echo ",
            "set x = ",
            "wait until true within ",
            "if true then echo ",
        ] {
            let source = format!("{line}{}1{}\n", "\"#{".repeat(depth), "}\"".repeat(depth));
            assert_eq!(codes(&source), expected, "{line} {depth}");
        }
    }
}

#[test]
fn brackets_in_durations_and_words_are_counted_too() {
    for (depth, expected) in [
        (190, vec![]),
        (260, vec!["E030"]),
        (390, vec!["E030"]),
        (20_000, vec!["E030"]),
    ] {
        let brackets = format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(codes(&format!("timeout {brackets} run x\n")), expected);
        assert_eq!(codes(&format!("echo #{{{brackets}}}\n")), expected);
        assert_eq!(codes(&format!("step f a={brackets}\nend\n")).len(), 1);
    }
}

#[test]
fn brackets_in_a_text_are_no_nesting() {
    assert_eq!(codes(&format!("echo '{}'\n", "(".repeat(100_000))), [""; 0]);
    assert_eq!(codes(&format!("echo {}\n", "(".repeat(100_000))), [""; 0]);
    assert_eq!(
        codes(&format!("echo a # {}\n", "{".repeat(100_000))),
        [""; 0]
    );
}

#[test]
fn a_chain_of_operators_or_fields_is_limited() {
    for link in [" + 1", " or x", ".a", "[0]", " * 2"] {
        assert_eq!(codes(&format!("set x = y{}\n", link.repeat(400))), [""; 0]);
        assert_eq!(
            codes(&format!("set x = y{}\n", link.repeat(100_000))),
            ["E031"],
            "{link}"
        );
    }
}

#[test]
fn blocks_up_to_the_limit_are_read_and_beyond_it_is_one_error() {
    let nested = |depth: usize| format!("{}{}", "do\n".repeat(depth), "end\n".repeat(depth));
    assert_eq!(codes(&nested(200)), [""; 0]);
    assert_eq!(codes(&nested(100_000)), ["E030"]);
    let open = "if x\n".repeat(100_000);
    assert_eq!(codes(&open).first(), Some(&"E012"));
}

#[test]
fn a_million_lines_and_a_megabyte_in_a_line_are_read() {
    let lines = "a\n# b\n\n\n\n".repeat(200_000);
    assert_eq!(parse(&lines).file.body.statements.len(), 200_000);
    let word = format!("echo {}\n", "x".repeat(1_000_000));
    assert_eq!(codes(&word), [""; 0]);
    let words = format!("echo {}\n", "'x' \"#{y}\" ".repeat(20_000));
    assert_eq!(codes(&words), [""; 0]);
    let mut list = "set x = [0".to_owned();
    for number in 0..100_000 {
        let _ = write!(list, ", {number}");
    }
    list.push_str("]\n");
    assert_eq!(codes(&list), [""; 0]);
    assert!(format(&list).is_ok());
}

#[test]
fn quotes_that_never_close_do_not_take_forever() {
    for piece in [
        "'", "\"", "‘", "“", "#{", "\"#{", "\"\"\" ", "a'", "\\ ", "’", "{", "}", "(", "'a ",
        "\"\\",
    ] {
        for line in [
            "echo ",
            "set x = ",
            "",
            "wait event ",
            "@title ",
            "timeout ",
            "if x then ",
        ] {
            let _ = codes(&format!("{line}{}\n", piece.repeat(5_000)));
        }
    }
}

/// What is opened and never closed is looked at once, however often it was opened.
#[test]
fn what_is_never_closed_takes_no_longer_than_it_is_long() {
    let pieces = [
        "{", "#{", "\"#{", "#{\"", "#{'", "“#{", "#{“", "\"\"\"#{", "(", "[", "([{", "#{(", "\\",
        "#{{", "#", "'", "\"", "‘", "“",
    ];
    for start in [
        "echo ",
        "echo a #{a",
        "if ",
        "set a = ",
        "wait event ",
        "timeout ",
        "@on event ",
        "step f a=",
    ] {
        for one in pieces {
            for other in pieces {
                let line = format!("{start}{}\n", format!("{one}{other}").repeat(40));
                let began = std::time::Instant::now();
                assert!(parse(&line).file.body.span.end as usize <= line.len());
                assert!(began.elapsed().as_secs() < 5, "{line}");
            }
        }
    }
}
