//! Words that name nothing, or several things: a command or a component that there is not, and what was meant.

use std::borrow::Cow;

use scn_grammar::Diagnostic;
use scn_grammar::keyword::{KEYWORDS, KeywordKind};
use scn_grammar::tree::{Step, Word};

use super::scope::Scope;
use super::words::Purpose;
use crate::codes;

impl Scope<'_, '_> {
    /// There is no command of that name: says what was meant, as far as that can be guessed.
    pub(super) fn unknown_command(&mut self, step: &Step, name: &str, purpose: &Purpose) {
        let known = self.compiler.command_names();
        let begins_the_line = *purpose == Purpose::Plain && step.modifiers.is_empty() && !step.call;
        let keywords = match begins_the_line {
            true => keywords_for(name),
            false => Vec::new(),
        };
        let meant =
            scn_grammar::diagnostic::meant(name, known.iter().map(String::as_str).chain(keywords))
                .map(str::to_owned);
        let mut diagnostic = Diagnostic::new(
            &codes::UNKNOWN_COMMAND,
            step.command.span,
            format!("there is no command `{name}`"),
        );
        let number = name.starts_with(|c: char| c.is_ascii_digit());
        if number && matches!(purpose, Purpose::Set(_)) {
            let rest: Vec<&str> = step
                .words
                .iter()
                .map(|word| self.source(word.span))
                .collect();
            let value = [&[name], rest.as_slice()].concat().join(" ");
            let help = format!("to keep a value, write: = {value}");
            self.report(diagnostic.help(help).replace(format!("= {name}")));
            return;
        }
        let is_time = scn_protocol::quantity::parse_duration(name).is_some();
        if let Some((help, replacement)) = self.written_otherwise(step, name, &known) {
            diagnostic.replacement = replacement;
            self.report(diagnostic.help(help));
            return;
        }
        let beside = beside(name, &known);
        diagnostic = match (meant, self.compiler.environment) {
            _ if is_time => diagnostic.help(format!(
                "a time stands before the command that it limits: `timeout {name} COMMAND`"
            )),
            (Some(meant), _) => diagnostic.help(format!("did you mean `{meant}`?")).replace(meant),
            _ if !beside.is_empty() => diagnostic.help(format!("there is {}", some_of(&beside))),
            (None, None) => diagnostic.help(format!(
                "no environment was given (--env NAME), so there are only the built-in commands; a program is run by `run {name}`"
            )),
            (None, Some(environment)) => diagnostic.help(format!(
                "add [commands.{name}] to the environment `{}`; or run a program of that name with `run {name}`",
                environment.name
            )),
        };
        self.report(diagnostic);
    }

