//! Literals: what an expression is without running anything.

use scn_grammar::tree::{Expr, ExprKind};
use scn_protocol::{Decimal, Value, quantity};

pub use scn_grammar::tree::literal;

/// Whether nothing in the expression depends on anything.
pub fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Size(_)
        | ExprKind::Percent(_)
        | ExprKind::Bool(_)
        | ExprKind::None => true,
        ExprKind::Text(parts) => literal(parts).is_some(),
        ExprKind::List(elements) => elements.iter().all(is_literal),
        ExprKind::Map(pairs) => pairs.iter().all(|(_, value)| is_literal(value)),
        ExprKind::Group(inner) | ExprKind::Negate(inner) => is_literal(inner),
        _ => false,
    }
}

/// A literal's value, without running anything.
pub fn literal_value(expr: &Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::Int(number) => Value::Int(*number),
        ExprKind::Decimal(digits) => decimal(digits),
        ExprKind::Duration(nanos) => Value::Duration(*nanos),
        ExprKind::Size(bytes) => Value::Size(*bytes),
        ExprKind::Percent(digits) => Value::percent(quantity::parse_decimal(digits)?),
        ExprKind::Bool(truth) => Value::Bool(*truth),
        ExprKind::None => Value::None,
        ExprKind::Text(parts) => Value::text(literal(parts)?),
        ExprKind::List(elements) => {
            Value::list(elements.iter().map(literal_value).collect::<Option<_>>()?)
        }
        ExprKind::Map(pairs) => Value::map(
            pairs
                .iter()
                .map(|(key, value)| Some((key.name.to_string(), literal_value(value)?)))
                .collect::<Option<_>>()?,
        ),
        ExprKind::Group(inner) => literal_value(inner)?,
        ExprKind::Negate(inner) => crate::ops::negate(&literal_value(inner)?).ok()?,
        _ => return None,
    })
}

/// A decimal of those digits.
pub fn decimal(digits: &str) -> Value {
    quantity::parse_decimal(digits).map_or(Value::decimal(Decimal::ZERO), Value::decimal)
}
