//! The project and the environment that a scenario belongs to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;
use scn_grammar::Diagnostic;
use scn_interpreter::environment::{self, Project, available, project};
use scn_interpreter::{Disk, Environment};
use scn_plugin_host::Declared;
use scn_record::{Marked, Run};
use serde_json::Value as Json;

use crate::diagnostics::{Texts, render, to_json_lines};
use crate::plugins;
use crate::run::kept::{Kept, Noting, Read};
use crate::terminal;
use crate::verbs::printed;

/// Where records are kept, in the project's root.
pub const RUNS: &str = ".scn/runs";

/// Projects and environments, each read once.
#[derive(Default)]
pub struct Loader {
    projects: HashMap<PathBuf, Option<Rc<Project>>>,
    environments: HashMap<PathBuf, Option<Rc<Environment>>>,
    /// The files of each environment.
    files: HashMap<PathBuf, Read>,
    declared: HashMap<PathBuf, Option<Rc<Declared>>>,
    /// Environments that there are not, as it was told: once is enough for all files.
    missing: HashSet<String>,
    /// The folders of records whose unfinished runs were told.
    noticed: HashSet<PathBuf>,
    /// What is wrong is told as JSON.
    json: bool,
    /// What the command line sets.
    set: Vec<(String, String)>,
}

/// What is wrong has been told on standard error.
#[derive(Debug)]
pub struct Told;

impl Loader {
    /// One that tells what is wrong as JSON, a finding a line, on standard output.
    pub fn in_json(json: bool) -> Self {
        Self {
            json,
            ..Self::default()
        }
    }

    /// One for runs of which the command line sets that.
    pub fn setting(set: &[(String, String)]) -> Self {
        Self {
            set: set.to_vec(),
            ..Self::default()
        }
    }

    /// The project of the scenarios in `folder` (absolute).
    ///
    /// # Errors
    /// If its file is wrong.
    pub fn project(&mut self, folder: &Path) -> Result<Rc<Project>, Told> {
        let read = || {
            let loaded = project::load(&Disk, folder);
            tell(&loaded.diagnostics, loaded.sources, None, self.json);
            let sound = !loaded.diagnostics.iter().any(Diagnostic::is_error);
            sound.then(|| Rc::new(loaded.project))
        };
        let known = self.projects.entry(folder.to_owned()).or_insert_with(read);
        known.clone().ok_or(Told)
    }

    /// The folder that steps of a scenario in `folder` work in: its environment's root, else its project's.
    ///
    /// # Errors
    /// If the project is wrong.
    pub fn root(
        &mut self,
        environment: Option<&Environment>,
        folder: &Path,
    ) -> Result<PathBuf, Told> {
        match environment {
            Some(environment) => Ok(environment.root.clone()),
            None => Ok(self.project(folder)?.root.clone()),
        }
    }

    /// The environment `named`, else the project's default one, for scenarios in `folder`;
    /// none if neither is given.
    ///
    /// # Errors
    /// If there is no such environment, or if it is wrong.
    pub fn environment(
        &mut self,
        named: Option<&str>,
        folder: &Path,
    ) -> Result<Option<Rc<Environment>>, Told> {
        let project = self.project(folder)?;
        match project.environment_file(&Disk, named, folder) {
            None => Ok(None),
            Some(Ok(path)) => self.load(&path, &project).map(Some),
            Some(Err(missing)) => {
                if self.missing.insert(missing.to_string()) {
                    terminal::complain(&missing);
                }
                Err(Told)
            }
        }
    }

    /// What the plug-ins of an environment say of themselves, asked once.
    ///
    /// # Errors
    /// If one of them cannot be used.
    pub fn declared(
        &mut self,
        environment: Option<&Rc<Environment>>,
    ) -> Result<Rc<Declared>, Told> {
        let Some(environment) = environment.filter(|known| !known.plugins.is_empty()) else {
            return Ok(Rc::default());
        };
        let ask = || {
            let (declared, found) = Declared::of(environment, &plugins::built_in());
            let name = Some(environment.name.as_str());
            tell(&found, environment.sources.clone(), name, self.json);
            let sound = !found.iter().any(Diagnostic::is_error);
            sound.then(|| Rc::new(declared))
        };
        let known = self.declared.entry(environment.file.clone());
        known.or_insert_with(ask).clone().ok_or(Told)
    }

    /// All environments that scenarios in `folder` can name.
    ///
    /// # Errors
    /// If one is wrong.
    pub fn all(&mut self, folder: &Path) -> Result<Vec<Rc<Environment>>, Told> {
        let project = self.project(folder)?;
        let loaded: Vec<_> = available(&Disk, folder)
            .into_iter()
            .map(|(_, path)| self.load(&path, &project))
            .collect();
        loaded.into_iter().collect()
    }

    fn load(&mut self, path: &Path, project: &Project) -> Result<Rc<Environment>, Told> {
        if let Some(known) = self.environments.get(path) {
            return known.clone().ok_or(Told);
        }
        let files = Noting::default();
        let loaded = environment::load_set(&files, path, &project.root, &self.set);
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        tell(&loaded.diagnostics, loaded.sources, Some(&name), self.json);
        let known = loaded.environment.map(Rc::new);
        self.files.insert(path.to_owned(), files.into_read());
        self.environments.insert(path.to_owned(), known.clone());
        known.ok_or(Told)
    }

