//! What happens while nobody runs a scenario: what logs said is read on, and what nobody can know is an ERROR.

use std::fs;
use std::thread;
use std::time::Duration;

use scn_protocol::{Event, Verdict};
use scn_record::State;

use crate::support::{Scene, err};

const ENVIRONMENT: &str = r##"
[components.Engine]
start = { run = ["sleep", "1000"] }
log = [{ path = "engine.log", parse = [
  { regex = '^(?<m>GOT .*)', event = "#{m}" }, { regex = 'state=(?<STATE>\w+)' },
  { regex = 'both (?<BOTH>\w+)' }, { regex = 'both (?<m>\w+)', event = "BOTH #{m}" } ] }]
"##;

/// What `never` and `wait` cannot say.
const UNWATCHED: &str = "nobody watched while the program that ran it was gone";

/// The runner is killed in a step, and taken up once the log has that line; gives what `resume` said, and its verdict.
fn resumed(after: &str) -> (String, Verdict) {
    resumed_of(&format!("start Engine\n{CUT}{after}\n"))
}

/// Kills the runner; then the log says what nobody reads.
const CUT: &str = "sh 'kill -9 $PPID; echo GOT it >> engine.log; echo state=down >> engine.log; echo begun >> log'\n";

/// The same, and the log is rotated, so that nobody can know what else it said.
const ROTATED: &str = "sh 'kill -9 $PPID; echo GOT it >> engine.log; mv engine.log engine.log.1; echo state=down > engine.log; echo begun >> log'\n";

/// The log stood somewhere before.
const STANDS: &str =
    "sh 'echo state=up >> engine.log'\nwait until Engine.STATE == 'up' within 20s\n";

fn resumed_of(scenario: &str) -> (String, Verdict) {
    judged(&killed(scenario))
}

/// The runner has been killed, and what its step does after that is done.
fn killed(scenario: &str) -> Scene {
    let scene = Scene::with(scenario, ENVIRONMENT);
    scene.begin().wait().unwrap();
    while scene.log().is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    scene
}

fn judged(scene: &Scene) -> (String, Verdict) {
    let resume = scene.scn(&["resume", "--assume", "done"]).output().unwrap();
    assert_eq!(scene.left(), [""; 0], "{}", err(&resume));
    match scene.runs()[0].state {
        State::Finished(verdict) => {
            // Whoever judges the record again knows no more, and no less.
            let again = scene.scn(&["replay", "last"]).output().unwrap();
            let status = match verdict {
                Verdict::Pass | Verdict::Skip => 0,
                Verdict::Fail => 1,
                Verdict::Error => 3,
            };
            assert_eq!(again.status.code(), Some(status), "{}", err(&again));
            (err(&resume), verdict)
        }
        other => panic!("{other:?} {}", err(&resume)),
    }
}

#[test]
fn what_a_log_said_meanwhile_is_read_on() {
    // Of a log that was not there when the runner was killed, too.
    for before in ["", STANDS] {
        for wait in [
            "wait event 'GOT it' within 20s",
            "wait until Engine.STATE == 'down' within 20s",
        ] {
            let (said, verdict) = resumed_of(&format!("start Engine\n{before}{CUT}{wait}\n"));
            assert_eq!(verdict, Verdict::Pass, "{before} {wait}: {said}");
        }
    }
}

#[test]
fn what_a_log_did_not_say_meanwhile_either_is_a_failure_and_no_error() {
    for wait in [
        "wait event 'GONE *' within 200ms",
        "wait event 'GONE *' from Engine within 200ms",
        "wait until Engine.STATE == 'up' within 200ms",
    ] {
        let (said, verdict) = resumed(wait);
        assert_eq!(verdict, Verdict::Fail, "{wait}: {said}");
        assert!(!said.contains(UNWATCHED), "{said}");
    }
}

#[test]
fn a_watch_that_was_open_over_it_is_judged_by_what_the_log_said() {
    for watch in ["never event 'GOT *'", "always Engine.STATE != 'down'"] {
        let (said, verdict) = watched(watch, CUT);
        assert_eq!(verdict, Verdict::Fail, "{watch}: {said}");
        let line = "line 5 was running";
        assert!(said.contains(line), "{watch}: {said}");
    }
    for watch in [
        "never event 'GONE *'",
        "never event 'GONE *' from Engine",
        "always Engine.STATE in ['up', 'down']",
        "eventually Engine.STATE == 'down' within 20s",
    ] {
        let (said, verdict) = watched(watch, CUT);
        assert_eq!(verdict, Verdict::Pass, "{watch}: {said}");
    }
}

