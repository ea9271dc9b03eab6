//! What stands at the caret.

use scn_grammar::Span;
use scn_grammar::keyword::keyword_of;
use scn_interpreter::Environment;
use scn_interpreter::environment::Place;
use scn_interpreter::function;

use super::Around;
use super::fields::fields;
use super::outline::What;
use super::reader::{Kind, Line, Mark, line_at, read};
use super::resolve::{Meaning, resolve};
use crate::verbs::help::pages;

/// What is said of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The words that it is said of.
    pub span: Span,
    /// What is said, in Markdown.
    pub text: String,
}

/// So many lines of a definition are shown.
const LINES: usize = 24;

/// What stands at byte `caret` of `text`.
pub fn hover(text: &str, caret: usize, around: &Around<'_>) -> Option<Hover> {
    let line = read(text, line_at(text, caret), None);
    let mark = mark_at(&line, caret)?;
    let said = say(text, &line, mark, around)?;
    Some(Hover {
        span: mark.span,
        text: said,
    })
}

/// The stretch that holds the caret; of two that touch there, the one that begins there.
fn mark_at(line: &Line, caret: usize) -> Option<Mark> {
    let holds = |mark: &&Mark| mark.span.range().contains(&caret);
    let ends = |mark: &&Mark| mark.span.end as usize == caret;
    let mut marks = line.marks.iter();
    let found = marks.find(holds).or_else(|| line.marks.iter().find(ends));
    found.copied()
}

fn say(text: &str, line: &Line, mark: Mark, around: &Around<'_>) -> Option<String> {
    let words = text.get(mark.span.range())?;
    let at = mark.span.start as usize;
    match mark.kind {
        Kind::Keyword | Kind::Header => keyword_of(words).map(pages::keyword),
        Kind::Command | Kind::StepName => command(words, around),
        Kind::Function => function::find(words).map(pages::function),
        Kind::Name | Kind::NewName | Kind::Job | Kind::Parameter => name(text, words, at, around),
        Kind::Host => host(words, around).or_else(|| name(text, words, at, around)),
        Kind::Label => label(text, words, at, around),
        Kind::Member => member(text, at, words, around),
        Kind::Named => parameter(text, line, at, words, around),
        Kind::Word => component(words.split('[').next()?, around.environment?),
        _ => None,
    }
}

fn command(name: &str, around: &Around<'_>) -> Option<String> {
    let Some(meaning) = resolve(name, around) else {
        let full = around.registry.ambiguous(name);
        let full: Vec<String> = full.iter().map(|one| format!("`{one}`")).collect();
        let said = format!("Several plug-ins have this command: {}.", full.join(", "));
        return (!full.is_empty()).then_some(said);
    };
    Some(match meaning {
        Meaning::Own(step) => pages::step(&step.signature, None),
        Meaning::Used(step) => {
            let file = step.file.file_name().unwrap_or_default().to_string_lossy();
            pages::step(&step.signature, Some(&file))
        }
        Meaning::Alias(environment, alias) => {
            let page = pages::alias(name, &environment.name, alias);
            match definition(environment, alias.place) {
                Some(definition) => format!("{page}\n{definition}"),
                None => page,
            }
        }
        Meaning::Command(command) => pages::command(&**command),
    })
}

/// A variable, an `@param`, a component or a name of the environment.
fn name(text: &str, name: &str, at: usize, around: &Around<'_>) -> Option<String> {
    let outline = around.outline;
    let scope = outline.scope_at(at);
    let given: Vec<_> = outline.defines(name, What::Name, scope).collect();
    if !given.is_empty() {
        let places = given.iter().map(|one| one.span.start as usize);
        return Some(format!(
            "`{name}` is a variable.\n\n{}",
            lines(text, places)
        ));
    }
    if let Some(param) = outline.defines(name, What::Parameter, 0).next() {
        let place = std::iter::once(param.span.start as usize);
        return Some(format!(
            "`{name}` is a parameter of the scenario.\n\n{}",
            lines(text, place)
        ));
    }
    let environment = around.environment?;
    if let Some(said) = component(name, environment) {
        return Some(said);
    }
    let of = &environment.name;
    if let Some(setting) = environment.vars.get(name) {
        let place = setting.place();
        let line = whole_line(
            &environment.sources.get(place.source)?.text,
            place.span.start as usize,
        );
        return Some(format!(
            "`{name}` is a name of the environment {of}:\n\n```toml\n{line}\n```\n"
        ));
    }
    if environment.secrets.contains_key(name) {
        return Some(format!(
            "`{name}` is a secret of the environment {of}: it is masked wherever text leaves."
        ));
    }
    let alias = environment.commands.get(name)?;
    alias
        .background
        .then(|| format!("`{name}` is the background job that the command of that name starts."))
}

