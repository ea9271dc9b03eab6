//! Values in the text of errors: short, on one line, secrets masked.

use scn_protocol::value::MASK;
use scn_protocol::{Map, Value};

/// At most so many characters of a value stand in an error.
const LONGEST: usize = 60;

/// A value as an error shows it: text in quotes, at most 60 characters, a secret masked.
pub fn show(value: &Value) -> String {
    if value.is_secret() {
        return MASK.to_owned();
    }
    match super::plain(value) {
        text @ (Value::Text(_) | Value::Bytes(_)) => format!("'{}'", shorten(&text.to_text())),
        other => shorten(&abridge(other, &mut { LONGEST }).to_text()),
    }
}

/// No more elements than can be shown, `left` in all, so that a list of millions is not written out for
/// the sake of its first sixty characters.
fn abridge(value: &Value, left: &mut usize) -> Value {
    match super::plain(value) {
        Value::List(list) => {
            let mut shown = Vec::new();
            for element in list.iter() {
                if *left == 0 {
                    break;
                }
                *left -= 1;
                shown.push(abridge(element, left));
            }
            Value::list(shown)
        }
        Value::Map(map) => {
            let mut shown = Map::new();
            for (key, value) in map.iter() {
                if *left == 0 {
                    break;
                }
                *left -= 1;
                shown.insert(key.clone(), abridge(value, left));
            }
            Value::map(shown)
        }
        other => other.clone(),
    }
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
