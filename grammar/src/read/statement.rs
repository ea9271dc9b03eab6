//! Statements: from a rule's pairs to what the line says.

use pest::iterators::{Pair, Pairs};

use super::command::{Place, duration, modifier, step};
use super::expression::{expression, expression_and_message, operand};
use super::line::{Head, Opening, first_word};
use super::scan::skip_blanks;
use super::word::{word, words};
use super::{Read, Reader, Rule, expect, incoherent, is_comment};
use crate::explain;
use crate::keyword::{KeywordKind, keyword_of};
use crate::tree::{
    AssertKind, Block, EventMatch, Expr, ExprKind, Ident, ModifierKind, Param, Part, Pattern,
    PatternKind, Statement, StatementKind, VerdictKind, Word,
};

/// What the line that `rule` cut says.
pub(super) fn head(reader: Reader<'_>, rule: Rule, mut pairs: Pairs<'_, Rule>) -> Read<Head> {
    let pairs = &mut pairs;
    let opening = match rule {
        Rule::if_block => Opening::If(condition(reader, pairs)?),
        Rule::if_line => return if_line(reader, pairs),
        Rule::else_line => {
            return match pairs.find(|pair| pair.as_rule() == Rule::else_if) {
                Some(pair) => condition(reader, &mut pair.into_inner()).map(Head::ElseIf),
                None => Ok(Head::Else),
            };
        }
        Rule::end_line => return Ok(Head::End),
        Rule::while_line => Opening::While(condition(reader, pairs)?),
        Rule::for_line => Opening::For {
            key: reader.name(&expect(reader, pairs)?)?,
            value: optional_name(reader, pairs)?,
            list: condition(reader, pairs)?,
        },
        Rule::repeat_line => Opening::Repeat(condition(reader, pairs)?),
        Rule::step_definition => Opening::Step {
            name: reader.name(&expect(reader, pairs)?)?,
            params: params(reader, pairs)?,
        },
        Rule::case_line => Opening::Case(some_text(reader, pairs)?),
        Rule::do_line => Opening::Do,
        Rule::parallel_line => Opening::Parallel,
        Rule::finally_line => Opening::Finally,
        Rule::retry_line => Opening::Retry {
            within: duration(reader, pairs, Rule::within)?.ok_or_else(|| incoherent(reader))?,
            every: duration(reader, pairs, Rule::every)?,
        },
        _ => return statement(reader, rule, pairs).map(Head::Statement),
    };
    Ok(Head::Open(opening))
}

/// A statement on one line.
fn statement(reader: Reader<'_>, rule: Rule, pairs: &mut Pairs<'_, Rule>) -> Read<StatementKind> {
    Ok(match rule {
        Rule::step_line => StatementKind::Command(step(reader, pairs, Place::Line)?),
        Rule::set_line => set(reader, pairs)?,
        Rule::break_line => StatementKind::Break,
        Rule::continue_line => StatementKind::Continue,
        Rule::goto_line => StatementKind::Goto(reader.name(&expect(reader, pairs)?)?),
        Rule::label_line => StatementKind::Label(reader.name(&expect(reader, pairs)?)?),
        Rule::return_line => StatementKind::Return(optional(reader, pairs)?),
        Rule::exit_line => StatementKind::Exit(optional(reader, pairs)?),
        Rule::use_line => use_file(reader, pairs)?,
        Rule::background_line => StatementKind::Background {
            name: reader.name(&expect(reader, pairs)?)?,
            step: step(reader, pairs, Place::After)?,
        },
        Rule::await_line => await_jobs(reader, pairs)?,
        Rule::cancel_line => StatementKind::Cancel(jobs(reader, pairs)),
        Rule::defer_line => StatementKind::Defer(step(reader, pairs, Place::After)?),
        Rule::mark_line => StatementKind::Mark(reader.name(&expect(reader, pairs)?)?),
        Rule::require_line => assertion(reader, pairs, AssertKind::Require)?,
        Rule::assert_line => assertion(reader, pairs, AssertKind::Assert)?,
        Rule::check_line => assertion(reader, pairs, AssertKind::Check)?,
        Rule::pass_line => verdict(reader, pairs, VerdictKind::Pass)?,
        Rule::fail_line => verdict(reader, pairs, VerdictKind::Fail)?,
        Rule::skip_line => verdict(reader, pairs, VerdictKind::Skip)?,
        Rule::error_line => verdict(reader, pairs, VerdictKind::Error)?,
        _ => waiting(reader, rule, pairs)?,
    })
}

