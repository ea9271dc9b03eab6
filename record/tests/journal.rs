//! What is written to a journal is what is read from it, whatever happens in between.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use proptest::prelude::*;
use scn_protocol::{Event, Stream, Verdict};
use scn_record::{Journal, State, new_id, read, runs};
use tempfile::TempDir;

fn said(text: &str) -> Event {
    Event::Said { text: text.into() }
}

fn finished() -> Event {
    Event::RunFinished {
        verdict: Verdict::Fail,
        steps: 1,
        failed: 1,
        duration_us: 5,
    }
}

fn journal(folder: &TempDir) -> Journal {
    Journal::create(folder.path(), new_id(0), Box::new(|_, _, _| {})).unwrap()
}

fn events(folder: &Path) -> Vec<Event> {
    read(folder)
        .unwrap()
        .map(|line| line.unwrap().event)
        .collect()
}

/// What the events say that a step wrote to its standard output.
fn output_of(folder: &Path, step: u64) -> Vec<u8> {
    use base64::Engine;
    let mut all = Vec::new();
    for event in events(folder) {
        match event {
            Event::Output {
                step: s,
                stream: Stream::Stdout,
                text,
                bytes,
                file,
            } if s == step => {
                all.extend(text.unwrap_or_default().into_bytes());
                let bytes = bytes.unwrap_or_default();
                all.extend(
                    base64::engine::general_purpose::STANDARD
                        .decode(bytes)
                        .unwrap(),
                );
                if let Some(file) = file {
                    all.extend(fs::read(folder.join(file)).unwrap());
                }
            }
            _ => {}
        }
    }
    all
}

#[test]
fn events_are_there_at_once_with_number_and_time() {
    let folder = TempDir::new().unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let observed = Rc::clone(&seen);
    let mut journal = Journal::create(
        folder.path(),
        new_id(0),
        Box::new(move |_, _, line| observed.borrow_mut().extend_from_slice(line)),
    )
    .unwrap();
    journal.event(1_000, &said("a\n\"")).unwrap();
    journal.event(2_000, &said("b")).unwrap();
    let text = fs::read_to_string(journal.folder().join("journal.jsonl")).unwrap();
    assert_eq!(
        text,
        concat!(
            r#"{"seq":1,"at":"1970-01-01T00:00:00.000001Z","event":"said","text":"a\n\""}"#,
            "\n",
            r#"{"seq":2,"at":"1970-01-01T00:00:00.000002Z","event":"said","text":"b"}"#,
            "\n"
        )
    );
    assert_eq!(text.as_bytes(), seen.borrow().as_slice());
}

#[test]
fn a_line_that_a_crash_cut_short_is_dropped() {
    let folder = TempDir::new().unwrap();
    let mut journal = journal(&folder);
    for text in ["a", "b", "c"] {
        journal.event(0, &said(text)).unwrap();
    }
    let path = journal.folder().join("journal.jsonl");
    let whole = fs::read(&path).unwrap();
    let second = whole
        .iter()
        .enumerate()
        .filter(|(_, b)| **b == b'\n')
        .nth(1)
        .unwrap()
        .0
        + 1;
    for cut in second..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let mut reader = read(&path).unwrap();
        let lines: Vec<_> = reader.by_ref().map(|line| line.unwrap().event).collect();
        // Without its line end alone it is whole.
        let all = usize::from(cut == whole.len() - 1);
        assert_eq!(lines.len(), 2 + all);
        assert_eq!(reader.truncated(), cut != second && all == 0);
    }
}

#[test]
fn damage_in_the_middle_is_an_error_at_its_line() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.jsonl");
    let first = r#"{"seq":1,"at":"","event":"said","text":"a"}"#;
    for (second, reason) in [
        ("{\"seq\":2", "no event of a journal"),
        (
            r#"{"seq":2,"at":"","event":"said"}"#,
            "missing field `text`",
        ),
        (
            r#"{"seq":3,"at":"","event":"said","text":"c"}"#,
            "number 3, not 2",
        ),
    ] {
        fs::write(&path, format!("{first}\n{second}\n{first}\n")).unwrap();
        let lines: Vec<_> = read(&path).unwrap().collect();
        assert_eq!(lines.len(), 2);
        let error = lines[1].as_ref().unwrap_err().to_string();
        assert!(
            error.contains("journal.jsonl:2: ") && error.contains(reason),
            "{error}"
        );
    }
}

