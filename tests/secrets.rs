//! Secrets, pushed through everything that `scn` writes, and looked for in all of it.
//!
//! A project is made with secrets of many kinds (`KINDS`). `tests/secrets/everything.scn` hands each to whatever a
//! scenario has, `tests/secrets/leak.py` is a system and a plug-in that tell them in every form that programs write
//! text in, and then each of these forms is looked for in [`SURFACES`]: whatever a verb prints, and every file that is
//! kept of a run, whatever its name. A verb that is neither there nor in [`TELL_NOTHING`] fails the test.
//!
//! `SCN_SECRETS=1000 cargo test -p scn --test secrets` is the whole; the tests alone take fewer. `SCN_SEED` begins
//! elsewhere, and `SCN_BINARY` is the program that is tried, if it is another than the one just built.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use tempfile::TempDir;

#[path = "secrets/kinds.rs"]
mod kinds;

const EVERYTHING: &str = include_str!("secrets/everything.scn");
const LEAKY: &str = include_str!("secrets/leaky.toml");
const LEAK: &str = include_str!("secrets/leak.py");

/// So many secrets a project has.
const TOGETHER: usize = 36;

/// So many are tried unless `SCN_SECRETS` says another number.
const TRIED: usize = 18;

/// What may show a secret.
struct Surface {
    /// The command line; `{scenario}` stands for each of the scenarios that end in a way of their own.
    words: &'static [&'static str],
    /// Whether it runs `everything.scn` too, and not only the short scenarios.
    everything: bool,
}

/// All that `scn` prints; what it writes to files is looked through after each, whatever they are called.
const SURFACES: &[Surface] = &[
    of_all(&["run", "--env", "leaky", "{scenario}"]),
    of_all(&["run", "-v", "--env", "leaky", "{scenario}"]),
    of_all(&["run", "-q", "--env", "leaky", "{scenario}"]),
    of_all(&["run", "--json", "--env", "leaky", "{scenario}"]),
    of(&["run", "--sync", "step", "--env", "leaky", "{scenario}"]),
    of(&["check", "--env", "leaky", "{scenario}"]),
    of(&["check", "--json", "--all-envs", "{scenario}"]),
    of(&["plan", "--env", "leaky", "{scenario}"]),
    of(&["plan", "--env", "broken", "{scenario}"]),
    of(&["runs", "list"]),
    of(&["env", "list"]),
    of(&["env", "show", "leaky"]),
    of(&["env", "show", "broken"]),
    of(&["plugin", "list"]),
    of(&["plugin", "list", "--env", "leaky"]),
    of(&["plugin", "check", "leaky", "--env", "leaky"]),
    of(&["help", "p_log", "--env", "leaky"]),
];

const fn of(words: &'static [&'static str]) -> Surface {
    Surface {
        words,
        everything: false,
    }
}

const fn of_all(words: &'static [&'static str]) -> Surface {
    Surface {
        words,
        everything: true,
    }
}

/// Verbs that read neither a system nor a record.
const TELL_NOTHING: &[&str] = &["fmt", "completions"];

/// Verbs that read the record of a run: looked at after each. And those that take up one whose runner was killed.
const READ_RUNS: &[&str] = &["report", "replay"];
const TAKE_UP: &[&str] = &["cleanup", "resume"];

/// How scenarios end: the last thing that is told is the reason.
const ENDINGS: &[(&str, &str)] = &[
    ("pass", "echo #{s0}\npass #{s0}"),
    ("fail", "fail \"it was #{s0}\""),
    ("fail-data", "set g raw\nfail \"it was #{g[0]}\""),
    ("error", "set g raw\nerror #{g[1]}"),
    ("skip", "set g raw\nskip #{g[0]} #{s1}"),
    ("assert", "set g raw\nassert g == s1, g[0] + s1"),
    ("require", "set g raw\nrequire g[0] == 1"),
    ("step", "set g raw\nrun ls #{g[0]} \"x #{g[1]}\""),
    ("no-program", "set g raw\nrun #{g[0]}"),
    ("not", "set g raw\nnot run true #{g[0]}"),
    ("timeout", "set g raw\ntimeout 10ms run sleep 9 #{g[0]}"),
    ("crash", "p_crash"),
    ("garbage", "p_garbage"),
    ("fault", "p_fail #{1}"),
    ("output", "tell\nsh 'exit 1'"),
    ("failing-output", "loud"),
    ("cut", "stuck"),
    ("undo", "set g raw\nowing #{g[0]}\nfail"),
    ("start", "start Broken"),
    ("watch", "set g raw\nalways g[0] == 'x'\necho #{g[0]}"),
    ("regex", "set g raw\nset x = match('x', '(' + g[0])"),
    ("uncaught", "set g raw\nset x = int(g[0])"),
    ("killed", "defer tell\nowing #{s0}\ntell_and_wait"),
    ("wrong", "echo #{s0\nfoo #{s1}"),
    (
        "unknown",
        "run_it #{s0}\nset x = s0 + 1\nset y = int(s1)\nsleep #{s0}",
    ),
];

