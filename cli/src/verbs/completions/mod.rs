//! `scn completions`

mod bash;
mod fish;
mod words;
mod zsh;

use clap::{Args, CommandFactory, ValueEnum};

use super::{Arguments, printed};
use crate::exit::Exit;

/// Print what makes a shell complete the words of `scn`
///
/// Verbs and options, environments by their names, scenarios, and what `scn help` explains.
///
/// Examples:
///
///     scn completions bash > ~/.local/share/bash-completion/completions/scn
///     scn completions zsh > ~/.zfunc/_scn
///     scn completions fish > ~/.config/fish/completions/scn.fish
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// The shells there are completions for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Completions {
    /// Prints it.
    pub fn run(self) -> Exit {
        let verbs = words::verbs(&mut Arguments::command());
        printed(&match self.shell {
            Shell::Bash => bash::script(&verbs),
            Shell::Zsh => zsh::script(&verbs),
            Shell::Fish => fish::script(&verbs),
        })
    }
}
