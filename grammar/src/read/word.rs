//! Words.

use pest::iterators::Pair;

use super::expression::Depth;
use super::text::{Parts, interpolation, quoted, splat_inside};
use super::{Read, Reader, Rule};
use crate::explain;
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
