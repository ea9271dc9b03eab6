//! What `scn` can be told to do, one file a verb.
//!
//! To add one, write its file after the pattern of a short one such as `completions.rs`: a
//! struct whose documentation is its help, examples in it, and its `run`; then name it in
//! [`Verb`].

mod check;
mod cleanup;
mod completions;
mod env;
mod fmt;
mod help;
mod plan;
mod plugin;
mod plugin_host;
mod replay;
mod report;
mod resume;
mod run;
mod runs;

use clap::{Parser, Subcommand};

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
    max_term_width = 100
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
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
    #[command(subcommand)]
    Runs(runs::Runs),
    #[command(subcommand)]
    Env(env::Env),
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    #[command(hide = true)]
    PluginHost(plugin_host::PluginHost),
    Completions(completions::Completions),
    Help(help::Help),
}

impl Verb {
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
            Self::Runs(verb) => verb.run(),
            Self::Env(verb) => verb.run(),
            Self::Plugin(verb) => verb.run(),
            Self::PluginHost(verb) => verb.run(),
            Self::Completions(verb) => verb.run(),
            Self::Help(verb) => verb.run(),
        }
    }
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
