//! `scn plan`

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::Args;
use scn_interpreter::Environment;
use scn_interpreter::environment::calendar;
use scn_interpreter::plan::{self, Line, Sought, Step};

use super::shown;
use crate::exit::Exit;
use crate::project::{Loader, Told};
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
        let Ok((scenario, plan)) = self.plan(&source, &mut loader) else {
            return Exit::Wrong;
        };
        scenario::tell(&scenario, false);
        match plan {
            None => Exit::Wrong,
            Some(plan) => shown(&whole(&plan, &scenario)),
        }
    }

    fn plan(
        &self,
        source: &Source,
        loader: &mut Loader,
    ) -> Result<(Scenario, Option<plan::Plan>), Told> {
        let environment = loader.environment(self.env.as_deref(), &source.folder)?;
        let root = loader.root(environment.as_deref(), &source.folder)?;
        Scenario::plan(source, environment, &root, loader)
    }
}

fn whole(plan: &plan::Plan, scenario: &Scenario) -> String {
    let environment = scenario.environment.as_deref();
    let mut text = scenario.source.name.clone();
    if let Some(environment) = environment {
        text.push_str(&format!(" on {}", environment.name));
    }
    if let Some(each) = &plan.each {
        text.push_str(&format!(", once for each {each}"));
    }
    text.push('\n');
    text.push_str(&triggers(&plan.triggers, environment));
    if !plan.missing.is_empty() {
        let missing = plan.missing.join(", ");
        let why = match environment {
            Some(_) => "the environment has",
            None => "no environment was chosen, so there is",
        };
        text.push_str(&format!("SKIP: {why} no {missing}\n"));
        return text;
    }
    for section in &plan.sections {
        let name = section.file.as_deref().unwrap_or(&scenario.source.name);
        if plan.sections.len() > 1 {
            text.push_str(&format!("\n{name}\n"));
        }
        text.push_str(&lines(&section.lines));
    }
    if plan.has_unknown {
        text.push_str("\nWhat stands in #{…} is known only as it runs.\n");
    }
    text
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

/// Each line with its number, and under it what its steps do.
pub(crate) fn lines(lines: &[Line]) -> String {
    let digits = |line: &Line| line.line.map_or(0, |line| line.to_string().len());
    let widest = lines.iter().map(digits).max().unwrap_or(0);
    let mut text = String::new();
    for line in lines {
        let number = line.line.map(|line| line.to_string()).unwrap_or_default();
        let indent = "  ".repeat(line.depth);
        text.push_str(&format!("{number:>widest$}  {indent}{}\n", line.text));
        let margin = format!("{:widest$}  {indent}   ", "");
        for step in &line.steps {
            text.push_str(&one(step, &margin));
        }
    }
    text
}

fn one(step: &Step, margin: &str) -> String {
    let mut text = String::new();
    let mut add = |mark: &str, what: &str| {
        let rest = " ".repeat(mark.chars().count());
        for (at, line) in what.lines().enumerate() {
            let mark = if at == 0 { mark } else { &rest };
            text.push_str(format!("{margin}{mark} {line}").trim_end());
            text.push('\n');
        }
    };
    add("→", &step.does);
    if let Some(host) = &step.host {
        add(" ", &format!("on {host}"));
    }
    for detail in &step.details {
        add(" ", detail);
    }
    let mut places: Vec<String> = step.programs.iter().filter_map(place).collect();
    places.dedup();
    for place in &places {
        add(" ", place);
    }
    if let Some(undo) = &step.undo {
        add(" ", &format!("undone by {undo}"));
    }
    text
}

/// Where a program lies, if that does not say how it is named; or that it is not there.
fn place(sought: &Sought) -> Option<String> {
    let program = OsStr::new(&sought.program);
    let path = sought.path.clone().map(OsString::from);
    let located = scn_process::locate(program, path, &sought.folder);
    let from_root = || sought.root.join(&sought.program);
    let is_path = sought.program.contains('/');
    match located {
        Err(_) if is_path && from_root().exists() => {
            Some(format!("program {}", from_root().display()))
        }
        Ok(file) if file == Path::new(&sought.program) => None,
        Ok(file) => {
            // Not the file that a link leads to: many programs go by the name that they are called by.
            let folder = file.parent().and_then(|folder| folder.canonicalize().ok());
            let plain = folder.zip(file.file_name());
            let plain = plain.map(|(folder, name)| folder.join(name));
            Some(format!("program {}", plain.unwrap_or(file).display()))
        }
        Err(error) => Some(format!("it could not be started now: {error}")),
    }
}