#[test]
fn what_is_asked_of_the_system_itself_was_not_seen_meanwhile() {
    for watch in ["always Engine.running", "always Engine.RSS < 10GB"] {
        let (said, verdict) = watched(watch, CUT);
        assert_eq!(verdict, Verdict::Error, "{watch}: {said}");
        assert!(said.contains(UNWATCHED), "{said}");
    }
}

#[test]
fn every_line_is_told_once_however_often_the_runner_is_killed_in_the_middle_of_them() {
    const LINES: usize = 3_000;
    let write = "background w sh 'touch begun; i=0; while test $i -lt 3000; do i=$((i+1)); echo both n$i >> engine.log; done; touch written; sleep 1000'";
    let scene = Scene::with(
        &format!("start Engine\n{write}\nwait event 'BOTH n{LINES}' within 60s\n"),
        ENVIRONMENT,
    );
    // It is killed as lines come, and waits are not so far.
    let mut runner = scene.begin();
    let recorded = |count: usize| {
        let text = scene.journal();
        text.matches("\"happened\"").count() >= count
    };
    for (nth, count) in [5, 700, 1_500].into_iter().enumerate() {
        while !recorded(count) {
            assert_eq!(runner.try_wait().unwrap(), None, "it ended before {count}");
            thread::sleep(Duration::from_millis(1));
        }
        runner.kill().unwrap();
        runner.wait().unwrap();
        if nth == 2 {
            break;
        }
        runner = scene.scn(&["resume", "--assume", "done"]).spawn().unwrap();
    }
    while !scene.path().join("written").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    let (said, _) = judged(&scene);
    let mut events = Vec::new();
    let mut metrics = Vec::new();
    for event in scene.events() {
        match event {
            Event::Happened { message, .. } => events.push(message),
            Event::Observed { metrics: seen, .. } => {
                metrics.extend(seen["BOTH"].as_str().map(str::to_owned));
            }
            _ => {}
        }
    }
    let all = (1..=LINES).map(|line| format!("n{line}"));
    assert_eq!(metrics, all.clone().collect::<Vec<_>>(), "{said}");
    let all: Vec<_> = all.map(|line| format!("BOTH {line}")).collect();
    assert_eq!(events, all, "{said}");
}

#[test]
fn a_log_that_is_another_file_or_was_cut_is_not_read_on_and_that_is_an_error() {
    let longer = "seq 100000 100200";
    for change in [
        // Another file, with the same number perhaps.
        "mv engine.log engine.log.1; echo GOT it > engine.log",
        "rm engine.log; echo GOT it > engine.log",
        // Shorter than it was, and longer.
        ": > engine.log; echo x >> engine.log",
        &format!(": > engine.log; {longer} >> engine.log"),
    ] {
        let cut = format!("sh 'kill -9 $PPID; {change}; echo begun >> log'\n");
        for what in [
            "wait event 'GONE *' within 200ms",
            "wait until Engine.STATE == 'down' within 200ms",
        ] {
            let (said, verdict) = resumed_of(&format!("start Engine\n{STANDS}{cut}{what}\n"));
            assert_eq!(verdict, Verdict::Error, "{change} {what}: {said}");
            assert!(said.contains(UNWATCHED), "{said}");
        }
        let (said, verdict) = watched("never event 'GONE *'", &cut);
        assert_eq!(verdict, Verdict::Error, "{change}: {said}");
    }
}

#[test]
fn a_log_that_was_lost_once_is_not_taken_for_one_that_was_heard_when_the_runner_is_killed_again() {
    let again = "sh 'kill -9 $PPID; echo again >> log'\n";
    let scene = killed(&format!(
        "start Engine\n{STANDS}never event 'GOT *'\n{ROTATED}{again}run true\n"
    ));
    let resume = scene.scn(&["resume", "--assume", "done"]).output().unwrap();
    assert_eq!(resume.status.code(), None, "{}", err(&resume));
    while !scene.log().contains(&"again".to_owned()) {
        thread::sleep(Duration::from_millis(5));
    }
    let (said, verdict) = judged(&scene);
    assert_eq!(verdict, Verdict::Error, "{said}");
    assert!(said.contains(UNWATCHED), "{said}");
}

