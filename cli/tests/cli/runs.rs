//! `scn runs`, and what is told of unfinished ones.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use scn_protocol::{Event, Verdict};
use scn_record::{Journal, State};
use tempfile::TempDir;

use crate::support::Test;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

fn started(id: &str) -> Event {
    Event::RunStarted {
        run: id.to_owned(),
        scenario: "load".to_owned(),
        file: "load.scn".to_owned(),
        environment: Some("local".to_owned()),
        parameters: serde_json::json!({}),
        trigger: serde_json::json!(null),
        conditions: serde_json::json!({}),
        scn: "0".to_owned(),
        known: None,
        tags: Vec::new(),
        covers: Vec::new(),
        seed: None,
        pid: None,
    }
}

/// Puts a run into the folder, which began at that second of 1970: over, or left in the middle.
fn recorded(runs: &Path, second: i64, verdict: Option<Verdict>) -> String {
    let id = format!("19700101-0000{second:02}.000-aaaa");
    let mut journal = Journal::create(runs, id.clone(), Box::new(|_, _, _| {})).unwrap();
    journal.event(second * SECOND, &started(&id)).unwrap();
    if let Some(verdict) = verdict {
        let finished = Event::RunFinished {
            verdict,
            steps: 1,
            failed: 0,
            duration_us: 1_234_567,
        };
        journal.event(second * SECOND, &finished).unwrap();
    }
    drop(journal);
    // What another test starts holds every open file for as long as it is not executed, and so this one's lock.
    while scn_record::state(&runs.join(&id)).unwrap() == State::Running {
        std::thread::yield_now();
    }
    id
}

fn names(runs: &Path) -> Vec<String> {
    let all = scn_record::runs(runs).unwrap();
    all.into_iter().map(|run| run.id).collect()
}

#[test]
fn a_run_is_listed_with_the_time_of_its_verdict_line() {
    let folder = TempDir::new().unwrap();
    let runs = folder.path();
    let id = "19700101-000001.000-aaaa";
    let mut journal = Journal::create(runs, id.to_owned(), Box::new(|_, _, _| {})).unwrap();
    let finished = Event::RunFinished {
        verdict: Verdict::Pass,
        steps: 1,
        failed: 0,
        duration_us: 162_652,
    };
    journal.event(SECOND, &started(id)).unwrap();
    journal.event(SECOND, &finished).unwrap();
    drop(journal);
    let shown = runs.to_str().unwrap();
    Test::new(&["runs", "list", "--runs", shown])
        .stdout_matches("  163ms  load  local\n$")
        .run();
    Test::new(&["report", id, "--runs", shown])
        .stdout_matches("PASS load.scn \\(1 step, 163ms\\)\n$")
        .run();
}

#[test]
fn runs_are_listed_newest_first() {
    let folder = TempDir::new().unwrap();
    let runs = folder.path();
    let passed = recorded(runs, 1, Some(Verdict::Pass));
    let left = recorded(runs, 2, None);
    let shown = runs.to_str().unwrap();
    Test::new(&["runs", "list", "--runs", shown])
        .stdout(
            "19700101-000002.000-aaaa  unfinished  1970-01-01T00:00:02Z  -     load  local\n\
             19700101-000001.000-aaaa  PASS        1970-01-01T00:00:01Z  1.2s  load  local\n",
        )
        .run();
    Test::new(&["runs", "list", "--json", "--runs", shown])
        .stdout_matches(
            r#"^\{"run":"[^"]+","state":"unfinished","verdict":null,"at":"1970-01-01T00:00:02Z","duration_us":null,"scenario":"load","file":"load.scn","environment":"local","folder":"[^"]*-aaaa"\}
\{"run":"[^"]+","state":"finished","verdict":"PASS".*"duration_us":1234567,"#,
        )
        .run();
    assert_eq!(names(runs), [passed, left]);
    Test::new(&["runs", "list"]).run();
}

#[test]
fn old_runs_are_removed_and_unfinished_ones_are_not() {
    let folder = TempDir::new().unwrap();
    let runs = folder.path();
    let left = recorded(runs, 1, None);
    let _oldest = recorded(runs, 2, Some(Verdict::Pass));
    let newest = recorded(runs, 3, Some(Verdict::Fail));
    fs::create_dir(runs.join(&newest).join("outputs")).unwrap();
    fs::write(runs.join(&newest).join("outputs/1.stdout"), [0; 5000]).unwrap();
    let shown = runs.to_str().unwrap();
    let prune = |args: &[&str]| Test::new(&[&["runs", "prune", "--runs", shown], args].concat());
    prune(&["--keep", "1", "--dry-run"])
        .stdout_matches(r"^would remove [^ ]+-aaaa load \(\d+B\): there are enough newer ones\n$")
        .stderr_matches(r"^1 of 3 runs would be removed, \d+B\n$")
        .run();
    assert_eq!(names(runs).len(), 3);
    prune(&["--keep", "1"])
        .stdout_matches("^removed [^ ]+-aaaa load")
        .stderr_matches("^1 of 3 runs removed")
        .run();
    prune(&["--larger-than", "5kB"])
        .stdout_matches(r"^removed [^ ]+-aaaa load \(5\d*B\): all together are too large\n$")
        .stderr_matches("^1 of 2 runs removed")
        .run();
    prune(&["--older-than", "1s", "--keep", "0"])
        .stderr("0 of 1 runs removed, 0B\n")
        .run();
    assert_eq!(names(runs), [left]);
    prune(&[])
        .stderr(
            "error: nothing says what is not kept: give --keep, --older-than or --larger-than\n",
        )
        .status(2)
        .run();
    prune(&["--older-than", "soon"])
        .stderr_matches("a time is expected, such as 12h or 30d")
        .status(2)
        .run();
}

