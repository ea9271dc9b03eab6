//! `scn plan`

use clap::Args;
use scn_interpreter::program::Program;
use scn_interpreter::{Planned, plan};
use scn_stdlib::LocalWorld;

use super::printed;
use crate::exit::Exit;
use crate::scenario::{Scenario, With};

/// The columns of commands; longer ones push what they do to the right.
const COLUMNS: usize = 36;

/// Print what each step of a scenario would do, and where, touching nothing
///
/// Examples:
///
///     scn plan failover.scn --env local
///     scn plan failover.scn --env staging
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Plan {
    /// The scenario; `-` is standard input.
    file: String,
    /// The environment, by its name or its file; the project's default unless given.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
}

impl Plan {
    /// Prints it.
    pub fn run(self) -> Exit {
        let with = With::One(self.env.as_deref());
        let scenarios = Scenario::load(&[self.file], with);
        let Some(scenario) = scenarios.ok().and_then(|mut all| all.pop()) else {
            return Exit::Wrong;
        };
        let registry = scn_stdlib::registry(&LocalWorld::without_a_run());
        let checked = scenario.check(&registry);
        scenario.tell(&checked);
        match &checked.program {
            Some(program) => printed(&shown(&scenario, program)),
            None => Exit::Wrong,
        }
    }
}

fn shown(scenario: &Scenario, program: &Program) -> String {
    let mut text = scenario.source.name.clone();
    if let Some(environment) = scenario.environment_name() {
        text.push_str(&format!("  on {environment}"));
    }
    text.push('\n');
    let headers = &program.headers;
    if !headers.missing.is_empty() {
        text.push_str(&format!(
            "  is skipped: the environment has no {}\n",
            headers.missing.join(", ")
        ));
    }
    for trigger in &headers.triggers {
        text.push_str(&format!("  started by  {trigger}\n"));
    }
    let steps = plan(program);
    let widest = steps.iter().map(|step| step.command.chars().count());
    let widest = widest.max().unwrap_or(0).min(COLUMNS);
    let mut file = None;
    for step in &steps {
        if step.file != file {
            text.push_str(&format!(
                "{}\n",
                step.file.as_deref().unwrap_or(&scenario.source.name)
            ));
            file.clone_from(&step.file);
        }
        text.push_str(&line(step, widest));
    }
    text
}

fn line(step: &Planned, widest: usize) -> String {
    let mut line = format!(
        "  {:>5}  {:<widest$}  {}",
        step.line, step.command, step.does
    );
    if !step.host.is_empty() {
        line.push_str(&format!("  on {}", step.host));
    }
    let line = scn_report::text::harmless(line.trim_end(), false).into_owned();
    format!("{line}\n")
}
