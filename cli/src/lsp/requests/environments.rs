//! The environments of a project: what a scenario's word means is for each of them to say, so that another
//! name for it goes to all.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use scn_interpreter::Files;
use scn_interpreter::environment::toml::{self, Item};

use super::target::{Found, Target};
use crate::assist::outline::{Occurrence, What};
use crate::assist::used::plain;
use crate::lsp::Server;
use crate::lsp::documents::{Sort, sort};
use crate::lsp::toml::names::names;

/// The environments' files that hold a name.
pub struct Environments {
    /// Each with its names; none if it cannot be read.
    pub files: Vec<(PathBuf, Option<Vec<Occurrence>>)>,
    /// It is a command that runs as a job of its own name.
    pub job: bool,
}

impl Environments {
    /// Those of the project that `path` belongs to; none for a target that no environment declares.
    pub fn naming(server: &mut Server, target: &Target, path: &Path) -> Self {
        let mut all = Self {
            files: Vec::new(),
            job: false,
        };
        let Target::Environment(what, name) = target else {
            return all;
        };
        for file in files(server, path) {
            let Ok(bytes) = server.documents.read(&file) else {
                continue;
            };
            let text = String::from_utf8_lossy(&bytes);
            if text.contains(name.as_str()) {
                all.job |= *what == What::Command && is_job(&text, name);
                all.files.push((file, names(&text)));
            }
        }
        all
    }

    /// Everywhere that a target stands in them.
    pub fn occurrences(&self, target: &Target) -> Vec<Found> {
        let Target::Environment(what, name) = target else {
            return Vec::new();
        };
        let is_it = |one: &Occurrence| {
            let command = one.what == What::Command;
            one.name == *name && ((command == (*what == What::Command)) || self.job)
        };
        let of = |(path, names): &(PathBuf, Option<Vec<Occurrence>>)| {
            let names = names.iter().flatten().filter(|one| is_it(one));
            let found = names.map(|one| (path.clone(), one.span));
            found.collect::<Vec<Found>>()
        };
        self.files.iter().flat_map(of).collect()
    }

    /// Whether one of them gives that name to such a thing.
    pub fn declare(&self, what: What, name: &str) -> bool {
        let mut names = self
            .files
            .iter()
            .flat_map(|(_, names)| names.iter().flatten());
        names.any(|one| one.defines && one.what == what && one.name == name)
    }
}

/// The files of the project's environments, and what they extend.
fn files(server: &mut Server, path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let meanings = server.meanings(folder);
    let named = meanings.project.root.join("environments");
    let listed = server.documents.list(&named).unwrap_or_default();
    let mut next: Vec<PathBuf> = listed.iter().map(|name| named.join(name)).collect();
    next.extend(
        meanings
            .sources
            .iter()
            .map(|source| PathBuf::from(&source.path)),
    );
    next.push(path.to_owned());
    let root = &meanings.project.root;
    let open = server.documents.iter().map(|one| one.path.clone());
    next.extend(
        open.filter(|open| open.starts_with(root) && sort(open) == Some(Sort::Environment)),
    );
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    while let Some(file) = next.pop() {
        let is_toml = file.extension().is_some_and(|end| end == "toml");
        if !is_toml || sort(&file) == Some(Sort::Project) || !seen.insert(file.clone()) {
            continue;
        }
        if let Ok(bytes) = server.documents.read(&file) {
            next.extend(extended(&file, &String::from_utf8_lossy(&bytes)));
            all.push(file);
        }
    }
    all.sort();
    all
}

/// The file that it extends.
fn extended(file: &Path, text: &str) -> Option<PathBuf> {
    let (table, _) = toml::parse(text);
    match &table.get("extends")?.item {
        Item::Text(other) => Some(plain(&file.parent()?.join(other))),
        _ => None,
    }
}

/// Whether a command of that name is a background job.
fn is_job(text: &str, name: &str) -> bool {
    let (table, _) = toml::parse(text);
    let below = |item: &Item, key: &str| match item {
        Item::Table(table) => table.get(key).map(|node| node.item.clone()),
        _ => None,
    };
    let commands = table.get("commands").map(|node| node.item.clone());
    let command = commands.and_then(|commands| below(&commands, name));
    let background = command.and_then(|command| below(&command, "background"));
    background == Some(Item::Bool(true))
}
