//! Which run is meant.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::journal::JOURNAL;

/// How the newest run can be named; no run's own name begins with a letter.
const LAST: &str = "last";

/// The folder of the run that is named: by its name in `runs`, the beginning of that, or as a folder; `last` is the
/// newest.
///
/// # Errors
/// That there is none, or what it could mean.
pub fn find(runs: &Path, named: &str) -> Result<PathBuf, FindError> {
    let is_run = |folder: &Path| folder.join(JOURNAL).exists();
    let exact = runs.join(named);
    if !named.is_empty() && !named.contains('/') && is_run(&exact) {
        return Ok(exact);
    }
    let folder = Path::new(named);
    if !named.is_empty() && is_run(folder) {
        return Ok(folder.to_owned());
    }
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let begin = |name: &String| named == LAST || (!named.is_empty() && name.starts_with(named));
    let mut found: Vec<String> = names
        .filter(begin)
        .filter(|name| is_run(&runs.join(name)))
        .collect();
    found.sort();
    match found.as_slice() {
        [.., newest] if named == LAST => Ok(runs.join(newest)),
        [one] => Ok(runs.join(one)),
        [] => Err(FindError::None(named.to_owned(), runs.to_owned())),
        _ => Err(FindError::Several(named.to_owned(), found)),
    }
}

/// Why it is not known which run is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindError {
    /// There is none of that name in that folder.
    None(String, PathBuf),
    /// These begin so.
    Several(String, Vec<String>),
}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None(named, runs) => write!(f, "there is no run {named} in {}", runs.display()),
            Self::Several(named, found) => {
                let shown = 5.min(found.len());
                write!(f, "{named} may be {}", found[..shown].join(", "))?;
                match found.len() - shown {
                    0 => Ok(()),
                    more => write!(f, ", and {more} others"),
                }
            }
        }
    }
}

impl std::error::Error for FindError {}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn last_is_the_newest_run() {
        let folder = tempfile::tempdir().unwrap();
        assert!(find(folder.path(), LAST).is_err());
        for name in ["20260101-000000.000-aaaa", "20260102-000000.000-aaaa"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join(JOURNAL), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("no-run")).unwrap();
        let found = find(folder.path(), LAST).unwrap();
        assert!(found.ends_with("20260102-000000.000-aaaa"), "{found:?}");
    }
}
