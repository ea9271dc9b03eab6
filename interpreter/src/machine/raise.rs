//! Failures: who judges them.

use scn_protocol::{StepResult, Value};

use super::fiber::State;
use super::{Blame, Failure, Fiber, Given, Hooks, Stop};
use crate::program::{Program, Region, RegionKind, Slot};

/// What a region makes of a failure.
enum Judged {
    /// It goes on at that instruction.
    Caught(u32),
    /// It is tried again, after a pause until that time.
    Again(i64),
    /// It is for those around it.
    Outward(Failure),
}

impl Fiber {
    /// Something failed where the innermost frame stands: regions around it judge it, the
    /// innermost first. Gives a stop if none of this fiber's does, or if it has to pause.
    pub fn raise(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        failure: Failure,
    ) -> Option<Stop> {
        let mut failure = failure;
        self.pushed.clear();
        self.timed_out = false;
        self.unfinished = match failure.blame {
            Blame::Deadline(_) => self.failed_last(),
            _ => None,
        };
        while let Some(frame) = self.frames.last() {
            let function = &program.functions[frame.function as usize];
            let mut region = function.region_at(frame.next.saturating_sub(1) as u32);
            while let Some(site) = region {
                let known = &function.regions[site as usize];
                match self.judge(program, hooks, known, site, failure) {
                    Judged::Caught(at) => {
                        self.go_on(at);
                        return None;
                    }
                    Judged::Again(at) => {
                        self.go_on(known.start);
                        return Some(Stop::Pause(at));
                    }
                    Judged::Outward(outward) => failure = outward,
                }
                region = known.outer;
            }
            self.leave_frame(program);
        }
        Some(Stop::Failed(failure))
    }

    fn go_on(&mut self, at: u32) {
        if let Some(frame) = self.frames.last_mut() {
            frame.next = at as usize;
        }
    }

