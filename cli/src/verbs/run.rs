//! `scn run`

use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;
use scn_grammar::diagnostic::meant;
use scn_interpreter::driver::{set_value, settable};
use scn_interpreter::program::{GlobalKind, Program};
use scn_report::console::{Detail, Options};

use crate::exit::Exit;
use crate::run::{self, How, Prepared, Sync};
use crate::scenario::{Scenario, With};
use crate::tags::Tags;
use crate::terminal;

/// Run scenarios, one after the other
///
/// All of them are checked first; if one is wrong, nothing is run. Standard output has what the
/// scenarios say, standard error the steps as they pass, and the verdict as its last line.
///
/// The exit status is 0 for PASS and SKIP, 1 for FAIL, 2 for a file or a command line that is wrong,
/// 3 for ERROR, and 130 when interrupted. Ctrl-C ends the running step; then `finally` and what is
/// owed run. A second one stops at once.
///
/// Examples:
///
///     scn run failover.scn
///     scn run failover.scn --env staging --set rate=200
///     scn run scenarios/*.scn --tags 'smoke and not slow'
///     echo 'run uname -a' | scn run - -v
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Run {
    /// The scenarios; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The environment, by its name or its file; the project's default unless given.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    /// Set a `@param` of the scenarios or a name of the environment's [vars].
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Run only the scenarios whose tags fit, such as `smoke and not slow`.
    #[arg(long, value_name = "EXPRESSION")]
    tags: Option<Tags>,
    /// Keep the records in this folder, in place of `.scn/runs` in the project's root.
    #[arg(long, value_name = "FOLDER")]
    runs: Option<PathBuf>,
    /// Print the journal's lines on standard output, in place of what the scenarios say.
    #[arg(long)]
    json: bool,
    /// What of the record is to survive the machine's death, not only the program's.
    #[arg(long, value_name = "WHAT", value_enum, default_value = "owed")]
    sync: Sync,
    /// The seed of `random` and `uuid`, for a run that can be repeated.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Show the verdict alone.
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Show every step's output as it comes.
    #[arg(short, long)]
    verbose: bool,
}

/// Reads `NAME=VALUE`.
fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a name, `=` and a value are expected, such as rate=200".to_owned()),
    }
}

impl Run {
    /// Does it.
    pub fn run(self) -> Exit {
        let Ok(mut scenarios) = Scenario::load(&self.files, With::One(self.env.as_deref())) else {
            return Exit::Wrong;
        };
        if let Some(tags) = &self.tags {
            scenarios.retain(|scenario| tags.select(&scenario.tags()));
            if scenarios.is_empty() {
                terminal::complain("no scenario has the tags that --tags asks for");
                return Exit::Wrong;
            }
        }
        let Some(prepared) = self.prepare(scenarios) else {
            return Exit::Wrong;
        };
        if let Err(reason) = self.check_set(&prepared) {
            terminal::complain(reason);
            return Exit::Wrong;
        }
        run::all(prepared, self.how())
    }

    /// Checks all of them, and tells what is wrong.
    fn prepare(&self, scenarios: Vec<Scenario>) -> Option<Vec<Prepared>> {
        let mut prepared = Vec::new();
        let mut wrong = false;
        for scenario in scenarios {
            let (ready, checked) = Prepared::new(scenario);
            if !self.quiet || checked.is_wrong() {
                ready.scenario.tell(&checked);
            }
            wrong |= checked.is_wrong();
            prepared.push(ready);
        }
        (!wrong).then_some(prepared)
    }

    /// Sees that each `--set` is taken by someone and can be read, and that nothing is left to be
    /// set.
    fn check_set(&self, prepared: &[Prepared]) -> Result<(), String> {
        let programs: Vec<&Rc<Program>> = prepared
            .iter()
            .filter_map(|one| one.program.as_ref())
            .collect();
        for (name, value) in &self.set {
            let mut taken = false;
            for program in &programs {
                let known = settable(program);
                if let Some((_, kind)) = known.iter().find(|(known, _)| known == name) {
                    set_value(name, value, *kind)?;
                    taken = true;
                }
            }
            if !taken {
                let known = programs.iter().flat_map(|program| settable(program));
                return Err(untaken(name, known.map(|(name, _)| name)));
            }
        }
        for (one, program) in prepared.iter().zip(&programs) {
            if let Some(name) = unset(program, &self.set) {
                let file = &one.scenario.source.name;
                return Err(format!(
                    "{file}: the parameter `{name}` has no default: give it with --set {name}=VALUE"
                ));
            }
        }
        Ok(())
    }

    fn how(self) -> How {
        let live = terminal::is_live();
        let detail = match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        };
        How {
            set: self.set,
            runs: self.runs,
            sync: self.sync,
            seed: self.seed,
            console: Options {
                detail,
                color: live,
                live,
                out_is_terminal: terminal::out_is_terminal(),
                json: self.json,
                columns: terminal::columns(),
            },
        }
    }
}

/// A parameter that must be set and is not.
fn unset<'p>(program: &'p Program, set: &[(String, String)]) -> Option<&'p str> {
    // Where it is skipped, nothing is read.
    if !program.headers.missing.is_empty() {
        return None;
    }
    program
        .globals
        .iter()
        .find_map(|global| match &global.kind {
            GlobalKind::Param { default: None, .. } => {
                let given = set.iter().any(|(name, _)| *name == global.name);
                (!given).then_some(global.name.as_str())
            }
            _ => None,
        })
}

fn untaken<'p>(name: &str, known: impl Iterator<Item = &'p str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    let nobody = format!("--set {name}: no @param and no name of [vars] is called so");
    match meant(name, known.iter().copied()) {
        Some(meant) => format!("{nobody}; `{meant}` was probably meant"),
        None if known.is_empty() => nobody,
        None => format!("{nobody}; there is {}", known.join(", ")),
    }
}
