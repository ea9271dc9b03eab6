//! Background jobs outlive the runner, and are taken up again with all that they wrote meanwhile.

use std::fs;
use std::path::Path;
use std::time::Duration;

use scn_protocol::Verdict;
use scn_record::State;

use crate::support::{Scene, err};

/// So many lines do not fit into a pipe.
const LINES: usize = 20_000;

/// Writes before the runner is killed, and once `go` is there.
const JOB: &str = "background job sh 'echo first; echo ready >> log; until test -e go; do sleep 0.01; done
    seq 20000; cat pw; echo last; echo last >&2; echo written >> log; until test -e end; do sleep 0.01; done'";

fn scene(after: &str) -> Scene {
    let job = JOB.replace('\n', ";");
    let scene = Scene::with(
        &format!(
            "{job}\nsh 'until grep -q ready log; do sleep 0.01; done; echo begun >> log; sleep 1000'\n{after}\n"
        ),
        "[secrets]\npw = { file = 'pw' }\n",
    );
    fs::write(scene.path().join("pw"), "hunter2-in-the-gap\n").unwrap();
    scene.kill_at("begun");
    fs::write(scene.path().join("go"), "").unwrap();
    scene
}

/// Goes on, and gives what was said and the verdict.
fn resumed(scene: &Scene) -> (String, Verdict) {
    let resume = scene.scn(&["resume", "--assume", "done"]).output().unwrap();
    let said = err(&resume);
    assert_eq!(scene.left(), [""; 0], "{said}");
    match scene.runs()[0].state {
        State::Finished(verdict) => (said, verdict),
        other => panic!("{other:?} {said}"),
    }
}

#[test]
fn a_job_that_writes_after_its_runner_was_killed_waits_for_the_next_one_and_loses_nothing() {
    let scene = scene(
        "wait until job.stdout contains 'last' and job.stderr contains 'last' within 60s\n\
         write got.txt #{job.stdout}\ncheck job.running\nsh 'touch end'\nawait job",
    );
    // It has more to say than a pipe takes, and is not ended for that.
    std::thread::sleep(Duration::from_millis(300));
    assert!(!scene.log().contains(&"written".to_owned()));
    let (said, verdict) = resumed(&scene);
    assert!(scene.log().contains(&"written".to_owned()), "{said}");
    // How it ended was told to the runner that is gone.
    assert_eq!(verdict, Verdict::Error, "{said}");
    assert!(said.contains("it has ended, and how was told to"), "{said}");
    let got = fs::read_to_string(scene.path().join("got.txt")).unwrap_or_default();
    let numbers = (1..=LINES).map(|number| number.to_string());
    let expected: Vec<String> = std::iter::once("first".to_owned()).chain(numbers).collect();
    let lines: Vec<&str> = got.lines().collect();
    assert_eq!(lines.len(), LINES + 3, "{said}");
    assert_eq!(&lines[..=LINES], &expected);
    assert!(!holds(&scene.path().join(".scn"), "hunter2"), "{said}");
}

#[test]
fn a_job_that_is_cancelled_after_it_was_taken_up_is_no_failure() {
    let scene = scene("wait until job.stderr contains 'last' within 60s\ncancel job");
    let (said, verdict) = resumed(&scene);
    assert_eq!(verdict, Verdict::Pass, "{said}");
}

#[test]
fn a_job_that_waits_for_a_reader_is_ended_by_the_clean_up() {
    let scene = scene("");
    let said = scene.clean_up();
    assert_eq!(scene.left(), [""; 0], "{said}");
    assert!(!holds(&scene.path().join(".scn"), "hunter2"), "{said}");
}

/// A job that owes an undo outlives its runner, and ends of itself while another one runs the scenario.
fn owing_job(after: &str, take_up: &[&str]) -> (String, Scene) {
    let scene = Scene::with(
        &format!(
            "background job load\nsh 'until grep -q begun log; do sleep 0.01; done; echo waits >> log; sleep 1000'\n{after}\n"
        ),
        "[commands.load]
         sh = 'echo begun >> log; until test -e end; do sleep 0.01; done; echo ended >> log'
         undo = 'unload'
         [commands.unload]
         sh = 'echo unloaded >> log'
",
    );
    scene.kill_at("waits");
    let taken_up = scene.scn(take_up).output().unwrap();
    let said = err(&taken_up);
    assert_eq!(scene.left(), [""; 0], "{said}");
    assert_eq!(
        scene.log(),
        ["begun", "waits", "ended", "unloaded"],
        "{said}"
    );
    (said, scene)
}

const END: &str = "sh 'touch end; until grep -q ended log; do sleep 0.01; done; sleep 0.3'";

#[test]
fn a_job_of_which_nobody_knows_how_it_ended_is_undone_by_who_cleans_up() {
    owing_job(&format!("finally\n  {END}\nend"), &["cleanup"]);
}

#[test]
fn a_job_of_which_nobody_knows_how_it_ended_is_undone_by_who_goes_on() {
    let resume = ["resume", "--assume", "done"];
    let (said, scene) = owing_job("sh 'touch end'\nawait job", &resume);
    let unknown = "it has ended, and how was told to";
    assert!(said.contains(unknown), "{said}");
    // It was begun for whoever judges the record, too.
    let again = scene.scn(&["replay", "last"]).output().unwrap();
    assert!(err(&again).contains(unknown), "{}", err(&again));
}

/// Whether a file in the folder holds that text.
fn holds(folder: &Path, text: &str) -> bool {
    let mut entries = fs::read_dir(folder).unwrap().flatten();
    entries.any(|entry| match entry.path() {
        path if path.is_dir() => holds(&path, text),
        path => {
            let bytes = fs::read(&path).unwrap();
            bytes
                .windows(text.len())
                .any(|piece| piece == text.as_bytes())
        }
    })
}
