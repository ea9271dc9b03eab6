//! Where the record is written, it cannot be.

use std::process::Output;

use scn_protocol::Event;
use scn_record::State;

use crate::support::{Scene, can, err};

const MOUNTS: &str = "unshare -rm mount -t tmpfs tmpfs /mnt";

/// What a shell does that may mount what others do not see.
fn mounted(scene: &Scene, script: &str) -> Output {
    let shell = ["unshare", "-rm", "sh", "-c", script];
    scene.program(&shell).output().unwrap()
}

#[test]
fn a_full_disk_ends_the_run_and_what_is_owed_is_done() {
    if !can("a full disk", MOUNTS) {
        return;
    }
    // A run's own limit, which is made of the room that there is, must not come before the disk's end.
    let scene = Scene::with(
        "defer sh 'echo undo >> log'\nsh 'echo begun >> log'\nflood\nsh 'echo after >> log'\n",
        "[limits]\noutput = '1GB'\n[commands.flood]\nrun = ['head', '-c', '1000000', '/dev/zero']\nundo = 'drained'\n\
         [commands.drained]\nsh = 'echo drained >> log'\n",
    );
    let output = mounted(
        &scene,
        "
        mkdir disk; mount -t tmpfs -o size=256k tmpfs disk
        $SCN run --env e --runs disk/runs a.scn; status=$?
        cp log log-of-run; cp -r disk/runs kept; exit $status",
    );
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert!(err(&output).contains("No space left"), "{}", err(&output));
    // A program that was begun is undone, although what it wrote could not be recorded.
    let undone = || ["drained", "undo"].map(|line| scene.log().contains(&line.to_owned()));
    if undone() != [true; 2] {
        // What could not be recorded as done is done by the clean-up.
        let again = scene.scn(&["cleanup", "--runs", "kept"]).output().unwrap();
        assert_eq!(undone(), [true; 2], "{}\n{}", err(&output), err(&again));
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
    let output = mounted(&scene, "
        mkdir disk; mount -t tmpfs -o size=8k tmpfs disk; mkdir disk/runs; head -c 8k /dev/zero > disk/fill
        $SCN run --runs disk/runs a.scn");
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert_eq!(scene.log(), [""; 0], "{}", err(&output));
}

#[test]
fn a_disk_that_is_full_lets_nobody_take_up_a_run() {
    if !can("a disk that is full", MOUNTS) {
        return;
    }
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nsh 'echo begun >> log; kill -9 $PPID'\nfinally\n  sh 'echo finally >> log'\nend\n",
    );
    let output = mounted(&scene, "
        mkdir disk; mount -t tmpfs -o size=256k tmpfs disk
        $SCN run --runs disk/runs a.scn; head -c 1M /dev/zero > disk/fill
        for verb in cleanup 'resume --assume done'; do $SCN $verb --runs disk/runs; echo $? >> log; done
        rm disk/fill; $SCN cleanup --runs disk/runs");
    let said = err(&output);
    assert!(
        said.contains("could not be recorded, so nothing was"),
        "{said}"
    );
    assert_eq!(
        scene.log(),
        ["begun", "3", "3", "finally", "undo"],
        "{said}"
    );
    scene.is_clean();
}

#[test]
fn a_folder_that_is_read_only_lets_nothing_begin() {
    if !can("a folder that is read-only", MOUNTS) {
        return;
    }
    let scene = Scene::new("sh 'echo begun >> log'\n");
    let output = mounted(
        &scene,
        "
        mkdir disk; mount -t tmpfs -o ro tmpfs disk
        $SCN run --runs disk/runs a.scn",
    );
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

/// A disk of 16 MB that in truth has room for some hundred KB: what is written is taken, and refused when it is to
/// be on the disk.
const FALSE_DISK: &str = "
    mkdir medium disk; mount -t tmpfs -o size=400k tmpfs medium
    truncate -s 16M medium/image; mke2fs -q -F medium/image; mount -o loop medium/image disk";

#[test]
fn a_disk_that_takes_what_it_cannot_keep_ends_the_run_where_it_is_synced() {
    let mounts = "unshare -m sh -ec '
        truncate -s 1M image; mke2fs -q -F image; mkdir disk; mount -o loop image disk'";
    if !can("a disk that fails", mounts) {
        return;
    }
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nfor i in range(40)\n  sh 'head -c 50000 /dev/urandom; echo begun >> log'\nend\nsh 'echo after >> log'\n",
    );
    let text = format!(
        "unshare -m sh -c '{FALSE_DISK}
        \"$SCN\" run --sync step --runs disk/runs a.scn; status=$?; cp -r disk/runs kept; exit $status'"
    );
    let output = scene.shell(&text);
    let said = err(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("os error") || said.contains("No space left"),
        "{said}"
    );
    let log = scene.log();
    assert!(
        log.contains(&"begun".to_owned()) && !log.contains(&"after".to_owned()),
        "{log:?}"
    );
    scene.is_clean();
}

/// The same, but each write is only over once it is on the disk: so it is the write that fails.
#[test]
fn a_disk_that_refuses_a_write_in_the_middle_ends_the_run_and_what_is_owed_is_done() {
    let mounts = "unshare -m sh -ec '
        truncate -s 1M image; mke2fs -q -F image; mkdir disk; mount -o loop,sync image disk'";
    if !can("a disk that refuses a write", mounts) {
        return;
    }
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nfor i in range(40)\n  sh 'head -c 50000 /dev/urandom; echo begun >> log'\nend\nsh 'echo after >> log'\n",
    );
    let disk = FALSE_DISK.replace("mount -o loop ", "mount -o loop,sync ");
    let text = format!(
        "unshare -m sh -c '{disk}
        \"$SCN\" run --sync none --runs disk/runs a.scn; status=$?; cp -r disk/runs kept; exit $status'"
    );
    let output = scene.shell(&text);
    let said = err(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("can no longer be recorded"), "{said}");
    let log = scene.log();
    assert!(
        log.contains(&"begun".to_owned()) && !log.contains(&"after".to_owned()),
        "{log:?}"
    );
    readable(&scene, &said);
    scene.is_clean();
}

/// What is refused is what makes sure that something is on the disk, from the third time on.
#[test]
fn a_disk_that_cannot_sync_ends_the_run_and_what_is_owed_is_done() {
    if !can("a disk that cannot sync", "strace -qq -o /dev/null true") {
        return;
    }
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nfor i in range(40)\n  sh 'echo begun >> log'\nend\nsh 'echo after >> log'\n",
    );
    let output = scene.shell(
        "strace -qq -o /dev/null -e trace=fdatasync,fsync -e inject=fdatasync,fsync:error=EIO:when=6+ \
         \"$SCN\" run --sync step --runs kept a.scn",
    );
    let said = err(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("Input/output error"), "{said}");
    let log = scene.log();
    let begun = log.iter().filter(|line| *line == "begun").count();
    assert!((1..5).contains(&begun), "{log:?}");
    assert!(!log.contains(&"after".to_owned()), "{log:?}");
    readable(&scene, &said);
    scene.is_clean();
}

/// The record can be read up to where the disk failed, and has the first step.
fn readable(scene: &Scene, said: &str) {
    let runs = scn_record::runs(&scene.path().join("kept")).unwrap();
    let lines = scn_record::read(&runs[0].folder).unwrap();
    let events: Vec<Event> = lines.map(|line| line.unwrap().event).collect();
    let is_first = |event: &Event| matches!(event, Event::StepFinished { .. });
    assert!(events.iter().any(is_first), "{said}");
}
