//! What there is around the place where a fiber is: who judges what fails or is noted there.

use super::fiber::State;
use super::{Blame, Fiber, RegionState};
use crate::program::{Program, RegionKind};

/// What there is around a line of execution, outside of its own fiber, that judges what is noted
/// in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// A case, a `retry` or a `try`.
    pub judged: bool,
    /// A case, which `pass`, `fail` and `skip` end.
    pub case: bool,
    /// Until when it takes care of what fails.
    pub catches: Catches,
}

/// Until when something around a place takes care of what fails there, on the monotonic clock: `try`,
/// `not` and `set` at all times, a `retry` for as long as another attempt may follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Catches {
    fails: Option<i64>,
    errs: Option<i64>,
}

impl Catches {
    /// Whether what fails now so is no failure of the scenario's.
    pub fn takes(self, blame: Blame, now: i64) -> bool {
        let until = match blame {
            Blame::System => self.fails,
            Blame::Error => self.errs,
            Blame::Deadline(_) => None,
        };
        until.is_some_and(|until| now < until)
    }

    /// What this does not take care of, what is around it may.
    #[must_use]
    pub fn or(self, outer: Self) -> Self {
        Self {
            fails: self.fails.max(outer.fails),
            errs: self.errs.max(outer.errs),
        }
    }
}

impl Fiber {
    /// What there is around the place where this fiber is, in it, that judges what is noted.
    pub fn inside(&self, program: &Program) -> Inside {
        let case = self.open_case().is_some();
        let again = |region: &RegionState| matches!(region.state, State::Retry { .. });
        let judged = case
            || self.regions.iter().any(again)
            || self.frames.iter().any(|frame| frame.is_tried(program));
        Inside {
            judged,
            case,
            catches: self.catches(program, false),
        }
    }

    /// Until when something in this fiber takes care of what fails where it is; or of what is noted there,
    /// which ends nothing that `not` or `set` could catch.
    pub(super) fn catches(&self, program: &Program, noted: bool) -> Catches {
        let (mut catches, mut noted) = (Catches::default(), noted);
        let mut states = self.regions.iter().rev().peekable();
        for (depth, frame) in self.frames.iter().enumerate().rev() {
            let function = &program.functions[frame.function as usize];
            let mut region = frame.region(program);
            while let Some(site) = region {
                let known = &function.regions[site as usize];
                region = known.outer;
                let state = states.next_if(|state| state.site == site && state.depth == depth + 1);
                let always = Some(i64::MAX);
                match (&known.kind, state.map(|state| &state.state)) {
                    (RegionKind::Try, _) => {
                        return Catches {
                            fails: always,
                            errs: always,
                        };
                    }
                    (RegionKind::Keep { .. } | RegionKind::Not, _) if !noted => {
                        catches.fails = always;
                    }
                    (RegionKind::Soft, _) => noted = true,
                    // It is the case that fails.
                    (RegionKind::Case, _) => return catches,
                    (
                        _,
                        Some(State::Retry {
                            until, left, every, ..
                        }),
                    ) if left.is_none_or(|left| left > 0) => {
                        let last = until.map_or(i64::MAX, |until| until.saturating_sub(*every));
                        catches = catches.or(Catches {
                            fails: Some(last),
                            errs: Some(last),
                        });
                    }
                    _ => {}
                }
            }
        }
        catches
    }
}
