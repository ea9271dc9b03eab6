//! What could stand at the caret.

use std::path::Path;

use scn_grammar::Span;
use scn_grammar::keyword::{KEYWORDS, KeywordKind};
use scn_interpreter::function::FUNCTIONS;
use scn_protocol::{Signature, Type};

use super::expression::OPERATORS;
use super::fields::fields;
use super::outline::What;
use super::reader::{Call, Line, Slot, line_at, read};
use super::resolve::{brief, of_alias, resolve, usage};
use super::{Around, scan};
use crate::verbs::help::keywords;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A word of the language.
    Keyword,
    /// A command of the environment, a plug-in or the standard library.
    Command,
    /// A step of the scenario's own.
    Step,
    /// A parameter of the command, `name=`.
    Parameter,
    /// A component, a host.
    Component,
    /// A variable, an `@param`, a name of `[vars]`, a job.
    Variable,
    /// A function.
    Function,
    /// An attribute, a metric, a field.
    Field,
    /// A label.
    Label,
    /// A file or a folder.
    File,
    /// A value that is written as it is.
    Value,
}

/// One thing that could stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What is shown, and typed.
    pub label: String,
    /// What it is.
    pub kind: ItemKind,
    /// How it is used: a signature, the form of a statement. May be empty.
    pub detail: String,
    /// What it does, in a sentence. May be empty.
    pub help: String,
}

/// What could stand at the caret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The word that it would take the place of.
    pub replace: Span,
    /// All that could stand there, whatever of it is typed already.
    pub items: Vec<Item>,
}

impl Completion {
    /// Those whose label begins with what stands before the caret, large and small letters alike.
    pub fn matching(&self, text: &str, caret: usize) -> Vec<&Item> {
        let typed = text.get(self.replace.start as usize..caret);
        let typed = typed.unwrap_or_default().to_lowercase();
        let begins = |item: &&Item| item.label.to_lowercase().starts_with(&typed);
        self.items.iter().filter(begins).collect()
    }
}

/// What could stand at byte `caret` of `text`.
pub fn complete(text: &str, caret: usize, around: &Around<'_>) -> Completion {
    let line = read(text, line_at(text, caret), Some(caret));
    let Some(spot) = line.spot.clone() else {
        return Completion::default();
    };
    let mut collect = Collect {
        text,
        caret,
        around,
        items: Vec::new(),
    };
    let mut replace = spot.span;
    match spot.slot {
        Slot::Statement => {
            collect.keywords(|kind| kind != KeywordKind::Header);
            collect.commands();
        }
        Slot::Header => collect.keywords(|kind| kind == KeywordKind::Header),
        Slot::Command { assign } => {
            if assign {
                collect.words(&["="]);
            }
            collect.keywords(|kind| kind == KeywordKind::Modifier);
            collect.commands();
        }
        Slot::Word { call, at } => replace = collect.word(&line, call, at, spot.span),
        Slot::Value(also) => {
            collect.words(also);
            collect.values();
        }
        Slot::Member(of) => collect.members(&of),
        Slot::After(words) => {
            collect.words(words);
            collect.words(OPERATORS);
        }
        Slot::Clause(words) => collect.words(words),
        Slot::Label => collect.labels(),
        Slot::File => replace = collect.files_of(spot.span),
        Slot::Host => {
            collect.hosts();
            collect.components();
        }
        Slot::Component => collect.components(),
        Slot::Job => collect.jobs(),
        Slot::Free => {}
    }
    Completion {
        replace,
        items: collect.items,
    }
}

struct Collect<'a> {
    text: &'a str,
    caret: usize,
    around: &'a Around<'a>,
    items: Vec<Item>,
}

