//! Reports: as runs end, and later from their record.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use crate::support::{Came, Test};

const CASES: &str = "case good\n  echo fine\nend\ncase bad\n  run false\nend\n";

fn json(came: &Came, path: &str) -> Json {
    let text = fs::read_to_string(came.folder.path().join(path)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn reports_are_written_as_the_run_ends_in_folders_that_are_made() {
    let reports = [
        "junit=out/deep/junit.xml",
        "json=run.json",
        "tap=run.tap",
        "console=run.txt",
    ];
    let mut words = vec!["run", "-q", "a.scn"];
    words.extend(reports.iter().flat_map(|report| ["--report", *report]));
    let came = Test::new(&words)
        .file("a.scn", CASES)
        .stdout("fine\n")
        .stderr_matches("^FAIL a.scn:5 ")
        .status(1)
        .run();
    let read = |path| fs::read_to_string(came.folder.path().join(path)).unwrap();
    assert!(read("out/deep/junit.xml").contains("<testcase name=\"bad\""));
    assert!(read("run.tap").contains("not ok 2 - bad\n"));
    let text = read("run.txt");
    assert!(text.contains("  >     5 |   run false\n"), "{text}");
    assert!(text.lines().last().unwrap().starts_with("FAIL a.scn:5 "));
    assert_eq!(json(&came, "run.json")["runs"][0]["verdict"], "FAIL");
    // Nothing else is left where they were written.
    let left: Vec<_> = fs::read_dir(came.folder.path().join("out/deep"))
        .unwrap()
        .collect();
    assert_eq!(left.len(), 1);
}

#[test]
fn several_files_have_one_report() {
    let came = Test::new(&["run", "-q", "a.scn", "b.scn", "--report", "json=all.json"])
        .file("a.scn", "pass\n")
        .file("b.scn", "fail\n")
        .stderr_matches("PASS a.scn.*FAIL b.scn")
        .status(1)
        .run();
    let all = json(&came, "all.json");
    let outcomes: Vec<&str> = all["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["PASS", "FAIL"]);
}

#[test]
fn a_path_that_cannot_be_written_is_found_before_anything_runs() {
    let came = Test::new(&[
        "run",
        "a.scn",
        "--report",
        "junit=a.scn/junit.xml",
        "--report",
        "tap=.",
    ])
    .file("a.scn", "write ran.txt yes\n")
    .stderr(
        "error: the junit report cannot be written to a.scn/junit.xml: not a directory\n\
             error: the tap report cannot be written to .: Is a directory\n",
    )
    .status(2)
    .run();
    assert!(!came.folder.path().join("ran.txt").exists());
    assert!(!came.folder.path().join(".scn").exists());
}

#[test]
fn an_older_report_stays_until_there_is_a_newer_one() {
    let came = Test::new(&[
        "run",
        "-q",
        "a.scn",
        "--report",
        "json=r.json",
        "--report",
        "tap=new.tap",
    ])
    .file(
        "a.scn",
        "set old read r.json\nassert old == 'old'\nassert not exists('new.tap')\n",
    )
    .file("r.json", "old")
    .stderr_matches("^PASS")
    .run();
    assert_eq!(json(&came, "r.json")["runs"][0]["verdict"], "PASS");
}

#[test]
fn a_format_that_is_not_there_is_refused_with_those_that_are() {
    for (written, help) in [
        ("xml=x", "; did you mean junit?"),
        ("jsn=x", "; did you mean json?"),
        ("sarif=x", ""),
        ("OTLP=x", "; did you mean otlp?"),
    ] {
        let (name, _) = written.split_once('=').unwrap();
        Test::new(&["run", "a.scn", "--report", written])
            .stderr_matches(&format!(
                "there is no format {name}, but console, [^\n]* or otlp{}\n",
                regex::escape(help)
            ))
            .status(2)
            .run();
    }
    Test::new(&["run", "a.scn", "--report", "junit"])
        .stderr_matches("it is written FORMAT=PATH")
        .status(2)
        .run();
    Test::new(&["report", "x", "--format", "sarif"])
        .stderr_matches("possible values: console, .*otlp")
        .status(2)
        .run();
    Test::new(&["run", "a.scn", "--report", "tap=x", "--report", "json=x"])
        .file("a.scn", "pass\n")
        .stderr("error: two reports would be written to x\n")
        .status(2)
        .run();
    let came = Test::new(&["run", "a.scn", "--report", "tap=./a.scn"])
        .file("a.scn", "pass\n")
        .stderr("error: the tap report would be written over the scenario ./a.scn\n")
        .status(2)
        .run();
    let kept = std::fs::read_to_string(came.folder.path().join("a.scn"));
    assert_eq!(kept.unwrap(), "pass\n");
}

/// Runs `scn report` with these words in that folder.
fn report(folder: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_scn"))
        .arg("report")
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_run_is_reported_later_by_its_name_its_beginning_or_its_folder() {
    let came = Test::new(&["run", "-q", "a.scn"])
        .file("a.scn", CASES)
        .stdout("fine\n")
        .stderr_matches("^FAIL")
        .status(1)
        .run();
    let folder = came.folder.path();
    let run = scn_record::runs(&folder.join(".scn/runs"))
        .unwrap()
        .remove(0);
    let by_folder = format!(".scn/runs/{}", run.id);
    for named in [run.id.as_str(), &run.id[..12], &by_folder] {
        let (status, out, err) = report(folder, &[named]);
        assert_eq!((status, err.as_str()), (Some(0), ""));
        assert!(
            out.starts_with("a.scn\n") && out.contains("FAIL a.scn:5"),
            "{out}"
        );
        assert!(out.contains("  >     5 |   run false\n"), "{out}");
    }
    let (status, out, _) = report(folder, &[&run.id, "-o", "sub/r.xml"]);
    assert_eq!((status, out.as_str()), (Some(0), ""));
    let xml = fs::read_to_string(folder.join("sub/r.xml")).unwrap();
    assert!(xml.starts_with("<?xml"), "{xml}");
    let (status, out, _) = report(folder, &[&run.id, &run.id, "--format", "json", "-o", "-"]);
    assert_eq!(status, Some(0));
    let both: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(both["runs"].as_array().unwrap().len(), 2);

    let (status, _, err) = report(folder, &["2020"]);
    assert_eq!(status, Some(2));
    assert!(err.starts_with("error: there is no run 2020 in "), "{err}");
    let (status, _, err) = report(folder, &[&run.id, "-o", "r.what"]);
    assert_eq!(status, Some(2));
    assert!(err.contains("tells no format"), "{err}");
    let (status, _, err) = report(folder, &[&run.id, "-f", "tap", "-o", "/proc/x"]);
    assert_eq!(status, Some(3));
    assert!(
        err.starts_with("error: /proc/x cannot be written: "),
        "{err}"
    );
}

#[test]
fn an_interrupted_run_has_its_reports() {
    let test = Test::new(&["run", "a.scn", "--report", "json=r.json"])
        .file("a.scn", "echo ready\nsleep 1h\n");
    let mut child = test.command().spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupt.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let text = fs::read_to_string(test.path().join("r.json")).unwrap();
    let run: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(run["runs"][0]["outcome"], "ERROR");
    assert_eq!(run["runs"][0]["finished"], true);
}

#[test]
fn a_run_whose_runner_was_killed_is_unfinished_and_one_that_goes_on_is_running() {
    let test = Test::new(&["run", "a.scn"]).file("a.scn", "echo ready\nsleep 1h\n");
    let mut child = test.command().spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    let runs = test.path().join(".scn/runs");
    // What it says and that it has begun to sleep are two events.
    let run = loop {
        let run = scn_record::runs(&runs).unwrap().remove(0);
        if scn_record::read(&run.folder).unwrap().count() > 4 {
            break run;
        }
    };
    let outcome = || {
        let (_, out, _) = report(&test.path(), &[&run.id, "-f", "json"]);
        let json: Json = serde_json::from_str(&out).unwrap();
        let run = &json["runs"][0];
        (
            run["outcome"].as_str().unwrap().to_owned(),
            run["unfinished_because"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(outcome().0, "RUNNING");
    child.kill().unwrap();
    child.wait().unwrap();
    let (word, why) = outcome();
    assert_eq!(word, "UNFINISHED");
    assert!(why.contains("while `sleep 1h` was running"), "{why}");
    let (status, text, _) = report(&test.path(), &[&run.id]);
    assert_eq!(status, Some(0));
    assert!(
        text.lines()
            .last()
            .unwrap()
            .starts_with("UNFINISHED a.scn "),
        "{text}"
    );
}

#[test]
fn a_report_shows_the_files_as_they_were_when_they_ran() {
    let came = Test::new(&["run", "-q", "a.scn"])
        .file("a.scn", "echo one\nrun false\n")
        .stdout("one\n")
        .stderr_matches("^FAIL")
        .status(1)
        .run();
    let folder = came.folder.path();
    fs::write(folder.join("a.scn"), "# all is new\n# here\n").unwrap();
    let run = scn_record::runs(&folder.join(".scn/runs"))
        .unwrap()
        .remove(0);
    let (_, text, _) = report(folder, &[&run.id]);
    assert!(
        text.contains("  >     2 | run false\n") && !text.contains("new"),
        "{text}"
    );
    let (_, page, _) = report(folder, &[&run.id, "--format", "html"]);
    assert!(page.contains("echo one\\nrun false\\n") && !page.contains("all is new"));
}

#[test]
fn no_report_has_a_file_in_which_a_secret_stands() {
    let formats = ["console", "html", "junit", "tap", "json", "ctrf", "otlp"];
    let reports: Vec<String> = formats
        .iter()
        .map(|format| format!("{format}=out/{format}"))
        .collect();
    let mut words = vec!["run", "-q", "a.scn", "--env", "e"];
    words.extend(
        reports
            .iter()
            .flat_map(|report| ["--report", report.as_str()]),
    );
    let came = Test::new(&words)
        .file("environments/e.toml", "[secrets]\npin = { env = \"PIN\" }\n[commands.say]\nrun = [\"sh\", \"-c\", \"echo $PIN; false\"]\nsecrets = [\"pin\"]\n")
        .file("a.scn", "# The pin is correct-horse-7.\nsay\n")
        .env("PIN", "correct-horse-7")
        .stderr_matches("^FAIL")
        .status(1)
        .run();
    for format in formats {
        let text = fs::read_to_string(came.folder.path().join("out").join(format)).unwrap();
        assert!(
            text.contains("say") && !text.contains("correct-horse-7"),
            "{format}: {text}"
        );
    }
}

#[test]
fn without_a_run_the_last_one_is_named() {
    let came = Test::new(&["run", "-q", "a.scn"])
        .file("a.scn", "echo a\n")
        .stdout("a\n")
        .stderr_matches("PASS")
        .run();
    let runs = came.folder.path().join(".scn/runs");
    let ids = std::fs::read_dir(runs)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let id = ids.into_iter().find(|id| !id.starts_with('.')).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_scn"))
        .arg("report")
        .current_dir(came.folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains(&format!("tip: the last run is {id}: scn report {id}\n")),
        "{told}"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_report_of_a_run_does_not_go_to_standard_output() {
    Test::new(&["run", "one.scn", "--report", "tap=-"])
        .file("one.scn", "echo one\n")
        .stderr_matches("standard output has what the scenario says.*scn report RUN --format tap")
        .status(2)
        .run();
}
