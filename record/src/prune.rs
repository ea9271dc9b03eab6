//! Which records are not kept.

use std::fs;
use std::io;
use std::path::Path;

use crate::fault::at;
use crate::journal::JOURNAL;
use crate::runs::{Run, State};

/// What is not kept: whatever one of these says. What is running or unfinished always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruning {
    /// More than so many finished runs: the oldest of them.
    pub keep: Option<usize>,
    /// What began before this, in nanoseconds since 1970.
    pub before: Option<i64>,
    /// More than so many bytes of all runs together: the oldest finished ones.
    pub bytes: Option<u64>,
}

/// Why a run is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There are enough newer ones.
    Number,
    /// It is too old.
    Age,
    /// All together are too large.
    Size,
}

impl Pruning {
    /// What is to be removed of these, which are in any order, each with its begin (nanoseconds since
    /// 1970) and its size in bytes: which of them, and why, oldest first.
    pub fn plan(&self, runs: &[(&Run, Option<i64>, u64)]) -> Vec<(usize, Reason)> {
        let is_finished = |index: &usize| matches!(runs[*index].0.state, State::Finished(_));
        let mut finished: Vec<usize> = (0..runs.len()).filter(is_finished).collect();
        finished.sort_by(|a, b| {
            let key = |index: usize| (runs[index].1, &runs[index].0.id);
            key(*a).cmp(&key(*b))
        });
        let mut total: u64 = runs.iter().map(|(_, _, size)| size).sum();
        let mut left = finished.len();
        let mut removed = Vec::new();
        for index in finished {
            let (_, began, size) = runs[index];
            let old = |before| began.is_some_and(|began| began < before);
            let reason = if self.keep.is_some_and(|keep| left > keep) {
                Reason::Number
            } else if self.before.is_some_and(old) {
                Reason::Age
            } else if self.bytes.is_some_and(|bytes| total > bytes) {
                Reason::Size
            } else {
                break;
            };
            left -= 1;
            total -= size;
            removed.push((index, reason));
        }
        removed
    }
}

/// How many bytes a run takes. What cannot be looked at counts nothing.
pub fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// Removes a run's folder, the journal last: what is interrupted in the middle is still a run. What somebody else
/// removes at the same time is removed.
///
/// # Errors
/// What cannot be removed.
pub fn remove(run: &Run) -> io::Result<()> {
    let folder = &run.folder;
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => at(folder, entries)?,
    };
    for entry in entries {
        let entry = at(folder, entry)?;
        let path = entry.path();
        if entry.file_name() == JOURNAL {
            continue;
        }
        let removed = match at(&path, entry.file_type())?.is_dir() {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        at(&path, or_gone(removed))?;
    }
    at(folder, or_gone(fs::remove_dir_all(folder)))
}

/// What is not there any more is removed.
fn or_gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scn_protocol::Verdict;

    /// What is removed of runs that began at 1, 2, …, each of ten bytes.
    fn removed(states: &[State], pruning: Pruning) -> Vec<(usize, Reason)> {
        let run = |(index, state): (usize, &State)| Run {
            id: format!("{index}"),
            folder: "".into(),
            state: *state,
        };
        let runs: Vec<Run> = states.iter().enumerate().map(run).collect();
        let known: Vec<_> = (1..)
            .zip(&runs)
            .map(|(began, run)| (run, Some(began), 10))
            .collect();
        pruning.plan(&known)
    }

    const DONE: State = State::Finished(Verdict::Pass);

    #[test]
    fn the_oldest_go_first_and_what_is_not_over_stays() {
        let states = [State::Unfinished, DONE, State::Running, DONE, DONE];
        let keep = |keep| Pruning {
            keep: Some(keep),
            ..Pruning::default()
        };
        assert_eq!(removed(&states, keep(3)), []);
        assert_eq!(removed(&states, keep(2)), [(1, Reason::Number)]);
        assert_eq!(removed(&states, keep(0)).len(), 3);
        let before = Pruning {
            before: Some(5),
            ..Pruning::default()
        };
        assert_eq!(
            removed(&states, before),
            [(1, Reason::Age), (3, Reason::Age)]
        );
        let bytes = |bytes| Pruning {
            bytes: Some(bytes),
            ..Pruning::default()
        };
        assert_eq!(removed(&states, bytes(50)), []);
        assert_eq!(removed(&states, bytes(31)).len(), 2);
        assert_eq!(
            removed(&states, bytes(0)).len(),
            3,
            "what is not over stays"
        );
        assert_eq!(removed(&states, Pruning::default()), []);
    }

    #[test]
    fn each_reason_alone_is_enough() {
        let all = Pruning {
            keep: Some(3),
            before: Some(3),
            bytes: Some(10),
        };
        let reasons = [Reason::Number, Reason::Age, Reason::Size];
        let expected: Vec<_> = (0..).zip(reasons).collect();
        assert_eq!(removed(&[DONE; 4], all), expected);
    }
}
