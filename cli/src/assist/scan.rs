//! How far things go in a line that may be wrong: what is never closed goes to the line's end.

/// Whether `c` parts words.
pub fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{A0}' | '\u{202F}' | '\u{2007}')
}

/// Whether `c` can stand in a name.
pub fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `c` opens a quoted text.
pub fn is_quote(c: char) -> bool {
    matches!(c, '\'' | '"' | '‘' | '“')
}

/// The character at byte `at`.
pub fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// The first byte from `at` on that is no blank, a `\` that continues the line being one.
pub fn skip_blanks(text: &str, at: usize) -> usize {
    let mut at = at;
    while let Some(c) = char_at(text, at) {
        if is_blank(c) {
            at += c.len_utf8();
            continue;
        }
        let rest = &text[at + c.len_utf8()..];
        let after = rest.trim_start_matches(is_blank);
        let line_end = match after.as_bytes() {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => 0,
        };
        if c != '\\' || line_end == 0 {
            break;
        }
        at = text.len() - after.len() + line_end;
    }
    at
}

/// Where the name that begins at `at` ends; `at` itself where none does.
pub fn name_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.find(|c| !is_name(c)).unwrap_or(rest.len())
}

/// Where a number with its unit ends.
pub fn number_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = at;
    loop {
        end = name_end(text, end);
        let more = bytes.get(end) == Some(&b'.');
        if !more || !bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            break;
        }
        end += 1;
    }
    end + usize::from(bytes.get(end) == Some(&b'%'))
}

/// Where the quoted text that opens at `at` ends, behind its closing quote.
pub fn quote_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    if let Some(inner) = rest.strip_prefix("\"\"\"") {
        return inner.find("\"\"\"").map_or(text.len(), |end| at + end + 6);
    }
    let Some(open) = rest.chars().next() else {
        return at;
    };
    let close = match open {
        '‘' => '’',
        '“' => '”',
        same => same,
    };
    let knows_escapes = matches!(open, '"' | '“');
    let mut end = at + open.len_utf8();
    while let Some(c) = char_at(text, end) {
        if c == '\n' {
            break;
        }
        if c == close && !is_apostrophe(text, end) {
            return end + c.len_utf8();
        }
        end = match c {
            '\\' if knows_escapes => end + 1 + char_at(text, end + 1).map_or(0, char::len_utf8),
            '#' if knows_escapes && text[end..].starts_with("#{") => interpolation_end(text, end),
            _ => end + c.len_utf8(),
        };
    }
    end.min(text.len())
}

/// Whether the `’` at `at` stands between letters.
fn is_apostrophe(text: &str, at: usize) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    text[at..].starts_with('’')
        && letter(text[..at].chars().next_back())
        && letter(char_at(text, at + '’'.len_utf8()))
}

/// Where the `#{` at `at` ends, behind its `}`.
pub fn interpolation_end(text: &str, at: usize) -> usize {
    let mut depth = 0_usize;
    let mut end = at + 1;
    while let Some(c) = char_at(text, end) {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return end + 1,
            '}' => depth -= 1,
            '\n' if !text[..end]
                .trim_end_matches([' ', '\t', '\r'])
                .ends_with('\\') =>
            {
                break;
            }
            c if is_quote(c) => {
                end = quote_end(text, end);
                continue;
            }
            _ => {}
        }
        end += c.len_utf8();
    }
    end
}

/// Where the word that begins at `at` ends: at the next blank outside of quotes and interpolations.
pub fn word_end(text: &str, at: usize) -> usize {
    let mut end = at;
    let mut before = ' ';
    while let Some(c) = char_at(text, end) {
        if is_blank(c) || c == '\n' || (c == '\r' && text[end..].starts_with("\r\n")) {
            break;
        }
        let opens = !(before.is_alphanumeric() || before == '}');
        before = c;
        end = match c {
            c if is_quote(c) && opens => quote_end(text, end),
            '#' if text[end..].starts_with("#{") => {
                before = '}';
                interpolation_end(text, end)
            }
            c => end + c.len_utf8(),
        };
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_closed_goes_to_the_end_of_the_line() {
        assert_eq!(quote_end("'ab c\nd'", 0), 5);
        assert_eq!(interpolation_end("#{a {b} c\n}", 0), 9);
        assert_eq!(word_end("a'b c", 0), 3);
        assert_eq!(word_end("--x=\"b #{c d} e\" f", 0), 16);
    }

    #[test]
    fn quotes_end_where_the_grammar_ends_them() {
        assert_eq!(quote_end("“it’s \\” so” x", 0), "“it’s \\” so”".len());
        assert_eq!(quote_end("‘it’s so’ x", 0), "‘it’s so’".len());
        assert_eq!(quote_end("\"a #{'\"'} b\" c", 0), 12);
        assert_eq!(quote_end("\"\"\"\na\n\"\"\" b", 0), 9);
    }

    #[test]
    fn a_line_goes_on_after_a_backslash() {
        assert_eq!(skip_blanks("  \\\n  x", 0), 6);
        assert_eq!(skip_blanks(" \\x", 0), 1);
    }
}
