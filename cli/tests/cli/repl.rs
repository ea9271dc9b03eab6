//! `scn repl`: a session from a pipe, killed, taken up again.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::{log_in, scn_in};

struct Scene {
    folder: TempDir,
}

struct Came {
    status: Option<i32>,
    out: String,
    err: String,
}

const ENVIRONMENT: &str = r##"
[vars]
rate = 5

[commands.begin]
run = ["sh", "-c", "echo begin >> log"]
undo = "finish"

[commands.finish]
run = ["sh", "-c", "echo finish >> log"]

[commands.note]
params = ["what"]
run = ["sh", "-c", "echo \"$0\" >> log", "#{what}"]
"##;

impl Scene {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("environments")).unwrap();
        fs::write(folder.path().join("environments/here.toml"), ENVIRONMENT).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> Vec<String> {
        log_in(self.folder.path())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = scn_in(self.folder.path(), args);
        command.stdin(Stdio::piped());
        command
    }

    fn scn(&self, args: &[&str], typed: &str) -> Came {
        let mut child = self.command(args).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        // Who is refused what it asked for on its command line has ended, and reads nothing.
        match input.write_all(typed.as_bytes()) {
            Err(gone) if gone.kind() == ErrorKind::BrokenPipe => {}
            written => written.unwrap(),
        }
        drop(input);
        let output = child.wait_with_output().unwrap();
        Came {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn repl(&self, typed: &str) -> Came {
        self.scn(&["repl", "--env", "here"], typed)
    }

    /// A session that has done these lines, and is killed while it waits for another one.
    fn killed_after(&self, typed: &str, last: &str) {
        let mut child = self.command(&["repl", "--env", "here"]).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(typed.as_bytes()).unwrap();
        input.flush().unwrap();
        until(&mut child, || {
            self.log().last().is_some_and(|line| line == last)
        });
        // The session has nothing more to do once the step's end is recorded.
        until(&mut child, || {
            let journal = only_run(self.folder.path()).join("journal.jsonl");
            let journal = fs::read_to_string(journal).unwrap();
            let count = |event: &str| journal.matches(&format!("\"event\":\"{event}\"")).count();
            count("step_started") == count("step_finished")
        });
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

fn until(child: &mut Child, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        assert!(began.elapsed() < Duration::from_secs(60), "it did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn only_run(folder: &Path) -> PathBuf {
    let runs = fs::read_dir(folder.join(".scn/runs")).unwrap();
    let runs: Vec<PathBuf> = runs.map(|run| run.unwrap().path()).collect();
    let mut runs = runs
        .into_iter()
        .filter(|run| run.join("journal.jsonl").exists());
    let first = runs.next().unwrap();
    assert_eq!(runs.next(), None);
    first
}

#[test]
fn what_is_said_and_shown_is_on_standard_output_and_no_prompt() {
    let scene = Scene::new();
    let came = scene
        .repl("echo hello\nset x = 2\n= x * 21\nfor n in [1, 2]\n  echo n is #{n}\nend\n= rate\n");
    assert_eq!(came.out, "hello\n42\nn is 1\nn is 2\n5\n");
    assert!(!came.err.contains("scn>"), "{}", came.err);
    assert!(
        came.err.lines().last().unwrap().starts_with("PASS repl ("),
        "{}",
        came.err
    );
    assert_eq!(came.status, Some(0));
}

#[test]
fn what_is_owed_is_undone_at_the_end_and_by_undo() {
    let scene = Scene::new();
    let came = scene.repl("begin\nnote one\nbegin\n:owed\n:undo\nnote two\n");
    assert_eq!(
        scene.log(),
        ["begin", "one", "begin", "finish", "two", "finish"]
    );
    assert!(came.err.contains("  finish\n  finish\n"), "{}", came.err);
    assert!(came.err.contains("undone: finish"), "{}", came.err);
    assert_eq!(came.status, Some(0));
}

#[test]
fn a_line_that_fails_goes_on_with_the_next_and_the_verdict_is_fail() {
    let scene = Scene::new();
    let came = scene.repl("run false\nnote after\n");
    assert_eq!(scene.log(), ["after"]);
    assert!(
        came.err.contains("FAIL line 1: run false: exit status 1\n"),
        "{}",
        came.err
    );
    assert!(
        came.err.contains("FAIL repl:1 run false: exit status 1"),
        "{}",
        came.err
    );
    assert_eq!(came.status, Some(1));
}

#[test]
fn a_line_that_is_wrong_is_shown_at_its_place_and_the_status_is_2() {
    let scene = Scene::new();
    let came = scene.repl("note one\nnoet two\nnote three\nif 1 == 1\n  note four\n");
    assert_eq!(scene.log(), ["one", "three"]);
    assert!(came.err.contains("repl:2:1"), "{}", came.err);
    assert!(came.err.contains("did you mean `note`?"), "{}", came.err);
    assert!(
        came.err.contains("repl:4:1"),
        "the block has no end: {}",
        came.err
    );
    assert_eq!(came.status, Some(2));
    let came = scene.repl(":vras\n");
    assert!(came.err.contains("did you mean `:vars`?"), "{}", came.err);
    assert_eq!(came.status, Some(2));
}

#[test]
fn what_worked_is_saved_as_a_scenario_that_runs() {
    let scene = Scene::new();
    let came = scene.repl(
        "set   n =  3\nnote \"n #{n}\"\nrun false\nstep twice what\n  note #{what}\n  note #{what}\nend\ntwice x\n= n\n:save made.scn\n:save made.scn\n",
    );
    let made = fs::read_to_string(scene.path("made.scn")).unwrap();
    assert_eq!(
        made,
        "set n = 3\nnote \"n #{n}\"\nstep twice what\n  note #{what}\n  note #{what}\nend\ntwice x\n"
    );
    assert!(came.err.contains("made.scn: File exists"), "{}", came.err);
    fs::remove_file(scene.path("log")).unwrap();
    let came = scene.scn(&["run", "made.scn", "--env", "here"], "");
    assert_eq!(came.status, Some(0), "{}", came.err);
    assert_eq!(scene.log(), ["n 3", "x", "x"]);
    let came = scene.repl(":load made.scn\n= n\n:plan note #{n}\n");
    assert_eq!(came.out, "3\n");
    assert!(came.err.contains("→ sh -c"), "{}", came.err);
}

#[test]
fn reset_undoes_and_begins_anew() {
    let scene = Scene::new();
    let came = scene.repl("begin\nset x = 1\n:reset\nnote anew\n= x\n");
    assert_eq!(scene.log(), ["begin", "finish", "anew"]);
    assert!(
        came.err.contains("nothing is called `x` here"),
        "{}",
        came.err
    );
}

#[test]
fn set_gives_names_of_the_environment_their_values() {
    let scene = Scene::new();
    let came = scene.scn(&["repl", "--env", "here", "--set", "rate=9"], "= rate\n");
    assert_eq!(came.out, "9\n");
    let came = scene.scn(&["repl", "--env", "here", "--set", "rat=9"], "= rate\n");
    assert_eq!(came.status, Some(2));
    assert!(came.err.contains("did you mean rate?"), "{}", came.err);
}

const TYPED: &str = "begin\nset n = 1\nstep more what\n  begin\n  note #{what}\nend\nmore first\n:undo\nbegin\nset n = n + 1\nnote last\n";

#[test]
fn a_session_that_was_killed_is_cleaned_up_after() {
    let scene = Scene::new();
    scene.killed_after(TYPED, "last");
    let came = scene.scn(&["cleanup"], "");
    assert_eq!(
        scene.log(),
        [
            "begin", "begin", "first", "finish", "begin", "last", "finish", "finish"
        ],
        "{}",
        came.err
    );
    let came = scene.scn(&["cleanup"], "");
    assert!(came.err.contains("no run is unfinished"), "{}", came.err);
}

#[test]
fn a_session_that_was_killed_is_gone_on_with_at_its_prompt() {
    let scene = Scene::new();
    scene.killed_after(TYPED, "last");
    let came = scene.scn(&["resume"], "= n\nmore second\n");
    assert_eq!(came.out, "2\n", "{}", came.err);
    assert_eq!(
        scene.log()[6..],
        ["begin", "second", "finish", "finish", "finish"],
        "{}",
        came.err
    );
    assert_eq!(came.status, Some(0), "{}", came.err);
    let run = only_run(scene.folder.path());
    let name = run.file_name().unwrap().to_string_lossy().into_owned();
    let before = scene.log();
    let came = scene.scn(&["replay", &name], "");
    assert_eq!(came.status, Some(0), "{}", came.err);
    assert_eq!(scene.log(), before);
}

#[test]
fn an_interrupt_ends_what_runs_and_not_the_session() {
    let scene = Scene::new();
    let mut child = scene.command(&["repl", "--env", "here"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(b"note before\nsh 'echo during >> log; exec sleep 600'\nnote after\n")
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    until(&mut child, || scene.log() == ["before", "during"]);
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    drop(input);
    let interrupted = lines.any(|line| line.unwrap() == "interrupted");
    assert!(interrupted);
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(scene.log(), ["before", "during", "after"]);
}
