//! JSON that can be looked at on a terminal.

use super::{write_in_quotes, write_json};

/// Whether a terminal would act upon it: control characters but the tab, those that turn the direction of what follows, and
/// those that end a line though they are no line end.
pub fn acts_on_a_terminal(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether it is printable ASCII and tabs, in which nothing [acts](acts_on_a_terminal): of most texts that is all
/// there is to ask. Each byte is looked at, wherever the first other one stands: so many are at once.
pub fn is_plain(bytes: &[u8]) -> bool {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') | (*byte == b'\t');
    bytes.iter().fold(true, |all, byte| all & plain(byte))
}

/// Adds a text in its quotes, harmless: as `serde_json` and [`make_harmless`] write it, in one pass over most texts.
pub(crate) fn write_harmless_text(to: &mut Vec<u8>, text: &str) {
    // Each byte is looked at, as in `is_plain`.
    let stands = |byte: &u8| matches!(byte, b' '..=b'~') & (*byte != b'"') & (*byte != b'\\');
    if !text
        .as_bytes()
        .iter()
        .fold(true, |all, byte| all & stands(byte))
    {
        let begin = to.len();
        write_json(to, text);
        return make_harmless(to, begin);
    }
    write_in_quotes(to, text);
}

/// Writes as escapes, `\u202e`, what [`acts_on_a_terminal`] in JSON from its byte `begin` on. It has the same value: what is not ASCII stands
/// in texts and nowhere else, and control characters of ASCII are escaped anyway, but for DEL.
pub fn make_harmless(json: &mut Vec<u8>, begin: usize) {
    if is_plain(&json[begin..]) {
        return;
    }
    let acts = |c: char| c > '\u{7e}' && acts_on_a_terminal(c);
    let Ok(text) = str::from_utf8(&json[begin..]) else {
        return;
    };
    if !text.contains(acts) {
        return;
    }
    let mut harmless = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match acts(c) {
            true => harmless.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => harmless.push(c),
        }
    }
    json.truncate(begin);
    json.extend_from_slice(harmless.as_bytes());
}

/// The same of a whole text.
pub fn harmless(json: String) -> String {
    let mut bytes = json.into_bytes();
    make_harmless(&mut bytes, 0);
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_acts_is_escaped_and_all_else_stays() {
        let json = "{\n  \"\u{9b}1m\": \"é 語 \u{202e}x\u{7f}\\n\u{2028}😀\"\n}".to_owned();
        assert_eq!(
            harmless(json),
            "{\n  \"\\u009b1m\": \"é 語 \\u202ex\\u007f\\n\\u2028😀\"\n}"
        );
    }

    proptest! {
        #[test]
        fn a_text_is_written_as_by_serde_json(
            text in "([ -~]{0,40}|[\\PC\\x00-\\x1f\u{7f}-\u{9f}\u{2028}-\u{202e}\u{d7ff}\u{e000}\"\\\\]{0,20}){0,3}",
        ) {
            let mut written = b"before ".to_vec();
            write_harmless_text(&mut written, &text);
            let expected = harmless(serde_json::json!(text).to_string());
            prop_assert_eq!(String::from_utf8(written), Ok(format!("before {expected}")));
        }

        #[test]
        fn in_what_is_plain_nothing_acts(text in "[ -~\t]{0,40}[\\PC\x00-\x1f\u{7f}-\u{9f}]?") {
            prop_assert!(!is_plain(text.as_bytes()) || !text.contains(acts_on_a_terminal));
            prop_assert!(is_plain(text.as_bytes()) || text.contains(|c: char| !matches!(c, ' '..='~' | '\t')));
        }

        #[test]
        fn its_value_is_the_same(text in "[\\PC\u{7f}-\u{9f}\u{2028}-\u{202e}\\x00-\\x1f]{0,20}") {
            let written = harmless(serde_json::json!({ (text.clone()): [text] }).to_string());
            prop_assert_eq!(written.find(acts_on_a_terminal), None);
            let read: serde_json::Value = serde_json::from_str(&written).unwrap_or_default();
            prop_assert_eq!(read, serde_json::json!({ (text.clone()): [text] }));
        }
    }
}
