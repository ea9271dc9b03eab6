//! The sections of the manual's page on the language, for a terminal: `scn help quantities`.
//!
//! The page is the one source; what is here knows its sections' names, and how a table or an example looks
//! without a browser.

use super::pages::wrapped;

/// The page.
const PAGE: &str = include_str!("../../../../docs/reference/language.md");

/// Its sections in their order, each with the words that ask for it, of which the first is shown in lists, and what it
/// tells.
#[rustfmt::skip]
const SECTIONS: &[(&str, &[&str], &str)] = &[
    ("Lines", &["lines", "comments"], "how a file is read: lines, comments, what goes on"),
    ("Words", &["words", "quotes", "quoting"], "blanks, quotes, signs"),
    ("Interpolation", &["interpolation"], "values in words: #{…}"),
    ("Names", &["names"], "what a name may be, and what it means"),
    ("Values", &["values", "types", "value"], "numbers, text, lists, maps, and how they are written"),
    ("Quantities", &["quantities", "quantity", "durations", "duration", "sizes", "size", "percent", "units"], "times, sizes, percent"),
    ("Expressions", &["expressions", "expression", "operators", "conditions", "condition"], "operators, what is compared with what"),
    ("Commands", &["lookup"], "how a command is found"),
    ("Results", &["results", "result"], "what a step gives: .exit, .stdout and others"),
    ("Modifiers", &["modifiers", "modifier"], "before a command: timeout, retry, not, try and others"),
    ("Variables", &["variables", "variable"], "who sees which, and when it is set"),
    ("Blocks", &["blocks", "block", "loops"], "if, while, for, repeat"),
    ("Jumps", &["jumps", "labels", "label"], "goto and labels"),
    ("Steps", &["steps"], "steps of one's own"),
    ("Cases", &["cases"], "parts with a verdict of their own"),
    ("Parallel", &["jobs"], "branches and background steps"),
    ("Waiting", &["waiting", "events", "pattern", "patterns"], "until something is so, or an event comes"),
    ("Components", &["components", "component", "metrics", "metric"], "fields and metrics of a component"),
    ("Watches", &["watches", "watch", "watching"], "always, never, eventually"),
    ("Undo", &["undo", "undos"], "what is owed, and when it is done"),
    ("Verdict", &["verdict", "verdicts", "status"], "PASS, FAIL, ERROR, SKIP, and exit statuses"),
    ("Ending", &["ending"], "finally, undos, and their order"),
    ("Headers", &["headers", "header"], "@title, @param and others"),
    ("Checking", &["checking"], "what is found before the run"),
];

/// The word by which each section is listed, and what it tells.
pub fn listed() -> impl Iterator<Item = (&'static str, &'static str)> {
    let listed = |(_, words, tells): &(&str, &'static [&'static str], &'static str)| {
        Some((*words.first()?, *tells))
    };
    SECTIONS.iter().filter_map(listed)
}

/// The word by which each section is listed.
pub fn names() -> impl Iterator<Item = &'static str> {
    listed().map(|(name, _)| name)
}

/// The section that a word asks for.
pub fn section(word: &str) -> Option<String> {
    let (heading, ..) = SECTIONS
        .iter()
        .find(|(_, words, _)| words.contains(&word))?;
    let start = format!("\n## {heading}\n");
    let body = PAGE.split_once(&start)?.1;
    let body = body.split_once("\n## ").map_or(body, |(body, _)| body);
    Some(format!(
        "{heading} (the language)\n\n{}",
        plain(body.trim())
    ))
}

/// The page as sections with their headings, for the manual page `scn-language(7)`.
pub fn sections() -> impl Iterator<Item = (&'static str, String)> {
    SECTIONS.iter().filter_map(|(heading, words, _)| {
        let text = section(words.first()?)?;
        let body = text.split_once("\n\n").map_or("", |(_, body)| body);
        Some((*heading, body.to_owned()))
    })
}

