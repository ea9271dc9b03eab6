//! A run's record, as reports ask for it.

use std::path::Path;

use scn_protocol::Event;

/// A run that was recorded. Reports read nothing else of it, so that none can disagree with another.
pub trait Recorded {
    /// Its folder, in which the files lie that events name.
    fn folder(&self) -> &Path;

    /// Whether it is in progress.
    fn is_running(&self) -> bool;

    /// The text of a file of the scenario, by the name that events call it by; none if it is no
    /// longer to be had.
    fn source(&self, name: &str) -> Option<String>;

    /// What `--set` gave it, by name; no value where a secret stood in it.
    fn set(&self) -> Vec<(String, Option<String>)> {
        Vec::new()
    }

    /// Shows every event in its order, with when it happened (nanoseconds since 1970, in UTC).
    ///
    /// # Errors
    /// Why the record cannot be read on. What was shown up to there still counts.
    fn read(&self, see: &mut dyn FnMut(i64, &Event)) -> Result<(), String>;
}
