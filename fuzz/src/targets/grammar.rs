//! Scenarios as text.

use scn_grammar::{Diagnostic, Span};

use super::{Target, text};

pub const GRAMMAR: Target = Target {
    name: "grammar",
    help: "a scenario, an expression, a word, a text: read, or refused at a place that is in it",
    run,
    most: 4_096,
};

fn run(input: &[u8]) {
    let parsed = scn_grammar::parse_bytes(input);
    let Some(text) = text(input) else {
        assert!(!parsed.diagnostics.is_empty(), "bytes that are no text");
        return;
    };
    points_into(text, &parsed.diagnostics);
    inside(text, parsed.file.body.span);
    let mut end = 0;
    for line in scn_grammar::logical_lines(text) {
        inside(text, line);
        assert!(line.start >= end, "lines overlap");
        end = line.end;
    }
    let alone = [
        scn_grammar::parse_expression(text).err(),
        scn_grammar::parse_word(text).err(),
        scn_grammar::parse_text(text).err(),
        scn_grammar::parse_statement_line(text).err(),
    ];
    for found in alone.iter().flatten() {
        assert!(!found.is_empty(), "refused without a reason");
        points_into(text, found);
    }
}

/// Every finding says something, at a place of the text.
pub fn points_into(text: &str, found: &[Diagnostic]) {
    for found in found {
        assert!(!found.message.is_empty(), "{found:?}");
        inside(text, found.span);
        for (span, _) in &found.related {
            inside(text, *span);
        }
        let (line, column) = scn_grammar::line_col(text, found.span.range().start);
        assert!(line > 0 && column > 0, "{found:?}");
    }
}

fn inside(text: &str, span: Span) {
    assert!(text.get(span.range()).is_some(), "{span:?} is not in it");
}
