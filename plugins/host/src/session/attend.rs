//! Who stays with a plug-in's process until it has ended, and sees that it does.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use scn_process::Child;
use tokio::time::timeout;

use super::hear::Ears;
use super::hurry::{Hurry, PATIENCE};
use super::{Doom, Over, Session};

/// How long a plug-in that broke the protocol, or is done, has to end when it gets TERM.
const BRIEF: Duration = Duration::from_secs(1);

/// How long after its output was closed its process may take to be dead: a system that ends one closes what it had
/// open first.
const DYING: Duration = Duration::from_millis(500);

/// Takes all that the plug-in says until it ends or has to be ended; then it is over.
pub(super) async fn attend(session: Rc<Session>, mut child: Child) {
    let mut ears = Ears::new(&session);
    let mut doomed = pin!(session.doomed.notified());
    let closed = poll_fn(|context| {
        if session.hurry.get() == Hurry::Look {
            return match child.look(PATIENCE, &mut ears) {
                Ok(came) => {
                    session
                        .hurry
                        .set(if came { Hurry::Came } else { Hurry::Not });
                    // Who is woken by what happens here was told to it before.
                    Poll::Pending
                }
                Err(error) => Poll::Ready(Err(error)),
            };
        }
        match pin!(child.until_closed(&mut ears)).poll(context) {
            Poll::Ready(closed) => Poll::Ready(closed.map(drop)),
            Poll::Pending => doomed.as_mut().poll(context).map(Ok),
        }
    })
    .await;
    if let Err(error) = closed {
        session.condemn(Doom::Fault(format!("cannot be heard any more: {error}")));
    }
    if session.doom.borrow().is_none() {
        // One that does not end is ended below, as one that only closed its output.
        let _ = timeout(DYING, child.exited(&mut ears)).await;
    }
    let grace = match &*session.doom.borrow() {
        Some(Doom::Unheeded(_)) => Duration::ZERO,
        _ => BRIEF,
    };
    // Also what it started in its group is ended, and what it still has to say is taken.
    let exit = child.terminate(grace, &mut ears).await;
    ears.finish();
    let doom = session.doom.borrow().clone();
    let tail = session.calls.borrow().tail();
    let exit = exit.ok().or_else(|| child.exit());
    session.is_over(Rc::new(Over::of(doom, exit, tail)));
}

impl Session {
    fn is_over(&self, over: Rc<Over>) {
        *self.over.borrow_mut() = Some(Rc::clone(&over));
        *self.input.borrow_mut() = None;
        let mut calls = self.calls.borrow_mut();
        // Where no step waits for it, it is told to the one that was last.
        let unseen = calls.ends_unseen();
        self.unseen.set(unseen);
        let told = calls.current().filter(|_| unseen);
        calls.all_over(&over);
        calls.forget();
        drop(calls);
        if let Some(context) = told {
            context.log("error", &format!("the plug-in `{}` {over}", self.plugin));
        }
        self.ended.notify_waiters();
    }
}
