//! The program beside its peers, in one run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::shell;

/// How often the two of a row take turns.
const ROUNDS: usize = 9;

/// What is compared.
#[derive(Clone, Copy, PartialEq)]
enum Time {
    /// CPU time, of the program and its children.
    Cpu,
    /// Elapsed time.
    Elapsed,
}

struct Row {
    name: &'static str,
    ours: Vec<String>,
    /// What is taken off ours: the same without what is compared.
    without: Option<Vec<String>>,
    peer: Vec<String>,
    time: Time,
    /// The ratio that is to be reached.
    reach: f64,
}

/// Measures all rows.
pub fn run() -> Result<(), String> {
    shell::cargo(&["build", "--release", "--quiet", "--package", "scn"])?;
    let folder = scratch()?;
    let spawn = compiled(&folder, "spawn", &[])?;
    let (large, large_lua) = (folder.join("large.scn"), folder.join("large.lua"));
    large_files(&large, &large_lua)?;
    println!(
        "{:<42} {:>8} {:>8} {:>8}   to reach",
        "row, beside its peer", "median", "least", "most"
    );
    let mut missed = Vec::new();
    let mut all = rows(&folder, &spawn, &large, &large_lua);
    all.extend(plugin_rows(&folder)?);
    for row in all {
        let mut ratios = Vec::new();
        for round in 0..=ROUNDS {
            let (ours, peer) = (
                measure(&row.ours, row.time, &folder)?,
                measure(&row.peer, row.time, &folder)?,
            );
            let without = match &row.without {
                Some(without) => measure(without, row.time, &folder)?,
                None => Duration::ZERO,
            };
            let ours = ours.saturating_sub(without);
            if round > 0 {
                ratios.push(ours.as_secs_f64() / peer.as_secs_f64().max(1e-6));
            }
        }
        ratios.sort_by(f64::total_cmp);
        let median = ratios[ratios.len() / 2];
        println!(
            "{:<42} {median:>8.2} {:>8.2} {:>8.2}   ≤ {}",
            row.name,
            ratios[0],
            ratios[ratios.len() - 1],
            row.reach
        );
        if median > row.reach {
            missed.push(row.name);
        }
    }
    let _ = fs::remove_dir_all(&folder);
    if missed.is_empty() {
        Ok(())
    } else {
        Err(format!("not reached: {}", missed.join(", ")))
    }
}

