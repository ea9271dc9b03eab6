//! Checks scenarios against an environment and runs them.
//!
//! Text comes in as a tree ([`scn_grammar`]) and an [`environment::Environment`]; out go
//! effects, asked of a [`platform::Platform`], and events. Nothing here opens a file, starts a
//! program or prints.

pub mod bind;
mod check;
pub mod codes;
pub mod command;
pub mod compile;
pub mod debug;
pub mod driver;
pub mod embed;
pub mod engine;
pub mod environment;
pub mod fields;
pub mod function;
pub mod machine;
pub mod ops;
pub mod plan;
pub mod platform;
pub mod program;
mod statement;

pub use command::{Act, Call, Command, Context, Misused, Outcome};
pub use driver::{Flag, Options, Ran, run};
pub use engine::{Checked, check, check_live};
pub use environment::Environment;
pub use platform::{
    Clock, Disk, Files, Left, LogStood, Observed, Platform, Record, Registry, World,
};

/// The page of the manual on embedding, so that what it shows is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/embedding.md")]
struct Manual;
