//! What must hold whatever the input: one target a boundary at which text or bytes come in that nobody
//! vouches for.
//!
//! A target is a function that takes any bytes, and panics where what must hold does not. The same
//! functions are called by libFuzzer, which searches for inputs that go new ways (`cargo xtask fuzz`), and by
//! `tests/kept.rs`, which tries what earlier searches kept, on every test run.

pub mod cases;
pub mod dictionary;
pub mod seeds;
mod targets;

pub use targets::{TARGETS, Target, find};

#[path = "../../interpreter/tests/support/clock.rs"]
mod clock;
#[path = "../../cli/src/tags.rs"]
mod tags;
