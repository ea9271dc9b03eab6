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

/// A plug-in whose commands are undone by `close #{result.id}`, and end in every way there is.
const ENDS: &str = r##"
held=
while IFS= read -r line; do
  id=${line#*\"id\":}; id=${id%%,*}
  undo='"undo":"close #{result.id}"'
  case $line in
    *'"method":"initialize"'*) result='{"protocol":1,"name":"bank","version":"1","commands":[
      {"name":"slow",'$undo'},{"name":"refuse",'$undo'},{"name":"half",'$undo'},{"name":"die",'$undo'},
      {"name":"open",'$undo'},{"name":"doom"},{"name":"sent"},{"name":"close","rest":true}]}'
      result=$(printf %s "$result" | tr -d '\n') ;;
    *'"method":"cancel"'*) id=$held; result='{"value":{"id":"A7"}}' ;;
    *'"method":"call"'*)
      what=${line#*\"command\":\"}; what=${what%%\"*}; rest=${line#*\"rest\":}
      printf '%s %s\n' "$what" "${rest%%,\"run\"*}" >> calls
      case $what in
        slow) held=$id; continue ;;
        die) kill -KILL $$ ;;
        doom) (sleep 0.1; kill -KILL $$) >&- 2>&- & result='{}' ;;
        sent) result='{"sent":2,"took":5}' ;;
        refuse) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":1,"message":"no","data":{"blame":"system"}}}\n' "$id"; continue ;;
        half) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":1,"message":"no","data":{"blame":"system","value":{"id":"A8"}}}}\n' "$id"; continue ;;
        *) result='{"value":{"id":"A1"}}' ;;
      esac ;;
    *) result='{}' ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"
done
"##;

/// Runs a scenario with them, which ends with that status and says this; gives what was called.
fn ended(scenario: &str, status: i32, says: &str) -> String {
    let came = Test::new(&["run", "--env", "local", "s.scn"])
        .file("bank.sh", ENDS)
        .file(
            "environments/local.toml",
            "[plugins.bank]\nprogram = [\"sh\", \"bank.sh\"]\n",
        )
        .file("s.scn", scenario)
        .stdout_matches("")
        .stderr_matches(says)
        .status(status)
        .run();
    let calls = fs::read_to_string(came.folder.path().join("calls")).unwrap();
    calls.replace(" []", "").trim().replace('\n', ", ")
}

#[test]
fn what_was_given_too_late_is_undone_by_what_it_gave() {
    let undone = r#"slow, close ["A7"]"#;
    assert_eq!(ended("set t timeout 200ms slow", 0, "PASS"), undone);
    assert_eq!(ended("not timeout 200ms slow", 0, "PASS"), undone);
    assert_eq!(ended("timeout 200ms slow", 1, "FAIL"), undone);
    assert_eq!(
        ended(
            "background b slow\nsleep 200ms\ncancel b\nassert b.id == 'A7'",
            0,
            "PASS"
        ),
        undone
    );
}

#[test]
fn a_job_that_runs_is_ended_before_it_is_undone_by_what_it_gives() {
    assert_eq!(
        ended("background b slow\nsleep 200ms", 0, "PASS"),
        r#"slow, close ["A7"]"#
    );
}

#[test]
fn what_was_refused_is_undone_only_by_what_the_refusal_gave() {
    assert_eq!(ended("not refuse", 0, "PASS"), "refuse");
    assert_eq!(ended("refuse", 1, "FAIL [^\n]*no"), "refuse");
    assert_eq!(ended("not half", 0, "PASS"), r#"half, close ["A8"]"#);
}

#[test]
fn what_may_have_been_done_and_gave_nothing_to_undo_it_by_is_an_error() {
    let reason = "ERROR [^\n]*undo `bank.close '#\\{result.id\\}'`: [^\n]*the step gave no result";
    assert_eq!(ended("set d try die", 3, reason), "die");
}

#[test]
fn one_that_ended_between_two_calls_is_no_failure_of_the_system() {
    let reason = "ERROR s.scn:3 [^\n]*had ended before this was asked of it: it crashed: it was ended by the signal KILL";
    assert_eq!(ended("doom\nsleep 400ms\nopen", 3, reason), "doom");
    // The next one is asked again, and what is owed is done all the same.
    assert_eq!(
        ended("doom\nsleep 400ms\nset a try open\nopen", 0, "PASS"),
        r#"doom, open, close ["A1"]"#
    );
    assert_eq!(
        ended("open\ndoom\nsleep 400ms", 0, "was started again"),
        r#"open, doom, close ["A1"]"#
    );
}

#[test]
fn a_result_without_the_value_is_told_by_what_it_has() {
    ended(
        "sent",
        3,
        "answered `sent` with what is wrong: `result` has `(sent|took)` and no `value`",
    );
}