    /// Tells once which runs in that folder are not finished, and what deals with them.
    pub fn notice_unfinished(&mut self, runs: &Path) {
        if !self.noticed.insert(runs.to_owned()) {
            return;
        }
        // That it cannot be told is no reason not to run.
        let Marked { unfinished, lapsed } = scn_record::marked(runs).unwrap_or_default();
        tell_lapsed(&lapsed);
        let Some(last) = unfinished.first() else {
            return;
        };
        let name = match is_runs_folder_here(runs) {
            true => last.id.clone(),
            false => last.folder.display().to_string(),
        };
        let others = match unfinished.len() - 1 {
            0 => String::new(),
            1 => " (and another one: scn runs list)".to_owned(),
            more => format!(" (and {more} others: scn runs list)"),
        };
        let kept = Kept::read(&last.folder).ok().flatten();
        let following = kept.and_then(|kept| kept.following.told());
        let following = following
            .map(|told| format!("; {told}"))
            .unwrap_or_default();
        terminal::tell(&format!(
            "note: the run {} was not finished{others}: `scn resume {name}` goes on with it, \
             `scn cleanup {name}` does what it owes{following}\n",
            last.id
        ));
    }

    /// The files that an environment was read from.
    pub fn files_of(&self, environment: &Environment) -> Option<&Read> {
        self.files.get(&environment.file)
    }

    /// What the plug-ins of an environment said of themselves, by name, as far as they were asked.
    pub fn said_by_plugins(&self, environment: &Environment) -> BTreeMap<String, Json> {
        let declared = self.declared.get(&environment.file).cloned().flatten();
        let all = declared.iter().flat_map(|declared| &declared.plugins);
        all.map(|one| (one.launch.plugin.clone(), one.said.clone()))
            .collect()
    }
}

/// Tells, once, what was not begun because the program that was to run it was gone after the run before it.
pub fn tell_lapsed(lapsed: &[Run]) {
    for run in lapsed {
        scn_record::unmark(run);
        let Some(kept) = Kept::read(&run.folder).ok().flatten() else {
            continue;
        };
        if let Some(following) = kept.following.told() {
            let name = scn_report::text::harmless(&kept.name, false);
            terminal::tell(&format!(
                "note: the program that ran {name} was gone once its run {} had ended; {following}\n",
                run.id
            ));
        }
    }
}

/// Whether records in that folder are found by their names alone from the current folder.
pub fn is_runs_folder_here(runs: &Path) -> bool {
    runs_folder().is_ok_and(|here| here == runs)
}

/// Where the records of runs are.
#[derive(Debug, Default, Args)]
pub struct Records {
    /// Where records are kept; `.scn/runs` in the project's root unless given.
    #[arg(long, value_name = "DIR")]
    runs: Option<PathBuf>,
}

impl Records {
    /// Their folder: what is given, or that of the project around the current folder.
    ///
    /// # Errors
    /// If the project's file is wrong, or the current folder is gone.
    pub fn folder(&self) -> Result<PathBuf, Told> {
        match &self.runs {
            Some(given) => Ok(given.clone()),
            None => runs_folder(),
        }
    }

    /// Their folder: what is given, or that of the project with this root.
    pub fn folder_in(&self, root: &Path) -> PathBuf {
        self.runs.clone().unwrap_or_else(|| root.join(RUNS))
    }
}

/// The current folder.
pub fn here() -> Result<PathBuf, Told> {
    std::env::current_dir().map_err(|error| {
        let reason = terminal::reason(&error);
        terminal::complain(format!("the current folder cannot be told: {reason}"));
        Told
    })
}

/// The folder of the records of the project around the current folder.
fn runs_folder() -> Result<PathBuf, Told> {
    let folder = here()?;
    let project = Loader::default().project(&folder)?;
    Ok(project.root.join(RUNS))
}

/// Shows findings about files of the project, or of the environment of that name: for a person on
/// standard error, or as JSON on standard output.
pub fn tell(
    findings: &[Diagnostic],
    sources: Vec<environment::Source>,
    environment: Option<&str>,
    json: bool,
) {
    if findings.is_empty() {
        return;
    }
    let mut texts = Texts::default();
    for source in sources {
        texts.add(source.path, source.text);
    }
    if json {
        // A closed pipe is no failure, and another is seen with the exit status.
        printed(&to_json_lines(findings, "", environment, &texts));
        return;
    }
    terminal::tell(&render(findings, "", &texts, terminal::look()));
}

/// What to say where no environment was chosen and something was not found: which there are.
pub fn hint(folder: &Path) -> Option<String> {
    let names: Vec<String> = available(&Disk, folder)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let first = names.first()?;
    let mut text = String::from("no environment was chosen; there is ");
    let _ = write!(text, "{}: choose one with --env {first}", names.join(", "));
    Some(text)
}
