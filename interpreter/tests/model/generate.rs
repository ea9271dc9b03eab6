//! Random scenarios: any statements in any order, and then whatever may not stand where it stands is made
//! something that may. So each can be made smaller statement by statement.

use proptest::collection::vec;
use proptest::prelude::*;

use super::oracle::{Outcome, Script};
use super::scenario::{Act, Branch, Cond, End, Modifiers, NAMES, Scenario, Statement};

/// A scenario, and how its commands end.
pub fn scenario() -> impl Strategy<Value = (Scenario, Script)> {
    let outcome = prop_oneof![
        6 => Just(Outcome::Pass),
        2 => Just(Outcome::Fail),
        1 => Just(Outcome::Error),
    ];
    let steps = vec(vec(statement(), 0..4), 2);
    let parts = (steps, vec(statement(), 1..8), vec(statement(), 0..3));
    (parts, vec(outcome, 1..13)).prop_map(|((steps, body, last), script)| {
        let mut lawful = Lawful::default();
        let steps = steps.into_iter().enumerate();
        let steps = steps
            .map(|(at, body)| lawful.block(body, &Place::of_step(at)))
            .collect();
        let scenario = Scenario {
            steps,
            body: lawful.block(body, &Place::default()),
            last: lawful.block(last, &Place::of_finally()),
        };
        (scenario, Script(script))
    })
}

fn cond() -> impl Strategy<Value = Cond> {
    prop_oneof![
        any::<bool>().prop_map(Cond::Is),
        (0..NAMES, 0_i64..4).prop_map(|(name, than)| Cond::Less(name, than)),
        (0..NAMES).prop_map(Cond::Passed),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Plain),
        2 => Just(Act::Begin),
        1 => (0_u32..12).prop_map(Act::Undo),
        1 => (0_usize..2).prop_map(Act::Own),
    ]
}

fn modifiers() -> impl Strategy<Value = Modifiers> {
    let flag = || prop_oneof![3 => Just(false), 1 => Just(true)];
    let attempts = prop_oneof![3 => Just(1_u32), 1 => 2_u32..4];
    (flag(), flag(), flag(), attempts).prop_map(|(tried, soft, not, attempts)| Modifiers {
        tried,
        soft,
        not,
        attempts,
    })
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(End::Pass),
        Just(End::Fail),
        Just(End::Skip),
        Just(End::Error),
        Just(End::Exit),
        (0_u8..3).prop_map(End::ExitWith),
    ]
}

/// A statement; what has numbers gets them later.
fn statement() -> impl Strategy<Value = Statement> {
    let leaf = prop_oneof![
        6 => (modifiers(), act()).prop_map(|(modifiers, act)| Statement::Step(0, modifiers, act)),
        2 => (0..NAMES, modifiers(), act())
            .prop_map(|(name, modifiers, act)| Statement::Keep(0, name, modifiers, act)),
        2 => (0..NAMES, 1_i64..3).prop_map(|(name, by)| Statement::Count(name, by)),
        1 => cond().prop_map(Statement::Break),
        1 => cond().prop_map(Statement::Continue),
        1 => (cond(), 0_u32..3).prop_map(|(cond, around)| Statement::Again(cond, around)),
        1 => (cond(), 0_u32..3).prop_map(|(cond, around)| Statement::Out(cond, around)),
        1 => act().prop_map(|act| Statement::Defer(0, act)),
        1 => cond().prop_map(Statement::Assert),
        1 => cond().prop_map(Statement::Check),
        1 => cond().prop_map(Statement::Require),
        1 => (cond(), end()).prop_map(|(cond, end)| Statement::End(cond, end)),
        1 => (cond(), 0_i64..3).prop_map(|(cond, value)| Statement::Return(cond, value)),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let body = || vec(inner.clone(), 1..4);
        prop_oneof![
            2 => (cond(), body(), vec(inner.clone(), 0..3))
                .prop_map(|(cond, yes, no)| Statement::If(cond, yes, no)),
            1 => (cond(), 1_i64..4, body())
                .prop_map(|(cond, most, body)| Statement::While(0, cond, most, body)),
            1 => (0_i64..4, body()).prop_map(|(count, body)| Statement::For(0, count, body)),
            1 => (0_i64..3, body()).prop_map(|(count, body)| Statement::Repeat(count, body)),
            2 => (1_i64..3, body()).prop_map(|(most, body)| Statement::Stretch(0, most, body)),
            2 => body().prop_map(|body| Statement::Case(0, body)),
            1 => body().prop_map(Statement::Do),
            1 => body().prop_map(Statement::Retry),
            1 => vec(body(), 2..4).prop_map(|branches| {
                let branch = |body| Branch {
                    name: String::new(),
                    body,
                };
                Statement::Parallel(branches.into_iter().map(branch).collect())
            }),
        ]
    })
}

/// Where a statement stands.
#[derive(Clone, Default)]
struct Place {
    /// The branch, as the names in it end.
    branch: String,
    /// Which of the scenario's own steps it is in.
    step: Option<usize>,
    finally: bool,
    retry: bool,
    looped: bool,
    /// The stretches around, innermost last.
    stretches: Vec<u32>,
}

impl Place {
    fn of_step(at: usize) -> Self {
        Self {
            step: Some(at),
            ..Self::default()
        }
    }

