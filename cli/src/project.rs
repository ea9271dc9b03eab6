//! The project and the environment that a scenario belongs to.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_interpreter::environment::{self, Project, available, project};
use scn_interpreter::{Disk, Environment};
use scn_plugin_host::Declared;

use crate::diagnostics::{Texts, render, to_json_lines};
use crate::plugins;
use crate::terminal;
use crate::verbs::printed;

/// Projects and environments, each read once.
#[derive(Default)]
pub struct Loader {
    projects: HashMap<PathBuf, Option<Rc<Project>>>,
    environments: HashMap<PathBuf, Option<Rc<Environment>>>,
    declared: HashMap<PathBuf, Option<Rc<Declared>>>,
    /// Environments that there are not, as it was told: once is enough for all files.
    missing: HashSet<String>,
    /// What is wrong is told as JSON.
    json: bool,
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
        let read = || {
            let loaded = environment::load(&Disk, path, &project.root);
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            tell(&loaded.diagnostics, loaded.sources, Some(&name), self.json);
            loaded.environment.map(Rc::new)
        };
        let known = self
            .environments
            .entry(path.to_owned())
            .or_insert_with(read);
        known.clone().ok_or(Told)
    }
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
