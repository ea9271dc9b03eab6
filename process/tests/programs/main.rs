//! Real programs, started, read and ended: each file is one promise of the crate.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ending;
mod finding;
mod left;
mod output;
mod starting;
#[path = "../support/mod.rs"]
mod support;
mod surroundings;
