//! Nesting, looked at before a rule has to follow it.

use super::too_deep;
use crate::keyword::keyword_of;
use crate::limits::MAX_NESTING;
use crate::lines::is_blank;
use crate::read::{Read, Reader};

/// Counts the brackets and texts that are open at once, before a rule has to follow them.
///
/// Outside quotes and interpolations a bracket counts only where an expression may stand.
pub(crate) fn check_nesting(reader: Reader<'_>) -> Read<()> {
    let text = reader.text;
    if text.len() <= MAX_NESTING {
        return Ok(());
    }
    let opens = |byte: &&u8| matches!(byte, b'(' | b'[' | b'{');
    if text.as_bytes().iter().filter(opens).count() <= MAX_NESTING {
        return Ok(());
    }
    let first = crate::read::first_word(text);
    let words = match keyword_of(first) {
        Some(keyword) => keyword.usage.iter().any(|usage| usage.contains("TEXT")),
        None => true,
    };
    match deepest(text, words) {
        Some(place) => Err(too_deep(reader.span(place, place + 1))),
        None => Ok(()),
    }
}

/// The first byte at which more is open than may be.
fn deepest(text: &str, words: bool) -> Option<usize> {
    let mut open: Vec<char> = Vec::new();
    let mut before = ' ';
    for (place, c) in text.char_indices() {
        let after = std::mem::replace(&mut before, c);
        match open.last().copied() {
            // In a text: only its end, and interpolations in those that have them.
            Some(close @ ('\'' | '’')) => {
                if c == close {
                    open.pop();
                }
            }
            Some(close @ ('"' | '”')) => match c {
                _ if after == '\\' => before = ' ',
                '{' if after == '#' => open.push('}'),
                _ if c == close => _ = open.pop(),
                _ => {}
            },
            inside => match c {
                '#' if inside.is_none() && is_blank(after) && !text[place..].starts_with("#{") => {
                    return None;
                }
                '\'' | '"' if !after.is_alphanumeric() => open.push(c),
                '‘' => open.push('’'),
                '“' => open.push('”'),
                '{' if after == '#' || inside.is_some() || !words => open.push('}'),
                '(' | '[' if inside.is_some() || !words => open.push(')'),
                ')' | ']' | '}' => _ = open.pop(),
                _ => {}
            },
        }
        if open.len() > 2 * MAX_NESTING {
            return Some(place);
        }
    }
    None
}
