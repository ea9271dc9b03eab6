//! What can be said of a place in a scenario's text: what could stand there, what stands there, and
//! what the command around it takes. For the prompt and for editors.
//!
//! Plain functions over a text, a place in it and its [`Around`]: nothing here knows a terminal or a
//! protocol, and nothing is ever run. The line around the place may be unfinished or wrong:
//! [`reader`] understands of it what can be understood. The rest of the file is known by its
//! [`Outline`], made from the syntax tree of all lines that can be read.
//!
//! [`complete()`] says what could stand at the caret, [`hover()`] what stands there, [`signature()`] what
//! the command or function around it takes.

pub mod complete;
pub mod expression;
pub mod fields;
pub mod hover;
pub mod outline;
pub mod reader;
pub mod resolve;
pub mod scan;
pub mod signature;
mod statement;
#[cfg(test)]
mod tests;
pub mod used;

use std::path::Path;

use scn_interpreter::{Environment, Files, Registry};

pub use complete::complete;
pub use hover::hover;
pub use outline::Outline;
pub use signature::signature;
pub use used::UsedStep;

/// What the words of a text mean.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The environment, if one was chosen.
    pub environment: Option<&'a Environment>,
    /// The commands that there are, those of the environment's plug-ins too.
    pub registry: &'a Registry,
    /// What the text declares, and, at a prompt, what was typed before it.
    pub outline: &'a Outline,
    /// The steps of used files, by the names that they have here.
    pub used: &'a [UsedStep],
    /// The folder that `use` begins in.
    pub folder: &'a Path,
    /// Reads files and folders.
    pub files: &'a dyn Files,
}
