//! Checks scenarios against an environment and runs them.
//!
//! Text comes in as a tree ([`scn_grammar`]) and an [`environment::Environment`]; out go
//! effects, asked of a [`platform::Platform`], and events. Nothing here opens a file, starts a
//! program or prints.

pub mod command;
pub mod environment;
pub mod function;
pub mod ops;
pub mod platform;

pub use command::{Call, Command, Context, Outcome};
pub use environment::Environment;
pub use platform::{Clock, Disk, Files, Platform, Record, Registry, World};
