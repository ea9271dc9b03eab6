//! Command lines: what the command is, what its words are and where they go.

use std::borrow::Cow;
use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_grammar::tree::{Part, Step, Word};
use scn_protocol::{Handle, HandleKind, Signature, Type, Value};

use super::Found;
use super::scope::Scope;
use super::written;
use crate::bind::{self, Goes, Misfit};
use crate::codes;
use crate::function::Kind;
use crate::program::{Binding, Op, StepSite, WordKind, WordSite};

/// What a command line is used for.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// A step.
    Plain,
    /// `set NAME COMMAND`: the variable.
    Set(u32),
    /// `background NAME COMMAND`: the variable.
    Background(u32),
    /// `defer COMMAND`, and what is owed.
    Defer,
}

/// A word, cut at the `=` of `name=value`.
pub(crate) struct Cut<'t> {
    /// What stands before the `=`.
    pub name: Option<Rc<str>>,
    /// What stands after it; without one, the whole word.
    pub parts: Cow<'t, [Part]>,
    /// The whole.
    pub(super) word: &'t Word,
}

impl Cut<'_> {
    /// Whether it begins with what is written there, and not with a value.
    pub(super) fn is_written(&self) -> bool {
        match self.parts.first() {
            Some(Part::Bare(text) | Part::Quoted(text)) => !text.is_empty(),
            Some(Part::Value { .. } | Part::Splat(_)) | None => false,
        }
    }
}

impl Scope<'_, '_> {
    /// Compiles a command line.
    pub fn step(&mut self, step: &Step, purpose: Purpose) {
        let before = self.at(step.span);
        let used = self.used();
        let (name, (binding, signature)) = self.resolve(step, &purpose);
        self.habits(step, &name);
        if let Binding::Alias(alias) = &binding
            && alias.background
        {
            self.compiler.begun.insert(alias.name.clone());
        }

        match binding {
            Binding::Own(function)
                if !matches!(purpose, Purpose::Background(_) | Purpose::Defer) =>
            {
                self.own_step(step, &name, function, &purpose);
            }
            binding => {
                if matches!(binding, Binding::Own(_)) {
                    self.check_own_modifiers(step, &name);
                }
                self.effect(step, name, (binding, signature), purpose);
            }
        }
        self.release(used);
        self.back_at(before);
    }

    /// What the command is.
    fn resolve(&mut self, step: &Step, purpose: &Purpose) -> (String, Found) {
        let Some(name) = step.command.literal().map(Cow::into_owned) else {
            self.compiler.bind_all();
            return (String::new(), (Binding::Dynamic, None));
        };
        if let Some(found) = self.compiler.command(&name) {
            return (name, found);
        }
        let full = self.compiler.registry.ambiguous(&name);
        if !full.is_empty() {
            self.ambiguous(step, &name, &full);
        } else {
            self.unknown_command(step, &name, purpose);
        }
        // Its words are checked all the same, and what it sets is set: one mistake, one finding.
        (name, (Binding::Dynamic, None))
    }

    /// A step that asks for an effect.
    fn effect(&mut self, step: &Step, name: String, found: Found, purpose: Purpose) {
        let (binding, signature) = found;
        let modifiers = self.modifiers(&step.modifiers, &purpose);
        let cuts: Vec<Cut<'_>> = step.words.iter().map(cut).collect();
        let goes = signature
            .as_ref()
            .and_then(|signature| self.assign(step, &cuts, signature));
        if matches!(binding, Binding::Dynamic) {
            let from = self.temporary();
            self.text(&step.command.parts, from);
            self.emit(Op::Push { from });
        }
        if let Binding::Command(command) = &binding
            && goes.is_some()
        {
            self.misused(step, &**command);
        }
        let mut words = Vec::with_capacity(cuts.len());
        for (at, cut) in cuts.iter().enumerate() {
            let kind = signature
                .as_ref()
                .zip(goes.as_ref())
                .and_then(|(signature, goes)| kind_of(signature, goes[at]));
            let taken = at > 0 && bind::takes_next(self.source(cuts[at - 1].word.span));
            let kind = kind.filter(|kind| !(taken && *kind == Type::Component));
            let used = self.used();
            let kind = self.push_word(cut, kind);
            self.release(used);
            words.push(WordSite {
                name: cut.name.clone(),
                kind,
                text: Rc::from(self.source(cut.word.span)),
                quoted: matches!(
                    cut.parts.first(),
                    Some(Part::Quoted(_) | Part::Value { quoted: true, .. })
                ),
                written: cut.is_written(),
            });
        }
        let target = match &purpose {
            Purpose::Set(variable) | Purpose::Background(variable) => Some(*variable),
            Purpose::Plain => self.job_variable(&binding),
            Purpose::Defer => None,
        };
        let target_name =
            target.map(|variable| Rc::clone(&self.function.variables[variable as usize].name));
        let keeps = matches!(purpose, Purpose::Set(_));
        let place = self.place(step.span);
        let steps = &mut self.compiler.program.steps;
        steps.push(StepSite {
            place,
            name,
            binding,
            words,
            modifiers,
            keeps,
            target: target_name,
        });
        let site = (steps.len() - 1) as u32;
        match purpose {
            Purpose::Defer => {
                self.emit(Op::Defer { site });
            }
            Purpose::Background(variable) => {
                let to = self.target(variable);
                self.emit(Op::Background { to, site });
                self.store(variable, to);
            }
            Purpose::Plain | Purpose::Set(_) => {
                let to = match target {
                    Some(variable) => self.target(variable),
                    None => self.temporary(),
                };
                self.emit(Op::Step { to, site });
                if let Some(variable) = target {
                    self.store(variable, to);
                }
            }
        }
    }

