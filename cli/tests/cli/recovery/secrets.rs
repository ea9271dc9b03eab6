//! Secrets, which the record does not have.

use std::fs;
use std::process::Command;

use super::{Came, Scene};

#[test]
fn a_value_that_held_a_secret_is_given_again() {
    let scene = Scene::new(&[
        (
            "a.scn",
            "@param url = ''\ndefer sh 'echo \"undo $1\" >> log' #{url}\nsh 'echo step >> log; sleep 1000'\n",
        ),
        (
            "environments/e.toml",
            "[secrets]\npassword = { file = 'password' }\n",
        ),
        ("password", "hunter22\n"),
    ]);
    let set = ["--set", "url=x://hunter22@y"];
    scene.killed_at(
        &[&["run", "--env", "e", "a.scn"], &set[..]].concat(),
        "step",
    );
    let came = scene.scn(&["cleanup"]);
    assert_eq!(came.status, Some(2), "{}", came.err);
    assert!(
        came.err.contains("give it again with --set url=VALUE"),
        "{}",
        came.err
    );
    scene.scn(&[&["cleanup"], &set[..]].concat());
    assert_eq!(scene.log(), ["step", "undo x://hunter22@y"]);
}

const GRANTED: &str = "[secrets]\npw = { env = 'PW' }\n[commands.sec]\nsh = 'printf \"%s\\n\" \"$PW\"'\nsecrets = ['pw']\n[commands.quiet]\nsh = 'true'\nsecrets = ['pw']\n";

/// The value of `pw` there.
const VALUE: &str = "abc12345";

/// That scenario, in the environment of these commands.
fn granted(scenario: &str) -> Scene {
    let scenario = format!("{scenario}\n");
    Scene::new(&[("a.scn", &scenario), ("environments/e.toml", GRANTED)])
}

/// A command line of somebody who has the secret.
fn knowing(scene: &Scene, args: &[&str]) -> Command {
    let mut command = scene.command(args);
    command.env("PW", VALUE);
    command
}

/// That scenario, which was run there and passed.
fn passed(scenario: &str) -> Scene {
    let scene = granted(scenario);
    let ran = Came::of(&mut knowing(&scene, &["run", "--env", "e", "a.scn"]));
    assert_eq!(ran.status, Some(0), "{scenario}: {}", ran.err);
    scene
}

/// That scenario, in an environment whose secret `pw` is in a file, killed at the step that logs `begun` and then waits
/// for that.
fn killed_with_secret(scenario: &str, environment: &str, secret: &str) -> Scene {
    let environment = format!("[secrets]\npw = {{ file = 'pw' }}\n{environment}");
    let scene = Scene::new(&[
        ("a.scn", scenario),
        ("environments/e.toml", &environment),
        ("pw", secret),
    ]);
    scene.killed_at(&["run", "--env", "e", "a.scn"], "begun");
    fs::write(scene.path("killed"), "").unwrap();
    scene
}

/// What the line after a step that waited makes of what a step gave before the runner was killed.
fn resumed_with(line: &str) -> (Came, Scene) {
    let wait = "sh 'echo step >> log; until [ -e killed ]; do sleep 0.02; done'";
    let scene = granted(&format!("set s sec\n{wait}\n{line}"));
    let mut runner = knowing(&scene, &["run", "--env", "e", "a.scn"])
        .spawn()
        .unwrap();
    scene.until(&mut runner, "step");
    runner.kill().unwrap();
    runner.wait().unwrap();
    fs::write(scene.path("killed"), "").unwrap();
    let came = Came::of(&mut knowing(&scene, &["resume", "--assume", "done"]));
    (came, scene)
}

#[test]
fn a_mask_in_the_record_is_never_taken_for_the_value() {
    for line in [
        "assert s == 'abc12345'",
        "assert s.stdout contains 'abc'",
        "assert not (s == 'abc12345')",
        "sh 'printf %s \"$1\" > s.out' #{s}",
        "sh 'printf %s \"$1\" > s.out' \"x#{s}\"",
        "assert \"x#{s}\" == 'xabc12345'",
        "set t = upper(s)",
        "set t = s.value",
        "if s == 'abc12345'\n  echo so\nend",
        "check s matches 'abc'",
        "for x in [s]\n  assert x != 'a'\nend",
        "assert [s] == ['********']",
        "assert {a: [s]} != {a: 1}",
        "assert '********' in [s]",
        "assert [s, 1] contains 'a'",
        "sh 'printf %s \"$1\" > s.out' #{[1, {a: s}]}",
        "set t = \"#{[s]}\"",
        "set t = json(text([s]))",
        "assert join([s]) == '********'",
        "step give v\n  return [v]\nend\nset r give #{s}\nassert r == ['********']",
    ] {
        let (came, scene) = resumed_with(line);
        assert_eq!(came.status, Some(3), "{line}: {}", came.err);
        let says = came.err.contains("the record has only `********`");
        assert!(says, "{line}: {}", came.err);
        assert!(!scene.path("s.out").exists(), "{line}");
    }
    for line in [
        "assert s.exit == 0",
        "assert len([s, 1] + [2]) == 3",
        "assert [s, 1][1] == 1",
    ] {
        let (came, _) = resumed_with(line);
        assert_eq!(came.status, Some(0), "{line}: {}", came.err);
    }
}

