//! The scenario language's grammar: text to a syntax tree with positions, and back.
//!
//! [`parse`] cuts a file into logical lines first, reads each by itself, and puts
//! blocks together after, so that one pass reports every error. It knows no values,
//! no environments and no I/O: a number is still the text that was written, and a
//! word is the list of its parts.

mod blocks;
pub mod codes;
pub mod diagnostic;
mod explain;
mod format;
pub mod keyword;
pub mod limits;
mod lines;
mod parse;
mod read;
pub mod spanless;
pub mod tree;

pub use codes::CODES;
pub use diagnostic::{Code, Diagnostic, Severity};
pub use explain::{Other, is_reserved, other_function, other_time, other_value, other_word};
pub use format::format;
pub use parse::{
    Parsed, logical_lines, parse, parse_bytes, parse_command_line, parse_expression,
    parse_statement_line, parse_text, parse_word,
};
pub use tree::Span;

/// The line and the column of a byte of `source`, both from 1; the column counts characters.
///
/// A byte inside a character counts as its beginning, one behind the end as the end.
pub fn line_col(source: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &source[..offset];
    let start = before.rfind('\n').map_or(0, |place| place + 1);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    (line, before[start..].chars().count() + 1)
}
