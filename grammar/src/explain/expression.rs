//! Faults of expressions.

use super::others::{Sign, other_sign, unit, unit_of_size};
use super::{boxed, check_words, found_at, shortened};
use crate::codes;
use crate::diagnostic::{Diagnostic, meant};
use crate::limits::{MAX_LEVELS, MAX_NESTING};
use crate::read::{Kind, Reader, Token};
use crate::tree::Span;

/// A value was expected.
pub(crate) fn no_value(reader: Reader<'_>, token: Token) -> Box<Diagnostic> {
    if token.kind == Kind::End {
        let (span, found) = found_at(reader, token.start);
        return boxed(Diagnostic::new(
            &codes::E021,
            span,
            format!("expected a value, found {found}"),
        ));
    }
    if let Err(fault) = check_words(reader) {
        return fault;
    }
    let text = &reader.text[token.start..token.end];
    let code = if text == "=" {
        &codes::E023
    } else {
        &codes::E021
    };
    let fault = Diagnostic::new(
        code,
        reader.span(token.start, token.end),
        format!("expected a value, found `{}`", shortened(text)),
    );
    boxed(match other_sign(reader, token.start, token.end) {
        Some(sign) => signed(reader, fault, sign, "expected a value"),
        None => fault,
    })
}

/// A fault that is an operator of another language.
fn signed(reader: Reader<'_>, mut fault: Diagnostic, sign: Sign, expected: &str) -> Diagnostic {
    fault.span = reader.span(sign.start, sign.end);
    fault.message = format!("{expected}, found `{}`", &reader.text[sign.start..sign.end]);
    fault.replacement = sign.replacement;
    fault.help(sign.help)
}

/// Something stands where an expression could only go on with an operator, or end.
pub(crate) fn no_operator(
    reader: Reader<'_>,
    token: Token,
    after: usize,
    open: &str,
) -> Box<Diagnostic> {
    if let Err(fault) = check_words(reader) {
        return fault;
    }
    if token.kind == Kind::End {
        let (span, found) = found_at(reader, token.start);
        let message = format!("expected an operator, found {found}");
        return boxed(Diagnostic::new(&codes::E021, span, message));
    }
    let span = reader.span(token.start, token.end);
    let text = &reader.text[token.start..token.end];
    let before = crate::read::last_name(&reader.text[..after]);
    match text {
        ")" | "]" | "}" => {
            return boxed(Diagnostic::new(
                &codes::E022,
                span,
                format!("this `{text}` closes no bracket"),
            ));
        }
        "(" if super::other_function(before).is_some()
            && reader.text[..after].contains(&format!(".{before}")) =>
        {
            let here = super::other_function(before).unwrap_or_default();
            let found = Diagnostic::new(&codes::E021, span, "values have no methods");
            return boxed(found.help(format!("here it is written {here}")));
        }
        "(" if !before.is_empty() => {
            return boxed(
                Diagnostic::new(&codes::E021, span, "expected an operator, found `(`").help(
                    format!("the arguments of a function follow it without a blank: {before}(…)"),
                ),
            );
        }
        _ => {}
    }
    let mut diagnostic = Diagnostic::new(
        &codes::E021,
        span,
        format!(
            "expected an operator or the end, found `{}`",
            shortened(text)
        ),
    );
    let known = [
        "or", "and", "not", "in", "contains", "matches", "where", "then", "else", "within",
        "every", "for", "since", "as",
    ];
    let number = reader.text[..after].ends_with(|c: char| c.is_ascii_digit());
    let condition = reader.text.strip_prefix("if");
    let condition = condition.is_some_and(|rest| !rest.contains(" then"));
    if let Some(sign) = other_sign(reader, token.start, token.end) {
        diagnostic = signed(reader, diagnostic, sign, "expected an operator or the end");
    } else if let Some((kind, unit)) = measured(text).filter(|_| number) {
        let before = reader.text[..after].rsplit(|c: char| !(c.is_ascii_digit() || c == '.'));
        let number = before.into_iter().next().unwrap_or("5");
        diagnostic = diagnostic.help(format!("{kind} has its unit at the number: {number}{unit}"));
    } else if reader.text[..after].ends_with('%') {
        diagnostic = diagnostic.help(
            "`%` directly after a number is percent; for the remainder put a blank before it",
        );
    } else if text == "#" {
        diagnostic = diagnostic.help("a comment begins after a blank");
    } else if text == "." {
        diagnostic = diagnostic.help("a name stands directly after the point");
    } else if let Some((variable, command)) = set_to_a_name(&reader.text[..after]) {
        diagnostic = diagnostic.help(format!(
            "if `{command}` is a command, its result is kept without the sign: set {variable} {command} {0} …\n\
             if it is a function, its arguments stand in parentheses: {command}({0})",
            shortened(argument(reader, token.start))
        ));
    } else if text == "do" && open.is_empty() {
        diagnostic = diagnostic
            .help("leave it out: what is to be done stands on the lines below, up to `end`")
            .replace("");
    } else if let Some(word) = meant(text, known) {
        diagnostic = diagnostic.help(format!("did you mean `{word}`?"));
    } else if condition && open.is_empty() && text.starts_with(char::is_alphabetic) {
        diagnostic = diagnostic
            .help(format!(
                "write `then` before what is to be done: then {} …",
                shortened(text)
            ))
            .replace(format!("then {text}"));
    } else if open.is_empty() && text.starts_with(char::is_alphabetic) {
        diagnostic = diagnostic.help("text stands in quotes: 'like this'");
    }
    boxed(diagnostic)
}

