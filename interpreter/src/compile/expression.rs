//! Expressions: into registers.

use scn_grammar::Span;
use scn_grammar::tree::{Expr, ExprKind, Ident, Operator, Part};
use scn_protocol::Value;

use super::literal::{decimal, is_literal, literal};
use super::names::names_in;
use super::scope::Scope;
use crate::codes;
use crate::function::Kind;
use crate::program::{Named, Op, Reg, Slot};

/// What is known of a condition once it is compiled.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    /// It calls something that looks outside.
    pub polled: bool,
    /// The components it names.
    pub components: Vec<String>,
    /// Those of which it reads more than fields that are named where they stand.
    pub whole: Vec<String>,
    /// The fields of components that it reads, each with its component.
    pub fields: Vec<(String, String)>,
    /// It compares with `none`.
    pub compares_none: bool,
}

impl Scope<'_, '_> {
    /// The register that has the expression's value; a variable's own, where it is one.
    pub fn value(&mut self, expr: &Expr) -> Reg {
        if let ExprKind::Name(name) = &expr.kind
            && let Some(element) = self.element(name)
        {
            return element;
        }
        let register = match &expr.kind {
            ExprKind::Name(name) => self
                .variables
                .get(name.as_str())
                .map(|&variable| (variable, self.slot(variable))),
            _ => None,
        };
        if let Some((variable, Slot::Register(register))) = register {
            let before = self.at(expr.span);
            self.defined(register, variable);
            self.back_at(before);
            return register;
        }
        match &expr.kind {
            ExprKind::Group(inner) | ExprKind::Interpolation(inner) => return self.value(inner),
            _ => {}
        }
        let to = self.temporary();
        self.into(expr, to);
        to
    }

    /// Evaluates the expression into that register.
    pub fn into(&mut self, expr: &Expr, to: Reg) {
        let before = self.at(expr.span);
        let used = self.used();
        self.evaluate(expr, to);
        if self.noted.is_none() {
            self.release(used);
        }
        self.back_at(before);
    }

    fn evaluate(&mut self, expr: &Expr, to: Reg) {
        match &expr.kind {
            ExprKind::Int(number) => self.int(*number, to),
            ExprKind::Decimal(digits) => self.load(decimal(digits), to),
            ExprKind::Duration(nanos) => self.load(Value::Duration(*nanos), to),
            ExprKind::Size(bytes) => self.load(Value::Size(*bytes), to),
            ExprKind::Percent(digits) => match decimal(digits) {
                Value::Decimal(percent) => self.load(Value::Percent(percent), to),
                _ => self.load(Value::None, to),
            },
            ExprKind::Bool(truth) => self.load(Value::Bool(*truth), to),
            ExprKind::None => self.load(Value::None, to),
            ExprKind::Text(parts) => self.text(parts, to),
            ExprKind::List(elements) => {
                self.check_depth(expr);
                self.list(elements, to);
            }
            ExprKind::Map(pairs) => {
                self.check_depth(expr);
                self.map(pairs, to);
            }
            ExprKind::Name(name) => self.name(name, expr.span, to),
            ExprKind::Group(inner) | ExprKind::Interpolation(inner) => self.into(inner, to),
            ExprKind::Call {
                function,
                arguments,
            } => self.call(function, arguments, to),
            ExprKind::Field { of, name } => self.field(of, name, to),
            ExprKind::Index { of, index } => {
                self.check_member(of, index);
                let of = self.left(of, to, false);
                let index = self.value(index);
                self.emit(Op::Index { to, of, index });
            }
            ExprKind::Negate(of) => {
                self.check_kind(Kind::Quantity, of, "-");
                let from = self.value(of);
                self.emit(Op::Negate { to, from });
            }
            ExprKind::Not(of) => {
                self.check_condition(of);
                let from = self.value(of);
                self.emit(Op::Not { to, from });
            }
            ExprKind::Binary {
                operator: operator @ (Operator::And | Operator::Or),
                left,
                right,
                ..
            } => {
                self.check_condition(left);
                self.check_condition(right);
                self.short(*operator, left, right, to);
            }
            ExprKind::Binary {
                operator,
                operator_span,
                left,
                right,
            } => {
                self.binary(*operator, *operator_span, left, right, to);
            }
            ExprKind::Matches { text, regex } => self.matches(text, regex, to),
            ExprKind::Where { list, condition } => self.filter(list, condition, to),
        }
    }

