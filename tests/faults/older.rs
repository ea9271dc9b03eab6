//! Records that earlier versions wrote are read, and their runs finished: `recorded/` has one of each released format, that
//! of a run whose runner was killed. With a release that changes what is recorded, add a folder.

use std::fs;
use std::path::Path;

use scn_protocol::Verdict;
use scn_record::State;

use crate::support::{Scene, err};

const ID: &str = "20261121-180928.715-scar";

const OPENED: [&str; 5] = ["first", "left", "right", "loop0", "loop1"];

/// A folder with that record, for each that is kept.
fn each(of: impl Fn(&str, &Scene)) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/faults/recorded");
    let mut versions = 0;
    for version in fs::read_dir(kept).unwrap() {
        let version = version.unwrap();
        let scene = Scene::new("");
        let run = scene.path().join(".scn/runs").join(ID);
        fs::create_dir_all(&run).unwrap();
        for file in fs::read_dir(version.path()).unwrap() {
            let file = file.unwrap();
            let text = fs::read_to_string(file.path()).unwrap();
            let text = text.replace("FOLDER", &scene.path().display().to_string());
            fs::write(run.join(file.file_name()), text).unwrap();
        }
        // As a runner leaves it that is killed.
        fs::create_dir_all(scene.path().join(".scn/runs/.unfinished")).unwrap();
        fs::write(scene.path().join(".scn/runs/.unfinished").join(ID), "").unwrap();
        of(&version.file_name().to_string_lossy(), &scene);
        versions += 1;
    }
    assert!(versions > 0, "no record is kept");
}

fn undone(version: &str, scene: &Scene, said: &str) {
    let log = scene.log();
    for name in OPENED {
        let line = format!("close {name}");
        let times = log.iter().filter(|known| **known == line).count();
        assert_eq!(times, 1, "{version}: {line}: {log:?} {said}");
    }
    assert!(log.contains(&"finally".to_owned()), "{version}: {log:?}");
    scene.is_clean();
}

#[test]
fn what_an_older_version_left_is_cleaned_up_after() {
    each(|version, scene| {
        assert_eq!(scene.runs()[0].state, State::Unfinished, "{version}");
        let said = scene.clean_up();
        assert_eq!(
            scene.runs()[0].state,
            State::Finished(Verdict::Error),
            "{version}: {said}"
        );
        undone(version, scene, &said);
    });
}

#[test]
fn what_an_older_version_began_is_gone_on_with_judged_again_and_reported() {
    each(|version, scene| {
        let resumed = scene.scn(&["resume", "--assume", "done"]).output().unwrap();
        let said = err(&resumed);
        assert_eq!(resumed.status.code(), Some(0), "{version}: {said}");
        assert_eq!(resumed.stdout, b"out 64KiB true\n", "{version}: {said}");
        assert!(
            scene.log().contains(&"done".to_owned()),
            "{version}: {said}"
        );
        undone(version, scene, &said);
        let replayed = scene.scn(&["replay", ID]).output().unwrap();
        assert_eq!(
            replayed.status.code(),
            Some(0),
            "{version}: {}",
            err(&replayed)
        );
        let report = scene
            .scn(&["report", "--format", "json", ID])
            .output()
            .unwrap();
        let report = String::from_utf8(report.stdout).unwrap();
        assert!(
            report.contains("\"verdict\": \"PASS\""),
            "{version}: {report}"
        );
    });
}
