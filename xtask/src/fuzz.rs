//! Searches for inputs for which what must hold does not: libFuzzer, on the stable toolchain.
//!
//! `cargo xtask fuzz [TARGET]… [--for 10m | --tries 10000] [--keep]`. What is kept between searches lies in
//! `target/fuzzing/TARGET/`: all inputs that went new ways, those that failed (`finds/`), and how long was
//! searched (`hours`). `--keep` puts the fewest of these inputs that go all ways into `fuzz/kept/`. `--tries` begins with
//! what is kept there and one seed, so that it goes nearly the same ways each time: it is what a change must pass.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::shell;

/// What makes the compiler count the ways that a program goes, as libFuzzer reads them. All of
/// these are stable options.
const COUNTERS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// One input may take so long, in seconds: far more than any does, on a busy machine.
const LONGEST: u32 = 20;

struct Wanted {
    targets: Vec<String>,
    bound: Bound,
    keep: bool,
}

/// When a search is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Time(Duration),
    Tries(u64),
}

/// Builds the search, and runs it for each target.
pub fn run() -> Result<(), String> {
    let wanted = wanted(std::env::args().skip(2))?;
    if let Bound::Tries(_) = wanted.bound
        && Command::new("c++").arg("--version").output().is_err()
    {
        println!(
            "SKIPPED: the search for inputs that fail: no C++ compiler (c++) to build libFuzzer with"
        );
        return Ok(());
    }
    let program = build()?;
    let known = known(&program)?;
    let names = match wanted.targets.is_empty() {
        true => known.iter().map(|(name, _)| name.clone()).collect(),
        false => wanted.targets,
    };
    let mut finds = Vec::new();
    for name in names {
        let Some((_, most)) = known.iter().find(|(known, _)| *known == name) else {
            let known: Vec<_> = known.iter().map(|(name, _)| name.as_str()).collect();
            return Err(format!("no target {name}; there are {}", known.join(", ")));
        };
        // From what longer searches found it would go other ways.
        let place = match wanted.bound {
            Bound::Time(_) => folder().join(&name),
            Bound::Tries(_) => folder().join("tries").join(&name),
        };
        search(&program, &name, most, &place, wanted.bound)?;
        if wanted.keep {
            keep(&program, &name, &place)?;
        }
        finds.extend(found(&place));
    }
    match finds.is_empty() {
        true => Ok(()),
        false => Err(format!("these inputs failed:\n{}", finds.join("\n"))),
    }
}

fn wanted(mut words: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted {
        targets: Vec::new(),
        bound: Bound::Time(Duration::from_secs(60)),
        keep: false,
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--for" => {
                let time = words.next().unwrap_or_default();
                let time = duration(&time)
                    .ok_or_else(|| format!("--for wants a time such as 30s, 10m, 2h: `{time}`"))?;
                wanted.bound = Bound::Time(time);
            }
            "--tries" => {
                let tries = words.next().unwrap_or_default();
                let tries = tries
                    .parse()
                    .map_err(|_| format!("--tries wants a number of inputs: `{tries}`"))?;
                wanted.bound = Bound::Tries(tries);
            }
            "--keep" => wanted.keep = true,
            name if !name.starts_with('-') => wanted.targets.push(name.to_owned()),
            other => {
                return Err(format!(
                    "no option {other}; there are --for TIME, --tries COUNT and --keep"
                ));
            }
        }
    }
    Ok(wanted)
}

/// `30s`, `10m`, `2h`.
fn duration(text: &str) -> Option<Duration> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return None,
    };
    let number: u64 = text[..text.len() - 1].parse().ok()?;
    number.checked_mul(unit).map(Duration::from_secs)
}

fn folder() -> PathBuf {
    shell::root().join("target/fuzzing")
}

/// Builds the program beside all others, as nothing that is built with counters can be used elsewhere.
fn build() -> Result<PathBuf, String> {
    let host = shell::host()?;
    let into = shell::root().join("target/fuzz");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args([
            "build",
            "--locked",
            "--package",
            "scn-fuzz",
            "--bin",
            "fuzz",
        ])
        // With a target named, what runs while building is built without counters.
        .args([
            "--features",
            "libfuzzer",
            "--profile",
            "fuzz",
            "--target",
            &host,
            "--target-dir",
        ])
        .arg(&into)
        .env("RUSTFLAGS", COUNTERS.join(" "))
        .current_dir(shell::root());
    shell::run(&mut cargo)?;
    Ok(into.join(host).join("fuzz/fuzz"))
}

/// Each target's name, and the length of its longest input.
fn known(program: &Path) -> Result<Vec<(String, String)>, String> {
    let output = Command::new(program).arg("list").output();
    let output = output.map_err(|error| format!("{}: {error}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
        })
        .collect())
}

