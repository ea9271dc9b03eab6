//! What must not be found, looked for in what was printed and in all that was kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use aho_corasick::AhoCorasick;

use crate::project::scn;
use crate::surfaces::READ_RUNS;

/// What must not be found: each form of each secret, by name.
pub struct Hunted {
    names: Vec<String>,
    automaton: AhoCorasick,
}

/// Shorter encoded forms may be anything, as docs/environments.md says; of those with blanks in them, shorter than this.
const MIN_ENCODED: usize = 6;
const MIN_BROKEN: usize = 12;

impl Hunted {
    /// All forms of the secrets of that project.
    pub fn new(folder: &Path, secrets: &[Vec<u8>]) -> Self {
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
    pub fn find(&self, place: &str, text: &[u8], found: &mut Vec<String>) {
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

pub fn files(folder: &Path) -> Vec<PathBuf> {
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
pub fn look(
    folder: &Path,
    words: &[&str],
    came: &Output,
    hunted: &Hunted,
    found: &mut Vec<String>,
) {
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
            if format == "allure" {
                // A folder of files, into which they are looked below.
                let results = folder.join("project/.scn/allure").display().to_string();
                let came = scn(
                    folder,
                    &[READ_RUNS[0], "--format", &format, "-o", &results, &run],
                );
                assert!(came.status.success(), "the allure report of {line}");
                continue;
            }
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
    let _ = fs::remove_dir_all(folder.join("project/.scn/allure"));
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
