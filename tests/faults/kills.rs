//! The runner is killed at random instants, and so is what takes its run up.

use std::collections::HashMap;
use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use scn_protocol::{Event, Phase, Verdict};
use scn_record::State;

use crate::support::{Chance, Scene};

pub const SCENARIO: &str = "\
defer close base
open first
background job sh 'echo job >> log; exec sleep 1000'
start Engine
parallel
  do
    open left
    open left2
  end
  do
    open right
  end
end
for i in range(3)
  open \"loop#{i}\"
end
assert job.running and Engine.pid != none
defer close late
finally
  sh 'echo finally >> log; sleep 0.02'
end
";

pub const ENVIRONMENT: &str = r##"
[components.Engine]
start = { run = ["sh", "-c", "echo engine >> log; exec sleep 1000"] }
[commands.open]
params = ["name"]
run = ["sh", "-c", 'echo "open $1" >> log; sleep 0.02', "sh", "#{name}"]
undo = "close #{name}"
[commands.close]
params = ["name"]
run = ["sh", "-c", 'echo "begin $1" >> log; sleep 0.02; echo "close $1" >> log', "sh", "#{name}"]
"##;

/// What a run must have done.
#[derive(Clone, Copy)]
pub struct Rules {
    /// How many steps with different words there are that `open` something.
    pub opened: usize,
    /// How often the machine died, and what was not synced was lost: what was undone just before may be undone again.
    pub deaths: usize,
}

pub const RULES: Rules = Rules {
    opened: 7,
    deaths: 0,
};

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given
        .and_then(|given| given.parse().ok())
        .unwrap_or(otherwise)
}

/// Kills it after that time, unless it has ended by then; whether it was killed.
pub fn killed_after(mut runner: Child, time: Duration) -> bool {
    std::thread::sleep(time);
    let killed = runner.try_wait().unwrap().is_none();
    let _ = runner.kill();
    runner.wait().unwrap();
    killed
}

/// What is recorded of a command with a name: how often it ended, and how often its end was not seen.
#[derive(Debug, Default, PartialEq)]
struct Done {
    ended: usize,
    torn: usize,
    owed: bool,
}

/// The same of each command, by its words.
fn done(events: &[Event]) -> HashMap<String, Done> {
    let mut words: HashMap<u64, String> = HashMap::new();
    let mut all: HashMap<String, Done> = HashMap::new();
    for event in events {
        match event {
            Event::StepStarted { step, command, .. } => {
                words.insert(*step, command.join(" "));
                all.entry(command.join(" ")).or_default().torn += 1;
            }
            Event::StepFinished { step, torn, .. } if !torn => {
                let done = all.get_mut(&words[step]).unwrap();
                done.ended += 1;
                done.torn -= 1;
            }
            Event::UndoOwed { command, .. } => {
                all.entry(command.join(" ")).or_default().owed = true;
            }
            _ => {}
        }
    }
    all
}

fn count(log: &[String], line: &str) -> usize {
    log.iter().filter(|known| *known == line).count()
}

/// No undo missed, none twice but one that was cut in the middle, nothing left, the verdict true.
pub fn judge(scene: &Scene, instant: &str, rules: Rules) -> (u64, u64) {
    let log = scene.log();
    let shown = || format!("{instant}\n{}", log.join("\n"));
    if scene.runs().is_empty() {
        // A plug-in that was asked what it can do ends with its input.
        scene.until_nothing_is_left();
    }
    assert_eq!(scene.left(), [""; 0], "{}", shown());
    let Some(run) = scene.runs().pop() else {
        assert_eq!(log, [""; 0], "{}", shown());
        return (0, 0);
    };
    let State::Finished(verdict) = run.state else {
        panic!("it is {:?}: {}", run.state, shown());
    };
    let events = scene.events();
    let done = done(&events);
    let (mut undone, mut repeated) = (0, 0);
    for (words, done) in &done {
        let Some(name) = words.strip_prefix("close ") else {
            continue;
        };
        let began = count(&log, &format!("begin {name}"));
        assert!(done.owed, "{words} was not owed: {}", shown());
        assert_eq!(done.ended, 1, "{words}: {done:?} {}", shown());
        assert!(count(&log, words) >= 1, "{words} is missed: {}", shown());
        assert!(
            began <= 1 + done.torn + rules.deaths,
            "{words} was done twice: {done:?} {}",
            shown()
        );
        undone += 1;
        repeated += done.torn as u64;
    }
    for line in &log {
        if let Some(name) = line.strip_prefix("open ") {
            let undo = format!("close {name}");
            assert!(
                done.contains_key(&undo),
                "{line} is not undone: {}",
                shown()
            );
        }
    }
    let opened = done
        .iter()
        .filter(|(words, done)| words.starts_with("open ") && done.ended > 0);
    if verdict == Verdict::Pass {
        assert_eq!(
            opened.count(),
            rules.opened,
            "PASS, and not all was done: {}",
            shown()
        );
    } else {
        assert_eq!(verdict, Verdict::Error, "{}", shown());
    }
    let began = events.iter().any(|event| {
        matches!(
            event,
            Event::StepStarted {
                phase: Phase::Scenario,
                ..
            }
        )
    });
    assert!(
        !began || count(&log, "finally") > 0,
        "`finally`: {}",
        shown()
    );
    (undone, repeated)
}

