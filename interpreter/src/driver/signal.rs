//! Telling many futures on one thread that something happened.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Something that happens once: from then on it has happened.
#[derive(Default)]
pub struct Flag {
    set: Cell<bool>,
    waiting: Waiting,
}

impl Flag {
    /// One that has not happened.
    pub fn new() -> Rc<Self> {
        Rc::default()
    }

    /// It happens.
    pub fn set(&self) {
        self.set.set(true);
        self.waiting.wake();
    }

    /// Whether it has happened.
    pub fn is_set(&self) -> bool {
        self.set.get()
    }

    /// Completes when it has happened.
    pub async fn wait(self: Rc<Self>) {
        self.waiting.until(|| self.set.get()).await;
    }
}

/// Something that happens again and again.
#[derive(Default)]
pub struct Bell {
    rung: Cell<u64>,
    waiting: Waiting,
}

impl Bell {
    /// It happens.
    pub fn ring(&self) {
        self.rung.set(self.rung.get().wrapping_add(1));
        self.waiting.wake();
    }

    /// How often it has happened.
    pub fn rung(&self) -> u64 {
        self.rung.get()
    }

    /// Completes when it has happened more often than `seen`.
    pub async fn after(&self, seen: u64) {
        self.waiting.until(|| self.rung.get() != seen).await;
    }
}

/// Who waits for something: each as long as it does, so that what is waited for again and again
/// in a long run costs each time what it cost first.
#[derive(Default)]
struct Waiting {
    wakers: RefCell<BTreeMap<u64, Waker>>,
    next: Cell<u64>,
}

impl Waiting {
    /// It may have come.
    fn wake(&self) {
        for waker in self.wakers.take().into_values() {
            waker.wake();
        }
    }

    /// Completes when it is so.
    async fn until(&self, is_so: impl Fn() -> bool) {
        let mut place = Place {
            waiting: self,
            number: None,
        };
        poll_fn(|context| {
            if is_so() {
                return Poll::Ready(());
            }
            place.keep(context);
            Poll::Pending
        })
        .await;
    }
}

/// The place of one who waits; free again when that one is gone.
struct Place<'w> {
    waiting: &'w Waiting,
    number: Option<u64>,
}

impl Place<'_> {
    fn keep(&mut self, context: &Context<'_>) {
        let next = &self.waiting.next;
        let number = *self.number.get_or_insert_with(|| {
            next.set(next.get() + 1);
            next.get()
        });
        self.waiting
            .wakers
            .borrow_mut()
            .entry(number)
            .and_modify(|known| known.clone_from(context.waker()))
            .or_insert_with(|| context.waker().clone());
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.waiting.wakers.borrow_mut().remove(&number);
        }
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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn who_waits_no_longer_leaves_nothing_behind() {
        let (flag, bell) = (Flag::new(), Bell::default());
        for _ in 0..1000 {
            assert_eq!(Rc::clone(&flag).wait().now_or_never(), None);
            assert_eq!(bell.after(bell.rung()).now_or_never(), None);
        }
        assert!(flag.waiting.wakers.borrow().is_empty());
        assert!(bell.waiting.wakers.borrow().is_empty());
        flag.set();
        assert_eq!(flag.wait().now_or_never(), Some(()));
        let seen = bell.rung();
        bell.ring();
        assert_eq!(bell.after(seen).now_or_never(), Some(()));
    }
}
