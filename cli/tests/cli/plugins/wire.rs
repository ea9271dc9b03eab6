//! The messages as ENVIRONMENT.md shows them, both ways, and what of them the journal has.

use std::fs;

use serde_json::{Value as Json, json};

use super::{is_an_error, run, says, steps, test};

/// What the plug-in was sent.
fn sent(scenario: &str, environment: &str) -> Vec<Json> {
    let came = run(scenario)
        .file("environments/local.toml", environment)
        .stderr_matches("PASS")
        .run();
    let text = fs::read_to_string(came.folder.path().join("sent")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const TEED: &str = "[plugins.fake]\nprogram = [\"sh\", \"-c\", \"tee -a sent | sh fake.sh\"]\n";

#[test]
fn what_it_is_sent_is_what_the_page_shows() {
    let mut sent = sent(
        "set a typed 100\nset b give 1 'x y' #{250ms} #{true}\nset c input 'in' give 2\nset d timeout 100ms patient",
        TEED,
    );
    // Once it was only asked what it can do.
    let all = sent.split_off(2);
    assert_eq!(sent[0]["method"], "initialize");
    assert_eq!(sent[1]["method"], "shutdown");
    let run = all[1]["params"]["run"].clone();
    assert!(run.as_str().is_some_and(|run| run.len() > 10), "{run}");
    let call = |id, command, args: Json, rest: Json, step| {
        json!({"jsonrpc": "2.0", "id": id, "method": "call",
            "params": {"command": command, "args": args, "rest": rest, "run": run, "step": step}})
    };
    let typed = json!({"qty": 100, "limit": {"$duration": "250ms"}});
    let rest = json!(["x y", {"$duration": "250ms"}, true]);
    let mut given = call(4, "give", json!({"value": "2"}), json!([]), 3);
    given["params"]["input"] = "in".into();
    let expected = [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize",
            "params": {"protocol": 1, "plugin": "fake", "config": {}, "environment": "local"}}),
        call(2, "typed", typed, json!([]), 1),
        call(3, "give", json!({"value": "1"}), rest, 2),
        given,
        call(5, "patient", json!({}), json!([]), 4),
        json!({"jsonrpc": "2.0", "method": "cancel", "params": {"call": 5}}),
        json!({"jsonrpc": "2.0", "id": 6, "method": "shutdown"}),
    ];
    for (sent, expected) in all.iter().zip(&expected) {
        assert_eq!(sent, expected);
    }
    assert_eq!(all.len(), expected.len());
}

#[test]
fn its_config_arrives_with_every_type() {
    let config = "config = { gateway = \"127.0.0.1:9000\", n = 1, d = 2.5, on = true, list = [1], map = { a = 1 } }\n";
    let sent = sent("set a give 1", &format!("{TEED}{config}"));
    assert_eq!(
        sent[0]["params"]["config"],
        json!({"gateway": "127.0.0.1:9000", "n": 1, "d": 2.5, "on": true, "list": [1], "map": {"a": 1}})
    );
}

/// The texts of `config` are texts as others are, of what is known before the run: `--set` included.
#[test]
fn its_config_names_what_the_environment_has() {
    let environment = format!(
        "{TEED}config = {{ gateway = \"#{{host}}:#{{port + 1}}\", all = [\"#{{port}}\", {{ own = \"#{{Engine.port}}\" }}], plain = '#' }}\n\
         [vars]\nhost = \"127.0.0.1\"\nport = 9000\n\
         [components.Engine]\nattrs = {{ port = \"#{{port * 2}}\" }}\n"
    );
    let config = |gateway: &str, port: i64| json!({"gateway": gateway, "all": [port, {"own": 2 * port}], "plain": "#"});
    let sent = sent("set a give 1", &environment);
    assert_eq!(sent[0]["params"]["config"], config("127.0.0.1:9001", 9000));
    let set = [
        "run", "-q", "--env", "local", "--set", "port=7", "--set", "host=h", "s.scn",
    ];
    let came = test(&set, "set a give 1")
        .file("environments/local.toml", &environment)
        .stderr_matches("PASS")
        .run();
    let text = fs::read_to_string(came.folder.path().join("sent")).unwrap();
    let last = text.lines().rfind(|line| line.contains("initialize"));
    let last: Json = serde_json::from_str(last.unwrap()).unwrap();
    assert_eq!(last["params"]["config"], config("h:8", 7));
}

#[test]
fn what_it_tells_is_in_the_journal() {
    let came = run("tell").stderr_matches("PASS").run();
    let events = steps(&came);
    let of = |kind: &str| -> Vec<&Json> {
        events
            .iter()
            .filter(|event| event["event"] == kind)
            .collect()
    };
    let logged: Vec<_> = of("logged")
        .iter()
        .map(|event| (event["level"].clone(), event["message"].clone()))
        .collect();
    let line = |level: &str, text: &str| (Json::from(level), Json::from(text));
    assert!(logged.contains(&line("warning", "slow")), "{logged:?}");
    assert!(logged.contains(&line("info", "and plain")), "{logged:?}");
    assert!(
        logged.contains(&line("info", "fake: on standard error")),
        "{logged:?}"
    );
    let newer = "fake: passed over: `newer` is not known";
    assert!(logged.contains(&line("warning", newer)), "{logged:?}");
    assert_eq!(
        of("observed")[0]["metrics"],
        json!({"LATENCY": {"$duration": "10us"}})
    );
    assert_eq!(of("happened")[0]["message"], "ERROR: x");
    assert_eq!(of("happened")[0]["data"], json!({"size": {"$size": "5MB"}}));
}

