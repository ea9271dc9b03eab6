//! Text for a person: harmless, short, and readable.

use std::borrow::Cow;
use std::fmt::Write;

pub use scn_protocol::json::acts_on_a_terminal;
use scn_protocol::{Value, json};
use serde_json::Value as Json;
use unicode_width::UnicodeWidthChar;

/// The text with everything that a terminal would act upon written out, `\u{1b}`. Line ends stay
/// where `lines` says so; tabs always do.
pub fn harmless(text: &str, lines: bool) -> Cow<'_, str> {
    let acts = |c: char| acts_on_a_terminal(c) && !(lines && c == '\n');
    if json::is_plain(text.as_bytes()) || !text.contains(acts) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !acts(c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            c => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    shown.into()
}

/// The text as every reader of XML, YAML or HTML can have it, and as no one is misled by it: colours
/// of a terminal are dropped, whatever else would act is written out, line ends are `\n`.
pub fn printable(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let skipped = color(escape);
        if skipped == 0 {
            plain.push('\x1b');
        }
        rest = &escape[skipped.max(1)..];
    }
    plain.push_str(rest);
    if plain.contains('\r') {
        plain = plain.replace("\r\n", "\n");
    }
    let shown = harmless(&plain, true);
    shown.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// The length of what begins the text, if that sets colours: `ESC [ 1;31 m`; else 0.
fn color(escape: &str) -> usize {
    let Some(rest) = escape.strip_prefix("\x1b[") else {
        return 0;
    };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';');
    match end {
        Some(end) if rest[end..].starts_with('m') => end + 3,
        _ => 0,
    }
}

/// A word as a shell is to be given it: as it is, or in quotes where it would be taken for something
/// else.
pub fn shell_word(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', r"'\''")).into(),
    }
}

/// A time such as `12ms`, `1.2s`, `2m05s`; `micros` is in microseconds.
pub fn duration(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros}us"),
        1_000..999_500 => format!("{}ms", (micros + 500) / 1_000),
        999_500..59_950_000 => {
            let tenths = (micros + 50_000) / 100_000;
            format!("{}.{}s", tenths / 10, tenths % 10)
        }
        59_950_000..3_599_500_000 => {
            let seconds = (micros + 500_000) / 1_000_000;
            format!("{}m{:02}s", seconds / 60, seconds % 60)
        }
        _ => {
            let minutes = micros.saturating_add(30_000_000) / 60_000_000;
            format!("{}h{:02}m", minutes / 60, minutes % 60)
        }
    }
}

/// The text, cut to so many columns with `…` at its end.
pub fn crop(text: &str, columns: usize) -> Cow<'_, str> {
    // Most texts are short, and no character takes more columns than bytes.
    if text.len() <= columns {
        return text.into();
    }
    let mut width = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        width += c.width().unwrap_or(0);
        if width <= columns.saturating_sub(1) {
            end = at + c.len_utf8();
        }
        if width > columns {
            return format!("{}…", &text[..end]).into();
        }
    }
    text.into()
}

/// A value of the journal as a scenario would write it, on one line.
pub fn value(json: &Json) -> String {
    match json {
        Json::String(text) => format!("'{}'", harmless(text, false)),
        other => match json::untagged(other) {
            Ok(Value::Text(text)) => format!("'{}'", harmless(&text, false)),
            Ok(value) => harmless(&value.to_text(), false).into_owned(),
            Err(_) => harmless(&other.to_string(), false).into_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_written_out() {
        assert_eq!(harmless("plain\ttext ä🦀", false), "plain\ttext ä🦀");
        assert_eq!(harmless("\x1b[2Jx\r\n", false), "\\u{1b}[2Jx\\r\\n");
        assert_eq!(harmless("a\nb\u{9b}", true), "a\nb\\u{9b}");
        assert_eq!(harmless("\u{202e}gnp", false), "\\u{202e}gnp");
    }

    #[test]
    fn what_is_printable_acts_nowhere() {
        assert_eq!(printable("\x1b[1;31mred\x1b[0m\r\nb\rc"), "red\nb\\rc");
        assert_eq!(
            printable("\x1b[2J\u{ffff}\u{b}"),
            "\\u{1b}[2J\u{fffd}\\u{b}"
        );
        assert_eq!(printable("\x1b"), "\\u{1b}");
        assert_eq!(printable("\x1b[1"), "\\u{1b}[1");
    }

    #[test]
    fn a_shell_takes_a_word_for_one() {
        assert_eq!(shell_word("--set=a/b.scn"), "--set=a/b.scn");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("a b"), "'a b'");
        assert_eq!(shell_word("it's $x"), r"'it'\''s $x'");
    }

    #[test]
    fn times_have_a_sensible_number_of_digits() {
        assert_eq!(duration(0), "0us");
        assert_eq!(duration(999), "999us");
        assert_eq!(duration(12_345), "12ms");
        assert_eq!(duration(999_499), "999ms");
        assert_eq!(duration(999_500), "1.0s");
        assert_eq!(duration(1_249_000), "1.2s");
        assert_eq!(duration(59_949_999), "59.9s");
        assert_eq!(duration(59_950_000), "1m00s");
        assert_eq!(duration(125_000_000), "2m05s");
        assert_eq!(duration(3_599_499_999), "59m59s");
        assert_eq!(duration(3_599_500_000), "1h00m");
        assert_eq!(duration(7_199_000_000), "2h00m");
        assert_eq!(duration(7_260_000_000), "2h01m");
    }

    #[test]
    fn cropped_text_fits() {
        assert_eq!(crop("abcdef", 6), "abcdef");
        assert_eq!(crop("abcdefg", 6), "abcde…");
        assert_eq!(crop("日本語日本語", 7), "日本語…");
        assert_eq!(crop("äöü", 3), "äöü");
    }

    #[test]
    fn values_read_as_they_are_written() {
        let read = |text: &str| serde_json::from_str(text).map(|json| value(&json)).ok();
        assert_eq!(read(r#""PASS""#).as_deref(), Some("'PASS'"));
        assert_eq!(read(r#"{"$duration":"1.5s"}"#).as_deref(), Some("1.5s"));
        assert_eq!(
            read(r#"{"a":[1,2.50]}"#).as_deref(),
            Some(r#"{"a":[1,2.5]}"#)
        );
        assert_eq!(read("null").as_deref(), Some("none"));
    }
}
