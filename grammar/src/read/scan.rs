//! The tokens of an expression, cut as they are asked for.
//!
//! The grammar says where an expression begins and, where a clause may follow, how far it
//! can go; what is in it is cut here, because a rule for each token cost more than all
//! else together. A quote is one token only by its first character: read/text.rs reads on.

use super::{Reader, is_comment};
use crate::lines::{continuation, is_blank};

/// What a token is, by its first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Names joined by points, or a word of the language.
    Name,
    /// A number, with its unit as far as letters and digits go.
    Number,
    /// An operator, a bracket, `#{`, or a point with the name after it.
    Sign,
    /// A quote that opens a text.
    Quote,
    /// What no expression can hold.
    Unknown,
    /// The end of the text, of the line, or a comment.
    End,
}

/// A token, as a stretch of the reader's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// The token after byte `from`, which is the end of the one before.
pub(super) fn token(reader: Reader<'_>, from: usize) -> Token {
    let text = reader.text;
    let bytes = text.as_bytes();
    let start = skip_blanks(text, from);
    let (kind, end) = match bytes.get(start) {
        None => (Kind::End, start),
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => (Kind::Name, names_end(text, start)),
        Some(b'0'..=b'9') => (Kind::Number, number_end(text, start)),
        Some(b'\'' | b'"') => (Kind::Quote, start + 1),
        Some(b'=' | b'!' | b'<' | b'>') if bytes.get(start + 1) == Some(&b'=') => {
            (Kind::Sign, start + 2)
        }
        Some(
            b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',' | b':' | b'+' | b'-' | b'*' | b'/'
            | b'%' | b'<' | b'>' | b'=',
        ) => (Kind::Sign, start + 1),
        Some(b'.') if begins_name(&text[start + 1..]) => (Kind::Sign, name_end(text, start + 1)),
        Some(b'#') if bytes.get(start + 1) == Some(&b'{') => (Kind::Sign, start + 2),
        Some(b'#') if is_comment(&text[start..]) && start > from => (Kind::End, start),
        Some(b'\n' | b'\r') => (Kind::End, start),
        Some(_) => other(text, start),
    };
    Token { kind, start, end }
}

/// A token that begins with none of the usual characters.
fn other(text: &str, start: usize) -> (Kind, usize) {
    let c = text[start..].chars().next().unwrap_or(' ');
    if matches!(c, '‘' | '“') {
        (Kind::Quote, start + c.len_utf8())
    } else if c.is_alphabetic() {
        (Kind::Name, names_end(text, start))
    } else {
        (Kind::Unknown, start + c.len_utf8())
    }
}

/// Whether a name begins here.
fn begins_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Where the name at `start` ends.
fn name_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        match bytes.get(at) {
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_') => at += 1,
            Some(byte) if !byte.is_ascii() => match text[at..].chars().next() {
                Some(c) if c.is_alphanumeric() => at += c.len_utf8(),
                _ => return at,
            },
            _ => return at,
        }
    }
}

/// Where names joined by points end.
fn names_end(text: &str, start: usize) -> usize {
    let mut at = name_end(text, start);
    while text.as_bytes().get(at) == Some(&b'.') && begins_name(&text[at + 1..]) {
        at = name_end(text, at + 1);
    }
    at
}

/// Where a number ends: `15%` is one, and so is `1m30.5s`, whatever it may mean.
fn number_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = start;
    while digit(at) {
        at += 1;
    }
    if bytes.get(at) == Some(&b'.') && digit(at + 1) {
        at += 1;
        while digit(at) {
            at += 1;
        }
    }
    if bytes.get(at) == Some(&b'%') {
        return at + 1;
    }
    loop {
        let end = name_end(text, at);
        if bytes.get(end) == Some(&b'.') && digit(end + 1) {
            at = end + 1;
        } else {
            return end;
        }
    }
}

/// The first byte from `at` on that is no blank and no continuation of the line.
pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = at;
    let mut blank = false;
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t') => {
                at += 1;
                blank = true;
            }
            Some(b'\\') if blank => match continuation(&text[at..]) {
                Some(length) => at += length,
                None => return at,
            },
            Some(byte) if !byte.is_ascii() => match text[at..].chars().next() {
                Some(c) if is_blank(c) => {
                    at += c.len_utf8();
                    blank = true;
                }
                _ => return at,
            },
            _ => return at,
        }
    }
}
