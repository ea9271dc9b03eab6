//! Another name for what stands at the caret, everywhere.

use std::collections::HashMap;
use std::path::Path;

use lsp_types::{
    OneOf, PrepareRenameResponse, RenameOptions, RenameParams, TextDocumentPositionParams,
    TextEdit, Uri, WorkspaceEdit,
};
use scn_grammar::is_reserved;
use serde_json::Value as Json;

use super::environments::Environments;
use super::target::{Target, files_of, named_words, occurrences, scenario, target};
use super::{Answer, Refusal, Request, answered, asked, nothing};
use crate::assist::outline::What;
use crate::assist::scan::is_name;
use crate::lsp::Server;
use crate::lsp::documents::Sort;

pub static PREPARE: Request = Request {
    method: "textDocument/prepareRename",
    declare: |can| {
        can.rename_provider = Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        }));
    },
    answer: prepare,
};

pub static RENAME: Request = Request {
    method: "textDocument/rename",
    declare: |_| {},
    answer: rename,
};

fn prepare(server: &mut Server, params: Json) -> Answer {
    let params: TextDocumentPositionParams = asked(params)?;
    let Some((target, path)) = at(server, &params)? else {
        return nothing();
    };
    let offset = server.place(&params).map_or(0, |(_, offset)| offset);
    let found = occurrences(server, &target, &path);
    let here = found.iter().find(|(file, span)| {
        *file == path && (span.start as usize..=span.end as usize).contains(&offset)
    });
    let range = here.zip(server.documents.get(&path));
    let range = range.map(|((_, span), document)| document.text.range(*span, server.encoding));
    answered(range.map(PrepareRenameResponse::Range))
}

/// What is to be renamed.
fn at(
    server: &mut Server,
    params: &TextDocumentPositionParams,
) -> Result<Option<(Target, std::path::PathBuf)>, Refusal> {
    let Some((document, offset)) = server.place(params) else {
        return Ok(None);
    };
    let path = document.path.clone();
    let sort = document.sort;
    let Some((found, _)) = target(server, &path, offset) else {
        return Err(Refusal::failed(match sort {
            Sort::Scenario => "there is no label, step or variable here",
            _ => "there is no name here that scenarios or other texts know",
        }));
    };
    match &found {
        Target::Environment(what, name) => {
            let environments = Environments::naming(server, &found, &path);
            declared_once(&environments, *what, name)?;
            Ok(Some((found, path)))
        }
        Target::Label(file, scope, name) => {
            let file = scenario(server, file);
            let stands = file.is_some_and(|file| {
                file.tree
                    .outline
                    .defines(name, What::Label, *scope)
                    .next()
                    .is_some()
            });
            match stands {
                true => Ok(Some((found, path))),
                false => Err(Refusal::failed(format!(
                    "every scenario has the label `{name}`"
                ))),
            }
        }
        _ => Ok(Some((found, path))),
    }
}

fn rename(server: &mut Server, params: Json) -> Answer {
    let params: RenameParams = asked(params)?;
    let Some((target, path)) = at(server, &params.text_document_position)? else {
        return nothing();
    };
    let new = params.new_name.as_str();
    let is_job = Environments::naming(server, &target, &path).job;
    spelled(&target, new, is_job)?;
    readable(server, &target, &path)?;
    free(server, &path, &target, new)?;
    let mut found = occurrences(server, &target, &path);
    if let Target::Variable(file, scope, name) = &target
        && let Some(step) = step_with(server, file, *scope, name)
    {
        found.extend(named_words(server, file, &step, name));
    }
    // The client sees an edit for each file.
    #[expect(clippy::mutable_key_type, reason = "the protocol's own type")]
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for location in server.locations(&found) {
        let edit = TextEdit::new(location.range, new.to_owned());
        changes.entry(location.uri).or_default().push(edit);
    }
    answered(WorkspaceEdit::new(changes))
}

/// The step of which `name` is a parameter.
fn step_with(server: &Server, file: &Path, scope: usize, name: &str) -> Option<String> {
    let file = scenario(server, file)?;
    let outline = &file.tree.outline;
    let step = outline.scopes.get(scope)?.step.clone()?;
    let signature = &outline
        .steps
        .iter()
        .find(|own| own.name.name == step)?
        .signature;
    let has = signature.params.iter().any(|param| param.name == name);
    has.then_some(step)
}

/// Whether the new name can be such a name at all; that of a job stands in expressions.
fn spelled(target: &Target, new: &str, is_job: bool) -> Result<(), Refusal> {
    let letter = |c: char| c.is_alphabetic() || c == '_';
    let (fits, form) = match target {
        Target::Label(..) => (
            new.chars().all(is_name),
            "a label is letters, digits and `_`",
        ),
        Target::Step(..) | Target::Environment(What::Command, _) if !is_job => (
            new.starts_with(is_name) && new.chars().all(|c| is_name(c) || c == '-' || c == '.'),
            "such a name is letters, digits, `_`, `-` and `.`, the first no sign",
        ),
        _ => (
            new.starts_with(letter) && new.chars().all(is_name),
            "a name is letters, digits and `_`, and begins with no digit",
        ),
    };
    if !fits || new.is_empty() {
        return Err(Refusal::failed(format!("`{new}` cannot be: {form}")));
    }
    if is_reserved(new) && !matches!(target, Target::Label(..)) {
        let message = format!("`{new}` is a word of the language, and no name");
        return Err(Refusal::failed(message));
    }
    let is_command = matches!(target, Target::Environment(What::Command, _));
    if (is_command || matches!(target, Target::Step(..)))
        && scn_grammar::keyword::keyword_of(new).is_some()
    {
        let message =
            format!("`{new}` begins a statement: such a one could only be called with `call`");
        return Err(Refusal::failed(message));
    }
    Ok(())
}

