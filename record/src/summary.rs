//! What is told of a run where many are listed: from the two ends of its journal.

use std::fs::File;
use std::io;

use scn_protocol::Event;
use scn_protocol::quantity::parse_moment;

use crate::fault::at;
use crate::journal::JOURNAL;
use crate::reader::read;
use crate::runs::{Run, last_event};

/// A run in a few words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The scenario's title, or its file's name without its ending; empty if the journal is.
    pub scenario: String,
    /// The file, as it was named.
    pub file: String,
    /// The environment's name.
    pub environment: Option<String>,
    /// When it began, in nanoseconds since 1970; none if the journal is empty.
    pub began: Option<i64>,
    /// How long it took, in microseconds, if it is over.
    pub took: Option<u64>,
}

/// Reads the first and the last event of a run.
///
/// # Errors
/// If its journal cannot be read. That it is damaged is none: what it does not tell is not told.
pub fn summary(run: &Run) -> io::Result<Summary> {
    let mut summary = Summary::default();
    if let Some(Ok(line)) = read(&run.folder)?.next() {
        summary.began = parse_moment(&line.at);
        if let Event::RunStarted {
            scenario,
            file,
            environment,
            ..
        } = line.event
        {
            (summary.scenario, summary.file) = (scenario, file);
            summary.environment = environment;
        }
    }
    let path = run.folder.join(JOURNAL);
    let mut file = at(&path, File::open(&path))?;
    if let Some(Event::RunFinished { duration_us, .. }) = at(&path, last_event(&mut file))? {
        summary.took = Some(duration_us);
    }
    Ok(summary)
}
