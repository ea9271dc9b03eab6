//! What a person is told and asked of a run that is taken up.

use std::fs;

use super::Scene;

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
