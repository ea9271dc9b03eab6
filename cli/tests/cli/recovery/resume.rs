//! `scn resume`: a run goes on from where its record ends.

use std::fs;
use std::time::{Duration, Instant};

use scn_record::{State, runs};

use super::{Scene, killed, sleeps};

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
