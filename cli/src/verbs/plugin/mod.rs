//! `scn plugin`

mod check;
mod examples;
mod leaks;
pub mod list;
mod new;
mod undos;

use clap::Subcommand;

use crate::exit::Exit;

/// List and check plug-ins
///
/// A plug-in brings commands of its own: a program in any language that speaks JSON-RPC lines on
/// its standard streams, or a shared library. An environment names it in [plugins.NAME].
///
/// Examples:
///
///     scn plugin list --env local
///     scn plugin new exchange --lang rust
///     scn plugin check python3 plugins/fix.py
#[derive(Debug, Subcommand)]
#[command(verbatim_doc_comment)]
pub enum Plugin {
    /// List the plug-ins of an environment, with their versions and commands
    ///
    /// Example: scn plugin list --env local
    List {
        /// The environment: a name, or a file; the default one unless given.
        #[arg(long, value_name = "ENVIRONMENT")]
        env: Option<String>,
    },
    /// Make a project for a plug-in, which builds, tests and runs at once
    ///
    /// It is made in a folder of that name, with all that it needs to speak with scn.
    ///
    /// Example: scn plugin new exchange --lang rust
    #[command(verbatim_doc_comment)]
    New {
        /// The plug-in's name, or the folder to make.
        #[arg(value_name = "NAME")]
        folder: std::path::PathBuf,
        /// What it is to be written in.
        #[arg(long, value_name = "LANGUAGE")]
        lang: new::Language,
    },
    /// Check that a plug-in keeps to the protocol; the exit status is 1 if it does not
    ///
    /// It is started several times, and sent all that a plug-in is sent sooner or later: values of
    /// every kind, large lines, lines in pieces, nonsense. None of its commands is called, unless
    /// --examples is given: then its examples are run, and whatever they do is done. What comes is
    /// judged by docs/plugin-protocol.md. What was not called was not tried, which is told. A call of an
    /// example may take 30s, unless the environment or the example says otherwise.
    ///
    /// With --env it is the plug-in of that name of an environment: with its configuration and its limits,
    /// and its examples have the environment's hosts, components and secrets. An example that says
    /// `@needs NAME` of something that is not there is skipped.
    ///
    /// Examples:
    ///
    ///     scn plugin check python3 plugins/fix.py
    ///     scn plugin check --examples --env local fix
    #[command(verbatim_doc_comment)]
    Check {
        /// Run its examples too, for which its commands are called.
        #[arg(long)]
        examples: bool,
        /// Its configuration, as the environment would give it: JSON.
        #[arg(long, value_name = "JSON", conflicts_with = "env")]
        config: Option<String>,
        /// The environment whose plug-in it is: a name, or a file.
        #[arg(long, value_name = "ENVIRONMENT")]
        env: Option<String>,
        /// The program and its arguments; or a shared library; or with --env the plug-in's name.
        #[arg(
            required = true,
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "PROGRAM"
        )]
        program: Vec<String>,
    },
}

impl Plugin {
    /// Does it.
    pub fn run(self) -> Exit {
        match self {
            Self::List { env } => list::list(env.as_deref()),
            Self::New { folder, lang } => new::new(&folder, lang),
            Self::Check {
                examples,
                config,
                env,
                program,
            } => {
                let subject = match env {
                    Some(env) => check::of_environment(&env, &program),
                    None => check::alone(program, config.as_deref()),
                };
                subject.map_or_else(|exit| exit, |subject| check::check(&subject, examples))
            }
        }
    }
}
