//! Conditions: into jumps, or apart from where they stand.

use scn_grammar::tree::{Expr, ExprKind, Operator};

use super::scope::{FunctionKind, Label, Scope};
use crate::program::{Closure, Op, Reg, Slot};

impl Scope<'_, '_> {
    /// Compiles a condition that is evaluated apart from here; with `it`, its last parameter
    /// is the element or event.
    pub fn closure(&mut self, condition: &Expr, it: bool) -> Closure {
        let text = self.source(condition.span).to_owned();
        let mut names: Vec<&str> = super::names_in(condition);
        names.retain(|name| self.variables.contains_key(*name) && !(it && *name == "it"));
        let captures: Vec<u32> = names.iter().map(|name| self.variables[*name]).collect();
        let (kind, within) = (FunctionKind::Condition, self.within);
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let mut inner = Scope::new(self.compiler, "condition", kind);
        inner.within = within;
        for name in &names {
            inner.declare(name);
        }
        if it {
            inner.declare("it");
        }
        inner.function.params = inner.function.variables.len();
        inner.noted = Some(Vec::new());
        inner.at(condition.span);
        let from = inner.value(condition);
        inner.note(condition, from);
        inner.emit(Op::Yield { from });
        let mut noted = inner.noted.take().unwrap_or_default();
        if noted.len() > 1 {
            noted.retain(|named| named.text != text);
        }
        let traits = std::mem::take(&mut inner.traits);
        let function = inner.finish();
        for name in &traits.components {
            if !self.traits.components.contains(name) {
                self.traits.components.push(name.clone());
            }
        }
        self.traits.polled |= traits.polled;
        Closure {
            function: self.compiler.add(function),
            captures,
            text,
            names: noted,
            polled: traits.polled,
            components: traits.components,
            whole: traits.whole,
            fields: traits.fields,
            compares_none: traits.compares_none,
        }
    }

    /// Pushes what a closure captures.
    pub fn capture(&mut self, closure: &Closure) {
        for &variable in &closure.captures {
            let used = self.used();
            let from = match self.slot(variable) {
                Slot::Register(register) => register,
                Slot::Wide(slot) => {
                    let to = self.temporary();
                    self.emit(Op::LoadWide { to, slot });
                    to
                }
            };
            self.defined(from, variable);
            self.emit(Op::Push { from });
            self.release(used);
        }
    }

    /// Jumps to the label unless the condition is true.
    pub fn unless(&mut self, condition: &Expr, label: Label) {
        self.branch(condition, label, false);
    }

    /// Jumps to the label if the condition is true.
    pub fn when(&mut self, condition: &Expr, label: Label) {
        self.branch(condition, label, true);
    }

    fn branch(&mut self, condition: &Expr, label: Label, wanted: bool) {
        let before = self.at(condition.span);
        let used = self.used();
        match &condition.kind {
            ExprKind::Group(inner) | ExprKind::Interpolation(inner) => {
                self.branch(inner, label, wanted)
            }
            ExprKind::Not(inner) => self.branch(inner, label, !wanted),
            ExprKind::Binary {
                operator,
                left,
                right,
                operator_span,
            } if self.noted.is_none() => match operator {
                Operator::And | Operator::Or if (*operator == Operator::Or) == wanted => {
                    self.branch(left, label, wanted);
                    self.branch(right, label, wanted);
                }
                Operator::And | Operator::Or => {
                    let over = self.label();
                    self.branch(left, over, !wanted);
                    self.branch(right, label, wanted);
                    self.put(over);
                }
                operator => {
                    self.check_kinds(*operator, *operator_span, left, right);
                    self.compare(*operator, left, right, label, wanted, condition);
                }
            },
            _ => {
                self.check_condition(condition);
                let condition = self.value(condition);
                self.test(condition, label, wanted);
            }
        }
        self.release(used);
        self.back_at(before);
    }

    /// Jumps on a register's truth.
    pub fn test(&mut self, condition: Reg, label: Label, wanted: bool) {
        let op = if wanted {
            Op::JumpIf { condition, to: 0 }
        } else {
            Op::JumpUnless { condition, to: 0 }
        };
        self.emit_to(op, label);
    }

    fn compare(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        label: Label,
        wanted: bool,
        whole: &Expr,
    ) {
        use Operator::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        // `not (a < b)` is `b <= a`, as errors are the same both ways.
        if let (Less | GreaterEqual, Some(number)) = (operator, short(right)) {
            let less = (operator == Less) == wanted;
            let left = self.value(left);
            let op = match less {
                true => Op::JumpLessInt {
                    left,
                    number,
                    to: 0,
                },
                false => Op::JumpFromInt {
                    left,
                    number,
                    to: 0,
                },
            };
            return self.emit_to(op, label);
        }
        let (operator, left, right) = match (operator, wanted) {
            (Less, true) => (Less, left, right),
            (LessEqual, true) => (LessEqual, left, right),
            (Greater, true) => (Less, right, left),
            (GreaterEqual, true) => (LessEqual, right, left),
            (Less, false) => (LessEqual, right, left),
            (LessEqual, false) => (Less, right, left),
            (Greater, false) => (LessEqual, left, right),
            (GreaterEqual, false) => (Less, left, right),
            (Equal | NotEqual, _) => (operator, left, right),
            _ => {
                self.check_condition(whole);
                let condition = self.value(whole);
                return self.test(condition, label, wanted);
            }
        };
        let left = self.value(left);
        let right = self.value(right);
        let op = match operator {
            Less => Op::JumpLess { left, right, to: 0 },
            LessEqual => Op::JumpLessEqual { left, right, to: 0 },
            _ => Op::JumpEqual {
                left,
                right,
                negate: (operator == NotEqual) == wanted,
                to: 0,
            },
        };
        self.emit_to(op, label);
    }
}

/// A whole number that an instruction has room for.
fn short(expr: &Expr) -> Option<i16> {
    match expr.kind {
        ExprKind::Int(number) => i16::try_from(number).ok(),
        _ => None,
    }
}
