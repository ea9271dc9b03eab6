//! A plug-in is killed at random instants: of a run, of what cleans up after one, and of what takes one up.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::LazyLock;
use std::time::Duration;

use scn_protocol::Verdict;
use scn_record::State;

use crate::kills::{at_instants, killed_after};
use crate::plugged::{scene, undisturbed, with_plugin};
use crate::support::{Chance, Scene, can, err};

/// Where the plug-in in a shared library is, made by the machine's C compiler, as an environment's `path`.
static LIBRARY: LazyLock<String> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let whole = folder.join(format!("libopener-{}.so", std::process::id()));
    let made = Command::new("cc")
        .args([
            "-std=c99", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror",
        ])
        .arg("-I")
        .arg(root.join("plugins/abi/include"))
        .arg("-o")
        .arg(&whole)
        .arg(root.join("tests/faults/opener.c"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", err(&made));
    // Whoever runs it next finds it whole.
    std::fs::rename(whole, folder.join("libopener.so")).unwrap();
    folder.join("opener").display().to_string()
});

/// Kills what runs the plug-in, which has this in its command line, after that time; the rest goes on.
fn plugin_killed(scene: &Scene, runner: &mut Child, named: &str, after: Duration) {
    std::thread::sleep(after);
    if runner.try_wait().unwrap().is_none() {
        let runner = runner.id();
        scene.shell(&format!(
            "for pid in $(pgrep -P {runner} -f '{named}'); do kill -9 $pid; done"
        ));
    }
}

fn takes_nothing_along(scene: &Scene, named: &str, chance: &mut Chance, longest: u64) {
    let verbs: [&[&str]; 3] = [
        &["run", "--env", "e", "a.scn"],
        &["cleanup"],
        &["resume", "--assume", "not-done"],
    ];
    let verb = verbs[usize::try_from(chance.below(3)).unwrap()];
    let mut told = String::new();
    if verb[0] != "run" {
        let after = chance.below(longest);
        killed_after(scene.begin(), Duration::from_micros(after));
        told = format!("the runner killed after {after}us; ");
    }
    let after = chance.below(longest);
    let whose = verb[0];
    told.push_str(&format!("the plug-in of {whose} killed after {after}us"));
    let mut runner = scene.scn(verb).spawn().unwrap();
    plugin_killed(scene, &mut runner, named, Duration::from_micros(after));
    let output = runner.wait_with_output().unwrap();
    told.push_str(&format!("\n{}", err(&output)));
    if scene.runs().is_empty() {
        scene.until_nothing_is_left();
    }
    assert_eq!(scene.left(), [""; 0], "{told}");
    let log = scene.log();
    let Some(run) = scene.runs().pop() else {
        return;
    };
    let passed = run.state == State::Finished(Verdict::Pass);
    assert!(
        passed || run.state == State::Finished(Verdict::Error),
        "{:?} {told}",
        run.state
    );
    // Each undo was begun, unless it was that in which the plug-in died.
    let has = |line: String| log.contains(&line);
    // What was cut as it was opened is opened again.
    let opened = log.iter().filter_map(|line| line.strip_prefix("open "));
    let opened: BTreeSet<&str> = opened.collect();
    let missed = opened
        .into_iter()
        .filter(|name| !has(format!("close {name}")))
        .count();
    assert!(
        missed <= 1,
        "{missed} undos are missed: {told}\n{}",
        log.join("\n")
    );
    assert!(missed == 0 || !passed, "{told}");
}

#[test]
fn a_plugin_that_is_killed_at_any_instant_takes_nothing_along() {
    if !can("a plug-in in Python", "python3 -c '' && command -v pgrep") {
        return;
    }
    at_instants(24, undisturbed(&scene()), |chance, longest| {
        takes_nothing_along(&scene(), "plugin.py", chance, longest);
        (0, 0)
    });
}

#[test]
fn the_process_that_hosts_a_library_is_killed_and_takes_nothing_along() {
    if !can("a plug-in in C", "command -v cc && command -v pgrep") {
        return;
    }
    let scene = || with_plugin(&format!("path = '{}'", *LIBRARY));
    at_instants(24, undisturbed(&scene()), |chance, longest| {
        takes_nothing_along(&scene(), "plugin-host", chance, longest);
        (0, 0)
    });
}
