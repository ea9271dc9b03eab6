//! `set NAME = EXPR` and `set NAME COMMAND WORD…`

use scn_grammar::tree::{Expr, ExprKind, Ident, Operator, Step};

use crate::compile::Scope;
use crate::compile::words::Purpose;
use crate::program::{Op, Slot};

impl Scope<'_, '_> {
    /// `set NAME = EXPR`
    pub fn set(&mut self, name: &Ident, value: &Expr) {
        let variable = self.declare(&name.name);
        if self.append(variable, name, value) {
            return;
        }
        let to = self.target(variable);
        self.into(value, to);
        self.store(variable, to);
    }

    /// `set s = s + x`: in place, so that building a text costs what is added to it.
    fn append(&mut self, variable: u32, name: &Ident, value: &Expr) -> bool {
        let ExprKind::Binary {
            operator: Operator::Add,
            left,
            right,
            operator_span,
        } = &value.kind
        else {
            return false;
        };
        let Slot::Register(to) = self.slot(variable) else {
            return false;
        };
        let same = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(left) if *left == name.name);
        if !same(left) || matches!(right.kind, ExprKind::Int(_)) {
            return false;
        }
        self.check_kinds(Operator::Add, *operator_span, left, right);
        let before = self.at(value.span);
        self.value(left);
        let from = self.value(right);
        self.emit(Op::Append { to, from });
        self.tell(variable, to);
        self.back_at(before);
        true
    }

    /// `set NAME COMMAND WORD…`
    pub fn set_step(&mut self, name: &Ident, step: &Step) {
        let variable = self.declare(&name.name);
        self.step(step, Purpose::Set(variable));
    }
}
