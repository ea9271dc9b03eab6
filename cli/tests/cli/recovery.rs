//! `scn resume`, `scn cleanup` and `scn replay`: a run whose runner was killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use scn_record::{State, runs};
use tempfile::TempDir;

use crate::prompted::typed_at;

/// A folder with files, in which a run is killed and taken up again.
struct Scene {
    folder: TempDir,
}

/// What came of a command line.
struct Came {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Came {
    fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Scene {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scn"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn scn(&self, args: &[&str]) -> Came {
        Came::of(&mut self.command(args))
    }

    /// The same, at a terminal of its own, at which these are typed, each once what stands before it has come.
    fn at_terminal(&self, args: &[&str], keys: &[(&str, &str)]) -> Came {
        let mut command = self.command(args);
        let program = command.get_program().to_owned();
        // Without a terminal that is its own, Ctrl-C is a sign like any other.
        let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = Command::new("setsid");
        command
            .args(["--ctty", "--wait"])
            .arg(program)
            .args(args)
            .current_dir(self.folder.path());
        let (out, status) = typed_at(command, keys);
        let err = String::new();
        Came { status, out, err }
    }

    /// Runs until the log has that line, and kills the runner then.
    fn killed_at(&self, args: &[&str], line: &str) {
        let mut runner = self.command(args).spawn().unwrap();
        self.until(&mut runner, line);
        runner.kill().unwrap();
        runner.wait().unwrap();
    }

