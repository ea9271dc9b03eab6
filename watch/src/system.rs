//! What the machine has left.

use std::fs;
use std::path::{Path, PathBuf};

use scn_protocol::{Decimal, Seen, Value};

use crate::process::metrics;

/// The metrics of the subject `System`, with what they say. They come each second while somebody
/// wants them, the first ones at once; `cpu` is a difference and begins a tenth of a second later.
pub const SYSTEM_METRICS: [(&str, &str); 5] = [
    (
        "cpu",
        "the share of all cores' time that was computed in since the sample before: a percentage",
    ),
    (
        "free_mem",
        "the share of the memory that programs can still have without swapping: a percentage",
    ),
    (
        "free_disk",
        "the share of the file system of the project's root that its users can still have: a \
         percentage",
    ),
    (
        "load1",
        "how many processes computed or waited for a disk, on average over the last minute",
    ),
    (
        "mem_available",
        "the memory that programs can still have without swapping: a size",
    ),
];

/// The machine.
#[derive(Debug)]
pub(crate) struct System {
    root: PathBuf,
    /// Busy and all time so far.
    computed: Option<(u64, u64)>,
}

impl System {
    /// `root` is a folder on the file system whose room counts.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            computed: None,
        }
    }

    /// How it is now.
    pub fn sample(&mut self) -> Seen {
        let memory = fs::read_to_string("/proc/meminfo").ok();
        let memory = memory.as_deref().and_then(memory_of);
        let size = |bytes: u64| Value::Size(i64::try_from(bytes).unwrap_or(i64::MAX));
        let values = [
            self.cpu().map(Value::percent),
            memory
                .and_then(|(free, all)| percent(free, all))
                .map(Value::percent),
            self.free_disk().map(Value::percent),
            load().map(Value::decimal),
            memory.map(|(free, _)| size(free)),
        ];
        metrics(&SYSTEM_METRICS, values)
    }

    fn cpu(&mut self) -> Option<Decimal> {
        let text = fs::read_to_string("/proc/stat").ok()?;
        let now @ (busy, all) = times(text.lines().next()?)?;
        let (busy_then, all_then) = self.computed.replace(now)?;
        percent(busy.saturating_sub(busy_then), all.saturating_sub(all_then))
    }

    fn free_disk(&self) -> Option<Decimal> {
        let room = rustix::fs::statvfs(&self.root).ok()?;
        let used = room.f_blocks.saturating_sub(room.f_bfree);
        percent(room.f_bavail, used.saturating_add(room.f_bavail))
    }
}

/// Busy and all time of a line of `/proc/stat`.
fn times(line: &str) -> Option<(u64, u64)> {
    // user, nice, system, idle, iowait, irq, softirq, steal; guests' time is in user's.
    let fields = line.strip_prefix("cpu ")?.split_ascii_whitespace().take(8);
    let times: Vec<u64> = fields.map(str::parse).collect::<Result<_, _>>().ok()?;
    let all: u64 = times.iter().sum();
    let idle = times.get(3)? + times.get(4).unwrap_or(&0);
    Some((all - idle, all))
}

/// Available and all memory of `/proc/meminfo`, in bytes.
fn memory_of(text: &str) -> Option<(u64, u64)> {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
        Some(kibibytes << 10)
    };
    Some((field("MemAvailable:")?, field("MemTotal:")?))
}

fn load() -> Option<Decimal> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_ascii_whitespace().next()?.parse().ok()
}

/// In percent, to one digit.
fn percent(part: u64, all: u64) -> Option<Decimal> {
    let per_mille = u128::from(part) * 1_000 / u128::from(all.max(1));
    (all > 0).then(|| Decimal::new(i64::try_from(per_mille).unwrap_or(i64::MAX), 1))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_proc_says_is_understood() {
        assert_eq!(times("cpu  10 1 9 70 10 0 0 0 5 5"), Some((20, 100)));
        assert_eq!(times("cpu0 10 1 9 70 10 0 0 0 0 0"), None);
        let text = "MemTotal:       4 kB\nMemFree:        1 kB\nMemAvailable:   2 kB\n";
        assert_eq!(memory_of(text), Some((2_048, 4_096)));
        assert_eq!(percent(1, 3), Some(Decimal::new(333, 1)));
        assert_eq!(percent(0, 0), None);
    }

    #[test]
    fn this_machine_says_everything() {
        let mut system = System::new(Path::new("/"));
        system.sample();
        // The kernel counts in hundredths of a second.
        let begun = std::time::Instant::now();
        let named = loop {
            let Seen::Metrics { metrics, .. } = system.sample() else {
                panic!("it reports metrics")
            };
            if metrics.len() == SYSTEM_METRICS.len() {
                break metrics;
            }
            assert!(begun.elapsed().as_secs() < 60, "{metrics:?}");
        };
        for (metric, (name, _)) in named.iter().zip(SYSTEM_METRICS) {
            assert_eq!(metric.name, name);
            assert!(!metric.value.to_text().starts_with('-'), "{metric:?}");
        }
        let share = named[1]
            .value
            .to_text()
            .trim_end_matches('%')
            .parse::<f64>();
        assert!((0.0..=100.0).contains(&share.unwrap()));
    }
}