/// Whether all files in which it stands can be read whole: else a place would be missed.
fn readable(server: &mut Server, target: &Target, path: &Path) -> Result<(), Refusal> {
    for (file, names) in Environments::naming(server, target, path).files {
        if names.is_none() {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            return Err(Refusal::failed(format!(
                "{name} cannot be read: mend it first, or the name would stay there"
            )));
        }
    }
    for file in files_of(server, target) {
        if let Some(line) = file.tree.unread {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            return Err(Refusal::failed(format!(
                "line {line} of {name} cannot be read: mend it first, or the name would stay there"
            )));
        }
    }
    Ok(())
}

/// Whether the new name means nothing yet where the old one stands.
fn free(server: &mut Server, path: &Path, target: &Target, new: &str) -> Result<(), Refusal> {
    let taken = |what: &str| Err(Refusal::failed(format!("there is {what} `{new}` already")));
    let (file, what, scope) = match target {
        Target::Variable(file, scope, _) => (file, What::Name, *scope),
        Target::Label(file, scope, _) => (file, What::Label, *scope),
        Target::Parameter(file, _) => (file, What::Parameter, 0),
        Target::Prefix(file, _) => (file, What::Prefix, 0),
        Target::Step(file, _) => (file, What::Command, 0),
        Target::Environment(what, _) => return free_in_all(server, path, target, *what, new),
    };
    if let Some(file) = scenario(server, file) {
        let outline = &file.tree.outline;
        if outline.defines(new, what, scope).next().is_some() {
            return taken(match what {
                What::Label => "a label",
                What::Command => "a step",
                What::Prefix => "a file named",
                _ => "a variable",
            });
        }
        let valued = matches!(what, What::Name | What::Parameter);
        let named = |one: &&crate::assist::outline::Occurrence| {
            one.what == What::Name
                && one.name == new
                && (what == What::Parameter || one.scope == scope)
        };
        if valued && outline.occurrences.iter().any(|one| named(&one)) {
            return taken("something else called");
        }
        if valued && outline.defines(new, What::Parameter, 0).next().is_some() {
            return taken("a parameter of the scenario");
        }
    }
    let component = server.around(path, |_, around, _| {
        around
            .environment
            .is_some_and(|environment| environment.components.contains_key(new))
    });
    match what {
        What::Name | What::Parameter if component == Some(true) => taken("a component"),
        What::Command => match used_already(server, target, new) {
            Some(file) => taken(&format!("in {file} a step")),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Whether an environment declares the name, as one thing: else it is not known which of two is meant.
fn declared_once(environments: &Environments, what: What, name: &str) -> Result<(), Refusal> {
    let other = match what {
        What::Command => What::Name,
        _ => What::Command,
    };
    if !environments.declare(what, name) {
        return Err(Refusal::failed(format!(
            "no environment of the project declares `{name}`: its name is changed where it is declared"
        )));
    }
    if environments.declare(other, name) {
        return Err(Refusal::failed(format!(
            "`{name}` names a command and something else: they cannot be told apart everywhere"
        )));
    }
    Ok(())
}

/// Whether a name of the environments means nothing yet, in them and where the old one stands.
fn free_in_all(
    server: &mut Server,
    path: &Path,
    target: &Target,
    what: What,
    new: &str,
) -> Result<(), Refusal> {
    let taken = |what: &str| Err(Refusal::failed(format!("there is {what} `{new}` already")));
    for kind in [What::Command, What::Name] {
        let wanted = Target::Environment(kind, new.to_owned());
        if Environments::naming(server, &wanted, path).declare(kind, new) {
            return taken("in an environment something called");
        }
    }
    if what == What::Command && crate::plugins::built_in().find(new).is_some() {
        return taken("a built-in command");
    }
    let old = target.name();
    for file in files_of(server, target) {
        let outline = &file.tree.outline;
        let names = |name: &str| outline.occurrences.iter().any(|one| one.name == name);
        let given = outline.occurrences.iter();
        let mut given = given.filter(|one| one.defines && one.name == new);
        if names(old) && given.any(|one| one.what != What::Label) {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            return taken(&format!("in {name} something called"));
        }
    }
    Ok(())
}

/// A file that calls the step, and has another one of the new name.
fn used_already(server: &Server, target: &Target, new: &str) -> Option<String> {
    let files = files_of(server, target);
    let file = files.iter().find(|file| {
        let own = file.tree.outline.steps.iter();
        own.clone().any(|step| step.name.name == new)
    })?;
    Some(file.path.file_name()?.to_string_lossy().into_owned())
}
