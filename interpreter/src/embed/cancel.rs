//! Ending a run from outside.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::driver::Flag;

/// Ends the runs that it was given to, from any thread: each ends its step, and does its `finally`
/// and what is owed. The verdict is ERROR, `interrupted`.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    cancelled: bool,
    /// Who is to be woken, by a number of its own.
    runs: BTreeMap<u64, Waker>,
    next: u64,
}

impl Cancel {
    /// One that has not been used.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the runs, those that begin later too.
    pub fn cancel(&self) {
        let runs = {
            let mut state = self.state();
            state.cancelled = true;
            std::mem::take(&mut state.runs)
        };
        runs.into_values().for_each(Waker::wake);
    }

    /// Whether it was used.
    pub fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    /// The run, whose `interrupt` is set when it is cancelled.
    pub(super) async fn watch<T>(&self, run: impl Future<Output = T>, interrupt: &Flag) -> T {
        let waiting = Waiting::new(self);
        let mut run = pin!(run);
        poll_fn(|context| {
            if !interrupt.is_set() && waiting.is_asked(context.waker()) {
                interrupt.set();
            }
            run.as_mut().poll(context)
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One run that can be cancelled; nothing is left of it when it is over.
struct Waiting<'c> {
    cancel: &'c Cancel,
    number: u64,
}

impl<'c> Waiting<'c> {
    fn new(cancel: &'c Cancel) -> Self {
        let mut state = cancel.state();
        state.next += 1;
        let number = state.next;
        drop(state);
        Self { cancel, number }
    }

    fn is_asked(&self, waker: &Waker) -> bool {
        let mut state = self.cancel.state();
        if !state.cancelled {
            state
                .runs
                .entry(self.number)
                .and_modify(|known| known.clone_from(waker))
                .or_insert_with(|| waker.clone());
        }
        state.cancelled
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.cancel.state().runs.remove(&self.number);
    }
}
