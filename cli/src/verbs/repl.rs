//! `scn repl`

use std::path::PathBuf;

use clap::Args;

use crate::exit::Exit;
use crate::live::session::Session;

/// The language, live, against an environment
///
/// Statements are done as they are typed, with the checker, the variables, the undos and the record of a
/// run: it can be resumed and cleaned up after. A block goes on until its `end`; `= EXPR` shows a value;
/// `:help` lists the prompt's own commands. On leaving, what was started is undone. Lines from a pipe do
/// the same. The exit status is that of `scn run`, and 2 if a line from a pipe was wrong.
///
/// Examples:
///
///     scn repl --env local
///     scn repl --env staging --set rate=200
///     echo 'echo hello' | scn repl
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Repl {
    /// The environment: a name, or a file.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    /// Set a name of the environment's [vars]; of one name, the last counts.
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::run::pair)]
    set: Vec<(String, String)>,
    /// Where records are kept; `.scn/runs` in the project's root unless given.
    #[arg(long, value_name = "DIR")]
    runs: Option<PathBuf>,
    /// Make `random` and `uuid` give the same again.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Show the verdict alone, and what is asked for.
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Show every step's output as it comes: so it is at a terminal, too.
    #[arg(short, long)]
    verbose: bool,
}

impl Repl {
    /// Does it.
    pub fn run(self) -> Exit {
        scn_process::close_inherited();
        let session = Session {
            env: self.env,
            set: self.set,
            runs: self.runs,
            seed: self.seed,
            quiet: self.quiet,
            verbose: self.verbose,
        };
        session.run()
    }
}