    /// Words that fit the command's signature, and that it can do nothing with.
    fn misused(&mut self, step: &Step, command: &dyn crate::Command) {
        let words: Vec<_> = step.words.iter().map(Word::literal).collect();
        let Some(misused) = command.misused(&words) else {
            return;
        };
        let Some(word) = step.words.get(misused.word) else {
            return;
        };
        let mut found = Diagnostic::new(&codes::WORD_TYPE, word.span, misused.reason);
        let known = misused.known.iter().map(String::as_str);
        if let Some(meant) = words[misused.word]
            .as_deref()
            .and_then(|given| scn_grammar::diagnostic::meant(given, known))
        {
            found = found
                .help(format!("did you mean `{meant}`?"))
                .replace(meant.to_owned());
        }
        self.report(found);
    }

    /// The variable that an alias in the background is known by.
    fn job_variable(&self, binding: &Binding) -> Option<u32> {
        match binding {
            Binding::Alias(alias) if alias.background => {
                self.variables.get(alias.name.as_str()).copied()
            }
            _ => None,
        }
    }

    /// Finds where the words go, if that is known before the run.
    pub(super) fn assign(
        &mut self,
        step: &Step,
        cuts: &[Cut<'_>],
        signature: &Signature,
    ) -> Option<Vec<Goes>> {
        if cuts
            .iter()
            .any(|cut| matches!(&*cut.parts, [Part::Splat(_)]))
        {
            return None;
        }
        let names: Vec<Option<&str>> = cuts.iter().map(|cut| cut.name.as_deref()).collect();
        match bind::assign(signature, &names) {
            Ok(goes) => Some(goes),
            Err(misfit) => {
                self.misfit(step, cuts, signature, &misfit);
                None
            }
        }
    }

    fn misfit(&mut self, step: &Step, cuts: &[Cut<'_>], signature: &Signature, misfit: &Misfit) {
        let texts: Vec<String> = cuts
            .iter()
            .map(|cut| self.source(cut.word.span).to_owned())
            .collect();
        let message = bind::explain(misfit, signature, &texts);
        let (code, span) = match misfit {
            Misfit::TooMany(at) => (&codes::WORD_COUNT, cuts[*at].word.span),
            Misfit::Missing(_) | Misfit::TooFew => (&codes::WORD_COUNT, step.command.span),
            Misfit::Unknown(at) => (&codes::UNKNOWN_PARAMETER, cuts[*at].word.span),
            Misfit::Twice(at) => (&codes::UNKNOWN_PARAMETER, cuts[*at].word.span),
        };
        let mut help = format!("it is written: {}", bind::usage(signature));
        if let Misfit::Unknown(at) = misfit {
            let given = texts[*at].split('=').next().unwrap_or_default();
            let known = signature.params.iter().map(|param| param.name.as_str());
            if let Some(meant) = scn_grammar::diagnostic::meant(given, known) {
                help = format!("did you mean `{meant}=`? {help}");
            }
        }
        let option = |text: &&String| {
            let name = text.strip_prefix("--").map(|text| text.split('=').next());
            let known = |name: &str| signature.params.iter().any(|param| param.name == name);
            name.flatten().is_some_and(known)
        };
        if let Some(option) = texts.iter().find(option) {
            let name = option.trim_start_matches('-').split('=').next();
            help = format!("write: {}=…; {help}", name.unwrap_or_default());
        } else if let [name, sign, value, ..] = texts.as_slice()
            && sign == "="
            && signature.params.iter().any(|param| param.name == *name)
        {
            help = format!("without blanks: {name}={value}; {help}");
        }
        let of_components = signature
            .rest
            .as_ref()
            .is_some_and(|rest| rest.kind == Type::Component);
        if *misfit == Misfit::TooFew && of_components {
            let known = self.compiler.component_names().into_iter();
            let known: Vec<String> = known.filter(|name| name != super::names::SYSTEM).collect();
            if !known.is_empty() {
                help = format!("{help}; there is {}", known.join(", "));
            }
        }
        if let Misfit::TooMany(at) = misfit
            && let Some(time) = at
                .checked_sub(1)
                .and_then(|before| self.time_in_two_words(&texts[before], &texts[*at]))
        {
            help = format!("a time has its unit at the number: {time}");
        }
        self.report(Diagnostic::new(code, span, message).help(help));
    }

    /// `5 s`
    fn time_in_two_words(&self, number: &str, unit: &str) -> Option<String> {
        number.parse::<f64>().ok()?;
        let time = format!("{number}{unit}");
        let known = scn_protocol::quantity::parse_duration(&time).is_some();
        scn_grammar::other_time(&time).or(known.then_some(time))
    }

    /// Pushes a word's value; a literal is read as the type of its parameter.
    pub(super) fn push_word(&mut self, cut: &Cut<'_>, kind: Option<Type>) -> WordKind {
        if let Some(literal) = super::literal::literal(&cut.parts) {
            let value = self.literal_word(cut, literal, kind);
            let from = self.temporary();
            self.load(value, from);
            self.emit(Op::Push { from });
            return WordKind::Text;
        }
        match &*cut.parts {
            [Part::Splat(list)] => {
                self.check_kind(Kind::List, list, "#{*…}");
                let from = self.value(list);
                self.emit(Op::Push { from });
                WordKind::Splat
            }
            [
                Part::Value {
                    expr,
                    quoted: false,
                },
            ] => {
                let from = self.value(expr);
                self.emit(Op::Push { from });
                WordKind::Value
            }
            parts => {
                let from = self.temporary();
                self.text(parts, from);
                self.emit(Op::Push { from });
                WordKind::Text
            }
        }
    }

    pub(super) fn literal_word(
        &mut self,
        cut: &Cut<'_>,
        literal: Cow<'_, str>,
        kind: Option<Type>,
    ) -> Value {
        match kind {
            None | Some(Type::Any | Type::Text) => Value::text(literal),
            Some(Type::Component) => self.component_word(cut.word, literal.into_owned()),
            Some(kind) => match crate::ops::coerce(&Value::from(&*literal), kind) {
                Ok(value) => value,
                Err(reason) => {
                    let found = Diagnostic::new(&codes::WORD_TYPE, cut.word.span, reason);
                    let found = written::instead(found, kind, &literal);
                    self.report(found);
                    Value::text(literal)
                }
            },
        }
    }

    /// A word that names a component, a job or a process.
    fn component_word(&mut self, word: &Word, text: String) -> Value {
        let number = text.parse::<i64>().is_ok();
        let signal = text
            .strip_prefix("SIG")
            .filter(|name| name.chars().all(|c| c.is_ascii_uppercase()));
        if let Some(signal) = signal.filter(|_| self.compiler.component_kind(&text).is_none()) {
            let message = format!("there is no component `{text}`");
            let found = Diagnostic::new(&codes::UNKNOWN_COMPONENT, word.span, message);
            self.report(
                found
                    .help(format!("a signal has a sign before it: -{signal}"))
                    .replace(format!("-{signal}")),
            );
            return Value::from(text);
        }
        if number || text.starts_with('-') {
            return Value::from(text);
        }
        if let Some(kind) = self.compiler.component_kind(&text) {
            return Value::Handle(Handle { kind, name: text }.into());
        }
        if self.variables.contains_key(text.as_str()) {
            return Value::Handle(
                Handle {
                    kind: HandleKind::Job,
                    name: text,
                }
                .into(),
            );
        }
        self.unknown_component(word, &text);
        Value::from(text)
    }
}

/// The type that a word is read as, where it goes.
fn kind_of(signature: &Signature, goes: Goes) -> Option<Type> {
    match goes {
        Goes::Param(param) => signature.params.get(param).map(|param| param.kind),
        Goes::Rest => signature.rest.as_ref().map(|rest| rest.kind),
        Goes::RestWhole => None,
    }
}

/// Cuts `name=value` where the name and `=` are unquoted.
pub(crate) fn cut(word: &Word) -> Cut<'_> {
    if let Some(Part::Bare(text)) = word.parts.first()
        && let Some((name, rest)) = text.split_once('=')
        && is_name(name)
    {
        let mut parts = word.parts[1..].to_vec();
        if !rest.is_empty() {
            parts.insert(0, Part::Bare(rest.into()));
        }
        if parts.is_empty() {
            parts.push(Part::Quoted("".into()));
        }
        return Cut {
            name: Some(Rc::from(name)),
            parts: Cow::Owned(parts),
            word,
        };
    }
    cut_whole(word)
}

pub(super) fn cut_whole(word: &Word) -> Cut<'_> {
    Cut {
        name: None,
        parts: Cow::Borrowed(&word.parts),
        word,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
