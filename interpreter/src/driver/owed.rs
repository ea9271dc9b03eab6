//! The list of what is owed, and where in it something stands: each question takes as long however
//! much is owed.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

use super::undo::{Owed, What};
use crate::program::{Binding, Program};

/// What is owed, in the order in which it came to be.
#[derive(Default)]
pub struct OwedList {
    all: BTreeMap<u64, Owed>,
    /// How many there were so far: what is owed next gets this number.
    begun: u64,
    /// The undos that the scenario itself may do, by a digest of their words: the numbers, ascending.
    /// What is deferred is the scenario's own word, and no job is anybody's word: neither is here.
    by_words: HashMap<u64, Vec<u64>>,
    /// Undos and defers by the step since which they are owed.
    by_step: HashMap<u64, Vec<u64>>,
    digest: RandomState,
}

impl OwedList {
    /// Something is owed from here on; gives the number by which it can be [taken off](Self::take).
    pub fn push(&mut self, program: &Program, owed: Owed) -> u64 {
        let number = self.begun;
        self.begun += 1;
        self.enter(program, number, owed);
        number
    }

    /// What is owed last, which is taken off.
    pub fn pop(&mut self, program: &Program) -> Option<Owed> {
        let number = *self.all.last_key_value()?.0;
        self.take(program, number)
    }

    /// What is owed, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Owed> {
        self.all.values().rev()
    }

    /// Whether something is owed that a step of the scenario could do.
    pub fn has_undos(&self) -> bool {
        !self.by_words.is_empty()
    }

    /// Whether something is owed since that step.
    pub fn is_since(&self, step: u64) -> bool {
        self.by_step.contains_key(&step)
    }

    /// Whether the words of the newest that is owed since that step cannot be told.
    pub fn is_unknown_since(&self, step: u64) -> bool {
        let newest = self.by_step.get(&step).and_then(|since| since.last());
        let owed = newest.and_then(|number| self.all.get(number));
        owed.is_some_and(|owed| matches!(owed.what, What::Unknown { .. }))
    }

    /// The newest that is owed since that step, which is taken off.
    pub fn take_since(&mut self, program: &Program, step: u64) -> Option<Owed> {
        let number = *self.by_step.get(&step)?.last()?;
        self.take(program, number)
    }

    /// In the place of what is owed since its step stands this; gives what stood there.
    pub fn replace(&mut self, program: &Program, instead: Owed) -> Option<Owed> {
        let number = *self.by_step.get(&instead.step)?.last()?;
        let before = self.take(program, number);
        self.enter(program, number, instead);
        before
    }

    /// The newest undo of those words, the command by its full name, that is not owed since the
    /// step `own`. It is taken off.
    pub fn take_named(
        &mut self,
        program: &Program,
        command: &[String],
        own: Option<u64>,
    ) -> Option<Owed> {
        let of_words = self.by_words.get(&self.digest.hash_one(command))?;
        let is_it = |owed: &Owed| own != Some(owed.step) && words(program, owed) == command;
        let mut newest = of_words.iter().rev();
        let number = *newest.find(|number| self.all.get(number).is_some_and(is_it))?;
        self.take(program, number)
    }

    fn enter(&mut self, program: &Program, number: u64, owed: Owed) {
        if let Some(digest) = self.digest_of(program, &owed) {
            sorted_into(self.by_words.entry(digest).or_default(), number);
        }
        if !matches!(owed.what, What::Job(_)) {
            sorted_into(self.by_step.entry(owed.step).or_default(), number);
        }
        self.all.insert(number, owed);
    }

    /// Takes off what has that number, if it is owed still.
    pub fn take(&mut self, program: &Program, number: u64) -> Option<Owed> {
        let owed = self.all.remove(&number)?;
        if let Some(digest) = self.digest_of(program, &owed) {
            out_of(&mut self.by_words, digest, number);
        }
        out_of(&mut self.by_step, owed.step, number);
        Some(owed)
    }

    /// None of what no step of the scenario does.
    fn digest_of(&self, program: &Program, owed: &Owed) -> Option<u64> {
        let is_undo = !owed.deferred && !matches!(owed.what, What::Job(_));
        is_undo.then(|| self.digest.hash_one(words(program, owed).as_slice()))
    }
}

/// The words, the command by its full name.
fn words(program: &Program, owed: &Owed) -> Vec<String> {
    let mut words = owed.shown();
    let full = match &owed.what {
        What::Command { command, .. } => Some(command.full_name()),
        What::Step { site, .. } => full_name(&program.steps[*site as usize].binding),
        What::Unknown { .. } | What::Job(_) => None,
    };
    if let (Some(full), Some(first)) = (full, words.first_mut()) {
        *first = full;
    }
    words
}

