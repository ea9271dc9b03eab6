//! What a step resolves to: an alias with its arguments, a command of the registry, a step of the
//! scenario's own.

use std::collections::HashSet;
use std::rc::Rc;

use scn_grammar::Span;
use scn_grammar::tree::{self, ModifierKind, Part};
use scn_protocol::quantity::duration_text;
use scn_protocol::words::spelled;
use scn_protocol::{Signature, Type, Value};

use super::evaluate::{At, whole};
use super::known::Known;
use super::program::{Runs, Words, in_order};
use super::{Planner, Step};
use crate::bind::{self, Goes};
use crate::command::Command;
use crate::compile::command::signature;
use crate::compile::undo::{self, with_words};
use crate::compile::words::cut;
use crate::program::Binding;

/// A word of a step.
struct Word {
    /// `name=` stands before it.
    name: Option<String>,
    known: Known,
    /// It may become any number of words.
    open: bool,
}

impl Word {
    fn text(&self) -> String {
        match &self.name {
            Some(name) => format!("{name}={}", self.known.text()),
            None => self.known.text(),
        }
    }

    /// All of it, `name=` included.
    fn whole(&self) -> Known {
        match (&self.name, &self.known) {
            (None, known) => known.clone(),
            (Some(_), Known::Value(_)) => Known::Value(Value::from(self.text())),
            (Some(_), Known::Text(_)) => Known::Text(self.text()),
        }
    }
}

impl Planner<'_, '_> {
    /// What a step of the scenario's (or of `[setup]`) would do.
    pub fn step(&mut self, step: &tree::Step, at: At<'_>) -> Step {
        let words = self.words(&step.words, at);
        let command = self.text(&step.command.parts, at);
        let known = command.value().map(|name| name.to_text().into_owned());
        let binding = known.and_then(|name| {
            let found = self.compiler.command(&name).map(|(binding, _)| binding);
            found.map(|binding| (name, binding))
        });
        let mut planned = match binding {
            Some((_, Binding::Command(command))) => self.command(&command, &words),
            Some((name, Binding::Alias(_))) => self.alias(&name, &words),
            Some((name, Binding::Own(function))) => self.own(&name, function),
            _ => Step {
                does: format!("the command that {} names", command.text()),
                ..Step::default()
            },
        };
        for modifier in &step.modifiers {
            if let ModifierKind::On(word) = &modifier.kind {
                let name = self.text(&word.parts, at).text();
                planned.host = Some(self.host(&name));
                planned.programs.clear();
            }
        }
        let planned = self.revealed(planned);
        self.unknowns.forget();
        planned
    }

    fn revealed(&self, step: Step) -> Step {
        let reveal = |text: String| self.unknowns.reveal(&text);
        Step {
            does: reveal(step.does),
            host: step.host.map(reveal),
            details: step.details.into_iter().map(reveal).collect(),
            programs: step.programs,
            undo: step.undo.map(reveal),
        }
    }

    fn words(&mut self, words: &[tree::Word], at: At<'_>) -> Vec<Word> {
        let mut known = Vec::new();
        for word in words {
            let cut = cut(word);
            let name = cut.name.as_ref().map(ToString::to_string);
            let one = |known| Word {
                name: name.clone(),
                known,
                open: false,
            };
            match &*cut.parts {
                [Part::Splat(list)] => match self.expr(list, at) {
                    Known::Value(Value::List(list)) => {
                        known.extend(list.iter().cloned().map(Known::Value).map(one));
                    }
                    _ => {
                        let known_only_then = self.spread(list, at);
                        known.push(Word {
                            open: true,
                            ..one(known_only_then)
                        });
                    }
                },
                [
                    Part::Value {
                        expr,
                        quoted: false,
                    },
                ] => known.push(one(self.expr(expr, at))),
                parts => known.push(one(self.text(parts, at))),
            }
        }
        known
    }