/// How long it takes when nothing happens to it.
pub fn undisturbed() -> Duration {
    let scene = Scene::with(SCENARIO, ENVIRONMENT);
    let began = Instant::now();
    let output = scene.begin().wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    judge(&scene, "undisturbed", RULES);
    began.elapsed()
}

/// Does `try_one` for as many instants as are asked for, a few at a time.
pub fn at_instants(
    many: u64,
    undisturbed: Duration,
    try_one: impl Fn(&mut Chance, u64) -> (u64, u64) + Sync,
) {
    let many = number("SCN_FAULT_INSTANTS", many);
    let seed = number("SCN_FAULT_SEED", 1);
    let longest = u64::try_from(undisturbed.as_micros()).unwrap();
    let next = AtomicU64::new(0);
    let totals = [AtomicU64::new(0), AtomicU64::new(0)];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let instant = next.fetch_add(1, Ordering::Relaxed);
                    if instant >= many {
                        return;
                    }
                    let mut chance = Chance::new(seed * 1_000_003 + instant);
                    let (undone, repeated) = try_one(&mut chance, longest);
                    totals[0].fetch_add(undone, Ordering::Relaxed);
                    totals[1].fetch_add(repeated, Ordering::Relaxed);
                }
            });
        }
    });
    let [undone, repeated] = totals.map(AtomicU64::into_inner);
    eprintln!(
        "{many} instants: {undone} undos owed and done, {repeated} of them cut in the middle and run again"
    );
}

#[test]
fn a_runner_that_is_killed_at_any_instant_is_cleaned_up_after() {
    at_instants(40, undisturbed(), |chance, longest| {
        let scene = Scene::with(SCENARIO, ENVIRONMENT);
        let mut told = String::new();
        let after = chance.below(longest);
        killed_after(scene.begin(), Duration::from_micros(after));
        told.push_str(&format!("killed after {after}us"));
        // What cleans up after it is killed too, and again.
        for _ in 0..chance.below(4) {
            let after = chance.below(longest / 2);
            let cleanup = scene.scn(&["cleanup"]).spawn().unwrap();
            if killed_after(cleanup, Duration::from_micros(after)) {
                told.push_str(&format!(", cleanup after {after}us"));
            }
        }
        told.push('\n');
        told.push_str(&scene.clean_up());
        judge(&scene, &told, RULES)
    });
}

#[test]
fn a_run_that_is_killed_and_resumed_ends_as_one_that_was_not() {
    at_instants(20, undisturbed(), |chance, longest| {
        let scene = Scene::with(SCENARIO, ENVIRONMENT);
        let after = chance.below(longest);
        killed_after(scene.begin(), Duration::from_micros(after));
        let mut told = format!("killed after {after}us");
        let resume = || scene.scn(&["resume", "--assume", "not-done"]);
        for _ in 0..chance.below(3) {
            let after = chance.below(longest / 2);
            if killed_after(resume().spawn().unwrap(), Duration::from_micros(after)) {
                told.push_str(&format!(", resume after {after}us"));
            }
        }
        let output = resume().output().unwrap();
        told.push('\n');
        told.push_str(&String::from_utf8_lossy(&output.stderr));
        let result = judge(&scene, &told, RULES);
        let log = scene.log();
        if count(&log, "open first") > 0 {
            let state = scene.runs().pop().unwrap().state;
            assert_eq!(
                state,
                State::Finished(Verdict::Pass),
                "{told}\n{}",
                log.join("\n")
            );
        }
        result
    });
}
