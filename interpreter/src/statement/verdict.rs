//! `pass`, `fail`, `skip`, `error`, `exit`

use scn_grammar::Span;
use scn_grammar::tree::{Expr, VerdictKind, Word};

use crate::compile::Scope;
use crate::program::{EndKind, EndSite};

impl Scope<'_, '_> {
    /// `pass fail skip error [TEXT]`
    pub fn verdict(&mut self, kind: VerdictKind, text: &[Word], span: Span) {
        let name = match kind {
            VerdictKind::Pass => "pass",
            VerdictKind::Fail => "fail",
            VerdictKind::Skip => "skip",
            VerdictKind::Error => "error",
        };
        if kind == VerdictKind::Pass {
            self.names_pass();
        }
        if !self.end_allowed(span, name) {
            return;
        }
        let value = self.temporary();
        if !text.is_empty() {
            self.text(&super::joined(text), value);
        }
        self.end(
            EndSite {
                kind: EndKind::Verdict(kind),
                value: !text.is_empty(),
            },
            value,
        );
    }

    /// `exit [EXPR]`
    pub fn exit(&mut self, status: Option<&Expr>, span: Span) {
        if !self.end_allowed(span, "exit") {
            return;
        }
        let value = match status {
            Some(status) => self.value(status),
            None => 0,
        };
        self.end(
            EndSite {
                kind: EndKind::Exit,
                value: status.is_some(),
            },
            value,
        );
    }
}