    fn command(&mut self, command: &Rc<dyn Command>, words: &[Word]) -> Step {
        let texts: Vec<String> = words.iter().map(Word::text).collect();
        let mut step = Step {
            does: command.does(&texts),
            ..Step::default()
        };
        if let Some(program) = command.program(&texts) {
            step.programs.extend(self.sought(program, "", None));
        }
        let acts = command.acts();
        if !acts.is_empty() {
            let named = |text: &&String| self.compiler.component_kind(text).is_some();
            let named: Vec<&String> = texts.iter().filter(named).collect();
            for name in &named {
                self.act(name, acts, named.len() > 1, &mut step);
            }
        }
        granted(command.secrets(), &mut step.details);
        step.details.extend(command.timeout().map(at_most));
        step.undo = match self.compiler.registry.undoes(&**command) {
            Some((name, undoes)) => {
                let words = texts.iter().filter(|_| undoes.signature().takes_words());
                let words = std::iter::once(name).chain(words.cloned());
                Some(spelled(&words.collect::<Vec<_>>()))
            }
            None => undo::undo_line(&**command)
                .and_then(|line| self.line_that_undoes(&line, command.signature(), words)),
        };
        step
    }

    fn own(&self, name: &str, function: u32) -> Step {
        let program = &self.compiler.program;
        let file = program.functions.get(function as usize);
        let file = file.filter(|function| function.file != 0);
        let file = file.and_then(|function| program.files.get(function.file as usize));
        let of = file.map_or_else(String::new, |file| format!(" of {}", file.path));
        Step {
            does: format!("the step {name}{of}"),
            ..Step::default()
        }
    }

    fn alias(&mut self, name: &str, words: &[Word]) -> Step {
        let environment = self.compiler.environment;
        let alias = environment.and_then(|environment| environment.commands.get(name));
        let Some(alias) = alias else {
            return Step::default();
        };
        let signature = signature(name, alias);
        let (params, words) = self.bound(&signature, words);
        let follow = alias.params.is_none();
        let shell = match follow {
            true => words.texts.clone(),
            false => in_order(&signature, &params, &words),
        };
        let words = Words {
            follow,
            shell,
            ..words
        };
        let with = Runs {
            words: Some(words),
            ..Runs::default()
        };
        let runs = self.program(&alias.program, &params, &with);
        let host = alias.on.as_deref().map(|on| self.host(on));
        let mut step = Step {
            does: runs.line,
            details: runs.details,
            programs: runs.sought.filter(|_| host.is_none()).into_iter().collect(),
            host,
            ..Step::default()
        };
        granted(&alias.secrets, &mut step.details);
        if let Some(timeout) = alias.timeout {
            step.details.push(at_most(timeout));
        }
        if alias.background {
            step.details.push(format!("in the background, as {name}"));
        }
        step.undo = alias
            .undo
            .as_ref()
            .map(|undo| self.undo(&undo.text, &undo.step, &params, &with));
        step
    }

    /// What is known of an alias's parameters, of `args`, and the words.
    fn bound(&mut self, signature: &Signature, words: &[Word]) -> (Vec<(String, Known)>, Words) {
        let names: Vec<Option<&str>> = words.iter().map(|word| word.name.as_deref()).collect();
        let open = words.iter().any(|word| word.open);
        let goes = bind::assign(signature, &names).ok().filter(|_| !open);
        let mut params: Vec<(String, Known)> = Vec::new();
        for param in &signature.params {
            let known = match (&param.default, &goes) {
                (Some(value), Some(_)) => Known::Value(value.clone()),
                _ => self.unknowns.mark(&param.name),
            };
            params.push((param.name.clone(), known));
        }
        let mut rest = Vec::new();
        for (word, goes) in words.iter().zip(goes.iter().flatten()) {
            match goes {
                Goes::Param(at) => params[*at].1 = as_type(&word.known, signature.params[*at].kind),
                Goes::Rest => rest.push(word.known.clone()),
                Goes::RestWhole => rest.push(word.whole()),
            }
        }
        if goes.is_none() {
            rest = words.iter().map(Word::whole).collect();
        }
        let args: Vec<Known> = words.iter().map(Word::whole).collect();
        let mut lists = Vec::new();
        let named = signature.rest.iter().map(|rest| rest.name.as_str());
        for (name, list) in named.map(|name| (name, &rest)).chain([("args", &args)]) {
            let known = whole(list.iter().cloned())
                .filter(|_| !open)
                .map(Value::list);
            let known = known.map_or_else(|| self.unknowns.mark(name), Known::Value);
            params.push((name.to_owned(), known));
            lists.push((name.to_owned(), list.iter().map(Known::text).collect()));
        }
        let texts = args.iter().map(Known::text).collect();
        let words = Words {
            texts,
            lists,
            ..Words::default()
        };
        (params, words)
    }

