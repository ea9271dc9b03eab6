//! The rows of the table.

use std::fs;
use std::path::Path;

use super::measure::{Job, Time};
use super::{Reach, Row, Work, peers};
use crate::shell;

/// All rows. What those that `wants` asks for are given is made in the folder.
///
/// # Errors
/// If that fails.
pub fn all(folder: &Path, wants: &dyn Fn(&str) -> bool) -> Result<Vec<Row>, String> {
    let mut rows = loops(folder);
    rows.extend(steps(folder)?);
    rows.extend(starts(folder, wants)?);
    rows.extend(plugins(folder)?);
    rows.extend(told(folder));
    Ok(rows)
}

fn bench(name: &str) -> String {
    let path = shell::root().join("benches").join(name);
    path.display().to_string()
}

fn built(name: &str) -> String {
    shell::built().join(name).display().to_string()
}

/// `scn run` of a scenario of `benches/`.
fn run(folder: &Path, name: &str) -> Job {
    let runs = folder.join("runs").display().to_string();
    Job::new([
        built("scn"),
        "run".into(),
        "-q".into(),
        "--runs".into(),
        runs,
    ])
    .with(&[&bench(name)])
}

/// The same, of a copy in the folder in which it is run, as a project's is.
fn run_here(folder: &Path, name: &str) -> Result<Job, String> {
    fs::copy(bench(name), folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
    Ok(Job::new([built("scn")]).with(&["run", "-q", "--runs", "runs", name]))
}

/// Control flow and expressions.
fn loops(folder: &Path) -> Vec<Row> {
    let row = |name, file: &str, reach| {
        let lua = Job::new(["lua5.4".to_owned(), bench(&format!("{file}.lua"))]);
        let ours = run(folder, &format!("{file}.scn"));
        Row::new(name, ours, lua, Time::Cpu, Reach::Cost(reach))
    };
    vec![
        row("ten million rounds of while: lua5.4", "while", 1.0),
        row("ten million rounds of goto: lua5.4", "goto", 1.0),
        row(
            "nested loops that read a list and a map: lua5.4",
            "nested",
            1.2,
        ),
        row("a text of 10 MB, ten bytes at a time: lua5.4", "text", 1.2),
        row("fib 27 by calls of a step: lua5.4", "fib", 1.2),
    ]
}

/// Steps that start programs.
fn steps(folder: &Path) -> Result<Vec<Row>, String> {
    let spawn = peers::compiled(folder, "spawn", &[])?;
    let spawn = |words: &[&str]| Job::new([spawn.clone()]).with(words);
    let row = |name, ours, peer, reach| Row::new(name, ours, peer, Time::Elapsed, reach);
    let resident = run_here(folder, "resident.scn")?;
    let written = Job::new(["head", "-c", "1000000000", "/dev/zero"]).into_file("gigabyte");
    Ok(vec![
        row(
            "1,000 × `run true`: C, posix_spawn",
            run_here(folder, "steps.scn")?,
            spawn(&["true", "1000"]),
            Reach::Cost(1.1),
        ),
        row(
            "1,000 × `run true`, 512 MiB resident: C, small",
            resident
                .clone()
                .without(&resident.with(&["--set", "times=0"])),
            spawn(&["true", "1000"]),
            Reach::Cost(1.15),
        ),
        row(
            "1,000 × `set x run /bin/echo hi`: C, two pipes",
            run_here(folder, "echo.scn")?,
            spawn(&["echo", "1000"]),
            Reach::Cost(1.1),
        ),
        row(
            "1,000 × the same in 8 branches: C, 8 threads",
            run_here(folder, "branches.scn")?,
            spawn(&["echo", "1000", "8"]),
            Reach::Cost(1.2),
        ),
        row(
            "a step that writes 1 GB: `program > file`, MB/s",
            run_here(folder, "gigabyte.scn")?,
            written,
            Reach::Speed(0.8),
        )
        .rounds(3),
        Row {
            name: "memory of that: of a step that writes nothing, and 32 MiB",
            work: Work::Told(Job::new([
                "sh".to_owned(),
                bench("memory.sh"),
                built("scn"),
                bench("gigabyte.scn"),
                bench("steps.scn"),
            ])),
            reach: Reach::Cost(1.0),
            rounds: 1,
        },
    ])
}

/// What stands before and after the steps.
fn starts(folder: &Path, wants: &dyn Fn(&str) -> bool) -> Result<Vec<Row>, String> {
    const EMPTY: &str = "an empty scenario: lua5.4 -e ''";
    const SEED: &str = "the seed's, checked against its environment: lua5.4 -e ''";
    const PYTEST: &str = "1,000 files of one step: pytest -q";
    const ROBOT: &str = "1,000 files of one step: Robot Framework";
    const LARGE: &str = "checking 10 MB: luac5.4 -p, MB/s";
    let nothing = Job::new(["lua5.4", "-e", ""]);
    let seed = shell::root().join("scenarios/exchange/failover.scn");
    let seed = Job::new([built("scn"), "check".into(), seed.display().to_string()]);
    let many = {
        let all = (0..1000).map(|number| format!("many/t{number:03}.scn"));
        let first = ["run", "-q", "--runs", "runs"].map(str::to_owned);
        Job::new([built("scn")].into_iter().chain(first).chain(all))
    };
    if wants(PYTEST) || wants(ROBOT) {
        peers::thousand_files(folder)?;
    }
    let python = |name: &str| match wants(PYTEST) || wants(ROBOT) {
        true => peers::python().join(name).display().to_string(),
        false => name.to_owned(),
    };
    let (large, large_lua) = (folder.join("large.scn"), folder.join("large.lua"));
    if wants(LARGE) {
        peers::large_files(&large, &large_lua)?;
    }
    let large = Job::new([built("scn"), "check".into(), large.display().to_string()]);
    let large_lua = Job::new([
        "luac5.4".into(),
        "-p".into(),
        large_lua.display().to_string(),
    ]);
    let row = |name, ours, peer, reach| Row::new(name, ours, peer, Time::Cpu, Reach::Cost(reach));
    Ok(vec![
        row(EMPTY, run(folder, "empty.scn"), nothing.clone(), 1.5),
        row(SEED, seed.with(&["--env", "local"]), nothing, 3.0),
        row(
            PYTEST,
            many.clone(),
            Job::new([python("pytest")]).with(&["-q", "-p", "no:cacheprovider", "pytest"]),
            1.0 / 50.0,
        )
        .rounds(3),
        row(
            ROBOT,
            many,
            Job::new([python("robot")]).with(&["--outputdir", "robot-out", "robot"]),
            1.0 / 90.0,
        )
        .rounds(3),
        Row::new(LARGE, large, large_lua, Time::Cpu, Reach::Speed(0.5)),
    ])
}

/// A call of a plug-in, in each way that there is: a map and 64 bytes there, the 64 bytes back.
fn plugins(folder: &Path) -> Result<Vec<Row>, String> {
    let echo = peers::compiled(folder, "echo", &[])?;
    let library = peers::compiled(folder, "reply", &["-shared", "-fPIC"])?;
    let in_environment = |name: &str, text: String| {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| error.to_string())?;
        let ours = run(folder, "reply.scn");
        Ok::<_, String>(ours.with(&["--env", &file.display().to_string()]))
    };
    let peer = |by: &str| Job::new([echo.clone()]).with(&[by, "20000"]);
    let nothing = run(folder, "nothing.scn");
    let row =
        |name, ours, peer, reach| Row::new(name, ours, peer, Time::Elapsed, Reach::Cost(reach));
    Ok(vec![
        row(
            "20,000 calls in process: as many of `echo`",
            in_environment(
                "within.toml",
                format!("[plugins.reply]\npath = '{library}'\nisolate = false\n"),
            )?,
            nothing.clone(),
            2.0,
        ),
        row(
            "20,000 calls isolated: a bare Unix socket",
            in_environment(
                "isolated.toml",
                format!("[plugins.reply]\npath = '{library}'\n"),
            )?
            .without(&nothing),
            peer("socket"),
            1.2,
        ),
        row(
            "20,000 calls in JSON-RPC: a bare pipe",
            in_environment(
                "lines.toml",
                format!("[plugins.reply]\nprogram = ['{echo}', 'plugin']\n"),
            )?
            .without(&nothing),
            peer("pipe"),
            1.3,
        ),
    ])
}

/// What a program of `benches/` measures itself, in turns, and tells.
fn told(folder: &Path) -> Vec<Row> {
    let row = |name, words: &[&str], reach| Row {
        name,
        work: Work::Told(Job::new([built("measure")]).with(words)),
        reach: Reach::Cost(reach),
        rounds: usize::MAX,
    };
    let file = folder.join("journal").display().to_string();
    vec![
        row(
            "100,000 updates a second of 10,000 values, CPU seconds a second: one",
            &["watched", "cpu"],
            1.0,
        )
        .rounds(2),
        row(
            "the same, from an update to who waits for it, p99: 1 ms",
            &["watched", "waking"],
            1.0,
        )
        .rounds(2),
        row(
            "journal, an event not synced: a bare write",
            &["journal", "event", &file],
            1.3,
        ),
        row(
            "journal, 64 events and a sync: a bare loop of the same",
            &["journal", "commit", &file],
            1.1,
        ),
    ]
}
