//! What one logical line is, before blocks are put together.

use pest::iterators::{Pair, Pairs};

use super::{Read, Reader, Rule, header, statement};
use crate::explain;
use crate::keyword::{KeywordKind, keyword_of};
use crate::tree::{Expr, Header, HeaderKind, Ident, Param, Span, StatementKind, Word};

/// One logical line.
#[derive(Debug)]
pub(crate) struct Line {
    /// What it says.
    pub head: Head,
    /// From its first word to its last.
    pub span: Span,
    /// Its comment.
    pub comment: Option<Span>,
}

/// What a line says.
#[derive(Debug)]
pub(crate) enum Head {
    /// Nothing, or a comment alone.
    Blank,
    /// A line at the top of a file.
    Header(Header),
    /// A statement that is whole.
    Statement(StatementKind),
    /// The first line of a block.
    Open(Opening),
    /// `else if EXPR`
    ElseIf(Expr),
    /// `else`
    Else,
    /// `end`
    End,
}

/// The first line of a block.
#[derive(Debug)]
pub(crate) enum Opening {
    /// `if EXPR`
    If(Expr),
    /// The `else` of an `if` whose conditions are all read.
    Else,
    /// `while EXPR`
    While(Expr),
    /// `for NAME[, NAME] in EXPR`
    For {
        key: Ident,
        value: Option<Ident>,
        list: Expr,
    },
    /// `repeat EXPR`
    Repeat(Expr),
    /// `step NAME [PARAM[=DEFAULT]]…`
    Step { name: Ident, params: Vec<Param> },
    /// `case TEXT`
    Case(Vec<Word>),
    /// `do`
    Do,
    /// `parallel`
    Parallel,
    /// `retry within DURATION [every DURATION]`
    Retry { within: Expr, every: Option<Expr> },
    /// `finally`
    Finally,
    /// A line that could not be read, but for this keyword.
    Unread(&'static str),
}

impl Opening {
    /// The keyword that opens it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::If(_) | Self::Else => "if",
            Self::While(_) => "while",
            Self::For { .. } => "for",
            Self::Repeat(_) => "repeat",
            Self::Step { .. } => "step",
            Self::Case(_) => "case",
            Self::Do => "do",
            Self::Parallel => "parallel",
            Self::Retry { .. } => "retry",
            Self::Finally => "finally",
            Self::Unread(word) => word,
        }
    }
}

/// Reads one logical line, which begins with its first word.
pub(crate) fn line(reader: Reader<'_>) -> Read<Line> {
    let text = reader.text;
    if text.is_empty() || is_comment(text) {
        let span = reader.span(0, 0);
        let comment = (!text.is_empty()).then(|| reader.span(0, trim_end(text).len()));
        return Ok(Line {
            head: Head::Blank,
            span,
            comment,
        });
    }
    explain::check_nesting(reader)?;
    let reader = reader.slice(0, trim_end(text).len());
    let (head, comment) = head(reader)?;
    let end = comment.map_or(reader.text.len(), |comment: Span| {
        trim_end(&text[..reader.place(comment.start)]).len()
    });
    Ok(Line {
        head,
        span: reader.span(0, end),
        comment,
    })
}

/// A text without the blanks and line continuations at its end.
fn trim_end(text: &str) -> &str {
    let blank = |c| crate::lines::is_blank(c) || c == '\n' || c == '\r';
    let mut went_on = false;
    let mut text = text;
    loop {
        let shorter = text.trim_end_matches(blank);
        went_on |= text[shorter.len()..].contains('\n');
        // A `\` that goes on to nothing but blanks: the line ended before it.
        match shorter.strip_suffix('\\') {
            Some(before) if went_on && before.ends_with(blank) => text = before,
            _ => return shorter,
        }
    }
}

/// Whether a word that begins here begins a comment.
pub(crate) fn is_comment(text: &str) -> bool {
    text.starts_with('#') && !text.starts_with("#{")
}

/// What a line says, and its comment.
fn head(reader: Reader<'_>) -> Read<(Head, Option<Span>)> {
    let first = first_word(reader.text);
    let Some(keyword) = keyword_of(first) else {
        return other(reader, first);
    };
    let mut fault = None;
    for &rule in keyword.rules {
        match reader.parse(rule) {
            Ok(pairs) => {
                let comment = comment(reader, &pairs);
                let head = if keyword.kind == KeywordKind::Header {
                    Head::Header(header::header(reader, rule, pairs)?)
                } else {
                    statement::head(reader, rule, pairs)?
                };
                let comment = comment.or_else(|| comment_after(reader, &head));
                return Ok((head, comment));
            }
            Err(error) => fault = explain::further(fault, error),
        }
    }
    Err(explain::statement_fault(reader, Some(keyword), fault))
}

/// A line whose first word is no keyword: a label or a command.
fn other(reader: Reader<'_>, first: &str) -> Read<(Head, Option<Span>)> {
    let rule = if first.len() > 1 && first.ends_with(':') {
        Rule::label_line
    } else if first.starts_with('@') {
        return Err(explain::unknown_header(reader, first));
    } else {
        Rule::command_line
    };
    match reader.parse(rule) {
        Ok(pairs) => {
            let comment = comment(reader, &pairs);
            let head = statement::head(reader, rule, pairs)?;
            let comment = comment.or_else(|| comment_after(reader, &head));
            Ok((head, comment))
        }
        Err(error) => Err(explain::statement_fault(reader, None, Some(error))),
    }
}

/// The comment among a line's pairs, where it is the last but the end.
fn comment(reader: Reader<'_>, pairs: &Pairs<'_, Rule>) -> Option<Span> {
    let mut last = pairs.clone().rev();
    let pair: Pair<'_, Rule> = last.find(|pair| pair.as_rule() != Rule::EOI)?;
    (pair.as_rule() == Rule::comment).then(|| reader.span_of(&pair))
}

/// The comment after the words of a line that ends with words.
fn comment_after(reader: Reader<'_>, head: &Head) -> Option<Span> {
    let keyword = first_word(reader.text).len();
    let last = |words: &[Word]| {
        words
            .last()
            .map_or(keyword, |word| reader.place(word.span.end))
    };
    let end = match head {
        Head::Statement(
            StatementKind::Command(step)
            | StatementKind::SetStep { step, .. }
            | StatementKind::Background { step, .. }
            | StatementKind::Defer(step),
        ) => reader.place(step.span.end),
        Head::Statement(StatementKind::Verdict { text, .. }) => last(text),
        Head::Open(Opening::Case(title)) => last(title),
        Head::Header(Header {
            kind: HeaderKind::Title(title),
            ..
        }) => last(title),
        _ => return None,
    };
    let length = reader.text[end..].find('#')?;
    Some(reader.span(end + length, reader.text.len()))
}

/// The first word of a line, as far as blanks part words.
pub(crate) fn first_word(text: &str) -> &str {
    let end = text
        .find(|c: char| crate::lines::is_blank(c) || c == '\n' || c == '\r')
        .unwrap_or(text.len());
    &text[..end]
}
