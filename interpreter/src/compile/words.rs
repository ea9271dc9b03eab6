//! Command lines: what the command is, what its words are and where they go.

use std::borrow::Cow;
use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_grammar::tree::{Expr, Modifier, ModifierKind, Part, Step, Word};
use scn_protocol::{Handle, HandleKind, Signature, Type, Value};

use super::Found;
use super::scope::Scope;
use crate::bind::{self, Goes, Misfit};
use crate::codes;
use crate::program::{Binding, Modifiers, Op, Reg, RegionKind, StepSite, WordKind, WordSite};

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
    word: &'t Word,
}

impl Scope<'_, '_> {
    /// Compiles a command line.
    pub fn step(&mut self, step: &Step, purpose: Purpose) {
        let before = self.at(step.span);
        let used = self.used();
        let (name, (binding, signature)) = self.resolve(step);
        match binding {
            Binding::Own(function)
                if !matches!(purpose, Purpose::Background(_) | Purpose::Defer) =>
            {
                self.own_step(step, &name, function, &purpose);
            }
            binding => self.effect(step, name, (binding, signature), purpose),
        }
        self.release(used);
        self.back_at(before);
    }

    /// What the command is.
    fn resolve(&mut self, step: &Step) -> (String, Found) {
        let Some(name) = step.command.literal() else {
            self.compiler.bind_all();
            return (String::new(), (Binding::Dynamic, None));
        };
        if let Some(found) = self.compiler.command(&name) {
            return (name, found);
        }
        let full = self.compiler.registry.ambiguous(&name);
        if !full.is_empty() {
            self.ambiguous(step, &name, &full);
            return (name, (Binding::Dynamic, None));
        }
        let known = self.compiler.command_names();
        let meant = scn_grammar::diagnostic::meant(&name, known.iter().map(String::as_str))
            .map(str::to_owned);
        let mut diagnostic = Diagnostic::new(
            &codes::UNKNOWN_COMMAND,
            step.command.span,
            format!("there is no command `{name}`"),
        );
        diagnostic = match (meant, self.compiler.environment) {
            (Some(meant), _) => diagnostic.help(format!("did you mean `{meant}`?")).replace(meant),
            (None, None) => diagnostic.help(format!(
                "no environment was given (--env NAME), so there are only the built-in commands; a program is run by `run {name}`"
            )),
            (None, Some(environment)) => diagnostic.help(format!(
                "add [commands.{name}] to the environment `{}`; or run a program of that name with `run {name}`",
                environment.name
            )),
        };
        self.report(diagnostic);
        // Its words are checked all the same, and what it sets is set: one mistake, one finding.
        (name, (Binding::Dynamic, None))
    }

