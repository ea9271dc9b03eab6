//! Texts that stand alone in an environment: an expression, a word, a TOML string.

use super::expression::{Depth, expression};
use super::text::{Parts, interpolation, splat_inside};
use super::word::word;
use super::{Read, Reader, Rule, expect};
use crate::explain;
use crate::lines::is_blank;
use crate::tree::{Expr, Part, Word};

/// An expression and nothing else.
pub(crate) fn lone_expression(reader: Reader<'_>) -> Read<Expr> {
    let text = reader.text.trim_end_matches(is_blank);
    let start = text.len() - text.trim_start_matches(is_blank).len();
    let reader = reader.slice(start, text.len());
    let mut pairs = reader
        .parse(Rule::lone_expression)
        .map_err(|fault| explain::check_words(reader).err().unwrap_or(fault))?;
    expression(reader, expect(reader, &mut pairs)?)
}

/// One word and nothing else.
pub(crate) fn lone_word(reader: Reader<'_>) -> Read<Word> {
    let mut pairs = reader
        .parse(Rule::lone_word)
        .map_err(|fault| explain::check_words(reader).err().unwrap_or(fault))?;
    word(reader, expect(reader, &mut pairs)?)
}

/// A text in which only `#{…}` means something.
pub(crate) fn lone_text(reader: Reader<'_>) -> Read<Vec<Part>> {
    let mut parts = Parts(Vec::new());
    let mut at = 0;
    while let Some(length) = reader.text[at..].find("#{") {
        if length > 0 {
            parts.quoted(reader.text[at..at + length].to_owned());
        }
        let rest = reader.slice(at + length, reader.text.len());
        explain::check_nesting(rest)?;
        let mut pairs = rest
            .parse(Rule::lone_interpolation)
            .map_err(|fault| explain::check_words(rest).err().unwrap_or(fault))?;
        let pair = expect(rest, &mut pairs)?;
        at = at + length + pair.as_span().end();
        let (expr, splat) = interpolation(rest, pair, &mut Depth::default())?;
        if splat {
            // A whole argument may be a list: `"#{*words}"`.
            if reader.text.len() == at && length == 0 && parts.0.is_empty() {
                return Ok(vec![Part::Splat(expr)]);
            }
            return Err(splat_inside(&expr));
        }
        parts.0.push(Part::Value { expr, quoted: true });
    }
    if at < reader.text.len() || parts.0.is_empty() {
        parts.quoted(reader.text[at..].to_owned());
    }
    Ok(parts.0)
}
