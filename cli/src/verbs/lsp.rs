//! `scn lsp`

use clap::Args;

use crate::exit::Exit;
use crate::lsp;

/// Serve an editor, by the Language Server Protocol on standard input and output
///
/// Findings as one types, completion, hover, definitions, references, renaming, symbols, formatting,
/// what mends a finding, colours, folding, and how long steps took; of scenarios and of environments.
/// Nothing is ever run by opening a file. An editor's settings choose the environment, `scn.environment`;
/// unless they do it is the project's.
///
/// Examples:
///
///     scn lsp
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Lsp {}

impl Lsp {
    /// Does it.
    pub fn run(self) -> Exit {
        lsp::run()
    }
}
