//! The grammars in `editors/` know the words of the language, all of them and no others.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use scn_grammar::keyword::KEYWORDS;
use serde_json::Value as Json;

/// Words that have a meaning only inside of a statement, and are not reserved.
const INSIDE: &[&str] = &["until", "event", "from"];

fn editors(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../editors")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The words of a regular expression: what is not an escape, a class or a group's sign.
fn words(pattern: &str) -> BTreeSet<String> {
    let signs = Regex::new(r"\\u\\\{|\\[a-zA-Z%@](\{\w+\})?|\[[^\]]*\]|p\{L\}").unwrap();
    let plain = signs.replace_all(pattern, " ");
    let word = Regex::new("[a-z]{2,}").unwrap();
    word.find_iter(&plain)
        .map(|found| found.as_str().to_owned())
        .collect()
}

fn patterns(grammar: &Json, all: &mut Vec<String>) {
    match grammar {
        Json::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Json::String(pattern) if matches!(key.as_str(), "match" | "begin" | "end") => {
                        all.push(pattern.clone());
                    }
                    other => patterns(other, all),
                }
            }
        }
        Json::Array(elements) => elements.iter().for_each(|one| patterns(one, all)),
        _ => {}
    }
}

fn judge(name: &str, found: &BTreeSet<String>) {
    let keywords: BTreeSet<&str> = KEYWORDS
        .iter()
        .map(|keyword| keyword.word.trim_start_matches('@'))
        .collect();
    for word in &keywords {
        assert!(found.contains(*word), "{name} lacks `{word}`");
    }
    for word in found {
        let known = keywords.contains(word.as_str())
            || scn_grammar::is_reserved(word)
            || INSIDE.contains(&word.as_str());
        assert!(
            known,
            "{name} has `{word}`, which is no word of the language"
        );
    }
    let reserved = [
        "or", "and", "not", "in", "contains", "matches", "where", "true", "false", "none", "it",
        "then", "else", "within", "every", "for", "since", "as",
    ];
    for word in reserved.iter().chain(INSIDE) {
        assert!(found.contains(*word), "{name} lacks `{word}`");
    }
}

#[test]
fn the_textmate_grammar_has_the_words_of_the_language_and_no_others() {
    let grammar: Json = serde_json::from_str(&editors("scn.tmLanguage.json")).unwrap();
    let mut all = Vec::new();
    patterns(&grammar, &mut all);
    judge(
        "scn.tmLanguage.json",
        &all.iter().flat_map(|pattern| words(pattern)).collect(),
    );
}

#[test]
fn the_vim_syntax_has_the_words_of_the_language_and_no_others() {
    let lists = [
        "scnHeader",
        "scnStatement",
        "scnModifier",
        "scnClause",
        "scnConstant",
    ];
    let syntax = editors("vim/syntax/scn.vim");
    let lines = syntax
        .lines()
        .filter_map(|line| line.strip_prefix("syntax match "));
    let lists = lines.filter_map(|line| {
        let (name, pattern) = line.split_once(' ')?;
        lists.contains(&name).then_some(pattern)
    });
    judge("scn.vim", &lists.flat_map(words).collect());
}

#[test]
fn the_tree_sitter_grammar_has_the_words_of_the_language_and_no_others() {
    let grammar = editors("tree-sitter-scn/grammar.js");
    let comments = Regex::new(r"(?m)//.*$|/\*[\s\S]*?\*/").unwrap();
    let rules = comments.replace_all(&grammar, "");
    // A field's name, and the grammar's own, are no words of the language.
    let names = Regex::new(r"field\(\s*'\w+'|name: '\w+'").unwrap();
    let rules = names.replace_all(&rules, "");
    let quoted = Regex::new(r"'@?([a-z]{2,})'").unwrap();
    let found = quoted.captures_iter(&rules);
    let found = found.map(|found| found[1].to_owned()).collect();
    judge("grammar.js", &found);
    // What is coloured as a word is one of the grammar.
    let colours = editors("tree-sitter-scn/queries/highlights.scm");
    let quoted = Regex::new(r#"(?m)^[^;"]*("[a-z ]+"\s*)+"#).unwrap();
    let word = Regex::new(r#""([a-z]{2,})""#).unwrap();
    for line in quoted.find_iter(&colours) {
        for one in word.captures_iter(line.as_str()) {
            assert!(found.contains(&one[1]), "{} is coloured", &one[1]);
        }
    }
}

#[test]
fn the_extension_offers_what_the_server_asks_for() {
    let manifest: Json = serde_json::from_str(&editors("vscode/package.json")).unwrap();
    let contributes = &manifest["contributes"];
    let commands: Vec<&str> = contributes["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["command"].as_str().unwrap())
        .collect();
    for command in ["scn.run", "scn.debug", "scn.plan"] {
        assert!(commands.contains(&command), "{command}");
    }
    let settings = contributes["configuration"]["properties"]
        .as_object()
        .unwrap();
    for setting in ["scn.environment", "scn.inlayHints.durations"] {
        assert!(settings.contains_key(setting), "{setting}");
    }
    let debugger = &contributes["debuggers"][0];
    let attributes = &debugger["configurationAttributes"]["launch"]["properties"];
    for attribute in ["program", "env", "set", "stopOnEntry", "stopOnFail"] {
        assert!(attributes.get(attribute).is_some(), "{attribute}");
    }
    let version = manifest["version"].as_str().expect("a version");
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
}
