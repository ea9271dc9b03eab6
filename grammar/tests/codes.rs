//! Every code has an example that has it, and one that is put right.

use scn_grammar::{CODES, parse, parse_bytes};

#[test]
fn every_wrong_example_has_its_code_and_every_right_one_none() {
    for code in CODES {
        let right = parse(code.right);
        assert_eq!(right.diagnostics, [], "{}: {}", code.name, code.right);
        // What no text can show: bytes that are no text, and a file of four gigabytes.
        let wrong = match code.name {
            "E002" => parse_bytes(b"echo caf\xE9\n"),
            "E038" => continue,
            _ => parse(code.wrong),
        };
        let found: Vec<_> = wrong
            .diagnostics
            .iter()
            .map(|found| found.code.name)
            .collect();
        assert!(
            found.contains(&code.name),
            "{}: {:?}\n{:?}",
            code.name,
            code.wrong,
            wrong.diagnostics
        );
    }
}

#[test]
fn codes_are_in_order_and_none_is_twice() {
    for pair in CODES.windows(2) {
        assert!(pair[0].name < pair[1].name);
    }
}
