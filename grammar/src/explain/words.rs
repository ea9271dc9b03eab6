//! Faults of words: quotes, interpolations and what word processors make of them.

use super::{boxed, found_at, shortened};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::lines::{braces_end, is_blank, quote_end};
use crate::read::{Read, Reader};
use crate::tree::Span;

/// Looks along a line's words for quotes, interpolations and dashes that are wrong.
pub(crate) fn check_words(reader: Reader<'_>) -> Read<()> {
    let text = reader.text;
    let mut at = 0;
    let mut before = ' ';
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let opens = !(before.is_alphanumeric() || before == '}');
        if is_blank(before) && crate::read::is_comment(rest) {
            return Ok(());
        }
        match c {
            '"' if opens && rest.starts_with("\"\"\"") => {
                at = text_end(reader, at)?;
                before = '"';
                continue;
            }
            '\'' | '"' | '‘' | '“' => {
                check_opening(reader, at)?;
                let end =
                    quote_end(text, at, text.len()).filter(|&end| !text[at..end].contains('\n'));
                let Some(end) = end else {
                    return Err(not_closed_quote(reader, at, c));
                };
                before = text[..end].chars().next_back().unwrap_or('"');
                at = end;
                continue;
            }
            '’' | '”' => check_closing(reader, at, c)?,
            '#' if rest.starts_with("#{") => {
                let end = braces_end(text, at).ok_or_else(|| not_closed_value(reader, at))?;
                before = '}';
                at = end;
                continue;
            }
            _ => {}
        }
        before = if c == '\n' || c == '\r' { ' ' } else { c };
        at += c.len_utf8();
    }
    Ok(())
}

/// The byte after the `"""` that closes the one at `open`.
pub(crate) fn text_end(reader: Reader<'_>, open: usize) -> Read<usize> {
    let text = reader.text;
    let body = &text[open + 3..];
    let line = body.split('\n').next().unwrap_or(body);
    let rest = line.trim_matches(|c| is_blank(c) || c == '\r');
    if !rest.is_empty() || line.len() == body.len() {
        let length = 3 + line.trim_end().len();
        return Err(boxed(
            Diagnostic::new(
                &codes::E010,
                reader.span(open, open + length),
                "the opening `\"\"\"` is the last thing on its line",
            )
            .help("begin the text on the next line, or use \"…\" for a text of one line"),
        ));
    }
    let mut at = open + 3;
    while at < text.len() {
        match text.as_bytes()[at] {
            b'\\' => at += 2,
            b'"' if text[at..].starts_with("\"\"\"") => return Ok(at + 3),
            _ => at += 1,
        }
    }
    Err(boxed(unfinished_text(reader.span(open, open + 3))))
}

/// A `"""` that nothing closes.
pub(crate) fn unfinished_text(span: Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&codes::E011, span, "this `\"\"\"` is not closed")
        .help("write `\"\"\"` after the last line of the text");
    diagnostic.incomplete = true;
    diagnostic
}

/// A `\` at the end of the file.
pub(crate) fn unfinished_line(span: Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        &codes::E037,
        span,
        "this `\\` joins the next line, and there is none",
    )
    .help("leave the `\\` out, or write the rest of the statement on the next line");
    diagnostic.incomplete = true;
    diagnostic
}

/// A quote at byte `at` may open: it is at the start of a word or after a sign.
pub(crate) fn check_opening(reader: Reader<'_>, at: usize) -> Read<()> {
    let before = reader.text[..at].chars().next_back().unwrap_or(' ');
    if !(before.is_alphanumeric() || before == '}') {
        return Ok(());
    }
    Err(stray_quote(reader, at))
}

/// A quote in the middle of a word, and the word as it should be quoted.
fn stray_quote(reader: Reader<'_>, at: usize) -> Box<Diagnostic> {
    let text = reader.text;
    let c = text[at..].chars().next().unwrap_or('\'');
    let start = text[..at]
        .rfind(|c: char| is_blank(c) || c == '\n')
        .map_or(0, |place| {
            place + text[place..].chars().next().map_or(1, char::len_utf8)
        });
    let end = at
        + text[at..]
            .find(|c: char| is_blank(c) || c == '\n' || c == '\r')
            .unwrap_or(text.len() - at);
    let word = &text[start..end];
    let quoted = if word.contains('"') && !word.contains('\'') {
        format!("'{word}'")
    } else {
        format!("\"{}\"", word.replace('"', "\\\""))
    };
    boxed(
        Diagnostic::new(
            &codes::E006,
            reader.span(at, at + c.len_utf8()),
            format!("a quote cannot open after `{}`", &text[start..at]),
        )
        .help(format!("put the whole word into quotes: {quoted}"))
        .related(reader.span(start, end), "this word"),
    )
}

