//! Expressions: one blank around operators, none inside brackets.

use super::text::Writer;
use crate::tree::{Expr, ExprKind};

impl Writer<'_> {
    /// Writes an expression, with a blank before it.
    pub(super) fn expression(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Duration(_)
            | ExprKind::Size(_)
            | ExprKind::Percent(_)
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::None
            | ExprKind::Name(_) => self.leaf(expr),
            ExprKind::List(items) => {
                self.word(1);
                self.items(items);
                self.close("]");
            }
            ExprKind::Map(entries) => {
                self.word(1);
                self.join();
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        self.close(",");
                    }
                    self.verbatim(key.span);
                    self.close(":");
                    self.expression(value);
                }
                self.skip_comma();
                self.close("}");
            }
            ExprKind::Call {
                function,
                arguments,
            } => {
                self.verbatim(function.span);
                self.close("(");
                self.items(arguments);
                self.close(")");
            }
            ExprKind::Field { of, name } => {
                self.expression(of);
                self.close(".");
                self.join();
                self.verbatim(name.span);
            }
            ExprKind::Index { of, index } => {
                self.expression(of);
                self.close("[");
                self.tight(index);
                self.close("]");
            }
            ExprKind::Interpolation(inner) => {
                self.word(2);
                self.tight(inner);
                self.close("}");
            }
            ExprKind::Group(inner) => {
                self.word(1);
                self.tight(inner);
                self.close(")");
            }
            ExprKind::Negate(inner) => {
                self.word(1);
                self.tight(inner);
            }
            ExprKind::Not(inner) => {
                self.word(3);
                self.expression(inner);
            }
            ExprKind::Binary {
                operator_span,
                left,
                right,
                ..
            } => {
                self.expression(left);
                let operator = (operator_span.end - operator_span.start) as usize;
                if self.rest().starts_with("not") {
                    self.word(3);
                    self.word(2);
                } else {
                    self.word(operator);
                }
                self.expression(right);
            }
            ExprKind::Matches { text, regex } => {
                self.expression(text);
                self.word("matches".len());
                self.expression(regex);
            }
            ExprKind::Where { list, condition } => {
                self.expression(list);
                self.word("where".len());
                self.expression(condition);
            }
        }
    }

    /// Writes an expression directly after what is before it.
    pub(super) fn tight(&mut self, expr: &Expr) {
        self.join();
        self.expression(expr);
    }

    fn leaf(&mut self, expr: &Expr) {
        self.verbatim(expr.span);
    }

    fn items(&mut self, items: &[Expr]) {
        self.join();
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.close(",");
            }
            self.expression(item);
        }
        self.skip_comma();
    }
}
