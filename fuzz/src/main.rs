//! The search itself, by libFuzzer: `cargo xtask fuzz` builds it with the compiler's counters, and starts it.
//!
//! `SCN_FUZZ_TARGET` names the target; the arguments are libFuzzer's. Or one of these is the first:
//! `list`, `prepare TARGET FOLDER` (writes `inputs/` and `words` there), `keep TARGET FOLDER` (keeps the inputs in it).

#![no_main]

use std::fs;
use std::io;
use std::path::Path;
use std::process::exit;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use scn_fuzz::{TARGETS, Target, cases, dictionary, find, seeds};

/// So many bytes are kept for a target, the shortest inputs first: what goes beyond is for the search alone.
const MOST_KEPT: usize = 48 * 1_024;

static TARGET: OnceLock<&'static Target> = OnceLock::new();

fuzz_target!(
    init: begin(),
    |input: &[u8]| {
        if let Some(target) = TARGET.get() {
            (target.run)(input);
        }
    }
);

fn begin() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["list"] => {
            for target in TARGETS {
                println!("{}\t{}\t{}", target.name, target.most, target.help);
            }
            Ok(())
        }
        ["prepare", target, folder] => prepare(target, Path::new(folder)),
        ["keep", target, folder] => keep(target, Path::new(folder)),
        _ => {
            let name = std::env::var("SCN_FUZZ_TARGET").unwrap_or_default();
            let Some(target) = find(&name) else {
                eprintln!("SCN_FUZZ_TARGET names no target: `{name}`");
                exit(2);
            };
            let _ = TARGET.set(target);
            return;
        }
    };
    if let Err(error) = done {
        eprintln!("{error}");
        exit(1);
    }
    exit(0);
}

fn prepare(target: &str, folder: &Path) -> io::Result<()> {
    let inputs = folder.join("inputs");
    fs::create_dir_all(&inputs)?;
    for (at, input) in seeds::of(target).iter().enumerate() {
        fs::write(inputs.join(format!("seed-{at}")), input)?;
    }
    for (at, input) in cases::kept(target)?.iter().enumerate() {
        fs::write(inputs.join(format!("kept-{at}")), input)?;
    }
    fs::write(folder.join("words"), dictionary::of(target))
}

fn keep(target: &str, folder: &Path) -> io::Result<()> {
    let seeds = seeds::of(target);
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let input = fs::read(entry?.path())?;
        if !seeds.contains(&input) {
            inputs.push(input);
        }
    }
    inputs.sort_by_key(Vec::len);
    let mut room = MOST_KEPT;
    inputs.retain(|input| {
        room = room.saturating_sub(input.len());
        room > 0
    });
    println!("{target}: {} inputs kept", inputs.len());
    cases::keep(target, inputs)
}
