//! Asking on the terminal what a record cannot know.

use std::io::{self, BufRead, IsTerminal};
use std::thread;

use super::interrupts::Interrupts;
use crate::terminal;

/// Why a question has no answer.
pub enum Unanswered {
    /// The input is at its end.
    Ended,
    /// Somebody interrupted.
    Interrupted,
}

/// Whether somebody sits at a terminal who could answer.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks until what is typed has a `meaning`, which gets it in small letters, without space around it.
///
/// # Errors
/// Why there is no answer.
pub fn ask<T>(question: &str, meaning: impl Fn(&str) -> Option<T>) -> Result<T, Unanswered> {
    loop {
        if let Some(meant) = meaning(&answered(question)?) {
            return Ok(meant);
        }
    }
}

/// Asks, and waits for an answer. Who asks may drive a run, and hears of nothing while it waits: so both are waited for elsewhere.
fn answered(question: &str) -> Result<String, Unanswered> {
    let question = question.to_owned();
    let (typed, answer) = tokio::sync::oneshot::channel();
    let read = move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        // Nobody may wait for it any more.
        let _ = typed.send(matches!(read, Ok(1..)).then_some(line));
    };
    let wait = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .ok()?;
        runtime.block_on(async {
            // Who sees the question may interrupt it at once.
            let mut interrupts = Interrupts::new().ok()?;
            terminal::tell(&question);
            tokio::select! {
                biased;
                _ = interrupts.next() => Some(Err(Unanswered::Interrupted)),
                answer = answer => {
                    let line = answer.ok().flatten()?;
                    Some(Ok(line.trim().to_lowercase()))
                }
            }
        })
    };
    let asked = || {
        // It is left where it is if it is interrupted: the program ends.
        thread::Builder::new().spawn(read).ok()?;
        let waiting = thread::Builder::new().spawn(wait).ok()?;
        waiting.join().ok().flatten()
    };
    asked().unwrap_or(Err(Unanswered::Ended))
}
