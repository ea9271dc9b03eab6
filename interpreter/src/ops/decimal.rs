//! Decimal arithmetic to 28 digits.
//!
//! A result of at most 28 digits is exact. One with more digits behind the point is rounded to
//! 28 digits, ties to the even digit; one with more digits before it is an error. The library's
//! own operations keep 96 bits, which is 28 digits for some values and 29 for others, and a
//! rule that depends on the first digit cannot be explained: so the sums are done here, on
//! whole numbers, and only the storage is the library's.

use rust_decimal::Decimal;

/// Ten to the power of 28: the first number with more digits than are kept.
const LIMIT: u128 = 10_u128.pow(28);
/// The square root of [`LIMIT`], in which products are worked out by halves.
const HALF: u128 = 10_u128.pow(14);
/// At most so many digits stand behind the point.
const MOST_SCALE: u32 = 28;

const OVERFLOW: &str = "overflow: the result has more than 28 digits before the point";
pub(super) const BY_ZERO: &str = "division by zero";

type Outcome = Result<Decimal, &'static str>;

/// A number without its sign: `(high × 10^28 + low) / 10^scale`.
#[derive(Clone, Copy)]
struct Wide {
    high: u128,
    low: u128,
    scale: u32,
}

/// `a + b`.
pub(super) fn add(a: Decimal, b: Decimal) -> Outcome {
    let (a, b) = (shorten(a)?, shorten(b)?);
    let (ma, mb) = (a.mantissa(), b.mantissa());
    if a.scale() == b.scale() {
        // Both are below 10^28, so the sum is far from the limits of 128 bits.
        return from_whole(ma + mb, a.scale());
    }
    // The one with more digits behind the point stays as it is; the other is made longer.
    let (long, short, scale) = if a.scale() > b.scale() {
        (ma, mb, a.scale() - b.scale())
    } else {
        (mb, ma, b.scale() - a.scale())
    };
    let wide = product(short.unsigned_abs(), 10_u128.pow(scale));
    let scale = a.scale().max(b.scale());
    let (negative, sum) = if (short < 0) == (long < 0) {
        let low = wide.low + long.unsigned_abs();
        let high = wide.high + low / LIMIT;
        (short < 0, (high, low % LIMIT))
    } else {
        difference(wide, long.unsigned_abs(), short < 0)
    };
    fit(
        negative,
        Wide {
            high: sum.0,
            low: sum.1,
            scale,
        },
    )
}

/// `a - b`.
pub(super) fn subtract(a: Decimal, b: Decimal) -> Outcome {
    add(a, -b)
}

/// `a * b`.
pub(super) fn multiply(a: Decimal, b: Decimal) -> Outcome {
    let (a, b) = (shorten(a)?, shorten(b)?);
    let wide = product(a.mantissa().unsigned_abs(), b.mantissa().unsigned_abs());
    fit(
        a.is_sign_negative() != b.is_sign_negative(),
        Wide {
            scale: a.scale() + b.scale(),
            ..wide
        },
    )
}

/// As many digits of a quotient are worked out at once: a rest has 28, and 37 fit 128 bits.
const STRIDE: u32 = 9;

/// `a / b`, by long division, some digits at a time, until it comes out or 28 are full.
pub(super) fn divide(a: Decimal, b: Decimal) -> Outcome {
    if b.is_zero() {
        return Err(BY_ZERO);
    }
    let (a, b) = (shorten(a)?, shorten(b)?);
    let divisor = b.mantissa().unsigned_abs();
    let dividend = a.mantissa().unsigned_abs();
    let mut quotient = dividend / divisor;
    let mut rest = dividend % divisor;
    // Digits behind the point so far; below zero while digits before it are still missing.
    let mut scale = i64::from(a.scale()) - i64::from(b.scale());
    while scale < 0 || rest != 0 {
        let full = quotient.checked_ilog10().map_or(0, |log| log + 1);
        let behind = u32::try_from(i64::from(MOST_SCALE) - scale).unwrap_or(0);
        let digits = STRIDE.min(MOST_SCALE - full).min(behind);
        if digits == 0 {
            break;
        }
        let unit = 10_u128.pow(digits);
        rest *= unit;
        quotient = quotient * unit + rest / divisor;
        rest %= divisor;
        scale += i64::from(digits);
    }
    let up = match (rest * 2).cmp(&divisor) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => quotient % 2,
        std::cmp::Ordering::Greater => 1,
    };
    quotient += up;
    let scale = u32::try_from(scale).map_err(|_| OVERFLOW)?;
    fit(
        a.is_sign_negative() != b.is_sign_negative(),
        Wide {
            high: quotient / LIMIT,
            low: quotient % LIMIT,
            scale,
        },
    )
}