fn scratch() -> Result<PathBuf, String> {
    let folder = std::env::temp_dir().join(format!("scn-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(folder)
}

/// A program in C of `benches/`, compiled into the folder.
fn compiled(folder: &Path, name: &str, options: &[&str]) -> Result<PathBuf, String> {
    let program = folder.join(name);
    shell::run(
        Command::new("cc")
            .arg("-O2")
            .args(options)
            .arg("-I")
            .arg(shell::root().join("plugins/abi/include"))
            .arg("-o")
            .arg(&program)
            .arg(shell::root().join(format!("benches/{name}.c"))),
    )?;
    Ok(program)
}

fn bench(name: &str) -> String {
    let path = shell::root().join("benches").join(name);
    path.display().to_string()
}

fn scn() -> String {
    shell::built().join("scn").display().to_string()
}

/// `scn run` of a scenario of `benches/`.
fn run_of(folder: &Path, name: &str) -> Vec<String> {
    let runs = folder.join("runs").display().to_string();
    let words = [scn(), "run".into(), "-q".into(), "--runs".into(), runs];
    words.into_iter().chain([bench(name)]).collect()
}

/// A call of a plug-in, in each way that there is: a map and 64 bytes there, the 64 bytes back.
fn plugin_rows(folder: &Path) -> Result<Vec<Row>, String> {
    let echo = compiled(folder, "echo", &[])?.display().to_string();
    let library = compiled(folder, "reply", &["-shared", "-fPIC"])?;
    let library = library.display().to_string();
    let in_environment = |name: &str, text: String| {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| error.to_string())?;
        let mut words = run_of(folder, "reply.scn");
        words.extend(["--env".into(), file.display().to_string()]);
        Ok::<_, String>(words)
    };
    let peer = |by: &str| vec![echo.clone(), by.to_owned(), "20000".to_owned()];
    let nothing = run_of(folder, "nothing.scn");
    Ok(vec![
        Row {
            name: "20,000 calls in process: as many of `echo`",
            ours: in_environment(
                "within.toml",
                format!("[plugins.reply]\npath = '{library}'\nisolate = false\n"),
            )?,
            without: None,
            peer: nothing.clone(),
            time: Time::Elapsed,
            reach: 2.0,
        },
        Row {
            name: "20,000 calls isolated: a bare Unix socket",
            ours: in_environment(
                "isolated.toml",
                format!("[plugins.reply]\npath = '{library}'\n"),
            )?,
            without: Some(nothing.clone()),
            peer: peer("socket"),
            time: Time::Elapsed,
            reach: 1.3,
        },
        Row {
            name: "20,000 calls in JSON-RPC: a bare pipe",
            ours: in_environment(
                "lines.toml",
                format!("[plugins.reply]\nprogram = ['{echo}', 'plugin']\n"),
            )?,
            without: Some(nothing),
            peer: peer("pipe"),
            time: Time::Elapsed,
            reach: 1.5,
        },
    ])
}

fn rows(folder: &Path, spawn: &Path, large: &Path, large_lua: &Path) -> Vec<Row> {
    let run = |name: &str| run_of(folder, name);
    let lua = |name: &str| vec!["lua5.4".to_owned(), bench(name)];
    let row = |name, ours, peer, time, reach| Row {
        name,
        ours,
        without: None,
        peer,
        time,
        reach,
    };
    vec![
        row(
            "ten million rounds of while: lua5.4",
            run("while.scn"),
            lua("while.lua"),
            Time::Cpu,
            1.5,
        ),
        row(
            "ten million rounds of goto: lua5.4",
            run("goto.scn"),
            lua("goto.lua"),
            Time::Cpu,
            1.5,
        ),
        row(
            "1,000 steps of `run true`: C, posix_spawn",
            run("steps.scn"),
            vec![spawn.display().to_string(), "1000".into()],
            Time::Elapsed,
            1.3,
        ),
        row(
            "an empty scenario: lua5.4 -e ''",
            run("empty.scn"),
            vec!["lua5.4".into(), "-e".into(), String::new()],
            Time::Elapsed,
            3.0,
        ),
        row(
            "checking 10 MB: luac5.4 -p",
            vec![scn(), "check".into(), large.display().to_string()],
            vec![
                "luac5.4".into(),
                "-p".into(),
                large_lua.display().to_string(),
            ],
            Time::Cpu,
            2.5,
        ),
    ]
}

/// The same program of 10 MB twice: as a scenario, and in Lua.
fn large_files(scenario: &Path, lua: &Path) -> Result<(), String> {
    let (mut ours, mut theirs) = (
        String::new(),
        String::from("local count, status, f = 0, '', print\n"),
    );
    let mut number = 0;
    ours.push_str("set count = 0\nset status run true\n");
    while ours.len() < 10_000_000 {
        ours.push_str(&format!(
            "if status == 'PASS {number}' and count < {number}\n  echo step {number} of \"#{{count}} orders\"\n  set count = count + {number} * 2\nend\n"
        ));
        theirs.push_str(&format!(
            "if status == 'PASS {number}' and count < {number} then\n  f('step', '{number}', 'of', count .. ' orders')\n  count = count + {number} * 2\nend\n"
        ));
        number += 1;
    }
    fs::write(scenario, ours).map_err(|error| error.to_string())?;
    fs::write(lua, theirs).map_err(|error| error.to_string())
}

/// How long a command takes.
fn measure(words: &[String], time: Time, folder: &Path) -> Result<Duration, String> {
    let before = children_cpu()?;
    let began = Instant::now();
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = command
        .status()
        .map_err(|error| format!("{}: {error}", words[0]))?;
    if !status.success() {
        return Err(format!("{}: {status}", words.join(" ")));
    }
    let elapsed = began.elapsed();
    match time {
        Time::Elapsed => Ok(elapsed),
        Time::Cpu => Ok(children_cpu()?.saturating_sub(before)),
    }
}

/// The CPU time of all children that were waited for: fields 16 and 17 of `/proc/self/stat`, in
/// hundredths of a second.
fn children_cpu() -> Result<Duration, String> {
    let stat = fs::read_to_string("/proc/self/stat").map_err(|error| error.to_string())?;
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[13..15]
        .iter()
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_millis(ticks * 10))
}
