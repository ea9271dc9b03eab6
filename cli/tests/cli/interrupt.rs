//! Ctrl-C, and signals like it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command};
use std::time::{Duration, Instant};

use crate::support::Test;

/// Starts it, and waits until its scenario says `ready`.
fn ready(test: &Test) -> (Child, BufReader<ChildStderr>) {
    let mut child = test.hearing().spawn().unwrap();
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
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
}

#[test]
fn an_interrupt_ends_what_is_waited_for_at_the_end_of_the_file() {
    let test = Test::new(&["run", "a.scn"]).file(
        "a.scn",
        "defer write owed.txt done\necho ready\neventually exists('nope') within 1h\n",
    );
    let begun = Instant::now();
    let (child, err) = ready(&test);
    signal(&child, "-INT");
    let (status, text) = rest(child, err);
    assert_eq!(status, Some(130), "{text}");
    assert!(test.path().join("owed.txt").exists(), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn an_interrupt_in_finally_ends_a_step_of_it_and_the_rest_is_done() {
    let test = Test::new(&["run", "a.scn"]).file(
        "a.scn",
        "defer write owed.txt done\nfinally\n  echo ready\n  sleep 59m\n  write rest.txt done\nend\n",
    );
    let begun = Instant::now();
    let (child, err) = ready(&test);
    signal(&child, "-INT");
    let (status, text) = rest(child, err);
    assert_eq!(status, Some(130), "{text}");
    for done in ["rest.txt", "owed.txt"] {
        assert!(test.path().join(done).exists(), "{done}: {text}");
    }
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn an_interrupt_in_an_undo_ends_it_even_if_it_ignores_term_and_the_rest_is_done() {
    let mark = format!("900.{}", std::process::id());
    let test = Test::new(&["run", "a.scn"]).file(
        "a.scn",
        &format!(
            "defer write owed.txt done\ndefer timeout 1h sh 'trap \"\" TERM; touch on; sleep {mark}; sleep {mark}'\necho ready\n"
        ),
    );
    let begun = Instant::now();
    let (child, err) = ready(&test);
    // From here on it ignores TERM.
    while !test.path().join("on").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    signal(&child, "-INT");
    let (status, text) = rest(child, err);
    assert_eq!(status, Some(130), "{text}");
    assert!(text.contains("  ended    undo  sh"), "{text}");
    assert!(
        test.path().join("owed.txt").exists() && !runs(&mark),
        "{text}"
    );
    // TERM, then after the grace period KILL.
    let took = begun.elapsed().as_secs();
    assert!((5..60).contains(&took), "{took} s\n{text}");
}

#[test]
fn a_second_interrupt_stops_at_once() {
    let test = Test::new(&["run", "a.scn"]).file(
        "a.scn",
        "defer timeout 1h sleep 59m\necho ready\nsleep 1h\n",
    );
    let begun = Instant::now();
    let (child, mut err) = ready(&test);
    signal(&child, "-INT");
    until_heard(&mut err);
    signal(&child, "-INT");
    let (status, text) = rest(child, err);
    assert_eq!(status, Some(130));
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("ERROR a.scn stopped at once: "), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(60));
}

/// Waits until it says that it was interrupted.
fn until_heard(err: &mut BufReader<ChildStderr>) {
    let mut line = String::new();
    while !line.contains("once more") {
        line.clear();
        assert_ne!(err.read_line(&mut line).unwrap(), 0);
    }
}

/// Whether a program runs whose command line has this word.
fn runs(word: &str) -> bool {
    let lines = std::fs::read_dir("/proc").unwrap().flatten();
    lines
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).contains(word))
}

