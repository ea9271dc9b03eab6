//! How quantities are written and read: times, sizes, percentages, moments.

use rust_decimal::Decimal;

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;

const TIME_UNITS: [(&str, i64); 8] = [
    ("d", 86_400 * SECOND),
    ("h", 3_600 * SECOND),
    ("m", 60 * SECOND),
    ("s", SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
];

const SIZE_UNITS: [(&str, i64); 15] = [
    ("EB", 1_000_000_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("kB", 1_000),
    ("EiB", 1 << 60),
    ("PiB", 1 << 50),
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("kiB", 1 << 10),
    ("B", 1),
];

/// A time as text: whole units of days, hours and minutes, the rest in one unit, as in
/// `1m30s`, `1.5s`, `250ms`.
///
/// `nanos` is in nanoseconds.
pub fn duration_text(nanos: i64) -> String {
    if nanos == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    if nanos < 0 {
        text.push('-');
    }
    let mut rest = nanos.unsigned_abs();
    for (unit, size) in &TIME_UNITS[..3] {
        let size = size.unsigned_abs();
        if rest >= size {
            text.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if rest > 0 {
        let whole = text.len() > usize::from(nanos < 0);
        let (unit, size) = match rest {
            1_000_000_000.. => ("s", 1_000_000_000),
            _ if whole => ("s", 1_000_000_000),
            1_000_000.. => ("ms", 1_000_000),
            1_000.. => ("us", 1_000),
            _ => ("ns", 1),
        };
        let decimal = Decimal::from(rest) / Decimal::from(size);
        text.push_str(&format!("{}{unit}", decimal.normalize()));
    }
    text
}

/// Reads a time such as `250us`, `1.5s` or `1m30s`, in nanoseconds; `None` if it is none or
/// does not fit.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total = Decimal::ZERO;
    let mut last = i64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: Decimal = parse_decimal(&rest[..digits])?;
        rest = &rest[digits..];
        let end = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let &(_, size) = TIME_UNITS.iter().find(|(unit, _)| *unit == &rest[..end])?;
        if size >= last {
            return None;
        }
        last = size;
        rest = &rest[end..];
        total = total.checked_add(number.checked_mul(Decimal::from(size))?)?;
    }
    i64::try_from(if negative { -total } else { total }.round()).ok()
}

/// A size as text, in the largest unit that gives a whole number, decimal units before
/// binary ones. `bytes` is in bytes.
pub fn size_text(bytes: i64) -> String {
    if bytes == 0 {
        return "0B".to_owned();
    }
    for (unit, size) in SIZE_UNITS.iter().filter(|(unit, _)| !unit.starts_with('k')) {
        if bytes % size == 0 {
            return format!("{}{unit}", bytes / size);
        }
    }
    format!("{bytes}B")
}

/// Reads a size such as `500MB`, `1.5GB` or `64KiB`, in bytes; `None` if it is none or does
/// not fit.
pub fn parse_size(text: &str) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-')?;
    let number = parse_decimal(&text[..digits])?;
    let &(_, size) = SIZE_UNITS
        .iter()
        .find(|(unit, _)| *unit == &text[digits..])?;
    let bytes = number.checked_mul(Decimal::from(size))?;
    i64::try_from(bytes.round()).ok()
}

/// Reads a percentage such as `15%` or `99.9%`.
pub fn parse_percent(text: &str) -> Option<Decimal> {
    parse_decimal(text.strip_suffix('%')?)
}

/// Reads a decimal: digits, at most one point with digits on both its sides, at most 28
/// digits, perhaps a sign. No exponent, no separators.
pub fn parse_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(part) {
        return None;
    }
    let decimal = Decimal::from_str_exact(text).ok()?;
    (decimal.mantissa().unsigned_abs() < MANTISSA_LIMIT).then(|| decimal.normalize())
}

/// Ten to the power of 28: the first number with more digits than a decimal keeps.
pub(crate) const MANTISSA_LIMIT: u128 = 10_u128.pow(28);

/// A decimal without trailing zeros.
pub fn decimal_text(decimal: &Decimal) -> String {
    decimal.normalize().to_string()
}

/// A moment (nanoseconds since 1970 in UTC) as RFC 3339, with as many digits of the second
/// as it has.
pub fn moment_text(nanos: i64) -> String {
    match jiff::Timestamp::from_nanosecond(i128::from(nanos)) {
        Ok(moment) => moment.to_string(),
        Err(_) => format!("{nanos}ns"),
    }
}

/// Reads an RFC 3339 moment, in nanoseconds since 1970 in UTC.
pub fn parse_moment(text: &str) -> Option<i64> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    i64::try_from(moment.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_they_are_written() {
        for (nanos, text) in [
            (0, "0s"),
            (1_500_000_000, "1.5s"),
            (90 * SECOND, "1m30s"),
            (250_000, "250us"),
            (250_000_000, "250ms"),
            (86_400 * SECOND, "1d"),
            (61_250_000_000, "1m1.25s"),
            (60_250_000_000, "1m0.25s"),
            (-2 * SECOND, "-2s"),
            (1, "1ns"),
            (1_500, "1.5us"),
            (999_999_999, "999.999999ms"),
            (3_600 * SECOND + 1, "1h0.000000001s"),
            (26 * 3_600 * SECOND, "1d2h"),
            (i64::MAX, "106751d23h47m16.854775807s"),
            (i64::MIN, "-106751d23h47m16.854775808s"),
        ] {
            assert_eq!(duration_text(nanos), text);
            assert_eq!(parse_duration(text), Some(nanos), "{text}");
        }
        for wrong in ["", "s", "1", "1s1m", "1x", "1s1s", "1.s", "999999999d"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_take_the_largest_whole_unit() {
        for (bytes, text) in [
            (500_000_000, "500MB"),
            (65_536, "64KiB"),
            (1, "1B"),
            (2_000_000_000, "2GB"),
        ] {
            assert_eq!(size_text(bytes), text);
            assert_eq!(parse_size(text), Some(bytes));
        }
        for (bytes, text) in [
            (0, "0B"),
            (999, "999B"),
            (1_000, "1KB"),
            (1_024, "1KiB"),
            // Decimal units come first, even where a binary one is larger.
            (1_024_000, "1024KB"),
            (1_500_000_000, "1500MB"),
            (1 << 30, "1GiB"),
            (3 << 60, "3EiB"),
            (2_000_000_000_000_000_000, "2EB"),
            (-65_536, "-64KiB"),
        ] {
            assert_eq!(size_text(bytes), text);
            assert_eq!(parse_size(text), Some(bytes));
        }
        assert_eq!(parse_size("1.5GB"), Some(1_500_000_000));
        assert_eq!(parse_size("12"), None);
    }

    #[test]
    fn decimals_have_28_digits() {
        let text = |text| parse_decimal(text).map(|decimal| decimal_text(&decimal));
        assert_eq!(text("-0.0").as_deref(), Some("0"));
        assert_eq!(text("1.50").as_deref(), Some("1.5"));
        let most = "9999999999999999999999999999";
        assert_eq!(text(most).as_deref(), Some(most));
        for wrong in [
            "10000000000000000000000000000",
            "1.",
            ".5",
            "1e3",
            "1_0",
            "",
            "--1",
        ] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn moments_are_rfc_3339() {
        assert_eq!(moment_text(0), "1970-01-01T00:00:00Z");
        assert_eq!(parse_moment("1970-01-01T00:00:01.5Z"), Some(1_500_000_000));
    }
}
