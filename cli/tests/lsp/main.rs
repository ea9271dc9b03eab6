//! The language server, driven as an editor drives it: the program itself, over its own streams.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod client;
mod edits;
mod environments;
mod names;
mod protocol;
mod scenarios;
mod speed;
