//! Exact decimals.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// An exact decimal of at most 28 digits: `mantissa / 10^scale`.
///
/// It carries a number without changing it, and does not compute: who does takes a library made
/// for that, by way of [`Decimal::mantissa`] and [`Decimal::scale`], or of its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// The most digits after the point.
const DEEPEST: u32 = 28;

/// One more than the largest mantissa: 2^96.
const TOO_LARGE: i128 = 1 << 96;

impl Decimal {
    /// `mantissa / 10^scale`; none if that is larger than `scn` can hold.
    pub fn new(mantissa: i128, scale: u32) -> Option<Self> {
        let fits = scale <= DEEPEST && -TOO_LARGE < mantissa && mantissa < TOO_LARGE;
        fits.then_some(Self { mantissa, scale })
    }

    /// The digits, without the point.
    pub fn mantissa(self) -> i128 {
        self.mantissa
    }

    /// How many of the digits stand after the point.
    pub fn scale(self) -> u32 {
        self.scale
    }

    /// The nearest number that a computer reckons with fast.
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The decimal that a person would write for such a number: the shortest one that is nearest.
    /// None if there is none, as for infinity.
    pub fn from_f64(number: f64) -> Option<Self> {
        let text = number.to_string();
        text.parse()
            .ok()
            .or_else(|| format!("{number:.15}").parse().ok())
    }

    /// Without zeros at the end.
    fn normal(mut self) -> Self {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self {
            mantissa: number.into(),
            scale: 0,
        }
    }
}

impl FromStr for Decimal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no decimal of at most 28 digits");
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let all = || whole.chars().chain(part.chars());
        if all().next().is_none() || !all().all(|digit| digit.is_ascii_digit()) {
            return Err(wrong());
        }
        let scale = u32::try_from(part.len()).map_err(|_| wrong())?;
        let mantissa = all().try_fold(0_i128, |sum, digit| {
            let digit = i128::from(digit.to_digit(10)?);
            sum.checked_mul(10)?.checked_add(digit)
        });
        let mantissa = mantissa.ok_or_else(wrong)?;
        Self::new(sign * mantissa, scale).ok_or_else(wrong)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.scale as usize;
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, part) = digits.split_at(digits.len() - scale);
        match part.is_empty() {
            true => write!(f, "{sign}{whole}"),
            false => write!(f, "{sign}{whole}.{part}"),
        }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (self.normal(), other.normal());
        let whole = |decimal: Self| decimal.mantissa.div_euclid(10_i128.pow(decimal.scale));
        let part = |decimal: Self| {
            let rest = decimal.mantissa.rem_euclid(10_i128.pow(decimal.scale));
            rest * 10_i128.pow(DEEPEST - decimal.scale)
        };
        let first = whole(one).cmp(&whole(two));
        first.then_with(|| part(one).cmp(&part(two)))
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let normal = self.normal();
        (normal.mantissa, normal.scale).hash(state);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_it_is_written() {
        for text in [
            "0",
            "10.5",
            "-0.05",
            "1.20",
            "79228162514264337593543950335",
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "-",
            ".",
            "1e5",
            "a",
            "1.2.3",
            "+1",
            "79228162514264337593543950336",
        ] {
            assert!(wrong.parse::<Decimal>().is_err(), "{wrong}");
        }
        assert!(format!("0.{}", "1".repeat(29)).parse::<Decimal>().is_err());
    }

    #[test]
    fn it_is_compared_as_a_number() {
        let of = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(of("1.20"), of("1.2"));
        assert!(of("-1.5") < of("-1.25"));
        assert!(of("79228162514264337593543950335") > of("0.0000000000000000000000000001"));
        assert!(of("-0.1") < of("0.1"));
        assert_eq!(Decimal::from_f64(0.1).unwrap(), of("0.1"));
        assert!((of("2.5").to_f64() - 2.5).abs() < 1e-12);
        assert_eq!(Decimal::from_f64(f64::INFINITY), None);
    }
}