fn host(words: &str, around: &Around<'_>) -> Option<String> {
    let environment = around.environment?;
    let name = words.split('[').next()?;
    if let Some(host) = environment.hosts.get(name) {
        let definition = definition(environment, host.place).unwrap_or_default();
        return Some(format!(
            "{name} (host of the environment {})\n\n{definition}",
            environment.name
        ));
    }
    component(name, environment)
}

/// A component: what the environment says of it.
fn component(name: &str, environment: &Environment) -> Option<String> {
    let declared = environment.components.get(name)?;
    let what = match &declared.each {
        Some(keys) => format!("a family of {} components", keys.len()),
        None => "component".to_owned(),
    };
    let definition = definition(environment, declared.place).unwrap_or_default();
    let of = &environment.name;
    Some(format!(
        "{name} ({what} of the environment {of})\n\n{definition}"
    ))
}

/// The table of a file of the environment whose name stands at that place.
fn definition(environment: &Environment, place: Place) -> Option<String> {
    let text = &environment.sources.get(place.source)?.text;
    let start = text
        .get(..place.span.start as usize)?
        .rfind('\n')
        .map_or(0, |end| end + 1);
    let mut lines = text[start..].lines();
    let mut shown = vec![lines.next()?];
    let table = shown[0].starts_with('[');
    shown.extend(lines.take_while(|line| table && !line.starts_with('[')));
    while shown
        .last()
        .is_some_and(|line| line.trim().is_empty() || line.starts_with('#'))
    {
        shown.pop();
    }
    if shown.len() > LINES {
        shown.truncate(LINES);
        shown.push("…");
    }
    Some(format!("```toml\n{}\n```\n", shown.join("\n")))
}

fn label(text: &str, name: &str, at: usize, around: &Around<'_>) -> Option<String> {
    let scope = around.outline.scope_at(at);
    let stands = around.outline.defines(name, What::Label, scope).next();
    if let Some(stands) = stands {
        let place = std::iter::once(stands.span.start as usize);
        return Some(format!("`{name}` is a label.\n\n{}", lines(text, place)));
    }
    let says = match name {
        "pass" => "ends the scenario with PASS",
        "fail" => "ends the scenario with FAIL",
        "end" => "ends the scenario, or returns from a step",
        _ => return None,
    };
    Some(format!(
        "`{name}` is a label that every scenario has: it {says}."
    ))
}

fn member(text: &str, at: usize, name: &str, around: &Around<'_>) -> Option<String> {
    let before = text.get(..at)?.strip_suffix('.')?;
    let start = before.rfind(|c: char| !(super::scan::is_name(c) || matches!(c, '.' | '[' | ']')));
    let of = &before[start.map_or(0, |start| start + 1)..];
    let known = fields(text, of, at, around);
    let (_, says) = known.into_iter().find(|(field, _)| field == name)?;
    Some(format!("`{of}.{name}`: {says}"))
}

fn parameter(
    text: &str,
    line: &Line,
    at: usize,
    name: &str,
    around: &Around<'_>,
) -> Option<String> {
    let of = |call: &&super::reader::Call| call.words.iter().any(|word| word.start as usize == at);
    let call = line.calls.iter().find(of)?;
    let command = &text[call.name.range()];
    let signature = resolve(command, around)?.signature(command);
    let param = signature.params.iter().find(|param| param.name == name)?;
    let mut said = format!("`{name}` ({}) of `{command}`", param.kind.name());
    if !param.help.is_empty() {
        said.push_str(&format!(": {}", param.help));
    }
    if let Some(default) = &param.default {
        said.push_str(&format!(" ({default} unless given)"));
    }
    Some(said)
}

/// The lines that those places are on, with their numbers.
fn lines(text: &str, places: impl Iterator<Item = usize>) -> String {
    let mut shown: Vec<String> = Vec::new();
    for place in places {
        let (line, _) = scn_grammar::line_col(text, place);
        let said = format!("{line:>4}  {}", whole_line(text, place).trim());
        if shown.last() != Some(&said) && shown.len() < LINES {
            shown.push(said);
        }
    }
    format!("```scn\n{}\n```\n", shown.join("\n"))
}

fn whole_line(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[start..].lines().next().unwrap_or_default()
}
