//! `scn plugin check --examples`: what a plug-in does wrong where it is called, and what was not called.

use super::check::good;
use crate::support::Test;

const VALUE: &str =
    r#"printf '{"jsonrpc":"2.0","id":%s,"result":{"value":%s}}\n' "$id" "$((${n%%\}*} + 1))""#;

/// A plug-in that differs from a good one in what it does where it is called.
fn answering(with: &str) -> String {
    let good = good("2");
    assert!(good.contains(VALUE));
    good.replace(VALUE, with)
}

fn told(with: &str, told: &str) {
    Test::new(&["plugin", "check", "--examples", "--env", "lab", "own"])
        .file("own.sh", &answering(with))
        .file(
            "environments/lab.toml",
            "[plugins.own]\nprogram = [\"sh\", \"own.sh\"]\ntimeout = \"2s\"\n",
        )
        .stdout_matches(&format!(
            "\nBROKEN  does what its example shows: add, example 1: [^\n]*{told}.*\n +the example is\n +set x add 1\n +echo #.x.\n.*point[^\n]* broken\n$"
        ))
        .status(1)
        .run();
}

/// What is answered, as the shell prints it.
fn printed(line: &str) -> String {
    format!("printf '{line}\\n' \"$id\"")
}

#[test]
fn what_is_wrong_in_a_call_is_told_with_the_example_that_made_it() {
    told(
        &format!("echo debug; {VALUE}"),
        "is no message: it is no JSON",
    );
    for (answer, wrong) in [
        (
            r#"{"jsonrpc":"2.0","id":9%s,"result":{"value":2}}"#,
            "answered the request 92, which was never made",
        ),
        (
            r#"{"jsonrpc":"2.0","result":{"value":2}}"#,
            "it is an answer without an `id`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":"%s","result":{"value":2}}"#,
            "`id` is to be a number, and is a text",
        ),
        (
            r#"{"jsonrpc":"2.0","id":%s,"result":{"value":"two"}}"#,
            "declares that it returns int, and returned text",
        ),
        (
            r#"{"jsonrpc":"2.0","id":%s,"result":{"value":NaN}}"#,
            "it is no JSON",
        ),
        (
            r#"{"jsonrpc":"2.0","id":%s,"result":{"value":{"$bytes":"***"}}}"#,
            "\"\\*\\*\\*\" is no bytes",
        ),
        (
            r#"{"jsonrpc":"2.0","id":%s,"error":{"code":1,"message":"no","data":{"blame":"sytem"}}}"#,
            "`blame` is system, plugin, environment or scenario, and not sytem",
        ),
        (
            r#"{"jsonrpc":"2.0","id":%s,"error":"no"}"#,
            "`error` is to be an object, and is a text",
        ),
    ] {
        told(&printed(answer), wrong);
    }
}

#[test]
fn a_second_answer_is_found_though_nobody_waits_for_it() {
    told(
        &format!("{VALUE}; sleep 0.05; {VALUE}"),
        "it passed, but the plug-in `own` answered the request 2 a second time",
    );
}

#[test]
fn one_that_never_answers_is_found() {
    told(
        ":",
        "it passed, but the plug-in `own` did not heed `cancel` of `add` within 5s",
    );
}

#[test]
fn each_example_has_its_number() {
    let two = r#""examples":["set x add 1\nassert x == 2","set x add 1\nassert x == 3"]"#;
    let one = r#""examples":[{"scenario":"set x add 1\necho #{x}","output":"2"}]"#;
    let plugin = answering(VALUE);
    assert!(plugin.contains(one));
    Test::new(&["plugin", "check", "--examples", "sh", "own.sh"])
        .file("own.sh", &plugin.replace(one, two))
        .stdout_matches(
            "\nok      does what its example shows: add, example 1\nBROKEN  does what its example shows: add, example 2: FAIL: [^\n]*\n +the example is\n +set x add 1\n +assert x == 3\none point is broken\n$",
        )
        .status(1)
        .run();
}

#[test]
fn what_was_not_called_is_told_and_how_to_have_it_called() {
    let plugin = answering(VALUE);
    Test::new(&["plugin", "check", "sh", "own.sh"])
        .file("own.sh", &plugin)
        .stdout_matches(
            "\nskipped answers calls as it should: no command was called, so what they do, [^\n]* was not tried\n +`scn plugin check --examples` runs the examples that they declare\nas far as that was tried, it keeps to the protocol\n$",
        )
        .run();
    let one = r#","examples":[{"scenario":"set x add 1\necho #{x}","output":"2"}]"#;
    assert!(plugin.contains(one));
    let bare = plugin.replace(one, "");
    for words in [
        &["plugin", "check", "sh", "own.sh"] as &[&str],
        &["plugin", "check", "--examples", "sh", "own.sh"],
    ] {
        Test::new(words)
            .file("own.sh", &bare)
            .stdout_matches(
                "\nskipped answers calls as it should: no command was called, as none has an example: [^\n]*\n +let them declare `examples`[^\n]*\nas far as that was tried, it keeps to the protocol\n$",
            )
            .run();
    }
    let more = plugin.replace(
        "\"commands\":[",
        "\"commands\":[{\"name\":\"other\",\"help\":\"h\"},",
    );
    Test::new(&["plugin", "check", "--examples", "sh", "own.sh"])
        .file("own.sh", &more)
        .stdout_matches(
            "\nskipped answers calls as it should: no example called `other`, so what that is answered with was not tried\n[^\n]*\nas far as that was tried, it keeps to the protocol\n$",
        )
        .run();
}
