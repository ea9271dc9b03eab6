//! Words.

use pest::iterators::Pair;

use super::expression::Depth;
use super::text::{Parts, interpolation, quoted, splat_inside};
use super::{Read, Reader, Rule, expect, is_comment};
use crate::explain;
use crate::lines::{is_blank, word_end};
use crate::tree::{Part, Word};

/// Reads a word.
///
/// # Errors
///
/// A quote opens where none may, an escape means nothing, or an interpolation is wrong.
pub(super) fn word(reader: Reader<'_>, pair: Pair<'_, Rule>) -> Read<Word> {
    let span = reader.span_of(&pair);
    let mut parts = Parts(Vec::with_capacity(1));
    for part in pair.into_inner() {
        let place = part.as_span();
        match part.as_rule() {
            Rule::bare => {
                let text = part.as_str();
                if !text.is_ascii() {
                    explain::check_bare(reader, place.start(), text, parts.0.is_empty())?;
                }
                parts.bare(text);
            }
            Rule::hash => parts.bare("#"),
            Rule::closing => {
                explain::check_closing(reader, place.start(), '’')?;
                parts.bare(part.as_str());
            }
            Rule::interpolation => {
                let (expr, splat) = interpolation(reader, part, &mut Depth::default())?;
                if splat && reader.span(place.start(), place.end()) != span {
                    return Err(splat_inside(&expr));
                }
                parts.0.push(if splat {
                    Part::Splat(expr)
                } else {
                    Part::Value {
                        expr,
                        quoted: false,
                    }
                });
            }
            _ => {
                if !parts.0.is_empty() {
                    explain::check_opening(reader, place.start())?;
                }
                quoted(reader, part, &mut parts, &mut Depth::default())?;
            }
        }
    }
    Ok(Word {
        parts: parts.0,
        span,
    })
}

/// Cuts `rest`, what follows a command or a keyword, into words.
///
/// Words are parted by blanks, so one without a quote, a `#` or a typographic character is
/// what stands between two blanks; any other is read by the grammar's rule. A comment ends
/// them: whoever needs to know finds it after the last word.
pub(super) fn words(reader: Reader<'_>, rest: &Pair<'_, Rule>) -> Read<Vec<Word>> {
    let mut at = rest.as_span().start();
    let mut words = Vec::new();
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
                parts: vec![Part::Bare(text[..length].to_owned())],
                span: reader.span(start, at),
            });
            continue;
        }
        // Only the word itself is given to the rule: its cost goes with the length of its text.
        let end = word_end(reader.text, start).unwrap_or(reader.text.len());
        let from = reader.slice(start, end);
        let pair = from
            .parse(Rule::lone_word)
            .and_then(|mut pairs| expect(from, &mut pairs))
            .map_err(|fault| explain::check_words(reader).err().unwrap_or(fault))?;
        at = end;
        words.push(word(from, pair)?);
    }
}

/// How many bytes at the beginning are sure to be a plain part of a word.
fn plain_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&byte| !(byte > b' ' && byte < 0x7F) || matches!(byte, b'\'' | b'"' | b'#'))
        .unwrap_or(bytes.len())
}

/// The first byte from `at` on that is no blank and no continuation of the line.
fn skip_blanks(text: &str, at: usize) -> usize {
    let mut at = at;
    loop {
        let rest = &text[at..];
        let Some(c) = rest.chars().next() else {
            return at;
        };
        let after_blank = text[..at].ends_with(|c| is_blank(c) || c == '\n');
        if is_blank(c) {
            at += c.len_utf8();
        } else if let (true, Some(length)) = (after_blank, continuation(rest)) {
            at += length;
        } else {
            return at;
        }
    }
}

/// How long the `\` and the line end at the beginning of a text are, if it goes on there.
fn continuation(text: &str) -> Option<usize> {
    let after = text.strip_prefix('\\')?;
    let line_end = after.trim_start_matches(is_blank);
    let length = match line_end.as_bytes() {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => return None,
    };
    Some(text.len() - line_end.len() + length)
}
