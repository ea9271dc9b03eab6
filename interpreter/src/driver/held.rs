//! What lines of execution hold at the same time.

use std::cell::Cell;

/// What one of them holds, counted among all until this is dropped.
pub struct Held<'m> {
    /// How many bytes all hold together.
    all: &'m Cell<u64>,
    /// How many of them are its own.
    own: Cell<u64>,
    /// How often it could have been looked at.
    asked: Cell<u64>,
}

impl<'m> Held<'m> {
    /// Nothing so far, among what all hold.
    pub fn among(all: &'m Cell<u64>) -> Self {
        Self {
            all,
            own: Cell::new(0),
            asked: Cell::new(0),
        }
    }

    /// Whether it is to be looked at, which is so each time that it was asked so often.
    pub fn is_due(&self, often: u64) -> bool {
        self.asked.set(self.asked.get() + 1);
        self.asked.get().is_multiple_of(often)
    }

    /// It holds so many bytes now.
    pub fn now(&self, bytes: u64) {
        let others = self.all.get().saturating_sub(self.own.get());
        self.all.set(others.saturating_add(bytes));
        self.own.set(bytes);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.now(0);
    }
}
