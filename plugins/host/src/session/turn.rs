//! Whoever waits for an answer takes what the plug-in says himself.
//!
//! A task of its own attends to the plug-in as long as it lives. But as long as a step waits for an
//! answer, that task would be woken to take it, only to wake the step: a turn of the runtime more
//! for each call, which costs about as much as all that `scn` does for one. So the two share the
//! work that attends: whoever waits for an answer does it, and the task while nobody waits.

use std::cell::RefCell;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::LocalBoxFuture;

/// Work that is done by one of several, whoever has the turn.
pub(super) struct Turns {
    /// None once it is done, and while somebody does it.
    work: RefCell<Option<LocalBoxFuture<'static, ()>>>,
    bell: Arc<Bell>,
    waker: Waker,
}

/// Rung when there is something to do: woken is who has the turn.
#[derive(Default)]
struct Bell(Mutex<Whose>);

#[derive(Default)]
struct Whose {
    rung: bool,
    /// One who waits, by a number, before the task.
    waiting: Option<(u64, Waker)>,
    task: Option<Waker>,
}

impl Bell {
    fn whose(&self) -> MutexGuard<'_, Whose> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Whose {
    fn wake(&self) {
        let waiting = self.waiting.as_ref().map(|(_, waker)| waker);
        if let Some(waker) = waiting.or(self.task.as_ref()) {
            waker.wake_by_ref();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut whose = self.whose();
        whose.rung = true;
        whose.wake();
    }
}

impl Turns {
    /// Nothing is done yet, and nothing given to do.
    pub(super) fn new() -> Self {
        let bell = Arc::new(Bell::default());
        bell.whose().rung = true;
        Self {
            work: RefCell::default(),
            waker: Waker::from(Arc::clone(&bell)),
            bell,
        }
    }

    /// This is what there is to do.
    pub(super) fn give(&self, work: LocalBoxFuture<'static, ()>) {
        *self.work.borrow_mut() = Some(work);
    }

    /// Does it while nobody waits, until it is done. Dropped before, what there is to do is dropped
    /// with it.
    pub(super) async fn task(&self) {
        let _dropped = Dropped(&self.work);
        poll_fn(|context| {
            self.bell.whose().task = Some(context.waker().clone());
            self.go_on()
        })
        .await;
    }

    /// For one who waits, until it is dropped.
    pub(super) fn wait(&self, number: u64) -> Turn<'_> {
        Turn {
            turns: self,
            number,
        }
    }

    fn go_on(&self) -> Poll<()> {
        if !std::mem::take(&mut self.bell.whose().rung) && self.work.borrow().is_some() {
            return Poll::Pending;
        }
        self.poll()
    }

    /// Does at once what there is to do; whoever has the turn is woken as before.
    pub(super) fn now(&self) {
        let _ = self.poll();
    }

    fn poll(&self) -> Poll<()> {
        let Some(mut work) = self.work.take() else {
            return Poll::Ready(());
        };
        let done = work.as_mut().poll(&mut Context::from_waker(&self.waker));
        if done.is_pending() {
            *self.work.borrow_mut() = Some(work);
        } else if let Some(task) = &self.bell.whose().task {
            // It ends with what there was to do.
            task.wake_by_ref();
        }
        done
    }
}

/// The turn of one who waits.
pub(super) struct Turn<'t> {
    turns: &'t Turns,
    number: u64,
}

impl Turn<'_> {
    /// Does what there is to do, and is woken when there is more.
    pub(super) fn take(&self, context: &Context<'_>) {
        let mut whose = self.turns.bell.whose();
        match &mut whose.waiting {
            Some((known, waker)) if *known == self.number => waker.clone_from(context.waker()),
            waiting => *waiting = Some((self.number, context.waker().clone())),
        }
        drop(whose);
        let _ = self.turns.go_on();
    }
}

impl Drop for Turn<'_> {
    /// What came for it meanwhile is for the next.
    fn drop(&mut self) {
        let mut whose = self.turns.bell.whose();
        let own = whose.waiting.take_if(|(known, _)| *known == self.number);
        if own.is_some() && whose.rung {
            whose.wake();
        }
    }
}

struct Dropped<'w>(&'w RefCell<Option<LocalBoxFuture<'static, ()>>>);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}
