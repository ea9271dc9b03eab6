//! What happens while nobody runs a scenario, and is seen by nobody.

use scn_protocol::Verdict;
use scn_record::State;

use crate::support::{Scene, err};

const ENVIRONMENT: &str = r##"
[components.Engine]
start = { run = ["sleep", "1000"] }
log = [{ path = "engine.log", parse = [
  { regex = '^(?<m>GOT .*)', event = "#{m}" }, { regex = 'state=(?<STATE>\w+)' } ] }]
"##;

/// The runner is killed in a step, and taken up once the log has that line; gives what `resume` said, and its verdict.
fn resumed(after: &str) -> (String, Verdict) {
    resumed_of(&format!("start Engine\n{CUT}{after}\n"))
}

/// Kills the runner; then the log says what nobody reads.
const CUT: &str = "sh 'kill -9 $PPID; echo GOT it >> engine.log; echo state=down >> engine.log; echo begun >> log'\n";

fn resumed_of(scenario: &str) -> (String, Verdict) {
    let scene = Scene::with(scenario, ENVIRONMENT);
    scene.begin().wait().unwrap();
    while scene.log().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let resume = scene.scn(&["resume", "--assume", "done"]).output().unwrap();
    assert_eq!(scene.left(), [""; 0], "{}", err(&resume));
    match scene.runs()[0].state {
        State::Finished(verdict) => (err(&resume), verdict),
        other => panic!("{other:?} {}", err(&resume)),
    }
}

#[test]
fn an_event_that_nobody_can_have_seen_is_an_error_and_no_failure() {
    let (said, verdict) = resumed("wait event 'GOT *' within 200ms");
    assert_eq!(verdict, Verdict::Error, "{said}");
    let told =
        "no such event within 200ms, but nobody watched while the program that ran it was gone";
    assert!(said.contains(told), "{said}");
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
    let (said, verdict) = watched("never event 'GOT *'");
    assert_eq!(verdict, Verdict::Error, "{said}");
    let told = "nobody watched while the program that ran it was gone";
    assert!(said.contains(told), "{said}");
    let (said, verdict) = watched("always Engine.STATE != 'down'");
    assert_eq!(verdict, Verdict::Error, "{said}");
    assert!(said.contains(told), "{said}");
}

/// The same with a watch that is open as the runner is killed.
fn watched(watch: &str) -> (String, Verdict) {
    resumed_of(&format!(
        "start Engine\nsh 'echo state=up >> engine.log'\nwait until Engine.STATE == 'up' within 20s\n{watch}\n{CUT}run true\n"
    ))
}

#[test]
fn a_wait_for_what_a_log_may_have_said_meanwhile_is_an_error_and_no_failure() {
    let (said, verdict) = resumed("wait until Engine.STATE == 'down' within 200ms");
    assert_eq!(verdict, Verdict::Error, "{said}");
    let told = "within 200ms: Engine.STATE";
    assert!(said.contains(told), "{said}");
    let told = "but nobody watched while the program that ran it was gone";
    assert!(said.contains(told), "{said}");
    // What it says from then on is seen.
    let (said, verdict) = resumed(
        "sh 'echo state=up >> engine.log'\nwait until Engine.STATE == 'up' within 20s\n\
         wait until Engine.STATE == 'gone' within 200ms",
    );
    assert_eq!(verdict, Verdict::Fail, "{said}");
}

#[test]
fn a_watch_that_begins_after_it_does_not_believe_what_was_logged_before() {
    let watch = "do\n  always Engine.STATE == 'up'\n  run true\nend\n";
    let before = "start Engine\nsh 'echo state=up >> engine.log'\nwait until Engine.STATE == 'up' within 20s\nsleep 200ms\n";
    let (said, verdict) = resumed_of(&format!("{before}{CUT}{watch}"));
    assert_eq!(verdict, Verdict::Error, "{said}");
    let told = "Engine.STATE was not logged again since nobody watched";
    assert!(said.contains(told), "{said}");
    // Nothing was logged meanwhile.
    let quiet = "sh 'kill -9 $PPID; echo begun >> log'\n";
    let (said, verdict) = resumed_of(&format!("{before}{quiet}{watch}"));
    assert_eq!(verdict, Verdict::Pass, "{said}");
}
