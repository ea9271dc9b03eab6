//! Latencies counted in buckets, exact to about three percent, in a fixed amount of memory.

use std::time::Duration;

/// Buckets for each power of two.
const STEPS: u64 = 32;
/// `STEPS` as a power of two.
const STEP_BITS: u32 = 5;
/// Enough for any number of microseconds in 64 bits.
const BUCKETS: usize = 61 * STEPS as usize;

/// How often each latency came.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram {
            counts: vec![0; BUCKETS],
            total: 0,
            max: 0,
        }
    }
}

impl Histogram {
    /// Counts one latency.
    pub fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.counts[bucket(micros)] += 1;
        self.total += 1;
        self.max = self.max.max(micros);
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Histogram) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
        self.max = self.max.max(other.max);
    }

    /// The latency in microseconds that so many percent do not exceed; 0 if none was counted.
    pub fn percentile(&self, percent: u64) -> u64 {
        let rank = (self.total * percent).div_ceil(100);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank && seen > 0 {
                return highest(index).min(self.max);
            }
        }
        self.max
    }

    /// The highest latency in microseconds.
    pub fn max(&self) -> u64 {
        self.max
    }
}

/// Small values have a bucket each; beyond, each power of two is cut into `STEPS`.
#[expect(clippy::cast_possible_truncation, reason = "an index below BUCKETS")]
fn bucket(micros: u64) -> usize {
    if micros < STEPS {
        return micros as usize;
    }
    let power = micros.ilog2() - STEP_BITS;
    (u64::from(power + 1) * STEPS + (micros >> power) - STEPS) as usize
}

/// The highest value that falls into a bucket.
fn highest(index: usize) -> u64 {
    let index = index as u64;
    if index < STEPS {
        return index;
    }
    let power = index / STEPS - 1;
    let low = (index % STEPS + STEPS) << power;
    low + ((1 << power) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_counted_is_zero() {
        assert_eq!(Histogram::default().percentile(99), 0);
    }

    #[test]
    fn the_largest_latency_has_a_bucket() {
        let mut histogram = Histogram::default();
        histogram.record(Duration::MAX);
        assert_eq!(histogram.max(), u64::MAX);
    }

    proptest! {
        #[test]
        fn is_as_exact_as_it_says(
            mut values in prop::collection::vec(0..10_000_000u64, 1..200),
            percent in 1..=100u64,
        ) {
            let mut histogram = Histogram::default();
            values.iter().for_each(|v| histogram.record(Duration::from_micros(*v)));
            values.sort_unstable();
            let rank = (values.len() as u64 * percent).div_ceil(100);
            let exact = values[usize::try_from(rank).unwrap_or(1) - 1];
            let counted = histogram.percentile(percent);
            prop_assert!(exact <= counted && counted <= exact + exact / STEPS + 1, "{exact} {counted}");
        }
    }
}
