//! Words.

use pest::iterators::Pair;
use smallvec::smallvec;

use super::expression::Depth;
use super::scan::skip_blanks;
use super::text::{Parts, interpolation, quoted, splat_inside};
use super::{Read, Reader, Rule, is_comment};
use crate::explain;
use crate::lines::is_blank;
use crate::tree::{Part, Word};

/// Reads the word that the grammar found at `place`.
///
/// # Errors
///
/// A quote opens where none may, an escape means nothing, or an interpolation is wrong.
pub(super) fn word(reader: Reader<'_>, pair: Pair<'_, Rule>) -> Read<Word> {
    let place = pair.as_span();
    let (word, end) = cut(reader, place.start())?;
    if end != place.end() {
        return Err(explain::words_fault(reader, end));
    }
    Ok(word)
}

/// For more words than that there is no room from the beginning.
const MANY: usize = 16;

/// Cuts the words from byte `at` on, up to the end of the line or a comment.
pub(super) fn words(reader: Reader<'_>, at: usize) -> Read<Vec<Word>> {
    let mut at = at;
    // Nearly always there is a blank before each and none elsewhere: lists that grow have room for four at least, and most
    // commands have fewer words.
    let blanks = reader.text.bytes().skip(at).filter(|byte| *byte == b' ');
    let mut words = Vec::with_capacity(blanks.count().min(MANY));
    loop {
        let start = skip_blanks(reader.text, at);
        let text = &reader.text[start..];
        if text.is_empty() || (start > at && is_comment(text)) {
            return Ok(words);
        }
        if start == at {
            return Err(explain::no_blank(reader, start));
        }
        let length = plain_length(text.as_bytes());
        if text.as_bytes().get(length).is_none_or(|&byte| byte == b' ') {
            at = start + length;
            words.push(Word {
                parts: smallvec![Part::Bare(text[..length].into())],
                span: reader.span(start, at),
            });
            continue;
        }
        let (word, end) = cut(reader, start)?;
        at = end;
        words.push(word);
    }
}

/// How many bytes at the beginning are sure to be a plain part of a word.
fn plain_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&byte| !(byte > b' ' && byte < 0x7F) || matches!(byte, b'\'' | b'"' | b'#'))
        .unwrap_or(bytes.len())
}

/// Cuts the word at byte `start`; where it ends.
pub(super) fn cut(reader: Reader<'_>, start: usize) -> Read<(Word, usize)> {
    let text = reader.text;
    let mut parts = Parts::default();
    let mut at = start;
    let mut splat = None;
    loop {
        let length = plain_length(&text.as_bytes()[at..]);
        if length > 0 {
            parts.bare(&text[at..at + length]);
            at += length;
        }
        let Some(c) = text[at..].chars().next() else {
            break;
        };
        match c {
            _ if is_blank(c) || c.is_control() => break,
            '\'' | '"' | '‘' | '“' => {
                if at > start {
                    explain::check_opening(reader, at)?;
                }
                at = quoted(reader, at, &mut parts, &mut Depth::default())?;
            }
            '#' if text[at..].starts_with("#{") => {
                let place = at;
                let (expr, many, end) = interpolation(reader, at, &mut Depth::default())?;
                at = end;
                if many {
                    splat = Some((place, end));
                    parts.0.push(Part::Splat(Box::new(expr)));
                } else {
                    let quoted = false;
                    parts.0.push(Part::Value {
                        expr: Box::new(expr),
                        quoted,
                    });
                }
            }
            _ => {
                explain::check_sign(reader, start, at, c)?;
                parts.bare(&text[at..at + c.len_utf8()]);
                at += c.len_utf8();
            }
        }
    }
    if let Some(place) = splat
        && place != (start, at)
    {
        return Err(parts
            .0
            .iter()
            .find_map(splat_of)
            .map_or_else(|| explain::words_fault(reader, at), splat_inside));
    }
    let word = Word {
        parts: parts.0,
        span: reader.span(start, at),
    };
    Ok((word, at))
}

fn splat_of(part: &Part) -> Option<&crate::tree::Expr> {
    match part {
        Part::Splat(expr) => Some(expr),
        _ => None,
    }
}
