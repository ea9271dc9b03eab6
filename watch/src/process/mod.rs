//! Processes: which one a component is, that it ended, and what it uses.

mod find;
mod stat;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use scn_protocol::{Decimal, Metric, Seen, Value};

pub use find::find_process;
pub(crate) use find::{find, newest_pid};
use stat::Stat;

/// The time between two samples of what processes and the system use.
pub(crate) const SAMPLED: Duration = Duration::from_secs(1);

/// The metrics of a process, with what they say. They come as soon as the process is known and
/// each second after that; those that this user may not see are left out.
pub const PROCESS_METRICS: [(&str, &str); 4] = [
    ("RSS", "the memory that it has resident: a size"),
    (
        "CPU",
        "the time that it computed since the sample before (the first one: since it started), in \
         percent of one core: 150% is one and a half cores",
    ),
    ("threads", "how many threads it has"),
    ("fds", "how many file descriptors it has open"),
];

/// A process that is watched. It is meant for good: a number that is given to another process
/// later does not make that this one.
#[derive(Debug)]
pub(crate) struct Process {
    pub pid: u32,
    start: u64,
    pidfd: OwnedFd,
    computed: Option<(u64, Instant)>,
}

impl Process {
    /// The living process of this number, if there is one.
    pub fn open(pid: u32) -> io::Result<Option<Self>> {
        let Some(raw) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
            return Ok(None);
        };
        let pidfd = match pidfd_open(raw, PidfdFlags::empty()) {
            Ok(pidfd) => pidfd,
            Err(rustix::io::Errno::SRCH | rustix::io::Errno::INVAL) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let stat = Stat::of(pid).filter(|stat| !stat.is_dead());
        Ok(stat.map(|stat| Self {
            pid,
            start: stat.start,
            pidfd,
            computed: None,
        }))
    }

    /// Whether it is the same as another, and not only of the same number.
    pub fn is(&self, other: &Self) -> bool {
        (self.pid, self.start) == (other.pid, other.start)
    }

    /// Whether it has not ended.
    pub fn is_alive(&self) -> bool {
        self.stat().is_some()
    }

    fn stat(&self) -> Option<Stat> {
        Stat::of(self.pid).filter(|stat| stat.start == self.start && !stat.is_dead())
    }

    /// Another descriptor of it, which can be waited for until it has ended.
    pub fn as_fd_clone(&self) -> io::Result<OwnedFd> {
        self.pidfd.try_clone()
    }

    /// What it uses now; nothing if it has ended.
    pub fn sample(&mut self) -> Option<Seen> {
        let stat = self.stat()?;
        let now = Instant::now();
        let hertz = rustix::param::clock_ticks_per_second();
        let busy = match self.computed.replace((stat.ticks, now)) {
            Some((ticks, then)) => share(stat.ticks - ticks.min(stat.ticks), hertz, now - then),
            None => stat::uptime()
                .map(|up| up.saturating_sub(Duration::from_millis(stat.start * 1_000 / hertz)))
                .and_then(|age| share(stat.ticks, hertz, age)),
        };
        let rss = stat.pages.saturating_mul(rustix::param::page_size() as u64);
        let size = |bytes: u64| Value::Size(i64::try_from(bytes).unwrap_or(i64::MAX));
        let count = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let values = [
            Some(size(rss)),
            busy.map(Value::percent),
            Some(count(stat.threads)),
            stat::descriptors(self.pid).map(count),
        ];
        Some(metrics(&PROCESS_METRICS, values))
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

/// A report of those metrics of which there is a value.
pub(crate) fn metrics(
    named: &[(&str, &str)],
    values: impl IntoIterator<Item = Option<Value>>,
) -> Seen {
    let metrics = named.iter().zip(values).filter_map(|((name, _), value)| {
        Some(Metric {
            name: (*name).to_owned(),
            value: value?,
            summary: None,
        })
    });
    Seen::Metrics {
        metrics: metrics.collect(),
        interval: i64::try_from(SAMPLED.as_nanos()).ok(),
    }
}

/// So many clock ticks in so long, in percent to one digit; `None` if that is too short to tell.
fn share(ticks: u64, hertz: u64, time: Duration) -> Option<Decimal> {
    let millis = u64::try_from(time.as_millis())
        .ok()
        .filter(|&millis| millis >= 50)?;
    let per_mille = ticks.saturating_mul(1_000_000) / hertz / millis;
    Some(Decimal::new(i64::try_from(per_mille).ok()?, 1))
}
