//! Findings as a person reads them, and as a program does: the one place where they become
//! text.

mod snippet;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::path::Path;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use scn_grammar::{Diagnostic, Severity, Span};
use scn_report::text::harmless;
use serde_json::json;

use snippet::Snippet;

/// So many findings are shown at most; nobody reads more, and the first ones explain the rest.
const MOST: usize = 1_000;

/// A text that findings are about.
#[derive(Debug)]
pub struct Text {
    bytes: Vec<u8>,
    line_starts: OnceCell<Vec<usize>>,
}

impl Text {
    /// A text of these bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            line_starts: OnceCell::new(),
        }
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let ends = self.bytes.iter().enumerate();
            let after = ends
                .filter(|(_, byte)| **byte == b'\n')
                .map(|(at, _)| at + 1);
            std::iter::once(0).chain(after).collect()
        })
    }

    /// The line, from 0, that holds a byte; what is behind the end is on the last one.
    fn line_of(&self, offset: usize) -> usize {
        let starts = self.line_starts();
        let offset = offset.min(self.bytes.len());
        starts.partition_point(|start| *start <= offset) - 1
    }

    /// A line without its end, and where it begins.
    fn line(&self, line: usize) -> (usize, &[u8]) {
        let starts = self.line_starts();
        let start = starts[line];
        let end = starts.get(line + 1).copied().unwrap_or(self.bytes.len());
        let text = &self.bytes[start..end];
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        (start, text.strip_suffix(b"\r").unwrap_or(text))
    }

    /// The words of a place, if they are UTF-8.
    pub fn words(&self, span: Span) -> Option<&str> {
        let bytes = self.bytes.get(span.start as usize..span.end as usize)?;
        std::str::from_utf8(bytes).ok()
    }

    /// The line and the column of a byte, from 1; the column in characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.line_of(offset);
        let (start, text) = self.line(line);
        let before = &text[..offset.saturating_sub(start).min(text.len())];
        (
            line + 1,
            String::from_utf8_lossy(before).chars().count() + 1,
        )
    }
}

/// The texts that findings may be about, by the name that a finding calls its file.
#[derive(Debug, Default)]
pub struct Texts {
    by_file: HashMap<String, Text>,
}

impl Texts {
    /// Adds a text. Findings whose `file` is `file` are about it.
    pub fn add(&mut self, file: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.by_file.insert(file.into(), Text::new(bytes));
    }

    /// The text of that name.
    pub fn find(&self, file: &str) -> Option<&Text> {
        self.by_file.get(file)
    }
}

/// How findings are shown.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// In colour.
    pub color: bool,
    /// The columns of a line.
    pub columns: usize,
}

/// The findings as text for a person, one after the other. One without a file of its own is about
/// `file`.
pub fn render(findings: &[Diagnostic], file: &str, texts: &Texts, look: Look) -> String {
    let handler = handler(look);
    let mut out = String::new();
    for finding in findings.iter().take(MOST) {
        let name = name_of(finding, file);
        let shown = Shown::new(finding, name, texts.find(name));
        if handler.render_report(&mut out, &shown).is_err() {
            // Only the snippet can fail, and then the words still say what is wrong.
            let (name, message) = (harmless(name, false), snippet::visible(&finding.message));
            let _ = writeln!(out, "{name}: {}: {message}", finding.code.name);
        }
        out.push('\n');
    }
    if let Some(more) = findings.len().checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(
            out,
            "… and {more} more findings in {}\n",
            harmless(file, false)
        );
    }
    out
}

fn name_of<'a>(finding: &'a Diagnostic, file: &'a str) -> &'a str {
    if finding.file.is_empty() {
        file
    } else {
        &finding.file
    }
}

fn handler(look: Look) -> GraphicalReportHandler {
    let mut theme = if look.color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    // Carets are what a person looks for, and they survive being pasted anywhere.
    theme.characters.underline = '^';
    theme.characters.underbar = '^';
    theme.characters.uarrow = '^';
    GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_context_lines(1)
        .with_width(look.columns)
}

/// The findings as JSON, one object a line. Lines and columns count from 1, columns in characters; the
/// end is behind the last character.
pub fn to_json_lines(
    findings: &[Diagnostic],
    file: &str,
    environment: Option<&str>,
    texts: &Texts,
) -> String {
    let mut out = String::new();
    for finding in findings {
        let name = name_of(finding, file);
        let place = |span: Span| match texts.find(name) {
            None => json!(null),
            Some(text) => {
                let (line, column) = text.position(span.start as usize);
                let (end_line, end_column) = text.position(span.end as usize);
                json!({"line": line, "column": column, "end_line": end_line, "end_column": end_column})
            }
        };
        let related = finding.related.iter();
        let related: Vec<_> = related
            .map(|(span, label)| json!({"place": place(*span), "message": label}))
            .collect();
        let object = json!({
            "file": name,
            "environment": environment,
            "place": place(finding.span),
            "severity": severity(finding.code.severity),
            "code": finding.code.name,
            "message": finding.message,
            "label": finding.label,
            "help": finding.help,
            "replacement": finding.replacement,
            "related": related,
        });
        let _ = writeln!(out, "{}", scn_protocol::json::harmless(object.to_string()));
    }
    out
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A finding as miette wants it.
struct Shown<'a> {
    finding: &'a Diagnostic,
    snippet: Option<Snippet>,
}

impl<'a> Shown<'a> {
    fn new(finding: &'a Diagnostic, name: &str, text: Option<&Text>) -> Self {
        let snippet = text.map(|text| {
            let own = (finding.span, finding.label.as_deref());
            let related = finding.related.iter();
            let related = related.map(|(span, label)| (*span, Some(label.as_str())));
            let places: Vec<_> = std::iter::once(own).chain(related).collect();
            Snippet::new(&harmless(&from_here(name), false), text, &places)
        });
        Self { finding, snippet }
    }
}

