//! The runner of several files is killed at any place, also between two of them: what was not begun is told.

use crate::support::{Scene, can, err};

/// What is run one after the other.
const FILES: [&str; 3] = ["a.scn", "b.scn", "c.scn"];

/// Runs them, and kills the runner as it makes a system call of this kind for that time; whether it came to that.
fn killed_at(scene: &Scene, call: &str, time: usize) -> bool {
    let inject = format!("inject={call}:signal=KILL:when={time}");
    let trace = format!("trace={call}");
    let mut words = vec!["strace", "-qq", "-o", "/dev/null", "-e", &trace];
    words.extend(["-e", "signal=none", "-e", &inject]);
    words.extend([crate::support::binary(), "run", "-q", "--env", "e"]);
    words.extend(FILES);
    let output = scene.program(&words).output().unwrap();
    assert!(
        output.status.success() || output.status.code().is_none(),
        "{}",
        err(&output)
    );
    !output.status.success()
}

#[test]
fn what_was_not_begun_is_told_once_wherever_the_runner_of_several_files_was_killed() {
    if !can(
        "a runner that is killed at any call",
        "strace -qq -o /dev/null true",
    ) {
        return;
    }
    let mut between = 0;
    for call in ["write", "unlink", "mkdir", "linkat"] {
        for time in 1.. {
            let scene = Scene::new("run true\n");
            for other in &FILES[1..] {
                std::fs::write(scene.path().join(other), "run true\n").unwrap();
            }
            if !killed_at(&scene, call, time) {
                assert!(time > 1, "there is no {call}");
                break;
            }
            let runs = scene.runs();
            // Of one whose first step was not begun nothing is known, or not all.
            let is_whole = |run: &&scn_record::Run| {
                let kept = std::fs::read_to_string(run.folder.join("run.json"));
                kept.is_ok_and(|kept| kept.ends_with('\n'))
            };
            let begun = runs.iter().filter(is_whole).count();
            between += usize::from(
                runs.iter()
                    .all(|run| matches!(run.state, scn_record::State::Finished(_))),
            );
            let said = scene.clean_up();
            let told = format!("not begun: {}\n", FILES[begun..].join(", "));
            let is_told = (1..FILES.len()).contains(&begun);
            assert_eq!(said.contains(&told), is_told, "{call} {time}: {said}");
            // Of one that was just beginning, and of which nothing was done, both may tell.
            let others = said.replace(&told, "");
            let also = format!("not begun: {}\n", FILES[begun.max(1) - 1..].join(", "));
            let others = others.replacen(&also, "", usize::from(begun > 1));
            assert!(!others.contains("not begun: "), "{call} {time}: {said}");
            // Nobody is told again.
            let next = err(&scene.scn(&["run", "a.scn"]).output().unwrap());
            assert!(!next.contains("note: "), "{call} {time}: {next}");
            assert!(
                !scene.path().join(".scn/runs/.unfinished").exists(),
                "{call} {time}"
            );
        }
    }
    assert!(between > 0, "none was killed between two files");
}

#[test]
fn the_next_run_tells_what_was_not_begun_after_one_that_had_ended() {
    if !can(
        "a runner that is killed at any call",
        "strace -qq -o /dev/null true",
    ) {
        return;
    }
    let scene = Scene::new("run true\n");
    for other in &FILES[1..] {
        std::fs::write(scene.path().join(other), "run true\n").unwrap();
    }
    // The folder of the second run is never made.
    let mut time = 1;
    loop {
        let before = scene.runs().len();
        assert!(killed_at(&scene, "mkdir", time), "it was never between two");
        let runs = scene.runs();
        let is_over = |run: &scn_record::Run| matches!(run.state, scn_record::State::Finished(_));
        if runs.len() == before + 1 && runs.iter().all(is_over) {
            break;
        }
        scene.clean_up();
        time += 1;
    }
    let told = "had ended; what was to be run after it was not begun: b.scn, c.scn\n";
    let next = err(&scene.scn(&["run", "a.scn"]).output().unwrap());
    assert!(next.contains(told), "{next}");
    let next = err(&scene.scn(&["run", "a.scn"]).output().unwrap());
    assert!(!next.contains("not begun"), "{next}");
}
