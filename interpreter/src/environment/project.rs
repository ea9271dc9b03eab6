//! Where a project is, and which environments it has.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use scn_grammar::diagnostic::meant;
use scn_grammar::{Diagnostic, Span};

use super::load::{Unread, read_text, shown};
use super::toml::{self, Item};
use super::{Source, check, codes, keys};
use crate::platform::Files;

/// The name of a project's file.
pub const PROJECT_FILE: &str = "scn.toml";

/// The name of the folder that holds environments.
pub const ENVIRONMENTS: &str = "environments";

/// A project: the folder to which paths belong, and its defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// The folder of `scn.toml`, else the one that holds `environments/`, else the scenario's.
    pub root: PathBuf,
    /// `scn.toml`, if there is one.
    pub file: Option<PathBuf>,
    /// The environment that is used unless another is named: a name, or a path from `root`.
    pub environment: Option<String>,
}

/// What came of loading a project.
#[derive(Debug, Default)]
pub struct LoadedProject {
    /// The project, as far as it could be read.
    pub project: Project,
    /// What was found wrong in `scn.toml`.
    pub diagnostics: Vec<Diagnostic>,
    /// `scn.toml`, if there is one.
    pub sources: Vec<Source>,
}

impl Project {
    /// The file of the environment `named` (from `--env`), else of the default one; nothing
    /// if neither is given. `from` is the scenario's folder, absolute.
    ///
    /// # Errors
    /// There is no such environment.
    pub fn environment_file(
        &self,
        files: &dyn Files,
        named: Option<&str>,
        from: &Path,
    ) -> Option<Result<PathBuf, NotFound>> {
        match (named, &self.environment) {
            (Some(named), _) => Some(find(files, named, from)),
            (None, Some(default)) if is_path(default) => {
                let default = shown(&self.root.join(default));
                Some(find(files, &default, from))
            }
            (None, Some(default)) => Some(find(files, default, from)),
            (None, None) => None,
        }
    }
}

/// Finds the project of the scenarios in `folder` (absolute, so that it has folders above).
pub fn load(files: &dyn Files, folder: &Path) -> LoadedProject {
    for above in folder.ancestors() {
        let path = above.join(PROJECT_FILE);
        if files.read(&path).is_ok() {
            return read(files, above, path);
        }
    }
    let holder = folder
        .ancestors()
        .find(|above| files.list(&above.join(ENVIRONMENTS)).is_ok());
    LoadedProject {
        project: Project {
            root: holder.unwrap_or(folder).to_owned(),
            ..Project::default()
        },
        ..LoadedProject::default()
    }
}

fn read(files: &dyn Files, root: &Path, path: PathBuf) -> LoadedProject {
    let mut loaded = LoadedProject {
        project: Project {
            root: root.to_owned(),
            file: Some(path.clone()),
            environment: None,
        },
        ..LoadedProject::default()
    };
    let text = match read_text(files, &path) {
        Ok(text) => text,
        Err(Unread::NoText { found, source }) => {
            loaded.diagnostics.push(*found);
            loaded.sources.push(source);
            return loaded;
        }
        Err(Unread::Not(message)) => {
            let found = Diagnostic::new(&codes::READ, Span::default(), message);
            loaded.diagnostics.push(found.in_file(shown(&path)));
            return loaded;
        }
    };
    let (table, mut found) = toml::parse(&text);
    check::table(&keys::PROJECT, &table, Span::default(), &mut found);
    if let Some(Item::Text(name)) = table.get("environment").map(|node| &node.item) {
        loaded.project.environment = Some(name.clone());
    }
    let path = shown(&path);
    loaded.diagnostics = found.into_iter().map(|one| one.in_file(&path)).collect();
    loaded.sources.push(Source { path, text });
    loaded
}

/// An environment that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// How it was named.
    pub name: String,
    /// The files that were looked for.
    pub tried: Vec<PathBuf>,
    /// The names of the environments that there are, nearest first.
    pub available: Vec<String>,
    /// The one of them that was probably meant.
    pub meant: Option<String>,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no environment `{}`", self.name)?;
        if !self.available.is_empty() {
            write!(f, ": there is {}", self.available.join(", "))?;
            return match &self.meant {
                Some(meant) => write!(f, "; `{meant}` was probably meant"),
                None => Ok(()),
            };
        }
        match self.tried.as_slice() {
            [only] if is_path(&self.name) => write!(f, ": there is no file {}", only.display()),
            _ => f.write_str(", and no folder `environments` with any"),
        }
    }
}

impl std::error::Error for NotFound {}

/// Whether an environment is named by its path.
fn is_path(name: &str) -> bool {
    name.contains('/') || name.ends_with(".toml")
}

/// The file of the environment that is named: a path if `named` has a `/` or ends with
/// `.toml`, else `environments/NAME.toml` in `from` (absolute) or a folder above it.
///
/// # Errors
/// There is none, and which there are.
pub fn find(files: &dyn Files, named: &str, from: &Path) -> Result<PathBuf, NotFound> {
    let tried: Vec<PathBuf> = if is_path(named) {
        vec![PathBuf::from(named)]
    } else {
        let file = format!("{named}.toml");
        from.ancestors()
            .map(|above| above.join(ENVIRONMENTS).join(&file))
            .collect()
    };
    // One that is there and cannot be read is found: loading it says why.
    let there = |path: &&PathBuf| match files.read(path) {
        Ok(_) => true,
        Err(error) => !matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        ),
    };
    if let Some(found) = tried.iter().find(there) {
        return Ok(found.clone());
    }
    let available: Vec<String> = available(files, from)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let bare = Path::new(named).file_stem().unwrap_or_default();
    let bare = bare.to_string_lossy();
    let meant = meant(&bare, available.iter().map(String::as_str)).map(ToOwned::to_owned);
    Err(NotFound {
        name: named.to_owned(),
        tried,
        available,
        meant,
    })
}

/// The environments that can be named from the folder `from` (absolute): their names and
/// files, nearest first, then by name. One that a nearer one of the same name hides is left
/// out.
pub fn available(files: &dyn Files, from: &Path) -> Vec<(String, PathBuf)> {
    let mut all: Vec<(String, PathBuf)> = Vec::new();
    for above in from.ancestors() {
        let folder = above.join(ENVIRONMENTS);
        let mut names = files.list(&folder).unwrap_or_default();
        names.sort();
        for file in names {
            if let Some(name) = file.strip_suffix(".toml")
                && !name.is_empty()
                && !all.iter().any(|(known, _)| known == name)
            {
                all.push((name.to_owned(), folder.join(&file)));
            }
        }
    }
    all
}