    /// Several plug-ins have that command.
    fn ambiguous(&mut self, step: &Step, name: &str, full: &[String]) {
        let plugins = full.iter().map(|full| format!("`{full}`"));
        let message = format!(
            "{} plug-ins have a command `{name}`: say which is meant",
            full.len()
        );
        let help = format!("write {}", plugins.collect::<Vec<_>>().join(" or "));
        let found = Diagnostic::new(&codes::AMBIGUOUS_COMMAND, step.command.span, message);
        self.report(found.help(help));
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
    fn assign(
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
        self.report(Diagnostic::new(code, span, message).help(help));
    }

    /// Pushes a word's value; a literal is read as the type of its parameter.
    fn push_word(&mut self, cut: &Cut<'_>, kind: Option<Type>) -> WordKind {
        if let Some(literal) = super::expression::literal(&cut.parts) {
            let value = self.literal_word(cut, literal, kind);
            let from = self.temporary();
            self.load(value, from);
            self.emit(Op::Push { from });
            return WordKind::Text;
        }
        match &*cut.parts {
            [Part::Splat(list)] => {
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

    fn literal_word(&mut self, cut: &Cut<'_>, literal: String, kind: Option<Type>) -> Value {
        match kind {
            None | Some(Type::Any | Type::Text) => Value::from(literal),
            Some(Type::Component) => self.component_word(cut.word, literal),
            Some(kind) => match crate::ops::coerce(&Value::from(literal.as_str()), kind) {
                Ok(value) => value,
                Err(reason) => {
                    self.wrong(&codes::WORD_TYPE, cut.word.span, reason);
                    Value::from(literal)
                }
            },
        }
    }

    /// A word that names a component, a job or a process.
    fn component_word(&mut self, word: &Word, text: String) -> Value {
        let number = text.parse::<i64>().is_ok();
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
        let known = self.compiler.component_names();
        let meant = scn_grammar::diagnostic::meant(&text, known.iter().map(String::as_str))
            .map(str::to_owned);
        let mut diagnostic = Diagnostic::new(
            &codes::UNKNOWN_COMPONENT,
            word.span,
            format!("there is no component `{text}`"),
        );
        diagnostic = match (meant, self.compiler.environment) {
            (Some(meant), _) => diagnostic
                .help(format!("did you mean `{meant}`?"))
                .replace(meant),
            (None, None) => {
                diagnostic.help("components are described by an environment: --env NAME")
            }
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
        Value::from(text)
    }

    /// Pushes what stands before a command.
    fn modifiers(&mut self, list: &[Modifier], purpose: &Purpose) -> Modifiers {
        let mut modifiers = Modifiers::default();
        let mut order: Vec<&Modifier> = list.iter().collect();
        order.sort_by_key(|modifier| rank(&modifier.kind));
        let mut seen: Vec<&'static str> = Vec::new();
        for modifier in order {
            let name = modifier_name(&modifier.kind);
            if seen.contains(&name) {
                self.wrong(
                    &codes::MODIFIER,
                    modifier.span,
                    format!("`{name}` stands here a second time"),
                );
                continue;
            }
            seen.push(name);
            let used = self.used();
            match &modifier.kind {
                ModifierKind::On(word) => {
                    modifiers.on = true;
                    self.host_word(word);
                }
                ModifierKind::Timeout(duration) => {
                    modifiers.timeout = true;
                    self.push_duration(duration);
                }
                ModifierKind::Input(word) => {
                    modifiers.input = true;
                    self.push_word(&cut_whole(word), None);
                }
                ModifierKind::Retry { attempts, every } => {
                    modifiers.retry = true;
                    let from = self.value(attempts);
                    self.emit(Op::Count { of: from });
                    self.emit(Op::Push { from });
                    self.every(every.as_ref(), &mut modifiers);
                }
                ModifierKind::RetryWithin { within, every } => {
                    modifiers.within = true;
                    self.push_duration(within);
                    self.every(every.as_ref(), &mut modifiers);
                }
                ModifierKind::Not => modifiers.not = true,
                ModifierKind::Soft => modifiers.soft = true,
                ModifierKind::Try => modifiers.attempt = true,
                ModifierKind::Must if matches!(purpose, Purpose::Set(_)) => modifiers.must = true,
                ModifierKind::Must => {
                    self.wrong(
                        &codes::MODIFIER,
                        modifier.span,
                        "`must` stands after `set NAME`: a plain step ends the scenario anyway",
                    );
                }
            }
            self.release(used);
        }
        modifiers
    }

    fn every(&mut self, every: Option<&Expr>, modifiers: &mut Modifiers) {
        if let Some(every) = every {
            modifiers.every = true;
            self.push_duration(every);
        }
    }

    /// Pushes a duration; what cannot be one is an error.
    pub fn push_duration(&mut self, duration: &Expr) {
        if let Some(value) = super::expression::literal_value(duration)
            && !matches!(value, Value::Duration(nanos) if nanos >= 0)
        {
            let message = format!("a duration such as `5s` or `250ms` is needed here, not {value}");
            self.wrong(&codes::DURATION, duration.span, message);
        }
        let from = self.value(duration);
        self.emit(Op::Push { from });
    }

    fn host_word(&mut self, word: &Word) {
        if let Some(name) = word.literal() {
            self.compiler.program.hosts.push(name.clone());
            let host = self
                .compiler
                .environment
                .is_some_and(|environment| environment.hosts.contains_key(&name));
            if !host && self.compiler.component_kind(&name).is_none() {
                let mut known = self.compiler.component_names();
                if let Some(environment) = self.compiler.environment {
                    known.extend(environment.hosts.keys().cloned());
                }
                let meant = scn_grammar::diagnostic::meant(&name, known.iter().map(String::as_str))
                    .map(str::to_owned);
                let mut diagnostic = Diagnostic::new(
                    &codes::UNKNOWN_HOST,
                    word.span,
                    format!("there is no host and no component `{name}`"),
                );
                if let Some(meant) = meant {
                    diagnostic = diagnostic
                        .help(format!("did you mean `{meant}`?"))
                        .replace(meant);
                }
                self.report(diagnostic);
            }
        }
        self.push_word(&cut_whole(word), None);
    }

    /// A step of the scenario's own, called as a function.
    fn own_step(&mut self, step: &Step, name: &str, function: u32, purpose: &Purpose) {
        let Some(signature) = self.compiler.own_signature(name) else {
            return;
        };
        let kinds: Vec<&ModifierKind> = step
            .modifiers
            .iter()
            .map(|modifier| &modifier.kind)
            .collect();
        for modifier in &step.modifiers {
            if matches!(modifier.kind, ModifierKind::On(_) | ModifierKind::Input(_)) {
                let message = format!(
                    "`{name}` is a step of the scenario: put `{}` before the commands in it",
                    modifier_name(&modifier.kind)
                );
                self.wrong(&codes::MODIFIER, modifier.span, message);
            }
        }
        let has = |wanted: &ModifierKind| {
            kinds
                .iter()
                .any(|kind| std::mem::discriminant(*kind) == std::mem::discriminant(wanted))
        };
        let keep = matches!(purpose, Purpose::Set(_)) && !has(&ModifierKind::Must);
        let cuts: Vec<Cut<'_>> = step.words.iter().map(cut).collect();
        let splat = cuts
            .iter()
            .any(|cut| matches!(&*cut.parts, [Part::Splat(_)]));
        let goes = if splat {
            None
        } else {
            self.assign(step, &cuts, &signature)
        };
        if goes.is_none() && !splat {
            return;
        }
        let to = self.temporary();
        self.load(Value::None, to);
        if has(&ModifierKind::Try) {
            self.enter(RegionKind::Try, step.span);
        }
        if has(&ModifierKind::Soft) {
            self.enter(RegionKind::Soft, step.span);
        }
        if keep {
            self.enter(RegionKind::Keep { to }, step.span);
        }
        let regions = self.retry_regions(step);
        if has(&ModifierKind::Not) {
            self.enter(RegionKind::Not, step.span);
        }
        let timeout = step
            .modifiers
            .iter()
            .find_map(|modifier| match &modifier.kind {
                ModifierKind::Timeout(duration) => Some(duration),
                _ => None,
            });
        if let Some(duration) = timeout {
            self.push_duration(duration);
            self.enter(RegionKind::Timeout, step.span);
        }
        let base = match goes {
            Some(goes) => self.call_own(step, function, &cuts, &goes, &signature),
            None => self.call_bound(step, name, function, &cuts),
        };
        self.emit(Op::Move { to, from: base });
        let inner = usize::from(timeout.is_some()) + usize::from(has(&ModifierKind::Not)) + regions;
        let outer = usize::from(has(&ModifierKind::Try))
            + usize::from(has(&ModifierKind::Soft))
            + usize::from(keep);
        for _ in 0..inner + outer {
            self.leave();
        }
        if let Purpose::Set(variable) = purpose {
            self.store(*variable, to);
        }
    }

    fn retry_regions(&mut self, step: &Step) -> usize {
        let mut regions = 0;
        for modifier in &step.modifiers {
            let (value, every, kind): (_, _, fn(bool) -> RegionKind) = match &modifier.kind {
                ModifierKind::Retry { attempts, every } => {
                    (attempts, every, |every| RegionKind::RetryTimes { every })
                }
                ModifierKind::RetryWithin { within, every } => {
                    (within, every, |every| RegionKind::RetryWithin { every })
                }
                _ => continue,
            };
            let from = self.value(value);
            self.emit(Op::Push { from });
            if let Some(every) = every {
                self.push_duration(every);
            }
            self.enter(kind(every.is_some()), step.span);
            regions += 1;
        }
        regions
    }

    fn call_own(
        &mut self,
        step: &Step,
        function: u32,
        cuts: &[Cut<'_>],
        goes: &[Goes],
        signature: &Signature,
    ) -> Reg {
        let base = self.temporary();
        let mut registers = vec![base];
        for _ in 1..signature.params.len().max(1) {
            registers.push(self.temporary());
        }
        for (param, register) in signature.params.iter().zip(&registers) {
            let at = goes
                .iter()
                .position(|goes| *goes == Goes::Param(index_of(signature, &param.name)));
            match at {
                Some(at) => self.argument(&cuts[at], param, *register),
                None => self.load(param.default.clone().unwrap_or_default(), *register),
            }
        }
        self.at(step.span);
        self.emit(Op::Call { base, function });
        base
    }

    fn argument(&mut self, cut: &Cut<'_>, param: &scn_protocol::Param, to: Reg) {
        if let Some(literal) = super::expression::literal(&cut.parts) {
            let value = self.literal_word(cut, literal, Some(param.kind));
            return self.load(value, to);
        }
        match &*cut.parts {
            [
                Part::Value {
                    expr,
                    quoted: false,
                },
            ] => self.into(expr, to),
            parts => self.text(parts, to),
        }
        if param.kind != Type::Any {
            let name = self.compiler.name(&param.name);
            self.emit(Op::Coerce {
                of: to,
                kind: param.kind,
                name,
            });
        }
    }

    fn call_bound(&mut self, step: &Step, name: &str, function: u32, cuts: &[Cut<'_>]) -> Reg {
        let mut words = Vec::new();
        for cut in cuts {
            let used = self.used();
            let kind = self.push_word(cut, None);
            self.release(used);
            words.push(WordSite {
                name: cut.name.clone(),
                kind,
                text: Rc::from(self.source(cut.word.span)),
                quoted: false,
            });
        }
        let place = self.place(step.span);
        let steps = &mut self.compiler.program.steps;
        let (modifiers, binding) = (Modifiers::default(), Binding::Own(function));
        steps.push(StepSite {
            place,
            name: name.to_owned(),
            binding,
            words,
            modifiers,
            keeps: false,
            target: None,
        });
        let site = (steps.len() - 1) as u32;
        let base = self.temporary();
        self.emit(Op::CallBound { base, site });
        base
    }
}

fn index_of(signature: &Signature, name: &str) -> usize {
    signature
        .params
        .iter()
        .position(|param| param.name == name)
        .unwrap_or_default()
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
            parts.insert(0, Part::Bare(rest.to_owned()));
        }
        if parts.is_empty() {
            parts.push(Part::Quoted(String::new()));
        }
        return Cut {
            name: Some(Rc::from(name)),
            parts: Cow::Owned(parts),
            word,
        };
    }
    cut_whole(word)
}

fn cut_whole(word: &Word) -> Cut<'_> {
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

/// The order in which modifiers are pushed.
fn rank(kind: &ModifierKind) -> usize {
    match kind {
        ModifierKind::On(_) => 0,
        ModifierKind::Timeout(_) => 1,
        ModifierKind::Input(_) => 2,
        ModifierKind::Retry { .. } => 3,
        ModifierKind::RetryWithin { .. } => 4,
        ModifierKind::Not | ModifierKind::Soft | ModifierKind::Try | ModifierKind::Must => 5,
    }
}

fn modifier_name(kind: &ModifierKind) -> &'static str {
    match kind {
        ModifierKind::On(_) => "on",
        ModifierKind::Timeout(_) => "timeout",
        ModifierKind::Input(_) => "input",
        ModifierKind::Retry { .. } | ModifierKind::RetryWithin { .. } => "retry",
        ModifierKind::Not => "not",
        ModifierKind::Soft => "soft",
        ModifierKind::Try => "try",
        ModifierKind::Must => "must",
    }
}
