//! What interrupts a run from outside.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// To end the step, and to do what is owed.
    InOrder,
    /// To stop, and to do nothing more.
    AtOnce,
}

/// Ctrl-C, Ctrl-\\, and the signals by which a terminal or a service manager ends a program.
#[derive(Debug)]
pub struct Interrupts {
    signals: [(Signal, Interrupt); 4],
}

impl Interrupts {
    /// From here on they no longer end the program.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn new() -> io::Result<Self> {
        let of = |kind, interrupt| Ok::<_, io::Error>((signal(kind)?, interrupt));
        Ok(Self {
            signals: [
                of(SignalKind::quit(), Interrupt::AtOnce)?,
                of(SignalKind::interrupt(), Interrupt::InOrder)?,
                of(SignalKind::terminate(), Interrupt::InOrder)?,
                of(SignalKind::hangup(), Interrupt::InOrder)?,
            ],
        })
    }

    /// Completes with the next one.
    pub async fn next(&mut self) -> Interrupt {
        poll_fn(|context| {
            let mut came = None;
            // Each is asked, so that each wakes this task.
            for (signal, interrupt) in &mut self.signals {
                if signal.poll_recv(context).is_ready() {
                    came = came.or(Some(*interrupt));
                }
            }
            came.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
