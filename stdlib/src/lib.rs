//! The built-in commands, on the same trait as everyone's, and this machine as the system
//! under test.
//!
//! [`registry`] gives the commands; [`LocalWorld`] runs programs and components here. Both
//! are made for one thread and tokio's `current_thread` runtime with I/O and time enabled.

mod args;
mod commands;
mod effect;
mod local;
mod target;
mod web;

pub use commands::registry;
pub use local::LocalWorld;

/// The environment, in TOML, in which the examples of the commands' signatures run.
pub const EXAMPLES_ENVIRONMENT: &str = include_str!("../examples/environment.toml");