/// `a` modulo `b`: what is left has the sign of `b`, as in Python.
pub(super) fn modulo(a: Decimal, b: Decimal) -> Outcome {
    if b.is_zero() {
        return Err(BY_ZERO);
    }
    let rest = a.checked_rem(b).ok_or(OVERFLOW)?;
    if rest.is_zero() || rest.is_sign_negative() == b.is_sign_negative() {
        Ok(rest.normalize())
    } else {
        add(rest, b)
    }
}

/// The same number in at most 28 digits, which is how all but a few numbers of foreign
/// origin come.
fn shorten(number: Decimal) -> Outcome {
    let digits = number.mantissa().unsigned_abs();
    if digits < LIMIT {
        return Ok(number);
    }
    fit(
        number.is_sign_negative(),
        Wide {
            high: digits / LIMIT,
            low: digits % LIMIT,
            scale: number.scale(),
        },
    )
}

/// A product of two numbers of at most 28 digits, or of one such and 10^28.
fn product(a: u128, b: u128) -> Wide {
    let (a1, a0) = (a / HALF, a % HALF);
    let (b1, b0) = (b / HALF, b % HALF);
    let middle = a1 * b0 + a0 * b1;
    let low = a0 * b0 + (middle % HALF) * HALF;
    Wide {
        high: a1 * b1 + middle / HALF + low / LIMIT,
        low: low % LIMIT,
        scale: 0,
    }
}

/// `wide - small` where `wide` has the sign that `negative` tells and `small` the other: the
/// sign of the result, and its parts.
fn difference(wide: Wide, small: u128, negative: bool) -> (bool, (u128, u128)) {
    if wide.high == 0 && wide.low < small {
        return (!negative, (0, small - wide.low));
    }
    if wide.low >= small {
        (negative, (wide.high, wide.low - small))
    } else {
        (negative, (wide.high - 1, wide.low + LIMIT - small))
    }
}

/// A decimal from a whole number and how many of its digits stand behind the point.
fn from_whole(mantissa: i128, scale: u32) -> Outcome {
    let digits = mantissa.unsigned_abs();
    fit(
        mantissa < 0,
        Wide {
            high: digits / LIMIT,
            low: digits % LIMIT,
            scale,
        },
    )
}

/// Rounds to 28 digits, ties to the even digit, and drops trailing zeros.
fn fit(negative: bool, wide: Wide) -> Outcome {
    let length = if wide.high == 0 {
        0
    } else {
        wide.high.ilog10() + 1
    };
    let drop = length.max(wide.scale.saturating_sub(MOST_SCALE));
    if drop > wide.scale {
        return Err(OVERFLOW);
    }
    // `drop` is at most 28: products have 56 digits, and 56 digits behind the point.
    let unit = 10_u128.pow(drop);
    let mut digits = wide.high * 10_u128.pow(28 - drop) + wide.low / unit;
    let rest = wide.low % unit;
    let scale = wide.scale - drop;
    if rest * 2 > unit || (rest * 2 == unit && digits % 2 == 1) {
        digits += 1;
    }
    if digits == LIMIT {
        if scale == 0 {
            return Err(OVERFLOW);
        }
        return store(negative, digits / 10, scale - 1);
    }
    store(negative, digits, scale)
}

fn store(negative: bool, digits: u128, scale: u32) -> Outcome {
    let whole = i128::try_from(digits).map_err(|_| OVERFLOW)?;
    let signed = if negative { -whole } else { whole };
    Decimal::try_from_i128_with_scale(signed, scale)
        .map(|decimal| decimal.normalize())
        .map_err(|_| OVERFLOW)
}
