//! Metrics of which percentiles are kept.

use std::cell::RefCell;
use std::rc::Rc;

use scn_protocol::{Decimal, Map, Metric, Seen, Value};

use super::reading::Unit;
use crate::Percentiles;

/// The percentiles that a summary has, by their names.
const PERCENTILES: [(&str, f64); 5] = [
    ("p50", 50.0),
    ("p90", 90.0),
    ("p95", 95.0),
    ("p99", 99.0),
    ("p999", 99.9),
];

/// What is known of a metric's values over the run.
#[derive(Debug)]
pub(crate) struct Summary {
    numbers: Percentiles,
    /// No value had a fraction.
    whole: bool,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            numbers: Percentiles::new(),
            whole: true,
        }
    }
}

impl Summary {
    fn to_map(&self, unit: Unit) -> Map {
        let numbers = &self.numbers;
        let mut map = Map::new();
        let mut put = |name: &str, number: Option<Decimal>, whole| {
            if let Some(number) = number {
                map.insert(name.to_owned(), unit.value(number, whole));
            }
        };
        for (name, percent) in PERCENTILES {
            put(name, numbers.percentile(percent), self.whole);
        }
        put("min", numbers.min(), self.whole);
        put("max", numbers.max(), self.whole);
        put("avg", numbers.avg().map(|avg| avg.round_dp(9)), false);
        let count = i64::try_from(numbers.count()).unwrap_or(i64::MAX);
        map.insert("count".to_owned(), Value::Int(count));
        map
    }
}

/// The values of a metric that were read in one go. Of many only the least, the greatest and
/// the last are reported, in the order in which they came, so that no watch for a threshold
/// misses one, and a log that says a hundred thousand latencies a second costs a few reports.
#[derive(Debug)]
pub(crate) struct Burst {
    unit: Unit,
    summary: Rc<RefCell<Summary>>,
    /// How many values came so far in this burst.
    count: u64,
    least: Option<Kept>,
    greatest: Option<Kept>,
    last: Option<Kept>,
}

/// A value with its place in the burst.
#[derive(Clone, Debug)]
struct Kept {
    at: u64,
    number: Decimal,
    value: Value,
}

impl Burst {
    pub fn new(unit: Unit, summary: Rc<RefCell<Summary>>) -> Self {
        Self {
            unit,
            summary,
            count: 0,
            least: None,
            greatest: None,
            last: None,
        }
    }

    /// A number came; `whole` if it was written without a fraction.
    pub fn add(&mut self, number: Decimal, whole: bool) {
        let mut summary = self.summary.borrow_mut();
        summary.numbers.add(number);
        summary.whole &= whole;
        let kept = Kept {
            at: self.count,
            number,
            value: self.unit.value(number, whole),
        };
        if self
            .least
            .as_ref()
            .is_none_or(|least| number < least.number)
        {
            self.least = Some(kept.clone());
        }
        if self
            .greatest
            .as_ref()
            .is_none_or(|greatest| number > greatest.number)
        {
            self.greatest = Some(kept.clone());
        }
        self.last = Some(kept);
        self.count += 1;
    }

    /// Something came that is no number: it is the last value, and counts for nothing.
    pub fn say(&mut self, value: Value) {
        self.last = Some(Kept {
            at: self.count,
            number: Decimal::ZERO,
            value,
        });
        self.count += 1;
    }

    /// Whether something came that was not reported yet.
    pub fn is_begun(&self) -> bool {
        self.count > 0
    }

    /// Reports what came since the last call, if anything.
    pub fn flush(&mut self, name: &str, found: &mut dyn FnMut(Seen)) {
        if self.count == 0 {
            return;
        }
        self.count = 0;
        let kept = [self.least.take(), self.greatest.take(), self.last.take()];
        let mut kept: Vec<_> = kept.into_iter().flatten().collect();
        kept.sort_by_key(|kept| kept.at);
        kept.dedup_by_key(|kept| kept.at);
        let summary = self.summary.borrow().to_map(self.unit);
        for Kept { value, .. } in kept {
            let metric = Metric {
                name: name.to_owned(),
                value,
                summary: Some(summary.clone()),
            };
            found(Seen::Metrics {
                metrics: vec![metric],
                interval: None,
            });
        }
    }
}
