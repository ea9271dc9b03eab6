//! One prompt for all lines of execution: those that stop meanwhile wait for their turn.

use std::cell::Cell;

use crate::driver::signal::Bell;

/// Whose turn it is at the prompt.
#[derive(Default)]
pub struct Turn {
    taken: Cell<bool>,
    free: Bell,
}

/// It is this one's turn, until it is dropped.
pub struct Holding<'t>(&'t Turn);

impl Turn {
    /// Completes when it is free, and takes it.
    pub async fn take(&self) -> Holding<'_> {
        while self.taken.get() {
            let seen = self.free.rung();
            self.free.after(seen).await;
        }
        self.taken.set(true);
        Holding(self)
    }
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.0.taken.set(false);
        self.0.free.ring();
    }
}
