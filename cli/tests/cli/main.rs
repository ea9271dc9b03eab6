//! The program as its users meet it: the binary is run in a folder of its own.
//!
//! Each test says what is there, what is typed, and all that must come of it. To add one for a
//! verb, add it to the verb's file.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arguments;
mod check;
mod codes;
mod completions;
mod dap;
mod debugged;
mod doctor;
mod env;
mod examples;
mod fmt;
mod held;
mod help;
mod hostile;
mod init;
mod interrupt;
mod journal;
mod libraries;
mod plan;
mod plugins;
mod prompted;
mod python;
mod record;
mod recovery;
mod repl;
mod report;
mod run;
mod runs;
mod security;
mod support;
mod terminal;
mod verdict;
