//! The journal of a run: append, read, recover.
//!
//! A run is a folder, `RUNS/ID/`, with `journal.jsonl`, which is only ever appended to, and
//! beside it what is too large for a line: `outputs/`, `attachments/`, and the run's scratch
//! folder. [`Journal`] writes it, [`read`] reads it line by line, [`runs`] lists those
//! that there are. Nothing here knows what the events mean, but for the one that is last.
//!
//! Every event is one `write`, so it survives the death of the program; [`Journal::sync`]
//! makes it survive the machine's. While a run is in progress its journal is locked.

mod fault;
mod id;
mod journal;
mod output;
mod reader;
mod runs;
mod stamp;

pub use id::new_id;
pub use journal::{JOURNAL, Journal, Observer};
pub use reader::{ReadError, Reader, read};
pub use runs::{Run, State, runs};
