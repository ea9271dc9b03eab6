//! The log: one line an event, appended with one write each.
//!
//! An error's line begins with `ERROR: `, any other with the time and its level.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// Where events are written; a copy writes to the same place.
#[derive(Clone, Debug)]
pub struct Log(Arc<Sink>);

#[derive(Debug)]
enum Sink {
    File(File),
    Stderr,
}

impl Log {
    /// Appends to a file, or writes to standard error if there is none.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open(path: Option<&Path>) -> io::Result<Log> {
        let sink = match path {
            None => Sink::Stderr,
            Some(path) => {
                make_folder_of(path)?;
                Sink::File(OpenOptions::new().create(true).append(true).open(path)?)
            }
        };
        Ok(Log(Arc::new(sink)))
    }

    /// Something happened.
    pub fn info(&self, message: &str) {
        self.write(&format!("{} INFO {message}\n", now()));
    }

    /// Something is wrong.
    pub fn error(&self, message: &str) {
        self.write(&format!("ERROR: {message} at={}\n", now()));
    }

    /// A log that cannot be written must not stop the exchange: there is nowhere to say so.
    fn write(&self, line: &str) {
        let _ = match &*self.0 {
            Sink::File(file) => { file }.write_all(line.as_bytes()),
            Sink::Stderr => io::stderr().write_all(line.as_bytes()),
        };
    }
}

/// Makes the folder that a file is to be in.
///
/// # Errors
/// If it is not there and cannot be made.
pub fn make_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

fn now() -> impl std::fmt::Display {
    humantime::format_rfc3339_micros(SystemTime::now())
}