/// Markdown, as far as the page uses it, as a terminal shows it.
fn plain(body: &str) -> String {
    let mut out = String::new();
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            if out.ends_with("    \n\n") || !out.ends_with("\n\n") {
                out.push('\n');
            }
            let code = lines.by_ref().take_while(|line| *line != "```");
            for line in code {
                out.push_str(format!("    {line}").trim_end());
                out.push('\n');
            }
            out.push_str(&told(kind));
        } else if line.starts_with('|') {
            let mut rows = vec![cells(line)];
            while let Some(line) = lines.next_if(|line| line.starts_with('|')) {
                rows.push(cells(line));
            }
            out.push_str(&table(&rows));
        } else {
            let mut paragraph = unlinked(line);
            let item = |line: &str| {
                line.starts_with("- ")
                    || line
                        .split_once(". ")
                        .is_some_and(|(number, _)| number.parse::<u8>().is_ok())
            };
            let more =
                |line: &&str| !line.is_empty() && !line.starts_with(['|', '`']) && !item(line);
            let code_word = |line: &&str| line.starts_with('`') && !line.starts_with("```");
            while let Some(line) =
                lines.next_if(|next| !paragraph.is_empty() && (more(next) || code_word(next)))
            {
                paragraph = format!("{paragraph} {}", unlinked(line.trim_start()));
            }
            out.push_str(&wrapped(&paragraph, ""));
            if paragraph.is_empty() {
                out.push('\n');
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    while let Some(at) = out.find("\n\n\n") {
        out.remove(at);
    }
    out
}

/// What an example is for, where it is no ordinary one.
fn told(kind: &str) -> String {
    match kind.split_once(' ') {
        Some(("scn", how @ ("FAIL" | "ERROR" | "SKIP"))) => format!("  The verdict is {how}.\n"),
        Some(("scn", code)) => format!("  An error or a warning: scn help {code}\n"),
        _ => String::new(),
    }
}

/// The cells of a table's line.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|').trim_end_matches('|');
    line.split(" | ")
        .map(|cell| unlinked(cell.trim()))
        .collect()
}

/// A cell that is wider has what follows it below itself.
const WIDE: usize = 40;

/// A table, its columns below each other; its head only where they need it, from three on.
fn table(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let head = rows.first().filter(|_| count > 2).into_iter();
    let rows: Vec<&Vec<String>> = head.chain(rows.iter().skip(2)).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .filter(|width| *width <= WIDE)
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = "    ".to_owned();
        let before = row.len().saturating_sub(1);
        for (cell, width) in row.iter().zip(&widths).take(before) {
            line.push_str(&format!("{cell:width$}  "));
        }
        // What is too long for the line goes on below itself, and so does what has no room beside it.
        let begins = 4 + widths
            .iter()
            .take(before)
            .map(|width| width + 2)
            .sum::<usize>();
        let margin = " ".repeat(begins);
        let last = wrapped(row.last().map_or("", String::as_str), &margin);
        match line.chars().count() > begins {
            true => {
                out.push_str(&wrapped(line.trim(), "    "));
                line.clone_from(&last);
            }
            false => line.push_str(last.trim_start()),
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// `[text](page)` as `text`.
fn unlinked(line: &str) -> String {
    let (mut out, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let link = after
            .split_once("](")
            .and_then(|(text, after)| Some((text, after.split_once(')')?.1)));
        match link {
            Some((text, after)) if !text.contains(['[', '`']) => {
                out.push_str(text);
                rest = after;
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_of_the_page_has_words_that_ask_for_it() {
        let headings: Vec<&str> = PAGE
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        let known: Vec<&str> = SECTIONS.iter().map(|(heading, ..)| *heading).collect();
        assert_eq!(known, headings);
        for name in names() {
            assert!(
                section(name).is_some_and(|text| text.lines().count() > 3),
                "{name}"
            );
        }
    }

    #[test]
    fn a_page_is_plain_text_in_a_terminal() {
        let page = "A [link](there.md) of\ntwo lines.\n\n| a | b |\n| --- | --- |\n| `x` | one |\n| longer | two |\n\n```scn FAIL\nrun false\n```\n";
        let shown = "A link of two lines.\n\n    `x`     one\n    longer  two\n\n    run false\n  The verdict is FAIL.\n";
        assert_eq!(plain(page), shown);
    }
}