/// The full name of what is a command of the registry.
fn full_name(binding: &Binding) -> Option<String> {
    match binding {
        Binding::Command(command) => Some(command.full_name()),
        _ => None,
    }
}

/// Nearly always at the end.
fn sorted_into(numbers: &mut Vec<u64>, number: u64) {
    let at = numbers.partition_point(|known| *known < number);
    numbers.insert(at, number);
}

fn out_of(index: &mut HashMap<u64, Vec<u64>>, key: u64, number: u64) {
    let Some(numbers) = index.get_mut(&key) else {
        return;
    };
    if let Ok(at) = numbers.binary_search(&number) {
        numbers.remove(at);
    }
    if numbers.is_empty() {
        index.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::machine::{Blame, Failure};
    use crate::program::Place;

    fn undo(step: u64, word: u8, deferred: bool) -> Owed {
        let failure = Failure {
            blame: Blame::Error,
            reason: String::new(),
            place: Place::default(),
        };
        let undo = format!("undo {word}");
        Owed {
            step,
            what: What::Unknown { undo, failure },
            deferred,
        }
    }

    /// What is done to the list, and to a plain one that is searched.
    #[derive(Clone, Debug)]
    enum Act {
        Push(u8, bool),
        Pop,
        TakeNamed(u8, Option<u64>),
        TakeSince(u64),
        Replace(u64, u8),
        TakeNumber(u64),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let step = 0_u64..40;
        let act = prop_oneof![
            5 => (0_u8..4, any::<bool>()).prop_map(|(word, deferred)| Act::Push(word, deferred)),
            1 => Just(Act::Pop),
            2 => (0_u8..4, proptest::option::of(step.clone())).prop_map(|(word, own)| Act::TakeNamed(word, own)),
            1 => step.clone().prop_map(Act::TakeSince),
            1 => (step.clone(), 0_u8..4).prop_map(|(step, word)| Act::Replace(step, word)),
            1 => step.prop_map(Act::TakeNumber),
        ];
        proptest::collection::vec(act, 0..60)
    }

    fn told(owed: Option<Owed>) -> Option<(u64, Vec<String>, bool)> {
        owed.map(|owed| (owed.step, owed.shown(), owed.deferred))
    }

    proptest! {
        #[test]
        fn it_does_what_a_plain_list_does(acts in acts()) {
            let program = Program::default();
            let mut list = OwedList::default();
            let mut plain: Vec<(u64, Owed)> = Vec::new();
            let mut steps = 0;
            for act in acts {
                let (got, expected) = match act {
                    Act::Push(word, deferred) => {
                        steps += 1;
                        let number = list.push(&program, undo(steps, word, deferred));
                        plain.push((number, undo(steps, word, deferred)));
                        (None, None)
                    }
                    Act::Pop => (list.pop(&program), plain.pop().map(|(_, owed)| owed)),
                    Act::TakeNamed(word, own) => {
                        let command = ["undo".to_owned(), word.to_string()];
                        let at = plain.iter().rposition(|(_, owed)| {
                            !owed.deferred && own != Some(owed.step) && owed.shown() == command
                        });
                        let expected = at.map(|at| plain.remove(at).1);
                        (list.take_named(&program, &command, own), expected)
                    }
                    Act::TakeSince(step) => {
                        let at = plain.iter().rposition(|(_, owed)| owed.step == step);
                        prop_assert_eq!(list.is_since(step), at.is_some());
                        let expected = at.map(|at| plain.remove(at).1);
                        (list.take_since(&program, step), expected)
                    }
                    Act::Replace(step, word) => {
                        let known = plain.iter_mut().rfind(|(_, owed)| owed.step == step);
                        let before = known.map(|(_, owed)| std::mem::replace(owed, undo(step, word, false)));
                        (list.replace(&program, undo(step, word, false)), before)
                    }
                    Act::TakeNumber(number) => {
                        let at = plain.iter().position(|(known, _)| *known == number);
                        let expected = at.map(|at| plain.remove(at).1);
                        (list.take(&program, number), expected)
                    }
                };
                prop_assert_eq!(told(got), told(expected));
                prop_assert_eq!(list.has_undos(), plain.iter().any(|(_, owed)| !owed.deferred));
                let all: Vec<u64> = list.newest_first().map(|owed| owed.step).collect();
                let expected: Vec<u64> = plain.iter().rev().map(|(_, owed)| owed.step).collect();
                prop_assert_eq!(all, expected);
            }
        }
    }
}
