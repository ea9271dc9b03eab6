//! Quoted texts: their escapes, their interpolations, and the lines of `"""`.

use super::expression::{Depth, Tokens};
use super::{Read, Reader};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::explain;
use crate::tree::{self, Expr, Part};

/// The parts of a word or a text as they are gathered: neighbours of a kind are one.
#[derive(Default)]
pub(super) struct Parts(pub tree::Parts);

impl Parts {
    /// Adds text from outside quotes.
    pub(super) fn bare(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Bare(before)) => before.push_str(text),
            _ => self.0.push(Part::Bare(text.into())),
        }
    }

    /// Adds text from inside quotes.
    pub(super) fn quoted(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Quoted(before)) => before.push_str(text),
            _ => self.0.push(Part::Quoted(text.into())),
        }
    }
}

/// Adds what the text whose quote stands at byte `start` holds to `parts`; where it ends.
pub(super) fn quoted(
    reader: Reader<'_>,
    start: usize,
    parts: &mut Parts,
    depth: &mut Depth,
) -> Read<usize> {
    let text = reader.text;
    match text.as_bytes()[start] {
        b'\'' => literal(reader, start, '\'', parts),
        b'"' if text[start..].starts_with("\"\"\"") => block(reader, start, parts, depth),
        b'"' => double(reader, start, '"', parts, depth),
        _ if text[start..].starts_with('‘') => literal(reader, start, '‘', parts),
        _ => double(reader, start, '“', parts, depth),
    }
}

/// `'…'` or `‘…’`: what stands between the quotes.
fn literal(reader: Reader<'_>, start: usize, open: char, parts: &mut Parts) -> Read<usize> {
    let from = start + open.len_utf8();
    let close = match open {
        '‘' => curly_close(reader.text, from),
        _ => reader.text[from..]
            .find(['\'', '\n'])
            .map(|length| from + length)
            .filter(|&at| reader.text.as_bytes()[at] == b'\''),
    };
    let Some(close) = close else {
        return Err(explain::not_closed_quote(reader, start, open));
    };
    parts.quoted(&reader.text[from..close]);
    Ok(close + open.len_utf8())
}

/// The `’` that closes a text: one between letters is an apostrophe.
fn curly_close(text: &str, from: usize) -> Option<usize> {
    let mut before = ' ';
    for (length, c) in text[from..].char_indices() {
        match c {
            '\n' | '‘' => return None,
            '’' => {
                let after = text[from + length + c.len_utf8()..].chars().next();
                if !(before.is_alphabetic() && after.is_some_and(char::is_alphabetic)) {
                    return Some(from + length);
                }
            }
            _ => {}
        }
        before = c;
    }
    None
}

/// `"…"` or `“…”`.
fn double(
    reader: Reader<'_>,
    start: usize,
    open: char,
    parts: &mut Parts,
    depth: &mut Depth,
) -> Read<usize> {
    let text = reader.text;
    let curly = open == '“';
    let not_closed = || explain::not_closed_quote(reader, start, open);
    let mut at = start + open.len_utf8();
    let mut empty = true;
    loop {
        let stops: &[char] = if curly {
            &['”', '“', '\\', '#', '\n']
        } else {
            &['"', '\\', '#', '\n']
        };
        let length = if curly {
            text[at..].find(stops)
        } else {
            plain_length(&text.as_bytes()[at..])
        };
        let stop = at + length.ok_or_else(not_closed)?;
        if stop > at {
            parts.quoted(&text[at..stop]);
            empty = false;
        }
        at = stop;
        match text.as_bytes()[at] {
            b'\\' if matches!(text.as_bytes().get(at + 1), None | Some(b'\n' | b'\r')) => {
                return Err(not_closed());
            }
            b'\\' => {
                let mut meant = String::new();
                at = escape(reader, at, &mut meant)?;
                parts.quoted(&meant);
                empty = false;
            }
            b'#' if text[at..].starts_with("#{") => {
                at = value(reader, at, parts, depth)?;
                empty = false;
            }
            b'#' => {
                parts.quoted("#");
                at += 1;
                empty = false;
            }
            b'\n' => return Err(not_closed()),
            _ if text[at..].starts_with('“') => return Err(not_closed()),
            _ => break,
        }
    }
    if empty {
        parts.quoted("");
    }
    Ok(at + if curly { open.len_utf8() } else { 1 })
}

