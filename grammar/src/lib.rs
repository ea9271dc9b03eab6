//! The scenario language's grammar: text to a syntax tree with positions, and back.
//!
//! [`parse`] cuts a file into logical lines first, reads each by itself, and puts
//! blocks together after, so that one pass reports every error. It knows no values,
//! no environments and no I/O: a number is still the text that was written, and a
//! word is the list of its parts.

pub mod diagnostic;
pub mod tree;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use tree::Span;
