//! Telling many futures on one thread that something happened.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Something that happens once: from then on it has happened.
#[derive(Default)]
pub struct Flag {
    set: Cell<bool>,
    wakers: RefCell<Vec<Waker>>,
}

impl Flag {
    /// One that has not happened.
    pub fn new() -> Rc<Self> {
        Rc::default()
    }

    /// It happens.
    pub fn set(&self) {
        self.set.set(true);
        wake(&self.wakers);
    }

    /// Whether it has happened.
    pub fn is_set(&self) -> bool {
        self.set.get()
    }

    /// Completes when it has happened.
    pub async fn wait(self: Rc<Self>) {
        poll_fn(|context| {
            if self.set.get() {
                return Poll::Ready(());
            }
            keep(&self.wakers, context.waker());
            Poll::Pending
        })
        .await;
    }
}

/// Something that happens again and again.
#[derive(Default)]
pub struct Bell {
    rung: Cell<u64>,
    wakers: RefCell<Vec<Waker>>,
}

impl Bell {
    /// It happens.
    pub fn ring(&self) {
        self.rung.set(self.rung.get().wrapping_add(1));
        wake(&self.wakers);
    }

    /// How often it has happened.
    pub fn rung(&self) -> u64 {
        self.rung.get()
    }

    /// Completes when it has happened more often than `seen`.
    pub async fn after(&self, seen: u64) {
        poll_fn(|context| {
            if self.rung.get() != seen {
                return Poll::Ready(());
            }
            keep(&self.wakers, context.waker());
            Poll::Pending
        })
        .await;
    }
}

fn wake(wakers: &RefCell<Vec<Waker>>) {
    for waker in wakers.take() {
        waker.wake();
    }
}

fn keep(wakers: &RefCell<Vec<Waker>>, waker: &Waker) {
    let mut wakers = wakers.borrow_mut();
    if !wakers.iter().any(|known| known.will_wake(waker)) {
        wakers.push(waker.clone());
    }
}

/// Lets every other future have its turn once.
pub async fn breathe() {
    let mut done = false;
    poll_fn(|context| {
        if std::mem::replace(&mut done, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
