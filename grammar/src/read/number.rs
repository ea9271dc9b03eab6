//! Numbers and quantities as they are written.

use std::str::FromStr;

use num_traits::ToPrimitive;
use rust_decimal::Decimal;

use super::Read;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::tree::{ExprKind, Span};

/// Units of time with their nanoseconds, from the largest.
const TIMES: [(&str, i64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Units of size with their bytes.
const SIZES: [(&str, i64); 14] = [
    ("B", 1),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("EB", 1_000_000_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
    ("EiB", 1 << 60),
];

/// Reads a number, with its unit if it has one.
///
/// A time names each unit once, from the largest down. Units of size are decimal
/// (`kB` or `KB`, `MB`, …) and binary (`KiB`, …); `B` is the byte. A decimal before a
/// unit is exact: it has to give whole nanoseconds or whole bytes.
///
/// # Errors
///
/// It is no number, or too large.
pub(super) fn read(written: &str, span: Span) -> Read<ExprKind> {
    if written.bytes().all(|byte| byte.is_ascii_digit()) {
        return written
            .parse()
            .map(ExprKind::Int)
            .map_err(|_| too_large(span, written));
    }
    if let Some(digits) = written.strip_suffix('%') {
        decimal(digits, span)?;
        return Ok(ExprKind::Percent(digits.to_owned()));
    }
    let (digits, unit) = cut(written);
    if unit.is_empty() {
        decimal(digits, span)?;
        return Ok(ExprKind::Decimal(digits.to_owned()));
    }
    if let Some(&(_, bytes)) = SIZES.iter().find(|(name, _)| *name == unit) {
        let size = scaled(digits, bytes, span, "bytes")?;
        return Ok(ExprKind::Size(size));
    }
    time(written, span)
}

/// A number's digits (with a decimal point between digits), and what follows them.
fn cut(written: &str) -> (&str, &str) {
    let mut end = 0;
    let bytes = written.as_bytes();
    while end < bytes.len() {
        let point = bytes[end] == b'.' && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        let first = !written[..end].contains('.');
        if !(bytes[end].is_ascii_digit() || (point && first)) {
            break;
        }
        end += 1;
    }
    written.split_at(end)
}

/// Reads `1h30m`: numbers with units of time, from the largest unit down.
fn time(written: &str, span: Span) -> Read<ExprKind> {
    let mut rest = written;
    let mut units = TIMES.as_slice();
    let mut total = 0_i64;
    while !rest.is_empty() {
        let (digits, after) = cut(rest);
        let length = after
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(after.len());
        let (unit, remainder) = after.split_at(length);
        let Some(place) = units.iter().position(|(name, _)| *name == unit) else {
            return Err(unknown_unit(written, unit, span));
        };
        if digits.is_empty() {
            return Err(unknown_unit(written, unit, span));
        }
        let part = scaled(digits, units[place].1, span, "nanoseconds")?;
        total = total
            .checked_add(part)
            .ok_or_else(|| too_large(span, written))?;
        units = &units[place + 1..];
        rest = remainder;
    }
    Ok(ExprKind::Duration(total))
}

/// `digits` times `scale`, which must be whole and fit 64 bits.
fn scaled(digits: &str, scale: i64, span: Span, whole: &str) -> Read<i64> {
    let product = decimal(digits, span)?
        .checked_mul(Decimal::from(scale))
        .ok_or_else(|| too_large(span, digits))?;
    if !product.fract().is_zero() {
        return Err(Box::new(
            Diagnostic::new(
                &codes::E018,
                span,
                format!("this is no whole number of {whole}"),
            )
            .help(format!("a quantity is kept in whole {whole}")),
        ));
    }
    product.to_i64().ok_or_else(|| too_large(span, digits))
}

/// Reads a decimal, which must be exact in 28 digits.
fn decimal(digits: &str, span: Span) -> Read<Decimal> {
    let significant = digits
        .trim_start_matches(['0', '.'])
        .bytes()
        .filter(u8::is_ascii_digit)
        .count();
    match Decimal::from_str_exact(digits) {
        Ok(value) if significant <= 28 => Ok(value),
        _ if Decimal::from_str(digits).is_err() && significant <= 28 => Err(Box::new(
            Diagnostic::new(&codes::E018, span, format!("`{digits}` is not a number")),
        )),
        _ => Err(too_large(span, digits)),
    }
}

fn too_large(span: Span, written: &str) -> Box<Diagnostic> {
    let point = written.contains('.');
    let (message, help) = if point {
        (
            "this number has more than 28 digits",
            "a decimal has at most 28 digits",
        )
    } else {
        (
            "this number is too large",
            "a whole number is at most 9223372036854775807 (64 bits)",
        )
    };
    Box::new(Diagnostic::new(&codes::E019, span, message).help(help))
}

fn unknown_unit(written: &str, unit: &str, span: Span) -> Box<Diagnostic> {
    let times = TIMES.iter().map(|(name, _)| *name);
    let known = times.clone().any(|name| name == unit);
    let message = if known {
        format!(
            "`{written}` is not a time: each unit stands once, after its number, the largest first"
        )
    } else if unit.is_empty() {
        format!("`{written}` is not a number")
    } else {
        format!("`{unit}` is no unit, so `{written}` is not a number")
    };
    let meant = match unit {
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "min" | "mins" | "minute" | "minutes" => Some("m"),
        "hour" | "hours" | "hr" | "hrs" => Some("h"),
        "day" | "days" => Some("d"),
        "msec" | "millis" => Some("ms"),
        "usec" | "micros" | "µs" | "μs" => Some("us"),
        "nsec" | "nanos" => Some("ns"),
        "K" | "k" => Some("KB"),
        "M" => Some("MB"),
        "G" => Some("GB"),
        "T" => Some("TB"),
        "b" => Some("B"),
        _ => SIZES
            .iter()
            .map(|(name, _)| *name)
            .find(|name| name.eq_ignore_ascii_case(unit)),
    };
    let help = match meant {
        Some(meant) => format!("did you mean `{}`?", written.replacen(unit, meant, 1)),
        None => "times are written like 250us 250ms 2s 1m30s 2h 1d, sizes like 500MB 64KiB, percentages like 15%; a name begins with a letter".to_owned(),
    };
    Box::new(Diagnostic::new(&codes::E018, span, message).help(help))
}
