//! `always`, `never`, `never event`, `eventually`

use scn_grammar::Span;
use scn_grammar::tree::{EventMatch, Expr};

use crate::compile::Scope;
use crate::program::{Op, WatchKind, WatchSite};

impl Scope<'_, '_> {
    /// `always EXPR`, `never EXPR`
    pub fn always(&mut self, condition: &Expr, negated: bool, every: Option<&Expr>, span: Span) {
        self.check_condition(condition);
        let closure = self.closure(condition, false);
        self.capture(&closure);
        let kind = if negated {
            WatchKind::Never(closure)
        } else {
            WatchKind::Always(closure)
        };
        self.watch(kind, None, every, span);
    }

    /// `never event …`
    pub fn never_event(&mut self, event: &EventMatch, span: Span) {
        let event = self.event(event, span);
        self.watch(WatchKind::NeverEvent(event), None, None, span);
    }

    /// `eventually EXPR within DURATION [every DURATION]`
    pub fn eventually(
        &mut self,
        condition: &Expr,
        within: &Expr,
        every: Option<&Expr>,
        span: Span,
    ) {
        self.check_condition(condition);
        let closure = self.closure(condition, false);
        self.capture(&closure);
        self.watch(WatchKind::Eventually(closure), Some(within), every, span);
    }

    fn watch(&mut self, kind: WatchKind, within: Option<&Expr>, every: Option<&Expr>, span: Span) {
        for duration in within.into_iter().chain(every) {
            self.push_duration(duration);
        }
        let (text, place) = (self.source(span).to_owned(), self.place(span));
        let site = WatchSite {
            kind,
            text,
            place,
            within: within.is_some(),
            every: every.is_some(),
        };
        self.compiler.program.watches.push(site);
        let site = (self.compiler.program.watches.len() - 1) as u32;
        self.emit(Op::Watch { site });
    }
}
