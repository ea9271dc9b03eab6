//! The examples of the codes are true.

use super::loaded;
use crate::environment::codes::{self, CODES};
use crate::environment::keys;

#[test]
fn every_wrong_example_has_exactly_its_finding_and_every_right_one_none() {
    for code in CODES {
        let wrong: Vec<&str> = loaded(code.wrong)
            .diagnostics
            .iter()
            .map(|found| found.code.name)
            .collect();
        assert_eq!(wrong, [code.name], "of:\n{}", code.wrong);
        let right = loaded(code.right);
        assert_eq!(right.diagnostics, [], "of:\n{}", code.right);
        assert!(right.environment.is_some());
    }
}

/// The list has each static of its file, in order.
#[test]
fn every_code_is_in_the_list() {
    let text = include_str!("../codes.rs");
    let declared: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"")?.strip_suffix("\","))
        .filter(|word| word.len() == 4 && word[1..].bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let listed: Vec<&str> = CODES.iter().map(|code| code.name).collect();
    assert_eq!(declared, listed);
    assert!(listed.is_sorted());
    assert_eq!(codes::CODES.len(), text.matches("pub static").count() - 1);
}

#[test]
fn every_key_says_what_it_is_for() {
    for key in keys::ENVIRONMENT.all().chain(keys::PROJECT.all()) {
        assert!(key.doc.ends_with('.'), "{}", key.name);
    }
}
