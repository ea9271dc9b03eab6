//! The journal of a run: append, read, recover.
//!
//! A run is a folder, `RUNS/ID/`, with `journal.jsonl`, which is only ever appended to, and
//! beside it what is too large for a line: `outputs/`, `attachments/`, and the run's scratch
//! folder. [`Journal`] writes it, [`read`] reads it line by line, [`runs`] lists those
//! that there are, and [`unfinished`] those whose program is gone; [`Journal::reopen`] goes on
//! with one of these. Nothing here knows what the events mean, but for the one that is last, and the one
//! that is synced.
//!
//! Every event is one `write`, so it survives the death of the program; [`Journal::sync`]
//! makes it survive the machine's. While a run is in progress its journal is locked.

mod fault;
mod find;
mod id;
mod journal;
mod marker;
mod output;
mod prune;
mod reader;
mod reopen;
mod runs;
mod stamp;
mod summary;

pub use find::{FindError, find};
pub use id::new_id;
pub use journal::{JOURNAL, Journal, Observer};
pub use marker::{Marked, marked, tidy, unfinished, unmark};
pub use prune::{Pruning, Reason, remove, size};
pub use reader::{ReadError, Reader, read};
pub use reopen::{ReopenError, Reopened};
pub use runs::{Run, State, runs, state};
pub use summary::{Summary, summary};
