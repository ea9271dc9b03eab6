//! Sends orders at a steady rate to whichever engine serves.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Parser;
use exchange::load::{self, Plan};
use exchange::pidfile::PidFile;
use signal_hook::consts::{SIGINT, SIGTERM};

/// Sends so many orders a second to whichever engine serves, and says each second how that
/// goes; latencies are in microseconds, from the moment at which an order was due.
#[derive(Parser)]
#[command(name = "exchange-load", version)]
struct Options {
    /// Orders a second
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: u32,
    /// The engines' ports for clients
    #[arg(long, value_delimiter = ',', required = true, value_name = "HOST:PORT")]
    targets: Vec<SocketAddr>,
    /// The client's name in each order; unique unless given
    #[arg(long)]
    client: Option<String>,
    /// Write the process id there while the process lives
    #[arg(long, value_name = "FILE")]
    pid_file: Option<PathBuf>,
    /// Write the line of each second there too
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the number of each acknowledged order there
    #[arg(long, value_name = "FILE")]
    acked: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("exchange-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> std::io::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register(signal, stop.clone())?;
    }
    let _pid_file = options
        .pid_file
        .as_deref()
        .map(PidFile::create)
        .transpose()?;
    let nanos = std::time::UNIX_EPOCH
        .elapsed()
        .unwrap_or_default()
        .as_nanos();
    let client = options
        .client
        .unwrap_or_else(|| format!("load-{}-{nanos}", std::process::id()));
    let plan = Plan {
        rate: options.rate,
        targets: options.targets,
        client,
        report: options.report,
        acked: options.acked,
    };
    load::run(&plan, &stop)
}
