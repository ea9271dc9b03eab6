//! What is recorded of one line of execution, and was not given back to it yet.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

use serde_json::Value as Json;

use super::{Effect, Recorded, Step};
use crate::driver::cut::Cut;
use crate::driver::recall::masked::fits;

/// What is left of a line of execution.
#[derive(Debug, Default)]
pub struct Lane {
    /// What it asked for, in its order.
    pub effects: VecDeque<Effect>,
    /// What was cut short, by the number of the place; with the number of the event.
    pub cuts: HashMap<u64, (u64, Cut)>,
    /// Steps that were passed over lately, since the scenario that is judged does not do them.
    pub passed: Vec<Rc<Step>>,
}

/// What a line of execution gets that asks for something.
#[derive(Debug)]
pub enum Taken<T> {
    /// There is nothing more of it.
    Nothing,
    /// What it asked for then.
    It(T),
    /// It asked for something else then: scenario and record do not go together.
    Another(Effect),
}

impl Lane {
    /// Whether nothing is left of it.
    pub fn is_empty(&self) -> bool {
        self.effects.is_empty() && self.cuts.is_empty()
    }

    /// The effect at that place, with all before it, if it is of that kind.
    fn take_at<T>(&mut self, at: usize, kind: impl Fn(&Effect) -> Option<T>) -> Taken<T> {
        let Some(effect) = self.effects.get(at) else {
            return Taken::Nothing;
        };
        let Some(found) = kind(effect) else {
            return Taken::Another(effect.clone());
        };
        let before = self.effects.drain(..=at).take(at);
        self.passed.extend(before.filter_map(|effect| match effect {
            Effect::Step(step) => Some(step),
            _ => None,
        }));
        Taken::It(found)
    }

    /// The next effect, if it is of that kind. Another version of the scenario may ask for less than was
    /// recorded: where one is judged, what it does not ask for is passed over up to the next step.
    pub fn next<T>(&mut self, judges: bool, kind: impl Fn(&Effect) -> Option<T>) -> Taken<T> {
        if !judges {
            return self.take_at(0, kind);
        }
        let mut before_step = self.effects.iter().take_while(|effect| !effect.is_step());
        match before_step.position(|effect| kind(effect).is_some()) {
            Some(at) => self.take_at(at, kind),
            None => Taken::Nothing,
        }
    }

    /// The same for a step, to which steps are passed over, too.
    pub fn next_step<T>(&mut self, judges: bool, kind: impl Fn(&Effect) -> Option<T>) -> Taken<T> {
        let mut effects = self.effects.iter();
        let found = match judges {
            true => effects.position(|effect| kind(effect).is_some()),
            false => None,
        };
        let next = || {
            self.effects
                .iter()
                .position(Effect::is_step)
                .filter(|_| judges)
        };
        self.take_at(found.or_else(next).unwrap_or(0), kind)
    }

    /// The answer that was given to something that looks outside, if it is among the next that were.
    pub fn look(&mut self, what: &str) -> Option<(Result<Json, String>, i64)> {
        let mut looks = self.effects.iter();
        let at = looks
            .by_ref()
            .take_while(|effect| matches!(effect, Effect::Look(..)))
            .position(|effect| matches!(effect, Effect::Look(known, ..) if fits(known, what)))?;
        match self.effects.remove(at) {
            Some(Effect::Look(_, answer, at)) => Some((answer, at)),
            _ => None,
        }
    }
}

impl Recorded {
    /// Takes something of a line of execution; none if there is nothing more of it.
    pub fn of<T>(&mut self, branch: &str, take: impl FnOnce(&mut Lane) -> T) -> Option<T> {
        let lane = self.lanes.get_mut(branch)?;
        let taken = take(lane);
        if lane.is_empty() {
            self.lanes.remove(branch);
        }
        Some(taken)
    }

    /// Whether there is more of that line of execution, or of branches that it began.
    pub fn has_more(&self, branch: &str) -> bool {
        more(&self.lanes, branch)
    }

    /// Whether there is more of a line of execution around that branch, which waits for its end.
    pub fn has_ended(&self, branch: &str) -> bool {
        around(branch).any(|around| self.lanes.contains_key(around))
    }
}

/// The lines of execution that wait for the end of that branch, innermost first. Nobody waits for a job.
fn around(branch: &str) -> impl Iterator<Item = &str> {
    fn outer(branch: &str) -> Option<&str> {
        let (outer, last) = branch.rsplit_once('.').unwrap_or(("", branch));
        is_number(last).then_some(outer)
    }
    std::iter::successors(outer(branch), |branch| outer(branch))
}

/// Branches have numbers, and jobs have names.
fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether there is a line of execution that is that one, or a branch of it. Their names stand together
/// in the order, and what is no branch of it but begins as its name does is rare.
fn more<T>(lanes: &BTreeMap<String, T>, branch: &str) -> bool {
    let from = lanes.range::<str, _>((
        std::ops::Bound::Included(branch),
        std::ops::Bound::Unbounded,
    ));
    from.take_while(|(of, _)| of.starts_with(branch))
        .any(|(of, _)| is_within(branch, of))
}

/// Whether a line of execution is that one, or a branch of it.
fn is_within(branch: &str, of: &str) -> bool {
    let Some(rest) = of.strip_prefix(branch) else {
        return false;
    };
    let rest = match branch.is_empty() {
        true => Some(rest),
        false => rest.strip_prefix('.'),
    };
    let first = rest.and_then(|rest| rest.split('.').next());
    of == branch || first.is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_more_of_a_line_of_execution_as_long_as_there_is_of_its_branches() {
        let lanes = |names: &[&str]| -> BTreeMap<String, ()> {
            names.iter().map(|name| ((*name).to_owned(), ())).collect()
        };
        assert!(more(&lanes(&["2"]), "2"));
        assert!(more(&lanes(&["2"]), ""));
        assert!(more(&lanes(&["2.1.3"]), "2"));
        assert!(more(&lanes(&["2", "2.load", "2.x.1", "2.7"]), "2"));
        assert!(!more(&lanes(&["2.load", "2.load.1", "20", "21.1"]), "2"));
        assert!(!more(&lanes(&["load", "load.1"]), ""));
        assert!(more(&lanes(&["load.1"]), "load"));
        assert!(!more(&lanes(&[]), ""));
    }

    #[test]
    fn who_began_a_branch_waits_for_its_end_and_for_a_job_nobody_does() {
        let all = |branch| around(branch).collect::<Vec<_>>();
        assert_eq!(all("2.1"), ["2", ""]);
        assert_eq!(all("load.2.1"), ["load.2", "load"]);
        assert_eq!(all("2.load"), [""; 0]);
        assert_eq!(all(""), [""; 0]);
    }
}