    fn until(&self, runner: &mut Child, line: &str) {
        let began = Instant::now();
        while !self.log().iter().any(|known| known == line) {
            assert!(began.elapsed() < Duration::from_secs(60), "{line}");
            assert_eq!(runner.try_wait().unwrap(), None, "it ended before {line}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The lines of the log.
    fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn run(&self) -> scn_record::Run {
        runs(&self.path(".scn/runs")).unwrap().pop().unwrap()
    }
}

const SCENARIO: &str = "\
@param word = 'a'
set x = random()
defer sh 'echo undo >> log'
background job sleep 1000
for i in [1, 2, 3]
  sh 'echo \"step$1\" >> log; test \"$1\" != 2 || until [ -e killed ]; do sleep 0.02; done' #{i}
end
check job.running
echo \"#{word} #{x == x}\"
finally
  sh 'echo finally >> log'
end
";

/// That scenario, whose runner was killed in its second step.
fn killed() -> Scene {
    let scene = Scene::new(&[("a.scn", &SCENARIO.replace("sleep 1000", "run sleep 1000"))]);
    scene.killed_at(&["run", "--set", "word=b", "a.scn"], "step2");
    fs::write(scene.path("killed"), "").unwrap();
    scene
}

fn sleeps(folder: &Path) -> bool {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let of_run = |pid: &Path| {
        let here = fs::read_link(pid.join("cwd")).is_ok_and(|cwd| cwd == folder);
        let stat = fs::read_to_string(pid.join("stat"));
        here && stat.is_ok_and(|stat| !stat.contains(") Z "))
    };
    all.map(|entry| entry.path()).any(|pid| of_run(&pid))
}

#[test]
fn a_killed_run_is_cleaned_up_after() {
    let scene = killed();
    // Whatever has become of the scenario since.
    fs::write(scene.path("a.scn"), "nonsense").unwrap();
    let came = scene.scn(&["cleanup"]);
    assert_eq!(came.status, Some(3), "{}", came.err);
    let reason = "\nERROR a.scn the run was cut short at line 6: ";
    assert!(came.err.contains(reason), "{}", came.err);
    assert_eq!(scene.log(), ["step1", "step2", "finally", "undo"]);
    assert!(!sleeps(scene.folder.path()), "something is left");
    assert!(matches!(scene.run().state, State::Finished(_)));
    let again = scene.scn(&["cleanup"]);
    assert_eq!(
        (again.status, again.err.as_str()),
        (Some(0), "no run is unfinished\n")
    );
    let id = scene.run().id;
    let again = scene.scn(&["cleanup", &id]);
    assert_eq!(again.status, Some(2));
    assert!(again.err.contains("is over: ERROR"), "{}", again.err);
}

#[test]
fn a_killed_run_goes_on() {
    let scene = killed();
    fs::remove_file(scene.path("a.scn")).unwrap();
    let came = scene.scn(&["resume"]);
    assert_eq!(came.status, Some(3), "{}", came.err);
    assert!(
        came.err.contains("there is no terminal to ask on"),
        "{}",
        came.err
    );
    assert_eq!(scene.log(), ["step1", "step2"], "nothing is done");
    let came = scene.scn(&["resume", "--assume", "not-done"]);
    assert_eq!(
        (came.status, came.out.as_str()),
        (Some(0), "b true\n"),
        "{}",
        came.err
    );
    assert!(came.err.contains("\nPASS a.scn"), "{}", came.err);
    let expected = ["step1", "step2", "step2", "step3", "finally", "undo"];
    assert_eq!(scene.log(), expected);
    assert!(!sleeps(scene.folder.path()), "something is left");
}

#[test]
fn what_was_done_is_not_done_again() {
    let scene = killed();
    let id = scene.run().id;
    let came = scene.scn(&["resume", &id[..id.len() - 2], "--assume", "done", "--json"]);
    assert_eq!(came.status, Some(0), "{}", came.err);
    assert!(
        came.out.lines().all(|line| line.starts_with("{\"seq\":")),
        "{}",
        came.out
    );
    assert_eq!(scene.log(), ["step1", "step2", "step3", "finally", "undo"]);
}

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

/// The record knows of a job which the scenario itself killed that it did.
#[test]
fn a_job_that_the_scenario_killed_is_no_failure_when_its_run_is_taken_up() {
    let scenario = "step own\nrun sleep 60\nend\n\
                    background first run sleep 60\nbackground second own\nsleep 20ms\n\
                    kill -9 first\nkill second\nsleep 20ms\nsh 'test -e on || kill -9 $PPID'\n";
    let scene = Scene::new(&[("s.scn", scenario)]);
    assert_eq!(scene.scn(&["run", "-q", "s.scn"]).status, None);
    fs::write(scene.path("on"), "").unwrap();
    let resumed = scene.scn(&["resume", "-q", "--assume", "not-done"]);
    assert_eq!(resumed.status, Some(0), "{}", resumed.err);
    let again = scene.scn(&["replay", "-q", "last"]);
    assert_eq!(again.status, Some(0), "{}", again.err);
}

/// What was not synced is lost with the machine, and no record knows what that was: so nothing is done a second time
/// unless somebody says so.
#[test]
fn a_run_whose_machine_was_started_anew_goes_on_when_somebody_says_so() {
    let scenario = "sh 'echo one >> log'\n\
                    sh 'echo two >> log; test -e on || kill -9 $PPID'\nsh 'echo three >> log'\n";
    for sync in ["owed", "step"] {
        let scene = Scene::new(&[("s.scn", scenario)]);
        assert_eq!(scene.scn(&["run", "--sync", sync, "s.scn"]).status, None);
        fs::write(scene.path("on"), "").unwrap();
        let folder = runs(&scene.path(".scn/runs")).unwrap().remove(0).folder;
        let kept = fs::read_to_string(folder.join("run.json")).unwrap();
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        assert!(kept.contains(boot.trim()), "{kept}");
        let another = kept.replace(boot.trim(), "00000000-0000-4000-8000-000000000000");
        fs::write(folder.join("run.json"), another).unwrap();
        let asked = scene.scn(&["resume"]);
        assert_eq!(asked.status, Some(3), "{}", asked.err);
        assert_eq!(scene.log(), ["one", "two"], "{}", asked.err);
        assert_eq!(
            asked.err.contains("started anew"),
            sync == "owed",
            "{}",
            asked.err
        );
        if sync == "owed" {
            assert!(
                asked
                    .err
                    .contains("kill -9 $PPID'` (line 2), the last step"),
                "{}",
                asked.err
            );
            assert!(
                asked.err.contains("--assume not-done, if it may"),
                "{}",
                asked.err
            );
        }
        let resumed = scene.scn(&["resume", "--assume", "not-done"]);
        assert_eq!(resumed.status, Some(0), "{}", resumed.err);
        assert_eq!(scene.log(), ["one", "two", "two", "three"]);
        let told = resumed.err.contains("may be done a second time");
        assert_eq!(told, sync == "owed", "{}", resumed.err);
    }
}

/// Large outputs are not synced: where the machine died, or somebody made room, their files may be short. What was made of them
/// is not taken for what it was.
#[test]
fn what_a_record_has_no_more_of_an_output_is_not_used() {
    let scenario = "set x sh 'head -c 300000 /dev/zero; echo told >&2'\n\
                    set y sh 'head -c 300000 /dev/zero >&2; echo PASS'\n\
                    sh 'test -e on || kill -9 $PPID'\n\
                    assert y == 'PASS'\nassert x.exit == 0 and y.exit == 0\nLAST\n";
    for (last, lost) in [
        ("assert len(x) == 300000", "outputs/1.stdout"),
        ("assert len(x.stdout) == 300000", "outputs/1.stdout"),
        ("assert len(y.stderr) == 300000", "outputs/2.stderr"),
        ("assert [x] != 1", "outputs/1.stdout"),
        ("run echo #{x}", "outputs/1.stdout"),
    ] {
        let scene = Scene::new(&[("s.scn", &scenario.replace("LAST", last))]);
        assert_eq!(scene.scn(&["run", "s.scn"]).status, None);
        fs::write(scene.path("on"), "").unwrap();
        let folder = runs(&scene.path(".scn/runs")).unwrap().remove(0).folder;
        let file = fs::File::options().write(true).open(folder.join(lost));
        file.unwrap().set_len(1000).unwrap();
        let resumed = scene.scn(&["resume", "--assume", "not-done"]);
        assert_eq!(resumed.status, Some(3), "{last}: {}", resumed.err);
        let told = "the record no longer has all that the step wrote";
        assert!(resumed.err.contains(told), "{last}: {}", resumed.err);
        let told = format!("in {lost}: it has 1000 bytes, and had");
        assert!(resumed.err.contains(&told), "{last}: {}", resumed.err);
        let again = scene.scn(&["replay", "-q", "last"]);
        assert_eq!(again.status, Some(3), "{last}: {}", again.err);
        let report = scene.scn(&["report", "last", "--format", "json"]);
        assert!(report.out.contains(" are lost: "), "{last}");
    }
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

#[test]
fn that_a_run_was_interrupted_before_it_was_killed_leaves_no_other_run_unfinished() {
    let text = |word: &str, end: &str| {
        format!(
            "defer sh 'echo {word} >> log; until [ -e killed ]; do sleep 0.02; done'
             sh 'echo {word}-begun >> log{end}'
"
        )
    };
    let old = text("old", "; until [ -e killed ]; do sleep 0.02; done");
    let new = text("new", "; kill -INT $PPID; sleep 20");
    let scene = Scene::new(&[("old.scn", &old), ("new.scn", &new)]);
    scene.killed_at(&["run", "old.scn"], "old-begun");
    scene.killed_at(&["run", "new.scn"], "new");
    fs::write(scene.path("killed"), "").unwrap();
    let came = scene.scn(&["resume", "--assume", "done"]);
    // The newer one is judged as interrupted; who takes it up now was not.
    assert_eq!(came.status, Some(3), "{}", came.err);
    assert!(
        came.err.contains("\nERROR new.scn interrupted"),
        "{}",
        came.err
    );
    assert!(came.err.contains("\nPASS old.scn"), "{}", came.err);
    assert_eq!(scene.log(), ["old-begun", "new-begun", "new", "new", "old"]);
}

/// Two runs, each killed in the middle of two branches.
fn killed_in_branches() -> Scene {
    let branch = |name| {
        format!("  sh 'echo {name} >> log; until [ -e killed ]; do sleep 0.02; done; echo {name}'")
    };
    let (one, two) = (branch("one"), branch("two"));
    let text = format!("parallel\n{one}\n{two}\nend\n");
    let scene = Scene::new(&[("a.scn", &text), ("b.scn", &text)]);
    for name in ["a.scn", "b.scn"] {
        let _ = fs::remove_file(scene.path("log"));
        let mut runner = scene.command(&["run", name]).spawn().unwrap();
        scene.until(&mut runner, "one");
        scene.until(&mut runner, "two");
        runner.kill().unwrap();
        runner.wait().unwrap();
    }
    fs::write(scene.path("killed"), "").unwrap();
    scene
}

const QUESTION: &str = "[yes/no/stop] ";

#[test]
fn a_step_that_is_taken_for_done_gives_no_value_that_nobody_knows() {
    let environment = "\
[commands.order]
sh = 'echo A1; echo ordered >> log; until [ -e killed ]; do sleep 0.02; done'
undo = 'withdraw #{result}'
[commands.withdraw]
sh = 'echo withdraw $1 >> log'
";
    let files = [
        ("scn.toml", "environment = 'local'\n"),
        ("environments/local.toml", environment),
        ("kept.scn", "set v order\ncheck v == 'A1'\n"),
        ("a.scn", "order\n"),
    ];
    let scene = Scene::new(&files);
    scene.killed_at(&["run", "kept.scn"], "ordered");
    let came = scene.scn(&["resume", "--assume", "done"]);
    assert_eq!(came.status, Some(3), "{}", came.err);
    assert!(
        came.err.contains("line 1: what `order` gave is not known"),
        "{}",
        came.err
    );
    assert_eq!(scene.run().state, State::Unfinished);
    let came = scene.scn(&["resume"]);
    assert!(
        came.err.contains("say it with --assume not-done, as its"),
        "{}",
        came.err
    );
    fs::write(scene.path("killed"), "").unwrap();
    let came = scene.scn(&["resume", "--assume", "not-done"]);
    assert_eq!(came.status, Some(0), "{}", came.err);

    for name in ["log", "killed"] {
        fs::remove_file(scene.path(name)).unwrap();
    }
    let mut runner = scene.command(&["run", "a.scn"]).spawn().unwrap();
    scene.until(&mut runner, "ordered");
    let journal = scene.run().folder.join("journal.jsonl");
    let began = Instant::now();
    while !fs::read_to_string(&journal).unwrap().contains("A1\\n") {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(2));
    }
    runner.kill().unwrap();
    runner.wait().unwrap();
    let came = scene.scn(&["resume", "--assume", "done"]);
    assert_eq!(came.status, Some(0), "{}", came.err);
    assert_eq!(scene.log(), ["ordered", "withdraw A1"], "{}", came.err);
}

#[test]
fn what_was_begun_is_undone_where_it_cannot_be_begun_again() {
    let environment = "\
[commands.block]
run = ['./block']
undo = 'unblock'
[commands.unblock]
sh = 'echo unblock >> log'
";
    let block = "#!/bin/sh\necho block >> log\nexec sleep 1000\n";
    let files = [
        ("scn.toml", "environment = 'local'\n"),
        ("environments/local.toml", environment),
        ("a.scn", "block\n"),
        ("block", block),
    ];
    let scene = Scene::new(&files);
    let program = scene.path("block");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, executable).unwrap();
    scene.killed_at(&["run", "a.scn"], "block");
    fs::remove_file(&program).unwrap();
    let came = scene.scn(&["resume", "--assume", "not-done"]);
    assert_eq!(came.status, Some(3), "{}", came.err);
    assert_eq!(scene.log(), ["block", "unblock"], "{}", came.err);
}

#[test]
fn a_run_whose_folder_was_moved_is_left_until_it_is_back() {
    let scene = Scene::new(&[
        ("here/.scn/x", ""),
        (
            "here/a.scn",
            "defer sh 'echo undo >> log'\nsh 'sleep 1000 & echo $! > pid; kill -9 $PPID'\n",
        ),
    ]);
    let (here, there) = (scene.path("here"), scene.path("there"));
    let came = |folder: &Path, verb| {
        Came::of(
            scene
                .command(&[verb, "--runs", "../runs"])
                .current_dir(folder),
        )
    };
    let mut run = scene.command(&["run", "--runs", "../runs", "a.scn"]);
    assert_eq!(Came::of(run.current_dir(&here)).status, None);
    fs::rename(&here, &there).unwrap();
    for verb in ["resume", "cleanup"] {
        let came = came(&there, verb);
        assert_eq!(came.status, Some(3), "{}", came.err);
        assert!(came.err.contains("is not there any more"), "{}", came.err);
        let pid = fs::read_to_string(there.join("pid")).unwrap();
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        let runs = stat.is_ok_and(|stat| !stat.contains(") Z "));
        // Whoever goes on with it may want to take it up.
        assert_eq!(runs, verb == "resume", "{}", came.err);
    }
    fs::rename(&there, &here).unwrap();
    let came = came(&here, "cleanup");
    assert!(
        came.err.contains("undo  sh 'echo undo >> log'"),
        "{}",
        came.err
    );
    assert_eq!(fs::read_to_string(here.join("log")).unwrap(), "undo\n");
}

#[test]
fn where_a_run_was_cut_short_is_told_with_the_file_where_it_is_not_the_scenarios_own() {
    let kill = "sh 'kill -9 $PPID; sleep 1000'";
    let environment = format!("[setup]\nsteps = [\"{kill}\"]\n");
    let used = format!("step end_it\n  {kill}\nend\n");
    let files = [
        ("a.scn", "echo a\n"),
        ("b.scn", "use 'used.scn'\necho b\nend_it\n"),
        ("used.scn", used.as_str()),
        ("environments/local.toml", environment.as_str()),
    ];
    let scene = Scene::new(&files);
    for (args, at) in [
        (&["run", "a.scn", "--env", "local"][..], "local.toml: "),
        (&["run", "b.scn"][..], "line 2 of used.scn: "),
    ] {
        assert_eq!(scene.scn(args).status, None);
        let asked = scene.scn(&["resume"]);
        assert!(asked.err.contains(at), "{at}: {}", asked.err);
        let cleaned = scene.scn(&["cleanup"]);
        let told = cleaned.err.lines().last().unwrap();
        assert!(
            told.contains("the run was cut short at line 2 of ") && told.contains(at),
            "{told}"
        );
    }
}

#[test]
fn a_watch_that_is_decided_before_the_first_step_is_so_when_its_run_is_taken_up() {
    let text = "\
set i = 1
do
  eventually i >= 1 within 2s
  sh 'echo begun >> log; until [ -e killed ]; do sleep 0.02; done'
end
";
    let scene = Scene::new(&[("a.scn", text)]);
    scene.killed_at(&["run", "a.scn"], "begun");
    fs::write(scene.path("killed"), "").unwrap();
    let came = scene.scn(&["resume", "--assume", "done"]);
    assert_eq!(came.status, Some(0), "{}", came.err);
    assert_eq!(scene.scn(&["run", "-q", "a.scn"]).status, Some(0));
    let again = scene.scn(&["replay", "-q", "last"]);
    assert_eq!(again.status, Some(0), "{}", again.err);
}

#[test]
fn ctrl_c_at_the_question_whether_a_step_was_done_is_an_interrupt() {
    let scene = killed_in_branches();
    let mut keys = [(QUESTION, "stop\r"); 4];
    keys[0].1 = "\x03";
    let came = scene.at_terminal(&["resume"], &keys);
    assert_eq!(came.status, Some(130), "{}", came.out);
    assert_eq!(came.out.matches(QUESTION).count(), 1, "{}", came.out);
    assert!(!came.out.contains("a.scn"), "{}", came.out);
}

#[test]
fn who_decides_later_is_asked_nothing_more_of_that_run() {
    let scene = killed_in_branches();
    let keys = [(QUESTION, "stop\r"); 4];
    let came = scene.at_terminal(&["resume"], &keys);
    assert_eq!(came.status, Some(3), "{}", came.out);
    assert_eq!(came.out.matches(QUESTION).count(), 2, "{}", came.out);
    assert_eq!(came.out.matches("goes on with").count(), 2, "{}", came.out);
}

#[test]
fn a_run_that_runs_is_left_alone() {
    let scene = Scene::new(&[("a.scn", "sh 'echo begun >> log; sleep 1000'\n")]);
    let mut runner = scene.command(&["run", "a.scn"]).spawn().unwrap();
    scene.until(&mut runner, "begun");
    let id = scene.run().id;
    for verb in ["resume", "cleanup"] {
        let came = scene.scn(&[verb, &id]);
        assert_eq!(came.status, Some(2));
        let said = format!("is still running, in process {}\n", runner.id());
        assert!(came.err.ends_with(&said), "{}", came.err);
        let none = scene.scn(&[verb]);
        assert_eq!(none.err, "no run is unfinished\n");
    }
    runner.kill().unwrap();
    runner.wait().unwrap();
    scene.scn(&["cleanup"]);
    assert!(!sleeps(scene.folder.path()), "something is left");
}

/// The lock is that of the record that the run writes, not of a copy that somebody made of it.
#[test]
fn a_run_that_runs_is_left_alone_by_who_has_a_copy_of_its_record() {
    let scenario = "defer sh 'echo undo >> log'\nsh 'echo begun >> log; sleep 1000'\n";
    let scene = Scene::new(&[("a.scn", scenario)]);
    let mut runner = scene.command(&["run", "a.scn"]).spawn().unwrap();
    scene.until(&mut runner, "begun");
    let copied = Command::new("cp")
        .args(["-r", ".scn/runs", "copy"])
        .current_dir(scene.folder.path())
        .status();
    assert!(copied.unwrap().success());
    for verb in ["resume", "cleanup"] {
        let came = scene.scn(&[verb, "--runs", "copy"]);
        assert_eq!(came.status, Some(2), "{}", came.err);
        let said = format!(
            "is still running, in process {}, and this is a copy of its record, which is in {}\n",
            runner.id(),
            scene.run().folder.display()
        );
        assert!(came.err.ends_with(&said), "{}", came.err);
    }
    assert_eq!(scene.log(), ["begun"]);
    assert!(sleeps(scene.folder.path()), "its program was ended");
    runner.kill().unwrap();
    runner.wait().unwrap();
    // The process is gone: nobody knows any more which of them is the copy.
    assert_eq!(scene.scn(&["cleanup", "--runs", "copy"]).status, Some(3));
    assert_eq!(scene.log(), ["begun", "undo"]);
}

#[test]
fn what_a_crash_left_of_a_journal_is_enough() {
    let scene = Scene::new(&[(
        "a.scn",
        "defer sh 'echo undo >> log'\nsh 'echo step >> log; sleep 1000'\n",
    )]);
    scene.killed_at(&["run", "a.scn"], "step");
    let journal = scene.run().folder.join("journal.jsonl");
    let whole = fs::read(&journal).unwrap();
    fs::write(
        &journal,
        [whole.as_slice(), b"{\"seq\":9,\"at", &[0; 4096]].concat(),
    )
    .unwrap();
    let came = scene.scn(&["cleanup", "-q"]);
    assert!(came.err.starts_with("ERROR a.scn"), "{}", came.err);
    assert_eq!(scene.log(), ["step", "undo"]);
    // Damage in the middle is not guessed at.
    let text = String::from_utf8(fs::read(&journal).unwrap()).unwrap();
    fs::write(&journal, text.replacen("step_started", "step started\"", 1)).unwrap();
    let id = scene.run().id;
    let came = scene.scn(&["cleanup", &id]);
    assert_eq!(came.status, Some(3));
    assert!(
        came.err.contains("journal.jsonl:") && came.err.contains("lines are sound"),
        "{}",
        came.err
    );
}

#[test]
fn what_a_run_owes_is_told_where_nobody_knows_any_more_what_it_was_run_from() {
    for damage in ["remove", "cut"] {
        let scene = killed();
        let file = scene.run().folder.join("run.json");
        let whole = fs::read(&file).unwrap();
        match damage {
            "cut" => fs::write(&file, "{").unwrap(),
            _ => fs::remove_file(&file).unwrap(),
        }
        for verb in ["cleanup", "resume"] {
            let came = scene.scn(&[verb]);
            assert_eq!(came.status, Some(3), "{}", came.err);
            assert!(came.err.contains("run.json"), "{}", came.err);
            let owed = "do by hand what the run owes, newest first, and remove ";
            assert!(came.err.contains(owed), "{}", came.err);
            assert!(
                came.err.ends_with(":\n    sh 'echo undo >> log'\n"),
                "{}",
                came.err
            );
            assert_eq!(scene.run().state, State::Unfinished, "it is not over");
        }
        let came = scene.scn(&["replay", "last"]);
        assert_eq!(came.status, Some(2), "{}", came.err);
        assert!(came.err.contains("run.json"), "{}", came.err);
        // It is put back from a copy.
        fs::write(&file, whole).unwrap();
        scene.scn(&["cleanup"]);
        assert_eq!(scene.log(), ["step1", "step2", "finally", "undo"]);
    }
}

#[test]
fn who_cleans_up_begins_no_job_that_was_not_begun() {
    let scenario = "\
step several
  sh 'echo first >> log; until [ -e killed ]; do sleep 0.02; done'
  sh 'echo second >> log'
end
background j several
sh 'until grep -q first log; do sleep 0.02; done; echo begun >> log; until [ -e killed ]; do sleep 0.02; done'
background k sh 'echo another >> log'
finally
  sh 'touch killed; sleep 0.3; echo finally >> log'
end
";
    let scene = Scene::new(&[("a.scn", scenario)]);
    scene.killed_at(&["run", "a.scn"], "begun");
    let journal = scene.run().folder.join("journal.jsonl");
    let whole = fs::read_to_string(&journal).unwrap();
    let came = scene.scn(&["cleanup"]);
    assert_eq!(scene.log(), ["first", "begun", "finally"], "{}", came.err);
    let came = scene.scn(&["replay", "-q", "last"]);
    assert!(
        came.err.starts_with("ERROR a.scn the run was cut short"),
        "{}",
        came.err
    );
    // Nor where the machine has lost all but the first lines.
    for lines in 1..whole.lines().count() {
        let kept: Vec<&str> = whole.lines().take(lines).collect();
        fs::write(&journal, kept.join("\n") + "\n").unwrap();
        fs::write(scene.path("log"), "").unwrap();
        let came = scene.scn(&["cleanup", &scene.run().id]);
        assert_eq!(scene.log(), ["finally"], "{lines}: {}", came.err);
    }
}

#[test]
fn a_run_that_was_killed_before_anything_was_done_owes_nothing() {
    let scene = Scene::new(&[("a.scn", "run true\n")]);
    scene.scn(&["run", "a.scn"]);
    let folder = scene.run().folder;
    let journal = folder.join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    for begun in ["", text.lines().next().unwrap()] {
        fs::write(&journal, begun).unwrap();
        let _ = fs::remove_file(folder.join("run.json"));
        let id = scene.run().id;
        let came = scene.scn(&["cleanup", &id]);
        assert_eq!(came.status, Some(3), "{}", came.err);
        assert!(matches!(scene.run().state, State::Finished(_)));
    }
    // What it is run from was being written.
    let first = text.lines().next().unwrap();
    fs::write(&journal, format!("{first}\n")).unwrap();
    fs::write(folder.join("run.json"), "{\"version\":1,\"na").unwrap();
    let came = scene.scn(&["cleanup"]);
    assert_eq!(came.status, Some(3), "{}", came.err);
    assert!(came.err.contains("before its first step"), "{}", came.err);
    assert!(matches!(scene.run().state, State::Finished(_)));
}

#[test]
fn of_several_files_the_one_that_was_cut_short_is_cleaned_up_after() {
    let text = |name: &str, end: &str| {
        format!(
            "defer sh 'echo undo {name} $SCN_RUN >> log'\nsh 'echo {name} $SCN_RUN >> log{end}'\n"
        )
    };
    let texts = [
        text("a", ""),
        text("b", ""),
        text("c", "; echo killed >> log; sleep 1000"),
    ];
    let [a, b, c] = &texts;
    let scene = Scene::new(&[("a.scn", a), ("b.scn", b), ("c.scn", c)]);
    scene.killed_at(&["run", "a.scn", "b.scn", "c.scn", "a.scn"], "killed");
    let found = runs(&scene.path(".scn/runs")).unwrap();
    let ids: Vec<&str> = found.iter().map(|run| run.id.as_str()).collect();
    let unfinished = |run: &scn_record::Run| run.state == State::Unfinished;
    let left: Vec<&str> = found
        .iter()
        .filter(|run| unfinished(run))
        .map(|run| run.id.as_str())
        .collect();
    assert_eq!((ids.len(), left.len()), (3, 1));
    let came = scene.scn(&["cleanup"]);
    assert!(came.err.contains("ERROR c.scn"), "{}", came.err);
    // Each run's programs have its own name, and nobody else's.
    let log = scene.log();
    let named = |word: &str| {
        let line = log.iter().find_map(|line| line.strip_prefix(word));
        line.unwrap_or_else(|| panic!("{word}: {log:?}"))
            .trim()
            .to_owned()
    };
    for name in ["a", "b", "c"] {
        let id = named(&format!("{name} "));
        assert!(ids.contains(&id.as_str()), "{id}: {ids:?}");
        assert_eq!(named(&format!("undo {name} ")), id);
    }
    assert_eq!(named("c "), left[0]);
    assert_ne!(named("a "), named("b "));
}

#[test]
fn which_files_were_not_begun_is_told_by_who_comes_after_the_one_that_was_cut_short() {
    let cut = "defer echo undone\nsh 'kill -9 $PPID; sleep 1000'\n";
    let (also, last) = ("run true\n", "run false\n");
    let scene = Scene::new(&[("1.scn", also), ("2.scn", cut), ("3.scn", last)]);
    assert_eq!(scene.scn(&["run", "1.scn", "2.scn", "3.scn"]).status, None);
    let told = "what was to be run after it was not begun: 3.scn\n";
    let next = scene.scn(&["run", "1.scn"]);
    assert!(next.err.contains(told), "{}", next.err);
    let cleaned = scene.scn(&["cleanup"]);
    assert!(cleaned.err.contains(told), "{}", cleaned.err);
    let mut args = vec!["run", "2.scn"];
    args.extend(["3.scn"; 7]);
    assert_eq!(scene.scn(&args).status, None);
    let resumed = scene.scn(&["resume", "--assume", "done"]);
    let told = "not begun: 3.scn, 3.scn, 3.scn, 3.scn, 3.scn and 2 others\n";
    assert!(resumed.err.contains(told), "{}", resumed.err);
    assert_eq!(scene.scn(&["run", "2.scn"]).status, None);
    let alone = scene.scn(&["cleanup"]);
    assert!(!alone.err.contains("not begun"), "{}", alone.err);
}

#[test]
fn several_files_leave_nothing_but_their_runs() {
    let scene = Scene::new(&[("a.scn", "echo a\n"), ("b.scn", "fail no\n")]);
    let came = scene.scn(&["run", "a.scn", "b.scn", "a.scn"]);
    assert_eq!(came.status, Some(1), "{}", came.err);
    let names = fs::read_dir(scene.path(".scn/runs")).unwrap().flatten();
    let runs = names.filter(|entry| entry.path().join("journal.jsonl").is_file());
    assert_eq!(runs.count(), 3);
    assert!(!scene.path(".scn/runs/.unfinished").exists());
}

#[test]
fn a_value_that_held_a_secret_is_given_again() {
    let scene = Scene::new(&[
        (
            "a.scn",
            "@param url = ''\ndefer sh 'echo \"undo $1\" >> log' #{url}\nsh 'echo step >> log; sleep 1000'\n",
        ),
        (
            "environments/e.toml",
            "[secrets]\npassword = { file = 'password' }\n",
        ),
        ("password", "hunter22\n"),
    ]);
    let set = ["--set", "url=x://hunter22@y"];
    scene.killed_at(
        &[&["run", "--env", "e", "a.scn"], &set[..]].concat(),
        "step",
    );
    let came = scene.scn(&["cleanup"]);
    assert_eq!(came.status, Some(2), "{}", came.err);
    assert!(
        came.err.contains("give it again with --set url=VALUE"),
        "{}",
        came.err
    );
    scene.scn(&[&["cleanup"], &set[..]].concat());
    assert_eq!(scene.log(), ["step", "undo x://hunter22@y"]);
}

const GRANTED: &str = "[secrets]\npw = { env = 'PW' }\n[commands.sec]\nsh = 'printf \"%s\\n\" \"$PW\"'\nsecrets = ['pw']\n[commands.quiet]\nsh = 'true'\nsecrets = ['pw']\n";

/// What the line after a step that waited makes of what a step gave before the runner was killed.
fn resumed_with(line: &str) -> (Came, Scene) {
    let wait = "sh 'echo step >> log; until [ -e killed ]; do sleep 0.02; done'";
    let scenario = format!("set s sec\n{wait}\n{line}\n");
    let scene = Scene::new(&[("a.scn", &scenario), ("environments/e.toml", GRANTED)]);
    let with = |args: &[&str]| {
        let mut command = scene.command(args);
        command.env("PW", "abc12345");
        command
    };
    let mut runner = with(&["run", "--env", "e", "a.scn"]).spawn().unwrap();
    scene.until(&mut runner, "step");
    runner.kill().unwrap();
    runner.wait().unwrap();
    fs::write(scene.path("killed"), "").unwrap();
    let came = Came::of(&mut with(&["resume", "--assume", "done"]));
    (came, scene)
}

#[test]
fn a_mask_in_the_record_is_never_taken_for_the_value() {
    for line in [
        "assert s == 'abc12345'",
        "assert s.stdout contains 'abc'",
        "assert not (s == 'abc12345')",
        "sh 'printf %s \"$1\" > s.out' #{s}",
        "sh 'printf %s \"$1\" > s.out' \"x#{s}\"",
        "assert \"x#{s}\" == 'xabc12345'",
        "set t = upper(s)",
        "set t = s.value",
        "if s == 'abc12345'\n  echo so\nend",
        "check s matches 'abc'",
        "for x in [s]\n  assert x != 'a'\nend",
        "assert [s] == ['********']",
        "assert {a: [s]} != {a: 1}",
        "assert '********' in [s]",
        "assert [s, 1] contains 'a'",
        "sh 'printf %s \"$1\" > s.out' #{[1, {a: s}]}",
        "set t = \"#{[s]}\"",
        "set t = json(text([s]))",
        "assert join([s]) == '********'",
        "step give v\n  return [v]\nend\nset r give #{s}\nassert r == ['********']",
    ] {
        let (came, scene) = resumed_with(line);
        assert_eq!(came.status, Some(3), "{line}: {}", came.err);
        let says = came.err.contains("the record has only `********`");
        assert!(says, "{line}: {}", came.err);
        assert!(!scene.path("s.out").exists(), "{line}");
    }
    for line in [
        "assert s.exit == 0",
        "assert len([s, 1] + [2]) == 3",
        "assert [s, 1][1] == 1",
    ] {
        let (came, _) = resumed_with(line);
        assert_eq!(came.status, Some(0), "{line}: {}", came.err);
    }
}

#[test]
fn a_run_with_a_secret_is_judged_again() {
    for scenario in [
        "quiet",
        "sec",
        "set s = pw\nassert s == 'abc12345'",
        "sh 'test \"$1\" = abc12345' #{pw}",
        "set s sec\nsh 'test ${#1} = 9' \"x#{s}\"",
        "set s sec\nassert s.exit == 0",
        "set s sec\nsh 'test ${#1} = 12' #{[s]}",
    ] {
        let scene = Scene::new(&[
            ("a.scn", &format!("{scenario}\n")),
            ("environments/e.toml", GRANTED),
        ]);
        let with = |args: &[&str]| Came::of(scene.command(args).env("PW", "abc12345"));
        let ran = with(&["run", "--env", "e", "a.scn"]);
        assert_eq!(ran.status, Some(0), "{scenario}: {}", ran.err);
        let again = with(&["replay", "last"]);
        assert_eq!(again.status, Some(0), "{scenario}: {}", again.err);
        assert!(!again.err.contains("abc12345"), "{scenario}: {}", again.err);
        if !scenario.contains("pw") {
            let without = scene.scn(&["replay", "last"]);
            assert_eq!(without.status, Some(0), "{scenario}: {}", without.err);
        }
    }
}

#[test]
fn a_secret_that_is_a_word_of_the_record_itself_loses_nothing_of_it() {
    let environment = "[secrets]
pw = { file = 'pw' }
[commands.up]
sh = 'echo up >> log'
undo = 'down'
[commands.down]
sh = 'echo down >> log'
";
    let scenario = "up\nsh 'echo begun >> log; until [ -e killed ]; do sleep 0.02; done'\n";
    for word in [
        "step_started",
        "undo_owed",
        "step_finished",
        "scenario",
        "pass",
        "journal",
        "step",
        "event",
    ] {
        let scene = Scene::new(&[
            ("a.scn", scenario),
            ("environments/e.toml", environment),
            ("pw", word),
        ]);
        scene.killed_at(&["run", "--env", "e", "a.scn"], "begun");
        fs::write(scene.path("killed"), "").unwrap();
        let came = scene.scn(&["cleanup"]);
        assert_eq!(scene.log(), ["up", "begun", "down"], "{word}: {}", came.err);
        let came = scene.scn(&["replay", "last"]);
        assert!(
            came.err.contains("the run was cut short at line 2"),
            "{word}: {}",
            came.err
        );
    }
}

#[test]
fn a_secret_that_is_a_word_of_the_scenario_does_not_part_it_from_its_record() {
    let environment = "[secrets]
pw = { file = 'pw' }
[components.postgres]
start = { sh = 'echo state=READY > db.log; sleep 1000' }
log = [{ path = 'db.log', parse = [{ regex = '^state=(?<STATE>.*)' }] }]
";
    let scenario = "start postgres
wait until postgres.STATE == 'READY' within 10s
background load run sleep 1000
set n = random()
run echo literal
sh 'echo begun >> log; until [ -e killed ]; do sleep 0.02; done'
check postgres.STATE == 'READY'
cancel load
";
    for word in ["postgres", "wait", "load", "random", "literal"] {
        let scene = Scene::new(&[
            ("a.scn", scenario),
            ("environments/e.toml", environment),
            ("pw", word),
        ]);
        scene.killed_at(&["run", "--env", "e", "a.scn"], "begun");
        fs::write(scene.path("killed"), "").unwrap();
        let came = scene.scn(&["resume", "--assume", "done"]);
        assert_eq!(came.status, Some(0), "{word}: {}", came.err);
        let again = scene.scn(&["replay", "last"]);
        assert_eq!(again.status, Some(0), "{word}: {}", again.err);
    }
}

/// What was seen of a secret is not in the record: it is not compared with what the scenario has.
#[test]
fn a_metric_that_was_secret_is_no_failure_of_the_system_when_its_run_is_taken_up() {
    let environment = "[secrets]
pw = { file = 'pw' }
[components.Engine]
start = { sh = 'echo state=READY level=7 > engine.log; sleep 1000' }
log = [{ path = 'engine.log', parse = [{ regex = '^state=(?<STATE>[^ ]*) level=(?<LEVEL>.*)' }] }]
";
    for (check, status) in [
        ("check Engine.STATE == 'READY'", 3),
        ("check Engine.STATE != 'READY'", 3),
        ("run echo #{Engine.STATE}", 3),
        ("check Engine.LEVEL == 7", 0),
    ] {
        let scenario = format!(
            "start Engine\nwait until Engine.LEVEL == 7 within 10s\n\
             sh 'echo begun >> log; until [ -e killed ]; do sleep 0.02; done'\n{check}\n"
        );
        let scene = Scene::new(&[
            ("a.scn", &scenario),
            ("environments/e.toml", environment),
            ("pw", "READY"),
        ]);
        scene.killed_at(&["run", "--env", "e", "a.scn"], "begun");
        fs::write(scene.path("killed"), "").unwrap();
        let came = scene.scn(&["resume", "--assume", "done"]);
        assert_eq!(came.status, Some(status), "{check}: {}", came.err);
        let told = came.err.contains("the record has only `********`");
        assert_eq!(told, status == 3, "{check}: {}", came.err);
        let again = scene.scn(&["replay", "last"]);
        assert_eq!(again.status, Some(status), "{check}: {}", again.err);
    }
}

/// The same of what came with an event.
#[test]
fn an_event_that_was_secret_is_no_failure_of_the_system_when_its_run_is_taken_up() {
    let environment = "[secrets]
pw = { file = 'pw' }
[components.Engine]
start = { sh = 'echo login READY level 7 > engine.log; sleep 1000' }
log = [{ path = 'engine.log', parse = [{ regex = '^login (?<who>[^ ]*) level (?<level>.*)', event = 'login' }] }]
";
    for (check, status) in [
        ("check e.data.who == 'READY'", 3),
        ("check e.data.who != 'READY'", 3),
        ("run echo #{e.data.who}", 3),
        ("check e.data.level == 7", 0),
    ] {
        let scenario = format!(
            "start Engine\nwait event 'login*' where it.data.who == 'READY' within 10s as e\n\
             sh 'echo begun >> log; until [ -e killed ]; do sleep 0.02; done'\n{check}\n"
        );
        let scene = Scene::new(&[
            ("a.scn", &scenario),
            ("environments/e.toml", environment),
            ("pw", "READY"),
        ]);
        scene.killed_at(&["run", "--env", "e", "a.scn"], "begun");
        fs::write(scene.path("killed"), "").unwrap();
        let came = scene.scn(&["resume", "--assume", "done"]);
        assert_eq!(came.status, Some(status), "{check}: {}", came.err);
        let told = came.err.contains("the record has only `********`");
        assert_eq!(told, status == 3, "{check}: {}", came.err);
        let again = scene.scn(&["replay", "last"]);
        assert_eq!(again.status, Some(status), "{check}: {}", again.err);
    }
}

#[test]
fn a_secret_that_is_gone_is_no_failure_of_the_system() {
    for scenario in [
        "assert pw == 'abc12345'",
        "set s sec\nassert s == 'abc12345'",
        "set s sec\nassert \"x#{s}\" == 'xabc12345'",
    ] {
        let scene = Scene::new(&[
            ("a.scn", &format!("{scenario}\n")),
            ("environments/e.toml", GRANTED),
        ]);
        let ran = Came::of(
            scene
                .command(&["run", "--env", "e", "a.scn"])
                .env("PW", "abc12345"),
        );
        assert_eq!(ran.status, Some(0), "{scenario}: {}", ran.err);
        let again = scene.scn(&["replay", "last"]);
        assert_eq!(again.status, Some(3), "{scenario}: {}", again.err);
        let says = again.err.contains("the record has only `********`");
        assert!(says, "{scenario}: {}", again.err);
    }
}

#[test]
fn a_run_that_is_not_there_is_told() {
    let scene = Scene::new(&[]);
    for verb in ["resume", "cleanup", "replay"] {
        let came = scene.scn(&[verb, "2026"]);
        assert_eq!(came.status, Some(2));
        assert!(
            came.err.starts_with("error: there is no run 2026 in "),
            "{}",
            came.err
        );
    }
}

/// A plug-in that notes what it is called.
const BANK: &str = r#"
while IFS= read -r line; do
  id=${line#*\"id\":}; id=${id%%,*}; result='{}'
  case $line in
    *'"method":"initialize"'*) result='{"protocol":1,"name":"bank","version":"1","commands":[
      {"name":"open","params":[{"name":"who"}],"undo":"close #{result.id}"},{"name":"close","params":[{"name":"id"}]}]}' ;;
    *'"command":"open"'*) echo opened >> log; result='{"value":{"id":"A1"}}' ;;
    *'"command":"close"'*) args=${line#*\"id\":\"}; echo "closed ${args%%\"*}" >> log ;;
  esac
  printf '%s' "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":$result}" | tr -d '\n'; echo
