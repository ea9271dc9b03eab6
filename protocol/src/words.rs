//! Words as a scenario spells them.

use std::fmt::Write as _;

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
    if !word.contains(|c: char| c == '\'' || c.is_control()) {
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
