//! This machine's time, without a runtime.

use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::LocalBoxFuture;

use crate::platform::Clock;

/// Runs a future to its end on this thread, which sleeps while there is nothing to do.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// This machine's clocks. Where something waits for a time, a thread wakes it; it is begun with the
/// first wait and gone with the clock.
pub struct SystemClock {
    began: Instant,
    alarms: Arc<Alarms>,
}

impl SystemClock {
    /// A clock, whose monotonic time begins now.
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
            alarms: Arc::default(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.map_or_else(|before| -nanos(before.duration()), nanos)
    }

    fn monotonic(&self) -> i64 {
        nanos(self.began.elapsed())
    }

    fn sleep_until(&self, at: i64) -> LocalBoxFuture<'static, ()> {
        let after = Duration::from_nanos(u64::try_from(at).unwrap_or(0));
        match self.began.checked_add(after) {
            Some(at) => Box::pin(Sleep {
                at,
                alarms: Arc::clone(&self.alarms),
                alarm: None,
            }),
            // A time beyond what the clock can tell is never reached.
            None => Box::pin(std::future::pending()),
        }
    }
}

impl Drop for SystemClock {
    fn drop(&mut self) {
        self.alarms.state().over = true;
        self.alarms.changed.notify_all();
    }
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// Completes at that time.
struct Sleep {
    at: Instant,
    alarms: Arc<Alarms>,
    alarm: Option<Alarm>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.at {
            self.alarm = None;
            return Poll::Ready(());
        }
        let alarm = self.alarms.set(self.at, context.waker());
        self.alarm = Some(alarm);
        Poll::Pending
    }
}

/// Who is to be woken when.
#[derive(Default)]
struct Alarms {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// By time, and in the order in which they were set.
    waiting: BTreeMap<(Instant, u64), Waker>,
    next: u64,
    has_thread: bool,
    over: bool,
}

impl Alarms {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes at that time, as long as the alarm is kept.
    fn set(self: &Arc<Self>, at: Instant, waker: &Waker) -> Alarm {
        let mut state = self.state();
        state.next += 1;
        let key = (at, state.next);
        let is_first = state.waiting.keys().next().is_none_or(|first| key < *first);
        state.waiting.insert(key, waker.clone());
        if !state.has_thread {
            let alarms = Arc::clone(self);
            let thread = std::thread::Builder::new().name("scn-clock".into());
            state.has_thread = thread.spawn(move || alarms.keep()).is_ok();
            if !state.has_thread {
                // Without a thread it is asked again at once: slower, and right all the same.
                waker.wake_by_ref();
            }
        } else if is_first {
            self.changed.notify_all();
        }
        drop(state);
        Alarm {
            alarms: Arc::clone(self),
            key,
        }
    }

    /// The thread.
    fn keep(&self) {
        let mut state = self.state();
        while !state.over {
            let now = Instant::now();
            let later = state.waiting.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut state.waiting, later);
            if !due.is_empty() {
                drop(state);
                due.into_values().for_each(Waker::wake);
                state = self.state();
                continue;
            }
            let first = state.waiting.keys().next().map(|(at, _)| *at);
            state = match first {
                Some(at) => {
                    let waited = self.changed.wait_timeout(state, at - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.changed.wait(state);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }
}

/// One who waits; not any more when it goes out of sight.
struct Alarm {
    alarms: Arc<Alarms>,
    key: (Instant, u64),
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.alarms.state().waiting.remove(&self.key);
    }
}