/// The environment of so many secrets, and one with a mistake.
fn environments(folder: &Path, secrets: usize) {
    let names: Vec<String> = (0..secrets).map(|at| format!("s{at}")).collect();
    let all: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let given = names.iter();
    let given = given.map(|name| format!("{} = \"#{{{name}}}\"", name.to_uppercase()));
    let mut text = LEAKY
        .replace("GIVEN", &given.collect::<Vec<_>>().join(", "))
        .replace("ALL", &all.join(", "))
        .replace("FOLDER", &folder.display().to_string());
    for (at, name) in names.iter().enumerate() {
        let file = format!("{}/given/{name}", folder.display());
        let from = match at % 3 {
            0 => format!("{{ file = \"{file}\" }}"),
            _ => format!("{{ command = [\"cat\", \"{file}\"] }}"),
        };
        writeln!(text, "{name} = {from}").unwrap();
    }
    place(&folder.join("project/environments/leaky.toml"), &text);
    let broken = text.replace("result = ", "resul = ");
    place(&folder.join("project/environments/broken.toml"), broken);
}

fn place(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A project with these secrets, which stand outside of it.
fn project(secrets: &[Vec<u8>]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    place(&folder.path().join("leak.py"), LEAK);
    for (at, secret) in secrets.iter().enumerate() {
        // The last line end of a file is no part of the secret.
        place(
            &folder.path().join(format!("given/s{at}")),
            [secret.as_slice(), b"\n"].concat(),
        );
        place(&folder.path().join(format!("hunted/s{at}")), secret);
    }
    environments(folder.path(), secrets.len());
    let names: Vec<String> = (0..secrets.len()).map(|at| format!("s{at}")).collect();
    let everything = EVERYTHING.replace("names", &format!("[{}]", names.join(", ")));
    let project = folder.path().join("project");
    place(&project.join("everything.scn"), everything);
    for (name, text) in ENDINGS {
        place(&project.join(format!("{name}.scn")), format!("{text}\n"));
    }
    fs::create_dir_all(project.join("out")).unwrap();
    folder
}

fn scn(folder: &Path, words: &[&str]) -> Output {
    scn_command(folder, words).output().unwrap()
}

fn scn_command(folder: &Path, words: &[&str]) -> Command {
    let binary = std::env::var_os("SCN_BINARY");
    let binary = binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_scn").into());
    let mut command = Command::new(binary);
    command
        .args(words)
        .current_dir(folder.join("project"))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder)
        .env("TZ", "UTC")
        .env("LANG", "C.UTF-8")
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::null());
    command
}

/// What must not be found: each form of each secret, by name.
struct Hunted {
    names: Vec<String>,
    automaton: AhoCorasick,
}

/// Shorter encoded forms may be anything, as docs/environments.md says; of those with blanks in them, shorter than this.
const MIN_ENCODED: usize = 6;
const MIN_BROKEN: usize = 12;

impl Hunted {
    fn new(folder: &Path, secrets: &[Vec<u8>]) -> Self {
        let told = Command::new("python3")
            .arg(folder.join("leak.py"))
            .arg("forms")
            .arg(folder.join("hunted"))
            .output()
            .unwrap();
        assert!(
            told.status.success(),
            "{}",
            String::from_utf8_lossy(&told.stderr)
        );
        let (mut names, mut forms) = (Vec::new(), Vec::new());
        for line in String::from_utf8(told.stdout).unwrap().lines() {
            let mut words = line.split(' ');
            let (secret, form, hex) = (
                words.next().unwrap(),
                words.next().unwrap(),
                words.next().unwrap(),
            );
            let form_bytes: Vec<u8> = (0..hex.len() / 2)
                .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            let least = match form {
                "plain" => 0,
                "hex-spaced" => MIN_BROKEN,
                _ => MIN_ENCODED,
            };
            if form_bytes.iter().filter(|byte| **byte != b' ').count() >= least {
                names.push(format!("{secret} {form}"));
                forms.push(form_bytes);
            }
        }
        for (at, secret) in secrets.iter().enumerate() {
            // A part of a secret tells much of it.
            if secret.len() >= 32 && !secret.contains(&b'\n') {
                names.push(format!("s{at} beginning"));
                forms.push(secret[..16].to_vec());
                names.push(format!("s{at} end"));
                forms.push(secret[secret.len() - 16..].to_vec());
            }
        }
        let automaton = AhoCorasick::new(&forms).unwrap();
        Self { names, automaton }
    }