    /// Loads a constant.
    pub fn load(&mut self, value: Value, to: Reg) {
        let k = self.compiler.constant(value);
        self.emit(Op::Const { to, k });
    }

    /// A register that has `none`.
    pub fn none(&mut self) -> Reg {
        let to = self.temporary();
        self.load(Value::None, to);
        to
    }

    pub(super) fn int(&mut self, number: i64, to: Reg) {
        match i32::try_from(number) {
            Ok(number) => {
                self.emit(Op::Int { to, number });
            }
            Err(_) => self.load(Value::Int(number), to),
        }
    }

    /// A text of parts.
    pub fn text(&mut self, parts: &[Part], to: Reg) {
        if let Some(text) = literal(parts) {
            return self.load(Value::text(text), to);
        }
        let mut count = 0;
        for part in parts {
            let used = self.used();
            let from = match part {
                Part::Bare(text) | Part::Quoted(text) => {
                    let from = self.temporary();
                    self.load(Value::from(text.as_str()), from);
                    from
                }
                Part::Value { expr, .. } | Part::Splat(expr) => self.value(expr),
            };
            self.emit(Op::Push { from });
            self.release(used);
            count += 1;
        }
        self.emit(Op::Text { to, count });
    }

    fn list(&mut self, elements: &[Expr], to: Reg) {
        // Built apart, because an element may read the variable that the list goes to.
        let list = if self.is_temporary(to) {
            to
        } else {
            self.temporary()
        };
        self.emit(Op::NewList { to: list });
        for element in elements {
            let used = self.used();
            let from = self.value(element);
            self.emit(Op::ListPush { list, from });
            self.release(used);
        }
        if list != to {
            self.emit(Op::Move { to, from: list });
        }
    }

    fn map(&mut self, pairs: &[(Ident, Expr)], to: Reg) {
        let map = if self.is_temporary(to) {
            to
        } else {
            self.temporary()
        };
        self.emit(Op::NewMap { to: map });
        for (key, value) in pairs {
            let used = self.used();
            let from = self.value(value);
            let k = self.compiler.constant(Value::from(key.name.as_str()));
            self.emit(Op::MapSet { map, from, k });
            self.release(used);
        }
        if map != to {
            self.emit(Op::Move { to, from: map });
        }
    }

    fn binary(&mut self, operator: Operator, span: Span, left: &Expr, right: &Expr, to: Reg) {
        self.check_kinds(operator, span, left, right);
        if operator == Operator::Add
            && let ExprKind::Int(number) = right.kind
            && let Ok(number) = i32::try_from(number)
        {
            let left = self.left(left, to, false);
            self.emit(Op::AddInt { to, left, number });
            return;
        }
        if operator == Operator::Subtract
            && let ExprKind::Int(number) = right.kind
            && let Some(number) = i32::try_from(number).ok().and_then(i32::checked_neg)
        {
            let left = self.left(left, to, false);
            self.emit(Op::AddInt { to, left, number });
            return;
        }
        let compares = is_comparison(operator);
        let left_reg = self.left(left, to, compares);
        let right_reg = self.value(right);
        if compares {
            self.note(left, left_reg);
            self.note(right, right_reg);
            self.traits.compares_none |= is_none(left) || is_none(right);
        }
        let (left, right) = (left_reg, right_reg);
        self.emit(match operator {
            Operator::Add => Op::Add { to, left, right },
            Operator::Subtract => Op::Subtract { to, left, right },
            Operator::Multiply => Op::Multiply { to, left, right },
            operator => Op::Binary {
                to,
                left,
                right,
                operator,
            },
        });
    }

    /// The register that has the left side of what goes to `to`: that one where nothing else needs it, so
    /// that it takes a register for each operator that is nested in a right side, and none for
    /// those in a row.
    fn left(&mut self, left: &Expr, to: Reg, compares: bool) -> Reg {
        let is_kept = compares && self.noted.is_some();
        match left.kind {
            ExprKind::Name(_) => self.value(left),
            _ if is_kept || !self.is_temporary(to) => self.value(left),
            _ => {
                self.into(left, to);
                to
            }
        }
    }

