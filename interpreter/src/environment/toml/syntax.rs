//! Text to events, by `toml_parser`, and its errors in the words of this project.

use scn_grammar::diagnostic::meant;
use scn_grammar::{Diagnostic, Span};
use toml_parser::parser::{RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{Expected, ParseError, Source};

use super::build::Builder;
use super::{MAX_DEPTH, Table};
use crate::environment::codes;

/// The tree of a text, and everything that is wrong with its syntax, in order. What could
/// not be read is left out or is [`super::Item::Wrong`].
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
    let mut found = builder.finish();
    found.extend(errors.iter().map(|error| diagnostic(error, text)));
    found.sort_by_key(|one| (one.span.start, one.span.end));
    telling(&mut found, text);
    (table, found)
}

/// Leaves out what only follows from an error before it: what stands in a bracket that is
/// never closed, a second syntax error on a line, and what is deeper than too deep.
fn telling(found: &mut Vec<Diagnostic>, text: &str) {
    let unclosed = found
        .iter()
        .find(|one| one.incomplete && *one.code == codes::SYNTAX)
        .map(|one| one.span);
    let mut last_line = None;
    let mut deep = false;
    found.retain(|one| {
        let inside = unclosed.is_some_and(|open| one.span.start > open.start);
        if *one.code == codes::TOO_DEEP {
            return !std::mem::replace(&mut deep, true);
        }
        if *one.code != codes::SYNTAX {
            return !inside;
        }
        let line = line_end(text, one.span.start as usize);
        !inside && last_line.replace(line) != Some(line)
    });
}

/// Where the line ends that `offset` is on: the same for all that is on it.
fn line_end(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |at| offset + at)
}

/// The library's error as a diagnostic.
pub(super) fn diagnostic(error: &ParseError, text: &str) -> Diagnostic {
    let place = error.unexpected().or(error.context());
    let span = place.map_or(Span::new(text.len(), text.len()), span_of);
    let word = text.get(span.range()).unwrap_or_default();
    let description = error.description();
    let found = |message: &str| Diagnostic::new(&codes::SYNTAX, span, message);
    match description {
        _ if description.contains("recurse") => too_deep(span),
        "unclosed array" | "unclosed inline table" => unclosed(error, span, text),
        "invalid boolean" => unquoted(word, span),
        _ if description.contains("must be quoted") => unquoted(word, span),
        "key with no value" => found("`=` and a value are missing after this key")
            .help("it is written: KEY = VALUE, and text stands in quotes"),
        "unclosed table" => found("this `[` is never closed").help("type ] after the name"),
        "invalid unquoted key" if word == ":" => found("between a key and its value stands `=`")
            .help("type =")
            .replace(" ="),
        "missing escaped value" => found("this is no escape")
            .help("in \"…\" a backslash begins an escape such as \\n or \\\\; in '…' it is itself"),
        _ if word.is_empty() && description.ends_with("string") => {
            found("this text is not closed: a quote is missing").help("type the quote that ends it")
        }
        _ => found(&spelled_out(error)),
    }
}

/// What the library says, with what it expected.
fn spelled_out(error: &ParseError) -> String {
    let mut message = error.description().to_owned();
    if let Some(expected) = error.expected().filter(|list| !list.is_empty()) {
        let words: Vec<String> = expected.iter().map(expected_text).collect();
        message.push_str(&format!(": expected {}", words.join(" or ")));
    }
    message
}

/// A bracket that is never closed, at the bracket.
fn unclosed(error: &ParseError, span: Span, text: &str) -> Diagnostic {
    let open = error.context().map_or(span, span_of);
    let (bracket, close) = match text.get(open.range()) {
        Some("{") => ("{", "}"),
        _ => ("[", "]"),
    };
    let line = &text[open.start as usize..line_end(text, open.start as usize)];
    let mut found = match open_quote(line) {
        Some(at) => {
            let place = open.start as usize + at;
            let message = "this text is not closed: a quote is missing";
            let place = Span::new(place, place + 1);
            Diagnostic::new(&codes::SYNTAX, place, message).help("type the quote that ends it")
        }
        None => Diagnostic::new(
            &codes::SYNTAX,
            open,
            format!("this `{bracket}` is never closed"),
        )
        .help(format!("put `{close}` where the value ends")),
    };
    found.incomplete = true;
    found
}

/// Where the text begins that a line does not end.
fn open_quote(line: &str) -> Option<usize> {
    let mut open: Option<(usize, char)> = None;
    let mut escaped = false;
    for (at, sign) in line.char_indices() {
        match open {
            Some((_, '"')) if escaped => escaped = false,
            Some((_, '"')) if sign == '\\' => escaped = true,
            Some((_, quote)) if sign == quote => open = None,
            Some(_) => {}
            None if sign == '#' => return None,
            None if matches!(sign, '"' | '\'') => open = Some((at, sign)),
            None => {}
        }
    }
    open.map(|(at, _)| at)
}

/// A value that is neither a number nor `true` or `false`, and has no quotes.
fn unquoted(word: &str, span: Span) -> Diagnostic {
    let found = |message: String| Diagnostic::new(&codes::SYNTAX, span, message);
    if word.trim().is_empty() {
        return found("a value is missing here".to_owned())
            .help("`#` begins a comment where it stands in no quotes; text stands in quotes");
    }
    let truth = match word.to_lowercase().as_str() {
        "yes" | "on" => Some("true"),
        "no" | "off" => Some("false"),
        _ => None,
    };
    if let Some(truth) = truth {
        return found(format!("`{word}` is neither `true` nor `false`"))
            .help(format!("type {truth}; for text, type \"{word}\""))
            .replace(truth);
    }
    if let Some(truth) = meant(word, ["true", "false"]) {
        return found(format!(
            "`{word}` is no value: `{truth}` was probably meant"
        ))
        .replace(truth);
    }
    let typographic = ['“', '”', '„', '‘', '’'];
    if word.starts_with(typographic) {
        let bare = word.trim_matches(typographic);
        return found("text stands in straight quotes, `\"` or `'`".to_owned())
            .replace(format!("\"{bare}\""));
    }
    found(format!("`{word}` is text, and text stands in quotes"))
        .help(format!("type \"{word}\""))
        .replace(format!("\"{word}\""))
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
