//! Waiting for an answer that is about to come.
//!
//! A call that is answered in a few microseconds costs more to wait for than to make: to be woken by
//! the runtime takes a turn of it, a time limit and a cancellation that are set up to be taken down
//! at once. So whoever was answered soon by a plug-in keeps his thread waiting for the next answer,
//! for a time that nobody else would notice, and only then goes the long way, on which all of that
//! is heeded. A plug-in that takes longer pays for it once.

use std::time::Duration;

use super::calls::Slot;
use super::{Answer, Session};

/// What is answered within this is waited for in this way the next time, for as long as this.
pub(super) const PATIENCE: Duration = Duration::from_micros(100);

/// So often what comes may be something other than the answer, before others get their turn.
const LOOKS: usize = 4;

/// What whoever attends to the plug-in is asked to do at once, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hurry {
    /// To wait for what the plug-in says, on this very thread.
    Look,
    /// It said something, which was taken.
    Came,
    /// Nothing is to be done, or nothing came.
    Not,
}

impl Session {
    /// The answer of the only call that is open, if it comes soon.
    pub(super) fn soon(&self, answer: &Slot) -> Option<Answer> {
        // Where a second one is open its step may have something to do meanwhile.
        if !self.is_quick.get() || self.writing.get() || !self.calls.borrow().is_one() {
            return None;
        }
        for _ in 0..LOOKS {
            self.hurry.set(Hurry::Look);
            self.turns.now();
            let came = self.hurry.replace(Hurry::Not) == Hurry::Came;
            match answer.take() {
                Some(answer) => return Some(answer),
                None if came => {}
                None => break,
            }
        }
        self.is_quick.set(false);
        None
    }
}