/// `’` and `”` outside a text: an apostrophe between letters, and else a fault.
pub(crate) fn check_closing(reader: Reader<'_>, at: usize, c: char) -> Read<()> {
    let text = reader.text;
    let before = text[..at].chars().next_back();
    let after = text[at + c.len_utf8()..].chars().next();
    let letters = before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_alphabetic);
    if c == '’' && letters {
        return Ok(());
    }
    let opens = before.is_none_or(|c| !(c.is_alphanumeric() || c == '}'));
    if !opens {
        return Err(stray_quote(reader, at));
    }
    let (left, plain) = if c == '’' {
        ('‘', '\'')
    } else {
        ('“', '"')
    };
    let rest = &text[at + c.len_utf8()..];
    let content = rest.find(c).map_or("…", |end| &rest[..end]);
    Err(boxed(
        Diagnostic::new(
            &codes::E005,
            reader.span(at, at + c.len_utf8()),
            format!("`{c}` ends a text, and none has begun"),
        )
        .help(format!(
            "type {plain}{content}{plain} or {left}{content}{c}"
        )),
    ))
}

/// A quote that is never closed on its line, or is closed by one of another kind.
pub(crate) fn not_closed_quote(reader: Reader<'_>, at: usize, open: char) -> Box<Diagnostic> {
    let text = reader.text;
    let rest = &text[at + open.len_utf8()..];
    let line = rest.split('\n').next().unwrap_or(rest);
    let close = match open {
        '‘' => '’',
        '“' => '”',
        other => other,
    };
    if line.trim_end_matches('\r').ends_with('\\') && rest.len() > line.len() {
        return boxed(
            Diagnostic::new(
                &codes::E039,
                reader.span(at, at + open.len_utf8()),
                format!("this {open} is not closed before the `\\` at the end of the line"),
            )
            .help(
                "close the quote before the `\\`, or write the text between `\"\"\"` and `\"\"\"`",
            ),
        );
    }
    let other = line
        .char_indices()
        .find(|&(_, c)| matches!(c, '\'' | '"' | '’' | '”' | '‘' | '“'));
    if let Some((place, _)) = other
        && matches!(open, '"' | '“')
        && let Some(value) = line[..place].rfind("#{")
        && !line[value..place].contains('}')
    {
        return not_closed_value(reader, at + open.len_utf8() + value);
    }
    // Behind a `\`, the same quote ends nothing.
    let other = other.filter(|&(_, c)| c != close);
    if let Some((place, c)) = other {
        let content = shortened(&line[..place]);
        let start = at + open.len_utf8() + place;
        return boxed(
            Diagnostic::new(
                &codes::E005,
                reader.span(start, start + c.len_utf8()),
                format!("the text that begins with {open} cannot end with {c}"),
            )
            .help(format!("type {open}{content}{close}"))
            .replace(close.to_string())
            .related(reader.span(at, at + open.len_utf8()), "it begins here"),
        );
    }
    let content = shortened(line.trim_end());
    boxed(
        Diagnostic::new(
            &codes::E004,
            reader.span(at, at + open.len_utf8()),
            format!("this {open} is not closed"),
        )
        .help(format!(
            "type {open}{content}{close}; for the sign itself, type {}",
            if open == '\'' {
                "\"'\""
            } else {
                "it inside '…'"
            }
        )),
    )
}

fn not_closed_value(reader: Reader<'_>, at: usize) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E008,
            reader.span(at, at + 2),
            "this `#{` is not closed on its line",
        )
        .help("write `}` after the expression; for the signs themselves, type '#{'"),
    )
}

/// A character of a word that begins at `start` which may come from a word processor.
pub(crate) fn check_sign(reader: Reader<'_>, start: usize, at: usize, c: char) -> Read<()> {
    match c {
        '’' | '”' => check_closing(reader, at, c),
        '–' | '—' | '−' if at == start => check_dash(reader, at, c),
        _ => Ok(()),
    }
}

/// A dash at the beginning of a word: before a letter it was meant for a flag's.
fn check_dash(reader: Reader<'_>, at: usize, dash: char) -> Read<()> {
    let length = dash.len_utf8();
    let rest = crate::read::first_word(&reader.text[at + length..]);
    if !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '–' | '—' | '-')) {
        return Ok(());
    }
    let plain = if dash == '—' { "--" } else { "-" };
    Err(boxed(
        Diagnostic::new(
            &codes::E007,
            reader.span(at, at + length),
            format!("`{dash}` is no `{plain}`: a word processor put it here"),
        )
        .help(format!("type {plain}{}", shortened(rest)))
        .replace(plain),
    ))
}

/// A word that ends elsewhere than the grammar found.
pub(crate) fn words_fault(reader: Reader<'_>, at: usize) -> Box<Diagnostic> {
    check_words(reader).err().unwrap_or_else(|| {
        let (span, found) = found_at(reader, at);
        boxed(Diagnostic::new(
            &codes::E001,
            span,
            format!("{found} cannot stand here"),
        ))
    })
}

/// What has to be one word is none, or several.
pub(crate) fn not_one_line(reader: Reader<'_>, end: usize) -> Box<Diagnostic> {
    let span = reader.span(end, end + 1);
    boxed(Diagnostic::new(
        &codes::E001,
        span,
        "an expression stands on one line",
    ))
}

pub(crate) fn not_one_word(reader: Reader<'_>) -> Box<Diagnostic> {
    let span = reader.span(0, reader.text.len());
    check_words(reader).err().unwrap_or_else(|| {
        boxed(
            Diagnostic::new(&codes::E001, span, "expected one word")
                .help("a word with blanks in it stands in quotes"),
        )
    })
}
