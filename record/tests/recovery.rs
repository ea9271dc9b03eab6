//! A journal goes on after whatever a crash left of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use scn_protocol::{Event, Stream, Verdict};
use scn_record::{
    FindError, Journal, ReopenError, Reopened, State, find, new_id, read, runs, tidy, unfinished,
};
use tempfile::TempDir;

fn said(text: &str) -> Event {
    Event::Said { text: text.into() }
}

fn finished() -> Event {
    Event::RunFinished {
        verdict: Verdict::Pass,
        steps: 1,
        failed: 0,
        duration_us: 5,
    }
}

fn owed(step: u64) -> Event {
    Event::UndoOwed {
        step,
        command: vec!["undo".into()],
        branch: None,
    }
}

fn create(runs: &Path, at: i64) -> Journal {
    Journal::create(runs, new_id(at), Box::new(|_, _, _| {})).unwrap()
}

fn reopen(folder: &Path) -> Result<Reopened, ReopenError> {
    Journal::reopen(folder, Box::new(|_, _, _| {}))
}

/// A run of these events whose program is gone: its folder and its journal's bytes.
fn left(runs: &TempDir, events: &[Event]) -> (PathBuf, Vec<u8>) {
    let mut journal = create(runs.path(), 0);
    for event in events {
        journal.event(0, event).unwrap();
    }
    let folder = journal.folder().to_owned();
    let bytes = fs::read(folder.join("journal.jsonl")).unwrap();
    (folder, bytes)
}

fn events(folder: &Path) -> Vec<Event> {
    let lines = read(folder).unwrap();
    lines.map(|line| line.unwrap().event).collect()
}

#[test]
fn wherever_a_line_was_cut_the_next_one_follows_the_last_whole_one() {
    let runs = TempDir::new().unwrap();
    let (folder, whole) = left(&runs, &[said("a"), said("ä\n")]);
    for cut in 0..=whole.len() {
        fs::write(folder.join("journal.jsonl"), &whole[..cut]).unwrap();
        let Reopened {
            mut journal,
            lines,
            cut: lost,
        } = reopen(&folder).unwrap();
        journal.event(0, &said("next")).unwrap();
        let all = events(&folder);
        assert_eq!(all.len(), lines.len() + 1, "cut at {cut}");
        assert_eq!(all.last(), Some(&said("next")));
        // Without its line end alone it is whole.
        let first = whole.iter().position(|b| *b == b'\n').unwrap();
        let ends = [0, first, first + 1, whole.len() - 1, whole.len()];
        let whole_at = ends.contains(&cut);
        assert_eq!(lost == 0, whole_at, "cut at {cut}");
    }
}

#[test]
fn blocks_that_were_never_written_end_a_journal() {
    let runs = TempDir::new().unwrap();
    let (folder, whole) = left(&runs, &[owed(1), said("a"), said("b")]);
    let second = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    for (case, tail) in [
        ("at a line's begin", [vec![0; 4096]].concat()),
        (
            "within a line",
            [whole[second..second + 10].to_vec(), vec![0; 100]].concat(),
        ),
        (
            "before a block that was",
            [vec![0; 100], b"\"}\n".to_vec(), whole[second..].to_vec()].concat(),
        ),
    ] {
        fs::write(
            folder.join("journal.jsonl"),
            [&whole[..second], &tail].concat(),
        )
        .unwrap();
        let opened = reopen(&folder).unwrap();
        assert_eq!(
            (opened.lines.len(), opened.cut),
            (1, tail.len() as u64),
            "{case}"
        );
        drop(opened);
        assert_eq!(
            fs::read(folder.join("journal.jsonl")).unwrap(),
            &whole[..second]
        );
    }
}

#[test]
fn a_hole_before_what_was_synced_is_damage() {
    let runs = TempDir::new().unwrap();
    let (folder, mut whole) = left(&runs, &[said("a"), said("b"), owed(1), said("c")]);
    let second = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    whole[second..second + 5].fill(0);
    fs::write(folder.join("journal.jsonl"), &whole).unwrap();
    let Err(ReopenError::Damaged(error)) = reopen(&folder) else {
        panic!("what is owed would be forgotten");
    };
    assert_eq!(error.line(), 2);
    assert!(error.help().contains("first 1 lines are sound"));
    // Nothing is changed.
    assert_eq!(fs::read(folder.join("journal.jsonl")).unwrap(), whole);
}

#[test]
fn damage_in_the_middle_is_told_with_its_line() {
    let runs = TempDir::new().unwrap();
    let (folder, whole) = left(&runs, &[said("a"), said("b"), said("c")]);
    let text = String::from_utf8(whole).unwrap().replace("\"b\"", "b");
    fs::write(folder.join("journal.jsonl"), text).unwrap();
    let error = reopen(&folder).unwrap_err().to_string();
    assert!(error.contains("journal.jsonl:2: no event"), "{error}");
}

#[test]
fn a_run_that_is_running_or_over_is_left_alone() {
    let runs = TempDir::new().unwrap();
    let mut journal = create(runs.path(), 0);
    let folder = journal.folder().to_owned();
    journal.event(0, &said("a")).unwrap();
    let error = reopen(&folder).unwrap_err();
    assert!(matches!(error, ReopenError::Running { pid: None, .. }));
    assert!(error.to_string().contains("is still running"), "{error}");
    journal.event(0, &finished()).unwrap();
    drop(journal);
    let error = reopen(&folder).unwrap_err();
    assert!(error.to_string().ends_with("is over: PASS"), "{error}");
}

