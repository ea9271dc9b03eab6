//! The last lines that a component wrote, for whoever wonders why it does not run.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use scn_interpreter::Context;
use scn_protocol::Stream;

use super::components::Started;

/// How much of the end is read, in bytes, and how many lines of it are shown.
const BYTES: u64 = 8 * 1024;
const LINES: usize = 20;

/// Shows the last lines as the step's own output; gives the last one that says anything.
pub(super) fn show(started: &Started, context: &dyn Context) -> Option<String> {
    let text = last_bytes(started).ok()?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let shown = lines[lines.len().saturating_sub(LINES)..].join("\n");
    if shown.trim().is_empty() {
        return None;
    }
    // What cannot be recorded ends the run soon enough.
    let _ = context.output(Stream::Stderr, format!("{shown}\n").as_bytes());
    let last = lines.iter().rev().find(|line| !line.trim().is_empty())?;
    Some(last.trim().to_owned())
}

fn last_bytes(started: &Started) -> io::Result<Vec<u8>> {
    let mut file = File::open(&started.output)?;
    let end = file.metadata()?.len();
    let from = started.before.max(end.saturating_sub(BYTES)).min(end);
    file.seek(SeekFrom::Start(from))?;
    let mut text = Vec::new();
    file.take(BYTES).read_to_end(&mut text)?;
    Ok(text)
}
