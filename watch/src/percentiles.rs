//! A streaming summary of numbers: exact while they are few, within half a percent after.

use num_traits::{FromPrimitive, ToPrimitive};
use scn_protocol::Decimal;

/// So many numbers are kept as they are.
const EXACT: usize = 1_024;

/// Neighbouring buckets' bounds have this ratio. A number is taken for the middle of its
/// bucket, so it is off by at most half of that: 0.5 %.
const GROWTH: f64 = 1.01;

/// A summary of all numbers added so far: their number, least, greatest and average, which are
/// exact, and percentiles.
///
/// A percentile is the nearest-rank one, `p99` of 200 numbers being the 198th in order. Up to
/// 1,024 numbers it is exact; beyond that it is within 0.5 % of it, since numbers are then
/// counted in buckets whose width grows with them. That takes at most some 210 KB, whatever
/// comes, and mostly a few KB.
#[derive(Clone, Debug, Default)]
pub struct Percentiles {
    count: u64,
    sum: Decimal,
    min: Decimal,
    max: Decimal,
    /// All numbers in order, until there are too many.
    exact: Vec<Decimal>,
    negative: Buckets,
    zero: u64,
    positive: Buckets,
}

impl Percentiles {
    /// An empty summary.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a number.
    pub fn add(&mut self, number: Decimal) {
        if self.count == 0 {
            (self.min, self.max) = (number, number);
        }
        self.min = self.min.min(number);
        self.max = self.max.max(number);
        self.count += 1;
        // 28 digits: a sum of times in nanoseconds overflows after a billion years of them.
        self.sum = self.sum.checked_add(number).unwrap_or(self.sum);
        if self.count <= EXACT as u64 {
            let at = self.exact.partition_point(|known| *known <= number);
            self.exact.insert(at, number);
            return;
        }
        for known in std::mem::take(&mut self.exact) {
            self.bucket(known);
        }
        self.bucket(number);
    }

    fn bucket(&mut self, number: Decimal) {
        if number.is_zero() {
            self.zero += 1;
        } else if number.is_sign_negative() {
            self.negative.add(-number);
        } else {
            self.positive.add(number);
        }
    }

    /// How many numbers were added.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The least number; `None` without any.
    pub fn min(&self) -> Option<Decimal> {
        (self.count > 0).then_some(self.min)
    }

    /// The greatest number; `None` without any.
    pub fn max(&self) -> Option<Decimal> {
        (self.count > 0).then_some(self.max)
    }

    /// The average; `None` without any number.
    pub fn avg(&self) -> Option<Decimal> {
        self.sum.checked_div(Decimal::from(self.count))
    }

    /// The number that `percent` of all (0 to 100) do not exceed; `None` without any.
    pub fn percentile(&self, percent: f64) -> Option<Decimal> {
        if self.count == 0 {
            return None;
        }
        let rank = rank(percent, self.count);
        if let Some(number) = self
            .exact
            .get(usize::try_from(rank - 1).unwrap_or(usize::MAX))
        {
            return Some(*number);
        }
        Some(self.estimate(rank).clamp(self.min, self.max))
    }

    /// The number at this rank, from 1, by the buckets.
    fn estimate(&self, rank: u64) -> Decimal {
        let negative = self.negative.count;
        if rank <= negative {
            return -self.negative.at(negative - rank + 1);
        }
        if rank <= negative + self.zero {
            return Decimal::ZERO;
        }
        self.positive.at(rank - negative - self.zero)
    }
}

/// The nearest rank, from 1.
fn rank(percent: f64, count: u64) -> u64 {
    // Thousandths of a percent, so that 99.9 % of 1,000 is 999 and not 1,000 by a rounding error.
    let thousandths = (percent.clamp(0.0, 100.0) * 1_000.0).round() as u128;
    let rank = (thousandths * u128::from(count)).div_ceil(100_000);
    u64::try_from(rank).unwrap_or(count).clamp(1, count)
}

/// Counts of positive numbers in buckets of growing width.
#[derive(Clone, Debug, Default)]
struct Buckets {
    /// The index of the first bucket that is kept.
    first: i32,
    counts: Vec<u64>,
    count: u64,
}

impl Buckets {
    fn add(&mut self, number: Decimal) {
        let index = index(number.to_f64().unwrap_or(f64::MAX));
        if self.counts.is_empty() {
            self.first = index;
        }
        if index < self.first {
            let more = self.first.abs_diff(index) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = index;
        }
        let at = index.abs_diff(self.first) as usize;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
        self.count += 1;
    }