#[test]
fn outputs_that_are_there_are_not_touched() {
    let runs = TempDir::new().unwrap();
    let mut journal = create(runs.path(), 0);
    let folder = journal.folder().to_owned();
    let large = |byte| vec![byte; 70_000];
    journal.output(0, 1, Stream::Stdout, &large(b'x')).unwrap();
    drop(journal);
    let mut journal = reopen(&folder).unwrap().journal;
    journal.output(0, 1, Stream::Stdout, &large(b'y')).unwrap();
    let files: Vec<_> = events(&folder)
        .into_iter()
        .map(|event| match event {
            Event::Output { file, .. } => fs::read(folder.join(file.unwrap())).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(files, [large(b'x'), large(b'y')]);
}

#[test]
fn unfinished_runs_are_found_without_reading_the_others() {
    let folder = TempDir::new().unwrap();
    let runs_folder = folder.path();
    assert_eq!(unfinished(&runs_folder.join("none")).unwrap(), []);
    let mut over = create(runs_folder, 0);
    over.event(0, &finished()).unwrap();
    drop(over);
    let ids = || -> Vec<String> {
        let found = unfinished(runs_folder).unwrap().into_iter();
        found.map(|run| run.id).collect()
    };
    let older = create(runs_folder, 1_000_000_000);
    let newer = create(runs_folder, 2_000_000_000);
    assert_eq!(ids(), [""; 0], "they are running");
    let (old, new) = (older.folder().to_owned(), newer.id().to_owned());
    drop((older, newer));
    assert_eq!(
        ids(),
        [
            new.clone(),
            find(runs_folder, "19700101-000001")
                .unwrap()
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .into()
        ]
    );
    fs::remove_dir_all(old).unwrap();
    assert_eq!(ids(), std::slice::from_ref(&new));
    let mut journal = reopen(&runs_folder.join(&new)).unwrap().journal;
    journal.event(0, &finished()).unwrap();
    drop(journal);
    assert_eq!(ids(), [""; 0]);
    assert!(!runs_folder.join(".unfinished").exists());
    let states: Vec<State> = runs(runs_folder)
        .unwrap()
        .iter()
        .map(|run| run.state)
        .collect();
    assert_eq!(states, [State::Finished(Verdict::Pass); 2]);
}

#[test]
fn the_folder_of_the_markers_stays_for_runs_that_follow() {
    let folder = TempDir::new().unwrap();
    let markers = folder.path().join(".unfinished");
    let mut first = create(folder.path(), 0);
    first.others_follow();
    first.event(0, &finished()).unwrap();
    assert!(markers.is_dir());
    let second = create(folder.path(), 1_000_000_000);
    tidy(folder.path());
    assert!(markers.is_dir(), "a run is in progress");
    drop(second);
    assert_eq!(unfinished(folder.path()).unwrap().len(), 1);
    let second = find(folder.path(), "19700101-000001").unwrap();
    let mut second = reopen(&second).unwrap().journal;
    second.others_follow();
    second.event(0, &finished()).unwrap();
    tidy(folder.path());
    assert!(!markers.exists());
}

#[test]
fn a_run_is_named_by_its_begin_or_its_folder() {
    let folder = TempDir::new().unwrap();
    let runs = folder.path();
    let first = create(runs, 0);
    let second = create(runs, 1_000_000_000);
    assert_eq!(find(runs, first.id()).unwrap(), first.folder());
    assert_eq!(find(runs, "19700101-000001").unwrap(), second.folder());
    let named = second.folder().to_str().unwrap();
    assert_eq!(find(Path::new("/none"), named).unwrap(), second.folder());
    let several = find(runs, "1970").unwrap_err();
    assert_eq!(
        several.to_string(),
        format!("1970 may be {}, {}", first.id(), second.id())
    );
    for none in ["2", "", ".", "..", "../x"] {
        assert!(
            matches!(find(runs, none), Err(FindError::None(..))),
            "{none}"
        );
    }
}

#[test]
fn a_run_that_was_moved_goes_on_where_it_is() {
    let runs = TempDir::new().unwrap();
    let (folder, _) = left(&runs, &[said("a")]);
    let moved = TempDir::new().unwrap();
    let place = moved.path().join("run");
    fs::rename(&folder, &place).unwrap();
    let mut journal = reopen(&place).unwrap().journal;
    journal.event(0, &finished()).unwrap();
    journal.sync().unwrap();
    assert_eq!(fs::read_dir(moved.path()).unwrap().count(), 1);
}

proptest! {
    /// Whatever bytes follow the last whole line, as long as no line end is among them: they go, and
    /// nothing else does.
    #[test]
    fn any_rest_of_a_line_is_dropped(rest in proptest::collection::vec(any::<u8>().prop_filter("", |b| *b != b'\n'), 1..50)) {
        let runs = TempDir::new().unwrap();
        let (folder, whole) = left(&runs, &[owed(1), said("a")]);
        let path = folder.join("journal.jsonl");
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(&rest).unwrap();
        let opened = reopen(&folder).unwrap();
        prop_assert_eq!(opened.cut, rest.len() as u64);
        prop_assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn an_event_that_names_a_file_elsewhere_is_refused() {
    for file in ["/etc/passwd", "../other/journal.jsonl", "outputs/../../x"] {
        let folder = tempfile::tempdir().unwrap();
        let line = format!(
            r#"{{"seq":1,"at":"2026-11-21T00:50:12.000001Z","event":"output","step":1,"stream":"stdout","file":"{file}"}}"#
        );
        std::fs::write(folder.path().join("journal.jsonl"), line + "\n").unwrap();
        let mut lines = scn_record::read(folder.path()).unwrap();
        let error = lines.next().unwrap().unwrap_err().to_string();
        assert!(error.contains("not in the run's folder"), "{error}");
    }
}
