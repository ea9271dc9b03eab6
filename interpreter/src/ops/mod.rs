//! What expressions do to values: operators, reading as a type, parts of a value.
//!
//! Everything here is pure, and an error is a sentence with the operation and the values that
//! it had, secrets masked. What is computed from a secret is secret; whether a comparison
//! holds is not, or no condition could ever look at one.

mod access;
mod arithmetic;
mod compare;
mod decimal;
mod glob;
pub mod limits;
mod read;
mod regex;
mod show;
#[cfg(test)]
pub(crate) mod tests;

use std::cmp::Ordering;

use scn_grammar::tree::Operator;
use scn_protocol::Value;

pub use self::access::{Sequence, field, index, iterate, list, map};
pub(crate) use self::access::{insert, nested, push};
pub use self::arithmetic::{append, negate};
pub use self::compare::{equal, order};
pub(crate) use self::glob::{Wild, glob, meet};
pub use self::read::{
    all_known, coerce, equal_known, known, number_from_text, plain, tainted, truth, whole,
};
pub use self::regex::{compile_regex, matches};
pub use self::show::{shorten, show};

/// `left OPERATOR right`, both evaluated (`and` and `or` too: whoever evaluates an expression
/// leaves out the right side where it does not matter).
///
/// # Errors
/// What cannot be computed: overflow, division by zero, values that do not go together.
#[inline]
pub fn binary(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        let truth = match operator {
            Operator::Equal => a == b,
            Operator::NotEqual => a != b,
            Operator::Less => a < b,
            Operator::LessEqual => a <= b,
            Operator::Greater => a > b,
            Operator::GreaterEqual => a >= b,
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Modulo => {
                return arithmetic::whole(operator, *a, *b)
                    .map_err(|reason| explain(operator, left, right, &reason));
            }
            _ => return general(operator, left, right),
        };
        return Ok(Value::Bool(truth));
    }
    general(operator, left, right)
}

fn general(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    reason(operator, left, right).map_err(|reason| explain(operator, left, right, &reason))
}

/// [`binary`], the error being the reason alone.
pub(crate) fn reason(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    // A list is added to whatever it holds.
    let needed = match operator {
        Operator::Add => known,
        _ => all_known,
    };
    needed(left)?;
    needed(right)?;
    let ordered = |holds: fn(Ordering) -> bool| compare::compare(left, right).map(holds);
    let truth = match operator {
        Operator::Or => truth(left)? | truth(right)?,
        Operator::And => truth(left)? & truth(right)?,
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::Less => ordered(Ordering::is_lt)?,
        Operator::LessEqual => ordered(Ordering::is_le)?,
        Operator::Greater => ordered(Ordering::is_gt)?,
        Operator::GreaterEqual => ordered(Ordering::is_ge)?,
        Operator::In => compare::within(left, right)?,
        Operator::NotIn => !compare::within(left, right)?,
        Operator::Contains => compare::within(right, left)?,
        Operator::Add
        | Operator::Subtract
        | Operator::Multiply
        | Operator::Divide
        | Operator::Modulo => return arithmetic::arithmetic(operator, left, right),
    };
    Ok(Value::Bool(truth))
}

#[cold]
fn explain(operator: Operator, left: &Value, right: &Value, reason: &str) -> String {
    format!(
        "{} {} {}: {reason}",
        show(left),
        symbol(operator),
        show(right)
    )
}

/// An operator as it is written.
pub fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Or => "or",
        Operator::And => "and",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterEqual => ">=",
        Operator::In => "in",
        Operator::NotIn => "not in",
        Operator::Contains => "contains",
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Modulo => "%",
    }
}

/// `not value`.
///
/// # Errors
/// What is neither true nor false.
pub fn not(value: &Value) -> Result<Value, String> {
    truth(value).map(|truth| Value::Bool(!truth))
}
