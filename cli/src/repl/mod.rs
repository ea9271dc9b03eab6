//! The prompt: of a session (`scn repl`), and of the debugger (`scn run --step` and the like).
//!
//! [`front`] is what the interpreter asks at a pause: it reads entries from an [`input`], answers `:`
//! [`command`]s itself, and shows what came of the rest ([`show`]). Lines come from a thread of their own,
//! from rustyline where there is a terminal ([`line`]), so that what goes on beside is shown meanwhile.

pub mod command;
pub mod entry;
pub mod front;
pub mod input;
pub mod line;
pub mod paint;
pub mod save;
pub mod show;