/// A file as it is called in the folder in which the program was started.
fn from_here(name: &str) -> Cow<'_, str> {
    let here = std::env::current_dir().ok();
    let short = here.and_then(|here| Path::new(name).strip_prefix(here).ok());
    short.map_or(name.into(), Path::to_string_lossy)
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(f)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&snippet::visible(&self.finding.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.finding.code.name))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.code.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.finding.help.as_deref()?;
        Some(Box::new(snippet::visible(help)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.snippet.as_ref().map(|snippet| snippet as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let snippet = self.snippet.as_ref()?;
        Some(Box::new(snippet.labels.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scn_grammar::codes::E001;
    use std::time::{Duration, Instant};

    const LOOK: Look = Look {
        color: false,
        columns: 80,
    };

    fn finding(start: usize, end: usize) -> Diagnostic {
        Diagnostic::new(&E001, Span::new(start, end), "this is wrong")
    }

    fn rendered(text: &str, findings: &[Diagnostic]) -> String {
        let mut texts = Texts::default();
        texts.add("a.scn", text);
        render(findings, "a.scn", &texts, LOOK)
    }

    #[test]
    fn a_finding_shows_its_place_with_a_caret_and_what_to_do() {
        let text = "start_load\nexec_smok now\nstop_load\n";
        let finding = finding(11, 20)
            .label("here")
            .help("did you mean `exec_smoke`?");
        assert_eq!(
            rendered(text, &[finding]),
            "\
E001

  × this is wrong
   ╭─[a.scn:2:1]
 1 │ start_load
 2 │ exec_smok now
   · ^^^^^^^^^
   ·     ╰── here
 3 │ stop_load
   ╰────
  help: did you mean `exec_smoke`?

"
        );
    }

    #[test]
    fn a_place_far_away_is_shown_beside() {
        let text = "a\n".repeat(500) + "b\n";
        let finding = finding(1000, 1001).related(Span::new(0, 1), "first here");
        let shown = rendered(&text, &[finding]);
        assert!(shown.contains(" 501 │ b\n     · ^\n"), "{shown}");
        assert!(
            shown.contains(" 1 │ a\n   · ^\n   · ╰── first here"),
            "{shown}"
        );
        assert!(
            shown.find("[a.scn:501:1]") < shown.find("[a.scn:1:1]") && !shown.contains(" 250 │"),
            "{shown}"
        );
    }

    #[test]
    fn carets_stand_under_the_words_behind_tabs_and_wide_characters() {
        let text = "\t日本 wrong\n";
        let shown = rendered(text, &[finding(8, 13)]);
        assert!(
            shown.contains(" 1 │     日本 wrong\n   ·          ^^^^^\n"),
            "{shown}"
        );
        assert!(shown.contains("[a.scn:1:5]"), "{shown}");
    }

    #[test]
    fn what_a_terminal_would_act_upon_is_shown_as_a_picture() {
        let shown = rendered("a\x1b[2Jb\n", &[finding(1, 2)]);
        assert!(
            shown.contains("a␛[2Jb") && !shown.contains('\x1b'),
            "{shown}"
        );
    }

    #[test]
    fn the_end_of_the_file_and_empty_places_have_a_caret() {
        for (text, at) in [("", 0), ("a", 1), ("a\n", 2), ("a\n", 1), ("a", 9)] {
            let shown = rendered(text, &[finding(at, at)]);
            assert!(shown.contains('^'), "{text:?} {at}: {shown}");
        }
    }

    #[test]
    fn a_place_of_many_lines_is_marked_on_its_first() {
        let shown = rendered("while true\n  a\n  b\n", &[finding(0, 17)]);
        assert!(
            shown.contains(" 1 │ while true\n   · ^^^^^^^^^^\n"),
            "{shown}"
        );
    }

    #[test]
    fn bytes_that_are_no_text_do_not_move_the_caret() {
        let mut texts = Texts::default();
        texts.add("a.scn", b"\xff\xfe wrong\n".to_vec());
        let shown = render(&[finding(3, 8)], "a.scn", &texts, LOOK);
        assert!(shown.contains("wrong\n   ·    ^^^^^\n"), "{shown}");
    }

    #[test]
    fn a_long_line_is_cropped_around_the_place() {
        let text = "x".repeat(500_000) + " wrong " + &"y".repeat(500_000);
        let begun = Instant::now();
        let shown = rendered(&text, &vec![finding(500_001, 500_006); 100]);
        assert!(shown.len() < 100 * 1_000, "{}", shown.len());
        assert!(shown.contains("xxx wrong yyy") && shown.contains("[a.scn:1:500002]"));
        assert!(
            shown
                .lines()
                .nth(4)
                .is_some_and(|line| line.contains("│ …xx") && line.ends_with("y…"))
        );
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn thousands_of_findings_are_shown_soon_and_counted() {
        let text = "wrong words stand here\n".repeat(100_000);
        let findings: Vec<_> = (0..3_000)
            .map(|n| finding(n * 23 * 30, n * 23 * 30 + 5))
            .collect();
        let begun = Instant::now();
        let shown = rendered(&text, &findings);
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert!(shown.ends_with("… and 2000 more findings in a.scn\n\n"));
    }

    #[test]
    fn json_has_positions_in_characters() {
        let mut texts = Texts::default();
        texts.add("a.scn", "äö x\n");
        let text = to_json_lines(&[finding(5, 6)], "a.scn", None, &texts);
        assert!(
            text.contains(r#""place":{"line":1,"column":4,"end_line":1,"end_column":5}"#),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1);
    }
}
