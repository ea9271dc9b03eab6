//! Words as a scenario spells them.

use std::fmt::Write as _;

/// The characters that stand for what is known only in a run: of a private use area.
const MARKS: std::ops::RangeInclusive<u32> = 0xF_0000..=0xF_FFFD;

/// The character that stands for the unknown of that number, in a word of which a part is not known
/// yet; none beyond some tens of thousands.
pub fn mark(number: usize) -> Option<char> {
    let code = MARKS.start().checked_add(u32::try_from(number).ok()?)?;
    MARKS
        .contains(&code)
        .then(|| char::from_u32(code))
        .flatten()
}

/// The number of a [`mark`].
pub fn marked(c: char) -> Option<usize> {
    let code = u32::from(c);
    MARKS
        .contains(&code)
        .then(|| (code - MARKS.start()) as usize)
}

/// Whether it is a [`mark`].
pub fn is_mark(c: char) -> bool {
    marked(c).is_some()
}

/// Words on one line, each as a scenario would have it: in quotes where it would be taken for something
/// else without them.
pub fn spelled<W: AsRef<str>>(words: &[W]) -> String {
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        spell(word.as_ref(), &mut line);
    }
    line
}

fn spell(word: &str, line: &mut String) {
    match quotes(word) {
        Quotes::None => return line.push_str(word),
        Quotes::Single => {
            line.push('\'');
            line.push_str(word);
            return line.push('\'');
        }
        Quotes::Double => {}
    }
    line.push('"');
    for (at, c) in word.char_indices() {
        match c {
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            '\\' | '"' => line.extend(['\\', c]),
            '#' if word[at..].starts_with("#{") => line.push_str("\\#"),
            c if c.is_control() => {
                let _ = write!(line, "\\u{{{:x}}}", u32::from(c));
            }
            c => line.push(c),
        }
    }
    line.push('"');
}

/// The quotes that a word needs, the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Quotes {
    None,
    Single,
    Double,
}

fn quotes(word: &str) -> Quotes {
    let mut quotes = match word.is_empty() || word.starts_with('#') {
        true => Quotes::Single,
        false => Quotes::None,
    };
    // In single quotes what a mark stands for would be text.
    let mut marked = false;
    for (at, byte) in word.bytes().enumerate() {
        let needs = match byte {
            b'\'' => Quotes::Double,
            b' ' | b'"' | b'\\' => Quotes::Single,
            b'#' if word[at..].starts_with("#{") => Quotes::Single,
            // The bytes of a character after its first are of that range.
            b'!'..=b'~' | 0x80..=0xbf => continue,
            _ => match word[at..].chars().next() {
                Some('‘' | '’' | '“' | '”') => Quotes::Single,
                Some(c) if c.is_control() => Quotes::Double,
                Some(c) if c.is_whitespace() => Quotes::Single,
                c => {
                    marked |= c.is_some_and(is_mark);
                    continue;
                }
            },
        };
        quotes = quotes.max(needs);
    }
    match marked && quotes == Quotes::Single {
        true => Quotes::Double,
        false => quotes,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{mark, spelled};

    #[test]
    fn a_mark_is_never_in_single_quotes() {
        let mark = mark(3).unwrap();
        assert_eq!(spelled(&[format!("a{mark}")]), format!("a{mark}"));
        assert_eq!(spelled(&[format!("a {mark}")]), format!("\"a {mark}\""));
    }

    #[test]
    fn a_word_is_quoted_where_it_would_be_taken_for_something_else() {
        for (word, shown) in [
            ("-9", "-9"),
            ("a=b", "a=b"),
            ("", "''"),
            ("a b", "'a b'"),
            ("#x", "'#x'"),
            ("a#{b}", "'a#{b}'"),
            ("a\"b", "'a\"b'"),
            ("it's", "\"it's\""),
            ("a\n'#{b}\\", "\"a\\n'\\#{b}\\\\\""),
            ("\u{1b}[1m", "\"\\u{1b}[1m\""),
            ("a\u{a0}b", "'a\u{a0}b'"),
            ("ä‘", "'ä‘'"),
            ("ä", "ä"),
            ("#", "'#'"),
            ("a#", "a#"),
        ] {
            assert_eq!(spelled(&[word]), shown);
        }
        assert_eq!(spelled(&["sh", "exit 3"]), "sh 'exit 3'");
    }
}