    /// What is found there, each with what stands around it.
    fn find(&self, place: &str, text: &[u8], found: &mut Vec<String>) {
        for hit in self.automaton.find_iter(text) {
            let before = hit.start().saturating_sub(60);
            let after = (hit.end() + 40).min(text.len());
            found.push(format!(
                "{} in {place} at {}: {}⟪{}⟫{}",
                self.names[hit.pattern().as_usize()],
                hit.start(),
                String::from_utf8_lossy(&text[before..hit.start()]).escape_debug(),
                String::from_utf8_lossy(&text[hit.range()]).escape_debug(),
                String::from_utf8_lossy(&text[hit.end()..after]).escape_debug(),
            ));
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.symlink_metadata().unwrap() {
            data if data.is_dir() => all.extend(files(&path)),
            data if data.is_file() => all.push(path),
            _ => {}
        }
    }
    all
}

/// Looks through what was printed and what was kept.
fn look(folder: &Path, words: &[&str], came: &Output, hunted: &Hunted, found: &mut Vec<String>) {
    let line = words.join(" ");
    hunted.find(&format!("the output of {line}"), &came.stdout, found);
    hunted.find(&format!("the errors of {line}"), &came.stderr, found);
    for run in fs::read_dir(folder.join("project/.scn/runs"))
        .into_iter()
        .flatten()
    {
        let run = run.unwrap().file_name().to_string_lossy().into_owned();
        if run.starts_with('.') {
            continue;
        }
        for format in formats(folder) {
            let came = scn(folder, &[READ_RUNS[0], "--format", &format, &run]);
            let place = format!("the {format} report of {line}");
            assert!(came.status.success() && !came.stdout.is_empty(), "{place}");
            hunted.find(&place, &came.stdout, found);
            hunted.find(&place, &came.stderr, found);
        }
        let came = scn(folder, &[READ_RUNS[1], &run]);
        hunted.find(&format!("the replay of {line}"), &came.stdout, found);
        hunted.find(&format!("the replay of {line}"), &came.stderr, found);
    }
    for file in files(&folder.join("project/.scn")) {
        let name = file.strip_prefix(folder).unwrap().display().to_string();
        let text = fs::read(&file).unwrap();
        hunted.find(&format!("{name} after {line}"), &text, found);
        hunted.find(&format!("a name after {line}"), name.as_bytes(), found);
    }
    let _ = fs::remove_dir_all(folder.join("project/.scn/runs"));
}

/// The runner is killed while a step tells its secrets, and another takes the run up.
fn killed(folder: &Path, verb: &str, hunted: &Hunted, found: &mut Vec<String>) {
    let mut runner = scn_command(folder, &["run", "-q", "--env", "leaky", "killed.scn"])
        .spawn()
        .unwrap();
    let telling = folder.join("project/out/telling");
    let begun = Instant::now();
    while !telling.exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(100));
    runner.kill().unwrap();
    runner.wait().unwrap();
    fs::remove_file(telling).unwrap();
    let came = scn(folder, &[verb]);
    let told = String::from_utf8_lossy(&came.stderr);
    assert!(told.contains("ERROR killed.scn"), "{verb}: {told}");
    look(folder, &[verb, "of a killed run"], &came, hunted, found);
}

/// The formats that reports are in.
fn formats(folder: &Path) -> Vec<String> {
    let help = String::from_utf8(scn(folder, &["report", "-h"]).stdout).unwrap();
    // It may break its lines anywhere.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let listed = help.split("--format <FORMAT>").nth(1).unwrap();
    let listed = listed.split("possible values: ").nth(1).unwrap();
    let listed = listed.split(']').next().unwrap();
    listed
        .split(',')
        .map(|format| format.trim().to_owned())
        .collect()
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

/// A verb that is added is named above.
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
        let listed = [READ_RUNS, TAKE_UP].concat().contains(&verb);
        let looked_at = listed || SURFACES.iter().any(|surface| surface.words[0] == verb);
        assert!(
            looked_at || TELL_NOTHING.contains(&verb),
            "`scn {verb}` is neither in SURFACES nor in TELL_NOTHING"
        );
    }
}
