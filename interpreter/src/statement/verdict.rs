//! `pass`, `fail`, `skip`, `error`, `exit`

use scn_grammar::tree::{Expr, Part, VerdictKind, Word};
use scn_grammar::{Diagnostic, Span};

use crate::codes;
use crate::compile::Scope;
use crate::function::Kind;
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
        self.condition_in_text(text, name);
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

    /// `pass if CONDITION`, as some languages have it.
    fn condition_in_text(&mut self, text: &[Word], name: &str) {
        let [first, second, ..] = text else { return };
        let condition = match first.parts.as_slice() {
            [Part::Bare(word)] if word == "if" || word == "when" => "",
            [Part::Bare(word)] if word == "unless" => "not ",
            _ => return,
        };
        let last = text.last().map_or(second.span, |word| word.span);
        let rest = self.source(Span {
            start: second.span.start,
            end: last.end,
        });
        let help = format!("write: if {condition}{rest} then {name}");
        let word = self.source(first.span);
        let message = format!("all that stands after `{name}` is its text, `{word}` too");
        self.report(Diagnostic::new(&codes::TEXT_CONDITION, first.span, message).help(help));
    }

    /// `exit [EXPR]`
    pub fn exit(&mut self, status: Option<&Expr>, span: Span) {
        if !self.end_allowed(span, "exit") {
            return;
        }
        let value = match status {
            Some(status) => {
                self.check_kind(Kind::Number, status, "exit");
                self.check_status(status);
                self.value(status)
            }
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
