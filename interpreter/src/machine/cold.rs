//! What instructions do off the fast path: regions and cases, checks, ends.

use scn_grammar::tree::{AssertKind, VerdictKind};
use scn_protocol::{Value, Verdict};

use super::fiber::{RegionState, State};
use super::values::{assert_name, attempts, duration, reason};
use super::{Blame, Checked, Failure, Fiber, Given, Hooks, Stop, WatchAsked, is_unset};
use crate::ops;
use crate::program::{EndKind, EndSite, Named, Op, Place, Program, RegionKind};

/// The pause between the attempts of a `retry within` that does not say one: 100 ms.
const DEFAULT_EVERY: i64 = 100_000_000;

type Tried<T> = Result<T, (Blame, String)>;

impl Fiber {
    /// The instructions that stop or fail, and those of regions. The frame's next instruction
    /// is written back already.
    pub(super) fn cold(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        op: Op,
    ) -> Tried<Option<Stop>> {
        let place = self.place(program);
        match op {
            Op::Enter { site } => self.enter(program, hooks, site, place)?,
            Op::Leave { site } => return self.leave(program, hooks, site),
            Op::Abandon { site } => return Ok(self.abandon(site)),
            Op::Watch { site } => {
                let pushed = std::mem::take(&mut self.pushed);
                let frame = self.frames.last().map_or(0, |frame| frame.id);
                let watched = |region: &RegionState| match region.state {
                    State::Watched(scope) => Some(scope),
                    _ => None,
                };
                hooks.watch(WatchAsked {
                    site,
                    pushed,
                    frame,
                    scope: self.regions.iter().rev().find_map(watched),
                    judged: self.inside(program).judged,
                });
            }
            Op::End { value, site } => {
                let site = &program.ends[site as usize];
                let value = site.value.then(|| self.register(value).clone());
                return Ok(self.end(program, hooks, site, value, place));
            }
            Op::AssertFailed { message, site } => {
                let assert = &program.asserts[site as usize];
                let names = self.assert_values(&assert.names);
                let message = assert.message.then(|| self.register(message).to_string());
                let checked = Checked {
                    names: names.clone(),
                    message: message.as_deref(),
                    catches: self.catches(program, assert.kind == AssertKind::Check),
                };
                hooks.checked(assert, place, false, checked);
                let reason = reason(
                    assert_name(assert.kind),
                    &assert.text,
                    &names,
                    message.as_deref(),
                );
                match assert.kind {
                    AssertKind::Require => return Err((Blame::Error, reason)),
                    AssertKind::Assert => return Err((Blame::System, reason)),
                    AssertKind::Check => self.note(
                        program,
                        hooks,
                        Failure {
                            blame: Blame::System,
                            reason,
                            place,
                        },
                    ),
                }
            }
            _ => {}
        }
        Ok(None)
    }

    fn assert_values(&self, names: &[Named]) -> Vec<(String, Value)> {
        let value = |named: &Named| (named.text.clone(), self.register(named.register).clone());
        names
            .iter()
            .map(value)
            .filter(|(_, value)| !is_unset(value))
            .collect()
    }

    fn enter(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        site: u32,
        place: Place,
    ) -> Tried<()> {
        let Some(frame) = self.frames.last() else {
            return Ok(());
        };
        let region = &program.functions[frame.function as usize].regions[site as usize];
        let state = match region.kind {
            RegionKind::Case => {
                let title = self.pushed.pop().unwrap_or_default().to_string();
                hooks.case_started(&title, place);
                State::Case { title, noted: None }
            }
            RegionKind::RetryWithin { every } => {
                let every = if every {
                    self.pop_duration()?
                } else {
                    DEFAULT_EVERY
                };
                let until = hooks.monotonic().saturating_add(self.pop_duration()?);
                State::Retry {
                    until: Some(until),
                    left: None,
                    every,
                    last: None,
                    noted: None,
                }
            }
            RegionKind::RetryTimes { every } => {
                let every = if every { self.pop_duration()? } else { 0 };
                let attempts = attempts(&self.pushed.pop().unwrap_or_default())
                    .map_err(|reason| (Blame::Error, reason))?;
                State::Retry {
                    until: None,
                    left: Some(attempts - 1),
                    every,
                    last: None,
                    noted: None,
                }
            }
            RegionKind::Timeout => {
                let after = self.pop_duration()?;
                State::Timeout {
                    until: hooks.monotonic().saturating_add(after),
                    after,
                }
            }
            RegionKind::Watched => State::Watched(hooks.open_scope()),
            RegionKind::Not | RegionKind::Soft | RegionKind::Try | RegionKind::Keep { .. } => {
                State::Plain
            }
        };
        self.regions.push(RegionState {
            site,
            depth: self.frames.len(),
            state,
        });
        Ok(())
    }

    fn pop_duration(&mut self) -> Tried<i64> {
        duration(&self.pushed.pop().unwrap_or_default()).map_err(|reason| (Blame::Error, reason))
    }

