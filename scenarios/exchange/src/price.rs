//! Prices are whole numbers of ten-thousandths, so that two prices that read the same are the same.

use std::fmt;
use std::str::FromStr;

/// Ten-thousandths in one unit of price.
const SCALE: u64 = 10_000;
/// Digits after the point.
const DIGITS: usize = 4;
/// The highest price, in units.
const MAX_UNITS: u64 = 1_000_000_000;

/// A price above zero, exact to four digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(u64);

impl Price {
    /// A price of so many ten-thousandths; `None` for zero and beyond a thousand million units.
    pub fn from_ticks(ticks: u64) -> Option<Price> {
        (ticks > 0 && ticks <= MAX_UNITS * SCALE).then_some(Price(ticks))
    }
}

impl FromStr for Price {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Price, Self::Err> {
        const WRONG: &str = "bad-price";
        let (units, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let ends_in_point = fraction.is_empty() && text.contains('.');
        if units.is_empty()
            || ends_in_point
            || fraction.len() > DIGITS
            || !digits(units)
            || !digits(fraction)
        {
            return Err(WRONG);
        }
        let units: u64 = units.parse().map_err(|_| WRONG)?;
        if units > MAX_UNITS {
            return Err(WRONG);
        }
        let fraction: u64 = format!("{fraction:0<DIGITS$}").parse().map_err(|_| WRONG)?;
        Price::from_ticks(units * SCALE + fraction).ok_or(WRONG)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, fraction) = (self.0 / SCALE, self.0 % SCALE);
        if fraction == 0 {
            return write!(f, "{units}");
        }
        let digits = format!("{fraction:0DIGITS$}");
        write!(f, "{units}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_writes_as_people_do() {
        for (text, shown) in [
            ("10", "10"),
            ("10.50", "10.5"),
            ("0.0001", "0.0001"),
            ("007.2", "7.2"),
        ] {
            assert_eq!(text.parse::<Price>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn refuses_what_is_no_price() {
        for text in [
            "",
            "0",
            "0.0",
            "-1",
            "+1",
            "1.",
            ".5",
            "1.23456",
            "1e3",
            "1000000001",
            "99999999999999999999",
        ] {
            assert_eq!(text.parse::<Price>(), Err("bad-price"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn survives_being_written(ticks in 1..=MAX_UNITS * SCALE) {
            let price = Price::from_ticks(ticks).unwrap();
            prop_assert_eq!(price.to_string().parse::<Price>(), Ok(price));
        }
    }
}
