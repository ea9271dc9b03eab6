//! Asking again and again for what is about to come.
//!
//! Who waits for another process to answer is woken, and to be woken costs 3 to 30 µs: more than many an
//! answer, most of all on a virtual machine, where a processor that has nothing to do is given back to
//! the host. Two that answer each other within a few microseconds do better to go on asking.
//!
//! It pays only where the other one has a processor of its own at that moment. So nothing is asked twice for longer than
//! it takes to be woken; and after what came to nothing the next times are left out, four times as many each
//! time that it does. Where it never pays one wait in a thousand is 20 µs longer.

use std::time::{Duration, Instant};

/// As long as it takes to be woken.
const LONGEST: Duration = Duration::from_micros(20);

/// So often is it left out, at most.
const MOST: u32 = 1024;

/// So often is asked between two looks at the clock.
const TURN: u32 = 4;

/// Whether it pays to ask again and again, by what it brought until now.
#[derive(Debug, Default)]
pub struct Spin {
    /// What comes to nothing now leaves out four times as many, and some.
    gap: u32,
    /// So many times are to be left out.
    left_out: u32,
}

impl Spin {
    /// What `ask` gives as soon as it gives something; none if it gives nothing soon, or if it would hardly.
    pub fn until<T>(&mut self, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
        if !self.is_due() {
            return None;
        }
        // What is there already needs no clock.
        if let Some(answer) = ask() {
            self.learn(true);
            return Some(answer);
        }
        let begun = Instant::now();
        loop {
            let answer = (0..TURN).find_map(|_| {
                std::hint::spin_loop();
                ask()
            });
            // An answer that is late came after somebody else had the processor.
            let late = begun.elapsed() > LONGEST;
            if answer.is_some() || late {
                self.learn(!late);
                return answer;
            }
        }
    }

    fn is_due(&mut self) -> bool {
        let due = self.left_out == 0;
        self.left_out = self.left_out.saturating_sub(1);
        due
    }

    fn learn(&mut self, paid: bool) {
        if paid {
            self.gap /= 2;
        } else {
            self.gap = (4 * self.gap + 4).min(MOST);
            self.left_out = self.gap;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At which of so many waits it is due, where it pays at those.
    fn due(spin: &mut Spin, waits: usize, pays: impl Fn(usize) -> bool) -> Vec<usize> {
        let due = (0..waits).filter(|wait| {
            let due = spin.is_due();
            if due {
                spin.learn(pays(*wait));
            }
            due
        });
        due.collect()
    }

    #[test]
    fn what_is_there_is_given_and_what_never_comes_is_given_up() {
        let mut spin = Spin::default();
        assert_eq!(spin.until(|| Some(7)), Some(7));
        let begun = Instant::now();
        assert_eq!(spin.until(|| None::<i32>), None);
        assert!(begun.elapsed() >= LONGEST);
        assert_eq!(spin.until(|| -> Option<i32> { panic!("asked") }), None);
    }

    #[test]
    fn what_always_pays_is_always_done() {
        assert_eq!(due(&mut Spin::default(), 1_000, |_| true).len(), 1_000);
    }

    #[test]
    fn what_never_pays_is_hardly_done() {
        let due = due(&mut Spin::default(), 10_000, |_| false);
        assert_eq!(due[..6], [0, 5, 26, 111, 452, 1_477]);
        assert_eq!(due.len(), 14);
    }

    #[test]
    fn what_pays_every_other_time_is_hardly_done() {
        let at = std::cell::Cell::new(0);
        let every_other = |_| {
            at.set(at.get() + 1);
            at.get() % 2 == 0
        };
        assert!(due(&mut Spin::default(), 10_000, every_other).len() < 50);
    }

    #[test]
    fn what_pays_again_is_soon_always_done_again() {
        let mut spin = Spin::default();
        due(&mut spin, 10_000, |_| false);
        due(&mut spin, 1_024, |_| true);
        assert_eq!(due(&mut spin, 100, |_| true).len(), 100);
    }
}