    fn leave(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        site: u32,
    ) -> Tried<Option<Stop>> {
        let Some(frame) = self.frames.last() else {
            return Ok(None);
        };
        let region = &program.functions[frame.function as usize].regions[site as usize];
        match self.regions.last().map(|region| &region.state) {
            // The failure is raised inside the region, so that it is tried again.
            Some(State::Retry {
                noted: Some(noted), ..
            }) => {
                let failure = noted.clone();
                if let Some(frame) = self.frames.last_mut() {
                    frame.next = region.start as usize + 1;
                }
                return Ok(self.raise(program, hooks, failure));
            }
            Some(State::Watched(scope)) => {
                let scope = *scope;
                self.regions.pop();
                return Ok(Some(Stop::Unwatch(scope)));
            }
            _ => {}
        }
        let state = self.regions.pop();
        match (&region.kind, state.map(|region| region.state)) {
            (RegionKind::Not, _) => {
                let what = program.text(region.place).to_owned();
                Err((Blame::System, format!("it was to fail, and passed: {what}")))
            }
            (RegionKind::Case, Some(State::Case { title, noted })) => {
                self.finish_case(program, hooks, &title, (region.place, region.outer), noted);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// A case is over: its failure counts as a failed `check`, in the region around it.
    pub(super) fn finish_case(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        title: &str,
        (place, outer): (Place, Option<u32>),
        failure: Option<Failure>,
    ) {
        match failure {
            None => hooks.case_finished(title, place, Verdict::Pass, None),
            Some(failure) => {
                hooks.case_finished(title, place, failure.verdict(), Some(&failure.reason));
                self.note_case(program, hooks, title, failure, outer);
            }
        }
    }

    fn note_case(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        title: &str,
        failure: Failure,
        outer: Option<u32>,
    ) {
        let reason = format!("case {title}: {}", failure.reason);
        self.note_in(program, hooks, Failure { reason, ..failure }, outer);
    }

    /// A jump leaves a region. None leaves a case: only its own end does.
    fn abandon(&mut self, site: u32) -> Option<Stop> {
        let region = self.regions.pop_if(|region| region.site == site)?;
        match region.state {
            State::Watched(scope) => Some(Stop::Unwatch(scope)),
            _ => None,
        }
    }

    /// `pass fail skip` in a case end the case; everything else ends the scenario. What watches in a
    /// block that is left so comes to its end first, unless it ends badly.
    fn end(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        site: &EndSite,
        value: Option<Value>,
        place: Place,
    ) -> Option<Stop> {
        let kind = match site.kind {
            EndKind::Verdict(kind) if kind != VerdictKind::Error => Some(kind),
            _ => None,
        };
        let case = self.open_case().filter(|_| kind.is_some());
        let well = match site.kind {
            EndKind::Verdict(kind) => kind == VerdictKind::Pass,
            EndKind::Exit => value
                .as_ref()
                .is_none_or(|status| ops::whole(status) == Ok(0)),
            EndKind::End => true,
        };
        if well && let Some(scope) = self.watched_beyond(case) {
            // The instruction is done again once that is over.
            if let Some(frame) = self.frames.last_mut() {
                frame.next -= 1;
            }
            return Some(Stop::Unwatch(scope));
        }
        match kind.filter(|_| case.is_some()) {
            Some(kind) => {
                self.end_case(program, hooks, kind, value.as_ref(), place);
                None
            }
            None => Some(Stop::End {
                site: site.clone(),
                value,
                place,
            }),
        }
    }

    /// The line ends inside of cases and attempts: what they noted counts all the same, what attempts did
    /// only with `attempts`, and each case has the verdict that this end gives it, if it gives one. What is
    /// watched there can still be [closed](Self::open_scopes).
    pub fn end_open(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        gives: Option<&Given>,
        attempts: bool,
    ) {
        let mut watched = Vec::new();
        let is_open = |region: &RegionState| match &region.state {
            State::Case { noted, .. } => noted.is_some() || gives.is_some(),
            State::Retry { noted, .. } => noted.is_some() && attempts,
            _ => false,
        };
        while let Some(at) = self.regions.iter().rposition(is_open) {
            let is_watched = |region: &RegionState| matches!(region.state, State::Watched(_));
            watched.extend(self.regions.drain(at + 1..).filter(is_watched));
            let Some(RegionState { site, depth, state }) = self.regions.pop() else {
                break;
            };
            self.leave_frames(depth);
            let Some(frame) = self.frames.last() else {
                break;
            };
            let region = &program.functions[frame.function as usize].regions[site as usize];
            match state {
                State::Case { title, noted } => {
                    let place = (region.place, region.outer);
                    self.cut_case(program, hooks, &title, place, noted, gives);
                }
                State::Retry {
                    noted: Some(noted), ..
                } => self.note_in(program, hooks, noted, region.outer),
                _ => {}
            }
        }
        self.regions.append(&mut watched);
    }

    /// A case does not come to its end: it has the verdict that this gives it, unless what was noted in it is as
    /// bad. Only the latter counts as a failed `check`: what cut the case short is judged by itself.
    pub(super) fn cut_case(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        title: &str,
        place: (Place, Option<u32>),
        noted: Option<Failure>,
        gives: Option<&Given>,
    ) {
        let badness = |verdict: Verdict| match verdict {
            Verdict::Error => 2,
            Verdict::Fail => 1,
            Verdict::Pass | Verdict::Skip => 0,
        };
        let of_noted = noted.as_ref().map_or(Verdict::Pass, Failure::verdict);
        match gives {
            Some(given) if badness(given.verdict) > badness(of_noted) => {
                hooks.case_finished(title, place.0, given.verdict, given.reason.as_deref());
                if let Some(noted) = noted {
                    self.note_case(program, hooks, title, noted, place.1);
                }
            }
            _ => self.finish_case(program, hooks, title, place, noted),
        }
    }

    pub(super) fn open_case(&self) -> Option<usize> {
        let is_case = |region: &RegionState| matches!(region.state, State::Case { .. });
        self.regions.iter().rposition(is_case)
    }

    /// Takes the innermost watched block that is open, if it is inside of that case.
    fn watched_beyond(&mut self, case: Option<usize>) -> Option<u64> {
        let is_watched = |region: &RegionState| matches!(region.state, State::Watched(_));
        let at = self.regions.iter().rposition(is_watched)?;
        if case.is_some_and(|case| at < case) {
            return None;
        }
        match self.regions.remove(at).state {
            State::Watched(scope) => Some(scope),
            _ => None,
        }
    }

    /// Ends the innermost case, from anywhere inside; whether there is one.
    pub fn end_case(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        kind: VerdictKind,
        text: Option<&Value>,
        place: Place,
    ) -> bool {
        let Some(at) = self.open_case() else {
            return false;
        };
        let mut violated = Vec::new();
        for region in self.regions.split_off(at + 1) {
            if let State::Watched(scope) = region.state {
                violated.extend(hooks.close_scope(scope));
            }
        }
        let Some(RegionState {
            site,
            depth,
            state: State::Case { title, mut noted },
        }) = self.regions.pop()
        else {
            return false;
        };
        violated
            .into_iter()
            .for_each(|failure| worst(&mut noted, failure));
        self.leave_frames(depth);
        self.pushed.clear();
        let Some(frame) = self.frames.last_mut() else {
            return false;
        };
        let region = &program.functions[frame.function as usize].regions[site as usize];
        frame.next = region.after as usize;
        let text = text.map(Value::to_string);
        match kind {
            VerdictKind::Fail => {
                let reason = text.unwrap_or_else(|| "fail".to_owned());
                let failure = Failure {
                    blame: Blame::System,
                    reason,
                    place,
                };
                let failure = noted
                    .filter(|noted| noted.blame == Blame::Error)
                    .unwrap_or(failure);
                self.finish_case(
                    program,
                    hooks,
                    &title,
                    (region.place, region.outer),
                    Some(failure),
                );
            }
            VerdictKind::Skip if noted.is_none() => {
                hooks.case_finished(&title, region.place, Verdict::Skip, text.as_deref());
            }
            _ => self.finish_case(program, hooks, &title, (region.place, region.outer), noted),
        }
        true
    }

    /// The scopes of watched blocks that are open in this fiber: it will not go on.
    pub fn open_scopes(&mut self) -> Vec<u64> {
        let scope = |region: RegionState| match region.state {
            State::Watched(scope) => Some(scope),
            _ => None,
        };
        self.regions.drain(..).filter_map(scope).collect()
    }

    /// A failure is noted, and the scenario goes on: it is the attempt's, or the case's, or
    /// the scenario's; under `try`, nobody's.
    pub fn note(&mut self, program: &Program, hooks: &mut dyn Hooks, failure: Failure) {
        let region = self.frames.last().and_then(|frame| frame.region(program));
        self.note_in(program, hooks, failure, region);
    }

    /// The same, where of the innermost frame's regions only that one and those around it judge.
    pub(super) fn note_in(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        failure: Failure,
        region: Option<u32>,
    ) {
        let mut states = self.regions.iter_mut().rev().peekable();
        let innermost = self.frames.len().saturating_sub(1);
        for (depth, frame) in self.frames.iter().enumerate().rev() {
            let function = &program.functions[frame.function as usize];
            let mut region = match depth == innermost {
                true => region,
                false => frame.region(program),
            };
            while let Some(site) = region {
                let known = &function.regions[site as usize];
                region = known.outer;
                if known.kind == RegionKind::Try {
                    return;
                }
                let Some(state) =
                    states.next_if(|state| state.site == site && state.depth == depth + 1)
                else {
                    continue;
                };
                match &mut state.state {
                    State::Case { noted, .. } => return worst(noted, failure),
                    State::Retry { noted, .. } => {
                        let last = noted.take().filter(|noted| noted.blame == Blame::Error);
                        return *noted = last.or(Some(failure));
                    }
                    _ => {}
                }
            }
        }
        hooks.noted(failure);
    }
}

/// Keeps the worst of what was noted, the first where they are equally bad.
fn worst(noted: &mut Option<Failure>, failure: Failure) {
    let worse = |known: &Failure| known.blame != Blame::Error && failure.blame == Blame::Error;
    if noted.as_ref().is_none_or(worse) {
        *noted = Some(failure);
    }
}
