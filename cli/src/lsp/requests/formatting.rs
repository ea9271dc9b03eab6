//! The one style.

use lsp_types::{DocumentFormattingParams, OneOf, TextEdit};
use scn_grammar::Span;
use serde_json::Value as Json;

use super::{Answer, Refusal, Request, answered, asked, nothing};
use crate::lsp::Server;
use crate::lsp::documents::Sort;

pub static FORMATTING: Request = Request {
    method: "textDocument/formatting",
    declare: |can| can.document_formatting_provider = Some(OneOf::Left(true)),
    answer,
};

fn answer(server: &mut Server, params: Json) -> Answer {
    let params: DocumentFormattingParams = asked(params)?;
    let Some(document) = server.document(&params.text_document.uri) else {
        return nothing();
    };
    if document.sort != Sort::Scenario {
        return nothing();
    }
    let old = document.text.as_str();
    let new = scn_grammar::format(old).map_err(|found| {
        let at = found.first().map_or(0, |found| found.span.start as usize);
        let (line, _) = scn_grammar::line_col(old, at);
        Refusal::failed(format!("line {line} cannot be read: nothing was changed"))
    })?;
    let edit = edit(old, &new).map(|(span, text)| {
        TextEdit::new(document.text.range(span, server.encoding), text.to_owned())
    });
    answered(edit.into_iter().collect::<Vec<_>>())
}

/// What differs: from the first line to the last that does, so that the caret stays where it can.
fn edit<'n>(old: &str, new: &'n str) -> Option<(Span, &'n str)> {
    if old == new {
        return None;
    }
    let begin = old.split_inclusive('\n').zip(new.split_inclusive('\n'));
    let begin: usize = begin
        .take_while(|(old, new)| old == new)
        .map(|(line, _)| line.len())
        .sum();
    let (old_rest, new_rest) = (&old[begin..], &new[begin..]);
    let old_lines: Vec<&str> = old_rest.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new_rest.split_inclusive('\n').collect();
    let lines = old_lines.iter().rev().zip(new_lines.iter().rev());
    let same = lines.take_while(|(old, new)| old == new);
    let end: usize = same.map(|(line, _)| line.len()).sum();
    let span = Span::new(begin, old.len() - end);
    Some((span, &new_rest[..new_rest.len() - end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_changed() {
        let (old, new) = ("a\n b\nc\n", "a\nb\nc\n");
        assert_eq!(edit(old, new), Some((Span::new(2, 5), "b\n")));
        assert_eq!(edit(old, old), None);
        for (old, new) in [
            ("a", "a\n"),
            ("a\r\n", "a\n"),
            ("\n\na\n", "a\n"),
            ("x\nx\n", "x\n"),
        ] {
            let (span, text) = edit(old, new).unwrap_or_default();
            let mut changed = old.to_owned();
            changed.replace_range(span.range(), text);
            assert_eq!(changed, new);
        }
    }
}
