//! Trades through whichever engine serves, and says `PASS` or `FAIL: …` in its last line.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use exchange::smoke;

/// Trades a little and compares every answer with what it must be; the last line of standard
/// output is PASS, or FAIL and the reason.
#[derive(Parser)]
#[command(name = "exchange-smoke", version)]
struct Options {
    /// The engines' ports for clients
    #[arg(long, value_delimiter = ',', required = true, value_name = "HOST:PORT")]
    targets: Vec<SocketAddr>,
    /// How long to try; a fail-over in the meantime is no failure
    #[arg(long, default_value = "5s", value_parser = humantime::parse_duration, value_name = "DURATION")]
    within: Duration,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match smoke::run(options.targets, options.within, &mut |line| {
        eprintln!("{line}")
    }) {
        Ok(()) => {
            println!("PASS");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            println!("FAIL: {reason}");
            ExitCode::FAILURE
        }
    }
}
