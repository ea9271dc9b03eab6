//! The main job: the seed's scenario against the demonstration exchange.

use std::io::IsTerminal;
use std::process::Command;

use crate::shell;

/// Builds the tool and the exchange, and runs the scenario.
pub fn run() -> Result<(), String> {
    eprintln!("building scn and the demonstration exchange (some minutes the first time) …");
    let mut words = vec!["build", "--release", "--locked", "--package", "scn"];
    words.extend(["--package", "exchange"]);
    // Who watches a terminal sees how far it is; elsewhere that would be hundreds of lines.
    if !std::io::stderr().is_terminal() {
        words.push("--quiet");
    }
    shell::cargo(&words)?;
    let folder = shell::root().join("scenarios/exchange");
    let text =
        std::fs::read_to_string(folder.join("failover.scn")).map_err(|error| error.to_string())?;
    eprintln!("scenarios/exchange/failover.scn:\n");
    for line in text.lines() {
        eprintln!("    {line}");
    }
    eprintln!("\nscn run failover.scn  (in scenarios/exchange)\n");
    let built = shell::built();
    shell::run(
        Command::new(built.join("scn"))
            .args(["run", "failover.scn", "--set"])
            .arg(format!("bin={}", built.display()))
            .current_dir(folder),
    )
}