    fn of_finally() -> Self {
        Self {
            finally: true,
            ..Self::default()
        }
    }

    fn looped(&self) -> Self {
        Self {
            looped: true,
            ..self.clone()
        }
    }

    /// Inside of something that no jump leaves.
    fn closed(&self) -> Self {
        Self {
            looped: false,
            stretches: Vec::new(),
            ..self.clone()
        }
    }

    fn is_branch(&self) -> bool {
        !self.branch.is_empty()
    }
}

/// Makes statements lawful.
#[derive(Default)]
struct Lawful {
    numbers: u32,
    /// The numbers of `begin`s so far, for the scenario to undo.
    begun: Vec<u32>,
}

impl Lawful {
    fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    fn block(&mut self, body: Vec<Statement>, place: &Place) -> Vec<Statement> {
        let mut lawful = Vec::new();
        for statement in body {
            lawful.push(self.statement(statement, place));
        }
        lawful
    }

    /// An act that may stand there.
    fn act(&mut self, act: Act, id: u32, place: &Place) -> Act {
        match act {
            // A branch's own effects are told by their numbers; a step's would not be. None calls itself.
            Act::Own(_) if place.is_branch() => Act::Plain,
            Act::Own(at) if place.step.is_some_and(|step| at >= step) => Act::Plain,
            // Which of two branches owed first is anyone's guess.
            Act::Undo(_) if self.begun.is_empty() || place.is_branch() => Act::Plain,
            Act::Undo(at) => Act::Undo(self.begun[at as usize % self.begun.len()]),
            Act::Begin => {
                if !place.is_branch() {
                    self.begun.push(id);
                }
                Act::Begin
            }
            act => act,
        }
    }

    fn plain(&mut self) -> Statement {
        let once = Modifiers {
            attempts: 1,
            ..Modifiers::default()
        };
        Statement::Step(self.number(), once, Act::Plain)
    }

    fn statement(&mut self, statement: Statement, place: &Place) -> Statement {
        // Failures that are noted stay out of the scenario's own steps: a caller's modifiers judge those.
        let notes = place.step.is_none();
        let ends = notes && !place.finally && !place.retry && !place.is_branch();
        match statement {
            Statement::Step(_, modifiers, act) => {
                let id = self.number();
                let soft = modifiers.soft && notes;
                Statement::Step(
                    id,
                    Modifiers { soft, ..modifiers },
                    self.act(act, id, place),
                )
            }
            Statement::Keep(_, name, modifiers, act) => {
                let (id, soft) = (self.number(), false);
                Statement::Keep(
                    id,
                    name,
                    Modifiers { soft, ..modifiers },
                    self.act(act, id, place),
                )
            }
            Statement::Defer(_, act) => {
                let id = self.number();
                Statement::Defer(id, self.act(act, id, place))
            }
            Statement::Check(_) | Statement::Case(..) | Statement::Parallel(_) if !notes => {
                self.plain()
            }
            // The model knows no time: the pauses of one would use up that of the other.
            Statement::Retry(_) if place.retry || place.step.is_some() => self.plain(),
            Statement::Break(_) | Statement::Continue(_) if !place.looped => self.plain(),
            Statement::Again(cond, at) => match around(place, at) {
                Some(id) => Statement::Again(cond, id),
                None => self.plain(),
            },
            Statement::Out(cond, at) => match around(place, at) {
                Some(id) => Statement::Out(cond, id),
                None => self.plain(),
            },
            Statement::End(..) if !ends => self.plain(),
            Statement::Return(..) if place.step.is_none() || place.retry => self.plain(),
            Statement::If(cond, yes, no) => {
                Statement::If(cond, self.block(yes, place), self.block(no, place))
            }
            other => self.nested(other, place),
        }
    }

    fn nested(&mut self, statement: Statement, place: &Place) -> Statement {
        match statement {
            Statement::While(_, cond, most, body) => {
                let id = self.number();
                Statement::While(id, cond, most, self.block(body, &place.looped()))
            }
            Statement::For(_, count, body) => {
                let id = self.number();
                Statement::For(id, count, self.block(body, &place.looped()))
            }
            Statement::Repeat(count, body) => {
                Statement::Repeat(count, self.block(body, &place.looped()))
            }
            Statement::Stretch(_, most, body) => {
                let id = self.number();
                let mut inside = place.clone();
                inside.stretches.push(id);
                Statement::Stretch(id, most, self.block(body, &inside))
            }
            Statement::Case(_, body) => {
                let id = self.number();
                Statement::Case(id, self.block(body, &place.closed()))
            }
            Statement::Do(body) => Statement::Do(self.block(body, place)),
            Statement::Retry(body) => {
                let inside = Place {
                    retry: true,
                    ..place.closed()
                };
                Statement::Retry(self.block(body, &inside))
            }
            Statement::Parallel(branches) => {
                let branches = branches.into_iter().map(|branch| {
                    let name = format!("_{}", self.number());
                    let inside = Place {
                        branch: name.clone(),
                        ..place.closed()
                    };
                    let body = self.block(branch.body, &inside);
                    Branch { name, body }
                });
                Statement::Parallel(branches.collect())
            }
            other => other,
        }
    }
}

/// The stretch that is so many around.
fn around(place: &Place, at: u32) -> Option<u32> {
    place.stretches.iter().rev().nth(at as usize).copied()
}
