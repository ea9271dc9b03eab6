//! Who may acknowledge orders alone: a folder that both engines see decides it.
//!
//! Two engines that lose sight of each other cannot tell, between them, which of the two is to
//! go on: each could have been paused while the other one gave it up. So a third party decides.
//! Each term of the exchange is one file that is made once and never changed. Whoever wants to
//! begin the next term, the primary to go on alone or the backup to take over, makes its file;
//! a hard link to a name that exists fails, so exactly one of them can.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What holds in one term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Terms are numbered from one.
    pub number: u64,
    /// The engine that serves.
    pub primary: String,
    /// The engine that has every acknowledged order too and may begin the next term; without
    /// it the primary acknowledges alone.
    pub backup: Option<String>,
}

/// The folder with the terms.
#[derive(Debug)]
pub struct Witness(PathBuf);

impl Witness {
    /// Opens the folder, making it if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn open(folder: &Path) -> io::Result<Witness> {
        fs::create_dir_all(folder)?;
        Ok(Witness(folder.to_owned()))
    }

    /// The newest term; `None` before the first.
    ///
    /// # Errors
    /// If the folder or the term's file cannot be read.
    pub fn newest(&self) -> io::Result<Option<Term>> {
        let mut newest = None;
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name();
            let number = name
                .to_str()
                .and_then(|name| name.strip_prefix("term-")?.parse::<u64>().ok());
            newest = newest.max(number);
        }
        let Some(number) = newest else {
            return Ok(None);
        };
        let text = fs::read_to_string(self.path(number))?;
        let mut words = text.split_ascii_whitespace().map(str::to_owned);
        let primary = words
            .next()
            .ok_or_else(|| io::Error::other(format!("term {number} names nobody")))?;
        Ok(Some(Term {
            number,
            primary,
            backup: words.next(),
        }))
    }

    /// Begins a term, if nobody else has. Returns whether it is ours.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn begin(&self, term: &Term) -> io::Result<bool> {
        let unfinished = self.0.join(format!("{}.tmp", term.primary));
        let backup = term.backup.as_deref().unwrap_or_default();
        fs::write(&unfinished, format!("{} {backup}\n", term.primary))?;
        let linked = fs::hard_link(&unfinished, self.path(term.number));
        fs::remove_file(&unfinished)?;
        match linked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn path(&self, number: u64) -> PathBuf {
        self.0.join(format!("term-{number:010}"))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn term(number: u64, primary: &str, backup: Option<&str>) -> Term {
        Term {
            number,
            primary: primary.to_owned(),
            backup: backup.map(str::to_owned),
        }
    }

    #[test]
    fn remembers_the_newest_term() {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::open(folder.path()).unwrap();
        assert_eq!(witness.newest().unwrap(), None);
        for number in 1..12 {
            assert!(witness.begin(&term(number, "a", Some("b"))).unwrap());
        }
        assert_eq!(witness.newest().unwrap(), Some(term(11, "a", Some("b"))));
    }

    #[test]
    fn a_term_belongs_to_one_of_those_who_want_it() {
        let folder = tempfile::tempdir().unwrap();
        for number in 1..50 {
            let won = std::thread::scope(|scope| {
                let tries: Vec<_> = ["a", "b", "c"]
                    .map(|name| {
                        let witness = Witness::open(folder.path()).unwrap();
                        scope.spawn(move || witness.begin(&term(number, name, None)).unwrap())
                    })
                    .into();
                tries
                    .into_iter()
                    .filter_map(|t| t.join().unwrap().then_some(()))
                    .count()
            });
            assert_eq!(won, 1);
        }
    }
}
