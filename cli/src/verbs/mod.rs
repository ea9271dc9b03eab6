//! What `scn` can be told to do, one file a verb.
//!
//! To add one, write its file after the pattern of a short one such as `completions.rs`: a
//! struct whose documentation is its help, examples in it, and its `run`; then name it in
//! [`Verb`].

mod check;
mod cleanup;
mod completions;
mod dap;
mod doctor;
mod env;
mod fmt;
pub mod help;
mod init;
mod lsp;
pub(crate) mod plan;
mod plugin;
mod plugin_host;
mod repl;
mod replay;
mod report;
mod resume;
mod run;
mod runs;

use std::ffi::OsString;

use clap::{Args, Command, CommandFactory, Parser, Subcommand};

use crate::exit::Exit;

/// Run scenarios against a system, and know whether it behaved.
///
/// A scenario says, one step a line, what to do to a system and what must then be true; an
/// environment says what its words mean on one system.
///
/// Examples:
///
///     scn run failover.scn --env local
///     scn check --all-envs *.scn
///     scn help wait
///     scn run --help
#[derive(Debug, Parser)]
#[command(
    name = "scn",
    verbatim_doc_comment,
    version,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs",
    max_term_width = 80
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The command line for those who read its help: paragraphs are as wide as the terminal, and not as its source.
pub fn flowing() -> Command {
    flow(Arguments::command())
}

fn flow(command: Command) -> Command {
    let text = command.get_long_about().map(ToString::to_string);
    let command = match text {
        Some(text) => command.long_about(paragraphs(&text)),
        None => command,
    };
    command.mut_subcommands(flow)
}

/// The text with each paragraph on one line; what is indented, or is an item, keeps its own.
fn paragraphs(text: &str) -> String {
    let mut out = String::new();
    let mut goes_on = false;
    for line in text.lines() {
        let own = line.is_empty() || line.starts_with([' ', '-', '*', '|']);
        if !out.is_empty() {
            out.push(if goes_on && !own { ' ' } else { '\n' });
        }
        out.push_str(line);
        goes_on = !own;
    }
    out
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Run(run::Run),
    Check(check::Check),
    Plan(plan::Plan),
    Report(report::Report),
    Fmt(fmt::Fmt),
    Resume(resume::Resume),
    Cleanup(cleanup::Cleanup),
    Replay(replay::Replay),
    Repl(repl::Repl),
    #[command(subcommand)]
    Runs(runs::Runs),
    #[command(subcommand)]
    Env(env::Env),
    Init(init::Init),
    Doctor(doctor::Doctor),
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    #[command(hide = true)]
    PluginHost(plugin_host::PluginHost),
    Lsp(lsp::Lsp),
    Dap(dap::Dap),
    Completions(completions::Completions),
    Help(help::Help),
}

impl Verb {
    /// What is asked for of one of the verbs that are used most, read with that verb's arguments alone: to put
    /// together those of all takes longer than a small scenario. None where it is another verb, or not plainly
    /// right: then the whole command line says why.
    pub fn of_one(words: impl Iterator<Item = OsString>) -> Option<Self> {
        let mut words = words.skip(1);
        match words.next()?.to_str()? {
            "run" => alone(words).map(Self::Run),
            "check" => alone(words).map(Self::Check),
            _ => None,
        }
    }

    /// Does it.
    pub fn run(self) -> Exit {
        match self {
            Self::Run(verb) => verb.run(),
            Self::Check(verb) => verb.run(),
            Self::Plan(verb) => verb.run(),
            Self::Report(verb) => verb.run(),
            Self::Fmt(verb) => verb.run(),
            Self::Resume(verb) => verb.run(),
            Self::Cleanup(verb) => verb.run(),
            Self::Replay(verb) => verb.run(),
            Self::Repl(verb) => verb.run(),
            Self::Runs(verb) => verb.run(),
            Self::Env(verb) => verb.run(),
            Self::Init(verb) => verb.run(),
            Self::Doctor(verb) => verb.run(),
            Self::Plugin(verb) => verb.run(),
            Self::PluginHost(verb) => verb.run(),
            Self::Lsp(verb) => verb.run(),
            Self::Dap(verb) => verb.run(),
            Self::Completions(verb) => verb.run(),
            Self::Help(verb) => verb.run(),
        }
    }
}

/// A verb's arguments from the words after it, if they are right.
fn alone<A: Args>(words: impl Iterator<Item = OsString>) -> Option<A> {
    let command = A::augment_args(Command::new("scn").no_binary_name(true));
    let matches = command
        .disable_version_flag(true)
        .try_get_matches_from(words)
        .ok()?;
    A::from_arg_matches(&matches).ok()
}

/// The end of a verb that only prints what a person reads: nothing in it acts on a terminal, be it through a pager.
pub fn shown(text: &str) -> Exit {
    printed(&scn_report::text::harmless(text, true))
}

/// The end of a verb that only prints, for programs too.
pub fn printed(text: &str) -> Exit {
    match crate::terminal::print(text) {
        Ok(()) => Exit::Done,
        Err(error) => {
            let reason = crate::terminal::reason(&error);
            crate::terminal::complain(format!("standard output cannot be written: {reason}"));
            Exit::Error
        }
    }
}