done
"#;

/// A run with that plug-in, killed in its last step.
fn killed_with_plugin() -> Scene {
    let scene = Scene::new(&[
        ("bank.sh", BANK),
        (
            "environments/local.toml",
            "[plugins.bank]\nprogram = ['sh', 'bank.sh']\n",
        ),
        (
            "a.scn",
            "sh 'echo begun >> log'\ndefer sh 'echo deferred >> log'\nopen ann\nsh 'echo last >> log; sleep 60'\n",
        ),
    ]);
    scene.killed_at(&["run", "--env", "local", "a.scn"], "last");
    scene
}

#[test]
fn what_a_plugin_is_owed_is_done_by_who_cleans_up() {
    let scene = killed_with_plugin();
    let came = scene.scn(&["cleanup"]);
    assert_eq!(came.status, Some(3), "{}", came.err);
    let log = ["begun", "opened", "last", "closed A1", "deferred"];
    assert_eq!(scene.log(), log, "{}", came.err);
}

#[test]
fn a_plugin_that_is_gone_keeps_nothing_else_from_being_done() {
    let scene = killed_with_plugin();
    fs::remove_file(scene.path("bank.sh")).unwrap();
    let came = scene.scn(&["cleanup"]);
    assert_eq!(came.status, Some(3), "{}", came.err);
    assert_eq!(scene.log(), ["begun", "opened", "last", "deferred"]);
    let failed = "bank.close A1";
    assert!(came.err.contains(failed), "{}", came.err);
    // It is judged again without being started.
    let id = scene.run().id;
    let again = scene.scn(&["replay", &id]);
    assert!(!again.err.contains("E350"), "{}", again.err);
    assert!(again.err.contains("open ann"), "{}", again.err);
}
