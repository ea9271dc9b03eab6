//! What stands before a step: `on`, `input`, `timeout`, `retry` and the like.

use scn_grammar::Diagnostic;
use scn_grammar::tree::{Expr, ExprKind, Modifier, ModifierKind, Word};
use scn_protocol::Value;

use super::scope::Scope;
use super::words::{Purpose, cut_whole};
use crate::codes;
use crate::program::{Modifiers, Op};

impl Scope<'_, '_> {
    /// Pushes what stands before a command.
    pub fn modifiers(&mut self, list: &[Modifier], purpose: &Purpose) -> Modifiers {
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
                    self.check_count(attempts, 1);
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

    /// A text that is a status must read as a number.
    pub fn check_status(&mut self, status: &Expr) {
        if let Some(text @ Value::Text(_)) = super::literal::literal_value(status)
            && let Err(reason) = crate::ops::whole(&text)
        {
            self.wrong(&codes::COUNT, status.span, reason);
        }
    }

    /// A count that is known before the run must be possible.
    pub fn check_count(&mut self, count: &Expr, least: i64) {
        let message = match super::literal::literal_value(count) {
            Some(Value::Int(number)) if number >= least => return,
            Some(Value::Int(number)) if least == 1 => {
                format!("a step is attempted once at least, not {number} times")
            }
            Some(Value::Int(number)) => format!("a count cannot be negative: {number}"),
            // Text that reads as a number is one, as it is where a variable has it.
            Some(text @ Value::Text(_)) => match crate::ops::whole(&text) {
                Ok(number) if number >= least => return,
                Ok(number) => format!("there is no count of {number}"),
                Err(reason) => reason,
            },
            _ => return,
        };
        self.wrong(&codes::COUNT, count.span, message);
    }

    /// Pushes a duration; what cannot be one is an error. A text that reads as one is one, as it is
    /// where a variable has it.
    pub fn push_duration(&mut self, duration: &Expr) {
        if let Some(value) = super::literal::literal_value(duration)
            && crate::machine::duration(&value).is_err()
        {
            let shown = self.source(duration.span);
            let message = format!("a duration such as `5s` or `250ms` is needed here, not {shown}");
            self.wrong(&codes::DURATION, duration.span, message);
        }
        if let ExprKind::Name(name) = &duration.kind
            && !self.variables.contains_key(name.as_str())
            && !self.compiler.globals.contains_key(name.as_str())
            && self.compiler.command(name).is_some()
        {
            let message = format!("`{name}` is a command, and a time stands here");
            let help = format!("first the time, then the command: `timeout 5s {name}`");
            self.report(Diagnostic::new(&codes::DURATION, duration.span, message).help(help));
            let from = self.none();
            self.emit(Op::Push { from });
            return;
        }
        let from = self.value(duration);
        self.emit(Op::Push { from });
    }

    fn host_word(&mut self, word: &Word) {
        if let Some(name) = word.literal() {
            self.compiler.program.hosts.push(name.to_string());
            let host = self
                .compiler
                .environment
                .is_some_and(|environment| environment.hosts.contains_key(&*name));
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
                } else if matches!(&*name, "localhost" | "local" | "127.0.0.1") {
                    diagnostic = diagnostic
                        .help("leave it out: what no host is named for is done on this machine");
                } else {
                    known.retain(|name| name != super::names::SYSTEM);
                    diagnostic = diagnostic.help(match known.as_slice() {
                        [] => format!("hosts are described by an environment: [hosts.{name}]"),
                        known => format!(
                            "there is {}; others are added to the environment: [hosts.{name}]",
                            known.join(", ")
                        ),
                    });
                }
                self.report(diagnostic);
            }
        }
        self.push_word(&cut_whole(word), None);
    }
}

/// The order in which modifiers are pushed.
pub fn rank(kind: &ModifierKind) -> usize {
    match kind {
        ModifierKind::On(_) => 0,
        ModifierKind::Timeout(_) => 1,
        ModifierKind::Input(_) => 2,
        ModifierKind::Retry { .. } => 3,
        ModifierKind::RetryWithin { .. } => 4,
        ModifierKind::Not | ModifierKind::Soft | ModifierKind::Try | ModifierKind::Must => 5,
    }
}

pub fn modifier_name(kind: &ModifierKind) -> &'static str {
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
