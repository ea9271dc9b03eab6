//! `scn check`

use clap::Args;
use scn_grammar::{Diagnostic, Severity};
use scn_stdlib::LocalWorld;

use super::printed;
use crate::exit::Exit;
use crate::scenario::{Scenario, With};
use crate::terminal;

/// Find what is wrong with scenarios, touching nothing
///
/// Every branch of every file is looked at. Warnings do not change the exit status, which is 2 if
/// there is an error.
///
/// Examples:
///
///     scn check failover.scn --env local
///     scn check --all-envs scenarios/*.scn
///     scn check --json failover.scn
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Check {
    /// The scenarios; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The environment, by its name or its file; the project's default unless given.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    /// Check against every environment that there is.
    #[arg(long, conflicts_with = "env")]
    all_envs: bool,
    /// Print the findings as JSON, one a line, on standard output.
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Does it.
    pub fn run(self) -> Exit {
        let with = if self.all_envs {
            With::All
        } else {
            With::One(self.env.as_deref())
        };
        let Ok(scenarios) = Scenario::load(&self.files, with) else {
            return Exit::Wrong;
        };
        let registry = scn_stdlib::registry(&LocalWorld::without_a_run());
        let mut exit = Exit::Done;
        for scenario in &scenarios {
            let checked = scenario.check(&registry);
            if checked.is_wrong() {
                exit = exit.max(Exit::Wrong);
            }
            if self.json {
                exit = exit.max(printed(&scenario.to_json_lines(&checked)));
            } else {
                scenario.tell(&checked);
                terminal::tell(&summary(scenario, &checked.diagnostics));
            }
        }
        exit
    }
}

/// `a.scn on local: 2 errors, 1 warning`
fn summary(scenario: &Scenario, findings: &[Diagnostic]) -> String {
    let count = |severity: Severity, name: &str| {
        let of_kind = |finding: &&Diagnostic| finding.code.severity == severity;
        match findings.iter().filter(of_kind).count() {
            0 => None,
            1 => Some(format!("1 {name}")),
            many => Some(format!("{many} {name}s")),
        }
    };
    let counts: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning")]
        .into_iter()
        .filter_map(|(severity, name)| count(severity, name))
        .collect();
    let found = if counts.is_empty() {
        "nothing found".to_owned()
    } else {
        counts.join(", ")
    };
    let on = scenario
        .environment_name()
        .map(|name| format!(" on {name}"));
    format!(
        "{}{}: {found}\n",
        scenario.source.name,
        on.unwrap_or_default()
    )
}