#[test]
fn events_of_later_versions_are_read_past() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.jsonl");
    let text = r#"{"seq":1,"at":"","event":"dreamt","of":[1]}"#;
    fs::write(&path, format!("{text}\n")).unwrap();
    assert_eq!(events(&path), [Event::Unknown]);
}

#[test]
fn a_large_output_goes_on_in_a_file() {
    let folder = TempDir::new().unwrap();
    let mut journal = journal(&folder);
    journal.output(0, 1, Stream::Stdout, b"begin\n").unwrap();
    let chunk = vec![b'x'; 60_000];
    for _ in 0..50 {
        journal.output(0, 1, Stream::Stdout, &chunk).unwrap();
        journal.output(0, 2, Stream::Stdout, b"small\n").unwrap();
    }
    journal.flush_output(0, 1, true).unwrap();
    // The same step's next attempt has outputs of its own.
    journal
        .output(0, 1, Stream::Stdout, &vec![b'y'; 70_000])
        .unwrap();
    let whole = output_of(journal.folder(), 1);
    assert_eq!(whole.len(), 6 + 50 * 60_000 + 70_000);
    assert!(whole.starts_with(b"begin\nxxx") && whole.ends_with(b"yyy"));
    assert_eq!(output_of(journal.folder(), 2), b"small\n".repeat(50));
    let ends = events(journal.folder())
        .into_iter()
        .filter_map(|event| match event {
            Event::OutputEnded { step, size, .. } => Some((step, size)),
            _ => None,
        });
    let in_file = fs::metadata(journal.folder().join("outputs/1.stdout")).unwrap();
    assert_eq!(ends.collect::<Vec<_>>(), [(1, in_file.len())]);
    let inline: usize = fs::metadata(journal.folder().join("journal.jsonl"))
        .unwrap()
        .len() as usize;
    assert!(inline < 80_000, "{inline}");
}

#[test]
fn the_folder_removed_under_a_run_is_an_error() {
    let folder = TempDir::new().unwrap();
    let mut journal = journal(&folder);
    journal.event(0, &said("a")).unwrap();
    fs::remove_dir_all(journal.folder()).unwrap();
    let error = journal.event(1_000_000_000, &said("b")).unwrap_err();
    assert!(
        error.to_string().contains("journal.jsonl: removed"),
        "{error}"
    );
    assert!(journal.sync().is_err());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Journal::create(&file.join("runs"), new_id(0), Box::new(|_, _, _| {})).unwrap_err();
    assert!(
        error.to_string().contains("file/runs: Not a directory"),
        "{error}"
    );
}

#[test]
fn attachments_are_copied_under_names_that_stay_inside() {
    let folder = TempDir::new().unwrap();
    let mut journal = journal(&folder);
    let file = folder.path().join("report.txt");
    fs::write(&file, "kept").unwrap();
    let mut attach = |name: &str| journal.attach(&file, name).unwrap();
    assert_eq!(attach("report.txt"), "attachments/report.txt");
    assert_eq!(attach("report.txt"), "attachments/report-2.txt");
    assert_eq!(attach("../../etc/passwd"), "attachments/passwd");
    assert_eq!(attach(".."), "attachments/attachment");
    assert_eq!(attach("logs/"), "attachments/logs");
    assert_eq!(
        fs::read(journal.folder().join("attachments/passwd")).unwrap(),
        b"kept"
    );
    let error = journal
        .attach(&folder.path().join("none"), "x")
        .unwrap_err();
    assert!(error.to_string().contains("none: No such file"), "{error}");
    let error = journal.attach(folder.path(), "x").unwrap_err();
    assert!(error.to_string().ends_with("is a directory"), "{error}");
}

