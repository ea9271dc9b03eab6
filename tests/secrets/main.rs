//! Secrets, pushed through everything that `scn` writes, and looked for in all of it.
//!
//! A project is made with secrets of many kinds (`kinds.rs`). `tests/secrets/everything.scn` hands each to whatever a
//! scenario has, `tests/secrets/leak.py` is a system and a plug-in that tell them in every form that programs write
//! text in, and then each of these forms is looked for in `surfaces.rs`: whatever a verb prints, and every file that is
//! kept of a run, whatever its name. A verb that is neither there nor in `TELL_NOTHING` fails the test.
//!
//! `SCN_SECRETS=1000 cargo test -p scn --test secrets` is the whole; the tests alone take fewer. `SCN_SEED` begins
//! elsewhere, and `SCN_BINARY` is the program that is tried, if it is another than the one just built.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asked;
mod hunted;
mod kinds;
mod project;
mod surfaces;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use asked::{TYPED, asked};
use hunted::{Hunted, files, look};
use project::{ENDINGS, project, scn, scn_command};
use surfaces::{READ_RUNS, SURFACES, TAKE_UP, TELL_NOTHING};

/// So many secrets a project has.
const TOGETHER: usize = 36;

/// So many are tried unless `SCN_SECRETS` says another number.
const TRIED: usize = 18;

/// The runner is killed while a step tells its secrets, and another takes the run up.
fn killed(folder: &Path, verb: &str, hunted: &Hunted, found: &mut Vec<String>) {
    let telling = folder.join("project/out/telling");
    // An earlier run of the same scenario has told too; this one goes on until it is killed.
    for earlier in ["telling", "over"] {
        let _ = fs::remove_file(folder.join("project/out").join(earlier));
    }
    let mut runner = scn_command(folder, &["run", "-q", "--env", "leaky", "killed.scn"])
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !telling.exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(100));
    runner.kill().unwrap();
    runner.wait().unwrap();
    fs::remove_file(telling).unwrap();
    fs::write(folder.join("project/out/over"), "").unwrap();
    let came = scn(folder, &[verb]);
    let told = String::from_utf8_lossy(&came.stderr);
    assert!(told.contains("ERROR killed.scn"), "{verb}: {told}");
    look(folder, &[verb, "of a killed run"], &came, hunted, found);
}

fn seed() -> u64 {
    let given = std::env::var("SCN_SEED").ok();
    given.map_or(20_261_121, |given| given.parse().unwrap())
}

/// Tries a project's worth of secrets; gives what was found.
fn round(number: usize, secrets: &[Vec<u8>]) -> Vec<String> {
    let folder = project(secrets);
    let folder = folder.path();
    let hunted = Hunted::new(folder, secrets);
    let mut found = Vec::new();
    let whole = SURFACES.iter().filter(|surface| surface.everything).count();
    for (at, surface) in SURFACES.iter().enumerate() {
        let mut scenarios: Vec<String> = match surface.words.contains(&"{scenario}") {
            false => vec![String::new()],
            // Each is shown in one of the ways in this round, in another in the next.
            true => ENDINGS
                .iter()
                .enumerate()
                .filter(|(ending, _)| (at + ending + number).is_multiple_of(whole))
                .map(|(_, (name, _))| format!("{name}.scn"))
                .collect(),
        };
        // It is long: one of the ways to show it a round.
        if surface.everything && at % whole == number % whole {
            scenarios.insert(0, "everything.scn".to_owned());
        }
        for scenario in scenarios {
            let words: Vec<&str> = surface
                .words
                .iter()
                .map(|word| {
                    if *word == "{scenario}" {
                        scenario.as_str()
                    } else {
                        word
                    }
                })
                .collect();
            let came = scn(folder, &words);
            let told = String::from_utf8_lossy(&came.stderr);
            assert!(!told.contains("panicked"), "{words:?}: {told}");
            if scenario == "everything.scn" {
                assert!(
                    came.status.code() == Some(1) && folder.join("project/out/ungranted").exists(),
                    "it did not come to its end: {}",
                    &told[told.len().saturating_sub(2000)..]
                );
            }
            look(folder, &words, &came, &hunted, &mut found);
        }
    }
    environment_of_steps(folder, &hunted, &mut found);
    asked(folder, &hunted, &mut found);
    killed(folder, TAKE_UP[number % TAKE_UP.len()], &hunted, &mut found);
    found
}

/// Nothing but what was granted is in the environment of what is started, and nothing in its arguments.
fn environment_of_steps(folder: &Path, hunted: &Hunted, found: &mut Vec<String>) {
    for file in files(&folder.join("project/out")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read(&file).unwrap();
        match name.as_str() {
            "ungranted" => hunted.find("the environment of a step", &text, found),
            "granted_one" => {
                let mut all = Vec::new();
                hunted.find(
                    "the environment of a step that was granted s0",
                    &text,
                    &mut all,
                );
                found.extend(all.into_iter().filter(|line| !line.starts_with("s0 ")));
            }
            // Its variables S0, S1 … have what it was granted; nothing else has, nor any argument.
            plugin if plugin.starts_with("plugin-") => {
                let text = String::from_utf8_lossy(&text);
                let arguments = text.split("\n\n").last().unwrap_or_default();
                assert!(arguments.contains("leak.py"), "{text}");
                hunted.find("the arguments of processes", arguments.as_bytes(), found);
                for line in text.lines().filter(|line| line.starts_with("SCN_")) {
                    hunted.find("a variable of scn's own", line.as_bytes(), found);
                }
            }
            _ => {}
        }
    }
}

#[test]
fn no_secret_is_in_anything_that_is_written() {
    let tried = std::env::var("SCN_SECRETS").map_or(TRIED, |given| given.parse().unwrap());
    let mut chance = fastrand::Rng::with_seed(seed());
    let mut found = Vec::new();
    for number in 0..tried.div_ceil(TOGETHER) {
        let secrets = kinds::secrets(&mut chance, TOGETHER.min(tried));
        found.extend(round(number, &secrets));
        if !found.is_empty() {
            break;
        }
    }
    let count = found.len();
    found.truncate(60);
    assert!(found.is_empty(), "{count} times:\n{}", found.join("\n"));
}

/// A verb that is added is named in `surfaces.rs`.
#[test]
fn every_verb_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir_all(folder.join("project")).unwrap();
    let help = String::from_utf8(scn(folder, &["--help"]).stdout).unwrap();
    let verbs = help.lines().skip_while(|line| *line != "Verbs:").skip(1);
    let verbs = verbs
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let verbs: Vec<&str> = verbs
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(verbs.contains(&"run"), "{help}");
    for verb in verbs {
        let listed = [READ_RUNS, TAKE_UP, &["dap"]].concat().contains(&verb)
            || TYPED.iter().any(|(words, _)| words[0] == verb);
        let looked_at = listed || SURFACES.iter().any(|surface| surface.words[0] == verb);
        assert!(
            looked_at || TELL_NOTHING.contains(&verb),
            "`scn {verb}` is neither in SURFACES nor in TELL_NOTHING"
        );
    }
}
