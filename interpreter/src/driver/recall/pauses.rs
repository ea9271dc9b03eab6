//! Lines of execution that let time pass while a record is given back, each until its time comes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::driver::signal::Flag;

/// Those that wait, in the order in which they go on.
#[derive(Default)]
pub struct Pauses {
    /// Those that are recorded to have gone on.
    known: RefCell<BTreeMap<(i64, u64), Rc<Flag>>>,
    /// Those of which nothing more is recorded: they went on if somebody waited for them.
    unknown: RefCell<BTreeMap<(i64, u64), Rc<Flag>>>,
    begun: Cell<u64>,
}

impl Pauses {
    /// One begins, until that moment on the run's clock. It happens when it is over.
    pub fn begin(&self, at: i64, went_on: bool) -> Rc<Flag> {
        let pauses = match went_on {
            true => &self.known,
            false => &self.unknown,
        };
        let over = Flag::new();
        let number = self.begun.get();
        self.begun.set(number + 1);
        pauses.borrow_mut().insert((at, number), Rc::clone(&over));
        over
    }

    /// The next that is over by that moment, with when.
    pub fn over_by(&self, now: i64) -> Option<(i64, Rc<Flag>)> {
        let mut known = self.known.borrow_mut();
        let first = known.first_entry().filter(|first| first.key().0 <= now)?;
        let (at, _) = *first.key();
        Some((at, first.remove()))
    }

    /// The next of all, for where the record goes on only if one does.
    pub fn next(&self) -> Option<Rc<Flag>> {
        let first = self.known.borrow_mut().pop_first();
        let first = first.or_else(|| self.unknown.borrow_mut().pop_first());
        first.map(|(_, over)| over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_goes_on_in_its_time_and_of_whom_nothing_is_known_last() {
        let pauses = Pauses::default();
        let (late, early, unknown) = (
            pauses.begin(20, true),
            pauses.begin(10, true),
            pauses.begin(5, false),
        );
        assert!(pauses.over_by(9).is_none());
        let is = |pause: Option<Rc<Flag>>, it| pause.is_some_and(|pause| Rc::ptr_eq(&pause, it));
        let first = pauses.over_by(15);
        assert_eq!(first.as_ref().map(|(at, _)| *at), Some(10));
        assert!(is(first.map(|(_, pause)| pause), &early));
        assert!(pauses.over_by(15).is_none());
        assert!(is(pauses.next(), &late));
        assert!(is(pauses.next(), &unknown));
        assert!(pauses.next().is_none());
    }
}