fn search(
    program: &Path,
    name: &str,
    most: &str,
    place: &Path,
    bound: Bound,
) -> Result<(), String> {
    if let Bound::Tries(_) = bound {
        let _ = fs::remove_dir_all(place);
    }
    shell::run(Command::new(program).args(["prepare", name]).arg(place))?;
    let (finds, log) = (place.join("finds"), place.join("log"));
    fs::create_dir_all(&finds).map_err(|error| format!("{}: {error}", finds.display()))?;
    let log = fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let began = Instant::now();
    let mut search = match bound {
        Bound::Time(_) => Command::new(program),
        Bound::Tries(_) => in_place(program),
    };
    match bound {
        Bound::Time(time) => search.arg(format!("-max_total_time={}", time.as_secs())),
        Bound::Tries(tries) => search.args([format!("-runs={tries}"), "-seed=1".to_owned()]),
    };
    let status = search
        .arg(place.join("inputs"))
        .arg(format!("-dict={}", place.join("words").display()))
        .arg(format!("-artifact_prefix={}/", finds.display()))
        .arg(format!("-max_len={most}"))
        .arg(format!("-timeout={LONGEST}"))
        .args(["-rss_limit_mb=2048", "-print_final_stats=1"])
        .env("SCN_FUZZ_TARGET", name)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .status();
    let status = status.map_err(|error| format!("{}: {error}", program.display()))?;
    let log = fs::read(place.join("log")).unwrap_or_default();
    let tried = stat(&String::from_utf8_lossy(&log), "number_of_executed_units");
    let seconds = began.elapsed().as_secs();
    let mut hours = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(place.join("hours"))
        .map_err(|error| error.to_string())?;
    writeln!(hours, "{seconds} {tried}").map_err(|error| error.to_string())?;
    let (seconds, tried) = sum(place);
    let far = match bound {
        Bound::Time(_) => format!("{} so far, ", hours_text(seconds)),
        Bound::Tries(_) => String::new(),
    };
    println!("{name}: {far}{tried} inputs, {} failed", found(place).len());
    match status.success() || !found(place).is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{name}: {status}; see {}",
            place.join("log").display()
        )),
    }
}

/// The program at the same addresses each time, where the system permits it: libFuzzer chooses by them what it tries next.
fn in_place(program: &Path) -> Command {
    let mut permitted = Command::new("setarch");
    permitted.args(["--addr-no-randomize", "true"]);
    let status = permitted.stderr(Stdio::null()).status();
    if !status.is_ok_and(|status| status.success()) {
        return Command::new(program);
    }
    let mut command = Command::new("setarch");
    command.arg("--addr-no-randomize").arg(program);
    command
}

/// A number of libFuzzer's last words.
fn stat(log: &str, name: &str) -> u64 {
    let line = log
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
    line.and_then(|rest| rest.trim_start_matches(':').trim().parse().ok())
        .unwrap_or_default()
}

/// How many seconds were searched, and how many inputs were tried, in all searches so far.
fn sum(place: &Path) -> (u64, u64) {
    let text = fs::read_to_string(place.join("hours")).unwrap_or_default();
    let pairs = text.lines().filter_map(|line| {
        let (seconds, tried) = line.split_once(' ')?;
        Some((seconds.parse::<u64>().ok()?, tried.parse::<u64>().ok()?))
    });
    pairs.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

fn hours_text(seconds: u64) -> String {
    format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60)
}

/// The inputs that failed.
fn found(place: &Path) -> Vec<String> {
    let entries = fs::read_dir(place.join("finds")).into_iter().flatten();
    entries
        .flatten()
        .map(|entry| entry.path().display().to_string())
        .collect()
}

/// Keeps some of the fewest inputs that go all ways that short ones are known to go.
fn keep(program: &Path, name: &str, place: &Path) -> Result<(), String> {
    let (fewest, seeds) = (place.join("fewest"), place.join("inputs"));
    let _ = fs::remove_dir_all(&fewest);
    fs::create_dir_all(&fewest).map_err(|error| format!("{}: {error}", fewest.display()))?;
    shell::run(
        Command::new(program)
            .args(["-set_cover_merge=1", "-max_len=256"])
            .args([&fewest, &seeds])
            .env("SCN_FUZZ_TARGET", name)
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;
    shell::run(Command::new(program).args(["keep", name]).arg(&fewest))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, stat};

    #[test]
    fn times_and_libfuzzers_last_words_are_read() {
        assert_eq!(duration("10m"), Some(Duration::from_secs(600)));
        assert!(duration("10").is_none() && duration("").is_none() && duration("xs").is_none());
        let log = "#12 DONE\nstat::number_of_executed_units: 4242\nstat::peak_rss_mb: 5\n";
        assert_eq!(stat(log, "number_of_executed_units"), 4_242);
    }
}
