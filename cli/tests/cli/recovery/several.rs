//! Several files that are run one after the other, of which one was cut short.

use std::fs;

use scn_record::{State, runs};

use super::Scene;

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