    /// It pauses before another attempt: what is raised meanwhile is raised inside of the block that is
    /// tried again, of which the first instruction comes next.
    pub fn stands_in_block(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.next += 1;
        }
    }

    fn leave_frame(&mut self, program: &Program) {
        let depth = self.frames.len();
        let Some(frame) = self.frames.pop() else {
            return;
        };
        if depth == 1 {
            // Kept apart: `finally` works on its variables.
            self.outermost = Some(frame);
        } else {
            let registers = program.functions[frame.function as usize].registers as usize;
            self.stack[frame.base..frame.base + registers].fill(Value::None);
            self.forget_wide(frame.id);
        }
    }

    fn judge(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        region: &Region,
        site: u32,
        failure: Failure,
    ) -> Judged {
        let own = self.regions.len().checked_sub(1);
        let mine = own.is_some_and(|own| failure.blame == Blame::Deadline(own));
        let past = matches!(failure.blame, Blame::Deadline(_));
        let depth = self.frames.len();
        let mut pop = || match self.regions.last() {
            Some(state) if state.site == site && state.depth == depth => {
                self.regions.pop().map(|region| region.state)
            }
            _ => None,
        };
        match &region.kind {
            RegionKind::Try if !past => Judged::Caught(region.after),
            RegionKind::Keep { to, from } if failure.blame == Blame::System => {
                let base = self.frames.last().map_or(0, |frame| frame.base);
                let returned = self.stack.get_mut(base + usize::from(*from));
                let result = StepResult {
                    value: returned.map(std::mem::take).unwrap_or_default(),
                    error: Some(failure.reason),
                    timed_out: self.timed_out,
                    ..StepResult::default()
                };
                self.set_variable(Slot::Register(*to), Value::Result(result.into()));
                Judged::Caught(region.after)
            }
            RegionKind::Try | RegionKind::Keep { .. } => Judged::Outward(failure),
            RegionKind::Timeout => match pop() {
                Some(State::Timeout { after, .. }) if mine => {
                    let limit = scn_protocol::quantity::duration_text(after);
                    self.timed_out = true;
                    let unfinished = self.unfinished.take();
                    Judged::Outward(Failure {
                        blame: Blame::System,
                        reason: told_with(format!("timed out after {limit}"), unfinished.as_ref()),
                        ..failure
                    })
                }
                _ => Judged::Outward(failure),
            },
            // Once it is left, the failure is that it passed.
            RegionKind::Not => match pop() {
                Some(_) if failure.blame == Blame::System => Judged::Caught(region.after),
                _ => Judged::Outward(failure),
            },
            RegionKind::Soft => {
                pop();
                if failure.blame != Blame::System {
                    return Judged::Outward(failure);
                }
                self.note_in(program, hooks, failure, region.outer);
                Judged::Caught(region.after)
            }
            RegionKind::Watched => {
                if let Some(State::Watched(scope)) = pop() {
                    for violated in hooks.close_scope(scope) {
                        self.note_in(program, hooks, violated, region.outer);
                    }
                }
                Judged::Outward(failure)
            }
            RegionKind::Case => match pop() {
                Some(State::Case { title, noted }) if !past => {
                    let failure = Some(graver(noted, failure));
                    let place = (region.place, region.outer);
                    self.finish_case(program, hooks, &title, place, failure);
                    Judged::Caught(region.after)
                }
                Some(State::Case { title, noted }) => {
                    let place = (region.place, region.outer);
                    let late = Given {
                        verdict: failure.verdict(),
                        reason: Some("a time limit around it was up before its end".to_owned()),
                    };
                    self.cut_case(program, hooks, &title, place, noted, Some(&late));
                    Judged::Outward(failure)
                }
                _ => Judged::Outward(failure),
            },
            RegionKind::RetryWithin { .. } | RegionKind::RetryTimes { .. } => {
                self.retry(hooks, failure, mine, past)
            }
        }
    }

    /// Whether there is another attempt.
    fn retry(&mut self, hooks: &mut dyn Hooks, failure: Failure, mine: bool, past: bool) -> Judged {
        let now = hooks.monotonic();
        let Some(region) = self.regions.last_mut() else {
            return Judged::Outward(failure);
        };
        let State::Retry {
            until,
            left,
            every,
            last,
            noted,
        } = &mut region.state
        else {
            return Judged::Outward(failure);
        };
        let noted = noted.take();
        if past {
            let last = last.take();
            self.regions.pop();
            if !mine {
                return Judged::Outward(failure);
            }
            let unfinished = self.unfinished.take();
            let time_up = || Failure {
                blame: Blame::System,
                reason: told_with(
                    "the time of the retry is up".to_owned(),
                    unfinished.as_ref(),
                ),
                place: failure.place,
            };
            // What failed last may have failed in a retry inside of this one.
            return Judged::Outward(match last {
                Some(last) if unfinished.as_ref() == Some(&last) => last,
                _ => time_up(),
            });
        }
        let failure = graver(noted, failure);
        let next = now.saturating_add(*every);
        let more = left.is_none_or(|left| left > 0)
            && until.is_none_or(|until| hooks.in_time(next, until));
        if !more {
            self.regions.pop();
            return Judged::Outward(failure);
        }
        if let Some(left) = left {
            *left -= 1;
        }
        *last = Some(failure);
        Judged::Again(next)
    }

    /// What failed last in the innermost `retry` that has failed, and goes on.
    pub fn failed_last(&self) -> Option<Failure> {
        let mut states = self.regions.iter().rev();
        states.find_map(|region| match &region.state {
            State::Retry { last, .. } => last.clone(),
            _ => None,
        })
    }

    /// Runs a condition to its value.
    pub fn run_closure(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
    ) -> Result<Value, Failure> {
        loop {
            match self.run(program, hooks) {
                Stop::Yield(value) => return Ok(value),
                Stop::Breathe => {}
                Stop::Failed(failure) => return Err(failure),
                other => {
                    let reason = format!("a condition cannot ask for an effect ({other:?})");
                    return Err(Failure {
                        blame: Blame::Error,
                        reason,
                        place: self.place(program),
                    });
                }
            }
        }
    }
}

/// Why a time that is up was not enough, if something was tried again and again in it.
pub fn told_with(up: String, unfinished: Option<&Failure>) -> String {
    match unfinished {
        Some(failure) => format!("{up}; what was tried last: {}", failure.reason),
        None => up,
    }
}

/// An ERROR that was noted before wins over a failure.
fn graver(noted: Option<Failure>, failure: Failure) -> Failure {
    noted
        .filter(|noted| noted.blame == Blame::Error && failure.blame != Blame::Error)
        .unwrap_or(failure)
}
