//! A run that is stopped, and what is done there: by a prompt that gives what a list says.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails where what it needs is not there"
)]

#[path = "../support/journal.rs"]
mod journal;
mod prompt;
mod session;
mod stops;
mod taken_up;
