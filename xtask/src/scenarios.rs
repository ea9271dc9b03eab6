//! The scenarios of the demonstration and of the plug-in for it, each against the systems that it is for.

use std::path::Path;
use std::process::Command;

use crate::shell;

/// A scenario's run, and the exit status that it must have.
struct Expected {
    folder: &'static str,
    file: &'static str,
    environment: &'static str,
    set: &'static [&'static str],
    status: i32,
}

/// Where the demonstration is.
const EXCHANGE: &str = "scenarios/exchange";

/// A scenario of the demonstration.
const fn passes(file: &'static str, environment: &'static str) -> Expected {
    passes_in(EXCHANGE, file, environment)
}

const fn passes_in(
    folder: &'static str,
    file: &'static str,
    environment: &'static str,
) -> Expected {
    Expected {
        folder,
        file,
        environment,
        set: &[],
        status: 0,
    }
}

/// All of them.
const ALL: &[Expected] = &[
    passes("failover.scn", "local"),
    Expected {
        folder: EXCHANGE,
        file: "failover.scn",
        environment: "local",
        set: &["backup=off"],
        status: 1,
    },
    passes("pause.scn", "local"),
    passes("lost_peer.scn", "local"),
    passes("slow_disk.scn", "local"),
    passes("restart_loop.scn", "local"),
    passes("orders.scn", "local"),
    passes("sessions.scn", "local"),
    passes("watch.scn", "local"),
    passes("rules.scn", "local"),
    passes("failover.scn", "redis"),
    Expected {
        folder: EXCHANGE,
        file: "failover.scn",
        environment: "redis",
        set: &["backup=off"],
        status: 1,
    },
    passes("watch.scn", "redis"),
    passes("restart_loop.scn", "redis"),
    passes_in("plugins/examples/exchange", "trade.scn", "local"),
    passes_in("plugins/examples/exchange", "failover.scn", "local"),
];

/// Runs all of them; those of an environment whose programs are not installed are skipped by name.
pub fn run(redis: bool) -> Result<(), String> {
    let (mut passed, mut skipped, mut wrong) = (0, 0, Vec::new());
    for expected in ALL {
        let name = format!(
            "{}/{} on {}{}",
            expected.folder,
            expected.file,
            expected.environment,
            expected
                .set
                .iter()
                .map(|set| format!(" with {set}"))
                .collect::<String>()
        );
        if expected.environment == "redis" && !redis {
            eprintln!("skipped: {name} (redis-server is not installed)");
            skipped += 1;
            continue;
        }
        match one(expected, &shell::root().join(expected.folder))? {
            status if status == Some(expected.status) => {
                eprintln!("ok: {name}");
                passed += 1;
            }
            status => wrong.push(format!(
                "{name}: exit status {status:?}, not {}",
                expected.status
            )),
        }
    }
    println!(
        "scenarios: {passed} passed, {} failed, {skipped} skipped",
        wrong.len()
    );
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}

fn one(expected: &Expected, folder: &Path) -> Result<Option<i32>, String> {
    let built = shell::built();
    let mut command = Command::new(built.join("scn"));
    command
        .args(["run", expected.file, "--env", expected.environment])
        .current_dir(folder);
    if expected.environment == "local" {
        command.arg("--set").arg(format!("bin={}", built.display()));
    }
    for set in expected.set {
        command.args(["--set", set]);
    }
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let status = output.status.code();
    if status != Some(expected.status) {
        eprintln!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(status)
}