    /// The middle of the bucket that holds the number at this rank, from 1.
    fn at(&self, rank: u64) -> Decimal {
        let mut left = rank;
        for (index, &count) in (self.first..).zip(&self.counts) {
            if left <= count {
                return Decimal::from_f64(middle(index)).unwrap_or(Decimal::MAX);
            }
            left -= count;
        }
        Decimal::MAX
    }
}

fn index(number: f64) -> i32 {
    // `f64::ln` is the system's, in a library that every start of the program would load for this alone.
    (libm::log(number) / libm::log(GROWTH)).floor() as i32
}

fn middle(index: i32) -> f64 {
    // The point between both bounds that is off by the same ratio from either.
    GROWTH.powi(index) * 2.0 * GROWTH / (1.0 + GROWTH)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exact(numbers: &[Decimal], percent: f64) -> Decimal {
        let mut sorted = numbers.to_vec();
        sorted.sort();
        let rank = (Decimal::from_f64(percent).unwrap() * Decimal::from(sorted.len())
            / Decimal::from(100))
        .ceil()
        .to_usize()
        .unwrap();
        sorted[rank.clamp(1, sorted.len()) - 1]
    }

    fn check(numbers: &[Decimal]) {
        let mut summary = Percentiles::new();
        for number in numbers {
            summary.add(*number);
        }
        let few = numbers.len() <= EXACT;
        for percent in [0.0, 50.0, 90.0, 95.0, 99.0, 99.9, 100.0] {
            let (was, is) = (
                exact(numbers, percent),
                summary.percentile(percent).unwrap(),
            );
            let tolerance = if few {
                Decimal::ZERO
            } else {
                was.abs() * Decimal::new(51, 4)
            };
            assert!((was - is).abs() <= tolerance, "p{percent}: {was}, not {is}");
        }
        assert_eq!(summary.count(), numbers.len() as u64);
        assert_eq!(summary.min(), numbers.iter().min().copied());
        assert_eq!(summary.max(), numbers.iter().max().copied());
        let sum: Decimal = numbers.iter().sum();
        assert_eq!(summary.avg(), Some(sum / Decimal::from(numbers.len())));
    }

    #[test]
    fn ranks_are_not_off_by_one() {
        let numbers: Vec<_> = (1..=1_000).map(Decimal::from).collect();
        let mut summary = Percentiles::new();
        numbers.iter().for_each(|number| summary.add(*number));
        for (percent, number) in [(50.0, 500), (90.0, 900), (99.0, 990), (99.9, 999)] {
            assert_eq!(summary.percentile(percent), Some(Decimal::from(number)));
        }
    }

    #[test]
    fn without_numbers_there_is_nothing_to_say() {
        let summary = Percentiles::new();
        assert_eq!((summary.percentile(50.0), summary.avg()), (None, None));
        assert_eq!(
            (summary.min(), summary.max(), summary.count()),
            (None, None, 0)
        );
    }

    #[test]
    fn the_widest_range_takes_bounded_memory() {
        let mut summary = Percentiles::new();
        for _ in 0..EXACT {
            for number in [
                Decimal::MAX,
                Decimal::MIN,
                Decimal::new(1, 28),
                Decimal::new(-1, 28),
            ] {
                summary.add(number);
            }
        }
        assert!(summary.positive.counts.len() + summary.negative.counts.len() < 27_000);
        assert_eq!(summary.percentile(0.0), Some(Decimal::MIN));
        assert_eq!(summary.percentile(100.0), Some(Decimal::MAX));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn few_numbers_are_exact(
            numbers in proptest::collection::vec((-1_000_000_000i64..1_000_000_000, 0u32..6), 1..300),
        ) {
            let numbers: Vec<_> = numbers.iter().map(|&(n, s)| Decimal::new(n, s)).collect();
            check(&numbers);
        }

        #[test]
        fn many_numbers_are_within_half_a_percent(
            numbers in proptest::collection::vec((-1_000_000_000_000i64..1_000_000_000_000, 0u32..12), 1_025..3_000),
        ) {
            let numbers: Vec<_> = numbers.iter().map(|&(n, s)| Decimal::new(n, s)).collect();
            check(&numbers);
        }
    }
}
