//! `scn plugin-host`

use std::path::PathBuf;

use clap::Args;
use scn_plugin_host::serve::Serve;

use crate::exit::Exit;

/// Load a plug-in's shared library, and speak the protocol of plug-ins for it
///
/// scn starts itself so, for each library that an environment names: what the library does there
/// ends this process and no run. It is asked on standard input and answers on standard output.
///
/// Examples:
///
///     scn plugin-host plugins/libexchange.so
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct PluginHost {
    /// The most memory that the library may take, in bytes.
    #[arg(long, value_name = "BYTES")]
    memory: Option<u64>,
    /// A secret that it may read, which is in the environment variable of that name in upper case.
    #[arg(long, value_name = "NAME")]
    secret: Vec<String>,
    /// The library.
    #[arg(value_name = "FILE")]
    library: PathBuf,
}

impl PluginHost {
    /// Does it, to the end of this process.
    pub fn run(self) -> Exit {
        let serve = Serve {
            library: self.library,
            secrets: self.secret,
            memory: self.memory,
        };
        serve.run()
    }
}
