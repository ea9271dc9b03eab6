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
    let special = |c: char| c.is_whitespace() || c.is_control() || "'\"\\‘’“”".contains(c);
    let bare = !word.is_empty() && !word.starts_with('#') && !word.contains("#{");
    if bare && !word.contains(special) {
        line.push_str(word);
        return;
    }
    // In single quotes what a mark stands for would be text.
    if !word.contains(|c: char| c == '\'' || c.is_control() || is_mark(c)) {
        line.push('\'');
        line.push_str(word);
        line.push('\'');
        return;
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

#[cfg(test)]
mod tests {
    use super::spelled;

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
        ] {
            assert_eq!(spelled(&[word]), shown);
        }
        assert_eq!(spelled(&["sh", "exit 3"]), "sh 'exit 3'");
    }
}