/// Statements that wait or watch.
fn waiting(reader: Reader<'_>, rule: Rule, pairs: &mut Pairs<'_, Rule>) -> Read<StatementKind> {
    Ok(match rule {
        Rule::wait_until => StatementKind::WaitUntil {
            condition: condition(reader, pairs)?,
            within: boxed(reader, pairs, Rule::within)?,
            every: boxed(reader, pairs, Rule::every)?,
        },
        Rule::wait_event => StatementKind::WaitEvent {
            event: Box::new(event(reader, expect(reader, pairs)?)?),
            since: match pairs.peek() {
                Some(pair) if pair.as_rule() == Rule::since => {
                    pairs.next();
                    Some(Box::new(condition(reader, &mut pair.into_inner())?))
                }
                _ => None,
            },
            within: boxed(reader, pairs, Rule::within)?,
            name: optional_name(reader, pairs)?,
        },
        Rule::hold_line => StatementKind::Hold {
            condition: condition(reader, pairs)?,
            duration: match pairs.peek() {
                Some(pair) if pair.as_rule() == Rule::operand => {
                    pairs.next();
                    Box::new(operand(reader, &pair)?)
                }
                _ => return Err(explain::missing(reader, "for")),
            },
            every: boxed(reader, pairs, Rule::every)?,
        },
        Rule::always_line | Rule::never_line => StatementKind::Always {
            condition: condition(reader, pairs)?,
            negated: rule == Rule::never_line,
            every: boxed(reader, pairs, Rule::every)?,
        },
        Rule::never_event => {
            StatementKind::NeverEvent(Box::new(event(reader, expect(reader, pairs)?)?))
        }
        Rule::eventually_line => StatementKind::Eventually {
            condition: condition(reader, pairs)?,
            within: boxed(reader, pairs, Rule::within)?
                .ok_or_else(|| explain::missing(reader, "within"))?,
            every: boxed(reader, pairs, Rule::every)?,
        },
        _ => return Err(incoherent(reader)),
    })
}

/// The duration after that keyword, if it is the next pair.
fn boxed(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>, rule: Rule) -> Read<Option<Box<Expr>>> {
    Ok(duration(reader, pairs, rule)?.map(Box::new))
}

