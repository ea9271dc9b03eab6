//! The file to which an engine appends each command that it applies.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::logfile::make_folder_of;

/// Appends commands; one write for all that came together.
#[derive(Debug)]
pub struct Journal {
    file: File,
    unwritten: String,
    /// A disk that is made slow on purpose: how long each write takes longer.
    delay: Duration,
}

impl Journal {
    /// Appends to a file, making it if it is not there.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Journal> {
        make_folder_of(path)?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Journal {
            file,
            unwritten: String::new(),
            delay: Duration::ZERO,
        })
    }

    /// Makes each write so much slower.
    pub fn set_delay(&mut self, delay: Duration) {
        self.delay = delay;
    }

    /// Adds a line to the next write.
    pub fn add(&mut self, line: &str) {
        self.unwritten.push_str(line);
    }

    /// Writes what was added.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        thread::sleep(self.delay);
        self.file.write_all(self.unwritten.as_bytes())?;
        self.unwritten.clear();
        Ok(())
    }
}
