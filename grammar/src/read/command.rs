//! Commands with what stands before them.

use pest::iterators::{Pair, Pairs};
use smallvec::smallvec;

use super::expression::operand;
use super::word::{word, words};
use super::{Read, Reader, Rule, expect, incoherent};
use crate::explain;
use crate::keyword::keyword_of;
use crate::lines::is_blank;
use crate::tree::{Expr, Modifier, ModifierKind, Part, Span, Step, Word};

/// Where a command stands, which says what may stand before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On a line of its own.
    Line,
    /// After `set NAME`, where `must` may stand too.
    Set,
    /// After `background NAME` or `defer`.
    After,
}

/// Reads modifiers, a command and its words.
pub(super) fn step(
    reader: Reader<'_>,
    pairs: &mut Pairs<'_, Rule>,
    place: Place,
) -> Read<Box<Step>> {
    let mut modifiers: Vec<Modifier> = Vec::new();
    loop {
        let pair = expect(reader, pairs)?;
        match pair.as_rule() {
            Rule::command => {
                let span = reader.span_of(&pair);
                let name = pair.as_str();
                let after = span.end as usize - reader.base;
                if !reader.text[after..].is_empty() && !reader.text[after..].starts_with(is_blank) {
                    return Err(explain::no_blank(reader, after));
                }
                if explain::is_reserved(name) {
                    return Err(Box::new(explain::reserved(span, name)));
                }
                if keyword_of(name).is_some() {
                    return Err(explain::keyword_as_command(
                        reader,
                        name,
                        span,
                        place == Place::Line,
                    ));
                }
                let command = Word {
                    parts: smallvec![Part::Bare(name.into())],
                    span,
                };
                return rest(reader, pairs, modifiers, command, None);
            }
            Rule::called => {
                let span = reader.span_of(&pair);
                let inner = expect(reader, &mut pair.into_inner())?;
                let command = word(reader, inner)?;
                if let [Part::Splat(expr)] = command.parts.as_slice() {
                    return Err(explain::splat_as_command(expr.span));
                }
                return rest(reader, pairs, modifiers, command, Some(span));
            }
            _ => {
                let modifier = modifier(reader, pair)?;
                let before = modifiers
                    .iter()
                    .find(|before| same_kind(&before.kind, &modifier.kind));
                if let Some(before) = before {
                    return Err(explain::twice(modifier.span, before.span));
                }
                if modifier.kind == ModifierKind::Must && place != Place::Set {
                    return Err(explain::must_without_set(modifier.span));
                }
                modifiers.push(modifier);
            }
        }
    }
}

/// A command on a line of its own, without anything before it; `name` is its first word.
pub(super) fn plain(reader: Reader<'_>, name: &str) -> Read<Box<Step>> {
    let span = reader.span(0, name.len());
    if explain::is_reserved(name) {
        return Err(Box::new(explain::reserved(span, name)));
    }
    let words = words(reader, name.len())?;
    let last = words.last().map_or(span, |word| word.span);
    Ok(Box::new(Step {
        modifiers: Vec::new(),
        command: Word {
            parts: smallvec![Part::Bare(name.into())],
            span,
        },
        call: false,
        words,
        span: span.to(last),
    }))
}

/// The words after a command, and all of it together.
fn rest(
    reader: Reader<'_>,
    pairs: &mut Pairs<'_, Rule>,
    modifiers: Vec<Modifier>,
    command: Word,
    called: Option<Span>,
) -> Read<Box<Step>> {
    let words = words(reader, expect(reader, pairs)?.as_span().start())?;
    let first = modifiers
        .first()
        .map_or(called.unwrap_or(command.span), |modifier| modifier.span);
    let last = words.last().map_or(command.span, |word: &Word| word.span);
    Ok(Box::new(Step {
        modifiers,
        command,
        call: called.is_some(),
        words,
        span: first.to(last),
    }))
}

/// Reads one modifier.
pub(super) fn modifier(reader: Reader<'_>, pair: Pair<'_, Rule>) -> Read<Modifier> {
    let span = reader.span_of(&pair);
    let rule = pair.as_rule();
    let mut inner = pair.into_inner();
    let kind = match rule {
        Rule::on => ModifierKind::On(word(reader, expect(reader, &mut inner)?)?),
        Rule::input => ModifierKind::Input(word(reader, expect(reader, &mut inner)?)?),
        Rule::timeout => ModifierKind::Timeout(operand(reader, &expect(reader, &mut inner)?)?),
        Rule::retry_times => ModifierKind::Retry {
            attempts: operand(reader, &expect(reader, &mut inner)?)?,
            every: duration(reader, &mut inner, Rule::every)?,
        },
        Rule::retry_within => ModifierKind::RetryWithin {
            within: operand(reader, &expect(reader, &mut inner)?)?,
            every: duration(reader, &mut inner, Rule::every)?,
        },
        Rule::not => ModifierKind::Not,
        Rule::soft => ModifierKind::Soft,
        Rule::try_it => ModifierKind::Try,
        Rule::must => ModifierKind::Must,
        _ => return Err(incoherent(reader)),
    };
    Ok(Modifier { kind, span })
}

/// The duration of the next pair if that is by `rule`: `within …`, `every …`.
pub(super) fn duration(
    reader: Reader<'_>,
    pairs: &mut Pairs<'_, Rule>,
    rule: Rule,
) -> Read<Option<Expr>> {
    if pairs.peek().is_none_or(|pair| pair.as_rule() != rule) {
        return Ok(None);
    }
    let mut inner = expect(reader, pairs)?.into_inner();
    operand(reader, &expect(reader, &mut inner)?).map(Some)
}

/// Whether two modifiers say the same thing, so that one is too many.
fn same_kind(one: &ModifierKind, other: &ModifierKind) -> bool {
    use ModifierKind::{Retry, RetryWithin};
    let retries = |kind: &ModifierKind| matches!(kind, Retry { .. } | RetryWithin { .. });
    std::mem::discriminant(one) == std::mem::discriminant(other) || (retries(one) && retries(other))
}
