//! The `@` lines at a scenario's top.

use scn_grammar::tree::{
    self, EventMatch, Expr, ExprKind, Header, HeaderKind, Ident, Part, Trigger, Word,
};
use scn_grammar::{Diagnostic, Span};

use super::Compiler;
use super::each;
use super::literal::literal_value;
use super::scope::{FunctionKind, Scope};
use crate::codes;
use crate::program::{Op, TitlePart};

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
                HeaderKind::Title(words) => {
                    self.program.headers.title = Some(self.title(words, &tree.headers));
                }
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

    /// The text of a title, which is there before anything runs: of values, it names `@param`s.
    fn title(&mut self, words: &[Word], headers: &[Header]) -> Vec<TitlePart> {
        let is_param = |name: &str| {
            headers.iter().any(|header| {
                matches!(&header.kind, HeaderKind::Param { name: param, .. } if param.name == name)
            })
        };
        let mut title = Vec::new();
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                title.push(TitlePart::Text(" ".to_owned()));
            }
            for part in &word.parts {
                match part {
                    Part::Bare(text) | Part::Quoted(text) => {
                        title.push(TitlePart::Text(text.to_string()));
                    }
                    Part::Value { expr, .. } | Part::Splat(expr) => match &expr.kind {
                        ExprKind::Name(name) if is_param(name) => {
                            title.push(TitlePart::Param(name.to_string()));
                        }
                        _ => self.no_title(expr.span),
                    },
                }
            }
        }
        title
    }

    fn no_title(&mut self, span: Span) {
        let found = Diagnostic::new(
            &codes::UNKNOWN_NAME,
            span,
            "a title is there before anything runs, and names `@param`s alone",
        );
        self.report(found.help("write it out, or make it a parameter: @param NAME = VALUE, and #{NAME} in the title; each row of `@each` is named by itself"));
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

    fn trigger(&mut self, trigger: &Trigger, span: Span) {
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

    fn trigger_event(&mut self, event: &EventMatch, span: Span) {
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
