//! Plug-ins: commands that others wrote, in any language.
//!
//! To the interpreter a plug-in's command is a command as any other. What stands behind it is a
//! program of its own that speaks [the protocol](scn_protocol::plugin) on its standard streams, so
//! that whatever becomes of it (a crash, a hang, garbage) is the plug-in's end and not the run's.

pub mod lines;
