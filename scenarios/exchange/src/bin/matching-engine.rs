//! One engine of the demonstration exchange.

use std::process::ExitCode;

use clap::Parser;
use exchange::engine::{self, Options};

fn main() -> ExitCode {
    match engine::run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("matching-engine: {error}");
            ExitCode::FAILURE
        }
    }
}
