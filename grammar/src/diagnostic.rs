//! What is wrong with a text, at which words, and what to do about it.
//!
//! A diagnostic is data: a position, a code and the words for a person. It is turned
//! to text in one place (the command line), and to an editor's squiggle in another.

use crate::tree::Span;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Said, but never stops a run.
    Warning,
    /// The scenario does not run.
    Error,
}

/// A kind of finding: its stable code and the text of `scn help CODE`.
///
/// Codes are never reused. `E0…` come from the grammar, `E1…` and `W1…` from the
/// checker, `E3…` and `W3…` from environments.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Code {
    /// The stable name, such as `E001`.
    pub name: &'static str,
    /// How grave a finding of this kind is.
    pub severity: Severity,
    /// What it is in a few words, for lists.
    pub title: &'static str,
    /// What it means and what to do, in a few plain sentences (Markdown).
    pub explanation: &'static str,
    /// A text that has this finding (a scenario, or an environment for `E3…`).
    pub wrong: &'static str,
    /// The same, put right.
    pub right: &'static str,
}

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Its kind.
    pub code: &'static Code,
    /// What was expected and what was found, in one sentence without a full stop.
    pub message: String,
    /// The file it is in, as given to the reader; empty for the file that was parsed.
    pub file: String,
    /// The exact words, as bytes of that file.
    pub span: Span,
    /// What is said under the words, if more is to be said than the message does.
    pub label: Option<String>,
    /// Other places that explain this one.
    pub related: Vec<(Span, String)>,
    /// What to type instead.
    pub help: Option<String>,
    /// A replacement for the words of `span` which mends it, where there is one.
    pub replacement: Option<String>,
    /// The text is not finished rather than wrong: more lines could mend it.
    pub incomplete: bool,
}

impl Diagnostic {
    /// A finding of kind `code` at `span`.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            file: String::new(),
            span,
            label: None,
            related: Vec::new(),
            help: None,
            replacement: None,
            incomplete: false,
        }
    }

    /// Adds what is said under the words.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to put in place of the words.
    #[must_use]
    pub fn replace(mut self, replacement: impl Into<String>) -> Self {
        self.replacement = Some(replacement.into());
        self
    }

    /// Adds another place that explains this one.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Says in which file it is.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = file.into();
        self
    }

    /// Whether it stops a run.
    pub fn is_error(&self) -> bool {
        self.code.severity == Severity::Error
    }
}

/// The one of `known` which was probably meant by `word`, if one is close.
pub fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let limit = (length / 3).clamp(1, 3);
    let lower = word.to_lowercase();
    known
        .into_iter()
        // Cheap, and keeps a word of a megabyte from being compared letter by letter.
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .map(|name| {
            let distance = strsim::damerau_levenshtein(&lower, &name.to_lowercase());
            (distance, name)
        })
        .filter(|&(distance, name)| distance <= limit && distance < name.chars().count())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}
