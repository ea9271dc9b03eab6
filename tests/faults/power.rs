//! The machine loses its power at random instants, and so does what takes up the run that was on it.
//!
//! The record is on a disk of its own, a file: all that was given to that disk is in the file, and what was written
//! and not synced is in the machine's memory alone. The scenario runs in a process namespace of its own, of which each
//! process ends at once; what goes on is a copy of the file as it was then.

use std::fs;

use scn_protocol::Verdict;
use scn_record::State;

use crate::kills::{ENVIRONMENT, RULES, Rules, SCENARIO, at_instants, judge, undisturbed};
use crate::support::{Chance, Scene, can, err};

/// What a shell must be able to do.
const MACHINE: &str = "unshare -mp --fork --mount-proc sh -ec '
    truncate -s 16M image; mke2fs -q -F -t ext4 image; mkdir disk; mount -o loop,commit=900 image disk; umount disk'";

/// `begin DISK`: a machine with that disk. `cut SECONDS VERB…`: it does that, and loses its power. `done`: what
/// the disk holds of runs is put where runs are. A file system that writes by itself does so after 900 s.
const POWER: &str = r#"
    begin() { mount -o loop,commit=900 "$1" disk; }
    cut() {
        after=$1; shift
        unshare -p --fork --mount-proc sh -c '
            cat /proc/sys/kernel/random/uuid > boot; mount --bind boot /proc/sys/kernel/random/boot_id
            "$@"; exit $?' sh "$SCN" "$@" &
        machine=$!
        sleep "$after"
        pkill -KILL -P "$machine" || true
        wait "$machine" || true
        cp image now
        umount disk
        mv now image
        begin image
    }
    truncate -s 16M image; mke2fs -q -F -t ext4 image; mkdir disk .scn; begin image
"#;

/// Runs until the power is cut after the first of these times, and takes the run up by `verb` until it is cut after the next ones;
/// then once more, to the end. Gives what was said.
fn lose_power(scene: &Scene, run: &[&str], verb: &[&str], cuts: &[u64]) -> String {
    let mut script = POWER.to_owned();
    for (index, after) in cuts.iter().enumerate() {
        let what = if index == 0 { run } else { verb };
        script.push_str(&format!(
            "cut {}.{:06} {} --runs disk/runs\n",
            after / 1_000_000,
            after % 1_000_000,
            what.join(" ")
        ));
    }
    script.push_str(&format!(
        "\"$SCN\" {} --runs disk/runs || true\n[ ! -e disk/runs ] || cp -a disk/runs .scn/runs; umount disk\n",
        verb.join(" ")
    ));
    let shell = ["unshare", "-m", "sh", "-ec", &script];
    let output = scene.program(&shell).output().unwrap();
    assert!(output.status.success(), "{}", err(&output));
    // Not more than the record: another scene's disk has the same name.
    fs::remove_file(scene.path().join("image")).unwrap();
    format!("the power was cut after {cuts:?}us\n{}", err(&output))
}

fn cuts(chance: &mut Chance, longest: u64) -> Vec<u64> {
    let mut cuts = vec![chance.below(longest)];
    for _ in 0..chance.below(3) {
        cuts.push(chance.below(longest / 2));
    }
    cuts
}

#[test]
fn a_machine_that_loses_its_power_at_any_instant_is_cleaned_up_after() {
    if !can("a machine that loses its power", MACHINE) {
        return;
    }
    at_instants(16, undisturbed(), |chance, longest| {
        let scene = Scene::with(SCENARIO, ENVIRONMENT);
        let cuts = cuts(chance, longest);
        let run = ["run", "--env", "e", "a.scn"];
        let told = lose_power(&scene, &run, &["cleanup"], &cuts);
        judge(
            &scene,
            &told,
            Rules {
                deaths: cuts.len(),
                ..RULES
            },
        )
    });
}

#[test]
fn a_run_with_nothing_but_finally_is_known_after_its_machine_died() {
    if !can("a machine that loses its power", MACHINE) {
        return;
    }
    let scenario = "sh 'echo begun >> log; sleep 1000'\nfinally\n  sh 'echo undo >> log'\nend\n";
    let scene = Scene::new(scenario);
    let run = ["run", "--env", "e", "a.scn"];
    // Each of them long after it has begun.
    let told = lose_power(&scene, &run, &["cleanup"], &[3_000_000]);
    assert_eq!(scene.log(), ["begun", "undo"], "{told}");
    let state = scene.runs().pop().map(|run| run.state);
    assert_eq!(state, Some(State::Finished(Verdict::Error)), "{told}");
}

/// What was running has ended with the machine, so the scenario relies on nothing of that.
#[test]
fn a_run_whose_steps_are_synced_is_gone_on_with_after_its_machine_died() {
    if !can("a machine that loses its power", MACHINE) {
        return;
    }
    let scenario = SCENARIO.replace("assert job.running and Engine.pid != none\n", "");
    at_instants(12, undisturbed(), |chance, longest| {
        let scene = Scene::with(&scenario, ENVIRONMENT);
        let cuts = cuts(chance, longest * 2);
        let run = ["run", "--env", "e", "--sync", "step", "a.scn"];
        let resume = ["resume", "--assume", "not-done"];
        let told = lose_power(&scene, &run, &resume, &cuts);
        let rules = Rules {
            deaths: cuts.len(),
            ..RULES
        };
        let result = judge(&scene, &told, rules);
        let log = scene.log();
        let told = format!("{told}\n{}", log.join("\n"));
        if log.contains(&"open first".to_owned()) {
            let state = scene.runs().pop().map(|run| run.state);
            assert_eq!(state, Some(State::Finished(Verdict::Pass)), "{told}");
        }
        for line in log.iter().filter(|line| line.starts_with("open ")) {
            let times = log.iter().filter(|known| *known == line).count();
            // One step at most was in the middle in each branch.
            assert!(times <= 1 + cuts.len(), "{line} {times} times: {told}");
        }
        result
    });
}