/// How long the part of a `"…"` is that is only itself; `None` if nothing ends it.
fn plain_length(bytes: &[u8]) -> Option<usize> {
    bytes
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | b'#' | b'\n'))
}

/// Adds the `#{EXPR}` at byte `at` of a text; where it ends.
fn value(reader: Reader<'_>, at: usize, parts: &mut Parts, depth: &mut Depth) -> Read<usize> {
    let (expr, splat, end) = interpolation(reader, at, depth)?;
    if splat {
        return Err(splat_inside(&expr));
    }
    parts.0.push(Part::Value {
        expr: Box::new(expr),
        quoted: true,
    });
    Ok(end)
}

/// `"""` … `"""`
fn block(reader: Reader<'_>, start: usize, parts: &mut Parts, depth: &mut Depth) -> Read<usize> {
    let end = explain::text_end(reader, start)?;
    let whole = &reader.text[start..end];
    let mut indent = Indent::of(whole);
    let mut at = start + whole.find('\n').map_or(3, |place| place + 1);
    let close = end - 3;
    let mut empty = true;
    loop {
        let stop = next_value(reader.text, at, close);
        let raw = &reader.text[at..stop];
        let kept = indent.strip(raw, stop == close);
        // A wrong escape is looked for again where its place is true.
        let piece = unescape(reader, at, &kept)
            .map_err(|error| unescape(reader, at, raw).err().unwrap_or(error))?;
        if !piece.is_empty() {
            parts.quoted(&piece);
            empty = false;
        }
        if stop == close {
            break;
        }
        at = value(reader, stop, parts, depth)?;
        indent.line_start = false;
        empty = false;
    }
    if empty {
        parts.quoted("");
    }
    Ok(end)
}

/// Where the next `#{` that no `\` stands before begins, or else `close`.
fn next_value(text: &str, from: usize, close: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < close {
        match bytes[at] {
            b'\\' => at += 2,
            b'#' if bytes[at + 1] == b'{' => return at,
            _ => at += 1,
        }
    }
    close
}

/// The indentation that the lines of a `"""` have in common, being taken off.
struct Indent<'s> {
    common: &'s str,
    line_start: bool,
}

impl<'s> Indent<'s> {
    fn of(text: &'s str) -> Self {
        Self {
            common: common_indent(text),
            line_start: true,
        }
    }

    /// A piece without the common indentation; the `last` also without its last line end.
    fn strip(&mut self, raw: &str, last: bool) -> String {
        let kept = match raw.rfind('\n') {
            Some(place) if last && raw[place + 1..].trim_matches([' ', '\t']).is_empty() => {
                raw[..place].trim_end_matches('\r')
            }
            None if last && self.line_start && raw.trim_matches([' ', '\t']).is_empty() => "",
            _ => raw,
        };
        let mut text = String::with_capacity(kept.len());
        for line in kept.split_inclusive('\n') {
            let taken = if self.line_start {
                shared(line, self.common).len()
            } else {
                0
            };
            self.line_start = line.ends_with('\n');
            match line[taken..].strip_suffix("\r\n") {
                Some(line) => text.extend([line, "\n"]),
                None => text.push_str(&line[taken..]),
            }
        }
        text
    }
}

/// The blanks that all lines of a `"""` begin with, except lines of blanks alone.
pub(crate) fn common_indent(text: &str) -> &str {
    let body = text.split_once('\n').map_or("", |(_, body)| body);
    let body = body.strip_suffix("\"\"\"").unwrap_or(body);
    body.split('\n')
        .filter_map(|line| {
            let content = line.trim_start_matches([' ', '\t']);
            let blank = content.trim_end_matches('\r').is_empty();
            (!blank).then(|| &line[..line.len() - content.len()])
        })
        .reduce(shared)
        .unwrap_or("")
}

