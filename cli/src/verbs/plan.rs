//! `scn plan`

use std::ffi::OsString;

use clap::Args;
use scn_interpreter::environment::calendar;
use scn_interpreter::{Environment, Planned, plan};

use super::printed;
use crate::exit::Exit;
use crate::project::Loader;
use crate::scenario::{self, Scenario};
use crate::source::Source;
use crate::terminal;

/// Print what each step would do, and where; touching nothing
///
/// Examples:
///
///     scn plan failover.scn
///     scn plan failover.scn --env staging
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Plan {
    /// The scenario; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: OsString,
    /// The environment: a name, or a file.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
}

impl Plan {
    /// Does it.
    pub fn run(self) -> Exit {
        let source = match Source::read(&self.file) {
            Ok(source) => source,
            Err(reason) => {
                terminal::complain(reason);
                return Exit::Wrong;
            }
        };
        let mut loader = Loader::default();
        let environment = loader.environment(self.env.as_deref(), &source.folder);
        let checked =
            environment.and_then(|environment| Scenario::check(&source, environment, &mut loader));
        let Ok(scenario) = checked else {
            return Exit::Wrong;
        };
        scenario::tell(&scenario, false);
        match &scenario.checked.program {
            None => Exit::Wrong,
            Some(program) => {
                let mut text = triggers(&program.headers.triggers, scenario.environment.as_deref());
                if !program.headers.missing.is_empty() {
                    let missing = program.headers.missing.join(", ");
                    text.push_str(&format!("SKIP: the environment has no {missing}\n"));
                } else {
                    text.push_str(&steps(&plan(program)));
                }
                printed(&text)
            }
        }
    }
}

/// What starts it, and when a schedule comes due next.
fn triggers(triggers: &[String], environment: Option<&Environment>) -> String {
    let zone = environment.and_then(|environment| environment.calendar.as_ref());
    let zone = zone.map_or("UTC", |calendar| calendar.zone.as_str());
    let mut text = String::new();
    for trigger in triggers {
        text.push_str(&format!("on {trigger}\n"));
        let Some(rest) = trigger.strip_prefix("schedule ") else {
            continue;
        };
        let (cron, own) = match rest.rsplit_once(" in ") {
            Some((cron, zone)) => (cron, Some(unquoted(zone))),
            None => (rest, None),
        };
        if let Ok(schedule) = calendar::validate_cron(unquoted(cron), own.unwrap_or(zone)) {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let now = now
                .ok()
                .and_then(|now| i64::try_from(now.as_nanos()).ok())
                .unwrap_or(0);
            for next in schedule.next_texts(now, 3) {
                text.push_str(&format!("   next {next}\n"));
            }
        }
    }
    text
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['\'', '"', '‘', '’', '“', '”'])
}

/// One line a step: where, what is written, what it does.
fn steps(steps: &[Planned]) -> String {
    let place = |step: &Planned| match &step.file {
        Some(file) => format!("{file}:{}", step.line),
        None => step.line.to_string(),
    };
    let widest = steps
        .iter()
        .map(|step| place(step).chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for step in steps {
        text.push_str(&format!("{:>widest$}  {}\n", place(step), step.command));
        let host = if step.host.is_empty() {
            String::new()
        } else {
            format!(" on {}", step.host)
        };
        text.push_str(&format!("{:>widest$}    → {}{host}\n", "", step.does));
        if let Some(undo) = &step.undo {
            text.push_str(&format!("{:>widest$}      undone by {undo}\n", ""));
        }
    }
    text
}
