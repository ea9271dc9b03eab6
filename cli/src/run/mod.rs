//! What a run needs of this machine: time, a record, and what interrupts it.

mod again;
pub mod ask;
pub mod clock;
pub mod conditions;
pub mod drive;
pub mod interrupts;
pub mod kept;
pub mod limits;
pub mod perform;
pub mod recorder;
pub mod recover;
pub mod replay;
mod restarted;
pub mod series;
pub mod setup;
pub mod stage;

/// `NAME=VALUE`, as `--set` takes it.
///
/// # Errors
/// How it is written.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is written NAME=VALUE".to_owned()),
    }
}