    /// The command line that undoes a command of a plug-in.
    fn line_that_undoes(
        &mut self,
        line: &str,
        signature: &Signature,
        words: &[Word],
    ) -> Option<String> {
        let step = scn_grammar::parse_command_line(line).ok()?;
        let (params, words) = self.bound(signature, words);
        let with = Runs {
            words: Some(words),
            ..Runs::default()
        };
        Some(self.undo(line, &step, &params, &with))
    }

    /// A command line that undoes a step.
    fn undo(
        &mut self,
        text: &str,
        written: &tree::Step,
        params: &[(String, Known)],
        runs: &Runs,
    ) -> String {
        let step = with_words(written);
        let text = text.to_owned();
        let source = move |span: Span| text.get(span.range()).unwrap_or("…").to_owned();
        let at = At {
            params,
            variables: &HashSet::from(["result".to_owned()]),
            source: &source,
        };
        let mut line = vec![self.text(&step.command.parts, at).text()];
        for (word, written) in step.words.iter().zip(&written.words) {
            let listed = self.listed(&word.parts, runs);
            match listed {
                Some(texts) => line.extend(texts),
                None => {
                    let words = self.words(std::slice::from_ref(written), at);
                    line.extend(words.iter().map(Word::text));
                }
            }
        }
        spelled(&line)
    }

    /// The host that `on NAME` names, NAME being a host or a component.
    fn host(&self, name: &str) -> String {
        let environment = self.compiler.environment;
        let components = environment.map(|environment| &environment.components);
        let family = name.split('[').next().unwrap_or(name);
        match components.and_then(|components| components.get(family)) {
            Some(component) => match &component.host {
                Some(host) => self.reached(host),
                None => "this machine".to_owned(),
            },
            None => self.reached(name),
        }
    }

    /// A host, and how it is reached.
    pub fn reached(&self, host: &str) -> String {
        let environment = self.compiler.environment;
        let declared = environment.and_then(|environment| environment.hosts.get(host));
        match declared.map(|declared| (&declared.agent, &declared.ssh)) {
            Some((Some(agent), _)) => format!("{host} (agent {agent})"),
            Some((None, Some(ssh))) => format!("{host} (ssh {ssh})"),
            Some((None, None)) => format!("{host} (this machine)"),
            None => host.to_owned(),
        }
    }
}

/// What is known of a word, read as its parameter's type.
fn as_type(known: &Known, kind: Type) -> Known {
    match known {
        Known::Value(value) if kind != Type::Component => {
            let read = crate::ops::coerce(value, kind);
            Known::Value(read.unwrap_or_else(|_| value.clone()))
        }
        known => known.clone(),
    }
}

fn granted(secrets: &[String], details: &mut Vec<String>) {
    if !secrets.is_empty() {
        let plural = if secrets.len() == 1 { "" } else { "s" };
        details.push(format!("given the secret{plural} {}", secrets.join(", ")));
    }
}

/// How long one attempt may take.
fn at_most(timeout: i64) -> String {
    format!("at most {}", duration_text(timeout))
}