/// The beginning that two texts have in common.
pub(crate) fn shared<'a>(one: &'a str, other: &str) -> &'a str {
    let length = one
        .char_indices()
        .zip(other.chars())
        .find(|&((_, a), b)| a != b)
        .map_or(one.len().min(other.len()), |((index, _), _)| index);
    &one[..length]
}

/// Reads the escapes of a piece that begins at byte `start`.
fn unescape(reader: Reader<'_>, start: usize, raw: &str) -> Read<String> {
    let reader = Reader {
        text: raw,
        base: reader.base + start,
    };
    let mut text = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(length) = raw[at..].find('\\') {
        text.push_str(&raw[at..at + length]);
        at = escape(reader, at + length, &mut text)?;
    }
    text.push_str(&raw[at..]);
    Ok(text)
}

/// Adds what the escape at byte `at` means; where it ends.
fn escape(reader: Reader<'_>, at: usize, text: &mut String) -> Read<usize> {
    let after = &reader.text[at + 1..];
    let (read, length) = meaning(after).ok_or_else(|| bad_escape(reader, at, after))?;
    text.push(read);
    if read == '#' {
        text.push('{');
    }
    Ok(at + 1 + length)
}

/// What the escape whose `\` stands before `after` means, and how long it is: one of
/// `\n \t \\ \" \#{ \u{…}`; `\”` and `\“` are a curly text's own quotes.
fn meaning(after: &str) -> Option<(char, usize)> {
    match after.chars().next()? {
        'n' => Some(('\n', 1)),
        't' => Some(('\t', 1)),
        c @ ('\\' | '"' | '”' | '“') => Some((c, c.len_utf8())),
        '#' if after[1..].starts_with('{') => Some(('#', 2)),
        'u' => {
            let digits = after[1..].strip_prefix('{')?;
            let (digits, _) = digits.split_once('}')?;
            if digits.len() > 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return None;
            }
            let value = u32::from_str_radix(digits, 16).ok()?;
            Some((char::from_u32(value)?, digits.len() + 3))
        }
        _ => None,
    }
}

fn bad_escape(reader: Reader<'_>, at: usize, after: &str) -> Box<Diagnostic> {
    let found = after.chars().next().unwrap_or(' ');
    let span = reader.span(at, at + 1 + found.len_utf8());
    let help = if found == 'u' {
        "a character by its number is written \\u{1F600}, with one to six hexadecimal digits"
            .to_owned()
    } else {
        format!("write `\\\\{found}` for a backslash, or use '…', where a backslash is a backslash")
    };
    Box::new(
        Diagnostic::new(
            &codes::E009,
            span,
            format!(
                "`\\{found}` means nothing in \"…\": known are \\n \\t \\\\ \\\" \\#{{ \\u{{…}}"
            ),
        )
        .help(help),
    )
}

/// Reads the `#{EXPR}` or `#{*LIST}` at byte `at`: whether it had the `*`, and where it ends.
pub(super) fn interpolation(
    reader: Reader<'_>,
    at: usize,
    depth: &mut Depth,
) -> Read<(Expr, bool, usize)> {
    let open = reader.span(at, at + 2);
    depth.enter(open)?;
    let mut tokens = Tokens::new(reader, at + 2, depth);
    let splat = tokens.take("*").is_some();
    let expr = tokens.sub()?.expr;
    tokens.close(open, "}")?;
    let end = tokens.after;
    depth.leave();
    Ok((expr, splat, end))
}

/// `#{*LIST}` where it is not alone in its word.
pub(super) fn splat_inside(expr: &Expr) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            &codes::E033,
            expr.span,
            "`#{*…}` becomes one word for each element, so it stands alone in a word of a command",
        )
        .help("to put a list into a text, join it: `#{join(LIST, ' ')}`"),
    )
}
