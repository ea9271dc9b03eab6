//! The model: what a scenario must do, said as plainly as it can be. Slow, without a compiler, a
//! machine or futures: it walks the tree.

use std::collections::HashMap;

use scn_protocol::Verdict;

use super::scenario::{Act, Branch, Cond, End, Modifiers, NAMES, Scenario, Statement};

/// How a command ends, whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    Fail,
    Error,
}

/// How commands end: by their number, and how often they were called before.
#[derive(Clone, Debug)]
pub struct Script(pub Vec<Outcome>);

impl Script {
    pub fn outcome(&self, id: u32, before: usize) -> Outcome {
        let at = (id as usize * 5 + before * 3) % self.0.len().max(1);
        self.0.get(at).copied().unwrap_or(Outcome::Pass)
    }
}

/// What a run did, and how it was judged.
#[derive(Debug, PartialEq)]
pub struct Told {
    /// Each command that was called, in their order.
    pub done: Vec<String>,
    pub verdict: Verdict,
    /// Branches that were cut short because one of them failed: how far each came is anyone's guess.
    pub vague: bool,
}

/// A failure on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Fail,
    Error,
}

/// Where it goes on.
enum Flow {
    Next,
    Break,
    Continue,
    Again(u32),
    Out(u32),
    Return(i64),
    End(End),
}

type Went = Result<Flow, Fault>;

/// The variables of a scope.
#[derive(Clone, Default)]
struct Names {
    counts: [i64; NAMES],
    passed: [bool; NAMES],
    /// How often each stretch was begun.
    stretches: HashMap<u32, i64>,
}

struct Model<'s> {
    scenario: &'s Scenario,
    script: &'s Script,
    done: Vec<String>,
    called: HashMap<String, usize>,
    /// Newest last.
    owed: Vec<(Act, u32, bool)>,
    noted: Vec<Fault>,
    /// What is owed is being done, and owes nothing.
    paying: bool,
    /// What is being done is an undo, and no word of the scenario's own: it settles nothing.
    undoing: bool,
    vague: bool,
}

/// What the scenario must do.
pub fn tell(scenario: &Scenario, script: &Script) -> Told {
    let mut model = Model {
        scenario,
        script,
        done: Vec::new(),
        called: HashMap::new(),
        owed: Vec::new(),
        noted: Vec::new(),
        paying: false,
        undoing: false,
        vague: false,
    };
    let mut names = Names::default();
    let ended = model.block(&scenario.body, &mut names);
    let end = match ended {
        Err(Fault::Fail) | Ok(Flow::End(End::Fail)) => Verdict::Fail,
        Err(Fault::Error) | Ok(Flow::End(End::Error)) => Verdict::Error,
        Ok(Flow::End(End::Pass | End::ExitWith(0))) => Verdict::Pass,
        Ok(Flow::End(End::ExitWith(_))) => Verdict::Fail,
        Ok(Flow::End(End::Skip)) => Verdict::Skip,
        Ok(_) if scenario.names_pass() => Verdict::Fail,
        Ok(_) => Verdict::Pass,
    };
    let noted = std::mem::take(&mut model.noted);
    let judged = noted.into_iter().map(verdict).fold(end, Ord::max);
    let late = model.block(&scenario.last, &mut names).is_err();
    let late = model.pay() || late || !model.noted.is_empty();
    let verdict = match judged {
        Verdict::Pass | Verdict::Skip if late => Verdict::Error,
        judged => judged,
    };
    Told {
        done: model.done,
        verdict,
        vague: model.vague,
    }
}

fn verdict(fault: Fault) -> Verdict {
    match fault {
        Fault::Fail => Verdict::Fail,
        Fault::Error => Verdict::Error,
    }
}