    /// What a line that is no command was meant to be, and what to put in place of its first word.
    fn written_otherwise(
        &self,
        step: &Step,
        name: &str,
        known: &[String],
    ) -> Option<(String, Option<String>)> {
        fn word(word: &Word) -> Option<Cow<'_, str>> {
            word.literal().filter(|_| word.parts.len() == 1)
        }
        if let Some(help) = self.only_a_value(step, name) {
            return Some((help, None));
        }
        let second = step.words.first().and_then(word);
        let joined = second.as_ref().map(|second| format!("{name}_{second}"));
        if let Some(joined) = joined.filter(|joined| known.contains(joined)) {
            return Some((
                format!("did you mean `{joined}`? A command is one word"),
                None,
            ));
        }
        let ends_in_a_colon = step
            .words
            .last()
            .and_then(word)
            .is_some_and(|last| last.ends_with(':'));
        if ends_in_a_colon && scn_grammar::other_word(name).is_none() {
            let words = step.words.iter().filter_map(word);
            let label = [Cow::Borrowed(name)]
                .into_iter()
                .chain(words)
                .collect::<Vec<_>>();
            let label = label.join("_").replace("_:", ":");
            return Some((
                format!("a label is one word of letters, digits and `_`: {label}"),
                None,
            ));
        }
        match second.as_deref() {
            Some("=") => {
                let help = format!("to keep a value, write: set {name} = …");
                return Some((help, Some(format!("set {name}"))));
            }
            Some("==" | "!=" | "<" | ">" | "<=" | ">=") => {
                let help = format!("to ask whether it is so, write: assert {name} …");
                return Some((help, Some(format!("assert {name}"))));
            }
            _ => {}
        }
        let other = scn_grammar::other_word(name)?;
        Some((other.help.to_owned(), other.replacement.map(str::to_owned)))
    }

    /// What is said of `x`, `x.exit` or `1 + 1` on a line of its own.
    fn only_a_value(&self, step: &Step, name: &str) -> Option<String> {
        let owner = name.split('.').next().unwrap_or_default();
        let known = step.words.is_empty()
            && (self.variables.contains_key(owner)
                || self.compiler.component_kind(owner).is_some());
        let written = self.source(step.span);
        let computed = name.starts_with(|c: char| c.is_ascii_digit())
            && !step.words.is_empty()
            && scn_grammar::parse_expression(written).is_ok();
        let plain = step.modifiers.is_empty() && !step.call;
        (plain && (known || computed)).then(|| {
            format!("a value alone does nothing: echo #{{{written}}} says it; at a prompt `= {written}` shows it")
        })
    }

    /// Several plug-ins have that command.
    pub(super) fn ambiguous(&mut self, step: &Step, name: &str, full: &[String]) {
        let plugins = full.iter().map(|full| format!("`{full}`"));
        let message = format!(
            "{} plug-ins have a command `{name}`: say which is meant",
            full.len()
        );
        let help = format!("write {}", plugins.collect::<Vec<_>>().join(" or "));
        let found = Diagnostic::new(&codes::AMBIGUOUS_COMMAND, step.command.span, message);
        self.report(found.help(help));
    }

    /// There is no component of that name: says what was meant, as far as that can be guessed.
    pub(super) fn unknown_component(&mut self, word: &Word, text: &str) {
        let known = self.compiler.component_names();
        let meant = scn_grammar::diagnostic::meant(text, known.iter().map(String::as_str))
            .map(str::to_owned);
        let mut diagnostic = Diagnostic::new(
            &codes::UNKNOWN_COMPONENT,
            word.span,
            format!("there is no component `{text}`"),
        );
        let of_family = text.split_once('[').map(|(family, _)| family);
        let members = of_family.map(|family| self.compiler.member_names(family));
        let member = of_family.and_then(|family| {
            let meant = scn_grammar::diagnostic::meant(family, known.iter().map(String::as_str));
            let meant = meant.filter(|meant| *meant != family)?;
            let member = format!("{meant}{}", &text[family.len()..]);
            self.compiler
                .member_names(meant)
                .contains(&member)
                .then_some(member)
        });
        diagnostic = match (meant, self.compiler.environment) {
            _ if member.is_some() => {
                let member = member.unwrap_or_default();
                let help = format!("did you mean `{member}`?");
                diagnostic.help(help).replace(member)
            }
            _ if members.as_ref().is_some_and(|members| !members.is_empty()) => {
                let members = members.unwrap_or_default();
                diagnostic.help(format!("there is {}", some_of(&members)))
            }
            (None, Some(_)) if matches!(text, "and" | "or" | "," | "&") => diagnostic
                .help("leave it out: several stand one after the other, with blanks between them"),
            (Some(meant), Some(_)) if text == format!("{meant},") => diagnostic
                .help(format!(
                    "several stand with blanks between them, and no comma: {meant}"
                ))
                .replace(meant),
            (Some(meant), _) => diagnostic
                .help(format!("did you mean `{meant}`?"))
                .replace(meant),
            (None, None) => {
                diagnostic.help("components are described by an environment: --env NAME")
            }
            (None, Some(environment)) if environment.components.is_empty() => diagnostic.help(format!(
                "the environment `{}` has no components: describe it there, [components.{text}]",
                environment.name
            )),
            (None, Some(environment)) => {
                let list = environment
                    .components
                    .keys()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ");
                diagnostic.help(format!(
                    "the environment `{}` has: {list}",
                    environment.name
                ))
            }
        };
        self.report(diagnostic);
    }
}

/// The keywords that a first word can be meant for: short ones are near to too much.
fn keywords_for(name: &str) -> Vec<&'static str> {
    let words = KEYWORDS
        .iter()
        .filter(|keyword| keyword.kind != KeywordKind::Header)
        .map(|keyword| keyword.word);
    words
        .filter(|word| word.len() > 3 || word.eq_ignore_ascii_case(name))
        .collect()
}

/// The commands that have what stands before the point of `name`, as steps of a used file and a plug-in's commands do.
fn beside(name: &str, known: &[String]) -> Vec<String> {
    let Some((owner, _)) = name.split_once('.') else {
        return Vec::new();
    };
    let of_owner = |known: &&String| known.split_once('.').is_some_and(|(of, _)| of == owner);
    known.iter().filter(of_owner).cloned().collect()
}

/// So many names are told.
const TOLD: usize = 8;

/// Names, of many the first.
fn some_of(names: &[String]) -> String {
    let told = names
        .iter()
        .take(TOLD)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len() > TOLD {
        true => format!("{told}, …"),
        false => told,
    }
}
