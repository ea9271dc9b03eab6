//! `scn completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Arguments, printed};
use crate::exit::Exit;

/// Print what makes a shell complete the words of `scn`
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

impl Completions {
    /// Prints it.
    pub fn run(self) -> Exit {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "scn", &mut script);
        printed(&String::from_utf8_lossy(&script))
    }
}
