//! Sends one request of the line protocol and prints the answer.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use exchange::answer;
use exchange::client::{Connection, Trader};

/// Sends one request, such as NEW ann 1 ACME BUY 10 LIMIT 9.5, and prints the answer; fails
/// if the answer is a REJECT.
#[derive(Parser)]
#[command(name = "exchange-send", version)]
struct Options {
    /// The engines' ports for clients: the one that serves is asked
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "HOST:PORT",
        required_unless_present = "to"
    )]
    targets: Vec<SocketAddr>,
    /// Ask this engine, whether it serves or not
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "targets")]
    to: Option<SocketAddr>,
    /// How long to try
    #[arg(long, default_value = "5s", value_parser = humantime::parse_duration, value_name = "DURATION")]
    within: Duration,
    /// Print the answer as one JSON object
    #[arg(long)]
    json: bool,
    /// The request
    #[arg(required = true, trailing_var_arg = true)]
    words: Vec<String>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let request = options.words.join(" ");
    let answer = match options.to {
        Some(engine) => Connection::open(engine, options.within)
            .and_then(|mut connection| connection.ask(&request))
            .map_err(|error| format!("{engine}: {error}")),
        None => Trader::new(options.targets, Instant::now() + options.within).ask(&request),
    };
    match answer {
        Ok(lines) => {
            println!(
                "{}",
                if options.json {
                    answer::to_json(&lines)
                } else {
                    lines.join("\n")
                }
            );
            let rejected = lines.last().is_some_and(|line| line.starts_with("REJECT "));
            if rejected {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(reason) => {
            eprintln!("exchange-send: {reason}");
            ExitCode::FAILURE
        }
    }
}
