//! Reads an environment's file, and those that it extends.

use std::path::{Component, Path, PathBuf};

use scn_grammar::{Diagnostic, Span};

use super::read::Reader;
use super::toml::{self, Item, Table};
use super::{Environment, Place, Source, calendar, check, codes, keys, links, order, show};
use crate::platform::Files;

/// What came of loading.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The environment, if no error was found.
    pub environment: Option<Environment>,
    /// Everything that was found, each with its file.
    pub diagnostics: Vec<Diagnostic>,
    /// Every file that was read, for showing the diagnostics.
    pub sources: Vec<Source>,
}

/// How many files may extend one another.
const MAX_CHAIN: usize = 32;

/// Reads the environment in the file `path`. `root` is the project's root
/// ([`super::Project::root`]), to which the paths in it belong.
pub fn load(files: &dyn Files, path: &Path, root: &Path) -> Loaded {
    load_set(files, path, root, &[])
}

/// The same, where the command line sets names of `[vars]`: what plug-ins are given as they start may name them.
pub fn load_set(files: &dyn Files, path: &Path, root: &Path, set: &[(String, String)]) -> Loaded {
    let mut chain = Chain {
        files,
        texts: Vec::new(),
        diagnostics: Vec::new(),
    };
    chain.follow(path);
    let Chain {
        mut texts,
        mut diagnostics,
        ..
    } = chain;
    let chain_broken = !diagnostics.is_empty();
    texts.reverse();
    let mut sources: Vec<Source> = texts.iter().map(|text| text.source.clone()).collect();

    let mut environment = Environment::default();
    for (index, text) in texts.iter().enumerate() {
        let (layer, found) = read(text, index);
        diagnostics.extend(found.into_iter().map(|one| one.in_file(&text.source.path)));
        environment.merge(layer, &text.table);
    }
    if let Some((file, place)) = holidays_file(&texts) {
        let path = root.join(file);
        diagnostics.extend(holidays(
            files,
            &path,
            place,
            &mut environment,
            &mut sources,
        ));
    }
    // What is named and not there may be where a file could not be read.
    if !texts.iter().any(Text::is_broken) && !chain_broken {
        diagnostics.extend(links::check(&environment, &sources));
    }
    diagnostics.extend(order::sort(&mut environment.vars, false, &sources));
    for component in environment.components.values_mut() {
        diagnostics.extend(order::sort(&mut component.attrs, true, &sources));
    }

    name(&mut environment, path, root);
    environment.sources = sources.clone();
    // What is wrong already is not to be told a second time.
    if !diagnostics.iter().any(Diagnostic::is_error) {
        let (configs, found) = crate::plan::configs(&environment, set);
        diagnostics.extend(found);
        for (name, config) in configs {
            if let Some(plugin) = environment.plugins.get_mut(&name) {
                plugin.config = config;
            }
        }
    }
    let sound = !diagnostics.iter().any(Diagnostic::is_error);
    Loaded {
        environment: sound.then_some(environment),
        diagnostics,
        sources,
    }
}

fn name(environment: &mut Environment, path: &Path, root: &Path) {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    environment.name = stem.to_string_lossy().into_owned();
    path.clone_into(&mut environment.file);
    root.clone_into(&mut environment.root);
}

/// A file, its syntax read.
struct Text {
    source: Source,
    table: Table,
    /// What is wrong with its syntax.
    syntax: Vec<Diagnostic>,
}

impl Text {
    /// Part of it could not be read.
    fn is_broken(&self) -> bool {
        self.syntax.iter().any(|one| *one.code == codes::SYNTAX)
    }
}

/// The files that extend one another, the last first.
struct Chain<'a> {
    files: &'a dyn Files,
    texts: Vec<Text>,
    diagnostics: Vec<Diagnostic>,
}

impl Chain<'_> {
    fn follow(&mut self, path: &Path) {
        let mut path = normal(path);
        let mut seen: Vec<PathBuf> = Vec::new();
        // Where the file was asked for: in the one before, at these words.
        let mut asked: Option<(String, Span)> = None;
        loop {
            let text = match read_text(self.files, &path) {
                Ok(text) => text,
                Err(Unread::NoText { found, source }) => {
                    self.diagnostics.push(*found);
                    self.texts.push(Text {
                        source,
                        table: Table::default(),
                        syntax: Vec::new(),
                    });
                    return;
                }
                Err(Unread::Not(message)) => {
                    let (file, span) = asked.unwrap_or((shown(&path), Span::default()));
                    let found = Diagnostic::new(&codes::READ, span, message);
                    self.diagnostics.push(found.in_file(file));
                    return;
                }
            };
            let (table, syntax) = toml::parse(&text);
            let source = Source {
                path: shown(&path),
                text,
            };
            let next = extends(&table);
            let file = source.path.clone();
            self.texts.push(Text {
                source,
                table,
                syntax,
            });
            seen.push(path.clone());
            let Some((base, span)) = next else {
                return;
            };
            path = normal(&path.parent().unwrap_or(Path::new("")).join(base));
            if let Some(fault) = circle(&seen, &path) {
                let found = Diagnostic::new(&codes::CIRCLE, span, fault);
                self.diagnostics.push(found.in_file(file));
                return;
            }
            asked = Some((file, span));
        }
    }
}

fn extends(table: &Table) -> Option<(String, Span)> {
    let node = table.get("extends")?;
    match &node.item {
        Item::Text(text) => Some((text.clone(), node.span)),
        _ => None,
    }
}

