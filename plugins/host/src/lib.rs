//! Plug-ins: commands that others wrote, in any language.
//!
//! To the interpreter a plug-in's command is a command as any other. What stands behind it is a
//! program of its own that speaks [the protocol](scn_protocol::plugin) on its standard streams, so
//! that whatever becomes of it (a crash, a hang, garbage) is the plug-in's end and not the run's.
//!
//! [`Declared`] is what the plug-ins of an environment say of themselves, known before the run;
//! [`Plugins`] is what runs. A [`session`] is one process of a plug-in.

pub mod cache;
pub mod codes;
mod command;
pub mod conform;
pub mod declare;
mod fit;
mod inside;
pub mod launch;
pub mod library;
pub mod lines;
mod metric;
mod plugin;
pub mod plugins;
pub mod serve;
pub mod session;
mod undo;

pub use launch::Launch;
pub use plugin::Starter;
pub use plugins::{Declared, Plugins};
