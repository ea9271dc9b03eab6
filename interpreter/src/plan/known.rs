//! What is known of a value before the run.
//!
//! A text of which a part is known only as it runs has a *mark* where that part will stand: one
//! character of a private use area, which passes through whatever shows and quotes words, and is
//! written as `#{…}` at the very end.

use std::cell::Cell;

use scn_protocol::{Value, words};

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// All of it.
    Value(Value),
    /// Its text, with marks.
    Text(String),
}

/// What stands behind each mark, as it is written.
#[derive(Debug, Default)]
pub struct Unknowns {
    written: Vec<String>,
    /// So many of them are what is known to every step.
    kept: usize,
    shown: Cell<bool>,
}

impl Known {
    /// Its text, with marks.
    pub fn text(&self) -> String {
        match self {
            Self::Value(value) => value.to_text().into_owned(),
            Self::Text(text) => text.clone(),
        }
    }

    /// The value, if all of it is known.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Text(_) => None,
        }
    }

    /// Nothing is known but how it is written.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Text(text) if text.chars().all(words::is_mark) && text.chars().count() == 1)
    }
}

impl Unknowns {
    /// A mark for an expression, or `*LIST`.
    pub fn mark(&mut self, written: &str) -> Known {
        let known = self.written.iter().position(|known| known == written);
        let at = known.unwrap_or_else(|| {
            self.written.push(written.to_owned());
            self.written.len() - 1
        });
        // Beyond as many marks as there are characters the last one stands for all.
        let mark = words::mark(at).unwrap_or(char::REPLACEMENT_CHARACTER);
        Known::Text(mark.to_string())
    }

    /// What has a mark by now keeps it.
    pub fn keep(&mut self) {
        self.kept = self.written.len();
    }

    /// The marks since then mean nothing any more: there are only so many.
    pub fn forget(&mut self) {
        self.written.truncate(self.kept);
    }

    /// Whether one was shown.
    pub fn any_shown(&self) -> bool {
        self.shown.get()
    }

    /// The text as it is shown: each mark as it is written in the source.
    pub fn reveal(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            match words::marked(c).and_then(|at| self.written.get(at)) {
                Some(written) => {
                    self.shown.set(true);
                    shown.push_str("#{");
                    shown.push_str(written);
                    shown.push('}');
                }
                None => shown.push(c),
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_pass_through_the_spelling_of_words_and_are_written_out_after() {
        let mut unknowns = Unknowns::default();
        let text = |known: Known| known.text();
        let port = text(unknowns.mark("30000 + id"));
        let name = text(unknowns.mark("row.name"));
        let line = words::spelled(&[
            port.clone(),
            format!("an {name}'s \"x\""),
            format!("-p{port}"),
        ]);
        assert_eq!(
            unknowns.reveal(&line),
            r##"#{30000 + id} "an #{row.name}'s \"x\"" -p#{30000 + id}"##
        );
        assert!(Known::Text(port).is_unknown());
        assert!(!Known::Text(format!("-p{name}")).is_unknown());
    }
}