fn circle(seen: &[PathBuf], next: &Path) -> Option<String> {
    if let Some(first) = seen.iter().position(|path| path == next) {
        let names: Vec<String> = seen[first..].iter().map(|path| shown(path)).collect();
        let names = names.join(" extends ");
        return Some(format!(
            "this goes in a circle: {names} extends {}",
            shown(next)
        ));
    }
    (seen.len() >= MAX_CHAIN).then(|| format!("more than {MAX_CHAIN} files extend one another"))
}

/// Why a file has no text.
pub(super) enum Unread {
    /// It is not there, or may not be read.
    Not(String),
    /// It is no text.
    NoText {
        /// What was found, at the first byte that is none.
        found: Box<Diagnostic>,
        /// The file, for showing that.
        source: Source,
    },
}

/// A file's text; why there is none.
pub(super) fn read_text(files: &dyn Files, path: &Path) -> Result<String, Unread> {
    let bytes = files.read(path).map_err(|error| {
        Unread::Not(match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no file {}", shown(path)),
            _ => format!("{} cannot be read: {error}", shown(path)),
        })
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let start = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(start).copied().unwrap_or_default();
        let message = format!("this is not UTF-8: byte 0x{byte:02X} at byte {start}");
        // Up to there the text that is shown is the file, byte for byte.
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let span = Span::new(start, start + char::REPLACEMENT_CHARACTER.len_utf8());
        let path = shown(path);
        let found = Diagnostic::new(&codes::READ, span, message)
            .help("save the file as UTF-8")
            .in_file(&path);
        Unread::NoText {
            found: Box::new(found),
            source: Source { path, text },
        }
    })
}

/// A path as it is shown.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A path without `.` and, where that can be seen, without `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut all = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(all.components().next_back(), Some(Component::Normal(_))) =>
            {
                all.pop();
            }
            other => all.push(other),
        }
    }
    all
}

/// Everything that one file says.
fn read(text: &Text, index: usize) -> (Environment, Vec<Diagnostic>) {
    let mut found = Vec::new();
    check::table(&keys::ENVIRONMENT, &text.table, Span::default(), &mut found);
    let (layer, more) = Reader::new(&text.source.text, index).environment(&text.table);
    found.extend(more);
    // What could not be read may be what is missing; and on a line that could not be read,
    // anything else that is said is guesswork.
    if text.is_broken() {
        found.retain(|one| *one.code != codes::MISSING);
    }
    let lines: Vec<Span> = text
        .syntax
        .iter()
        .map(|one| doubtful(&text.source.text, one))
        .collect();
    found.retain(|one| {
        // The lines are in order: only the last that begins before its end can touch it.
        let after = lines.partition_point(|line| line.start <= one.span.end);
        let touched = lines[..after].last();
        touched.is_none_or(|line| line.end < one.span.start)
    });
    found.extend(text.syntax.iter().cloned());
    found.sort_by_key(|one| one.span.start);
    (layer, found)
}

/// The lines that an error leaves in doubt: those it touches, and after a bracket that is
/// never closed all that follow.
fn doubtful(text: &str, error: &Diagnostic) -> Span {
    let before = text.get(..error.span.start as usize).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    if error.incomplete {
        return Span::new(start, text.len());
    }
    let after = text.get(error.span.end as usize..).unwrap_or_default();
    let end = after
        .find('\n')
        .map_or(text.len(), |at| error.span.end as usize + at);
    Span::new(start, end)
}

/// The file of holidays that the calendar names, and where it does.
fn holidays_file(texts: &[Text]) -> Option<(String, Place)> {
    let source = texts.iter().rposition(|text| text.table.has("calendar"))?;
    let Item::Table(calendar) = &texts[source].table.get("calendar")?.item else {
        return None;
    };
    let node = calendar.get("holidays")?;
    match &node.item {
        Item::Text(file) => Some((
            file.clone(),
            Place {
                source,
                span: node.span,
            },
        )),
        _ => None,
    }
}

/// Reads the calendar's holidays from `path`, which stands at `place`.
fn holidays(
    files: &dyn Files,
    path: &Path,
    place: Place,
    environment: &mut Environment,
    sources: &mut Vec<Source>,
) -> Vec<Diagnostic> {
    match read_text(files, path) {
        Err(Unread::NoText { found, source }) => {
            sources.push(source);
            vec![*found]
        }
        Err(Unread::Not(message)) => {
            let asking = sources.get(place.source).map(|source| source.path.clone());
            let found = Diagnostic::new(&codes::READ, place.span, message);
            vec![found.in_file(asking.unwrap_or_default())]
        }
        Ok(text) => {
            let (days, found) = calendar::read_holidays(&text);
            if let Some(calendar) = &mut environment.calendar {
                calendar.holidays = days;
            }
            let path = shown(path);
            let found = found.into_iter().map(|one| one.in_file(&path)).collect();
            sources.push(Source { path, text });
            found
        }
    }
}

impl Environment {
    /// Puts what another file says over what is there: `[vars]` key by key, every other
    /// named table whole.
    fn merge(&mut self, over: Environment, table: &Table) {
        self.vars.extend(over.vars);
        if over.calendar.is_some() {
            self.calendar = over.calendar;
        }
        if table.has("limits") {
            self.limits = over.limits;
        }
        if table.has("setup") {
            self.setup = over.setup;
        }
        self.hosts.extend(over.hosts);
        self.components.extend(over.components);
        self.commands.extend(over.commands);
        self.plugins.extend(over.plugins);
        self.secrets.extend(over.secrets);
        show::put_over(&mut self.document, table);
    }
}
