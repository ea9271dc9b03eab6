//! The files that are named on the command line.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The name of standard input.
pub const STDIN: &str = "-";

/// A text that was named.
#[derive(Clone, Debug)]
pub struct Source {
    /// How it was named; it is shown so.
    pub name: String,
    /// The file; for standard input a file of that name which is not there.
    pub path: PathBuf,
    /// The folder that relative paths in it belong to, absolute.
    pub folder: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Source {
    /// Reads the file `name`, or standard input for `-`.
    ///
    /// # Errors
    /// Why it cannot be read, with its name.
    pub fn read(name: &str) -> Result<Self, String> {
        let wrong = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file {name}"),
            _ => format!("{name} cannot be read: {error}"),
        };
        let path = std::path::absolute(name).map_err(wrong)?;
        let bytes = if name == STDIN {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map_err(wrong)?;
            bytes
        } else {
            std::fs::read(&path).map_err(wrong)?
        };
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self {
            name: name.to_owned(),
            path,
            folder,
            bytes,
        })
    }

    /// Reads all of them.
    ///
    /// # Errors
    /// Why each that cannot be read cannot.
    pub fn read_all(names: &[String]) -> Result<Vec<Self>, Vec<String>> {
        let mut sources = Vec::new();
        let mut wrong = Vec::new();
        for (index, name) in names.iter().enumerate() {
            if name == STDIN && names[..index].contains(name) {
                wrong.push("standard input can be read only once".to_owned());
                continue;
            }
            match Self::read(name) {
                Ok(source) => sources.push(source),
                Err(reason) => wrong.push(reason),
            }
        }
        if wrong.is_empty() {
            Ok(sources)
        } else {
            Err(wrong)
        }
    }

    /// Whether it is standard input.
    pub fn is_stdin(&self) -> bool {
        self.name == STDIN
    }
}
