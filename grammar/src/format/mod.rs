//! The one style: two blanks a level, one blank between words, comments kept.
//!
//! A line is written anew from its tree, and every word, number and text in it as it was
//! spelled: a cursor goes along the source beside the tree, so that nothing can be lost
//! or invented. Where the source went on with `\`, so does the result.

mod expression;
mod line;
mod text;

use crate::diagnostic::Diagnostic;
use crate::parse::parse_beside;
use crate::read::{Head, Line};

/// Writes a scenario in the one style.
///
/// The tree before and after is the same, but for its spans, and a second time changes
/// nothing. An empty file stays empty.
///
/// # Errors
///
/// The file has faults: it is left alone, and all of them are given.
pub fn format(source: &str) -> Result<String, Vec<Diagnostic>> {
    let mut layout = Layout::default();
    // Of a file with faults too, as it is read but once.
    let faults = parse_beside(source, |line| layout.line(source, line)).diagnostics;
    match faults.is_empty() {
        true => Ok(layout.text),
        false => Err(faults),
    }
}

/// The result as it grows.
#[derive(Default)]
struct Layout {
    text: String,
    /// How many blocks are open.
    level: usize,
    /// An empty line stood before this one.
    empty: bool,
}

impl Layout {
    fn line(&mut self, source: &str, line: &Line) {
        if matches!(line.head, Head::Blank) && line.comment.is_none() {
            self.empty = !self.text.is_empty();
            return;
        }
        let level = match line.head {
            Head::ElseIf(_) | Head::Else => self.level.saturating_sub(1),
            Head::End => {
                self.level = self.level.saturating_sub(1);
                self.level
            }
            _ => self.level,
        };
        if std::mem::take(&mut self.empty) {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text.extend(std::iter::repeat_n("  ", level));
        line::write(&mut self.text, source, line, level);
        if let Some(comment) = line.comment {
            if self.text.len() > start + level * 2 {
                // One blank before a comment, however it was aligned.
                self.text.push(' ');
            }
            self.text.push_str(&source[comment.range()]);
        }
        self.text.push('\n');
        if matches!(line.head, Head::Open(_)) {
            self.level += 1;
        }
    }
}
