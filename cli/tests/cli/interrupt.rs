//! Ctrl-C, and signals like it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command};
use std::time::{Duration, Instant};

use crate::support::Test;

/// Starts it, and waits until its scenario says `ready`.
fn ready(test: &Test) -> (Child, BufReader<ChildStderr>) {
    let mut child = test.command().spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let err = BufReader::new(child.stderr.take().unwrap());
    child.stdout = Some(out.into_inner());
    (child, err)
}

fn signal(child: &Child, name: &str) {
    let done = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(done.success());
}

fn rest(mut child: Child, err: BufReader<ChildStderr>) -> (Option<i32>, String) {
    child.stderr = None;
    let text = std::io::read_to_string(err).unwrap();
    (child.wait().unwrap().code(), text)
}

#[test]
fn an_interrupt_ends_the_step_and_what_is_owed_runs() {
    for name in ["-INT", "-TERM", "-HUP"] {
        let test = Test::new(&["run", "a.scn"])
            .file("a.scn", "defer write owed.txt done\necho ready\nsleep 1h\n");
        let begun = Instant::now();
        let (child, err) = ready(&test);
        signal(&child, name);
        let (status, text) = rest(child, err);
        assert_eq!(status, Some(130), "{text}");
        assert!(
            text.contains("interrupted") && test.path().join("owed.txt").exists(),
            "{text}"
        );
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn a_second_interrupt_stops_at_once() {
    let test = Test::new(&["run", "a.scn"])
        .file("a.scn", "defer timeout 1h sleep 1h\necho ready\nsleep 1h\n");
    let begun = Instant::now();
    let (child, mut err) = ready(&test);
    signal(&child, "-INT");
    let mut line = String::new();
    while !line.contains("once more") {
        line.clear();
        assert_ne!(err.read_line(&mut line).unwrap(), 0);
    }
    signal(&child, "-INT");
    let (status, _) = rest(child, err);
    assert_eq!(status, Some(130));
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn an_interrupt_leaves_the_files_that_follow() {
    let test = Test::new(&["run", "a.scn", "b.scn"])
        .file("a.scn", "echo ready\nsleep 1h\n")
        .file("b.scn", "write b.txt done\n");
    let (child, err) = ready(&test);
    signal(&child, "-INT");
    assert_eq!(rest(child, err).0, Some(130));
    assert!(!test.path().join("b.txt").exists());
}
