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
    // A user of its own: all processes of a user count, those of other tests too.
    let user = 1_000_000 + std::process::id();
    let as_nobody = format!("prlimit --nproc=1000 setpriv --reuid {user} --clear-groups true");
    if !can("exhausted processes", &as_nobody) {
        return;
    }
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nsh 'echo begun >> log'\nfor i in range(40)\n  background job run sleep 1000\nend\n",
    );
    // A binary and a folder that this user can reach.
    let text = format!(
        "chmod 777 . && cp \"$SCN\" scn && exec prlimit --nproc=24 setpriv --reuid {user} --clear-groups ./scn run a.scn"
    );
    let output = scene.shell(&text);
    let said = err(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("Resource temporarily unavailable"), "{said}");
    scene.is_clean();
}

#[test]
fn what_forks_faster_than_it_can_be_looked_at_is_ended_by_the_limit_of_processes() {
    // Some four thousand, most of which have died by the time that they are looked at.
    let scene = Scene::with(
        "defer sh 'echo undo >> log'\nrun bash -c 'f() { [ $1 = 0 ] || { f $(($1-1)) | f $(($1-1)) & }; }; for i in 1 2 3 4 5 6 7 8; do f 8; sleep 0.05; done; sleep 0.5'\n",
        "[limits]\nprocesses = 40\n",
    );
    let output = scene.shell("$SCN run --env e a.scn");
    let said = err(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("the limit of 40 processes"), "{said}");
    assert_eq!(scene.log(), ["undo"], "{said}");
    assert!(scene.left().is_empty(), "{:?}", scene.left());
}

#[test]
fn a_clock_that_jumps_changes_no_verdict() {
    if !can("a clock that jumps", "faketime -f '+0 x1' true") {
        return;
    }
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nrepeat 5\n  sleep 50ms\nend\nset began = now()\nwait until now() - began > 10ms within 60s\n",
    );
    // Not faster: what is bounded by seconds has to come within a busy machine's milliseconds.
    for clock in ["-1d", "+10y x20", "-30y x0.1"] {
        let _ = std::fs::remove_file(scene.path().join("log"));
        let output = scene.shell(&format!("faketime -f '{clock}' $SCN run a.scn"));
        assert!(output.status.success(), "{clock}: {}", err(&output));
        scene.is_clean();
    }
}

#[test]
fn values_that_want_more_memory_than_there_is_end_the_scenario_and_not_the_program() {
    let scene = Scene::new(
        "defer sh 'echo undo >> log'\nset all = []\nwhile true\n  set all = all + ['some text that takes room']\nend\n",
    );
    let output = scene.shell("ulimit -v 700000; $SCN run a.scn");
    let said = err(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("memory"), "{said}");
    scene.is_clean();
}

#[test]
fn exhausted_memory_loses_nothing_that_is_owed() {
    // From too little to begin at all, to enough for a while.
    for most in [20, 60, 100, 200, 400] {
        let scene = Scene::new(
            "defer sh 'echo undo >> log'\nsh 'echo begun >> log'\nset all = []\nwhile true\n  set all = all + ['some text that takes room, and more of it, and more']\nend\n",
        );
        let output = scene.shell(&format!("ulimit -v {}; $SCN run a.scn", most * 1_000));
        let said = err(&output);
        assert!(!output.status.success(), "{most}: {said}");
        if scene.log().contains(&"begun".to_owned()) {
            if !scene.log().contains(&"undo".to_owned()) {
                scene.clean_up();
            }
            scene.is_clean();
        }
        assert_eq!(scene.left(), [""; 0], "{most}: {said}");
    }
}

/// What a scenario does beyond a limit, and the limit.
const BEYOND: [(&str, &str); 6] = [
    ("while true\n  set i = 1\nend", "instructions = 100000"),
    ("endless", "instructions = 100000"),
    ("while true\n  run true\nend", "steps = 20"),
    ("sh 'yes'", "step_output = '1MB'"),
    (
        "set all = []\nwhile true\n  set all = all + range(1000)\nend",
        "memory = '200KB'",
    ),
    // Neither holds too much by itself.
    (
        "parallel\n  do\n    set a = range(8000)\n    sleep 1000s\n  end\n  do\n    set b = range(8000)\n    sleep 1000s\n  end\nend",
        "memory = '200KB'",
    ),
];

#[test]
fn a_run_that_reached_a_limit_before_its_runner_was_killed_is_finished_by_whoever_takes_it_up() {
    for ((beyond, limit), take_up) in BEYOND
        .iter()
        .flat_map(|beyond| [(beyond, "resume"), (beyond, "cleanup")])
    {
        let scene = Scene::with(
            &format!(
                "step endless\n  while true\n    set i = 1\n  end\nend\ndefer sh 'echo undone >> log'
                 defer sh 'echo killed >> log; until test -e go; do sleep 0.01; done'\ndefer endless
                 {beyond}\nfinally\n  sh 'echo finally >> log'\nend\n"
            ),
            &format!("[limits]\ninstructions = 100000\n{}\n", limit.replace("instructions = 100000", "")),
        );
        scene.kill_at("killed");
        std::fs::write(scene.path().join("go"), "").unwrap();
        let said = err(&scene.scn(&[take_up]).output().unwrap());
        assert_eq!(
            scene.log(),
            ["finally", "killed", "killed", "undone"],
            "{take_up} {beyond}\n{said}"
        );
        let reason = said.rsplit("\nERROR a.scn:").next().unwrap_or_default();
        let key = limit.split(' ').next().unwrap();
        assert!(
            reason.contains(&format!("`{key}` in the environment")),
            "{said}"
        );
        // And it is judged again as it was.
        let again = err(&scene.scn(&["replay", "-q", "last"]).output().unwrap());
        let until = |text: &str| text.split(" (").next().unwrap().trim().to_owned();
        assert_eq!(
            until(&again),
            format!("ERROR a.scn:{}", until(reason)),
            "{said}"
        );
    }
}
