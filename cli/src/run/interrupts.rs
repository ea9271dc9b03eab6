//! What interrupts a run from outside.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use scn_process::was_ignored;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The same, by whoever sits at the terminal: Ctrl-C.
    ByKey,
    /// To end the step, and to do what is owed.
    InOrder,
    /// To stop, and to do nothing more.
    AtOnce,
}

/// Ctrl-C, Ctrl-\\, and the signals by which a terminal or a service manager ends a program.
#[derive(Debug)]
pub struct Interrupts {
    signals: Vec<(Signal, Interrupt)>,
}

impl Interrupts {
    /// From here on they no longer end the program. A terminal that closes is none to a program that was
    /// started with `nohup`. Where a shell has it ignore Ctrl-C, so that what is typed does not reach the
    /// background, whoever sends it all the same means it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn new() -> io::Result<Self> {
        let of = |kind, interrupt| Ok::<_, io::Error>((signal(kind)?, interrupt));
        // Asked before anything is handled.
        let nohup = was_ignored(scn_process::Signal::HUP);
        let mut signals = vec![
            of(SignalKind::quit(), Interrupt::AtOnce)?,
            of(SignalKind::interrupt(), Interrupt::ByKey)?,
            of(SignalKind::terminate(), Interrupt::InOrder)?,
        ];
        if !nohup {
            signals.push(of(SignalKind::hangup(), Interrupt::InOrder)?);
        }
        Ok(Self { signals })
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
