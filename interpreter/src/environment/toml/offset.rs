//! Where a place in a text's value stands in the file: quotes and escapes lie between.

use scn_grammar::Span;

/// Where the text of the string literal `raw` begins in it, after its quotes (and after the
/// line end that follows `"""`).
fn opening(raw: &str) -> usize {
    for quotes in ["\"\"\"", "'''"] {
        if let Some(rest) = raw.strip_prefix(quotes) {
            let line_end = match rest.as_bytes() {
                [b'\r', b'\n', ..] => 2,
                [b'\n', ..] => 1,
                _ => 0,
            };
            return quotes.len() + line_end;
        }
    }
    usize::from(raw.starts_with(['"', '\'']))
}

/// Where the text of the literal at `span` of `file` stands, without its quotes.
pub fn content(file: &str, span: Span) -> Span {
    let Some(raw) = file.get(span.range()) else {
        return span;
    };
    let start = opening(raw);
    let closing = match raw.get(..3) {
        Some("\"\"\"" | "'''") => 3,
        _ => usize::from(start > 0),
    };
    let end = raw.len().saturating_sub(closing).max(start);
    Span::new(span.start as usize + start, span.start as usize + end)
}

/// Where `inner`, a stretch of the text that the literal at `literal` means, stands in the
/// file.
pub fn locate(file: &str, literal: Span, inner: Span) -> Span {
    let Some(raw) = file.get(literal.range()) else {
        return literal;
    };
    let mut walk = Walk::new(raw);
    let start = walk.reach(inner.start as usize);
    let end = walk.reach(inner.end as usize).max(start);
    let base = literal.start as usize;
    Span::new(base + start, base + end)
}

/// The same, given where the text stands without its quotes ([`content`]).
pub fn locate_content(file: &str, content: Span, inner: Span) -> Span {
    let before = file.get(..content.start as usize).unwrap_or_default();
    let opening = before.trim_end_matches(['\r', '\n']);
    let quotes = ["\"\"\"", "'''"]
        .into_iter()
        .find(|quotes| opening.ends_with(quotes));
    let length = match quotes {
        Some(_) => before.len() - opening.len() + 3,
        None => usize::from(before.ends_with(['"', '\''])),
    };
    let start = content.start as usize - length;
    locate(file, Span::new(start, content.end as usize), inner)
}

/// A walk through a literal, character by character of the text that it means.
struct Walk<'a> {
    raw: &'a str,
    escapes: bool,
    /// Where it is in the literal.
    at: usize,
    /// How many bytes of the text lie before.
    passed: usize,
}

impl<'a> Walk<'a> {
    fn new(raw: &'a str) -> Self {
        let mut walk = Self {
            raw,
            escapes: raw.starts_with('"'),
            at: opening(raw),
            passed: 0,
        };
        walk.skip_joined_lines();
        walk
    }

    /// Goes on to the byte `offset` of the text; gives the place in the literal.
    fn reach(&mut self, offset: usize) -> usize {
        while self.passed < offset && self.at < self.raw.len() {
            let (written, meant) = self.next_length();
            self.at += written;
            self.passed += meant;
            self.skip_joined_lines();
        }
        self.at
    }

    /// How long the next character is as it is written, and as it is meant, in bytes.
    fn next_length(&self) -> (usize, usize) {
        let rest = &self.raw[self.at..];
        let mut chars = rest.chars();
        let first = chars.next().map_or(1, char::len_utf8);
        if !self.escapes || !rest.starts_with('\\') {
            return (first, first);
        }
        let digits = match chars.next() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some(other) => return (1 + other.len_utf8(), 1),
            None => return (1, 1),
        };
        let number = rest.get(2..2 + digits);
        let meant = number
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32)
            .map_or(1, char::len_utf8);
        (number.map_or(rest.len(), |_| 2 + digits), meant)
    }

    /// A `\` at the end of a line of `"""` text takes the blanks after it away.
    fn skip_joined_lines(&mut self) {
        while self.escapes && self.raw.starts_with("\"\"\"") {
            let rest = &self.raw[self.at..];
            let Some(after) = rest.strip_prefix('\\') else {
                return;
            };
            let line_end = after.trim_start_matches([' ', '\t']);
            if !line_end.starts_with(['\n', '\r']) {
                return;
            }
            let next = line_end.trim_start_matches([' ', '\t', '\n', '\r']);
            self.at = self.raw.len() - next.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::toml::{Item, parse};
    use proptest::prelude::*;

    fn written(file: &str, wanted: &str) -> Option<String> {
        let (table, errors) = parse(file);
        assert!(errors.is_empty(), "{errors:?}");
        let node = table.get("a")?;
        let Item::Text(text) = &node.item else {
            return None;
        };
        let start = text.find(wanted)?;
        let found = locate(file, node.span, Span::new(start, start + wanted.len()));
        Some(file[found.range()].to_owned())
    }

    #[test]
    fn places_are_found_behind_escapes() {
        assert_eq!(written(r"a = 'x \ yes'", "yes").as_deref(), Some("yes"));
        assert_eq!(
            written(r#"a = "\t\u00e9\x41 yes\n""#, "yes").as_deref(),
            Some("yes")
        );
        assert_eq!(
            written("a = \"\"\"\r\none \\\n   yes\"\"\"", "yes").as_deref(),
            Some("yes")
        );
        assert_eq!(written(r#"a = "\u00e9""#, "é").as_deref(), Some(r"\u00e9"));
    }

    #[test]
    fn the_content_is_without_quotes() {
        for (file, text) in [
            ("a = 'b'", "b"),
            ("a = \"\"", ""),
            ("a = '''\nb'''", "b"),
            ("a = \"\"\"b\"\"\"", "b"),
        ] {
            let (table, _) = parse(file);
            let span = table.get("a").map(|node| content(file, node.span));
            assert_eq!(span.map(|span| &file[span.range()]), Some(text), "{file}");
        }
    }

    proptest! {
        /// Every character of a text is found where it is written.
        #[test]
        fn every_character_is_found(pieces in proptest::collection::vec(
            prop_oneof![
                Just((r"\n".to_owned(), '\n')),
                Just((r#"\""#.to_owned(), '"')),
                Just((r"\u20AC".to_owned(), '€')),
                Just((r"\U0001F600".to_owned(), '😀')),
                Just((r"\x41".to_owned(), 'A')),
                proptest::char::any()
                    .prop_filter("needs an escape", |c| !c.is_control() && !"\"\\".contains(*c))
                    .prop_map(|c| (c.to_string(), c)),
            ],
            0..20,
        )) {
            let literal: String = pieces.iter().map(|(written, _)| written.as_str()).collect();
            let file = format!("a = \"{literal}\"");
            let (table, errors) = parse(&file);
            prop_assert!(errors.is_empty());
            let span = table.get("a").map_or_else(Span::default, |node| node.span);
            let mut offset = 0;
            for (written, meant) in &pieces {
                let inner = Span::new(offset, offset + meant.len_utf8());
                prop_assert_eq!(&file[locate(&file, span, inner).range()], written);
                offset += meant.len_utf8();
            }
        }
    }
}
