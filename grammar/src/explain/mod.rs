//! What is said about a fault: the words for a person, made in one place.

mod blocks;
mod expression;
mod habits;
mod line;
mod nesting;
mod others;
mod words;

pub(crate) use blocks::*;
pub(crate) use expression::*;
pub(crate) use habits::*;
pub(crate) use line::*;
pub(crate) use nesting::*;
pub use others::{Other, other_function, other_time, other_value, other_word};
pub(crate) use words::*;

use crate::diagnostic::Diagnostic;
use crate::lines::is_blank;
use crate::read::Reader;
use crate::tree::Span;

/// Words that cannot be names.
const RESERVED: [&str; 18] = [
    "or", "and", "not", "in", "contains", "matches", "where", "true", "false", "none", "it",
    "then", "else", "within", "every", "for", "since", "as",
];

/// Whether a word is reserved, so that it cannot be a name.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

fn boxed(diagnostic: Diagnostic) -> Box<Diagnostic> {
    Box::new(diagnostic)
}

/// `a, b or c`
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} or {last}", some.join(", ")),
    }
}

/// How long the word or sign at the start of a text is.
fn token_length(rest: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let length = rest.find(|c: char| !word(c)).unwrap_or(rest.len());
    if length > 0 {
        length
    } else {
        rest.chars().next().map_or(0, char::len_utf8)
    }
}

/// A text of which a message can hold all.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What stands at a byte, after blanks: its span, and what to call it.
fn found_at(reader: Reader<'_>, place: usize) -> (Span, String) {
    let text = reader.text;
    let rest = text[place..].trim_start_matches(is_blank);
    let parted = text[..place].ends_with(is_blank) || rest.len() < text.len() - place;
    let place = text.len() - rest.len();
    if rest.is_empty() || (parted && crate::read::is_comment(rest)) {
        let end = text[..place].trim_end_matches(is_blank).len();
        return (reader.span(end, end), "the end of the line".to_owned());
    }
    let length = token_length(rest);
    let span = reader.span(place, place + length);
    (span, format!("`{}`", shortened(&rest[..length])))
}
