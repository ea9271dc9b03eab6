//! Laws that hold for all values.

use std::cmp::Ordering;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use scn_grammar::tree::Operator;
use scn_protocol::{Decimal, List, Map, Value};

use crate::ops::{append, binary, equal, negate, order};

/// Whole numbers, often at the edges of 64 bits.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -3..=3_i64,
        Just(i64::MIN),
        Just(i64::MAX),
        (i64::MAX - 3)..=i64::MAX,
    ]
}

fn decimal() -> impl Strategy<Value = Decimal> {
    const MOST: i128 = 9_999_999_999_999_999_999_999_999_999;
    let digits = prop_oneof![-MOST..=MOST, -1000..=1000_i128];
    (digits, 0..=28_u32).prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, scale))
}

/// Any value that can be written or computed.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Int),
        (-5..5_i64).prop_map(Value::Int),
        decimal().prop_map(Value::decimal),
        "[a-c]{0,2}|-?[0-9]{1,2}(\\.[0-9])?(s|MB|%|)".prop_map(Value::text),
        vec(any::<u8>(), 0..3).prop_map(Value::bytes),
        number().prop_map(Value::Duration),
        (-5..5_i64).prop_map(|s| Value::Duration(s * 1_000_000_000)),
        number().prop_map(Value::Size),
        decimal().prop_map(Value::percent),
        number().prop_map(Value::Moment),
        Just(Value::component("a")),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::list),
            vec(("[ab]", inner.clone()), 0..3)
                .prop_map(|entries| Value::map(entries.into_iter().collect::<Map>())),
            inner.prop_map(Value::into_secret),
        ]
    })
}

const ARITHMETIC: [Operator; 5] = [
    Operator::Add,
    Operator::Subtract,
    Operator::Multiply,
    Operator::Divide,
    Operator::Modulo,
];