impl Model<'_> {
    /// Calls a command.
    fn call(&mut self, name: &str, id: u32) -> Outcome {
        let words = format!("{name} {id}");
        let before = self.called.entry(words.clone()).or_default();
        let outcome = self.script.outcome(id, *before);
        *before += 1;
        self.done.push(words);
        outcome
    }

    /// Does what is owed; whether something of it failed.
    fn pay(&mut self) -> bool {
        let mut failed = false;
        while let Some((act, id, deferred)) = self.owed.pop() {
            (self.paying, self.undoing) = (true, !deferred);
            let (done, _) = self.act(id, act);
            failed |= done != Outcome::Pass;
        }
        failed
    }

    fn block(&mut self, body: &[Statement], names: &mut Names) -> Went {
        for statement in body {
            match self.statement(statement, names)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn holds(&self, cond: &Cond, names: &Names) -> bool {
        match cond {
            Cond::Is(truth) => *truth,
            Cond::Less(name, than) => names.counts[*name] < *than,
            Cond::Passed(name) => names.passed[*name],
        }
    }

    fn statement(&mut self, statement: &Statement, names: &mut Names) -> Went {
        let go = |holds: bool, flow: Flow| Ok(if holds { flow } else { Flow::Next });
        match statement {
            Statement::Step(id, modifiers, act) => {
                self.step(*id, *modifiers, *act).map(|_| Flow::Next)
            }
            Statement::Keep(id, name, modifiers, act) => {
                let passed = self.keep(*id, *modifiers, *act)?;
                names.passed[*name] = passed;
                Ok(Flow::Next)
            }
            Statement::Count(name, by) => {
                names.counts[*name] += by;
                Ok(Flow::Next)
            }
            Statement::If(cond, yes, no) => {
                let body = if self.holds(cond, names) { yes } else { no };
                self.block(body, names)
            }
            Statement::While(_, cond, most, body) => {
                self.rounds(*most, body, names, |model, names| model.holds(cond, names))
            }
            Statement::For(_, count, body) | Statement::Repeat(count, body) => {
                self.rounds(*count, body, names, |_, _| true)
            }
            Statement::Break(cond) => go(self.holds(cond, names), Flow::Break),
            Statement::Continue(cond) => go(self.holds(cond, names), Flow::Continue),
            Statement::Stretch(id, most, body) => self.stretch(*id, *most, body, names),
            Statement::Again(cond, id) => {
                let again = self.holds(cond, names) && names.stretches[id] < 3;
                go(again, Flow::Again(*id))
            }
            Statement::Out(cond, id) => go(self.holds(cond, names), Flow::Out(*id)),
            Statement::Case(_, body) => self.case(body, names),
            Statement::Do(body) => self.block(body, names),
            Statement::Retry(body) => self.retry(body, names),
            Statement::Defer(id, act) => {
                if !self.paying {
                    self.owed.push((*act, *id, true));
                }
                Ok(Flow::Next)
            }
            Statement::Parallel(branches) => self.parallel(branches),
            Statement::Assert(cond) if !self.holds(cond, names) => Err(Fault::Fail),
            Statement::Require(cond) if !self.holds(cond, names) => Err(Fault::Error),
            Statement::Check(cond) if !self.holds(cond, names) => {
                self.noted.push(Fault::Fail);
                Ok(Flow::Next)
            }
            Statement::Assert(_) | Statement::Require(_) | Statement::Check(_) => Ok(Flow::Next),
            Statement::End(cond, end) => go(self.holds(cond, names), Flow::End(*end)),
            Statement::Return(cond, value) => go(self.holds(cond, names), Flow::Return(*value)),
        }
    }

    fn rounds(
        &mut self,
        most: i64,
        body: &[Statement],
        names: &mut Names,
        go_on: impl Fn(&Self, &Names) -> bool,
    ) -> Went {
        for _ in 0..most {
            if !go_on(self, names) {
                break;
            }
            match self.block(body, names)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn stretch(&mut self, id: u32, most: i64, body: &[Statement], names: &mut Names) -> Went {
        names.stretches.insert(id, 0);
        loop {
            *names.stretches.entry(id).or_default() += 1;
            match self.block(body, names)? {
                Flow::Next if names.stretches[&id] < most => {}
                Flow::Again(to) if to == id => {}
                Flow::Next => return Ok(Flow::Next),
                Flow::Out(to) if to == id => return Ok(Flow::Next),
                flow => return Ok(flow),
            }
        }
    }

    /// One attempt: how it ended, and the value that it gave.
    fn act(&mut self, id: u32, act: Act) -> (Outcome, Option<i64>) {
        let outcome = match act {
            Act::Plain => self.call("act", id),
            Act::Begin => self.call("begin", id),
            Act::Undo(of) => {
                if !self.undoing {
                    let newest = self
                        .owed
                        .iter()
                        .rposition(|(act, _, deferred)| *act == Act::Undo(of) && !deferred);
                    newest.map(|at| self.owed.remove(at));
                }
                self.call("take_back", of)
            }
            Act::Own(at) => {
                let scenario = self.scenario;
                let went = self.block(&scenario.steps[at], &mut Names::default());
                return match went {
                    Ok(Flow::Return(value)) => (Outcome::Pass, Some(value)),
                    Ok(_) => (Outcome::Pass, None),
                    Err(Fault::Fail) => (Outcome::Fail, None),
                    Err(Fault::Error) => (Outcome::Error, None),
                };
            }
        };
        (outcome, (outcome == Outcome::Pass).then_some(1))
    }

    /// All attempts: how the last counts, and the value that it gave.
    fn attempts(&mut self, id: u32, modifiers: Modifiers, act: Act) -> (Outcome, Option<i64>) {
        if act == Act::Begin && !self.paying {
            self.owed.push((Act::Undo(id), id, false));
        }
        let mut last = (Outcome::Pass, None);
        for _ in 0..modifiers.attempts.max(1) {
            let (outcome, value) = self.act(id, act);
            let counts = match outcome {
                Outcome::Pass if modifiers.not => Outcome::Fail,
                Outcome::Fail if modifiers.not => Outcome::Pass,
                outcome => outcome,
            };
            last = (counts, value);
            if counts == Outcome::Pass {
                break;
            }
        }
        last
    }

    fn step(&mut self, id: u32, modifiers: Modifiers, act: Act) -> Result<(), Fault> {
        let noted = self.noted.len();
        let (outcome, _) = self.attempts(id, modifiers, act);
        let fault = match outcome {
            Outcome::Pass => None,
            Outcome::Fail => Some(Fault::Fail),
            Outcome::Error => Some(Fault::Error),
        };
        if modifiers.tried {
            self.noted.truncate(noted);
            return Ok(());
        }
        match fault {
            // An ERROR is no failure.
            Some(Fault::Fail) if modifiers.soft => {
                self.noted.push(Fault::Fail);
                Ok(())
            }
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// Whether the name reads as 1 after.
    fn keep(&mut self, id: u32, modifiers: Modifiers, act: Act) -> Result<bool, Fault> {
        let (outcome, value) = self.attempts(id, modifiers, act);
        match outcome {
            Outcome::Error if !modifiers.tried => Err(Fault::Error),
            _ => Ok(value == Some(1)),
        }
    }

    fn case(&mut self, body: &[Statement], names: &mut Names) -> Went {
        let outside = std::mem::take(&mut self.noted);
        let went = self.block(body, names);
        let inside = std::mem::replace(&mut self.noted, outside);
        let (own, flow) = match went {
            Err(fault) => (Some(fault), Flow::Next),
            Ok(Flow::End(End::Fail)) => (Some(Fault::Fail), Flow::Next),
            Ok(Flow::End(End::Pass | End::Skip)) => (None, Flow::Next),
            Ok(flow) => (None, flow),
        };
        self.noted.extend(inside.into_iter().chain(own).max());
        Ok(flow)
    }

    fn retry(&mut self, body: &[Statement], names: &mut Names) -> Went {
        let mut last = Fault::Fail;
        for _ in 0..4 {
            let outside = std::mem::take(&mut self.noted);
            let went = self.block(body, names);
            let inside = std::mem::replace(&mut self.noted, outside);
            match inside.into_iter().chain(went.as_ref().err().copied()).max() {
                Some(fault) => last = fault,
                None => return went,
            }
        }
        Err(last)
    }

    fn parallel(&mut self, branches: &[Branch]) -> Went {
        let mut worst = None;
        for branch in branches {
            let went = self.block(&branch.body, &mut Names::default());
            worst = worst.max(went.err());
        }
        match worst {
            Some(fault) => {
                self.vague |= branches.len() > 1;
                Err(fault)
            }
            None => Ok(Flow::Next),
        }
    }
}
