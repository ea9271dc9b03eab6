//! The `@` lines at a scenario's top.

use scn_grammar::tree::{self, EventMatch, Expr, HeaderKind, Ident, Trigger, Word};

use super::Compiler;
use super::each;
use super::literal::literal_value;
use super::scope::{FunctionKind, Scope};
use crate::codes;
use crate::program::Op;

impl Compiler<'_> {
    /// Reads what the file says at its top.
    pub fn headers(&mut self, tree: &tree::File) {
        let mut once: Vec<std::mem::Discriminant<HeaderKind>> = Vec::new();
        for header in &tree.headers {
            let kind = std::mem::discriminant(&header.kind);
            let many = matches!(
                header.kind,
                HeaderKind::Param { .. }
                    | HeaderKind::Needs(_)
                    | HeaderKind::On(_)
                    | HeaderKind::Tags(_)
                    | HeaderKind::Covers(_)
            );
            if !many && once.contains(&kind) {
                self.wrong(
                    &codes::HEADER_TWICE,
                    header.span,
                    "this line stands at the top a second time",
                );
            }
            once.push(kind);
            match &header.kind {
                HeaderKind::Title(words) => self.program.headers.title = Some(plain_text(words)),
                HeaderKind::Tags(tags) => self.program.headers.tags.extend(names(tags)),
                HeaderKind::Covers(ids) => self.program.headers.covers.extend(names(ids)),
                HeaderKind::Known { id, until } => {
                    let until = until.as_ref().map(|date| date.name.to_string());
                    self.program.headers.known = Some((id.name.to_string(), until));
                }
                HeaderKind::Timeout(duration) => self.timeout(duration),
                HeaderKind::Needs(names) => self.needs(names),
                HeaderKind::On(trigger) => self.trigger(trigger, header.span),
                HeaderKind::Each { list, .. } => self.each_rows(list),
                HeaderKind::Param { .. } | HeaderKind::Language(_) => {}
            }
        }
    }

    fn timeout(&mut self, duration: &Expr) {
        match literal_value(duration).map(|value| crate::machine::duration(&value)) {
            Some(Ok(nanos)) if nanos > 0 => self.program.headers.timeout = Some(nanos),
            _ => self.wrong(
                &codes::DURATION,
                duration.span,
                "`@timeout` takes a duration such as `10m`",
            ),
        }
    }

    /// What a scenario needs and the environment lacks: it is skipped.
    fn needs(&mut self, names: &[Ident]) {
        for name in names {
            let host = self
                .environment
                .is_some_and(|environment| environment.hosts.contains_key(name.name.as_str()));
            let known = host
                || self.component_kind(&name.name).is_some()
                || self.globals.contains_key(name.name.as_str())
                || self.environment.is_some_and(|environment| {
                    environment.commands.contains_key(name.name.as_str())
                })
                || self.registry.find(&name.name).is_some()
                || !self.registry.ambiguous(&name.name).is_empty()
                || self.environment.is_some_and(|environment| {
                    environment.plugins.contains_key(name.name.as_str())
                });
            if !known {
                self.program.headers.missing.push(name.name.to_string());
            }
        }
    }

    fn trigger(&mut self, trigger: &Trigger, span: scn_grammar::Span) {
        let text = self.program.files[0]
            .slice(span)
            .trim_start_matches("@on")
            .trim()
            .to_owned();
        self.program.headers.triggers.push(text);
        match trigger {
            Trigger::Schedule { cron, zone } => {
                let mut named = None;
                if let Some(word) = zone
                    && let Some(zone) = word.literal()
                {
                    match crate::environment::calendar::zone(&zone) {
                        Ok(_) => named = Some(zone.into_owned()),
                        Err(reason) => {
                            self.wrong(&codes::SCHEDULE, word.span, reason);
                            named = Some("UTC".to_owned());
                        }
                    }
                }
                let zone = named.or_else(|| {
                    self.environment
                        .and_then(|environment| environment.calendar.as_ref())
                        .map(|calendar| calendar.zone.clone())
                });
                let cron_text = cron.literal().unwrap_or_default();
                if let Err(reason) = crate::environment::calendar::validate_cron(
                    &cron_text,
                    zone.as_deref().unwrap_or("UTC"),
                ) {
                    self.wrong(&codes::SCHEDULE, cron.span, reason);
                }
            }
            Trigger::Event(event) => self.trigger_event(event, span),
            Trigger::State { condition, hold } => {
                self.trigger_function(|scope| {
                    scope.check_condition(condition);
                    for expr in std::iter::once(condition).chain(hold) {
                        scope.value(expr);
                    }
                });
            }
            Trigger::Webhook(_)
            | Trigger::File(_)
            | Trigger::Git { .. }
            | Trigger::RunFailed(_) => {}
        }
    }

    fn trigger_event(&mut self, event: &EventMatch, span: scn_grammar::Span) {
        self.trigger_function(|scope| {
            scope.event(event, span);
        });
    }

    /// Compiles what a trigger names, to find what is wrong in it.
    fn trigger_function(&mut self, body: impl FnOnce(&mut Scope<'_, '_>)) {
        let mut scope = Scope::new(self, "trigger", FunctionKind::Condition);
        body(&mut scope);
        let from = scope.none();
        scope.emit(Op::Yield { from });
        scope.finish();
    }

    fn each_rows(&mut self, list: &Expr) {
        let mut scope = Scope::new(self, "rows", FunctionKind::Condition);
        scope.at(list.span);
        let from = scope.value(list);
        scope.emit(Op::Yield { from });
        let function = scope.finish();
        let function = self.add(function);
        each::rows(&mut self.program, function);
    }
}

fn names(idents: &[Ident]) -> impl Iterator<Item = String> + '_ {
    idents.iter().map(|ident| ident.name.to_string())
}

/// Words as text; what is interpolated is shown as it is written.
fn plain_text(words: &[Word]) -> String {
    words
        .iter()
        .map(|word| word.literal().unwrap_or("…".into()))
        .collect::<Vec<_>>()
        .join(" ")
}
