//! Text to events, by `toml_parser`, and its errors in the words of this project.

use scn_grammar::{Diagnostic, Span};
use toml_parser::parser::{RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{Expected, ParseError, Source};

use super::build::Builder;
use super::{MAX_DEPTH, Table};
use crate::environment::codes;

/// The tree of a text, and everything that is wrong with its syntax. What could not be read
/// is left out or is [`super::Item::Wrong`].
pub fn parse(text: &str) -> (Table, Vec<Diagnostic>) {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut errors: Vec<ParseError> = Vec::new();
    let mut events = Vec::with_capacity(tokens.len());
    let mut spaces = ValidateWhitespace::new(&mut events, source);
    let limit = u32::try_from(MAX_DEPTH).unwrap_or(u32::MAX);
    let mut guard = RecursionGuard::new(&mut spaces, limit);
    parse_document(&tokens, &mut guard, &mut errors);

    let mut builder = Builder::new(source, &events);
    let table = builder.document();
    let mut diagnostics = builder.finish();
    diagnostics.extend(errors.iter().map(|error| diagnostic(error, text)));
    diagnostics.sort_by_key(|found| (found.span.start, found.span.end));
    diagnostics.dedup_by(|next, first| next.span == first.span && next.code == first.code);
    // Where it is too deep once, it is so all the way down.
    let mut deep = 0;
    diagnostics.retain(|found| {
        deep += usize::from(*found.code == codes::TOO_DEEP);
        *found.code != codes::TOO_DEEP || deep == 1
    });
    (table, diagnostics)
}

/// The library's error as a diagnostic.
pub(super) fn diagnostic(error: &ParseError, text: &str) -> Diagnostic {
    let place = error.unexpected().or(error.context());
    let span = place.map_or(Span::new(text.len(), text.len()), span_of);
    if error.description().contains("recurse") {
        return too_deep(span);
    }
    if error.description().contains("must be quoted") {
        return unquoted(text.get(span.range()).unwrap_or_default(), span);
    }
    let mut message = error.description().to_owned();
    if let Some(expected) = error.expected().filter(|list| !list.is_empty()) {
        let words: Vec<String> = expected.iter().map(expected_text).collect();
        message.push_str(&format!(": expected {}", words.join(" or ")));
    }
    let mut found = Diagnostic::new(&codes::SYNTAX, span, message);
    if let (Some(context), Some(_)) = (error.context(), error.unexpected()) {
        let context = span_of(context);
        if context != span && context.start < span.start {
            found = found.related(context, "in what begins here");
        }
    }
    found
}

/// A value that is neither a number nor `true` or `false`, and has no quotes.
fn unquoted(word: &str, span: Span) -> Diagnostic {
    if word.trim().is_empty() {
        return Diagnostic::new(&codes::SYNTAX, span, "a value is missing here");
    }
    let message = format!("`{word}` is text, and text stands in quotes");
    Diagnostic::new(&codes::SYNTAX, span, message).replace(format!("\"{word}\""))
}

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::TOO_DEEP,
        span,
        format!("tables and lists are nested deeper than {MAX_DEPTH} here"),
    )
}

pub(super) fn span_of(span: toml_parser::Span) -> Span {
    Span::new(span.start(), span.end())
}

fn expected_text(expected: &Expected) -> String {
    match expected {
        Expected::Literal("\n") => "the end of the line".to_owned(),
        Expected::Literal(text) => format!("`{text}`"),
        Expected::Description(text) => (*text).to_owned(),
        _ => "something else".to_owned(),
    }
}
