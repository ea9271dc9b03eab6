//! Faults of blocks.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::limits::MAX_BLOCKS;
use crate::tree::Span;

/// Blocks nest too deep.
pub(crate) fn blocks_too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::E030,
        span,
        format!("blocks are nested more than {MAX_BLOCKS} deep"),
    )
    .help("move a part into a `step`")
}

/// A block that is still open at the end of the file.
pub(crate) fn no_end(word: &str, head: Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&codes::E012, head, format!("this `{word}` has no `end`"))
        .help("write `end` on a line of its own after the last statement of the block");
    diagnostic.incomplete = true;
    diagnostic
}

/// An `else` outside an `if`.
pub(crate) fn stray_else(span: Span, around: Option<(&str, Span)>) -> Diagnostic {
    let diagnostic = Diagnostic::new(&codes::E014, span, "this `else` belongs to no `if` block")
        .help("the `else` of an `if … then …` stands on the same line; otherwise leave `then` out");
    match around {
        Some((word, place)) => diagnostic.related(
            place,
            format!("this `{word}` is still open, it needs its `end`"),
        ),
        None => diagnostic,
    }
}

/// A second `else` in one `if`.
pub(crate) fn second_else(span: Span, before: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::E014,
        span,
        "nothing follows the `else` of an `if` but its `end`",
    )
    .related(before, "its `else`")
}

/// An `end` that closes nothing.
pub(crate) fn stray_end(span: Span) -> Diagnostic {
    Diagnostic::new(&codes::E013, span, "this `end` closes nothing")
        .help("leave it out; an `if … then …` on one line has no `end`")
}