#[test]
fn a_metric_that_nobody_can_read_or_of_no_unit_is_told_once() {
    let came = run("odd\nodd").stderr_matches("PASS").run();
    let events = steps(&came);
    let warned = events.iter().filter(|event| event["level"] == "warning");
    let warned: Vec<&str> = warned
        .filter_map(|event| event["message"].as_str())
        .collect();
    assert_eq!(
        warned,
        [
            "fake: the metric `LATENCY` of `Nobody` can be read by no scenario: the environment has no component of that name",
            "fake: the metric `LATENCY` of `System` is a number without a unit: there is no unit `usec`; those of times, such as `us`, of sizes, such as `MB`, and `%` are known"
        ]
    );
}

#[test]
fn what_it_asks_is_answered_and_what_is_no_utf_8_is_a_fault() {
    says("set a ask\nassert a.value == true", "");
    is_an_error(
        "nest",
        "answered `nest` with what is wrong: lists and maps are nested deeper than 100",
    );
    is_an_error(
        "latin",
        "the plug-in `fake` wrote a line that is no message: .*",
    );
}

#[test]
fn a_crash_leaves_the_scenarios_finally_and_what_is_owed() {
    run("begin a\ncrash\nfinally\n  set x give 1\n  echo finally #{x}\nend")
        .stdout("finally 1\n")
        .stderr_matches("ERROR s.scn:2 crash: the plug-in `fake` crashed")
        .status(3)
        .run();
}

#[test]
fn check_plan_and_help_ask_it_once_between_them() {
    let came = test(&["check", "--env", "local", "s.scn"], "give 1")
        .env("FAKE_STARTS", "starts")
        .run();
    let folder = came.folder.path();
    for args in [
        ["plan", "s.scn", "--env", "local"],
        ["help", "give", "--env", "local"],
        ["check", "s.scn", "--env", "local"],
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_scn"));
        command.args(args).current_dir(folder);
        let output = command.env("FAKE_STARTS", "starts").output().unwrap();
        assert!(output.status.success(), "{args:?}");
    }
    let starts = fs::read_to_string(folder.join("starts")).unwrap();
    assert_eq!(starts, "started\nshutdown\n");
}

#[test]
fn what_cannot_be_started_is_said_at_the_environments_line() {
    let with = |program: &str| format!("[plugins.fake]\nprogram = [\"{program}\"]\n");
    // A program for another machine: the right beginning, and a number that no machine has.
    let mut other = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xf7\xff".to_vec();
    other.resize(200, 0);
    let check = |program: &str, message: &str| {
        let test = test(&["check", "--env", "local", "s.scn"], "echo a")
            .file("environments/local.toml", &with(program));
        let path = test.path().join("other");
        fs::write(&path, &other).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&path, mode).unwrap();
        test.stderr_matches(&format!(
            "E350.*the plug-in `fake` {message}.*local.toml:2:1"
        ))
        .status(2)
        .run();
    };
    check(
        "./other",
        "could not be started: .*neither a program for[^`]*this machine",
    );
    check(
        "./fake.sh",
        "could not be started: .*(permission|may not be executed|not executable)",
    );
    check(".", "could not be started: ");
    check(
        "fake.sh",
        "could not be started: there is no program .*`sh fake.sh`",
    );
    check(
        "./s.scn",
        "could not be started: .*chmod[^a-z]*x\\s[^a-z]*makes",
    );
    check(
        "other",
        "could not be started: there is no program .*`./other`",
    );
}

#[test]
fn an_interrupt_cancels_the_call_and_what_is_owed_runs_in_the_same_session() {
    let scenario = "begin a\necho ready\npatient";
    let test = test(&["run", "--env", "local", "s.scn"], scenario).env("FAKE_STARTS", "starts");
    // What it can do is known, so that it is started for the run alone.
    let checked = std::process::Command::new(env!("CARGO_BIN_EXE_scn"))
        .args(["check", "--env", "local", "s.scn"])
        .current_dir(test.path())
        .output()
        .unwrap();
    assert!(checked.status.success());
    let mut child = test.command().spawn().unwrap();
    let mut said = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line).unwrap();
    assert_eq!(line, "ready\n");
    let starts = test.path().join("starts");
    let began = std::time::Instant::now();
    while !fs::read_to_string(&starts).is_ok_and(|starts| starts.ends_with("patient\n")) {
        assert!(began.elapsed() < std::time::Duration::from_secs(60));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("undo  finish a"), "{told}");
    assert!(!told.contains("did not heed"), "{told}");
    let starts = fs::read_to_string(starts).unwrap();
    assert_eq!(starts, "started\npatient\nshutdown\n", "{told}");
}

#[test]
fn a_call_can_be_a_background_job_that_is_cancelled() {
    says(
        "background job patient\nset a give 1\ncancel job\necho #{a} #{job.error}",
        "1 cancelled\n",
    );
    let scenario = "parallel\n  patient\n  do\n    sleep 50ms\n    fail stop\n  end\nend";
    let came = test(&["run", "--env", "local", "s.scn"], scenario)
        .stderr_matches("FAIL s.scn:5 stop")
        .status(1)
        .run();
    assert!(!came.stderr.contains("did not heed"), "{}", came.stderr);
}