#[test]
fn a_log_that_was_rotated_before_is_read_on_in_its_new_file() {
    let rotated = "sh 'mv engine.log engine.log.1; echo state=new > engine.log'\nwait until Engine.STATE == 'new' within 20s\nsleep 6s\n";
    let (said, verdict) = resumed_of(&format!(
        "start Engine\n{STANDS}{rotated}never event 'GONE *'\n{CUT}wait event 'GOT it' within 20s\n"
    ));
    assert_eq!(verdict, Verdict::Pass, "{said}");
}

#[test]
fn no_secret_can_be_guessed_from_how_lines_are_told_apart() {
    let environment = format!("{ENVIRONMENT}[secrets]\npw = {{ file = 'pw' }}\n");
    let mut sums = Vec::new();
    for secret in ["hunter2-secret", "other-secret-9"] {
        let scene = Scene::with(
            "start Engine\nsh 'echo GOT $(cat pw) >> engine.log'\nwait event 'GOT *' within 20s\n",
            &environment,
        );
        fs::write(scene.path().join("pw"), secret).unwrap();
        scene.begin().wait().unwrap();
        let events = scene.events();
        let sum = events.into_iter().find_map(|event| match event {
            Event::Happened { read, .. } => read.and_then(|read| read.sum),
            _ => None,
        });
        sums.push(sum);
    }
    assert!(sums[0].is_some(), "it is told where the event was read");
    assert_eq!(sums[0], sums[1]);
}

#[test]
fn an_event_that_nobody_can_have_seen_is_an_error_and_no_failure() {
    let (said, verdict) = resumed_of(&format!(
        "start Engine\n{STANDS}{ROTATED}wait event 'GOT *' within 200ms\n"
    ));
    assert_eq!(verdict, Verdict::Error, "{said}");
    let told = format!("no such event within 200ms, but {UNWATCHED}");
    assert!(said.contains(&told), "{said}");
}

#[test]
fn an_event_after_it_is_seen_and_one_that_does_not_come_is_a_failure() {
    let (said, verdict) =
        resumed("sh 'echo GOT more >> engine.log'\nwait event 'GOT more' within 20s");
    assert_eq!(verdict, Verdict::Pass, "{said}");
    let (said, verdict) = resumed("run true\nwait event 'GOT *' within 200ms");
    assert_eq!(verdict, Verdict::Fail, "{said}");
}

#[test]
fn a_watch_that_was_open_over_it_cannot_say_that_nothing_happened() {
    for watch in ["never event 'GOT *'", "always Engine.STATE != 'down'"] {
        let (said, verdict) = watched(watch, ROTATED);
        assert_eq!(verdict, Verdict::Error, "{said}");
        assert!(said.contains(UNWATCHED), "{said}");
    }
}

/// The same with a watch that is open as the runner is killed.
fn watched(watch: &str, cut: &str) -> (String, Verdict) {
    resumed_of(&format!("start Engine\n{STANDS}{watch}\n{cut}run true\n"))
}

#[test]
fn a_wait_for_what_a_log_may_have_said_meanwhile_is_an_error_and_no_failure() {
    let rotated = |wait: &str| resumed_of(&format!("start Engine\n{STANDS}{ROTATED}{wait}\n"));
    let (said, verdict) = rotated("wait until Engine.STATE == 'down' within 200ms");
    assert_eq!(verdict, Verdict::Error, "{said}");
    let told = format!("but {UNWATCHED}");
    assert!(said.contains(&told), "{said}");
    // What it says from then on is seen.
    let (said, verdict) = rotated(
        "sh 'echo state=up >> engine.log'\nwait until Engine.STATE == 'up' within 20s\n\
         wait until Engine.STATE == 'gone' within 200ms",
    );
    assert_eq!(verdict, Verdict::Fail, "{said}");
}

#[test]
fn a_watch_that_begins_after_it_does_not_believe_what_was_logged_before() {
    let watch = "do\n  always Engine.STATE == 'up'\n  run true\nend\n";
    let before = format!("start Engine\n{STANDS}sleep 200ms\n");
    let (said, verdict) = resumed_of(&format!("{before}{ROTATED}{watch}"));
    assert_eq!(verdict, Verdict::Error, "{said}");
    let told = "Engine.STATE was not logged again since nobody watched";
    assert!(said.contains(told), "{said}");
    // What it said was read.
    let (said, verdict) = resumed_of(&format!("{before}{CUT}{watch}"));
    assert_eq!(verdict, Verdict::Fail, "{said}");
    // Nothing was logged meanwhile.
    let quiet = "sh 'kill -9 $PPID; echo begun >> log'\n";
    let (said, verdict) = resumed_of(&format!("{before}{quiet}{watch}"));
    assert_eq!(verdict, Verdict::Pass, "{said}");
}
