//! What watching a system yields: observations, events, and what could not be observed.

use crate::collection::Map;
use crate::value::Value;

/// One thing that was seen, or that could not be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The component it is about (`System` for a host itself).
    pub subject: String,
    /// The host; empty for this machine.
    pub host: String,
    /// When it was seen: nanoseconds since 1970 in UTC.
    pub at: i64,
    /// What was seen.
    pub what: Seen,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// Metrics.
    Metrics {
        /// Each with its value.
        metrics: Vec<Metric>,
        /// The time between two such reports, in nanoseconds: three times that without one,
        /// and they are stale. None for what comes from logs, which does not grow stale.
        interval: Option<i64>,
    },
    /// An event.
    Event {
        /// What it says.
        message: String,
        /// What came with it.
        data: Map,
    },
    /// The component's process is now this one; none if it has ended. Its metrics from
    /// before are gone.
    Process {
        /// Its process id.
        pid: Option<u32>,
    },
    /// Something of it was not observed: a log was truncated before it was read, a probe
    /// could not be answered for a reason that lies with the watcher.
    Gap {
        /// Why.
        reason: String,
    },
}

/// One metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Its last value.
    pub value: Value,
    /// Where percentiles are kept: `p50`, `p90`, `p95`, `p99`, `p999`, `min`, `max`, `avg`, `count`.
    pub summary: Option<Map>,
}
