//! `scn dap`

use clap::Args;

use crate::dap;
use crate::exit::Exit;

/// Serve an editor's debugger, by the Debug Adapter Protocol on standard input and output
///
/// It launches a `program`, with `env`, `set`, `stopOnEntry` and `stopOnFail`; breakpoints with conditions, stepping,
/// variables, components and what is owed; at its console expressions and statements. When it is
/// disconnected, `finally` and what is owed are done.
///
/// Examples:
///
///     scn dap
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Dap {}

impl Dap {
    /// Does it.
    pub fn run(self) -> Exit {
        dap::serve()
    }
}
