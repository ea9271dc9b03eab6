//! What undoes a plug-in's commands, as the check sees it.

use std::fs;

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
    declaring(r#"{"name":"open","undo":"clsoe"},{"name":"close"}"#)
        .stderr_matches(
            "(?s)E103.*bank.open is undone by `clsoe.*there is no command `clsoe`.*local.toml:1:",
        )
        .status(2)
        .run();
    // Used or not, and whatever is wrong with it.
    for (undo, wrong) in [
        ("close #{nmae}", "`nmae`"),
        ("close '", "not closed"),
        ("echo x=1 #{result.id", ""),
    ] {
        let undo = undo.replace('\'', "'\\''");
        declaring(&format!(
            r#"{{"name":"open","params":[{{"name":"name"}}],"undo":"{undo}"}},{{"name":"close","rest":true}}"#
        ))
        .stderr_matches(&format!("(?s)E[0-9]+.*bank.open is undone by `.*{wrong}.*local.toml:1:"))
        .status(2)
        .run();
    }
}

/// A plug-in that notes each call in `calls`, and gives each the number A1.
const BANK: &str = r#"
while IFS= read -r line; do
  id=${line#*\"id\":}; id=${id%%,*}
  case $line in
    *'"method":"initialize"'*) result='{"protocol":1,"name":"bank","version":"1","commands":[COMMANDS]}' ;;
    *'"method":"call"'*)
      what=${line#*\"command\":\"}; args=${line#*\"args\":}
      printf '%s %s\n' "${what%%\"*}" "${args%%,\"run\"*}" >> calls
      result='{"value":{"id":"A1"}}' ;;
    *) result='{}' ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"
done
"#;

/// What is called when `scenario` is run with these commands.
fn calls(commands: &str, scenario: &str) -> String {
    let script = BANK.replace("COMMANDS", commands);
    let came = Test::new(&["run", "-q", "--env", "local", "s.scn"])
        .file("bank.sh", &script)
        .file(
            "environments/local.toml",
            "[plugins.bank]\nprogram = [\"sh\", \"bank.sh\"]\n[commands.note]\nsh = 'echo \"note $@\" >> calls'\n",
        )
        .file("s.scn", scenario)
        .stderr_matches("PASS")
        .run();
    fs::read_to_string(came.folder.path().join("calls")).unwrap()
}

#[test]
fn an_undo_is_a_command_line_that_may_name_what_was_given_and_what_came() {
    let close = r#"{"name":"close","rest":true}"#;
    let open = |undo: &str| {
        format!(
            r#"{{"name":"open","params":[{{"name":"who"}},{{"name":"sum","type":"int","default":5}}],"rest":true,"undo":"{undo}"}},{close}"#
        )
    };
    for (undo, closed) in [
        ("close #{result.id}", r#"close {},"rest":["A1"]"#),
        (
            "close #{who} for #{sum}",
            r#"close {},"rest":["ann","for",5]"#,
        ),
        ("close #{args}", r#"close {},"rest":["ann",5,"x y"]"#),
        ("close", r#"close {},"rest":["ann",5,"x y"]"#),
        ("note #{who} #{result.id}", "note ann A1"),
        // An alias of the environment, by its name alone.
        ("note", "note ann 5 x y"),
    ] {
        let called = calls(&open(undo), "open ann 5 'x y'\n");
        let last = called.lines().last().unwrap();
        assert_eq!(last, closed, "{undo}: {called}");
        assert_eq!(called.lines().count(), 2, "{undo}: {called}");
    }
}

#[test]
fn an_undo_that_takes_no_words_is_given_none() {
    let commands = r#"{"name":"open","params":[{"name":"who"}],"undo":"close"},{"name":"close"}"#;
    assert_eq!(
        calls(commands, "open ann\n"),
        "open {\"who\":\"ann\"},\"rest\":[]\nclose {},\"rest\":[]\n"
    );
    // Done by the scenario, it is owed no more.
    assert_eq!(calls(commands, "open ann\nclose\n").lines().count(), 2);
}

#[test]
fn what_the_scenario_did_itself_with_equal_words_is_not_owed() {
    let commands = r##"{"name":"open","params":[{"name":"who"}],"undo":"close #{result.id}"},{"name":"close","params":[{"name":"id"}]}"##;
    let closed = "close {\"id\":\"A1\"},\"rest\":[]";
    for scenario in [
        "open ann\nclose A1\n",
        "set o open ann\nbank.close #{o.id}\n",
    ] {
        let called = calls(commands, scenario);
        assert_eq!(called.matches(closed).count(), 1, "{called}");
    }
    let called = calls(commands, "open ann\nclose A2\n");
    assert_eq!(called.lines().last(), Some(closed), "{called}");
    assert_eq!(called.lines().count(), 3, "{called}");
}

#[test]
fn the_plan_shows_the_line_that_undoes() {
    let script = BANK.replace(
        "COMMANDS",
        r##"{"name":"open","params":[{"name":"who"}],"undo":"close #{who} #{result.id}"},{"name":"close","rest":true}"##,
    );
    Test::new(&["plan", "--env", "local", "s.scn"])
        .file("bank.sh", &script)
        .file(
            "environments/local.toml",
            "[plugins.bank]\nprogram = [\"sh\", \"bank.sh\"]\n",
        )
        .file("s.scn", "open ann\n")
        .stdout_matches("undo.*bank.close ann #\\{result.id\\}")
        .run();
}
