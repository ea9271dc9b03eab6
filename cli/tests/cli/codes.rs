//! The codes of findings: each is explained, and its examples show what they are said to show.

use std::collections::BTreeSet;

use scn_grammar::{Code, Severity};
use scn_interpreter::{codes, environment};

use crate::support::Test;

/// What no example shows: a file of more than 4 GiB; a default that is written like a literal and
/// cannot be kept, for which the checker stands ready and the grammar leaves nothing; a command of
/// two plug-ins, which an environment has; what has no place at a prompt, and has in a file.
const WITHOUT_EXAMPLE: [&str; 5] = ["E038", "E126", "E134", "E137", "W110"];

#[test]
fn every_code_is_explained_with_a_wrong_and_a_right_text() {
    let all = || {
        let grammar = scn_grammar::CODES.iter();
        grammar.chain(codes::CODES).chain(environment::codes::CODES)
    };
    for code in all() {
        let Code { name, title, .. } = code;
        let example = match WITHOUT_EXAMPLE.contains(name) {
            true => "$",
            false => "Wrong:\n\n    .*\nRight:\n\n    ",
        };
        let page = format!("^{name} .*: {}\n.*\n{example}", regex::escape(title));
        Test::new(&["help", name]).stdout_matches(&page).run();
    }
    let names: BTreeSet<&str> = all().map(|code| code.name).collect();
    assert_eq!(names.len(), all().count(), "a code means one thing");
}

/// What `scn check` finds in this text: the codes.
fn found(text: &str, status: i32) -> Vec<String> {
    let came = Test::new(&["check", "--json", "scenario.scn"])
        .file("scenario.scn", &format!("{text}\n"))
        .stdout_matches("")
        .status(status)
        .run();
    came.stdout
        .lines()
        .map(|line| {
            let finding: serde_json::Value = serde_json::from_str(line).unwrap();
            finding["code"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn the_wrong_text_of_a_checkers_code_has_that_finding_alone_and_the_right_one_none() {
    let mut others = Vec::new();
    let shown = |code: &&&Code| !WITHOUT_EXAMPLE.contains(&code.name);
    for code in codes::CODES.iter().filter(shown) {
        let status = match code.severity {
            Severity::Error => 2,
            _ => 0,
        };
        let wrong: BTreeSet<String> = found(code.wrong, status).into_iter().collect();
        if wrong != BTreeSet::from([code.name.to_owned()]) {
            others.push((code.name, "wrong", Vec::from_iter(wrong)));
        }
        let right = found(code.right, 0);
        if !right.is_empty() {
            others.push((code.name, "right", right));
        }
    }
    assert!(others.is_empty(), "{others:#?}");
}
