//! What a name at a place means, and everywhere that it stands.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use lsp_types::Location;
use scn_grammar::Span;
use scn_interpreter::environment::{Place, Source};
use scn_interpreter::{Environment, Files};

use super::environments::Environments;
use crate::assist::outline::{Occurrence, Outline, What};
use crate::assist::reader::{Kind, read};
use crate::assist::used::plain;
use crate::lsp::documents::{Sort, Tree};
use crate::lsp::text::Text;
use crate::lsp::{Server, toml, uri};

/// What a name means.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A variable of a scope of that file.
    Variable(PathBuf, usize, String),
    /// An `@param` of that file.
    Parameter(PathBuf, String),
    /// A label in a scope of that file.
    Label(PathBuf, usize, String),
    /// A step that is defined in that file.
    Step(PathBuf, String),
    /// The prefix of a file that is used.
    Prefix(PathBuf, String),
    /// A component, a host or a command of the environment, or a name of its `[vars]` or `[secrets]`.
    Environment(What, String),
}

impl Target {
    /// The name itself.
    pub fn name(&self) -> &str {
        match self {
            Self::Variable(.., name)
            | Self::Parameter(_, name)
            | Self::Label(.., name)
            | Self::Step(_, name)
            | Self::Prefix(_, name)
            | Self::Environment(_, name) => name,
        }
    }
}

/// A place in a file.
pub type Found = (PathBuf, Span);

/// A scenario that may not be open.
pub struct Read {
    /// Where it lies.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
    /// Its tree.
    pub tree: Rc<Tree>,
}

/// What the name at byte `offset` means.
pub fn target(server: &mut Server, document: &Path, offset: usize) -> Option<(Target, Span)> {
    let open = server.documents.get(document)?;
    match open.sort {
        Sort::Scenario => {}
        Sort::Environment => return declared(open.text.as_str(), offset),
        Sort::Project => return None,
    }
    server
        .around(document, |document, around, _| {
            let one = around.outline.at(offset)?;
            let used = |name: &str| around.used.iter().find(|step| step.name == name);
            let path = &document.path;
            let own = around
                .outline
                .steps
                .iter()
                .any(|step| step.name.name == one.name);
            let target = match one.what {
                What::Label => Target::Label(path.clone(), one.scope, one.name.clone()),
                What::Prefix => Target::Prefix(path.clone(), one.name.clone()),
                What::Function => return None,
                What::Command if own => Target::Step(path.clone(), one.name.clone()),
                What::Command => match used(&one.name) {
                    Some(step) => {
                        let prefix = one.name.len().saturating_sub(step.signature.name.len() + 1);
                        let prefix = one.name.get(..prefix).unwrap_or_default();
                        let behind = offset <= one.span.start as usize + prefix.len();
                        match behind && !prefix.is_empty() {
                            true => Target::Prefix(path.clone(), prefix.to_owned()),
                            false => Target::Step(step.file.clone(), step.signature.name.clone()),
                        }
                    }
                    None => {
                        let known = around.environment;
                        // What a scenario needs may be either.
                        let is_value = known.is_some_and(|known| {
                            !known.commands.contains_key(&one.name)
                                && (known.components.contains_key(&one.name)
                                    || known.hosts.contains_key(&one.name))
                        });
                        let what = if is_value { What::Name } else { What::Command };
                        Target::Environment(what, one.name.clone())
                    }
                },
                What::Name | What::Word | What::Parameter => {
                    value(path, around.outline, one, around.environment)?
                }
            };
            Some((target, one.span))
        })
        .flatten()
}

/// What a name in an environment's file means.
fn declared(text: &str, offset: usize) -> Option<(Target, Span)> {
    let names = toml::names::names(text)?;
    let holds =
        |one: &&Occurrence| (one.span.start as usize..=one.span.end as usize).contains(&offset);
    let one = names.iter().find(holds)?;
    let what = match one.what {
        What::Command => What::Command,
        What::Name | What::Word | What::Parameter => What::Name,
        What::Label | What::Function | What::Prefix => return None,
    };
    Some((Target::Environment(what, one.name.clone()), one.span))
}

/// What a name that has a value means, in the order in which the language looks for it.
fn value(
    path: &Path,
    outline: &Outline,
    one: &Occurrence,
    environment: Option<&Environment>,
) -> Option<Target> {
    let name = one.name.clone();
    if one.what == What::Word && !outline.jobs.contains(&name) {
        let known = environment?;
        let named = known.components.contains_key(&name) || known.hosts.contains_key(&name);
        return named.then_some(Target::Environment(What::Name, name));
    }
    if one.what != What::Parameter
        && outline
            .defines(&name, What::Name, one.scope)
            .next()
            .is_some()
    {
        return Some(Target::Variable(path.to_owned(), one.scope, name));
    }
    if outline.defines(&name, What::Parameter, 0).next().is_some() {
        return Some(Target::Parameter(path.to_owned(), name));
    }
    Some(Target::Environment(What::Name, name))
}

