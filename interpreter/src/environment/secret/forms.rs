//! The forms in which a secret may come out of a program: as it is, a line of it, in base64, in hexadecimal. What is
//! escaped, as in JSON, a URL or a page, is found without its escapes.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::escapes::control;
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
    let mut written = rewritten(secret);
    written.retain(|form| form.len() >= MIN_ENCODED);
    forms.plain.extend(written);
    let mut encoded: Vec<String> = Vec::new();
    base64(secret, &mut encoded);
    encoded.push(hex(secret, b"0123456789abcdef"));
    encoded.push(hex(secret, b"0123456789ABCDEF"));
    for form in encoded {
        match form.len() {
            MIN_BROKEN.. => forms.folded.push(form.into_bytes()),
            MIN_ENCODED.. => forms.plain.push(form.into_bytes()),
            _ => {}
        }
    }
}

/// How else it may be written beside escapes: forms of the web have `+` for a space, CSV and SQL double their
/// quotes, `echo` of many a shell takes what follows `\` for an escape, and some programs write a byte for a
/// character.
fn rewritten(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (byte, by) in [(b' ', &b"+"[..]), (b'"', b"\"\""), (b'\'', b"''")] {
        if secret.contains(&byte) {
            all.push(replace(secret, byte, by));
        }
    }
    if secret.contains(&b'\\') {
        all.push(echoed(secret));
    }
    let latin = std::str::from_utf8(secret)
        .ok()
        .filter(|text| !text.is_ascii());
    let latin = latin.and_then(|text| text.chars().map(|c| u8::try_from(c).ok()).collect());
    all.extend::<Option<Vec<u8>>>(latin);
    all
}

/// What `echo` of a POSIX shell with XSI escapes, such as Debian's `sh`, makes of it.
fn echoed(secret: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(secret.len());
    let mut rest = secret;
    while let [first, after @ ..] = rest {
        rest = after;
        let (b'\\', [kind, after @ ..]) = (*first, rest) else {
            written.push(*first);
            continue;
        };
        rest = after;
        if let Some(control) = control(*kind) {
            written.push(control);
            continue;
        }
        match kind {
            b'\\' => written.push(b'\\'),
            b'0' => {
                let of_byte = |digit: &&u8| (b'0'..=b'7').contains(*digit);
                let digits = rest.iter().take(3).take_while(of_byte).count();
                let (octal, after) = rest.split_at(digits);
                rest = after;
                let byte = octal
                    .iter()
                    .fold(0_u16, |byte, digit| byte * 8 + u16::from(digit - b'0'));
                written.push(byte.to_le_bytes()[0]);
            }
            // Nothing is written after that.
            b'c' => break,
            other => written.extend([b'\\', *other]),
        }
    }
    written
}

fn replace(text: &[u8], byte: u8, by: &[u8]) -> Vec<u8> {
    let of = |found: &u8| match *found == byte {
        true => by.to_vec(),
        false => vec![*found],
    };
    text.iter().flat_map(of).collect()
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
