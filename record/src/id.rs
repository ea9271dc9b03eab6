//! Names of runs: when they began, and something that no other run of that moment has.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use scn_protocol::quantity::{SECOND, moment_text};

/// Digits that are not taken for one another.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new run's name such as `20261121-005012.345-k7x2`, for a run that begins at `at` (nanoseconds since
/// 1970, in UTC). Names sort by time.
pub fn new_id(at: i64) -> String {
    let second = at.div_euclid(SECOND) * SECOND;
    let mut name: String = moment_text(second)
        .chars()
        .filter(|c| !matches!(c, '-' | ':' | 'Z'))
        .map(|c| if c == 'T' { '-' } else { c })
        .collect();
    name.push_str(&format!(".{:03}-", at.rem_euclid(SECOND) / 1_000_000));
    let mut number = number();
    for _ in 0..4 {
        let digit = usize::try_from(number % 32).unwrap_or(0);
        name.push(char::from(DIGITS[digit]));
        number /= 32;
    }
    name
}

/// A number that this program gave to no other run, from a first one that is left to chance, for other programs. Left to
/// chance each time, of the many runs that a program begins in one millisecond now and then two had the same.
fn number() -> u64 {
    static NEXT: OnceLock<AtomicU64> = OnceLock::new();
    // The standard library seeds it from the system; that is all the chance needed here.
    let first = || RandomState::new().build_hasher().finish().into();
    NEXT.get_or_init(first).fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_sort_by_time_and_differ() {
        let first = new_id(1_795_222_212_345_678_900);
        assert!(first.starts_with("20261121-005012.345-"), "{first}");
        assert!(first < new_id(1_795_222_212_346_000_000));
        let same: std::collections::HashSet<_> = (0..100_000).map(|_| new_id(0)).collect();
        assert_eq!(same.len(), 100_000);
    }
}