/// What tells the occurrences of a target in one file, looked up once.
struct Match<'a> {
    target: &'a Target,
    path: &'a Path,
    outline: &'a Outline,
    /// The scopes in which a variable has the target's name.
    variables: HashSet<usize>,
    /// The scenario has a parameter of that name.
    parameter: bool,
    /// The file has a step of that name.
    step: bool,
    /// The target is a command that runs as a job of its own name.
    job: bool,
}

impl<'a> Match<'a> {
    fn new(target: &'a Target, path: &'a Path, outline: &'a Outline, job: bool) -> Self {
        let name = target.name();
        let given = outline.occurrences.iter();
        let given = given.filter(|one| one.defines && one.name == name);
        let variables = given.clone().filter(|one| one.what == What::Name);
        Self {
            target,
            path,
            outline,
            variables: variables.map(|one| one.scope).collect(),
            parameter: given.clone().any(|one| one.what == What::Parameter),
            step: outline.steps.iter().any(|step| step.name.name == name),
            job,
        }
    }

    /// Whether an occurrence is of the target.
    fn is(&self, one: &Occurrence) -> bool {
        if one.name != self.target.name() {
            return false;
        }
        let hidden = self.variables.contains(&one.scope);
        let job = one.what == What::Word && self.outline.jobs.contains(&one.name);
        match self.target {
            Target::Variable(file, scope, _) => {
                let valued = one.what == What::Name || job;
                file == self.path && one.scope == *scope && valued
            }
            Target::Parameter(file, _) => {
                let reads = one.what == What::Name && !hidden;
                file == self.path && (one.what == What::Parameter || reads)
            }
            Target::Label(file, scope, _) => {
                file == self.path && one.what == What::Label && one.scope == *scope
            }
            Target::Prefix(file, _) => file == self.path && one.what == What::Prefix,
            Target::Step(..) => false,
            Target::Environment(what, _) => {
                let value = matches!(one.what, What::Name | What::Word);
                let value = value && !hidden && !self.parameter;
                // What a scenario needs stands as a command does, whatever it is.
                let command = one.what == What::Command && !self.step;
                command || value && (self.job || *what != What::Command)
            }
        }
    }
}

/// Everywhere that a target stands, in all files that may name it: scenarios, and the environments of the
/// project that `path` belongs to.
pub fn occurrences(server: &mut Server, target: &Target, path: &Path) -> Vec<Found> {
    let environments = Environments::naming(server, target, path);
    let mut all = environments.occurrences(target);
    let files = files_of(server, target);
    all.extend(within(target, files, environments.job));
    all
}

/// Everywhere that a target stands in one file.
pub fn occurrences_in(server: &mut Server, target: &Target, path: &Path) -> Vec<Span> {
    let environments = Environments::naming(server, target, path);
    let mut all = environments.occurrences(target);
    if let Some(file) = scenario(server, path) {
        all.extend(within(target, vec![file], environments.job));
    }
    all.retain(|(file, _)| file == path);
    all.into_iter().map(|(_, span)| span).collect()
}

fn within(target: &Target, files: Vec<Read>, job: bool) -> Vec<Found> {
    let mut all = Vec::new();
    for file in files {
        let outline = &file.tree.outline;
        match target {
            Target::Step(home, name) => {
                all.extend(
                    calls(&file, home, name)
                        .into_iter()
                        .map(|span| (file.path.clone(), span)),
                );
            }
            Target::Prefix(path, name) if *path == file.path => {
                let named = format!("{name}.");
                let calls = outline.occurrences.iter().filter(|one| {
                    one.what == What::Command && !one.defines && one.name.starts_with(&named)
                });
                let start = |one: &Occurrence| one.span.start as usize;
                all.extend(calls.map(|one| {
                    (
                        file.path.clone(),
                        Span::new(start(one), start(one) + name.len()),
                    )
                }));
            }
            _ => {}
        }
        let of = outline.occurrences.iter();
        let matches = Match::new(target, &file.path, outline, job);
        let of = of.filter(|one| matches.is(one));
        all.extend(of.map(|one| (file.path.clone(), one.span)));
    }
    all.sort_by(|one, other| (&one.0, one.1.start).cmp(&(&other.0, other.1.start)));
    all.dedup();
    all
}

/// Where `name`, a step of the file `home`, is defined and called in a file; without the prefix.
fn calls(file: &Read, home: &Path, name: &str) -> Vec<Span> {
    let outline = &file.tree.outline;
    let folder = file.path.parent().unwrap_or(Path::new("/"));
    let mut names: HashSet<String> = HashSet::new();
    if file.path == home {
        names.insert(name.to_owned());
    }
    for used in &outline.uses {
        if plain(&folder.join(&used.path.name)) == home {
            names.insert(match &used.prefix {
                Some(prefix) => format!("{}.{name}", prefix.name),
                None => name.to_owned(),
            });
        }
    }
    let of = outline.occurrences.iter();
    of.filter(|one| one.what == What::Command && names.contains(&one.name))
        .map(|one| Span::new(one.span.end as usize - name.len(), one.span.end as usize))
        .collect()
}

