//! Checks regular expressions without building them: that costs a hundred times as much, and
//! an environment has many that this run, or this machine, never uses.

use regex_syntax::hir::{Class, Hir, HirKind};
use scn_grammar::Span;

/// An expression of so many states is built within any limit.
const SURELY_SMALL: usize = 10_000;

/// The names of an expression's groups.
///
/// # Errors
/// What is wrong with it, and where in it.
pub(super) fn groups(text: &str) -> Result<Vec<String>, (String, Option<Span>)> {
    let hir = regex_syntax::parse(text).map_err(|error| fault(&error))?;
    if states(&hir) > SURELY_SMALL
        && let Err(error) = regex::Regex::new(text)
    {
        let message = match error {
            regex::Error::CompiledTooBig(limit) => {
                format!("it is too large: built, it is more than {limit} bytes")
            }
            other => other.to_string(),
        };
        return Err((message, None));
    }
    let mut found = Vec::new();
    names(&hir, &mut found);
    Ok(found)
}

fn fault(error: &regex_syntax::Error) -> (String, Option<Span>) {
    let (message, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), *error.span()),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), *error.span()),
        other => return (other.to_string(), None),
    };
    let span = Span::new(span.start.offset, span.end.offset);
    (message, Some(span))
}

/// About how many states the expression has when it is built. How deep it nests is bounded by
/// the parser.
fn states(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().saturating_mul(4),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min.saturating_add(1));
            let times = usize::try_from(times).unwrap_or(usize::MAX);
            states(&repetition.sub)
                .saturating_add(1)
                .saturating_mul(times)
        }
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Concat(all) | HirKind::Alternation(all) => all
            .iter()
            .map(states)
            .fold(1, |sum, next| sum.saturating_add(next)),
    }
}

fn names(hir: &Hir, found: &mut Vec<String>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            found.extend(capture.name.as_deref().map(ToOwned::to_owned));
            names(&capture.sub, found);
        }
        HirKind::Repetition(repetition) => names(&repetition.sub, found),
        HirKind::Concat(all) | HirKind::Alternation(all) => {
            all.iter().for_each(|one| names(one, found));
        }
        _ => {}
    }
}
