//! What a group of a rule's regular expression says: a quantity, a number, or text.

use num_traits::ToPrimitive;
use scn_protocol::{Decimal, Value, quantity};

/// What the numbers of a rule count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unit {
    /// Nothing was said.
    None,
    /// Times; so many nanoseconds each.
    Time(Decimal),
    /// Sizes; so many bytes each.
    Size(Decimal),
    /// Percentages.
    Percent,
}

impl Unit {
    /// The unit of this name; `None` if there is none.
    pub fn named(name: &str) -> Option<Self> {
        let one = format!("1{name}");
        if name == "%" {
            Some(Self::Percent)
        } else if let Some(nanos) = quantity::parse_duration(&one) {
            Some(Self::Time(Decimal::from(nanos)))
        } else {
            quantity::parse_size(&one).map(|bytes| Self::Size(Decimal::from(bytes)))
        }
    }

    /// The number that a text says, in nanoseconds, bytes, percent or as it is; `None` where it
    /// says none. Beside plain numbers, with a unit, those with an exponent and those that come
    /// with a unit of their own (`250us`) are read.
    pub fn number(self, text: &str) -> Option<Decimal> {
        let plain = plain_number(text);
        let times = |factor: Decimal, own: fn(&str) -> Option<i64>| {
            plain
                .or_else(|| scientific(text))
                .and_then(|number| number.checked_mul(factor))
                .or_else(|| own(text).map(Decimal::from))
                .filter(|number| number.round().to_i64().is_some())
        };
        match self {
            Self::None => plain,
            Self::Time(factor) => times(factor, quantity::parse_duration),
            Self::Size(factor) => times(factor, quantity::parse_size),
            Self::Percent => plain
                .or_else(|| scientific(text))
                .or_else(|| quantity::parse_percent(text)),
        }
    }

    /// A number that [`Unit::number`] gave, or one computed from such, as a value. Without a
    /// unit it is a whole number where it has no fraction and `whole` says that all have none.
    pub fn value(self, number: Decimal, whole: bool) -> Value {
        match self {
            Self::None if whole => match number.round().to_i64() {
                Some(int) => Value::Int(int),
                None => Value::decimal(number),
            },
            Self::None => Value::decimal(number.normalize()),
            Self::Time(_) => Value::Duration(saturating(number)),
            Self::Size(_) => Value::Size(saturating(number)),
            Self::Percent => Value::percent(number.normalize()),
        }
    }

    /// What a text says, as a metric: text where it is no number.
    pub fn metric(self, text: &str) -> Value {
        match self.number(text) {
            Some(number) => self.value(number, is_whole(text)),
            None => Value::from(text),
        }
    }

    /// What a text says, as an event's data. Without a unit it is a number only if that says the
    /// same, so that `007` and `1.50` are kept as they are.
    pub fn data(self, text: &str) -> Value {
        let value = self.metric(text);
        if self == Self::None && value.to_text() != text {
            return Value::from(text);
        }
        value
    }
}

/// Whether a text that is a number has no fraction, and fits a whole number.
pub(crate) fn is_whole(text: &str) -> bool {
    text.parse::<i64>().is_ok()
}

fn plain_number(text: &str) -> Option<Decimal> {
    match text.parse::<i64>() {
        Ok(whole) => Some(Decimal::from(whole)),
        Err(_) => quantity::parse_decimal(text),
    }
}

fn scientific(text: &str) -> Option<Decimal> {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        .then(|| Decimal::from_scientific(text).ok())
        .flatten()
}

fn saturating(number: Decimal) -> i64 {
    let number = number.round();
    number.to_i64().unwrap_or(if number.is_sign_negative() {
        i64::MIN
    } else {
        i64::MAX
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn units_make_quantities() {
        for (unit, text, value) in [
            ("us", "250", Value::Duration(250_000)),
            ("ms", "1.5", Value::Duration(1_500_000)),
            ("s", "1.2e-3", Value::Duration(1_200_000)),
            ("ms", "250us", Value::Duration(250_000)),
            ("ms", "n/a", Value::from("n/a")),
            (
                "s",
                "9223372036854775807",
                Value::from("9223372036854775807"),
            ),
            ("KiB", "4", Value::Size(4_096)),
            ("MB", "0.5", Value::Size(500_000)),
            ("%", "12.50", Value::percent(Decimal::new(125, 1))),
            ("%", "7%", Value::percent(Decimal::from(7))),
        ] {
            assert_eq!(
                Unit::named(unit).unwrap().metric(text),
                value,
                "{text} {unit}"
            );
        }
        assert_eq!(Unit::named("furlong"), None);
    }

    #[test]
    fn without_a_unit_numbers_are_numbers_and_the_rest_is_text() {
        for (text, value) in [
            ("42", Value::Int(42)),
            ("-7", Value::Int(-7)),
            ("007", Value::Int(7)),
            ("1.50", Value::decimal(Decimal::new(15, 1))),
            ("12e5", Value::from("12e5")),
            ("READY", Value::from("READY")),
            ("", Value::from("")),
        ] {
            assert_eq!(Unit::None.metric(text), value);
        }
    }

    #[test]
    fn data_keeps_what_a_number_would_lose() {
        assert_eq!(Unit::None.data("42"), Value::Int(42));
        assert_eq!(Unit::None.data("007"), Value::from("007"));
        assert_eq!(Unit::None.data("1.50"), Value::from("1.50"));
    }
}
