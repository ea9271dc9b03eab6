//! Values in the text of errors: short, on one line, secrets masked.

use scn_protocol::Value;

/// At most so many characters of a value stand in an error.
const LONGEST: usize = 60;

/// A value as an error shows it: text in quotes, at most 60 characters, a secret masked.
pub fn show(value: &Value) -> String {
    if !value.is_secret()
        && let Value::Text(_) | Value::Bytes(_) = super::plain(value)
    {
        return format!("'{}'", shorten(&value.to_text()));
    }
    shorten(&value.to_string())
}

/// On one line, cut after 60 characters.
pub fn shorten(text: &str) -> String {
    let mut short = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            short.push('…');
            break;
        }
        match character {
            '\n' => short.push_str("\\n"),
            '\r' => short.push_str("\\r"),
            '\t' => short.push_str("\\t"),
            other => short.push(other),
        }
    }
    short
}
