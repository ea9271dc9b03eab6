//! A plug-in's declaration that can be read, and yet cannot be used as it stands.

use super::check::good;
use crate::support::Test;

const NAME: &str = r#""name":"add","#;

/// A plug-in whose declaration differs in one place.
fn plugin(from: &str, to: &str) -> String {
    let good = good("2");
    assert!(good.contains(from), "{from}");
    good.replace(from, to)
}

fn undone(by: &str) -> String {
    plugin(NAME, &format!("{NAME}\"undo\":\"{by}\","))
}

fn checked(words: &[&str], plugin: &str) -> Test {
    Test::new(words)
        .file("own.sh", plugin)
        .file("empty.scn", "echo\n")
        .file(
            "environments/lab.toml",
            "[plugins.own]\nprogram = [\"sh\", \"own.sh\"]\n",
        )
}

/// It is found by `scn plugin check`, alone and in its environment, and by `scn check` at the environment's line.
fn wrong_everywhere(plugin: &str, told: &str) {
    for words in [
        &["plugin", "check", "sh", "own.sh"] as &[&str],
        &["plugin", "check", "--env", "lab", "own"],
    ] {
        checked(words, plugin)
            .stdout_matches(&format!("\nBROKEN  [^\n]*{told}.*one point is broken\n$"))
            .status(1)
            .run();
    }
    checked(&["check", "empty.scn", "--env", "lab"], plugin)
        .stderr_matches("environments/lab.toml:")
        .status(2)
        .run();
}

#[test]
fn a_parameter_with_a_default_stands_behind_those_without() {
    let params = r#""params":[{"name":"n","type":"int"}]"#;
    let first = r#""params":[{"name":"m","default":1},{"name":"n","type":"int"}]"#;
    wrong_everywhere(
        &plugin(params, first),
        "declares[^\n]*: `add` has the parameter `m`, which has a default, before `n`, which has none",
    );
}

#[test]
fn an_undo_is_a_line_that_could_be_run() {
    wrong_everywhere(&undone("add #{result"), "undoes its commands[^\n]*`add");
    wrong_everywhere(&undone("add #{b}"), "undoes its commands[^\n]*`b`");
    checked(
        &["plugin", "check", "--env", "lab", "own"],
        &undone("nothing"),
    )
    .stdout_matches("\nBROKEN  undoes [^\n]*`add` is undone by `nothing[^\n]*no command `nothing`")
    .status(1)
    .run();
    checked(
        &["plugin", "check", "sh", "own.sh"],
        &undone("add #{result}"),
    )
    .stdout_matches("\nok      undoes its commands with what can be run: 1 of them\n")
    .run();
}

#[test]
fn a_command_is_not_named_like_a_word_of_the_language() {
    let named = plugin(NAME, "\"name\":\"if\",");
    checked(&["plugin", "check", "sh", "own.sh"], &named)
        .stdout_matches("\nBROKEN  declares[^\n]*: `if` is a word of the language: [^\n]*\n")
        .status(1)
        .run();
    checked(&["check", "empty.scn", "--env", "lab"], &named)
        .stderr_matches(
            "W354.*can only be called as `call.*if` or `own.if`.*environments/lab.toml:2:11",
        )
        .run();
    // So it can be called, as is told.
    checked(&["check", "call.scn", "--env", "lab"], &named)
        .file("call.scn", "call if 1\nown.if 1\n")
        .stderr_matches("W354")
        .run();
}

#[test]
fn a_declaration_is_the_same_each_time() {
    checked(
        &["plugin", "check", "sh", "own.sh"],
        &plugin("\"version\":\"2.0\"", "\"version\":\"'$$'\""),
    )
    .stdout_matches("\nBROKEN  declares the same each time: its `version` is another, \"[0-9]+\" and not \"[0-9]+\",")
    .status(1)
    .run();
}

#[test]
fn a_default_that_is_none_is_told_with_its_parameter_and_its_command() {
    let wrong = plugin(
        r#"{"name":"n","type":"int"}"#,
        r#"{"name":"n","type":"duration","default":50}"#,
    );
    let told = "the default of `n` of the command `add`: 50 is no time";
    checked(&["plugin", "check", "sh", "own.sh"], &wrong)
        .stdout_matches(&format!("\nBROKEN  declares[^\n]*: {told}"))
        .status(1)
        .run();
    checked(&["check", "empty.scn", "--env", "lab"], &wrong)
        .stderr_matches(
            "the plug-in `own` answered `initialize` with what cannot be used: the.*default of `n`",
        )
        .status(2)
        .run();
}

#[test]
fn a_word_that_is_no_map_is_shown_how_one_is_written() {
    let takes = plugin(
        r#""params":[{"name":"n","type":"int"}]"#,
        r#""params":[{"name":"m","type":"map"},{"name":"l","type":"list"},{"name":"s","type":"size"},{"name":"p","type":"percent"}]"#,
    );
    checked(&["check", "words.scn", "--env", "lab"], &takes)
        .file("words.scn", "add notamap nolist 5mb much\n")
        .stderr_matches("no map.*#..a: 1.., or as JSON, '.\"a\":1.'.*no list.*#.\\[1, 2\\].*'\\[1,2\\]'.*no size.*type 5MB.*no.*percentage.*15%")
        .status(2)
        .run();
    // As is told.
    checked(&["check", "words.scn", "--env", "lab"], &takes)
        .file(
            "words.scn",
            "add '{\"a\":1}' '[1,2]' 5MB 15%\nadd #{{a: 1}} #{[1, 2]} 5MB 15%\n",
        )
        .run();
}