#[test]
fn who_is_stopped_at_once_leaves_no_program_behind() {
    // One ignores TERM, one does and has daemonised, one is a background job.
    let mark = format!("600.{}", std::process::id());
    let test = Test::new(&["run", "a.scn"]).file(
        "a.scn",
        &format!(
            "background b run sleep {mark}\nsh 'setsid sh -c \"trap \\\"\\\" TERM; sleep {mark}; sleep {mark}\" >/dev/null 2>&1 &'\necho ready\nsh 'trap \"\" TERM; printf \"half a line\"; touch on; sleep {mark}; sleep {mark}'\n"
        ),
    );
    let begun = Instant::now();
    let (child, mut err) = ready(&test);
    // From here on it ignores TERM.
    while !test.path().join("on").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    signal(&child, "-INT");
    until_heard(&mut err);
    signal(&child, "-INT");
    let (status, text) = rest(child, err);
    assert_eq!(status, Some(130), "{text}");
    // Not only told to go: gone.
    assert!(!runs(&mark), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(60));
    // What came before is in the record, to the last byte.
    let folder = test.path().join(".scn/runs");
    let all = scn_record::runs(&folder).unwrap();
    assert_eq!(all[0].state, scn_record::State::Unfinished);
    let mut said = String::new();
    for line in scn_record::read(&all[0].folder).unwrap() {
        if let scn_protocol::Event::Output { text, .. } = line.unwrap().event {
            said.push_str(&text.unwrap_or_default());
        }
    }
    assert_eq!(said, "half a line");
}

#[test]
fn a_quit_stops_at_once() {
    let mark = format!("700.{}", std::process::id());
    let test = Test::new(&["run", "-q", "a.scn"]).file(
        "a.scn",
        &format!("defer write owed.txt done\necho ready\nrun sleep {mark}\n"),
    );
    let (child, err) = ready(&test);
    signal(&child, "-QUIT");
    let (status, text) = rest(child, err);
    assert_eq!(status, Some(130));
    assert!(text.starts_with("ERROR a.scn stopped at once: "), "{text}");
    assert!(!test.path().join("owed.txt").exists() && !runs(&mark));
}

#[test]
fn an_interrupt_while_finally_or_an_undo_runs_is_one() {
    for scenario in [
        "defer write owed.txt done\nfinally\n  echo ready\n  sleep 1h\nend\n",
        "defer write owed.txt done\ndefer sh 'until [ -e go ]; do sleep 0.02; done'\ndefer echo ready\n",
    ] {
        let test = Test::new(&["run", "a.scn"]).file("a.scn", scenario);
        let (child, mut err) = ready(&test);
        signal(&child, "-INT");
        until_heard(&mut err);
        std::fs::write(test.path().join("go"), "").unwrap();
        let (status, text) = rest(child, err);
        assert_eq!(status, Some(130), "{text}");
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("ERROR a.scn interrupted ("), "{text}");
        assert!(test.path().join("owed.txt").exists());
    }
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

#[test]
fn one_interrupt_ends_what_ignores_term_and_what_has_daemonised() {
    let mark = format!("800.{}", std::process::id());
    let test = Test::new(&["run", "a.scn"]).file(
        "a.scn",
        &format!(
            "defer write owed.txt done\nsh 'setsid sh -c \"sleep {mark}; sleep {mark}\" >/dev/null 2>&1 &'\nbackground b run sleep {mark}\necho ready\nsh 'trap \"\" TERM; touch on; sleep {mark}; sleep {mark}'\nfinally\n  echo bye\nend\n"
        ),
    );
    let begun = Instant::now();
    let (mut child, err) = ready(&test);
    // From here on it ignores TERM.
    while !test.path().join("on").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    signal(&child, "-INT");
    let said = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    let (status, text) = rest(child, err);
    assert_eq!((status, said.as_str()), (Some(130), "bye\n"), "{text}");
    assert!(!runs(&mark), "{text}");
    assert!(test.path().join("owed.txt").exists());
    // TERM, then after the grace period KILL.
    let took = begun.elapsed().as_secs();
    assert!((5..60).contains(&took), "{took} s\n{text}");
    let all = scn_record::runs(&test.path().join(".scn/runs")).unwrap();
    let error = scn_protocol::Verdict::Error;
    assert_eq!(all[0].state, scn_record::State::Finished(error));
}
