//! What a person sees of a run: each format a fold over the journal's events.
//!
//! A format is handed the events in their order, as they happen or later from a journal, and
//! knows nothing else of the run: neither the machine nor the tree.

pub mod console;
pub mod format;
pub mod recorded;
pub mod run;
pub mod text;
pub mod verdict;
