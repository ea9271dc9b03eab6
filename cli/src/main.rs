//! The binary `scn`: arguments in, exit codes out.
//!
//! Each verb is a struct in [`verbs`] whose documentation is its help, and one function. What is
//! wrong becomes text in [`diagnostics`], and an exit status in [`exit`].

#![expect(
    rustdoc::invalid_rust_codeblocks,
    rustdoc::broken_intra_doc_links,
    reason = "the documentation of a verb is its help: its examples are command lines"
)]

mod arguments;
mod assist;
mod dap;
mod diagnostics;
mod exit;
mod fault;
mod live;
mod lsp;
mod plugins;
mod project;
mod repl;
mod report;
mod run;
mod scenario;
mod secrets;
mod source;
mod tags;
mod terminal;
mod unchosen;
mod verbs;

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory, FromArgMatches};

use exit::Exit;
use scn_report::text::harmless;
use verbs::Arguments;

/// A large scenario is read into many small things that live and die together, at which the system's
/// allocator takes half as long again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    fault::tell_panics();
    match parsed() {
        Ok(arguments) => arguments.verb.run().into(),
        Err(error) => {
            // Help that was asked for is no error, and neither is a reader who has gone.
            let status = u8::try_from(error.exit_code()).unwrap_or(2);
            match print(&arguments::with_suggestion(error)) {
                Err(error) if status == 0 && error.kind() != ErrorKind::BrokenPipe => {
                    terminal::complain(terminal::reason(&error));
                    Exit::Error.into()
                }
                _ => ExitCode::from(status),
            }
        }
    }
}

/// Prints help, or what is wrong; what was typed does nothing to the terminal.
fn print(error: &clap::Error) -> std::io::Result<()> {
    let plain = error.to_string();
    match harmless(&plain, true) {
        shown if shown != plain && error.use_stderr() => {
            terminal::tell(&shown);
            Ok(())
        }
        _ => error.print(),
    }
}

/// The command line. clap itself knows nothing of CI=true.
fn parsed() -> Result<Arguments, clap::Error> {
    if let Some(verb) = verbs::Verb::of_one(std::env::args_os()) {
        return Ok(Arguments { verb });
    }
    let color = match terminal::has_color() {
        true => ColorChoice::Auto,
        false => ColorChoice::Never,
    };
    let asks = |word: std::ffi::OsString| word == "--help" || word == "-h";
    let command = match std::env::args_os().any(asks) || std::env::args_os().len() < 2 {
        true => verbs::flowing(),
        false => Arguments::command(),
    };
    let matches = command.color(color).try_get_matches()?;
    Arguments::from_arg_matches(&matches)
}