#[test]
fn runs_are_listed_with_their_state() {
    let folder = TempDir::new().unwrap();
    assert_eq!(runs(&folder.path().join("none")).unwrap(), []);
    fs::write(folder.path().join("README"), "").unwrap();
    let states = || -> Vec<State> {
        runs(folder.path())
            .unwrap()
            .into_iter()
            .map(|run| run.state)
            .collect()
    };
    let create = |now| Journal::create(folder.path(), new_id(now), Box::new(|_, _, _| {})).unwrap();
    let mut first = create(0);
    first.event(0, &said("a")).unwrap();
    let mut second = create(1_000_000_000);
    second.event(0, &said(&"long ".repeat(1000))).unwrap();
    assert_eq!(states(), [State::Running, State::Running]);
    drop(first);
    assert_eq!(states(), [State::Unfinished, State::Running]);
    second.event(0, &finished()).unwrap();
    let path = second.folder().join("journal.jsonl");
    drop(second);
    assert_eq!(
        states(),
        [State::Unfinished, State::Finished(Verdict::Fail)]
    );
    // A run whose last line is cut is not finished.
    fs::OpenOptions::new()
        .append(true)
        .open(path)
        .unwrap()
        .write_all(b"{\"seq\"")
        .unwrap();
    assert_eq!(states(), [State::Unfinished, State::Unfinished]);
}

#[test]
fn the_scratch_folder_is_made_when_it_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let journal = journal(&folder);
    let scratch: PathBuf = journal.scratch().unwrap();
    assert!(scratch.is_absolute() && scratch.is_dir());
    assert_eq!(journal.scratch().unwrap(), scratch);
}

#[test]
fn a_sync_can_follow_each_event() {
    let folder = TempDir::new().unwrap();
    let mut journal = journal(&folder);
    for _ in 0..3 {
        journal.event(0, &said("a")).unwrap();
        journal
            .output(0, 1, Stream::Stderr, &[b'x'; 70_000])
            .unwrap();
        journal.sync().unwrap();
    }
    journal.flush_output(0, 1, true).unwrap();
}

proptest! {
    /// However a text is cut into pieces, it is kept whole; and pieces of UTF-8 stay text.
    #[test]
    fn output_is_kept_byte_for_byte(
        text in "[a-zäß€🦀]{0,40}",
        noise in proptest::collection::vec(any::<u8>(), 0..20),
        sizes in proptest::collection::vec(1_usize..5, 1..100),
    ) {
        let folder = TempDir::new().unwrap();
        let mut journal = journal(&folder);
        for (step, whole) in [(1, text.as_bytes().to_vec()), (2, noise)] {
            let mut rest = whole.as_slice();
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, more) = rest.split_at((*size).min(rest.len()));
                journal.output(0, step, Stream::Stdout, piece).unwrap();
                rest = more;
            }
            journal.flush_output(0, step, false).unwrap();
            prop_assert_eq!(output_of(journal.folder(), step), whole);
        }
        for event in events(journal.folder()) {
            if let Event::Output { step: 1, bytes, .. } = event {
                prop_assert_eq!(bytes, None);
            }
        }
    }
}

#[test]
fn nobody_else_reads_a_record_and_all_may_pass_to_its_scratch_folder() {
    use std::os::unix::fs::PermissionsExt;
    let runs = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(runs.path(), new_id(0), Box::new(|_, _, _| {})).unwrap();
    let large = vec![b'x'; 1 << 20];
    journal.output(0, 1, Stream::Stdout, &large).unwrap();
    journal.flush_output(0, 1, false).unwrap();
    let folder = journal.folder().to_owned();
    let mode = |name: &str| folder.join(name).metadata().unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(""), 0o011 & mode(""), "it cannot be listed");
    assert_eq!((mode("journal.jsonl"), mode("outputs")), (0, 0));
    let scratch = journal.scratch().unwrap();
    assert!(scratch.starts_with(&folder));
}
