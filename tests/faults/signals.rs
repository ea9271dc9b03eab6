//! What ends a runner that may still act: signals, a closed terminal, readers that go.

use std::process::{Child, Stdio};

use scn_protocol::Verdict;
use scn_record::State;

use crate::support::{Scene, can, err};

const SCENARIO: &str = "\
defer sh 'echo undo >> log'
background job sh 'sleep 1000'
sh 'echo begun >> log; sleep 1000'
finally
  sh 'echo finally >> log'
end
";

fn signalled(signal: &str) {
    let scene = Scene::new(SCENARIO);
    let mut runner: Child = scene.begin();
    scene.until_logged(&mut runner, "begun");
    scene.shell(&format!("kill -{signal} {}", runner.id()));
    let output = runner.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", err(&output));
    assert_eq!(scene.log(), ["begun", "finally", "undo"]);
    assert_eq!(scene.runs()[0].state, State::Finished(Verdict::Error));
    scene.is_clean();
}

#[test]
fn sigint_undoes_and_ends() {
    signalled("INT");
}

#[test]
fn sigterm_undoes_and_ends() {
    signalled("TERM");
}

#[test]
fn sighup_undoes_and_ends() {
    signalled("HUP");
}

#[test]
fn a_runner_under_nohup_is_not_hung_up_and_its_programs_begin_as_any() {
    // What works in another folder is started in another way.
    let scene = Scene::with(
        "sh 'grep SigIgn /proc/self/status >> log'\nelsewhere\nsh 'echo begun >> log; until [ -e go ]; do sleep 0.01; done'\n",
        "[commands.elsewhere]\ncwd = '/'\nsh = 'grep SigIgn /proc/self/status >> $LOG'\n",
    );
    let runner = "trap '' HUP INT QUIT USR1 CHLD TSTP TTIN TTOU; exec \"$SCN\" run --env e a.scn";
    let mut runner = scene.program(&["sh", "-c", runner]);
    let mut runner = runner.env("LOG", scene.path().join("log")).spawn().unwrap();
    scene.until_logged(&mut runner, "begun");
    scene.shell(&format!("kill -HUP {}; sleep 0.2; touch go", runner.id()));
    let output = runner.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let log = scene.log();
    for line in &log[..2] {
        let ignored = line.strip_prefix("SigIgn:\t").unwrap();
        // Beyond these are the C library's own.
        let ignored = u64::from_str_radix(ignored, 16).unwrap() & 0x7fff_ffff;
        assert_eq!(ignored, 0, "{log:?}");
    }
    assert_eq!(log[2..], ["begun"]);
    assert!(scene.left().is_empty(), "{:?}", scene.left());
}

#[test]
fn a_second_interrupt_stops_at_once_and_what_is_owed_is_cleaned_up() {
    let scene = Scene::new(
        "defer sh 'echo undoing >> log; until [ -e go ]; do sleep 0.02; done; echo undo >> log'\nsh 'echo begun >> log; sleep 1000'\n",
    );
    let mut runner = scene.begin();
    scene.until_logged(&mut runner, "begun");
    scene.shell(&format!("kill -INT {}", runner.id()));
    scene.until_logged(&mut runner, "undoing");
    scene.shell(&format!("kill -INT {}", runner.id()));
    let output = runner.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", err(&output));
    assert_eq!(scene.runs()[0].state, State::Unfinished);
    std::fs::write(scene.path().join("go"), "").unwrap();
    scene.clean_up();
    scene.is_clean();
}

#[test]
fn a_terminal_that_is_closed_undoes_and_ends() {
    if !can("a terminal that is closed", "python3 -c 'import pty'") {
        return;
    }
    let scene = Scene::new(SCENARIO);
    let text = "
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execv(os.environ['SCN'], ['scn', 'run', 'a.scn'])
while not (os.path.exists('log') and os.path.getsize('log')):
    time.sleep(0.01)
os.close(terminal)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
";
    let output = scene.program(&["python3", "-c", text]).output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", err(&output));
    assert_eq!(scene.log(), ["begun", "finally", "undo"]);
    scene.is_clean();
}

#[test]
fn a_reader_that_goes_is_not_missed() {
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nfor i in range(5000)\n  echo line\nend\nsh 'echo done >> log'\n",
    );
    let output = scene.shell("{ $SCN run -q a.scn; echo $? > status; } | head -1");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "line\n");
    assert_eq!(scene.log(), ["done", "undo"]);
    assert_eq!(scene.runs()[0].state, State::Finished(Verdict::Pass));
    scene.is_clean();
}

#[test]
fn closed_streams_are_no_fault() {
    for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
        let scene = Scene::new("defer sh 'echo undo >> log'\nrun true\necho said\n");
        scene.shell(&format!("$SCN run a.scn {closed}"));
        assert_eq!(
            scene.runs()[0].state,
            State::Finished(Verdict::Pass),
            "{closed}"
        );
        scene.is_clean();
    }
}

#[test]
fn standard_error_that_is_full_is_no_fault() {
    let scene = Scene::new("defer sh 'echo undo >> log'\nrun true\n");
    let mut command = scene.scn(&["run", "a.scn"]);
    command.stderr(Stdio::from(
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap(),
    ));
    assert!(command.status().unwrap().success());
    scene.is_clean();
}