proptest! {
    #[test]
    fn whole_numbers_agree_with_wider_ones(a in number(), b in number()) {
        let (x, y) = (i128::from(a), i128::from(b));
        let floored = if y == 0 { None } else { Some(x - y * floor_div(x, y)) };
        for (operator, wide) in [
            (Operator::Add, Some(x + y)),
            (Operator::Subtract, Some(x - y)),
            (Operator::Multiply, Some(x * y)),
            (Operator::Modulo, floored),
        ] {
            let expected = wide.and_then(|wide| i64::try_from(wide).ok()).map(Value::Int);
            let got = binary(operator, &Value::Int(a), &Value::Int(b)).ok();
            prop_assert_eq!(got, expected);
        }
    }

    #[test]
    fn whole_numbers_and_decimals_agree(a in -1_000_000..1_000_000_i64, b in -1000..1000_i64) {
        for operator in ARITHMETIC {
            let whole = binary(operator, &Value::Int(a), &Value::Int(b));
            let mixed = binary(operator, &Value::decimal(a.into()), &Value::Int(b));
            prop_assert_eq!(whole.is_ok(), mixed.is_ok());
            if let (Ok(whole), Ok(mixed)) = (whole, mixed) {
                prop_assert!(equal(&whole, &mixed));
            }
        }
    }

    #[test]
    fn nothing_panics_and_text_ends(a in value(), b in value()) {
        for operator in ARITHMETIC {
            if let Ok(result) = binary(operator, &a, &b) {
                prop_assert!(!matches!(&*result.to_text(), "-0" | "-0%"));
                if matches!(a, Value::Secret(_)) || matches!(b, Value::Secret(_)) {
                    prop_assert!(result.is_secret());
                }
            }
        }
        for operator in [Operator::In, Operator::Contains, Operator::And, Operator::Or] {
            let _ = binary(operator, &a, &b);
        }
        let _ = negate(&a);
    }

    #[test]
    fn equality_is_symmetric_and_reflexive(a in value(), b in value()) {
        prop_assert_eq!(equal(&a, &b), equal(&b, &a));
        prop_assert!(equal(&a, &a.clone()));
        prop_assert!(equal(&a, &a.clone().into_secret()));
        prop_assert_eq!(
            binary(Operator::NotEqual, &a, &b),
            Ok(Value::Bool(!equal(&a, &b)))
        );
    }

    #[test]
    fn order_is_antisymmetric_and_agrees_with_equality(a in value(), b in value()) {
        match (order(&a, &b), order(&b, &a)) {
            (Ok(one), Ok(other)) => {
                prop_assert_eq!(one, other.reverse());
                let bytes = matches!((a.reveal(), b.reveal()), (Value::Bytes(_), Value::Bytes(_)));
                if !bytes {
                    prop_assert_eq!(one == Ordering::Equal, equal(&a, &b));
                }
            }
            (Err(_), Err(_)) => {}
            (one, other) => prop_assert!(false, "{one:?} {other:?}"),
        }
    }

    #[test]
    fn appending_is_adding(a in value(), b in value()) {
        let sum = binary(Operator::Add, &a, &b);
        let mut grown = a.clone();
        match append(&mut grown, &b) {
            Ok(()) => prop_assert_eq!(Ok(grown), sum),
            Err(_) => {
                prop_assert!(sum.is_err());
                prop_assert_eq!(grown, a);
            }
        }
    }

    #[test]
    fn sums_and_products_are_those_of_fractions(a in decimal(), b in decimal()) {
        let (x, y) = (Fraction::of(a), Fraction::of(b));
        check_exact(Operator::Add, a, b, x.add(&y))?;
        check_exact(Operator::Subtract, a, b, x.add(&y.negated()))?;
        check_exact(Operator::Multiply, a, b, x.times(&y))?;
    }

    #[test]
    fn quotients_are_nearest(a in decimal(), b in decimal()) {
        prop_assume!(!b.is_zero());
        let Ok(Value::Decimal(quotient)) =
            binary(Operator::Divide, &Value::decimal(a), &Value::decimal(b))
        else {
            // Only what has more than 28 digits before its point.
            prop_assert!((a.abs() / Decimal::from(10_i64.pow(9))) > b.abs());
            return Ok(());
        };
        // |quotient * b - a| is at most half of a last digit times |b|.
        let product = Fraction::of(*quotient).times(&Fraction::of(b));
        let off = product.add(&Fraction::of(a).negated());
        let last = last_place(*quotient);
        let bound = last.times(&Fraction::of(b));
        prop_assert!(off.twice().magnitude_at_most(&bound), "{a} / {b} = {quotient}");
    }
}

fn floor_div(x: i128, y: i128) -> i128 {
    let quotient = x / y;
    if x % y != 0 && (x < 0) != (y < 0) {
        quotient - 1
    } else {
        quotient
    }
}

/// The value of the last digit that a decimal of this size could have.
fn last_place(decimal: Decimal) -> Fraction {
    let digits = decimal.normalize().mantissa().unsigned_abs();
    let length = if digits == 0 { 0 } else { digits.ilog10() + 1 };
    let scale = (decimal.normalize().scale() + 28 - length).min(28);
    Fraction::of(Decimal::from_i128_with_scale(1, scale))
}

/// The result is the fraction itself where 28 digits hold it, and else the nearest to it.
fn check_exact(
    operator: Operator,
    a: Decimal,
    b: Decimal,
    exact: Fraction,
) -> Result<(), TestCaseError> {
    match binary(operator, &Value::decimal(a), &Value::decimal(b)) {
        Ok(Value::Decimal(got)) => {
            let off = Fraction::of(*got).add(&exact.negated());
            let bound = last_place(*got);
            prop_assert!(
                off.twice().magnitude_at_most(&bound),
                "{a} {operator:?} {b} = {got}"
            );
            if exact.digits() <= 28 {
                prop_assert!(off.is_zero(), "{a} {operator:?} {b} = {got}");
            }
        }
        Ok(other) => prop_assert!(false, "{other:?}"),
        Err(_) => prop_assert!(exact.whole_digits() >= 28),
    }
    Ok(())
}

/// A number in decimal digits without limit: `sign × digits / 10^scale`.
#[derive(Clone, Debug)]
struct Fraction {
    negative: bool,
    /// From the lowest.
    digits: Vec<u8>,
    scale: usize,
}