#[test]
fn a_run_with_a_secret_is_judged_again() {
    for scenario in [
        "quiet",
        "sec",
        "set s = pw\nassert s == 'abc12345'",
        "sh 'test \"$1\" = abc12345' #{pw}",
        "set s sec\nsh 'test ${#1} = 9' \"x#{s}\"",
        "set s sec\nassert s.exit == 0",
        "set s sec\nsh 'test ${#1} = 12' #{[s]}",
    ] {
        let scene = passed(scenario);
        let again = Came::of(&mut knowing(&scene, &["replay", "last"]));
        assert_eq!(again.status, Some(0), "{scenario}: {}", again.err);
        assert!(!again.err.contains(VALUE), "{scenario}: {}", again.err);
        if !scenario.contains("pw") {
            let without = scene.scn(&["replay", "last"]);
            assert_eq!(without.status, Some(0), "{scenario}: {}", without.err);
        }
    }
}

#[test]
fn a_secret_that_is_gone_is_no_failure_of_the_system() {
    for scenario in [
        "assert pw == 'abc12345'",
        "set s sec\nassert s == 'abc12345'",
        "set s sec\nassert \"x#{s}\" == 'xabc12345'",
    ] {
        let scene = passed(scenario);
        let again = scene.scn(&["replay", "last"]);
        assert_eq!(again.status, Some(3), "{scenario}: {}", again.err);
        let says = again.err.contains("the record has only `********`");
        assert!(says, "{scenario}: {}", again.err);
    }
}

#[test]
fn a_secret_that_is_a_word_of_the_record_itself_loses_nothing_of_it() {
    let environment = "\
[commands.up]
sh = 'echo up >> log'
undo = 'down'
[commands.down]
sh = 'echo down >> log'
";
    let scenario = "up\nsh 'echo begun >> log; until [ -e killed ]; do sleep 0.02; done'\n";
    for word in [
        "step_started",
        "undo_owed",
        "step_finished",
        "scenario",
        "pass",
        "journal",
        "step",
        "event",
    ] {
        let scene = killed_with_secret(scenario, environment, word);
        let came = scene.scn(&["cleanup"]);
        assert_eq!(scene.log(), ["up", "begun", "down"], "{word}: {}", came.err);
        let came = scene.scn(&["replay", "last"]);
        assert!(
            came.err.contains("the run was cut short at line 2"),
            "{word}: {}",
            came.err
        );
    }
}

#[test]
fn a_secret_that_is_a_word_of_the_scenario_does_not_part_it_from_its_record() {
    let environment = "\
[components.postgres]
start = { sh = 'echo state=READY > db.log; sleep 1000' }
log = [{ path = 'db.log', parse = [{ regex = '^state=(?<STATE>.*)' }] }]
";
    let scenario = "start postgres
wait until postgres.STATE == 'READY' within 10s
background load run sleep 1000
set n = random()
run echo literal
sh 'echo begun >> log; until [ -e killed ]; do sleep 0.02; done'
check postgres.STATE == 'READY'
cancel load
";
    for word in ["postgres", "wait", "load", "random", "literal"] {
        let scene = killed_with_secret(scenario, environment, word);
        let came = scene.scn(&["resume", "--assume", "done"]);
        assert_eq!(came.status, Some(0), "{word}: {}", came.err);
        let again = scene.scn(&["replay", "last"]);
        assert_eq!(again.status, Some(0), "{word}: {}", again.err);
    }
}

/// Whether what a scenario does once it is taken up, and judged again, with what it saw before is an ERROR: `READY`, which it
/// saw, is secret, and is not in the record.
fn does_with_seen(environment: &str, sees: &str, all: [(&str, bool); 4]) {
    for (line, is_error) in all {
        let scenario = format!(
            "start Engine\n{sees}\n\
             sh 'echo begun >> log; until [ -e killed ]; do sleep 0.02; done'\n{line}\n"
        );
        let status = if is_error { 3 } else { 0 };
        let scene = killed_with_secret(&scenario, environment, "READY");
        let came = scene.scn(&["resume", "--assume", "done"]);
        assert_eq!(came.status, Some(status), "{line}: {}", came.err);
        let told = came.err.contains("the record has only `********`");
        assert_eq!(told, is_error, "{line}: {}", came.err);
        let again = scene.scn(&["replay", "last"]);
        assert_eq!(again.status, Some(status), "{line}: {}", again.err);
    }
}

#[test]
fn a_metric_that_was_secret_is_no_failure_of_the_system_when_its_run_is_taken_up() {
    let environment = "\
[components.Engine]
start = { sh = 'echo state=READY level=7 > engine.log; sleep 1000' }
log = [{ path = 'engine.log', parse = [{ regex = '^state=(?<STATE>[^ ]*) level=(?<LEVEL>.*)' }] }]
";
    let all = [
        ("check Engine.STATE == 'READY'", true),
        ("check Engine.STATE != 'READY'", true),
        ("run echo #{Engine.STATE}", true),
        ("check Engine.LEVEL == 7", false),
    ];
    let sees = "wait until Engine.LEVEL == 7 within 10s";
    does_with_seen(environment, sees, all);
}

#[test]
fn an_event_that_was_secret_is_no_failure_of_the_system_when_its_run_is_taken_up() {
    let environment = "\
[components.Engine]
start = { sh = 'echo login READY level 7 > engine.log; sleep 1000' }
log = [{ path = 'engine.log', parse = [{ regex = '^login (?<who>[^ ]*) level (?<level>.*)', event = 'login' }] }]
";
    let all = [
        ("check e.data.who == 'READY'", true),
        ("check e.data.who != 'READY'", true),
        ("run echo #{e.data.who}", true),
        ("check e.data.level == 7", false),
    ];
    let sees = "wait event 'login*' where it.data.who == 'READY' within 10s as e";
    does_with_seen(environment, sees, all);
}
