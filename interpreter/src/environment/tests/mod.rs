//! Environments from texts in memory.

mod examples;
mod mangled;
mod mistakes;
mod schemas;
mod whole;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::{Environment, Loaded, load};
use crate::platform::Files;

/// Files in memory.
#[derive(Default)]
pub(super) struct Memory(BTreeMap<PathBuf, Vec<u8>>);

impl Memory {
    pub(super) fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(PathBuf::from(path), content.into());
        self
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self.0.get(path).cloned();
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let names: Vec<String> = self
            .0
            .keys()
            .filter_map(|path| path.strip_prefix(folder).ok()?.iter().next())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        if names.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(names)
    }
}

/// The files that examples speak of.
pub(super) fn surroundings() -> Memory {
    Memory::default()
        .with("/p/environments/base.toml", "[vars]\nrate = 1\n")
        .with("/p/holidays.csv", "date,name\n2026-12-25,Christmas\n")
        .with("/p/wrong-holidays.csv", "2026-12-25\n25.12.2026\n")
}

/// Loads a text as `/p/environments/environment.toml` in the project `/p`.
pub(super) fn loaded(text: impl Into<Vec<u8>>) -> Loaded {
    let path = "/p/environments/environment.toml";
    let files = surroundings().with(path, text);
    load(&files, Path::new(path), Path::new("/p"))
}

/// An environment in which nothing is wrong.
pub(super) fn sound(text: &str) -> Environment {
    let loaded = loaded(text);
    assert_eq!(loaded.diagnostics, [], "of:\n{text}");
    match loaded.environment {
        Some(environment) => environment,
        None => panic!("nothing was found wrong, and there is no environment"),
    }
}

/// What is found in a text: each code, the words it points to, and its message.
pub(super) fn findings(text: &str) -> Vec<String> {
    let loaded = loaded(text);
    loaded
        .diagnostics
        .iter()
        .map(|found| {
            let source = loaded.sources.iter().find(|one| one.path == found.file);
            let words = source.map_or("?", |source| &source.text[found.span.range()]);
            format!("{} «{words}» {}", found.code.name, found.message)
        })
        .collect()
}
