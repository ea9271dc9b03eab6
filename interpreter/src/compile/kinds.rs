//! What kind of value an expression has, as far as that is known before the run; and the
//! mixtures that can never work.

use scn_grammar::tree::{Expr, ExprKind, Operator};
use scn_grammar::{Diagnostic, Span};

use super::Scope;
use super::expression::literal;
use crate::codes;

/// What kind of value an expression has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is not known.
    Any,
    /// `none`
    None,
    /// true or false
    Bool,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A list.
    List,
    /// A map.
    Map,
    /// A time.
    Duration,
    /// A size.
    Size,
    /// A percentage.
    Percent,
    /// A moment.
    Moment,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::None => "none",
            Self::Bool => "true/false",
            Self::Number => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Duration => "a time",
            Self::Size => "a size",
            Self::Percent => "a percentage",
            Self::Moment => "a moment",
        }
    }
}

impl Scope<'_, '_> {
    /// A condition must be true or false.
    pub fn check_condition(&mut self, condition: &Expr) {
        let kind = kind_of(condition);
        let text_that_reads =
            matches!(&condition.kind, ExprKind::Text(parts) if literal(parts).is_none());
        if !matches!(kind, Kind::Any | Kind::Bool) && !text_that_reads {
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
        if left == Kind::Any || right == Kind::Any {
            return;
        }
        if !fits(operator, left, right) {
            let message = format!(
                "{} and {} cannot stand on the two sides of `{}`",
                left.name(),
                right.name(),
                crate::ops::symbol(operator)
            );
            self.wrong(&codes::KINDS, span, message);
        }
    }
}

/// The kind of an expression's value.
pub fn kind_of(expr: &Expr) -> Kind {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Decimal(_) => Kind::Number,
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
            kind @ (Kind::Number | Kind::Duration | Kind::Size | Kind::Percent) => kind,
            _ => Kind::Any,
        },
        ExprKind::Call { function, .. } => crate::function::find(&function.name)
            .map_or(Kind::Any, |found| from_function(found.returns)),
        ExprKind::Binary {
            operator,
            left,
            right,
            ..
        } => binary_kind(*operator, kind_of(left), kind_of(right)),
        ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. } => Kind::Any,
    }
}

fn binary_kind(operator: Operator, left: Kind, right: Kind) -> Kind {
    use Kind::{Duration, Moment, Number, Percent, Size, Text};
    use Operator::{Add, Multiply, Subtract};
    match operator {
        operator if super::expression::is_comparison(operator) => Kind::Bool,
        Operator::And | Operator::Or => Kind::Bool,
        Subtract if (left, right) == (Moment, Moment) => Duration,
        Add | Subtract
            if left == right && matches!(left, Number | Duration | Size | Percent | Text) =>
        {
            left
        }
        Multiply if left == right && left == Number => Number,
        _ => Kind::Any,
    }
}

/// Whether the two kinds can stand on the two sides of the operator.
fn fits(operator: Operator, left: Kind, right: Kind) -> bool {
    use Kind::{Bool, Duration, List, Map, Moment, None, Number, Percent, Size, Text};
    use Operator::{
        Add, Divide, Equal, Greater, GreaterEqual, Less, LessEqual, Modulo, Multiply, NotEqual,
        Subtract,
    };
    let quantity = |kind| matches!(kind, Duration | Size | Percent);
    let one_is = |kind| left == kind || right == kind;
    match operator {
        Equal | NotEqual => {
            let both_measured = (quantity(left) || left == Number || left == Moment)
                && (quantity(right) || right == Number || right == Moment);
            !both_measured || left == right
        }
        Less | LessEqual | Greater | GreaterEqual => {
            (left == right && !matches!(left, None | Bool | List | Map))
                || (one_is(Text) && !one_is(None) && !one_is(List) && !one_is(Map))
        }
        Add => {
            (left == right && !matches!(left, None | Bool | Map | Moment))
                || (one_is(Text) && !one_is(None) && !one_is(List) && !one_is(Map))
                || (one_is(Moment) && one_is(Duration))
        }
        Subtract => {
            (left == right && (quantity(left) || matches!(left, Number | Moment)))
                || (one_is(Text) && !one_is(None) && !one_is(List) && !one_is(Map))
                || (left == Moment && right == Duration)
        }
        Multiply | Divide | Modulo => {
            !(one_is(None) || one_is(List) || one_is(Map) || one_is(Bool) || one_is(Moment))
        }
        _ => true,
    }
}

fn from_function(kind: crate::function::Kind) -> Kind {
    use crate::function::Kind as Given;
    match kind {
        Given::None => Kind::None,
        Given::Bool => Kind::Bool,
        Given::Int | Given::Decimal | Given::Number => Kind::Number,
        Given::Text => Kind::Text,
        Given::List => Kind::List,
        Given::Map => Kind::Map,
        Given::Duration => Kind::Duration,
        Given::Size => Kind::Size,
        Given::Percent => Kind::Percent,
        Given::Moment => Kind::Moment,
        _ => Kind::Any,
    }
}
