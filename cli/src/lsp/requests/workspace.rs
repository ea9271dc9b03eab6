//! Steps, scenarios, components and commands of the whole project, by name.

use std::path::{Path, PathBuf};

use lsp_types::{OneOf, SymbolInformation, SymbolKind, WorkspaceSymbolParams};
use scn_grammar::tree::{HeaderKind, Part};
use serde_json::Value as Json;

use super::target::{Found, in_environment, scenario};
use super::{Answer, Request, answered, asked};
use crate::assist::outline::What;
use crate::lsp::Server;

/// So many files of a project are looked at.
const FILES: usize = 2_000;

/// So many answers are given.
const MOST: usize = 500;

pub static SYMBOLS: Request = Request {
    method: "workspace/symbol",
    declare: |can| can.workspace_symbol_provider = Some(OneOf::Left(true)),
    answer,
};

fn answer(server: &mut Server, params: Json) -> Answer {
    let params: WorkspaceSymbolParams = asked(params)?;
    let wanted = params.query.to_lowercase();
    let mut all: Vec<(String, SymbolKind, Found)> = Vec::new();
    let mut add = |name: &str, kind, place: Found| {
        if all.len() < MOST && fits(&name.to_lowercase(), &wanted) {
            all.push((name.to_owned(), kind, place));
        }
    };
    for path in scenarios(server) {
        let Some(file) = scenario(server, &path) else {
            continue;
        };
        for header in &file.tree.file.headers {
            if let HeaderKind::Title(words) = &header.kind {
                let text = words
                    .iter()
                    .flat_map(|word| &word.parts)
                    .map(|part| match part {
                        Part::Bare(text) | Part::Quoted(text) => text.as_str(),
                        _ => "…",
                    });
                let title = text.collect::<Vec<_>>().join(" ");
                add(&title, SymbolKind::FILE, (path.clone(), header.span));
            }
        }
        for step in &file.tree.outline.steps {
            let place = (path.clone(), step.name.span);
            add(&step.name.name, SymbolKind::FUNCTION, place);
        }
    }
    for root in server.roots.clone() {
        let meanings = server.meanings(&root);
        let Some(environment) = &meanings.environment else {
            continue;
        };
        for name in environment.components.keys() {
            if let Some(place) = in_environment(environment, What::Name, name) {
                add(name, SymbolKind::CLASS, place);
            }
        }
        for name in environment.commands.keys() {
            if let Some(place) = in_environment(environment, What::Command, name) {
                add(name, SymbolKind::FUNCTION, place);
            }
        }
    }
    let places: Vec<Found> = all.iter().map(|(.., place)| place.clone()).collect();
    let mut locations = server.locations(&places).into_iter();
    #[expect(deprecated, reason = "the type cannot be made without the old field")]
    let symbol = |(name, kind, _)| {
        Some(SymbolInformation {
            name,
            kind,
            tags: None,
            deprecated: None,
            location: locations.next()?,
            container_name: None,
        })
    };
    answered(all.into_iter().filter_map(symbol).collect::<Vec<_>>())
}

/// Whether the letters of `wanted` stand in `name` in their order.
fn fits(name: &str, wanted: &str) -> bool {
    let mut letters = name.chars();
    wanted
        .chars()
        .all(|wanted| letters.any(|letter| letter == wanted))
}

/// The scenarios of the project, those that are open too.
pub fn scenarios(server: &Server) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    for root in &server.roots {
        walk(root, &mut all);
    }
    let open = server.documents.iter().map(|one| one.path.clone());
    let folders: Vec<PathBuf> = server
        .documents
        .iter()
        .map(|one| one.folder().to_owned())
        .collect();
    if server.roots.is_empty() {
        folders.iter().for_each(|folder| walk(folder, &mut all));
    }
    all.extend(open.filter(|path| path.extension().is_some_and(|end| end == "scn")));
    all.sort();
    all.dedup();
    all
}

fn walk(folder: &Path, all: &mut Vec<PathBuf>) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules"
            {
                folders.push(entry.path());
            } else if kind.is_file() && name.ends_with(".scn") && all.len() < FILES {
                all.push(entry.path());
            }
        }
    }
}
