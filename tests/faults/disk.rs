//! Where the record is written, it cannot be.

use scn_record::State;

use crate::support::{Scene, can, err};

const MOUNTS: &str = "unshare -rm mount -t tmpfs tmpfs /mnt";

#[test]
fn a_full_disk_ends_the_run_and_what_is_owed_is_done() {
    if !can("a full disk", MOUNTS) {
        return;
    }
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nsh 'echo begun >> log'\nsh 'head -c 1000000 /dev/zero'\nsh 'echo after >> log'\n",
    );
    let output = scene
        .program(&[
            "unshare",
            "-rm",
            "sh",
            "-c",
            "
        mkdir disk; mount -t tmpfs -o size=256k tmpfs disk
        $SCN run --runs disk/runs a.scn; status=$?
        cp log log-of-run; cp -r disk/runs kept; exit $status",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert!(
        ["No space left", "for the output of all steps was reached"]
            .iter()
            .any(|why| err(&output).contains(why)),
        "{}",
        err(&output)
    );
    let mut undone = scene.log().contains(&"undo".to_owned());
    if !undone {
        // What could not be recorded as done is done by the clean-up.
        let again = scene.scn(&["cleanup", "--runs", "kept"]).output().unwrap();
        undone = scene.log().contains(&"undo".to_owned());
        assert!(undone, "{}\n{}", err(&output), err(&again));
    }
    assert!(!scene.log().contains(&"after".to_owned()));
    scene.is_clean();
}

#[test]
fn a_disk_that_is_full_from_the_beginning_lets_nothing_begin() {
    if !can("a disk that is full", MOUNTS) {
        return;
    }
    let scene = Scene::new("defer sh 'echo undo >> log'\nsh 'echo begun >> log'\n");
    let output = scene.program(&["unshare", "-rm", "sh", "-c", "
        mkdir disk; mount -t tmpfs -o size=8k tmpfs disk; mkdir disk/runs; head -c 8k /dev/zero > disk/fill
        $SCN run --runs disk/runs a.scn"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert_eq!(scene.log(), [""; 0], "{}", err(&output));
}

#[test]
fn a_folder_that_is_read_only_lets_nothing_begin() {
    if !can("a folder that is read-only", MOUNTS) {
        return;
    }
    let scene = Scene::new("sh 'echo begun >> log'\n");
    let output = scene
        .program(&[
            "unshare",
            "-rm",
            "sh",
            "-c",
            "
        mkdir disk; mount -t tmpfs -o ro tmpfs disk
        $SCN run --runs disk/runs a.scn",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert!(
        err(&output).contains("Read-only file system"),
        "{}",
        err(&output)
    );
    assert!(
        err(&output).contains("so nothing was run"),
        "{}",
        err(&output)
    );
    assert_eq!(scene.log(), [""; 0]);
}

#[test]
fn a_record_that_is_removed_ends_the_run_and_what_is_owed_is_done() {
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nsh 'echo begun >> log; rm -rf .scn'\nsleep 200ms\nsh 'echo after >> log'\n",
    );
    let output = scene.begin().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert!(
        err(&output).contains("removed while the run was recorded"),
        "{}",
        err(&output)
    );
    assert_eq!(scene.log(), ["begun", "undo"]);
    scene.is_clean();
}

#[test]
fn a_working_folder_that_is_removed_is_told() {
    let scene = Scene::new("defer sh 'echo undo >> log'\nrun true\n");
    let text = "mkdir -p sub; cp a.scn sub; cd sub; rm -rf ../sub; $SCN run a.scn";
    let output = scene.shell(text);
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(err(&output).starts_with("error: "), "{}", err(&output));
}

#[test]
fn a_run_folder_that_is_locked_by_nobody_is_unfinished_until_it_is_cleaned_up() {
    let scene = Scene::new("defer sh 'echo undo >> log'\nsh 'echo begun >> log; sleep 1000'\n");
    scene.kill_at("begun");
    assert_eq!(scene.runs()[0].state, State::Unfinished);
    scene.clean_up();
    assert!(matches!(scene.runs()[0].state, State::Finished(_)));
    scene.is_clean();
}
