//! Texts that stand alone in an environment: an expression, a word, a TOML string.

use smallvec::smallvec;

use super::expression::{Depth, expression_in};
use super::text::{Parts, interpolation, splat_inside};
use super::word::cut;
use super::{Read, Reader, is_comment};
use crate::explain;
use crate::lines::is_blank;
use crate::tree::{self, Expr, Part, Word};

/// An expression and nothing else.
pub(crate) fn lone_expression(reader: Reader<'_>) -> Read<Expr> {
    let text = reader.text.trim_end_matches(is_blank);
    let start = text.len() - text.trim_start_matches(is_blank).len();
    let expr = expression_in(reader.slice(start, text.len()))?;
    // An expression ends with its line, and what follows would be passed over without a word.
    let read = (expr.span.end as usize).saturating_sub(reader.base);
    match text[read..].trim_end().find('\n') {
        Some(at) => Err(explain::not_one_line(reader, read + at)),
        None => Ok(expr),
    }
}

/// One word and nothing else.
pub(crate) fn lone_word(reader: Reader<'_>) -> Read<Word> {
    if reader.text.is_empty() || is_comment(reader.text) {
        return Err(explain::not_one_word(reader));
    }
    let (word, end) = cut(reader, 0)?;
    if end != reader.text.len() || word.parts.is_empty() {
        return Err(explain::not_one_word(reader));
    }
    Ok(word)
}

/// A text in which only `#{…}` means something.
pub(crate) fn lone_text(reader: Reader<'_>) -> Read<tree::Parts> {
    let mut parts = Parts::default();
    let mut at = 0;
    while let Some(length) = reader.text[at..].find("#{") {
        if length > 0 {
            parts.quoted(&reader.text[at..at + length]);
        }
        let start = at + length;
        let (expr, splat, end) = interpolation(reader, start, &mut Depth::default())?;
        at = end;
        if splat {
            // A whole argument may be a list: `"#{*words}"`.
            if start == 0 && end == reader.text.len() {
                return Ok(smallvec![Part::Splat(Box::new(expr))]);
            }
            return Err(splat_inside(&expr));
        }
        parts.0.push(Part::Value {
            expr: Box::new(expr),
            quoted: true,
        });
    }
    if at < reader.text.len() || parts.0.is_empty() {
        parts.quoted(&reader.text[at..]);
    }
    Ok(parts.0)
}
