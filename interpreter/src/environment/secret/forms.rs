//! The forms in which a secret may come out of a program: as it is, a line of it, in base64,
//! in hexadecimal, in a URL, in JSON.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::{MAX_LENGTH, MIN_LENGTH};

/// A longer secret is looked for in pieces, so that little has to be held back of a stream.
const PIECE: usize = 1024;

/// An encoded form shorter than this may be anything.
const MIN_ENCODED: usize = 6;

/// A line of a secret shorter than this may be anything: `-----`, a bracket, a word.
const MIN_LINE: usize = 8;

/// An encoded form shorter than this is not looked for over line ends: what is no secret could
/// well look so.
const MIN_BROKEN: usize = 12;

/// The forms of secrets.
#[derive(Debug, Default)]
pub(super) struct Forms {
    /// Those that are looked for as they are.
    pub plain: Vec<Vec<u8>>,
    /// Those that are looked for wherever lines are broken in them.
    pub folded: Vec<Vec<u8>>,
}

/// Adds every form of `secret`.
pub(super) fn add(secret: &[u8], forms: &mut Forms) {
    let secret = &secret[..secret.len().min(MAX_LENGTH)];
    let trimmed = secret.trim_ascii();
    for whole in [secret, trimmed] {
        for piece in pieces(whole) {
            add_forms(piece, forms);
        }
    }
    let lines = trimmed.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    for line in lines.filter(|line| line.len() >= MIN_LINE && *line != trimmed) {
        for piece in pieces(line) {
            add_forms(piece, forms);
        }
    }
}

/// A secret in pieces of at most one and a half times [`PIECE`].
fn pieces(mut secret: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while secret.len() > PIECE + PIECE / 2 {
        let (piece, rest) = secret.split_at(PIECE);
        all.push(piece);
        secret = rest;
    }
    all.push(secret);
    all
}

fn add_forms(secret: &[u8], forms: &mut Forms) {
    if secret.len() < MIN_LENGTH {
        return;
    }
    forms.plain.push(secret.to_vec());
    let mut encoded: Vec<String> = Vec::new();
    base64(secret, &mut encoded);
    encoded.push(hex(secret, b"0123456789abcdef"));
    encoded.push(hex(secret, b"0123456789ABCDEF"));
    let breakable = encoded.iter().filter(|form| form.len() >= MIN_BROKEN);
    let breakable = breakable.map(|form| form.clone().into_bytes());
    forms.folded.extend(breakable);
    url(secret, &mut encoded);
    if let Ok(text) = std::str::from_utf8(secret) {
        json(text, &mut encoded);
    }
    forms.plain.extend(
        encoded
            .into_iter()
            .filter(|form| form.len() >= MIN_ENCODED)
            .map(String::into_bytes),
    );
}

/// Base64 of a text that the secret is part of, for each of the three places that it may
/// have in a group of three bytes: the characters that no neighbour has a part in. And the
/// end of a text, where the secret stands last.
fn base64(secret: &[u8], forms: &mut Vec<String>) {
    for alphabet in [STANDARD, URL_SAFE] {
        for offset in 0..3 {
            let padded = [&[0; 2][..offset], secret].concat();
            let text = alphabet.encode(&padded);
            let first = (offset * 8).div_ceil(6);
            let last = padded.len() * 8 / 6;
            forms.push(text[first..last].to_owned());
            forms.push(text[first..].trim_end_matches('=').to_owned());
            forms.push(text[first..].to_owned());
        }
    }
}

fn hex(secret: &[u8], digits: &[u8; 16]) -> String {
    let digit = |nibble: u8| char::from(digits[usize::from(nibble)]);
    secret
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// As part of a URL: what is encoded differs between those who do it.
fn url(secret: &[u8], forms: &mut Vec<String>) {
    const KEPT: [&str; 4] = [
        "-_.~",                 // RFC 3986: all but the unreserved
        "-_.*",                 // forms
        "-_.!~*'()",            // encodeURIComponent
        "-_.!~*'();/?:@&=+$,#", // encodeURI
    ];
    for kept in KEPT {
        for digits in [b"0123456789ABCDEF", b"0123456789abcdef"] {
            for space in ["%20", "+"] {
                let mut text = String::new();
                for &byte in secret {
                    if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
                        text.push(char::from(byte));
                    } else if byte == b' ' {
                        text.push_str(space);
                    } else {
                        text.push('%');
                        text.push_str(&hex(&[byte], digits));
                    }
                }
                forms.push(text);
            }
        }
    }
}

/// Inside a JSON string: other characters than ASCII as they are or as `\u…`, a slash as it
/// is or as `\/`.
fn json(secret: &str, forms: &mut Vec<String>) {
    for slash in ["/", "\\/"] {
        forms.push(json_text(secret, slash, |c| c.to_string()));
        forms.push(json_text(secret, slash, |c| units(c, b"0123456789abcdef")));
        forms.push(json_text(secret, slash, |c| units(c, b"0123456789ABCDEF")));
    }
}

fn json_text(secret: &str, slash: &str, other: impl Fn(char) -> String) -> String {
    let mut text = String::new();
    for c in secret.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '/' => text.push_str(slash),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            c if c.is_ascii_control() => text.push_str(&units(c, b"0123456789abcdef")),
            c if c.is_ascii() => text.push(c),
            c => text.push_str(&other(c)),
        }
    }
    text
}

/// A character as `\u…`, one for each of its UTF-16 units.
fn units(c: char, digits: &[u8; 16]) -> String {
    let mut buffer = [0; 2];
    c.encode_utf16(&mut buffer)
        .iter()
        .map(|unit| format!("\\u{}", hex(&unit.to_be_bytes(), digits)))
        .collect()
}
