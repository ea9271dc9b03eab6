//! What a debugger does to a fiber that stands still: it looks at its frames, lends one's variables to what
//! is typed, does a statement again, or passes it over.

use scn_protocol::Value;

use crate::program::{Program, RegionKind, Target, Variable};

use super::fiber::{Fiber, Frame, State, WINDOW, Wide};
use super::{Blame, Failure, unset};

/// The variables that a frame has beyond those of its function.
#[derive(Clone, Debug)]
pub struct Grown {
    /// The frame.
    pub frame: u64,
    /// All its variables.
    pub variables: Vec<Variable>,
}

impl Fiber {
    /// The variables of a frame, those that were typed included.
    pub fn variables_of<'f>(&'f self, program: &'f Program, frame: &Frame) -> &'f [Variable] {
        let grown = self.grown.iter().find(|grown| grown.frame == frame.id);
        match grown {
            Some(grown) => &grown.variables,
            None => &program.functions[frame.function as usize].variables,
        }
    }

    /// The value of a variable of a frame; none if it was never set.
    pub fn value_in<'f>(&'f self, frame: &'f Frame, variable: &Variable) -> Option<&'f Value> {
        let value = match variable.slot {
            crate::program::Slot::Register(register) => {
                self.stack.get(frame.base + register as usize)
            }
            crate::program::Slot::Wide(slot) => self.wide_of(frame).get(slot as usize),
        };
        value.filter(|value| !super::is_unset(value))
    }

    /// A fiber that begins with that function, on the variables of the frame `at`, which it has until
    /// [`Fiber::take_back`].
    pub fn lend(
        &mut self,
        program: &Program,
        at: usize,
        function: u32,
        variables: Vec<Variable>,
    ) -> Option<Self> {
        let wide = program.functions[function as usize].wide as usize;
        let next_frame = self.next_frame;
        let frame = self.frames.get_mut(at)?;
        let own = program.functions[frame.function as usize].registers as usize;
        let mut stack = vec![Value::None; WINDOW];
        let theirs = self.stack.get_mut(frame.base..frame.base + own)?;
        stack[..own].swap_with_slice(theirs);
        let id = frame.id;
        let own = self.wide.iter().position(|wide| wide.frame == id);
        let mut slots = own.map_or(Vec::new(), |own| self.wide.remove(own).slots.into_vec());
        if slots.len() < wide {
            slots.resize(wide, unset());
        }
        self.grown.retain(|grown| grown.frame != id);
        self.grown.push(Grown {
            frame: id,
            variables,
        });
        let frame = Frame {
            function,
            id,
            ..Frame::default()
        };
        let slots = slots.into();
        let mut lent = Self {
            stack,
            frames: vec![frame],
            wide: vec![Wide { frame: id, slots }],
            next_frame,
            ..Self::default()
        };
        lent.inherited = lent.memory();
        Some(lent)
    }

    /// Takes back what was lent of the frame `at`, however that fiber ended.
    pub fn take_back(&mut self, program: &Program, at: usize, mut lent: Self) {
        self.next_frame = self.next_frame.max(lent.next_frame);
        let Some(frame) = self.frames.get(at) else {
            return;
        };
        let own = program.functions[frame.function as usize].registers as usize;
        // What it was lent with comes first.
        let theirs = lent.wide.into_iter().next();
        if let Some(theirs) = theirs.filter(|wide| !wide.slots.is_empty()) {
            let place = self.wide.partition_point(|wide| wide.frame < frame.id);
            self.wide.insert(place, theirs);
        }
        if let Some(window) = self.stack.get_mut(frame.base..frame.base + own) {
            window.swap_with_slice(&mut lent.stack[..own]);
        }
    }

    /// Whether something in this fiber takes care of such a failure, so that it goes on.
    pub fn would_catch(&self, program: &Program, failure: &Failure, now: i64) -> bool {
        if matches!(failure.blame, Blame::Deadline(_)) {
            return true;
        }
        let system = failure.blame == Blame::System;
        let mut states = self.regions.iter().rev().peekable();
        for (depth, frame) in self.frames.iter().enumerate().rev() {
            let function = &program.functions[frame.function as usize];
            let mut region = function.region_at(frame.next.saturating_sub(1) as Target);
            while let Some(site) = region {
                let known = &function.regions[site as usize];
                let is_it =
                    |state: &&&super::RegionState| state.site == site && state.depth == depth + 1;
                let state = states
                    .next_if(|state| is_it(&state))
                    .map(|state| &state.state);
                let caught = match (&known.kind, state) {
                    (RegionKind::Try, _) => true,
                    (RegionKind::Keep { .. } | RegionKind::Not | RegionKind::Soft, _) => system,
                    (
                        _,
                        Some(State::Retry {
                            until, left, every, ..
                        }),
                    ) => {
                        let next = now.saturating_add(*every);
                        left.is_none_or(|left| left > 0) && until.is_none_or(|until| next < until)
                    }
                    // That a case fails is worth a stop.
                    _ => false,
                };
                if caught {
                    return true;
                }
                region = known.outer;
            }
        }
        false
    }

    /// The innermost statement that the innermost frame stands in: where its instructions begin and end.
    pub fn statement(&self, program: &Program) -> Option<(Target, Target)> {
        let frame = self.frames.last()?;
        let function = &program.functions[frame.function as usize];
        let at = frame.next.saturating_sub(1) as Target;
        let around = |(begins, ends): &&(Target, Target)| *begins <= at && at < *ends;
        function.statements.iter().rev().find(around).copied()
    }

    /// Goes on at an instruction of the innermost frame, having left what was begun in the statement that
    /// it stands in.
    pub fn go_to(&mut self, program: &Program, statement: (Target, Target), at: Target) {
        self.pushed.clear();
        self.timed_out = false;
        let depth = self.frames.len();
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        frame.next = at as usize;
        let function = &program.functions[frame.function as usize];
        let (begins, ends) = statement;
        while let Some(state) = self.regions.last() {
            let region = function.regions.get(state.site as usize);
            let within = region.is_some_and(|region| begins <= region.start && region.end <= ends);
            if state.depth < depth || !within {
                return;
            }
            self.regions.pop();
        }
    }

    /// Its time limits come later by so much, in nanoseconds: it stood still.
    pub fn stood_still(&mut self, time: i64) {
        for region in &mut self.regions {
            match &mut region.state {
                State::Timeout { until, .. }
                | State::Retry {
                    until: Some(until), ..
                } => {
                    *until = until.saturating_add(time);
                }
                _ => {}
            }
        }
    }
}
