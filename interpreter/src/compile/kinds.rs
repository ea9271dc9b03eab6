//! What kind of value an expression has, as far as that is known before the run; and what can
//! never work whatever is known only then.

use scn_grammar::tree::{Expr, ExprKind, Operator};
use scn_grammar::{Diagnostic, Span};

use super::Scope;
use super::expression::is_comparison;
use super::literal::literal;
use crate::codes;
use crate::function::{Function, Kind};

impl Scope<'_, '_> {
    /// A condition must be true or false.
    pub fn check_condition(&mut self, condition: &Expr) {
        let kind = kind_of(condition);
        let text_that_reads =
            matches!(&condition.kind, ExprKind::Text(parts) if literal(parts).is_none());
        if !Kind::Bool.admits(kind) && !text_that_reads {
            let message = format!("a condition is true or false, and this is {}", kind.name());
            self.report(
                Diagnostic::new(&codes::CONDITION, condition.span, message)
                    .help("compare it with something: `==`, `!=`, `<`, `contains`, `matches`"),
            );
        }
    }

    /// Kinds that can never be compared, ordered or computed with.
    pub fn check_kinds(&mut self, operator: Operator, span: Span, left: &Expr, right: &Expr) {
        let (left, right) = (kind_of(left), kind_of(right));
        if [left, right].contains(&Kind::Any) {
            return;
        }
        let never_equal = matches!(operator, Operator::Equal | Operator::NotEqual)
            && left.is_measured()
            && right.is_measured()
            && !(left.admits(right) || right.admits(left))
            && !(Kind::Number.admits(left) && Kind::Number.admits(right));
        if never_equal || Kind::of_operation(operator, left, right).is_err() {
            let message = format!(
                "{} and {} cannot stand on the two sides of `{}`",
                left.name(),
                right.name(),
                crate::ops::symbol(operator)
            );
            self.wrong(&codes::KINDS, span, message);
        }
    }

    /// What the function is given must be what it takes.
    pub fn check_arguments(&mut self, found: &Function, name: Span, arguments: &[Expr]) {
        if let Some(reason) = found.arity_error(arguments.len()) {
            return self.wrong(&codes::ARGUMENT_COUNT, name, reason);
        }
        for (at, argument) in arguments.iter().enumerate() {
            if let Some(wanted) = found.param(at) {
                self.check_kind(wanted, argument, found.name);
            }
        }
    }

    /// What stands where only this kind of value can.
    pub fn check_kind(&mut self, wanted: Kind, given: &Expr, by: &str) {
        let kind = kind_of(given);
        if !wanted.admits(kind) {
            let message = format!(
                "`{by}` takes {}, and this is {}",
                wanted.name(),
                kind.name()
            );
            self.wrong(&codes::VALUE_KIND, given.span, message);
        }
    }
}

/// The kind of an expression's value.
pub fn kind_of(expr: &Expr) -> Kind {
    match &expr.kind {
        ExprKind::Int(_) => Kind::Int,
        ExprKind::Decimal(_) => Kind::Decimal,
        ExprKind::Duration(_) => Kind::Duration,
        ExprKind::Size(_) => Kind::Size,
        ExprKind::Percent(_) => Kind::Percent,
        ExprKind::Text(_) => Kind::Text,
        ExprKind::Bool(_) | ExprKind::Not(_) | ExprKind::Matches { .. } => Kind::Bool,
        ExprKind::None => Kind::None,
        ExprKind::List(_) | ExprKind::Where { .. } => Kind::List,
        ExprKind::Map(_) => Kind::Map,
        ExprKind::Group(inner) | ExprKind::Interpolation(inner) => kind_of(inner),
        ExprKind::Negate(inner) => match kind_of(inner) {
            kind if kind != Kind::Any && Kind::Quantity.admits(kind) && kind != Kind::Text => kind,
            _ => Kind::Any,
        },
        ExprKind::Call { function, .. } => {
            crate::function::find(&function.name).map_or(Kind::Any, |found| found.returns)
        }
        ExprKind::Binary { operator, .. }
            if is_comparison(*operator) || matches!(operator, Operator::And | Operator::Or) =>
        {
            Kind::Bool
        }
        ExprKind::Binary {
            operator,
            left,
            right,
            ..
        } => Kind::of_operation(*operator, kind_of(left), kind_of(right)).unwrap_or(Kind::Any),
        ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. } => Kind::Any,
    }
}
