//! From one logical line's text to its part of the tree.
//!
//! pest cuts the line by the rule that its first word chose; what is here turns the
//! pairs into the tree, and checks what a grammar cannot say.

mod command;
mod expression;
mod header;
mod line;
mod lone;
mod number;
mod scan;
mod statement;
mod text;
mod value;
mod word;

use pest::Parser;
use pest::iterators::{Pair, Pairs};

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::explain;
use crate::tree::{Ident, Span};

pub(crate) use line::{Head, Line, Opening, first_word, is_comment, line};
pub(crate) use lone::{lone_expression, lone_text, lone_word};
pub(crate) use scan::{Kind, Token};
pub(crate) use text::{common_indent, shared};

/// The grammar. Its rules are named for people in [`explain`].
#[derive(pest_derive::Parser)]
#[grammar = "scn.pest"]
struct Scn;

/// What reading gives: the thing, or the first fault in it.
pub(crate) type Read<T> = Result<T, Box<Diagnostic>>;

/// A text being read, and where in the file it begins.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'s> {
    /// The text; what comes before it in the file is not in it.
    pub text: &'s str,
    /// The byte of the file at which it begins.
    pub base: usize,
}

impl<'s> Reader<'s> {
    /// Reads the text by `rule`.
    ///
    /// # Errors
    ///
    /// What was expected, and what is there instead.
    pub(crate) fn parse(self, rule: Rule) -> Read<Pairs<'s, Rule>> {
        Scn::parse(rule, self.text)
            .map(|mut pairs| pairs.next().map_or(pairs, Pair::into_inner))
            .map_err(|error| Box::new(explain::pest_error(self, &error)))
    }

    /// The stretch of the file from byte `start` to byte `end` of this text.
    pub(crate) fn span(self, start: usize, end: usize) -> Span {
        Span::new(self.base + start, self.base + end)
    }

    /// The byte of this text that is byte `place` of the file.
    pub(crate) fn place(self, place: u32) -> usize {
        place as usize - self.base
    }

    /// Where a pair stands in the file.
    pub(crate) fn span_of(self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        self.span(span.start(), span.end())
    }

    /// A pair as a name that is given here, which no reserved word can be.
    ///
    /// # Errors
    ///
    /// It is a reserved word.
    pub(crate) fn name(self, pair: &Pair<'_, Rule>) -> Read<Ident> {
        let ident = self.ident(pair);
        if explain::is_reserved(&ident.name) {
            return Err(Box::new(explain::reserved(ident.span, &ident.name)));
        }
        Ok(ident)
    }

    /// A pair as a name.
    pub(crate) fn ident(self, pair: &Pair<'_, Rule>) -> Ident {
        Ident {
            name: pair.as_str().into(),
            span: self.span_of(pair),
        }
    }

    /// The part of this text from byte `start` to byte `end`.
    pub(crate) fn slice(self, start: usize, end: usize) -> Self {
        Self {
            text: &self.text[start..end],
            base: self.base + start,
        }
    }
}

/// The next pair, which the grammar says is there.
///
/// # Errors
///
/// A fault of the grammar itself, said as such rather than by a panic.
pub(crate) fn expect<'s>(reader: Reader<'_>, pairs: &mut Pairs<'s, Rule>) -> Read<Pair<'s, Rule>> {
    pairs.next().ok_or_else(|| incoherent(reader))
}

/// The grammar gave something that the reader does not know: never seen, and no panic.
pub(crate) fn incoherent(reader: Reader<'_>) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(
        &codes::E001,
        reader.span(0, reader.text.len()),
        "this line cannot be read",
    ))
}

/// The name that a text ends with.
pub(crate) fn last_name(text: &str) -> &str {
    let start = text
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |place| {
            place + text[place..].chars().next().map_or(1, char::len_utf8)
        });
    &text[start..]
}
