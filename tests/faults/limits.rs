//! The system gives no more of what a runner needs.

use crate::support::{Scene, can, err};

#[test]
fn exhausted_descriptors_are_an_error_and_what_is_owed_is_done() {
    // From too few to begin at all, to enough for everything.
    for most in [6, 8, 10, 12, 14, 16, 20, 64] {
        let scene = Scene::new(
            "defer sh 'echo undo >> log'\nsh 'echo begun >> log'\nparallel\n  run true\n  run true\n  run true\nend\n",
        );
        let output = scene.shell(&format!("ulimit -n {most}; $SCN run a.scn"));
        let said = err(&output);
        let begun = scene.log().contains(&"begun".to_owned());
        match output.status.code() {
            Some(0) => assert!(begun, "{most}: {said}"),
            Some(2 | 3) => assert!(
                said.contains("ERROR") || said.contains("error"),
                "{most}: {said}"
            ),
            other => panic!("{most}: {other:?} {said}"),
        }
        if begun && !scene.log().contains(&"undo".to_owned()) {
            // It could not be started then; it is told, and is an ERROR.
            assert_eq!(output.status.code(), Some(3), "{most}: {said}");
            assert!(said.contains("undo"), "{most}: {said}");
        }
        assert_eq!(scene.left(), [""; 0], "{most}");
    }
}

#[test]
fn exhausted_processes_are_an_error_and_what_is_owed_is_done() {
    let as_nobody = "prlimit --nproc=1000 setpriv --reuid 65533 --clear-groups true";
    if !can("exhausted processes", as_nobody) {
        return;
    }
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nsh 'echo begun >> log'\nfor i in range(40)\n  background job run sleep 1000\nend\n",
    );
    // A binary and a folder that this user can reach.
    let text = "chmod 777 . && cp \"$SCN\" scn && exec prlimit --nproc=24 setpriv --reuid 65533 --clear-groups ./scn run a.scn";
    let output = scene.shell(text);
    let said = err(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("Resource temporarily unavailable"), "{said}");
    scene.is_clean();
}

#[test]
fn a_clock_that_jumps_changes_no_verdict() {
    if !can("a clock that jumps", "faketime -f '+0 x1' true") {
        return;
    }
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nrepeat 5\n  sleep 50ms\nend\nset began = now()\nwait until now() - began > 10ms within 5s\n",
    );
    for clock in ["-1d", "+10y x1000", "-30y x0.1"] {
        let _ = std::fs::remove_file(scene.path().join("log"));
        let output = scene.shell(&format!("faketime -f '{clock}' $SCN run a.scn"));
        assert!(output.status.success(), "{clock}: {}", err(&output));
        scene.is_clean();
    }
}
