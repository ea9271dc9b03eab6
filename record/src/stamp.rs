//! The time of an event as text, at the price of six digits.

use scn_protocol::quantity::{SECOND, moment_text};

/// Remembers the text of the current second, which most events share with the one before.
#[derive(Debug)]
pub(crate) struct Stamp {
    second: i64,
    /// `2026-11-21T00:50:12.`
    text: String,
}

impl Stamp {
    pub(crate) fn new() -> Self {
        Self {
            second: i64::MIN,
            text: String::new(),
        }
    }

    /// Appends `at` (nanoseconds since 1970, in UTC) as RFC 3339 with microseconds.
    pub(crate) fn write(&mut self, at: i64, out: &mut Vec<u8>) {
        let second = at.div_euclid(SECOND);
        if second != self.second {
            self.second = second;
            self.text = moment_text(second * SECOND).replace('Z', ".");
        }
        out.extend_from_slice(self.text.as_bytes());
        let mut digits = *b"000000Z";
        let mut micros = at.rem_euclid(SECOND) / 1_000;
        for digit in digits[..6].iter_mut().rev() {
            *digit = b'0' + u8::try_from(micros % 10).unwrap_or(0);
            micros /= 10;
        }
        out.extend_from_slice(&digits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_has_six_digits() {
        let mut stamp = Stamp::new();
        let mut text = |at| {
            let mut out = Vec::new();
            stamp.write(at, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        };
        assert_eq!(text(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(text(1_999), "1970-01-01T00:00:00.000001Z");
        assert_eq!(text(SECOND + 120_000_000), "1970-01-01T00:00:01.120000Z");
        assert_eq!(text(999_999_999), "1970-01-01T00:00:00.999999Z");
        assert_eq!(text(-1_000), "1969-12-31T23:59:59.999999Z");
    }
}
