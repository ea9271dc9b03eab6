//! Errors say which file they are about.

use std::io;
use std::path::Path;

/// Puts the path in front of what the system said, keeping its kind.
pub(crate) fn at<T>(path: &Path, result: io::Result<T>) -> io::Result<T> {
    result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
