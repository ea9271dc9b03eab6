//! A future that goes on by itself where it has woken itself.
//!
//! The lines of execution of a run wake one another, within one future. To tell the runtime of that would have it
//! ask the system for news each time, between a step and the next.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// So often it goes on before others have their turn.
const TIMES: usize = 32;

/// And for so long: a loop of the scenario's own runs for a while each time.
const TIME: Duration = Duration::from_millis(1);

#[derive(Default)]
struct Own {
    woken: AtomicBool,
    /// It is being polled: who wakes it then need tell nobody.
    polled: AtomicBool,
    outer: Mutex<Option<Waker>>,
}

impl Wake for Own {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, SeqCst);
        if self.polled.load(SeqCst) {
            return;
        }
        let outer = self.outer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outer) = &*outer {
            outer.wake_by_ref();
        }
    }
}

impl Own {
    /// Who is to be woken is known before it is polled.
    fn belongs_to(&self, waker: &Waker) {
        let mut outer = self.outer.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *outer {
            Some(known) => known.clone_from(waker),
            unknown => *unknown = Some(waker.clone()),
        }
    }
}

/// The same future.
pub async fn again<T>(future: impl Future<Output = T>) -> T {
    let own = Arc::new(Own::default());
    let waker = Waker::from(Arc::clone(&own));
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        own.belongs_to(context.waker());
        let mut since = None;
        for _ in 0..TIMES {
            own.woken.store(false, SeqCst);
            own.polled.store(true, SeqCst);
            let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
            own.polled.store(false, SeqCst);
            if polled.is_ready() || !own.woken.load(SeqCst) {
                return polled;
            }
            if since.get_or_insert_with(Instant::now).elapsed() >= TIME {
                break;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Counted(std::sync::atomic::AtomicUsize);

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    fn polls(until: usize) -> (Poll<()>, usize, usize) {
        let count = Cell::new(0);
        let inner = std::future::poll_fn(|context| {
            count.set(count.get() + 1);
            if count.get() == until {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        let counted = Arc::new(Counted::default());
        let waker = Waker::from(Arc::clone(&counted));
        let mut future = Box::pin(again(inner));
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        drop(future);
        (polled, count.get(), counted.0.load(SeqCst))
    }

    #[test]
    fn it_goes_on_where_it_woke_itself_and_lets_others_have_their_turn() {
        assert_eq!(polls(5), (Poll::Ready(()), 5, 0));
        assert_eq!(polls(usize::MAX), (Poll::Pending, TIMES, 1));
    }

    #[test]
    fn who_wakes_it_from_elsewhere_wakes_whoever_waits_for_it() {
        let kept = Mutex::new(None);
        let counted = Arc::new(Counted::default());
        let outer = Waker::from(Arc::clone(&counted));
        let mut future = pin!(again(std::future::poll_fn(|context| {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
            Poll::<()>::Pending
        })));
        let polled = future.as_mut().poll(&mut Context::from_waker(&outer));
        assert!(polled.is_pending());
        let waker = kept.lock().unwrap_or_else(PoisonError::into_inner).take();
        waker.into_iter().for_each(Waker::wake);
        assert_eq!(counted.0.load(SeqCst), 1);
    }
}
