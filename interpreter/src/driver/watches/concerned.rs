//! Which watches are judged when something is reported: found out once for each subject, so that a report
//! costs what the watches of its own values cost, and not what all do.

use std::borrow::Cow;
use std::collections::HashMap;

use scn_protocol::{Report, Seen};

use super::{Watch, closure_of};
use crate::driver::event::from_component;
use crate::program::{Closure, Program};

/// The open watches that reports of one subject concern, by their numbers.
pub struct Concerned {
    /// By whatever is reported of it.
    all: Vec<u64>,
    /// Among these by any metric, since more of it is read than metrics that are named.
    whole: Vec<u64>,
    /// Among these by that metric.
    metrics: HashMap<String, Vec<u64>>,
}

impl Concerned {
    /// By reports of that subject.
    pub fn of(program: &Program, open: &[Watch], subject: &str) -> Self {
        let mut concerned = Self {
            all: Vec::new(),
            whole: Vec::new(),
            metrics: HashMap::new(),
        };
        for watch in open {
            let site = &program.watches[watch.site as usize];
            let closure = closure_of(site);
            // One that names no component may name a variable that holds one.
            let any = closure.is_some_and(|closure| closure.components.is_empty());
            if !any && !watch.concerns(site, subject) {
                continue;
            }
            concerned.all.push(watch.number);
            match closure.filter(|_| !any && watch.handles().next().is_none()) {
                Some(closure) if !reads_whole(closure, subject) => {
                    for (component, field) in &closure.fields {
                        if from_component(component, subject) {
                            let metric = concerned.metrics.entry(field.clone()).or_default();
                            if metric.last() != Some(&watch.number) {
                                metric.push(watch.number);
                            }
                        }
                    }
                }
                _ => concerned.whole.push(watch.number),
            }
        }
        concerned
    }

    /// By that report, in the order in which they were begun.
    pub fn by(&self, report: &Report) -> Cow<'_, [u64]> {
        let Seen::Metrics { metrics, .. } = &report.what else {
            return Cow::Borrowed(&self.all);
        };
        let named = metrics.iter();
        let named = named.filter_map(|metric| self.metrics.get(&metric.name));
        let mut numbers: Vec<u64> = named.flatten().chain(&self.whole).copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        Cow::Owned(numbers)
    }
}

fn reads_whole(closure: &Closure, subject: &str) -> bool {
    let mut whole = closure.whole.iter();
    whole.any(|component| from_component(component, subject))
}

/// When what is reported grows stale if it is not reported again; `now` is on the monotonic clock.
pub fn stale_at(report: &Report, now: i64) -> Option<i64> {
    match report.what {
        Seen::Metrics { interval, .. } => {
            interval.map(|interval| now.saturating_add(interval.saturating_mul(3)))
        }
        _ => None,
    }
}
