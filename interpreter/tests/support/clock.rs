//! Time that passes only when there is nothing else to do: hours of a scenario in no time, and the same
//! each time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::LocalBoxFuture;
use scn_interpreter::Clock;

/// Where every run begins: 2026-01-01, in nanoseconds since 1970.
const BEGIN: i64 = 1_767_225_600_000_000_000;

/// A clock that is moved on by [`run`].
#[derive(Default)]
pub struct Virtual {
    now: Cell<i64>,
    alarms: RefCell<BTreeMap<(i64, u64), Waker>>,
    asked: Cell<u64>,
}

impl Virtual {
    /// Goes on to the next moment that somebody waits for; false if nobody waits.
    fn pass(&self) -> bool {
        let first = self.alarms.borrow_mut().pop_first();
        let Some(((at, _), waker)) = first else {
            return false;
        };
        self.now.set(self.now.get().max(at));
        waker.wake();
        true
    }
}

/// The clock as the interpreter is given it.
pub struct Shared(pub Rc<Virtual>);

impl Clock for Shared {
    fn now(&self) -> i64 {
        BEGIN + self.0.now.get()
    }

    fn monotonic(&self) -> i64 {
        self.0.now.get()
    }

    fn sleep_until(&self, at: i64) -> LocalBoxFuture<'static, ()> {
        let number = self.0.asked.get();
        self.0.asked.set(number + 1);
        Box::pin(Sleep {
            clock: Rc::clone(&self.0),
            key: (at, number),
        })
    }
}

struct Sleep {
    clock: Rc<Virtual>,
    key: (i64, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.clock.now.get() >= self.key.0 {
            return Poll::Ready(());
        }
        let mut alarms = self.clock.alarms.borrow_mut();
        alarms.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.alarms.borrow_mut().remove(&self.key);
    }
}

/// Whether something asked to be polled again.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a future to its end, and lets time pass whenever it waits; none if it waits for what never
/// comes.
pub fn run<T>(clock: &Virtual, future: impl Future<Output = T>) -> Option<T> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        while woken.0.swap(false, Ordering::Relaxed) {
            if let Poll::Ready(given) = future.as_mut().poll(&mut context) {
                return Some(given);
            }
        }
        if !clock.pass() {
            return None;
        }
    }
}
