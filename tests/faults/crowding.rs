//! Children that ask more of the machine, of the terminal or of the runner than they are due.

use scn_protocol::{Event, Verdict};
use scn_record::State;

use crate::support::{Scene, can, err};

/// What the record takes, all of its files.
fn recorded(scene: &Scene) -> u64 {
    let run = scene.runs().pop().unwrap();
    scn_record::size(&run.folder)
}

#[test]
fn a_child_that_writes_ten_gigabytes_is_ended_where_its_output_is_limited() {
    for limit in ["output", "step_output"] {
        let scene = Scene::with(
            "defer sh 'echo undo >> log'\nsh 'head -c 10G /dev/zero; echo after >> log'\n",
            &format!("[limits]\n{limit} = '20MB'\n"),
        );
        let output = scene.begin().wait_with_output().unwrap();
        let said = err(&output);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(
            said.contains("the limit of 20MB for the output of"),
            "{said}"
        );
        assert!(
            said.contains(&format!("`{limit}` in the environment's [limits]")),
            "{said}"
        );
        assert!(recorded(&scene) < 21_000_000, "{}", recorded(&scene));
        assert_eq!(scene.log(), ["undo"]);
        assert!(!scene.events().is_empty());
        scene.is_clean();
    }
}

#[test]
fn what_the_record_may_take_follows_from_the_room_that_there_is() {
    if !can("a small disk", "unshare -rm mount -t tmpfs tmpfs /mnt") {
        return;
    }
    let scene =
        Scene::new("defer sh 'echo undo >> log'\nsh 'head -c 10G /dev/zero; echo after >> log'\n");
    let output = scene.shell(
        "unshare -rm sh -c '
        mkdir disk; mount -t tmpfs -o size=20m tmpfs disk
        $SCN run --runs disk/runs a.scn; status=$?
        df -k --output=avail disk | tail -1 > room; exit $status'",
    );
    let said = err(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("for the output of all steps was reached"),
        "{said}"
    );
    let room = std::fs::read_to_string(scene.path().join("room")).unwrap();
    let room: u64 = room.trim().parse().unwrap();
    assert!(room > 5_000, "{room} KiB are left: {said}");
    assert_eq!(scene.log(), ["undo"]);
    scene.is_clean();
}

/// What would act, each on some terminal: the title, the clipboard, another screen, a report of the cursor,
/// colours by one byte and by a C1 character, bells, and words that would stand elsewhere than they are.
const ACTS: &str = r"\033]0;owned\007\033]52;c;b3duZWQ=\033\\\033[?1049h\033[6n\033[2J\2331m\302\2331m\302\235x\302\234\007\b\b\r\342\200\256gnp\n";

#[test]
fn a_child_that_prints_terminal_escapes_acts_on_no_terminal_and_in_no_report() {
    if !can("a terminal", "python3 -c 'import pty'") {
        return;
    }
    let scene = Scene::new(&format!(
        "set shown sh 'printf \"{ACTS}\"; printf \"{ACTS}\" >&2'\necho #{{shown}}\nsh 'printf \"{ACTS}\"; printf \"{ACTS}\" >&2; exit 1'\n"
    ));
    let terminal = "
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execve(os.environ['SCN'], ['scn', 'run', '-v', 'a.scn'], dict(os.environ, NO_COLOR='1', TERM='xterm'))
shown = b''
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    shown += piece
os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
";
    let output = scene
        .program(&["python3", "-c", terminal])
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.contains("owned") && shown.contains("FAIL a.scn"),
        "{shown:?}"
    );
    let acts = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    // A terminal's own line end is CR LF; without colour nothing is redrawn.
    let plain = shown.replace("\r\n", "\n");
    assert_eq!(plain.find('\r'), None, "{plain:?}");
    assert_eq!(plain.find(acts), None, "{plain:?}");
    for format in ["html", "junit", "tap", "json", "ctrf", "otlp"] {
        let report = scene.shell(&format!("$SCN report --format {format} .scn/runs/*/"));
        let text = String::from_utf8(report.stdout).unwrap();
        assert!(
            text.contains("owned"),
            "{format}: {}{text}",
            String::from_utf8_lossy(&report.stderr)
        );
        assert_eq!(text.find(acts), None, "{format}: {text:?}");
    }
}