    /// Notes a side of a comparison, for the message when it does not hold.
    pub(super) fn note(&mut self, expr: &Expr, register: Reg) {
        if is_literal(expr) {
            return;
        }
        let text = self.source(expr.span).to_owned();
        if let Some(noted) = &mut self.noted {
            noted.push(Named { text, register });
            if u16::from(register) >= self.function.variables.len() as u16 {
                self.function.unset.push(Slot::Register(register));
            }
        }
    }

    fn short(&mut self, operator: Operator, left: &Expr, right: &Expr, whole: Reg) {
        // The right side may read the variable that the whole goes to.
        let to = match self.is_temporary(whole) {
            true => whole,
            false if self.reads(right, whole) => self.temporary(),
            false => whole,
        };
        let after = self.label();
        self.into(left, to);
        self.emit(Op::Truth { to, from: to });
        let op = match operator {
            Operator::And => Op::JumpUnless {
                condition: to,
                to: 0,
            },
            _ => Op::JumpIf {
                condition: to,
                to: 0,
            },
        };
        self.emit_to(op, after);
        self.into(right, to);
        self.emit(Op::Truth { to, from: to });
        self.put(after);
        if to != whole {
            self.emit(Op::Move {
                to: whole,
                from: to,
            });
        }
    }

    /// Whether the expression reads the variable that has that register.
    fn reads(&self, expr: &Expr, register: Reg) -> bool {
        names_in(expr).iter().any(|name| {
            let variable = self.variables.get(*name);
            variable.is_some_and(|&variable| self.slot(variable) == Slot::Register(register))
        })
    }

    fn matches(&mut self, text: &Expr, regex: &Expr, to: Reg) {
        let source = text;
        self.check_kind(Kind::Word, text, "matches");
        let text = self.left(text, to, true);
        self.note(source, text);
        if let ExprKind::Text(parts) = &regex.kind
            && let Some(pattern) = literal(parts)
        {
            match crate::ops::compile_regex(&pattern) {
                Ok(compiled) => {
                    self.compiler.program.regexes.push(compiled);
                    let k = (self.compiler.program.regexes.len() - 1) as u32;
                    self.emit(Op::Matches { to, text, k });
                }
                Err(error) => self.wrong(&codes::REGEX, regex.span, error),
            }
            return;
        }
        let regex = self.value(regex);
        self.emit(Op::MatchesValue { to, text, regex });
    }

    /// `LIST where CONDITION`: a loop over the list, in which `it` is each element.
    fn filter(&mut self, list: &Expr, condition: &Expr, to: Reg) {
        self.check_kind(Kind::List, list, "where");
        self.check_condition(condition);
        let kept = self.temporary();
        // Who goes through a list takes two registers.
        let elements = self.temporary();
        self.temporary();
        let element = self.temporary();
        self.into(list, elements);
        self.emit(Op::NewList { to: kept });
        self.emit(Op::IterateList { list: elements });
        let (again, after) = (self.label(), self.label());
        self.put(again);
        let next = Op::Next {
            list: elements,
            value: element,
            pairs: false,
            to: 0,
        };
        self.emit_to(next, after);
        let noted = self.noted.take();
        self.its.push(element);
        self.unless(condition, again);
        self.its.pop();
        self.noted = noted;
        self.emit(Op::ListPush {
            list: kept,
            from: element,
        });
        self.jump(again);
        self.put(after);
        self.emit(Op::Move { to, from: kept });
    }
}

/// Whether the operator compares its sides.
pub fn is_comparison(operator: Operator) -> bool {
    use Operator::{Contains, Equal, Greater, GreaterEqual, In, Less, LessEqual, NotEqual, NotIn};
    matches!(
        operator,
        Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual | In | NotIn | Contains
    )
}

fn is_none(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::None => true,
        ExprKind::Group(inner) | ExprKind::Interpolation(inner) => is_none(inner),
        _ => false,
    }
}
