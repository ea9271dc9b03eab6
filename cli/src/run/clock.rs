//! Time, as this machine tells it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use scn_interpreter::Clock;

/// The machine's clocks, and the runtime's timer.
#[derive(Debug)]
pub struct SystemClock {
    began: Instant,
}

impl SystemClock {
    /// Its monotonic time begins now.
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanos = since.map(|since| since.as_nanos()).unwrap_or(0);
        i64::try_from(nanos).unwrap_or(i64::MAX)
    }

    fn monotonic(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_nanos()).unwrap_or(i64::MAX)
    }

    fn sleep_until(&self, at: i64) -> LocalBoxFuture<'static, ()> {
        let after = Duration::from_nanos(u64::try_from(at).unwrap_or(0));
        match self.began.checked_add(after) {
            Some(at) => tokio::time::sleep_until(at.into()).boxed_local(),
            None => std::future::pending().boxed_local(),
        }
    }
}