/// The expression that is the next pair.
fn condition(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<Expr> {
    expression(reader, &expect(reader, pairs)?)
}

/// The expression that is the next pair, if one is.
fn optional(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<Option<Expr>> {
    let pair = expect(reader, pairs)?;
    let start = skip_blanks(reader.text, pair.as_span().start());
    if start == reader.text.len() || is_comment(&reader.text[start..]) {
        return Ok(None);
    }
    expression(reader, &pair).map(Some)
}

/// The name that is the next pair, if one is.
pub(super) fn optional_name(
    reader: Reader<'_>,
    pairs: &mut Pairs<'_, Rule>,
) -> Read<Option<Ident>> {
    let Some(pair) = pairs.peek().filter(|pair| pair.as_rule() == Rule::name) else {
        return Ok(None);
    };
    pairs.next();
    reader.name(&pair).map(Some)
}

/// The words of the next pair.
pub(super) fn text(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<Vec<Word>> {
    words(reader, expect(reader, pairs)?.as_span().start())
}

/// The words of the next pair, which has at least one.
pub(super) fn some_text(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<Vec<Word>> {
    let words = text(reader, pairs)?;
    if words.is_empty() {
        return Err(explain::no_text(reader));
    }
    Ok(words)
}

fn set(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<StatementKind> {
    let name = reader.name(&expect(reader, pairs)?)?;
    if pairs
        .peek()
        .is_some_and(|pair| pair.as_rule() == Rule::assign)
    {
        pairs.next();
        let value = condition(reader, pairs)?;
        return Ok(StatementKind::Set { name, value });
    }
    let step = step(reader, pairs, Place::Set)?;
    Ok(StatementKind::SetStep { name, step })
}

/// `if EXPR`, or all of `if EXPR then STATEMENT else STATEMENT`.
fn if_line(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<Head> {
    let condition = condition(reader, pairs)?;
    let branches: Vec<_> = pairs
        .filter(|pair| pair.as_rule() == Rule::branch)
        .collect();
    let mut blocks = Vec::with_capacity(2);
    for branch in &branches {
        blocks.push(one_statement(reader, branch)?);
    }
    let mut blocks = blocks.into_iter();
    let Some(then) = blocks.next() else {
        return Ok(Head::Open(Opening::If(condition)));
    };
    Ok(Head::Statement(StatementKind::If {
        arms: vec![(condition, then)],
        otherwise: blocks.next(),
        one_line: true,
    }))
}

/// The one statement after `then` or `else`.
fn one_statement(reader: Reader<'_>, branch: &Pair<'_, Rule>) -> Read<Block> {
    let place = branch.as_span();
    let inner = reader.slice(place.start(), place.end());
    let span = inner.span(0, inner.text.len());
    let first = first_word(inner.text);
    let keyword = keyword_of(first);
    if let Some(keyword) = keyword
        && matches!(keyword.kind, KeywordKind::Block | KeywordKind::Header)
    {
        return Err(explain::block_in_line(inner, keyword));
    }
    match super::line::line(inner)?.head {
        Head::Statement(StatementKind::Label(label)) => Err(explain::label_in_line(&label)),
        Head::Statement(kind) => Ok(Block {
            statements: vec![Statement {
                kind,
                span,
                head: span,
            }],
            span,
        }),
        _ => match keyword {
            Some(keyword) => Err(explain::block_in_line(inner, keyword)),
            None => Err(incoherent(inner)),
        },
    }
}

fn params(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<Vec<Param>> {
    let mut params: Vec<Param> = Vec::new();
    for pair in pairs.filter(|pair| pair.as_rule() == Rule::param) {
        let mut inner = pair.into_inner();
        let name = reader.name(&expect(reader, &mut inner)?)?;
        let default = inner
            .next()
            .map(|pair| literal(reader, &pair))
            .transpose()?;
        params.push(Param { name, default });
    }
    Ok(params)
}

/// A value that needs nothing to be known: what a default has to be.
pub(super) fn literal(reader: Reader<'_>, pair: &Pair<'_, Rule>) -> Read<Expr> {
    let value = operand(reader, pair).map_err(explain::no_literal_sum)?;
    match not_literal(&value) {
        None => Ok(value),
        Some(part) => Err(explain::no_literal(part.span)),
    }
}

/// The first part of a value that is no literal.
fn not_literal(value: &Expr) -> Option<&Expr> {
    match &value.kind {
        ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Size(_)
        | ExprKind::Percent(_)
        | ExprKind::Bool(_)
        | ExprKind::None => None,
        ExprKind::Text(parts) => {
            let plain = parts.iter().all(|part| matches!(part, Part::Quoted(_)));
            (!plain).then_some(value)
        }
        ExprKind::List(items) => items.iter().find_map(not_literal),
        ExprKind::Map(entries) => entries.iter().find_map(|(_, value)| not_literal(value)),
        ExprKind::Negate(inner) => not_literal(inner),
        _ => Some(value),
    }
}

fn use_file(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<StatementKind> {
    let path = word(reader, expect(reader, pairs)?)?;
    let Some(name) = path.literal() else {
        return Err(explain::use_not_literal(path.span));
    };
    Ok(StatementKind::Use {
        path: Ident {
            name: name.into(),
            span: path.span,
        },
        alias: optional_name(reader, pairs)?,
    })
}

fn jobs(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Vec<Ident> {
    pairs
        .filter(|pair| pair.as_rule() == Rule::long_name)
        .map(|pair| reader.ident(&pair))
        .collect()
}

fn await_jobs(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<StatementKind> {
    let mut timeout = None;
    let mut attempt = None;
    while let Some(pair) = pairs
        .peek()
        .filter(|pair| matches!(pair.as_rule(), Rule::timeout | Rule::try_it))
    {
        pairs.next();
        let modifier = modifier(reader, pair)?;
        let before = match modifier.kind {
            ModifierKind::Timeout(limit) => timeout
                .replace((limit, modifier.span))
                .map(|(_, span)| span),
            _ => attempt.replace(modifier.span),
        };
        if let Some(before) = before {
            return Err(explain::twice(modifier.span, before));
        }
    }
    Ok(StatementKind::Await {
        names: jobs(reader, pairs),
        timeout: timeout.map(|(limit, _)| limit),
        attempt: attempt.is_some(),
    })
}

fn assertion(
    reader: Reader<'_>,
    pairs: &mut Pairs<'_, Rule>,
    kind: AssertKind,
) -> Read<StatementKind> {
    let (condition, message) = expression_and_message(reader, &expect(reader, pairs)?)?;
    Ok(StatementKind::Assert {
        kind,
        condition,
        message: message.map(Box::new),
    })
}

fn verdict(
    reader: Reader<'_>,
    pairs: &mut Pairs<'_, Rule>,
    kind: VerdictKind,
) -> Read<StatementKind> {
    let text = text(reader, pairs)?;
    Ok(StatementKind::Verdict { kind, text })
}

/// `PATTERN [or PATTERN]… [from COMPONENT] [where EXPR]`
pub(super) fn event(reader: Reader<'_>, pair: Pair<'_, Rule>) -> Read<EventMatch> {
    let mut patterns = Vec::new();
    let mut from = None;
    let mut filter = None;
    for pair in pair.into_inner() {
        let span = reader.span_of(&pair);
        match pair.as_rule() {
            Rule::regex => {
                let text = pair.as_str();
                let kind = PatternKind::Regex(text[1..text.len() - 1].replace("\\/", "/"));
                patterns.push(Pattern { kind, span });
            }
            Rule::word => {
                let kind = PatternKind::Glob(word(reader, pair)?);
                patterns.push(Pattern { kind, span });
            }
            Rule::from => {
                let inner = expect(reader, &mut pair.into_inner())?;
                from = Some(word(reader, inner)?);
            }
            _ => filter = Some(expression(reader, &pair)?),
        }
    }
    Ok(EventMatch {
        patterns,
        from,
        filter,
    })
}
