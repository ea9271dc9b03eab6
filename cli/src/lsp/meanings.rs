//! What the words of the scenarios in a folder mean: their project, the chosen environment, and its
//! commands. Nothing is started for it: what plug-ins have is known from what they said when they were
//! last asked.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_interpreter::environment::{self, Project, Source, project};
use scn_interpreter::{Environment, Files, Registry};
use scn_plugin_host::Declared;

use super::documents::{Stamp, Stamped};
use crate::plugins;

/// What words mean in a folder.
pub struct Meanings {
    /// Where the project is.
    pub project: Project,
    /// The environment, if one was chosen and it is sound.
    pub environment: Option<Rc<Environment>>,
    /// One was chosen, and it cannot be used.
    pub broken: bool,
    /// All commands that are known.
    pub registry: Registry,
    /// Plug-ins of which it is not known what they have.
    pub unasked: Vec<String>,
    /// What is wrong with the project and the environment, each with its file.
    pub diagnostics: Vec<Diagnostic>,
    /// The files of both.
    pub sources: Vec<Source>,
    /// All that was looked at for it, as it was.
    looked: Vec<(PathBuf, Stamp)>,
}

/// Files that note what is looked at, whether it is there or not.
struct Noting<'f> {
    files: &'f dyn Stamped,
    looked: RefCell<Vec<(PathBuf, Stamp)>>,
}

impl Noting<'_> {
    fn note(&self, path: &Path) {
        let looked = (path.to_owned(), self.files.stamp(path));
        self.looked.borrow_mut().push(looked);
    }
}

impl Files for Noting<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.note(path);
        self.files.read(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.note(folder);
        self.files.list(folder)
    }
}

/// What is known by folder, until one of the files that it comes from changes.
#[derive(Default)]
pub struct Known {
    /// The environment that was chosen for all.
    chosen: Option<String>,
    by_folder: HashMap<PathBuf, Rc<Meanings>>,
}

impl Known {
    /// Another environment is chosen.
    pub fn choose(&mut self, environment: Option<String>) {
        if self.chosen != environment {
            self.chosen = environment;
            self.forget();
        }
    }

    /// Something may have changed.
    pub fn forget(&mut self) {
        self.by_folder.clear();
    }

    /// What words mean in `folder`.
    pub fn of(&mut self, folder: &Path, files: &dyn Stamped) -> Rc<Meanings> {
        if let Some(known) = self.by_folder.get(folder)
            && known.holds(files)
        {
            return Rc::clone(known);
        }
        let noting = Noting {
            files,
            looked: RefCell::default(),
        };
        let mut meanings = Meanings::of(folder, self.chosen.as_deref(), &noting);
        // What plug-ins have is known from what they said last, which is kept there.
        noting.note(&meanings.project.root.join(".scn/plugins"));
        meanings.looked = noting.looked.into_inner();
        let meanings = Rc::new(meanings);
        self.by_folder
            .insert(folder.to_owned(), Rc::clone(&meanings));
        meanings
    }
}

impl Meanings {
    /// Whether all that it comes from is as it was.
    fn holds(&self, files: &dyn Stamped) -> bool {
        let same = |(path, stamp): &(PathBuf, Stamp)| files.stamp(path) == *stamp;
        self.looked.iter().all(same)
    }

    fn of(folder: &Path, chosen: Option<&str>, files: &dyn Files) -> Self {
        let loaded = project::load(files, folder);
        let mut meanings = Self {
            project: loaded.project,
            environment: None,
            broken: loaded.diagnostics.iter().any(Diagnostic::is_error),
            registry: plugins::built_in(),
            unasked: Vec::new(),
            diagnostics: loaded.diagnostics,
            sources: loaded.sources,
            looked: Vec::new(),
        };
        match meanings.project.environment_file(files, chosen, folder) {
            None => {}
            Some(Err(_)) => meanings.broken = true,
            Some(Ok(file)) => meanings.load(&file, files),
        }
        meanings
    }

    /// What words mean to the environment in the file `path`.
    pub fn of_environment(path: &Path, files: &dyn Files) -> Self {
        let folder = path.parent().unwrap_or(Path::new("/"));
        let project = project::load(files, folder).project;
        let mut meanings = Self {
            project,
            environment: None,
            broken: false,
            registry: plugins::built_in(),
            unasked: Vec::new(),
            diagnostics: Vec::new(),
            sources: Vec::new(),
            looked: Vec::new(),
        };
        meanings.load(path, files);
        meanings
    }

    fn load(&mut self, file: &Path, files: &dyn Files) {
        let loaded = environment::load(files, file, &self.project.root);
        self.diagnostics.extend(loaded.diagnostics);
        self.sources.extend(loaded.sources);
        match loaded.environment {
            None => self.broken = true,
            Some(environment) => {
                let (declared, unasked) = Declared::kept(&environment);
                self.registry = plugins::known(&declared);
                self.unasked = unasked;
                self.environment = Some(Rc::new(environment));
            }
        }
    }
}
