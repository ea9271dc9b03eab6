//! What undoes a plug-in's commands, as the check sees it.

use crate::support::Test;

/// A plug-in that declares these commands and does nothing.
fn declaring(commands: &str) -> Test {
    let script = format!(
        "read line\n\
         printf '%s\\n' '{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{{\"protocol\":1,\"name\":\"bank\",\"version\":\"1\",\"commands\":[{commands}]}}}}'\n\
         read line\n\
         printf '%s\\n' '{{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{{}}}}'\n"
    );
    Test::new(&["check", "--env", "local", "s.scn"])
        .file("bank.sh", &script)
        .file(
            "environments/local.toml",
            "[plugins.bank]\nprogram = [\"sh\", \"bank.sh\"]\n",
        )
        .file("s.scn", "echo hello\n")
}

#[test]
fn an_undo_that_cannot_take_the_commands_words_is_told_before_it_is_needed() {
    declaring(
        r#"{"name":"open","params":[{"name":"who"},{"name":"sum"}],"undo":"close"},{"name":"close","params":[{"name":"who"}]}"#,
    )
    .stderr_matches(
        "(?s)W351.*`open` of the plug-in `bank` is undone by `close` with the same words, at least 2.*takes 1.*local.toml:2:",
    )
    .run();
    declaring(
        r#"{"name":"open","params":[{"name":"who"}],"undo":"close"},{"name":"close","params":[{"name":"who"},{"name":"why"}]}"#,
    )
    .stderr_matches("(?s)W351.*at most 1,.*needs 2")
    .run();
    declaring(
        r#"{"name":"open","params":[{"name":"who"}],"undo":"close"},{"name":"close","rest":true}"#,
    )
    .stderr_matches("^$")
    .run();
}

#[test]
fn an_undo_may_be_built_in_and_must_be_somewhere() {
    declaring(r#"{"name":"open","params":[{"name":"who"}],"undo":"echo"}"#)
        .stderr_matches("^$")
        .run();
    declaring(r#"{"name":"open","undo":"clsoe"}"#)
        .stderr_matches(
            "(?s)W350.*`open` of the plug-in `bank` is undone by `clsoe`, and there is no such",
        )
        .run();
}
