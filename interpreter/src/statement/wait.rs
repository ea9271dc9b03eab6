//! `wait until`, `wait event`, `hold`

use scn_grammar::tree::{EventMatch, Expr, Ident, PatternKind};
use scn_grammar::{Diagnostic, Span};

use crate::codes;
use crate::compile::Scope;
use crate::function::Kind;
use crate::program::{EventPattern, EventSite, Op, WaitKind, WaitSite};

impl Scope<'_, '_> {
    /// `wait until EXPR [within DURATION] [every DURATION]`
    pub fn wait_until(
        &mut self,
        condition: &Expr,
        within: Option<&Expr>,
        every: Option<&Expr>,
        span: Span,
    ) {
        self.check_condition(condition);
        let closure = self.closure(condition, false);
        self.capture(&closure);
        self.wait(WaitKind::Until(closure), within, every, span);
    }

    /// `hold EXPR for DURATION [every DURATION]`
    pub fn hold(&mut self, condition: &Expr, duration: &Expr, every: Option<&Expr>, span: Span) {
        self.check_condition(condition);
        let closure = self.closure(condition, false);
        self.capture(&closure);
        self.wait(WaitKind::Hold(closure), Some(duration), every, span);
    }

    fn wait(
        &mut self,
        kind: WaitKind,
        within: Option<&Expr>,
        every: Option<&Expr>,
        span: Span,
    ) -> u8 {
        for duration in within.into_iter().chain(every) {
            self.push_duration(duration);
        }
        let site = WaitSite {
            kind,
            within: within.is_some(),
            every: every.is_some(),
            text: self.source(span).to_owned(),
        };
        self.compiler.program.waits.push(site);
        let site = (self.compiler.program.waits.len() - 1) as u32;
        let to = self.temporary();
        self.emit(Op::Wait { to, site });
        to
    }

    /// `wait event …`
    pub fn wait_event(
        &mut self,
        event: &EventMatch,
        since: Option<&Expr>,
        within: Option<&Expr>,
        name: Option<&Ident>,
        span: Span,
    ) {
        let event = self.event(event, span);
        if let Some(within) = within {
            self.push_duration(within);
        }
        if let Some(since) = since {
            self.check_kind(Kind::Moment, since, "since");
            let from = self.value(since);
            self.emit(Op::Push { from });
        }
        let kind = WaitKind::Event {
            event,
            since: since.is_some(),
        };
        let site = WaitSite {
            kind,
            within: within.is_some(),
            every: false,
            text: self.source(span).to_owned(),
        };
        self.compiler.program.waits.push(site);
        let site = (self.compiler.program.waits.len() - 1) as u32;
        let to = self.temporary();
        self.emit(Op::Wait { to, site });
        if let Some(name) = name {
            let variable = self.declare(&name.name);
            self.store(variable, to);
        }
    }

    /// Which event: pushes the texts of patterns, then what its filter captures.
    pub fn event(&mut self, event: &EventMatch, span: Span) -> EventSite {
        let mut patterns = Vec::new();
        let mut pushed = 0;
        for pattern in &event.patterns {
            match &pattern.kind {
                PatternKind::Glob(word) => {
                    let used = self.used();
                    let from = self.temporary();
                    self.text(&word.parts, from);
                    self.emit(Op::Push { from });
                    self.release(used);
                    patterns.push(EventPattern::Glob(pushed));
                    pushed += 1;
                }
                PatternKind::Regex(text) => match crate::ops::compile_regex(text) {
                    Ok(regex) => patterns.push(EventPattern::Regex(regex)),
                    Err(error) => self.wrong(&codes::REGEX, pattern.span, error),
                },
            }
        }
        let from = event
            .from
            .as_ref()
            .and_then(|word| self.event_component(word));
        let filter = event
            .filter
            .as_ref()
            .map(|filter| self.closure(filter, true));
        if let Some(filter) = &filter {
            self.capture(filter);
        }
        let unheard = self.check_event(event, span);
        EventSite {
            unheard,
            patterns,
            from,
            filter,
            text: self.source(span).to_owned(),
        }
    }

    fn event_component(&mut self, word: &scn_grammar::tree::Word) -> Option<String> {
        let name = word.literal()?.into_owned();
        if self.compiler.component_kind(&name).is_none() {
            let known = self.compiler.component_names();
            let meant = scn_grammar::diagnostic::meant(&name, known.iter().map(String::as_str))
                .map(str::to_owned);
            let mut diagnostic = Diagnostic::new(
                &codes::UNKNOWN_COMPONENT,
                word.span,
                format!("there is no component `{name}`"),
            );
            if let Some(meant) = meant {
                diagnostic = diagnostic
                    .help(format!("did you mean `{meant}`?"))
                    .replace(meant);
            }
            self.report(diagnostic);
        }
        Some(name)
    }
}
