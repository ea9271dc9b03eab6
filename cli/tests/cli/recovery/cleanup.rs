//! `scn cleanup`: what is owed is done, from whatever is left of the record.

use std::fs;
use std::path::Path;
use std::process::Command;

use scn_record::State;

use super::{Came, Scene, killed, sleeps};

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
