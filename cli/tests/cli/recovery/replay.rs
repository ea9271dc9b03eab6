//! `scn replay`: a run is judged again without its system.

use std::process::Command;
use std::time::{Duration, Instant};

use scn_record::runs;

use super::{Came, Scene};

#[test]
fn a_run_is_judged_again_without_a_system() {
    let scene = Scene::new(&[
        (
            "a.scn",
            "set x sh 'echo 5; echo step >> log'\ncheck x == 6\nset y = random()\necho \"#{y}\"\n",
        ),
        (
            "b.scn",
            "set x sh 'echo 5; echo step >> log'\ncheck x == 5\nset y = random()\necho \"#{y}\"\n",
        ),
        ("c.scn", "set x sh 'echo 6; echo step >> log'\n"),
        ("d.scn", "set x = 5\ncheck x == 5\n"),
        (
            "e.scn",
            "set x sh 'echo 5; echo step >> log'\nset y = random()\n",
        ),
    ]);
    let first = scene.scn(&["run", "a.scn"]);
    let id = scene.run().id;
    let again = scene.scn(&["replay", &id]);
    assert_eq!(
        (first.status, again.status),
        (Some(1), Some(1)),
        "{}",
        again.err
    );
    assert_eq!(first.out, again.out);
    let other = scene.scn(&["replay", &id, "b.scn"]);
    assert_eq!(
        (other.status, &other.out),
        (Some(0), &first.out),
        "{}",
        other.err
    );
    let mut last = other.err.lines().rev();
    assert!(last.next().unwrap().starts_with("PASS "), "{}", other.err);
    assert_eq!(last.next(), Some("note: the run itself was judged FAIL"));
    let parted = scene.scn(&["replay", &id, "c.scn"]);
    assert_eq!(parted.status, Some(3), "{}", parted.err);
    assert!(
        parted.err.contains("line 1: here it does `sh 'echo 6"),
        "{}",
        parted.err
    );
    let (first_step, last_step) = ("line 1 does `sh 'echo 5", "line 4 does `echo");
    for (less, undone) in [
        ("d.scn", vec![first_step, last_step]),
        ("e.scn", vec![last_step]),
    ] {
        let less = scene.scn(&["replay", &id, less]);
        assert_eq!(less.status, Some(0), "{}", less.err);
        let told = less.err.lines();
        let told = told.filter(|line| line.contains("here that is not done"));
        let told: Vec<&str> = told.collect();
        let same = told
            .iter()
            .zip(&undone)
            .all(|(told, step)| told.contains(step));
        assert!(told.len() == undone.len() && same, "{}", less.err);
    }
    assert_eq!(scene.log(), ["step"], "only the run itself did anything");
    assert_eq!(runs(&scene.path(".scn/runs")).unwrap().len(), 1);
}

/// Another version of a scenario may go on for ever where nothing is asked of the record, and the clock of a record does
/// not limit it. Who interrupts that knows where it was.
#[test]
fn a_replay_that_never_ends_is_interrupted_at_the_first_signal() {
    let scene = Scene::new(&[
        ("a.scn", "run true\nset n = 1\nfinally\n  echo over\nend\n"),
        ("b.scn", "run true\nwhile 1 < 2\n  set n = 1\nend\n"),
    ]);
    assert_eq!(scene.scn(&["run", "-q", "a.scn"]).status, Some(0));
    for signal in ["INT", "TERM"] {
        let mut command = scene.command(&["replay", "last", "b.scn"]);
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_secs(1));
        let sent = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(sent.unwrap().success(), "{signal}");
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if began.elapsed() > Duration::from_secs(20) {
                child.kill().unwrap();
                panic!("{signal} does not end it");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{err}");
        assert!(err.contains("interrupted after line 1"), "{err}");
    }
}

#[test]
fn a_replay_that_lacks_an_environment_offers_nothing_that_it_does_not_have() {
    let environment = "[commands.begin_it]\nrun = [\"true\"]\n";
    let scene = Scene::new(&[
        ("a.scn", "run true\n"),
        ("b.scn", "begin_it\nrun #{nobody}\n"),
        ("environments/local.toml", environment),
    ]);
    assert_eq!(scene.scn(&["run", "-q", "a.scn"]).status, Some(0));
    let came = scene.scn(&["replay", "last", "b.scn"]);
    assert_eq!(came.status, Some(2), "{}", came.err);
    let run = scene.run().id;
    let why = format!("the run {run} had no environment, and it takes one to know `begin_it`");
    for told in [
        &why,
        "a replay has that of its run",
        "with scn run and --env local",
        "b.scn:2:",
    ] {
        assert!(came.err.contains(told), "{told}: {}", came.err);
    }
    assert!(!came.err.contains("add --env"), "{}", came.err);
}

#[test]
fn what_is_tried_again_without_an_effect_ends_with_the_time_of_the_record_that_is_judged() {
    let tried = "retry within 1s\n  set x = 1\n  assert x == 2\nend\n";
    let long = "sleep 1s\nrun true\nsleep 2s\nrun true\n";
    let short = "run true\n";
    let files = [
        ("long.scn", long.to_owned()),
        ("short.scn", short.to_owned()),
        (
            "longer.scn",
            long.replace("sleep 2s\n", &format!("{tried}sleep 2s\n")),
        ),
        ("shorter.scn", format!("{short}{tried}")),
    ];
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let scene = Scene::new(&files);
    for (name, changed, status, told) in [
        (
            "long.scn",
            "longer.scn",
            1,
            "FAIL longer.scn:5 assert x == 2",
        ),
        (
            "short.scn",
            "shorter.scn",
            3,
            "line 2: the record ends here",
        ),
    ] {
        assert_eq!(scene.scn(&["run", "-q", name]).status, Some(0));
        let args = [
            "10s",
            env!("CARGO_BIN_EXE_scn"),
            "replay",
            "-q",
            "last",
            changed,
        ];
        let mut command = Command::new("timeout");
        let came = Came::of(command.args(args).current_dir(scene.folder.path()));
        assert_eq!(came.status, Some(status), "{}", came.err);
        assert!(came.err.contains(told), "{}", came.err);
    }
}

/// 130 is for who is interrupted, and nobody interrupts a replay: its status is that of the verdict.
#[test]
fn a_replay_of_a_run_that_was_cut_short_or_interrupted_ends_with_the_status_of_its_verdict() {
    for (end, status, cleaned) in [("KILL", None, true), ("INT", Some(130), false)] {
        let scenario = format!("defer echo bye\nsh 'kill -{end} $PPID; sleep 20'\n");
        let scene = Scene::new(&[("s.scn", &scenario)]);
        assert_eq!(scene.scn(&["run", "-q", "s.scn"]).status, status);
        if cleaned {
            assert_eq!(scene.scn(&["cleanup", "-q"]).status, Some(3));
        }
        let again = scene.scn(&["replay", "-q", "last"]);
        assert_eq!(again.status, Some(3), "{}", again.err);
        assert!(again.err.starts_with("ERROR s.scn"), "{}", again.err);
    }
}