#[test]
fn the_next_run_tells_what_deals_with_an_unfinished_one() {
    let folder = TempDir::new().unwrap();
    let runs = folder.path();
    recorded(runs, 1, Some(Verdict::Pass));
    let shown = runs.to_str().unwrap();
    let next = |args: &[&str]| {
        Test::new(&[&["run", "--runs", shown], args].concat()).file("a.scn", "pass\n")
    };
    next(&["a.scn"]).stderr_matches("^a.scn").run();
    recorded(runs, 2, None);
    next(&["a.scn", "a.scn"])
        .stderr_matches("^note: the run RUN was not finished: `scn resume /[^ ]*/RUN` goes on with it, `scn cleanup /[^ ]*/RUN` does what it owes\na.scn")
        .run();
    recorded(runs, 3, None);
    next(&["a.scn"])
        .stderr_matches(
            "^note: the run RUN was not finished \\(and another one: scn runs list\\): ",
        )
        .run();
    next(&["-q", "a.scn"]).stderr_matches("^PASS").run();
}

/// Everything that a run left in its folder, as text.
fn left_in(folder: &Path) -> String {
    let runs = folder.join(".scn/runs");
    let run = scn_record::runs(&runs).unwrap().remove(0);
    let grep = Command::new("grep")
        .args(["-ra", ""])
        .arg(&run.folder)
        .output();
    String::from_utf8_lossy(&grep.unwrap().stdout).into_owned()
}

#[test]
fn what_a_run_was_run_from_is_kept_in_its_folder() {
    let came = Test::new(&["run", "-q", "--env", "local", "--set", "rate=2", "a.scn"])
        .file("a.scn", "@param rate = 1\nuse 'more.scn'\nhello\ncall_me\n")
        .file("more.scn", "step hello\n  check true\nend\n")
        .file(
            "environments/base.toml",
            "[commands.call_me]\nrun = ['true']\n",
        )
        .file("environments/local.toml", "extends = 'base.toml'\n")
        .stderr_matches("^PASS")
        .run();
    let left = left_in(came.folder.path());
    for text in [
        "step hello",
        "call_me",
        "extends",
        "[commands.call_me]",
        "\"rate\"",
    ] {
        assert!(left.contains(text), "{text} is not in\n{left}");
    }
}

#[test]
fn a_secret_in_what_a_run_was_run_from_is_not_kept() {
    let came = Test::new(&[
        "run",
        "-q",
        "--env",
        "local",
        "--set",
        "url=http://hunter22@x",
        "a.scn",
    ])
    .file(
        "a.scn",
        "# the password is hunter22\n@param url = ''\nrun true\n",
    )
    .file(
        "environments/local.toml",
        "[secrets]\npassword = { env = 'PASSWORD' }\n",
    )
    .env("PASSWORD", "hunter22")
    .stderr_matches("PASS")
    .run();
    let runs = scn_record::runs(&came.folder.path().join(".scn/runs")).unwrap();
    let left = fs::read_to_string(runs[0].folder.join("run.json")).unwrap();
    assert!(
        left.contains("PASSWORD") && !left.contains("hunter22"),
        "{left}"
    );
}

#[test]
fn several_remove_the_same_runs_at_once_and_none_stumbles_over_the_others() {
    for _ in 0..5 {
        let folder = TempDir::new().unwrap();
        let runs = folder.path();
        for second in 1..40 {
            recorded(runs, second, Some(Verdict::Pass));
        }
        let left = recorded(runs, 40, None);
        let shown = runs.to_str().unwrap();
        let prune = ["runs", "prune", "--keep", "0", "--runs", shown];
        let list = ["runs", "list", "--runs", shown];
        let scenes = [&prune[..], &prune, &list, &prune].map(Test::new);
        let begun: Vec<_> = scenes
            .iter()
            .map(|scene| {
                let mut command = scene.command();
                command.stdout(Stdio::null()).stderr(Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        for one in begun {
            let output = one.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{told}");
        }
        assert_eq!(names(runs), [left]);
    }
}
