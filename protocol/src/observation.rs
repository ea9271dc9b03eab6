//! What watching a system yields: observations, events, and what could not be observed.

use serde::{Deserialize, Serialize};

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
    /// Where it was read, if it was read in a log.
    pub read: Option<LogPlace>,
}

/// Up to where a log was read: where the line stands that was read last, and what there was to tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogPlace {
    /// Which of the component's logs, from 0.
    pub log: u32,
    /// Which of the files that the log has had, from 0.
    pub file: u64,
    /// Where the line begins, in bytes.
    pub line: u64,
    /// How many reports of that line there were, this one included; none if that was all there is of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
    /// What tells the line from others, without telling what stands in it; none if it was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<u32>,
}

/// A file that is followed from here on, since it is, or was, at a log's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogFile {
    /// The device that it is on.
    pub device: u64,
    /// Its number on the device.
    pub inode: u64,
    /// When it was made, in nanoseconds since 1970 in UTC, where the file system knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<i64>,
    /// How much of it, in bytes, was written before it was followed.
    pub before: u64,
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
    /// One of its logs is followed from the place that comes with this.
    Followed {
        /// The file; none if there is none at the log's path yet.
        file: Option<LogFile>,
        /// It goes on where a record of it had stopped.
        on: bool,
    },
    /// A file that a log had is read to its end, and nothing more is expected in it.
    Left,
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
