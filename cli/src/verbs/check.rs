//! `scn check`

use std::ffi::OsString;

use clap::Args;
use scn_grammar::Diagnostic;
use scn_report::text::harmless;

use crate::exit::Exit;
use crate::project::Loader;
use crate::scenario::{self, Scenario};
use crate::source::Source;
use crate::terminal;

/// Find what is wrong in scenarios, touching nothing
///
/// Every name, label, command and word is looked at, in all files and all branches. Warnings
/// never stop a run.
///
/// Examples:
///
///     scn check failover.scn
///     scn check --env staging *.scn
///     scn check --all-envs *.scn
///     scn check --json failover.scn
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Check {
    /// The scenarios; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    /// The environment: a name, or a file.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    /// Against every environment that there is.
    #[arg(long, conflicts_with = "env")]
    all_envs: bool,
    /// Print findings as JSON, one a line, on standard output.
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Does it.
    pub fn run(self) -> Exit {
        let sources = Source::read_all(&self.files);
        let mut loader = Loader::in_json(self.json);
        let mut exit = match sources.lacking {
            true => Exit::Wrong,
            false => Exit::Done,
        };
        let mut told = Vec::new();
        for source in &sources.read {
            exit = exit.max(self.check(source, &mut loader, &mut told));
        }
        exit
    }

    /// Checks one; `told` is what was told of environments already.
    fn check(
        &self,
        source: &Source,
        loader: &mut Loader,
        told_before: &mut Vec<Diagnostic>,
    ) -> Exit {
        let environments = if self.all_envs {
            match loader.all(&source.folder) {
                Ok(all) if all.is_empty() => {
                    self.tell_of_none(source);
                    vec![None]
                }
                Ok(all) => all.into_iter().map(Some).collect(),
                Err(_) => return Exit::Wrong,
            }
        } else {
            match loader.environment(self.env.as_deref(), &source.folder) {
                Ok(environment) => vec![environment],
                Err(_) => return Exit::Wrong,
            }
        };
        let mut exit = Exit::Done;
        let mut told: Vec<Diagnostic> = Vec::new();
        for environment in environments {
            let name = environment
                .as_ref()
                .map(|environment| environment.name.clone());
            let Ok(mut scenario) = Scenario::check(source, environment, loader) else {
                exit = Exit::Wrong;
                continue;
            };
            if scenario.checked.is_wrong() {
                exit = Exit::Wrong;
            }
            scenario.tell_environment_once(told_before);
            // What is wrong everywhere is said once.
            scenario
                .checked
                .diagnostics
                .retain(|found| !told.contains(found));
            told.extend(scenario.checked.diagnostics.iter().cloned());
            if let Some(name) = name
                && self.all_envs
                && !scenario.checked.diagnostics.is_empty()
                && !self.json
            {
                let name = harmless(&name, false);
                terminal::tell(&format!("in the environment {name}:\n\n"));
            }
            exit = exit.max(scenario::tell(&scenario, self.json));
        }
        exit
    }

    /// Who asks for every environment is to know that there is none.
    fn tell_of_none(&self, source: &Source) {
        if !self.json {
            let name = harmless(&source.name, false);
            terminal::tell(&format!(
                "note: {name} is checked without an environment: there is none in `environments/` of its folder or of one above\n"
            ));
        }
    }
}