/// Words `NAME=…` with which a step of the file `home` is called, `NAME` being its parameter.
pub fn named_words(server: &Server, home: &Path, step: &str, parameter: &str) -> Vec<Found> {
    let mut all = Vec::new();
    let target = Target::Step(home.to_owned(), step.to_owned());
    for file in files_of(server, &target) {
        let calls: HashSet<usize> = calls(&file, home, step)
            .iter()
            .map(|span| span.end as usize)
            .collect();
        for line in scn_grammar::logical_lines(&file.text) {
            let line = read(&file.text, line, None);
            for call in line
                .calls
                .iter()
                .filter(|call| calls.contains(&(call.name.end as usize)))
            {
                let named = line.marks.iter().filter(|mark| {
                    mark.kind == Kind::Named
                        && &file.text[mark.span.range()] == parameter
                        && call.words.iter().any(|word| word.start == mark.span.start)
                });
                all.extend(named.map(|mark| (file.path.clone(), mark.span)));
            }
        }
    }
    all
}

/// The scenarios in which a target can stand.
pub fn files_of(server: &Server, target: &Target) -> Vec<Read> {
    match target {
        Target::Variable(path, ..)
        | Target::Parameter(path, _)
        | Target::Label(path, ..)
        | Target::Prefix(path, _) => scenario(server, path).into_iter().collect(),
        Target::Step(home, name) => {
            let mut paths = crate::lsp::requests::workspace::scenarios(server);
            if !paths.contains(home) {
                paths.push(home.clone());
            }
            named(server, paths, name)
        }
        Target::Environment(_, name) => {
            let paths = crate::lsp::requests::workspace::scenarios(server);
            named(server, paths, name)
        }
    }
}

/// Those of the files that hold `name` at all.
fn named(server: &Server, paths: Vec<PathBuf>, name: &str) -> Vec<Read> {
    let read = |path: &PathBuf| {
        let text = server.documents.read(path).ok()?;
        String::from_utf8_lossy(&text)
            .contains(name)
            .then_some(())?;
        scenario(server, path)
    };
    paths.iter().filter_map(read).collect()
}

/// A scenario, open or not.
pub fn scenario(server: &Server, path: &Path) -> Option<Read> {
    if let Some(document) = server.documents.get(path) {
        if document.sort != Sort::Scenario {
            return None;
        }
        return Some(Read {
            path: path.to_owned(),
            text: document.text.as_str().to_owned(),
            tree: document.tree(),
        });
    }
    let text = String::from_utf8(server.documents.read(path).ok()?).ok()?;
    Some(Read {
        path: path.to_owned(),
        tree: Rc::new(Tree::of(&text)),
        text,
    })
}

impl Server {
    /// Places as the client knows them.
    pub(super) fn locations(&self, found: &[Found]) -> Vec<Location> {
        let mut texts: std::collections::HashMap<&Path, Text> = std::collections::HashMap::new();
        let mut all = Vec::new();
        for (path, span) in found {
            let range = match self.documents.get(path) {
                Some(document) => document.text.range(*span, self.encoding),
                None => {
                    let Ok(bytes) = self.documents.read(path) else {
                        continue;
                    };
                    let new = || Text::new(String::from_utf8_lossy(&bytes));
                    let text = texts.entry(path).or_insert_with(new);
                    text.range(*span, self.encoding)
                }
            };
            let open = self
                .documents
                .get(path)
                .map(|document| document.uri.clone());
            if let Some(uri) = open.or_else(|| uri::uri(path)) {
                all.push(Location::new(uri, range));
            }
        }
        all
    }
}

/// Where the environment says what that is.
pub fn in_environment(environment: &Environment, what: What, name: &str) -> Option<Found> {
    let place = match what {
        What::Command => environment.commands.get(name)?.place,
        _ => valued(environment, name)?,
    };
    found(&environment.sources, place)
}

fn valued(environment: &Environment, name: &str) -> Option<Place> {
    let component = environment.components.get(name).map(|one| one.place);
    let host = || environment.hosts.get(name).map(|one| one.place);
    let var = || environment.vars.get(name).map(|one| one.place());
    let secret = || environment.secrets.get(name).map(|one| one.place);
    // A background command's job goes by its name.
    let alias = || environment.commands.get(name).map(|one| one.place);
    component
        .or_else(host)
        .or_else(var)
        .or_else(secret)
        .or_else(alias)
}

fn found(sources: &[Source], place: Place) -> Option<Found> {
    let source = sources.get(place.source)?;
    Some((PathBuf::from(&source.path), place.span))
}
