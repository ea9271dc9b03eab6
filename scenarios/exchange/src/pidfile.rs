//! A file that holds the process id while the process lives.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::logfile::make_folder_of;

/// Removes its file when it is dropped, if it still names this process.
#[derive(Debug)]
pub struct PidFile(PathBuf);

impl PidFile {
    /// Writes the file, at once and whole: a reader finds the old one or the new one.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(path: &Path) -> io::Result<PidFile> {
        make_folder_of(path)?;
        let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&unfinished, format!("{}\n", std::process::id()))?;
        fs::rename(&unfinished, path)?;
        Ok(PidFile(path.to_owned()))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        let own = std::process::id().to_string();
        if fs::read_to_string(&self.0).is_ok_and(|text| text.trim() == own) {
            let _ = fs::remove_file(&self.0);
        }
    }
}