impl Collect<'_> {
    fn add(
        &mut self,
        label: impl Into<String>,
        kind: ItemKind,
        detail: impl Into<String>,
        help: impl Into<String>,
    ) {
        let label = label.into();
        if self.items.iter().all(|item| item.label != label) {
            self.items.push(Item {
                label,
                kind,
                detail: detail.into(),
                help: help.into(),
            });
        }
    }

    fn words(&mut self, words: &[&str]) {
        for word in words {
            self.add(*word, ItemKind::Keyword, "", "");
        }
    }

    fn keywords(&mut self, which: impl Fn(KeywordKind) -> bool) {
        for keyword in KEYWORDS.iter().filter(|keyword| which(keyword.kind)) {
            let help = keywords::text(keyword.word).unwrap_or_default();
            let usage = keyword.usage.first().copied().unwrap_or_default();
            self.add(keyword.word, ItemKind::Keyword, usage, brief(help));
        }
    }

    fn command(&mut self, name: &str, kind: ItemKind, signature: &Signature) {
        let (usage, _) = usage(signature);
        self.add(name, kind, usage, brief(&signature.help));
    }

    fn commands(&mut self) {
        let around = self.around;
        for step in &around.outline.steps {
            self.command(&step.name.name, ItemKind::Step, &step.signature);
        }
        for step in around.used {
            self.command(&step.name, ItemKind::Step, &step.signature);
        }
        if let Some(environment) = around.environment {
            for (name, alias) in &environment.commands {
                self.command(name, ItemKind::Command, &of_alias(name, alias));
            }
        }
        for name in around.registry.names() {
            if let Some(command) = around.registry.find(&name) {
                self.command(&name, ItemKind::Command, command.signature());
            }
        }
    }

    /// A word of a command; gives what it would take the place of.
    fn word(&mut self, line: &Line, call: usize, at: usize, span: Span) -> Span {
        let Some(call) = line.calls.get(call) else {
            return span;
        };
        let name = &self.text[call.name.range()];
        let Some(meaning) = resolve(name, self.around) else {
            return span;
        };
        let signature = meaning.signature(name);
        let typed = &self.text[span.range()];
        let given = self.given(call);
        if let Some((name, _)) = typed.split_once('=')
            && let Some(param) = signature.params.iter().find(|param| param.name == name)
        {
            self.typed(param.kind);
            let start = span.start as usize + name.len() + 1;
            return Span::new(start, span.end as usize);
        }
        let position = self.position(call, at, &signature);
        let kind = match signature.params.get(position) {
            Some(param) => Some(param.kind),
            None => signature.rest.as_ref().map(|rest| rest.kind),
        };
        if let Some(kind) = kind {
            self.typed(kind);
        }
        for param in &signature.params {
            if !given.contains(&param.name) {
                self.add(
                    format!("{}=", param.name),
                    ItemKind::Parameter,
                    param.kind.name(),
                    param.help.clone(),
                );
            }
        }
        span
    }

    /// The names that words `name=value` give already.
    fn given(&self, call: &Call) -> Vec<String> {
        let words = call.words.iter().map(|word| &self.text[word.range()]);
        words
            .filter_map(|word| word.split_once('='))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    /// Which parameter the word of that number is, of those that are bound by their place.
    fn position(&self, call: &Call, at: usize, signature: &Signature) -> usize {
        let named = |word: &&Span| {
            let word = &self.text[word.range()];
            let name = word.split_once('=').map(|(name, _)| name);
            name.is_some_and(|name| signature.params.iter().any(|param| param.name == name))
        };
        let before = call.words.iter().take(at);
        let named = before.clone().filter(named).count();
        at.saturating_sub(named)
    }

    /// What can be known of a word of that type.
    fn typed(&mut self, kind: Type) {
        match kind {
            Type::Component => {
                self.components();
                self.jobs();
            }
            Type::Bool => {
                for word in ["true", "false"] {
                    self.add(word, ItemKind::Value, "", "");
                }
            }
            _ => {}
        }
    }

    fn values(&mut self) {
        let around = self.around;
        let scope = around.outline.scope_at(self.caret);
        for one in around.outline.names(What::Name, scope) {
            let line = scn_grammar::line_col(self.text, one.span.start as usize).0;
            self.add(
                &one.name,
                ItemKind::Variable,
                format!("set on line {line}"),
                "",
            );
        }
        for one in around.outline.names(What::Parameter, 0) {
            self.add(&one.name, ItemKind::Variable, "@param", "");
        }
        self.components();
        if let Some(environment) = around.environment {
            for name in environment.vars.keys() {
                self.add(name, ItemKind::Variable, "[vars]", "");
            }
            for name in environment.secrets.keys() {
                self.add(name, ItemKind::Variable, "[secrets]", "");
            }
        }
        self.add("run", ItemKind::Variable, "run.dir, run.id", "");
        for function in FUNCTIONS {
            self.add(
                function.name,
                ItemKind::Function,
                function.signature,
                brief(function.help),
            );
        }
        for name in around.registry.functions() {
            self.add(name, ItemKind::Function, "", "");
        }
        for word in ["true", "false", "none", "not"] {
            self.add(word, ItemKind::Value, "", "");
        }
    }

    fn members(&mut self, of: &str) {
        for (name, says) in fields(self.text, of, self.caret, self.around) {
            self.add(name, ItemKind::Field, "", says);
        }
    }

    fn labels(&mut self) {
        let scope = self.around.outline.scope_at(self.caret);
        for one in self.around.outline.names(What::Label, scope) {
            let line = scn_grammar::line_col(self.text, one.span.start as usize).0;
            self.add(&one.name, ItemKind::Label, format!("line {line}"), "");
        }
        for (name, says) in [
            ("pass", "ends the scenario with PASS"),
            ("fail", "ends the scenario with FAIL"),
            ("end", "ends the scenario, or returns from a step"),
        ] {
            self.add(name, ItemKind::Label, "", says);
        }
    }

    fn components(&mut self) {
        if let Some(environment) = self.around.environment {
            for (name, declared) in &environment.components {
                let Some(keys) = &declared.each else {
                    self.add(name, ItemKind::Component, "component", "");
                    continue;
                };
                let count = format!("a family of {}", keys.len());
                self.add(name, ItemKind::Component, count, "");
                for key in keys {
                    let member = format!("{name}[{}]", key.to_text());
                    self.add(member, ItemKind::Component, "component", "");
                }
            }
        }
        self.add(
            "System",
            ItemKind::Component,
            "component",
            "the machine itself",
        );
    }

    fn hosts(&mut self) {
        if let Some(environment) = self.around.environment {
            for name in environment.hosts.keys() {
                self.add(name, ItemKind::Component, "host", "");
            }
        }
    }

    fn jobs(&mut self) {
        let mut jobs: Vec<&String> = self.around.outline.jobs.iter().collect();
        jobs.sort();
        for name in jobs {
            self.add(name, ItemKind::Variable, "background job", "");
        }
        if let Some(environment) = self.around.environment {
            for (name, alias) in &environment.commands {
                if alias.background {
                    self.add(name, ItemKind::Variable, "background job", "");
                }
            }
        }
    }

    /// Scenarios and folders in the folder that is typed; gives what they would take the place of.
    fn files_of(&mut self, span: Span) -> Span {
        let typed = &self.text[span.start as usize..self.caret.max(span.start as usize)];
        let open = typed.find(scan::is_quote);
        let quote = typed.chars().find(|c| scan::is_quote(*c)).unwrap_or('\'');
        let path = match open {
            Some(at) => typed[at..].trim_start_matches(scan::is_quote),
            None => typed,
        };
        let folder = path.rfind('/').map_or("", |last| &path[..=last]);
        let within = self.around.folder.join(folder);
        let mut names = self.around.files.list(&within).unwrap_or_default();
        names.sort();
        for name in names {
            let file = Path::new(&name).extension().is_some_and(|end| end == "scn");
            let shown = if file {
                format!("{quote}{folder}{name}{quote}")
            } else if !name.contains('.') {
                format!("{quote}{folder}{name}/")
            } else {
                continue;
            };
            self.add(shown, ItemKind::File, "", "");
        }
        span
    }
}
