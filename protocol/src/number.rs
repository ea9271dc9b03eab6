//! Numbers as other programs write them.

use rust_decimal::Decimal;

use crate::quantity::MANTISSA_LIMIT;

/// A decimal has no more digits than that, before its point or behind it.
const DIGITS: i64 = 28;

/// Reads a number as JSON has it: perhaps with an exponent, perhaps with more digits behind
/// the point than a decimal keeps. Those are rounded away: to 28 digits, ties to the even one.
///
/// `None` if it is no number, or has more than 28 digits before its point.
pub fn parse(text: &str) -> Option<Decimal> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    if let Some(decimal) = short(text, negative) {
        return Some(decimal);
    }
    let (base, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, part) = base.split_once('.').unwrap_or((base, ""));
    let digits = format!("{whole}{part}");
    if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(Decimal::ZERO);
    }
    let exponent = match exponent {
        None => 0,
        // Nobody means a number with so many zeros, but it can be written.
        Some(digits) => i64::from(digits.parse::<i32>().ok()?),
    };
    let scale = i64::try_from(part.len()).ok()? - exponent;
    let (mantissa, scale) = round(digits, scale)?;
    let signed = if negative { -mantissa } else { mantissa };
    let decimal = Decimal::try_from_i128_with_scale(signed, scale).ok()?;
    Some(decimal.normalize())
}

/// A number of few digits without an exponent, which most are: nothing of it is rounded.
fn short(text: &str, negative: bool) -> Option<Decimal> {
    /// Less than any number that could be too large on the way.
    const FEW: usize = 18;
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || text.len() > FEW {
        return None;
    }
    let mut mantissa: i64 = 0;
    for byte in whole.bytes().chain(part.bytes()) {
        let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
        mantissa = mantissa * 10 + i64::from(digit);
    }
    let scale = u32::try_from(part.len()).ok()?;
    let signed = if negative { -mantissa } else { mantissa };
    Some(Decimal::new(signed, scale).normalize())
}

/// `digits / 10^scale` in 28 digits.
fn round(digits: &str, scale: i64) -> Option<(i128, u32)> {
    let length = i64::try_from(digits.len()).ok()?;
    if length - scale > DIGITS {
        return None;
    }
    let drop = (length - DIGITS).max(scale - DIGITS).max(0);
    if drop > length {
        return Some((0, 0));
    }
    let (kept, rest) = digits.split_at(usize::try_from(length - drop).ok()?);
    let mut mantissa: u128 = if kept.is_empty() {
        0
    } else {
        kept.parse().ok()?
    };
    let half = rest.starts_with('5') && rest[1..].bytes().all(|digit| digit == b'0');
    if rest >= "5" && (!half || mantissa % 2 == 1) {
        mantissa += 1;
    }
    let mut scale = scale - drop;
    if scale < 0 {
        mantissa = mantissa.checked_mul(10_u128.checked_pow(u32::try_from(-scale).ok()?)?)?;
        scale = 0;
    }
    if mantissa == MANTISSA_LIMIT && scale > 0 {
        mantissa /= 10;
        scale -= 1;
    }
    if mantissa >= MANTISSA_LIMIT {
        return None;
    }
    Some((i128::try_from(mantissa).ok()?, u32::try_from(scale).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_short_number_is_read_as_a_long_one_is(sign in "-?", digits in "[0-9]{1,9}(\\.[0-9]{0,8})?") {
            let number = format!("{sign}{digits}");
            // So many zeros make it no other number.
            let long = format!("{sign}{}{digits}", "0".repeat(20));
            prop_assert_eq!(parse(&number), parse(&long));
            prop_assert_eq!(parse(&number).map(|n| n.to_string()), parse(&long).map(|n| n.to_string()));
        }
    }

    #[test]
    fn what_other_programs_write() {
        for (text, read) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("-1.25E-2", "-0.0125"),
            ("1.5e+1", "15"),
            (
                "0.1000000000000000055511151231257827",
                "0.1000000000000000055511151231",
            ),
            ("0.00000000000000000000000000005", "0"),
            (
                "0.00000000000000000000000000015",
                "0.0000000000000000000000000002",
            ),
            (
                "0.000000000000000000000000000050001",
                "0.0000000000000000000000000001",
            ),
            ("1e-300", "0"),
            ("0e999999999999", "0"),
            (
                "9999999999999999999999999999",
                "9999999999999999999999999999",
            ),
            ("99.99999999999999999999999999999", "100"),
            ("1e27", "1000000000000000000000000000"),
        ] {
            assert_eq!(
                parse(text).map(|decimal| decimal.to_string()).as_deref(),
                Some(read),
                "{text}"
            );
        }
        for wrong in [
            "",
            "-",
            "e5",
            "1e",
            "1.2.3",
            "1e28",
            "1e308",
            "NaN",
            "Infinity",
            "9999999999999999999999999999.5",
            "1e99999999999",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
