//! What one logical line is, before blocks are put together.

use pest::iterators::{Pair, Pairs};

use super::{Read, Reader, Rule, command, header, statement};
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
        let comment = (!text.is_empty()).then(|| reader.span(0, trim_end(text, false).len()));
        return Ok(Line {
            head: Head::Blank,
            span,
            comment,
        });
    }
    explain::check_nesting(reader)?;
    let reader = reader.slice(0, trim_end(text, false).len());
    let (head, comment) = head(reader)?;
    let end = comment.map_or(reader.text.len(), |comment: Span| {
        trim_end(&text[..reader.place(comment.start)], true).len()
    });
    Ok(Line {
        head,
        span: reader.span(0, end),
        comment,
    })
}

/// A text without the blanks and line continuations at its end. Where no comment follows, a `\` before the last one goes
/// with it: it would stand at the end of the line then, and go on to the next one.
fn trim_end(text: &str, comment_follows: bool) -> &str {
    let blank = |c| crate::lines::is_blank(c) || c == '\n' || c == '\r';
    let mut went_on = false;
    let mut text = text;
    loop {
        let shorter = text.trim_end_matches(blank);
        let goes_on = text[shorter.len()..].contains('\n');
        went_on = goes_on || went_on && !comment_follows;
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
    if let (true, Some(head)) = (first.len() == reader.text.len(), keyword_alone(first)) {
        return Ok((head, None));
    }
    let mut fault = None;
    for &rule in keyword
        .rules
        .iter()
        .filter(|&&rule| may_be(rule, reader.text))
    {
        match reader.parse(rule) {
            Ok(pairs) => {
                let comment = comment(reader, &pairs);
                let head = if keyword.kind == KeywordKind::Header {
                    header::header(reader, rule, pairs).map(Head::Header)
                } else {
                    statement::head(reader, rule, pairs)
                };
                let head = head.map_err(|fault| {
                    explain::of_another_language(reader, Some(keyword), &fault)
                        .unwrap_or_else(|| explain::with_usage(fault, keyword))
                })?;
                let comment = comment.or_else(|| comment_after(reader, &head));
                return Ok((head, comment));
            }
            Err(error) => fault = explain::further(fault, error),
        }
    }
    Err(explain::statement_fault(reader, Some(keyword), fault))
}

/// A line that is nothing but one of these keywords, as many are: no rule has to look.
fn keyword_alone(keyword: &str) -> Option<Head> {
    Some(match keyword {
        "end" => Head::End,
        "else" => Head::Else,
        "do" => Head::Open(Opening::Do),
        "parallel" => Head::Open(Opening::Parallel),
        "finally" => Head::Open(Opening::Finally),
        "break" => Head::Statement(StatementKind::Break),
        "continue" => Head::Statement(StatementKind::Continue),
        _ => return None,
    })
}

/// Whether one of several rules for a keyword is worth trying, or the only one that is.
fn may_be(rule: Rule, text: &str) -> bool {
    let event = || {
        let rest = text[first_word(text).len()..].trim_start_matches(crate::lines::is_blank);
        first_word(rest) == "event"
    };
    match rule {
        Rule::wait_event | Rule::never_event => event(),
        Rule::wait_until | Rule::never_line => !event(),
        Rule::await_line => text.starts_with("await") || text.contains("await "),
        Rule::retry_line => text.contains("within"),
        Rule::if_block => !text.contains("then"),
        Rule::if_line => text.contains("then"),
        _ => true,
    }
}

/// A line whose first word is no keyword: a label or a command.
fn other(reader: Reader<'_>, first: &str) -> Read<(Head, Option<Span>)> {
    if first.starts_with('@') {
        return Err(explain::unknown_header(reader, first));
    }
    if is_command_name(first) {
        let head = Head::Statement(StatementKind::Command(command::plain(reader, first)?));
        let comment = comment_after(reader, &head);
        return Ok((head, comment));
    }
    if first.len() == 1 || !first.ends_with(':') {
        return Err(explain::statement_fault(reader, None, None));
    }
    let rule = Rule::label_line;
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

/// The comment after what a line ends with, where no rule has looked for one.
fn comment_after(reader: Reader<'_>, head: &Head) -> Option<Span> {
    let end = end_of(head)?;
    let from = end.map_or(first_word(reader.text).len(), |end| reader.place(end.end));
    let length = reader.text[from..].find('#')?;
    Some(reader.span(from + length, reader.text.len()))
}

/// The last thing of a line that was cut to its end; inside, `None` for the keyword itself.
fn end_of(head: &Head) -> Option<Option<Span>> {
    use StatementKind as Kind;
    let last = |words: &[Word]| Some(words.last().map(|word| word.span));
    let value = |value: &Option<Expr>| Some(value.as_ref().map(|value| value.span));
    match head {
        Head::Statement(kind) => match kind {
            Kind::Command(step)
            | Kind::SetStep { step, .. }
            | Kind::Background { step, .. }
            | Kind::Defer(step) => Some(Some(step.span)),
            Kind::Set { value, .. } => Some(Some(value.span)),
            Kind::Assert {
                condition, message, ..
            } => Some(Some(message.as_deref().unwrap_or(condition).span)),
            Kind::Return(given) | Kind::Exit(given) => value(given),
            Kind::Verdict { text, .. } => last(text),
            _ => None,
        },
        Head::Open(opening) => match opening {
            Opening::Case(title) => last(title),
            Opening::If(value)
            | Opening::While(value)
            | Opening::Repeat(value)
            | Opening::For { list: value, .. } => Some(Some(value.span)),
            _ => None,
        },
        Head::ElseIf(condition) => Some(Some(condition.span)),
        Head::Header(header) => match &header.kind {
            HeaderKind::Title(title) => last(title),
            HeaderKind::Each { list, .. } => Some(Some(list.span)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a word is the name of a command as it stands.
fn is_command_name(word: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    word.starts_with(letter) && word.chars().all(|c| letter(c) || matches!(c, '-' | '.'))
}

/// The first word of a line, as far as blanks part words.
pub(crate) fn first_word(text: &str) -> &str {
    let end = text
        .find(|c: char| crate::lines::is_blank(c) || c == '\n' || c == '\r')
        .unwrap_or(text.len());
    &text[..end]
}
