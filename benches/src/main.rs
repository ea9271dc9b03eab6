//! What is measured within a program: prints two numbers, ours and the peer's.
//!
//!     measure journal event|commit FOLDER
//!     measure watched cpu|waking

mod journal;
mod watched;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let measured = match words[..] {
        ["journal", "event", folder] => journal::events(Path::new(folder)),
        ["journal", "commit", folder] => journal::commits(Path::new(folder)),
        ["watched", "cpu"] => watched::measure().map(|watched| (watched.cpu, 1.0)),
        ["watched", "waking"] => watched::measure().map(|watched| (watched.waking, 1e-3)),
        _ => Err("measure journal event|commit FOLDER, or measure watched cpu|waking".into()),
    };
    match measured {
        Ok((ours, peer)) => {
            println!("{ours:.9} {peer:.9}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
