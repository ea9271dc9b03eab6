//! Work that blocks, off the one thread on which steps run.
//!
//! Threads of their own, and not the runtime's pool for blocking work: the end of a runtime
//! waits for that pool, and a request that nobody waits for any more must not hold up the end
//! of a run until its time is up.

use std::io;
use std::thread;
use std::time::Duration;

use scn_interpreter::Outcome;
use scn_protocol::quantity::duration_text;
use tokio::sync::{mpsc, oneshot};

/// Does `work` on a thread of its own. Dropping the future leaves the thread to itself.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Outcome> {
    let (sender, receiver) = oneshot::channel();
    detached(move || {
        // Nobody waits any more: the step was cancelled.
        let _ = sender.send(work());
    })?;
    receiver
        .await
        .map_err(|_| Outcome::error("the command crashed: this is a fault of scn"))
}

/// Does `work` on a thread of its own, which hands over what it has piece by piece. Sending
/// fails once nobody takes the pieces any more: then the work is to end.
pub(crate) fn stream<T: Send + 'static>(
    work: impl FnOnce(mpsc::Sender<T>) + Send + 'static,
) -> Result<mpsc::Receiver<T>, Outcome> {
    let (sender, receiver) = mpsc::channel(4);
    detached(move || work(sender))?;
    Ok(receiver)
}

fn detached(work: impl FnOnce() + Send + 'static) -> Result<(), Outcome> {
    thread::Builder::new()
        .name("scn-effect".to_owned())
        .spawn(work)
        .map(drop)
        .map_err(|error| Outcome::error(format!("no thread can be started: {}", reason(&error))))
}

/// What the system said, in words that stand within a sentence.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = match text.rfind(" (os error ") {
        Some(end) if error.raw_os_error().is_some() => &text[..end],
        _ => &text,
    };
    let mut letters = text.chars();
    match letters.next() {
        // `Is a directory`, but not `TLS …`.
        Some(first) if !letters.as_str().starts_with(char::is_uppercase) => {
            first.to_lowercase().collect::<String>() + letters.as_str()
        }
        _ => text.to_owned(),
    }
}

/// A time as the language writes it: `1.5s`, `1m30s`.
pub(crate) fn time_text(time: Duration) -> String {
    duration_text(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
}

/// The record could not be written, which ends the run.
pub(crate) fn unrecorded(error: io::Error) -> Outcome {
    Outcome::error(format!("its output cannot be recorded: {}", reason(&error)))
}

/// A failure ends a command early, as any other outcome does.
pub(crate) fn settle(outcome: Result<Outcome, Outcome>) -> Outcome {
    outcome.unwrap_or_else(|early| early)
}
