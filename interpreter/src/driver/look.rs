//! What looks outside of the program: its answers are recorded, and a record's are given again.

use std::path::Path;
use std::rc::Rc;

use scn_protocol::{Event, Value, json};

use super::branch::Branch;
use super::recall::{self, Recalled};
use super::shared::Shared;
use crate::function::Outside;

/// Something that looks outside gave that.
pub fn looked_up(shared: &Shared, branch: &Branch, what: String, answer: &Result<Value, String>) {
    let (value, error) = match answer {
        Ok(value) => (json::tagged(value, false), None),
        Err(reason) => (serde_json::Value::Null, Some(reason.clone())),
    };
    shared.journal.event(Event::LookedUp {
        what,
        value,
        error,
        branch: branch.name.clone(),
        place: branch.next_place(),
    });
}

/// What is recorded that it gave. A secret is not: it is looked up again.
pub fn looked_again(
    shared: &Shared,
    recall: &Recalled,
    branch: &Branch,
    what: &str,
) -> Option<Result<Value, String>> {
    let answer = recall.look(&branch.recorded, &shared.journal.masked(what))?;
    if answer.as_ref().is_ok_and(recall::holds_mask) {
        return None;
    }
    let answer = answer.and_then(|value| json::untagged(&value));
    match shared.retells() {
        true => looked_up(shared, branch, what.to_owned(), &answer),
        false => {
            branch.next_place();
        }
    }
    Some(answer)
}

/// Whether there is time for something that begins at `next`, before `until`: as it was judged, where
/// the record is given back.
pub fn in_time(shared: &Shared, branch: &Branch, next: i64, until: i64) -> bool {
    const WHAT: &str = "time for another attempt";
    branch.goes_beyond.set(false);
    if let Some(recall) = shared.recalling()
        && let Some(Ok(Value::Bool(known))) = looked_again(shared, recall, branch, WHAT)
    {
        return known;
    }
    let there_is = next < until;
    branch.goes_beyond.set(shared.retells());
    looked_up(shared, branch, WHAT.to_owned(), &Ok(Value::Bool(there_is)));
    there_is
}

pub struct World {
    /// What all share.
    pub shared: Rc<Shared>,
}

impl Outside for World {
    fn now(&mut self) -> i64 {
        self.shared.platform.clock.now()
    }

    fn random(&mut self) -> u64 {
        match self.shared.seed.get() {
            None => self.shared.platform.world.random(),
            Some(seed) => {
                let mut generator = fastrand::Rng::with_seed(seed);
                let number = generator.u64(..);
                self.shared.seed.set(Some(generator.u64(..)));
                number
            }
        }
    }

    fn env(&mut self, name: &str) -> Option<Value> {
        let value = Value::from(self.shared.platform.world.env(name)?);
        Some(if self.shared.hidden.iter().any(|hidden| hidden == name) {
            value.into_secret()
        } else {
            value
        })
    }

    fn read(&mut self, path: &str) -> std::io::Result<Vec<u8>> {
        self.shared
            .platform
            .world
            .read(&self.shared.root.join(Path::new(path)))
    }

    fn exists(&mut self, path: &str) -> bool {
        self.shared
            .platform
            .world
            .exists(&self.shared.root.join(Path::new(path)))
    }

    fn free_port(&mut self) -> std::io::Result<u16> {
        self.shared.platform.world.free_port()
    }
}
