//! What kind of value an expression has, as far as that is known before the run; and what can
//! never work whatever is known only then.

use scn_grammar::tree::{Expr, ExprKind, Operator};
use scn_grammar::{Diagnostic, Span};

use super::Scope;
use super::expression::is_comparison;
use super::literal::literal;
use crate::codes;
use crate::function::{Function, Kind};
use crate::ops::limits::DEEPEST;

impl Scope<'_, '_> {
    /// A condition must be true or false.
    pub fn check_condition(&mut self, condition: &Expr) {
        let kind = kind_of(condition);
        let text_that_reads =
            matches!(&condition.kind, ExprKind::Text(parts) if literal(parts).is_none());
        if !Kind::Bool.admits(kind) && !text_that_reads {
            let message = format!("a condition is true or false, and this is {}", kind.name());
            let help = match kind {
                Kind::Duration => {
                    "to let time pass, write: sleep TIME; a limit stands after a condition, as `within TIME`"
                }
                _ => "compare it with something: `==`, `!=`, `<`, `contains`, `matches`",
            };
            self.report(Diagnostic::new(&codes::CONDITION, condition.span, message).help(help));
        }
    }

    /// Kinds that can never be compared, ordered or computed with.
    pub fn check_kinds(&mut self, operator: Operator, span: Span, left: &Expr, right: &Expr) {
        let tree = (left, right);
        let (left, right) = (kind_of(left), kind_of(right));
        if let Operator::In | Operator::NotIn = operator
            && !Kind::Collection.admits(right)
            && !Kind::ListOrMap.admits(right)
        {
            let message = format!(
                "`in` looks into a list, a map or text, and this is {}",
                right.name()
            );
            let found = Diagnostic::new(&codes::KINDS, span, message);
            return self.report(match right {
                Kind::Duration => found.help(format!(
                    "to wait until it is so, write: wait until … within {}",
                    self.source(tree.1.span)
                )),
                _ => found,
            });
        }
        if [left, right].contains(&Kind::Any) {
            return;
        }
        if left == Kind::Text || right == Kind::Text {
            self.check_text_operand(operator, span, tree.0, tree.1);
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
            let mut found = Diagnostic::new(&codes::KINDS, span, message);
            found.help = unit_of(left, right).or_else(|| unit_of(right, left));
            self.report(found);
        }
    }

    /// Text that is written out and reads as nothing that goes with the other side.
    fn check_text_operand(&mut self, operator: Operator, span: Span, left: &Expr, right: &Expr) {
        let (of_left, of_right) = (kind_of(left), kind_of(right));
        let fails = match (literal_text(left), literal_text(right)) {
            (Some(text), None) if of_right.is_measured() => {
                Kind::of_exactly(operator, &[text], &of_right.samples()).is_err()
            }
            (None, Some(text)) if of_left.is_measured() => {
                Kind::of_exactly(operator, &of_left.samples(), &[text]).is_err()
            }
            _ => false,
        };
        if !fails {
            return;
        }
        let (text, other) = match of_left {
            Kind::Text => (left, right),
            _ => (right, left),
        };
        let (shown, beside) = (self.source(text.span), self.source(other.span));
        let message =
            format!("{shown} cannot be read as a number or a quantity, and stands beside one");
        let help = match operator {
            Operator::Add => format!("to put them together as text: {shown} + text({beside}), or \"…#{{{beside}}}\""),
            _ => "when this is reached it is an ERROR; text is compared with `==`, `contains` and `matches`".to_owned(),
        };
        let sign = crate::ops::symbol(operator);
        let found = Diagnostic::new(&codes::NO_NUMBER, text.span, message);
        self.report(
            found
                .help(help)
                .related(span, format!("`{sign}` needs one")),
        );
    }

    /// A list or a map that is written out deeper than a value may be.
    pub fn check_depth(&mut self, expr: &Expr) {
        // Those around it are deeper still: it is told once.
        if depth_of(expr) == DEEPEST + 1 {
            let message = format!("lists and maps are nested more than {DEEPEST} deep here");
            let help = "keep an inner part as text: text(…), and json(…) to read it again";
            self.report(Diagnostic::new(&codes::TOO_LARGE, expr.span, message).help(help));
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
        match (found.name, arguments) {
            // Alone it is what is chosen from, and else the least.
            ("random", [list]) => self.check_kind(Kind::List, list, "random"),
            ("match", [_, regex]) => {
                if let Some(scn_protocol::Value::Text(pattern)) = literal_text(regex)
                    && let Err(error) = crate::ops::compile_regex(&pattern)
                {
                    self.wrong(&codes::REGEX, regex.span, error);
                }
            }
            _ => {}
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

/// How deep lists and maps are nested, as they are written.
fn depth_of(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::List(elements) => 1 + elements.iter().map(depth_of).max().unwrap_or(0),
        ExprKind::Map(pairs) => 1 + pairs.iter().map(|(_, of)| depth_of(of)).max().unwrap_or(0),
        ExprKind::Group(inner) | ExprKind::Interpolation(inner) => depth_of(inner),
        _ => 0,
    }
}

/// A text that is written out.
fn literal_text(expr: &Expr) -> Option<scn_protocol::Value> {
    match &expr.kind {
        ExprKind::Text(parts) => literal(parts).map(scn_protocol::Value::text),
        ExprKind::Group(inner) => literal_text(inner),
        _ => None,
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

/// What a number lacks that stands beside a quantity.
fn unit_of(number: Kind, other: Kind) -> Option<String> {
    let unit = match other {
        Kind::Duration | Kind::Moment => "a time has its unit at the number: 5s",
        Kind::Size => "a size has its unit at the number: 5MB",
        _ => return None,
    };
    let is_number = matches!(number, Kind::Int | Kind::Decimal | Kind::Number);
    is_number.then(|| unit.to_owned())
}
