//! The record of a run.

use std::fs;
use std::path::Path;

use scn_protocol::{Event, Stream};
use scn_record::{State, read, runs};

use crate::support::Test;

fn only_run(runs_folder: &Path) -> scn_record::Run {
    let mut all = runs(runs_folder).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn a_run_is_recorded_in_the_projects_root() {
    let came = Test::new(&["run", "-q", "sub/a.scn"])
        .file("scn.toml", "")
        .file("sub/a.scn", "pass\n")
        .stderr_matches("^PASS")
        .run();
    let run = only_run(&came.folder.path().join(".scn/runs"));
    assert_eq!(run.state, State::Finished(scn_protocol::Verdict::Pass));
    let events: Vec<Event> = read(&run.folder)
        .unwrap()
        .map(|line| line.unwrap().event)
        .collect();
    let Event::RunStarted {
        run: id,
        scenario,
        file,
        ..
    } = &events[0]
    else {
        panic!("{:?}", events[0])
    };
    assert_eq!(
        (id, scenario.as_str(), file.as_str()),
        (&run.id, "a", "sub/a.scn")
    );
    assert!(matches!(events.last(), Some(Event::RunFinished { .. })));
}

#[test]
fn what_is_wrong_leaves_no_record() {
    let came = Test::new(&["run", "a.scn"])
        .file("a.scn", "echoo\n")
        .stderr_matches("E103")
        .status(2)
        .run();
    assert!(!came.folder.path().join(".scn").exists());
}

#[test]
fn a_large_output_is_kept_whole_beside_the_journal() {
    let came = Test::new(&["run", "-q", "--runs", "runs", "a.scn"])
        .file(
            "a.scn",
            "sh 'head -c 3000000 /dev/zero | tr \"\\\\0\" x; printf end'\n",
        )
        .stderr_matches("^PASS")
        .run();
    let run = only_run(&came.folder.path().join("runs"));
    let (mut whole, mut inline) = (String::new(), 0);
    for line in read(&run.folder).unwrap() {
        if let Event::Output {
            stream: Stream::Stdout,
            text,
            file,
            ..
        } = line.unwrap().event
        {
            whole.push_str(&text.unwrap_or_default());
            inline = whole.len();
            if let Some(file) = file {
                whole.push_str(&fs::read_to_string(run.folder.join(file)).unwrap());
            }
        }
    }
    assert_eq!(whole.len(), 3_000_003);
    assert!(whole.ends_with("xend"));
    assert!(inline <= 64 * 1024, "{inline}");
}

#[test]
fn a_record_that_cannot_be_begun_is_an_error() {
    Test::new(&["run", "a.scn", "--runs", "file/runs"])
        .file("a.scn", "echo never\n")
        .file("file", "")
        .stderr_matches(
            r"^ERROR a\.scn the run cannot be recorded, so nothing was run: FOLDER/file/runs: Not a directory \(0 steps, TIME\)\n$",
        )
        .status(3)
        .run();
}

#[test]
fn a_record_that_is_removed_ends_the_run() {
    Test::new(&["run", "-q", "a.scn", "--runs", "runs"])
        .file("a.scn", "sh 'rm -r runs'\nsleep 100ms\necho never\n")
        .stderr_matches("ERROR a.scn the run can no longer be recorded: .*journal.jsonl: removed while the run was recorded")
        .status(3)
        .run();
}