/// What a number and this word measure, and the unit.
fn measured(word: &str) -> Option<(&'static str, &'static str)> {
    let time = unit(word).map(|unit| ("a time", unit));
    time.or_else(|| unit_of_size(word).map(|unit| ("a size", unit)))
}

/// What stands from there on, with its quotes.
fn argument(reader: Reader<'_>, start: usize) -> &str {
    let rest = &reader.text[start..];
    match rest.chars().next() {
        Some('\'' | '"' | '[' | '{') => rest.trim_end(),
        _ => crate::read::first_word(rest),
    }
}

/// The variable and the name of `set VARIABLE = NAME`, if that is all that stands there.
fn set_to_a_name(line: &str) -> Option<(&str, &str)> {
    let (set, name) = line.split_once('=')?;
    let variable = set.trim_start().strip_prefix("set ")?.trim();
    let name = name.trim();
    let is_name = |text: &str| {
        let first = text.chars().next();
        first.is_some_and(char::is_alphabetic)
            && text
                .chars()
                .all(|sign| sign.is_alphanumeric() || "_-.".contains(sign))
    };
    (is_name(variable) && is_name(name)).then_some((variable, name))
}

/// A bracket is not closed where it should be.
pub(crate) fn not_closed(
    reader: Reader<'_>,
    open: Span,
    token: Token,
    after: usize,
) -> Box<Diagnostic> {
    let bracket = &reader.text[reader.place(open.start)..reader.place(open.end)];
    let found = &reader.text[token.start..token.end];
    if token.kind != Kind::End && !matches!(found, ")" | "]" | "}") {
        return no_operator(reader, token, after, bracket);
    }
    if let Err(fault) = check_words(reader) {
        return fault;
    }
    let (span, found) = found_at(reader, token.start);
    let (code, close) = match bracket {
        "(" => (&codes::E022, ")"),
        "[" => (&codes::E022, "]"),
        "{" => (&codes::E022, "}"),
        _ => (&codes::E008, "}"),
    };
    boxed(
        Diagnostic::new(code, open, format!("this `{bracket}` is not closed"))
            .label("opened here")
            .related(span, format!("found {found}"))
            .help(format!("write `{close}` where it ends")),
    )
}

/// A key of a map that cannot be one.
pub(crate) fn no_key(span: Span, why: &str) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(&codes::E021, span, format!("this key {why}"))
            .help("a map is written {name: 1, 'other name': 2}"),
    )
}

/// A key of a map without its colon.
pub(crate) fn no_colon(span: Span, name: &str) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E021,
            span,
            format!("expected `:` after the key `{name}`"),
        )
        .help("a map is written {name: 1, 'other name': 2}"),
    )
}

/// Two comparisons in a row.
pub(crate) fn chained(reader: Reader<'_>, first: Span, second: Span) -> Box<Diagnostic> {
    let operator = &reader.text[reader.place(second.start)..reader.place(second.end)];
    if operator == "in" && reader.text.starts_with("wait") {
        return boxed(
            Diagnostic::new(
                &codes::E020,
                second,
                "the time that a wait has stands after `within`",
            )
            .help("write: within 5s")
            .replace("within"),
        );
    }
    boxed(
        Diagnostic::new(&codes::E020, second, "comparisons do not chain")
            .related(first, "the first comparison")
            .help("join two comparisons with `and`: `1 < x and x < 3`"),
    )
}

/// `=` in an expression.
pub(crate) fn single_equals(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(&codes::E023, span, "`=` does not compare")
            .help("type == to compare")
            .replace("=="),
    )
}

/// `not` after a value, without `in`.
pub(crate) fn not_without_in(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E021,
            span,
            "`not` after a value goes with `in`: `x not in list`",
        )
        .help("to say the opposite put `not` first: `not x contains y`"),
    )
}

/// An operator in what stands for a duration, a count or a default.
pub(crate) fn operator_outside(span: Span, written: &str) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E024,
            span,
            "an operator stands in parentheses here, so that it is plain where it ends",
        )
        .help(format!("write: ({})", shortened(written))),
    )
}

/// Brackets nest too deep.
pub(crate) fn too_deep(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E030,
            span,
            format!("this expression is nested more than {MAX_NESTING} deep"),
        )
        .help("keep a part of it in a variable with `set`"),
    )
}

/// Operators follow one another too often.
pub(crate) fn too_long(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E031,
            span,
            format!(
                "this expression has more than {MAX_LEVELS} operators in a row or in one another"
            ),
        )
        .help("keep a part of it in a variable with `set`"),
    )
}