impl Fraction {
    fn of(decimal: Decimal) -> Self {
        let text = decimal.mantissa().unsigned_abs().to_string();
        Self {
            negative: decimal.is_sign_negative(),
            digits: text.bytes().rev().map(|digit| digit - b'0').collect(),
            scale: decimal.scale() as usize,
        }
    }

    fn negated(&self) -> Self {
        Self {
            negative: !self.negative,
            ..self.clone()
        }
    }

    fn is_zero(&self) -> bool {
        self.digits.iter().all(|digit| *digit == 0)
    }

    /// With more digits behind the point.
    fn stretched(&self, scale: usize) -> Vec<u8> {
        let mut digits = vec![0; scale - self.scale];
        digits.extend(&self.digits);
        digits
    }

    fn add(&self, other: &Self) -> Self {
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.stretched(scale), other.stretched(scale));
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, sum(&a, &b))
        } else if less(&a, &b) {
            (other.negative, less_of(&b, &a))
        } else {
            (self.negative, less_of(&a, &b))
        };
        Self {
            negative,
            digits,
            scale,
        }
    }

    fn twice(&self) -> Self {
        self.add(&self.clone())
    }

    fn times(&self, other: &Self) -> Self {
        let mut digits = vec![0_u32; self.digits.len() + other.digits.len() + 1];
        for (i, a) in self.digits.iter().enumerate() {
            for (j, b) in other.digits.iter().enumerate() {
                digits[i + j] += u32::from(*a) * u32::from(*b);
            }
        }
        let mut carry = 0;
        let digits = digits
            .into_iter()
            .map(|digit| {
                let sum = digit + carry;
                carry = sum / 10;
                u8::try_from(sum % 10).unwrap_or_default()
            })
            .collect();
        Self {
            negative: self.negative != other.negative,
            digits,
            scale: self.scale + other.scale,
        }
    }

    fn magnitude_at_most(&self, bound: &Self) -> bool {
        let scale = self.scale.max(bound.scale);
        !less(&bound.stretched(scale), &self.stretched(scale))
    }

    /// How many digits it needs, or how many stand behind its point if that is more.
    fn digits(&self) -> usize {
        let low = self.digits.iter().position(|digit| *digit != 0);
        let high = self.digits.iter().rposition(|digit| *digit != 0);
        match (low, high) {
            (Some(low), Some(high)) => {
                let behind = self.scale.saturating_sub(low);
                let whole = (high + 1).saturating_sub(low.min(self.scale));
                whole.max(behind)
            }
            _ => 0,
        }
    }

    /// How many digits stand before its point.
    fn whole_digits(&self) -> usize {
        let high = self.digits.iter().rposition(|digit| *digit != 0);
        high.map_or(0, |high| (high + 1).saturating_sub(self.scale))
    }
}

fn at(digits: &[u8], place: usize) -> u8 {
    digits.get(place).copied().unwrap_or(0)
}

fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    (0..=a.len().max(b.len()))
        .map(|place| {
            let sum = at(a, place) + at(b, place) + carry;
            carry = sum / 10;
            sum % 10
        })
        .collect()
}

/// `a - b` where `b` is no greater.
fn less_of(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    (0..a.len())
        .map(|place| {
            let (from, take) = (at(a, place) + 10, at(b, place) + borrow);
            borrow = u8::from(from - take < 10);
            (from - take) % 10
        })
        .collect()
}

fn less(a: &[u8], b: &[u8]) -> bool {
    let places = (0..a.len().max(b.len())).rev();
    places
        .map(|place| at(a, place).cmp(&at(b, place)))
        .find(|found| found.is_ne())
        == Some(Ordering::Less)
}

#[test]
fn a_shared_list_is_copied_before_it_grows() {
    let shared = Arc::new(List::from(vec![Value::Int(1)]));
    let mut list = Value::List(Arc::clone(&shared));
    assert_eq!(append(&mut list, &Value::list(vec![Value::Int(2)])), Ok(()));
    assert_eq!(shared.len(), 1);
}
