//! Quoted texts: their escapes, their interpolations, and the lines of `"""`.

use pest::iterators::Pair;

use super::expression::{Depth, Tokens};
use super::{Read, Reader, Rule, incoherent};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::explain;
use crate::tree::{Expr, Part};

/// The parts of a word or a text as they are gathered: neighbours of a kind are one.
#[derive(Default)]
pub(super) struct Parts(pub Vec<Part>);

impl Parts {
    /// Adds text from outside quotes.
    pub(super) fn bare(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Bare(before)) => before.push_str(text),
            _ => self.0.push(Part::Bare(text.to_owned())),
        }
    }

    /// Adds text from inside quotes.
    pub(super) fn quoted(&mut self, text: String) {
        match self.0.last_mut() {
            Some(Part::Quoted(before)) => before.push_str(&text),
            _ => self.0.push(Part::Quoted(text)),
        }
    }
}

/// Adds what a quoted text holds to `parts`.
pub(super) fn quoted(
    reader: Reader<'_>,
    pair: Pair<'_, Rule>,
    parts: &mut Parts,
    depth: &mut Depth,
) -> Read<()> {
    match pair.as_rule() {
        Rule::single => {
            let text = pair.as_str();
            parts.quoted(text[1..text.len() - 1].to_owned());
            Ok(())
        }
        Rule::curly_single => {
            let text = pair.as_str();
            let quote = '‘'.len_utf8();
            parts.quoted(text[quote..text.len() - quote].to_owned());
            Ok(())
        }
        Rule::double | Rule::curly_double => {
            explain::check_text_opening(reader, &pair)?;
            chunks(reader, pair, parts, depth, None)
        }
        Rule::block_text => {
            let indent = Indent::of(pair.as_str());
            chunks(reader, pair, parts, depth, Some(indent))
        }
        _ => Err(incoherent(reader)),
    }
}

/// Adds the pieces between and inside the interpolations of a `"…"`.
fn chunks(
    reader: Reader<'_>,
    pair: Pair<'_, Rule>,
    parts: &mut Parts,
    depth: &mut Depth,
    mut indent: Option<Indent<'_>>,
) -> Read<()> {
    let mut pieces = pair.into_inner().peekable();
    let mut empty = true;
    while let Some(piece) = pieces.next() {
        if piece.as_rule() == Rule::interpolation {
            let (expr, splat) = interpolation(reader, piece, depth)?;
            if splat {
                return Err(splat_inside(&expr));
            }
            if let Some(indent) = &mut indent {
                indent.line_start = false;
            }
            parts.0.push(Part::Value { expr, quoted: true });
            empty = false;
            continue;
        }
        let start = piece.as_span().start();
        let raw = piece.as_str();
        let text = match &mut indent {
            Some(indent) => {
                let kept = indent.strip(raw, pieces.peek().is_none());
                // A wrong escape is looked for again where its place is true.
                unescape(reader, start, &kept)
                    .map_err(|error| unescape(reader, start, raw).err().unwrap_or(error))?
            }
            None if raw.contains('\\') => unescape(reader, start, raw)?,
            None => raw.to_owned(),
        };
        if !text.is_empty() {
            parts.quoted(text);
            empty = false;
        }
    }
    if empty {
        parts.quoted(String::new());
    }
    Ok(())
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

/// Reads `\n \t \\ \" \#{ \u{…}`; `\” \“` are a curly text's own quotes.
fn unescape(reader: Reader<'_>, start: usize, raw: &str) -> Read<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(place) = rest.find('\\') {
        text.push_str(&rest[..place]);
        let at = start + (raw.len() - rest.len()) + place;
        let after = &rest[place + 1..];
        let (read, length) = escape(after).ok_or_else(|| bad_escape(reader, at, after))?;
        text.push(read);
        if read == '#' {
            text.push('{');
        }
        rest = &after[length..];
    }
    text.push_str(rest);
    Ok(text)
}

/// What the escape whose `\` stands before `after` means, and how long it is.
fn escape(after: &str) -> Option<(char, usize)> {
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

/// Reads `#{EXPR}` or `#{*LIST}`; whether it had the `*`.
pub(super) fn interpolation(
    reader: Reader<'_>,
    pair: Pair<'_, Rule>,
    depth: &mut Depth,
) -> Read<(Expr, bool)> {
    let whole = reader.span_of(&pair);
    let mut inner = pair.into_inner();
    let mut next = inner.next().ok_or_else(|| incoherent(reader))?;
    let splat = next.as_rule() == Rule::splat;
    if splat {
        next = inner.next().ok_or_else(|| incoherent(reader))?;
    }
    depth.enter(whole)?;
    let end = whole.end as usize - reader.base - 1;
    let mut tokens = Tokens::new(reader, next, end, depth);
    let expr = tokens.whole("`#{`")?;
    depth.leave();
    Ok((expr, splat))
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
