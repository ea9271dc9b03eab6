//! The `@` lines at the top of a file.

use pest::iterators::{Pair, Pairs};

use super::expression::{expression, operand};
use super::statement::{event, literal, optional_name, some_text};
use super::word::word;
use super::{Read, Reader, Rule, expect, incoherent};
use crate::explain;
use crate::tree::{Expr, Header, HeaderKind, Ident, Trigger, Word};

/// Reads the header that `rule` cut.
pub(super) fn header(reader: Reader<'_>, rule: Rule, mut pairs: Pairs<'_, Rule>) -> Read<Header> {
    let pairs = &mut pairs;
    let kind = match rule {
        Rule::title_header => HeaderKind::Title(some_text(reader, pairs)?),
        Rule::tags_header => HeaderKind::Tags(names(reader, pairs, Rule::tag)),
        Rule::covers_header => HeaderKind::Covers(names(reader, pairs, Rule::tag)),
        Rule::known_header => known(reader, pairs)?,
        Rule::timeout_header => HeaderKind::Timeout(operand(reader, &expect(reader, pairs)?)?),
        Rule::param_header => {
            let name = reader.name(&expect(reader, pairs)?)?;
            let default = match pairs.peek() {
                Some(pair) if pair.as_rule() == Rule::operand => Some(literal(reader, &pair)?),
                _ => None,
            };
            HeaderKind::Param { name, default }
        }
        Rule::needs_header => HeaderKind::Needs(names(reader, pairs, Rule::long_name)),
        Rule::each_header => HeaderKind::Each {
            key: reader.name(&expect(reader, pairs)?)?,
            value: optional_name(reader, pairs)?,
            list: expression(reader, &expect(reader, pairs)?)?,
        },
        Rule::language_header => language(reader, &expect(reader, pairs)?)?,
        Rule::on_header => HeaderKind::On(trigger(reader, expect(reader, pairs)?)?),
        _ => return Err(incoherent(reader)),
    };
    Ok(Header {
        kind,
        span: reader.span(0, reader.text.len()),
    })
}

/// All names of one kind.
fn names(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>, rule: Rule) -> Vec<Ident> {
    pairs
        .filter(|pair| pair.as_rule() == rule)
        .map(|pair| reader.ident(&pair))
        .collect()
}

fn known(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<HeaderKind> {
    let id = reader.ident(&expect(reader, pairs)?);
    let until = pairs
        .find(|pair| pair.as_rule() == Rule::date)
        .map(|pair| reader.ident(&pair));
    if let Some(date) = &until
        && !is_date(&date.name)
    {
        return Err(explain::no_date(date));
    }
    Ok(HeaderKind::Known { id, until })
}

/// Whether `YYYY-MM-DD` is a day of the calendar.
fn is_date(date: &str) -> bool {
    let mut numbers = date.split('-').map(str::parse::<u32>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day))) =
        (numbers.next(), numbers.next(), numbers.next())
    else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// The newest language that this program knows.
const LANGUAGE: u64 = 1;

fn language(reader: Reader<'_>, pair: &Pair<'_, Rule>) -> Read<HeaderKind> {
    match pair.as_str().parse() {
        Ok(version @ 1..=LANGUAGE) => Ok(HeaderKind::Language(version)),
        _ => Err(explain::unknown_language(reader.span_of(pair), LANGUAGE)),
    }
}

fn trigger(reader: Reader<'_>, pair: Pair<'_, Rule>) -> Read<Trigger> {
    let rule = pair.as_rule();
    let mut pairs = pair.into_inner();
    let first = expect(reader, &mut pairs)?;
    Ok(match rule {
        Rule::on_schedule => Trigger::Schedule {
            cron: word(reader, first)?,
            zone: another(reader, &mut pairs)?,
        },
        Rule::on_event => Trigger::Event(event(reader, first)?),
        Rule::on_webhook => Trigger::Webhook(word(reader, first)?),
        Rule::on_file => Trigger::File(word(reader, first)?),
        Rule::on_git => Trigger::Git {
            url: word(reader, first)?,
            branch: another(reader, &mut pairs)?,
        },
        Rule::on_run => Trigger::RunFailed(word(reader, first)?),
        Rule::on_state | Rule::on_event_state => Trigger::State {
            condition: expression(reader, &first)?,
            hold: hold(reader, &mut pairs)?,
        },
        _ => return Err(incoherent(reader)),
    })
}

fn another(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<Option<Word>> {
    pairs.next().map(|pair| word(reader, pair)).transpose()
}

fn hold(reader: Reader<'_>, pairs: &mut Pairs<'_, Rule>) -> Read<Option<Expr>> {
    pairs
        .find(|pair| pair.as_rule() == Rule::operand)
        .map(|pair| operand(reader, &pair))
        .transpose()
}
