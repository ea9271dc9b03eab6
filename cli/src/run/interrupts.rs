//! What interrupts a run from outside.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, and the signals by which a terminal or a service manager ends a program.
#[derive(Debug)]
pub struct Interrupts {
    signals: [Signal; 3],
}

impl Interrupts {
    /// From here on they no longer end the program.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            signals: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            ],
        })
    }

    /// Completes with the next one.
    pub async fn next(&mut self) {
        poll_fn(|context| {
            let came = |signal: &mut Signal| signal.poll_recv(context).is_ready();
            // Each is asked, so that each wakes this task.
            match self
                .signals
                .iter_mut()
                .map(came)
                .fold(false, |one, came| one | came)
            {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}
