//! Where what stands at the caret is defined.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use lsp_types::{GotoDefinitionParams, OneOf};
use scn_interpreter::environment::toml::{self, Item};
use serde_json::Value as Json;

use super::environments::Environments;
use super::target::{Found, Target, in_environment, scenario, target};
use super::{Answer, Request, answered, asked, nothing};
use crate::assist::outline::{Occurrence, What};
use crate::assist::used::plain;
use crate::lsp::Server;
use crate::lsp::documents::{Document, Sort};
use crate::lsp::meanings::Meanings;
use scn_grammar::Span;

pub static DEFINITION: Request = Request {
    method: "textDocument/definition",
    declare: |can| can.definition_provider = Some(OneOf::Left(true)),
    answer,
};

fn answer(server: &mut Server, params: Json) -> Answer {
    let params: GotoDefinitionParams = asked(params)?;
    let Some((document, offset)) = server.place(&params.text_document_position_params) else {
        return nothing();
    };
    let file = match document.sort {
        Sort::Scenario => used_file(document, offset),
        _ => base(document, offset),
    };
    if let Some(file) = file {
        return answered(server.locations(&[file]));
    }
    let path = document.path.clone();
    let Some((target, _)) = target(server, &path, offset) else {
        return nothing();
    };
    let mut found = definitions(server, &path, &target);
    if found.is_empty() {
        // The chosen environment does not know it; another one may.
        found = declarations(server, &path, &target);
    }
    answered(server.locations(&found))
}

/// The file that a `use` names at the caret.
fn used_file(document: &Document, offset: usize) -> Option<Found> {
    let tree = document.tree();
    let holds = |span: Span| (span.start as usize..=span.end as usize).contains(&offset);
    let used = tree
        .outline
        .uses
        .iter()
        .find(|used| holds(used.path.span))?;
    let path = plain(&document.folder().join(&used.path.name));
    path.is_file().then(|| (path, Span::default()))
}

/// The environment that another extends, at the caret.
fn base(document: &Document, offset: usize) -> Option<Found> {
    let (table, _) = toml::parse(document.text.as_str());
    let node = table.get("extends")?;
    let holds = (node.span.start as usize..=node.span.end as usize).contains(&offset);
    match &node.item {
        Item::Text(file) if holds => {
            let path = plain(&document.folder().join(file));
            path.is_file().then(|| (path, Span::default()))
        }
        _ => None,
    }
}

/// Everywhere that a target is declared: each environment declares what its words mean.
pub fn declarations(server: &mut Server, path: &Path, target: &Target) -> Vec<Found> {
    let Target::Environment(what, name) = target else {
        return definitions(server, path, target);
    };
    let environments = Environments::naming(server, target, path);
    let of = |(path, names): (PathBuf, Option<Vec<Occurrence>>)| {
        let given = names.into_iter().flatten();
        let given = given.filter(|one| one.defines && one.what == *what && one.name == *name);
        // A component that has tables of its own stands in the header of each.
        given.take(1).map(move |one| (path.clone(), one.span))
    };
    environments.files.into_iter().flat_map(of).collect()
}

fn definitions(server: &mut Server, path: &Path, target: &Target) -> Vec<Found> {
    let (file, name, what, scope) = match target {
        Target::Environment(what, name) => {
            let meanings = match server.documents.get(path).map(|one| one.sort) {
                Some(Sort::Environment) => {
                    Rc::new(Meanings::of_environment(path, &server.documents))
                }
                _ => server.meanings(path.parent().unwrap_or(Path::new("/"))),
            };
            let environment = meanings.environment.as_deref();
            let found = environment.and_then(|known| in_environment(known, *what, name));
            return found.into_iter().collect();
        }
        Target::Variable(file, scope, name) => (file, name, What::Name, *scope),
        Target::Label(file, scope, name) => (file, name, What::Label, *scope),
        Target::Parameter(file, name) => (file, name, What::Parameter, 0),
        Target::Step(file, name) => (file, name, What::Command, 0),
        Target::Prefix(file, name) => (file, name, What::Prefix, 0),
    };
    let Some(file) = scenario(server, file) else {
        return Vec::new();
    };
    let given = file.tree.outline.defines(name, what, scope);
    let mut found: Vec<Found> = given.map(|one| (file.path.clone(), one.span)).collect();
    // Where it is first given is where one wants to go.
    found.truncate(1);
    found
}
