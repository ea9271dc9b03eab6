//! Colours as one types.

use scn_grammar::keyword::keyword_of;

use crate::assist::scan;

const KEYWORD: &str = "\x1b[1;34m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[36m";
const VALUE: &str = "\x1b[33m";
const QUIET: &str = "\x1b[2m";
const COMMAND: &str = "\x1b[35m";
const END: &str = "\x1b[0m";

/// A line in colour; its characters are the same.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    if text.trim_start().starts_with(':') {
        painted(&mut out, COMMAND, text);
        return out;
    }
    let mut at = 0;
    let mut first = true;
    while at < text.len() {
        let Some(c) = scan::char_at(text, at) else {
            break;
        };
        let end = end_of(text, at, c);
        let piece = &text[at..end];
        match c {
            '#' if !piece.starts_with("#{") && at_word(text, at) => {
                painted(&mut out, QUIET, &text[at..]);
                return out;
            }
            '#' if piece.starts_with("#{") => painted(&mut out, VALUE, piece),
            c if scan::is_quote(c) => painted(&mut out, TEXT, piece),
            c if c.is_ascii_digit() => painted(&mut out, NUMBER, piece),
            c if scan::is_name(c) && (first || is_word(piece)) && keyword_of(piece).is_some() => {
                painted(&mut out, KEYWORD, piece);
            }
            _ => out.push_str(piece),
        }
        first &= scan::is_blank(c) || c == '\n';
        first |= c == '\n' || matches!(piece, "then" | "else");
        at = end;
    }
    out
}

/// Keywords that stand inside of a line, too.
fn is_word(piece: &str) -> bool {
    matches!(piece, "then" | "else")
}

fn at_word(text: &str, at: usize) -> bool {
    text[..at]
        .chars()
        .next_back()
        .is_none_or(char::is_whitespace)
}

fn end_of(text: &str, at: usize, c: char) -> usize {
    let end = if text[at..].starts_with("#{") {
        scan::interpolation_end(text, at)
    } else if scan::is_quote(c) && at_word(text, at) {
        scan::quote_end(text, at)
    } else if c.is_ascii_digit() {
        scan::number_end(text, at)
    } else if scan::is_name(c) {
        scan::name_end(text, at)
    } else {
        at + c.len_utf8()
    };
    let end = end.clamp(at + c.len_utf8(), text.len());
    (end..=text.len())
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(text.len())
}

fn painted(out: &mut String, color: &str, text: &str) {
    out.push_str(color);
    out.push_str(text);
    out.push_str(END);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('\x1b') {
            out.push_str(&rest[..at]);
            let end = rest[at..].find('m').map_or(rest.len(), |end| at + end + 1);
            rest = &rest[end..];
        }
        out + rest
    }

    #[test]
    fn colours_change_no_character() {
        let line_of = |text: &str| assert_eq!(plain(&line(text)), text);
        for text in [
            "",
            "if x == 'a b' then echo \"#{x} and\" # why",
            "set é = ‘ü",
            "echo #{",
            "echo \"open",
            "# a",
            "wait until 10% < 3.5",
            ":vars x",
        ] {
            line_of(text);
        }
        let letters: Vec<char> = "ab'\"#{}1 ‘’\n\\:é%".chars().collect();
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..2_000 {
            let text: String = (0..random.usize(..12))
                .map(|_| letters[random.usize(..letters.len())])
                .collect();
            line_of(&text);
        }
    }

    #[test]
    fn keywords_texts_and_numbers_have_their_colours() {
        assert_eq!(
            line("set x = 12"),
            format!("{KEYWORD}set{END} x = {NUMBER}12{END}")
        );
        assert!(line("echo 'a'").contains(&format!("{TEXT}'a'{END}")));
    }
}