/// What a user who is not root cannot end: a program of another user, begun by way of one that is setuid. That
/// it was setuid alone is no shield: who began it may end it as long as it keeps his number.
const STRANGER: &str = "./setuid --reuid 0 --clear-groups sleep 1000";

fn with_stranger(scenario: &str) -> Option<Scene> {
    let there = "test $(id -u) = 0 && setpriv --reuid 65533 --clear-groups true";
    if !can("a setuid program", there) {
        return None;
    }
    let scene = Scene::new(&scenario.replace("STRANGER", STRANGER));
    scene.shell("chmod 777 . && cp \"$(command -v setpriv)\" setuid && chmod 4755 setuid && cp \"$SCN\" scn");
    let acts = "setpriv --reuid 65533 --clear-groups ./setuid --reuid 0 --clear-groups true";
    if !scene.shell(acts).status.success() {
        eprintln!("skipped: a setuid program: none acts where temporary folders are");
        return None;
    }
    Some(scene)
}

/// Ends what nobody but root can.
fn end_strangers(scene: &Scene) -> usize {
    let left = scene.left();
    for process in &left {
        let pid = process
            .split(':')
            .next()
            .and_then(|path| path.rsplit('/').next());
        scene.shell(&format!("kill -9 {}", pid.unwrap()));
    }
    scene.until_nothing_is_left();
    left.len()
}

/// What `scn` says of each that it may not end.
fn is_told(scene: &Scene) -> bool {
    scene.events().iter().any(|event| {
        matches!(event, Event::Logged { message, .. } if message.ends_with("(sleep 1000) still runs: it cannot be ended"))
    })
}

#[test]
fn a_child_that_became_another_users_is_told_and_all_else_is_done() {
    let Some(scene) =
        // Time enough to become another user's.
        with_stranger("defer sh 'echo undo >> log'\ntry timeout 3s run STRANGER\necho next\n")
    else {
        return;
    };
    let output = scene.shell("exec setpriv --reuid 65533 --clear-groups ./scn run a.scn");
    let told = is_told(&scene);
    assert_eq!(end_strangers(&scene), 1);
    assert!(
        told && err(&output).contains("it cannot be ended"),
        "{}",
        err(&output)
    );
    assert_eq!(output.stdout, b"next\n");
    assert_eq!(scene.runs()[0].state, State::Finished(Verdict::Pass));
    scene.is_clean();
}

#[test]
fn what_cleans_up_tells_of_a_child_that_became_another_users() {
    let Some(scene) = with_stranger(
        // Until it has become what it is to be: before, it is the user's own.
        "defer sh 'echo undo >> log'\nsh 'STRANGER & until grep -qx sleep /proc/$!/comm; do sleep 0.02; done; echo begun >> log; sleep 1000'\n",
    ) else {
        return;
    };
    let argv = ["setpriv", "--reuid", "65533", "--clear-groups", "./scn"];
    let mut runner = scene
        .program(&[&argv[..], &["run", "a.scn"]].concat())
        .spawn()
        .unwrap();
    scene.until_logged(&mut runner, "begun");
    runner.kill().unwrap();
    runner.wait().unwrap();
    let cleanup = scene
        .program(&[&argv[..], &["cleanup"]].concat())
        .output()
        .unwrap();
    let told = is_told(&scene);
    assert_eq!(end_strangers(&scene), 1);
    assert!(
        told && err(&cleanup).contains("it cannot be ended"),
        "{}",
        err(&cleanup)
    );
    assert_eq!(scene.runs()[0].state, State::Finished(Verdict::Error));
    scene.is_clean();
}
