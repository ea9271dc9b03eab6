//! A line of execution: its stack, its frames, its regions.

use scn_protocol::Value;

use crate::program::{Function, Program, Reg, RegionKind, Slot};

use super::{Failure, unset};

/// Registers that a frame sees.
pub const WINDOW: usize = 256;

/// A line of execution: the scenario's own, a branch's, a job's, a condition's.
#[derive(Debug, Default)]
pub struct Fiber {
    /// All frames' registers; each frame sees a window of it.
    pub stack: Vec<Value>,
    /// The functions that are being run, the innermost last.
    pub frames: Vec<Frame>,
    /// Values on their way into a text, a call or an effect.
    pub pushed: Vec<Value>,
    /// The regions that have a state, the innermost last.
    pub regions: Vec<RegionState>,
    /// The next number for a frame.
    pub next_frame: u64,
    /// The failure that is being raised is that a `timeout` was up.
    pub timed_out: bool,
    /// What failed last in a `retry` that was cut short by a time limit around it.
    pub unfinished: Option<Failure>,
    /// The wide slots of those frames that have any, in the order of the frames.
    pub wide: Vec<Wide>,
    /// The frames that have more variables than their functions, by what was typed.
    pub grown: Vec<super::lend::Grown>,
    /// The outermost frame, once a failure has left it.
    pub outermost: Option<Frame>,
    /// So many bytes its values took as it began, which the fiber that it has them from is counted with.
    pub inherited: u64,
}

/// A function that is being run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame {
    /// Which function.
    pub function: u32,
    /// How far before its window the result goes.
    pub back: Reg,
    /// Where its window begins in the stack.
    pub base: usize,
    /// The next instruction; of a frame that waits for a call, the one after that call.
    pub next: usize,
    /// Tells it from all others of its run: what is called later has a larger one.
    pub id: u64,
}

/// What a frame has beside its registers.
#[derive(Clone, Debug)]
pub struct Wide {
    /// The frame.
    pub frame: u64,
    /// Its slots.
    pub slots: Box<[Value]>,
}

impl Frame {
    /// The innermost region around the instruction that it is at.
    pub fn region(&self, program: &Program) -> Option<u32> {
        let function = &program.functions[self.function as usize];
        function.region_at(self.next.saturating_sub(1) as u32)
    }

    /// Whether it stands under a `try`.
    pub fn is_tried(&self, program: &Program) -> bool {
        let function = &program.functions[self.function as usize];
        let outer = |region: &u32| function.regions[*region as usize].outer;
        let mut around = std::iter::successors(self.region(program), outer);
        around.any(|region| function.regions[region as usize].kind == RegionKind::Try)
    }
}

/// A region, as it runs.
#[derive(Clone, Debug)]
pub struct RegionState {
    /// Which of its function's.
    pub site: u32,
    /// How many frames there are, its own included.
    pub depth: usize,
    /// What is to be known of it.
    pub state: State,
}

/// What is to be known of a region as it runs.
#[derive(Clone, Debug)]
pub enum State {
    /// `case`
    Case {
        /// Its title.
        title: String,
        /// The worst that was noted in it.
        noted: Option<Failure>,
    },
    /// `retry`
    Retry {
        /// When its time is up.
        until: Option<i64>,
        /// How many attempts are left after this one.
        left: Option<i64>,
        /// The pause between attempts, in nanoseconds.
        every: i64,
        /// What failed last.
        last: Option<Failure>,
        /// What was noted in this attempt.
        noted: Option<Failure>,
    },
    /// `timeout`
    Timeout {
        /// When its time is up.
        until: i64,
        /// The time it has, in nanoseconds.
        after: i64,
    },
    /// `not`, `soft`
    Plain,
    /// A watched block: its scope.
    Watched(u64),
}

impl Fiber {
    /// A fiber that begins with that function.
    pub fn new(program: &Program, function: u32, arguments: Vec<Value>) -> Self {
        let mut fiber = Self::default();
        fiber.begin(program, function, arguments);
        fiber
    }

    /// Begins anew with that function, at its first instruction.
    pub fn begin(&mut self, program: &Program, function: u32, arguments: Vec<Value>) {
        self.frames.clear();
        self.wide.clear();
        self.pushed.clear();
        self.regions.clear();
        if self.stack.len() < WINDOW {
            self.stack.resize(WINDOW, Value::None);
        }
        let called = &program.functions[function as usize];
        self.next_frame += 1;
        self.frames.push(Frame {
            function,
            id: self.next_frame,
            ..Frame::default()
        });
        self.furnish(called, 0);
        for (variable, argument) in called.variables.iter().zip(arguments) {
            self.set_variable(variable.slot, argument);
        }
    }

    /// Gives the newest frame, whose window begins there, its wide slots, and marks the variables that may be
    /// read before they are set.
    pub fn furnish(&mut self, function: &Function, base: usize) {
        if function.wide > 0 {
            self.wide.push(Wide {
                frame: self.next_frame,
                slots: vec![Value::None; function.wide as usize].into(),
            });
        }
        for &slot in &function.unset {
            match slot {
                Slot::Register(register) => self.stack[base + register as usize] = unset(),
                Slot::Wide(slot) => self.wide_slots()[slot as usize] = unset(),
            }
        }
    }

    /// The wide slots of the innermost frame, which has some.
    pub fn wide_slots(&mut self) -> &mut [Value] {
        self.wide.last_mut().map_or(&mut [], |wide| &mut wide.slots)
    }

    /// The wide slots of a frame, if it has any.
    pub fn wide_of(&self, frame: &Frame) -> &[Value] {
        let mut wide = self.wide.iter().rev();
        let own = wide.find(|wide| wide.frame == frame.id);
        own.map_or(&[], |wide| &wide.slots)
    }

    /// Forgets the wide slots of that frame and of those that were called after it.
    pub fn forget_wide(&mut self, frame: u64) {
        while self.wide.pop_if(|wide| wide.frame >= frame).is_some() {}
    }

    /// Leaves all but so many of the outermost frames.
    pub fn leave_frames(&mut self, depth: usize) {
        self.frames.truncate(depth);
        if let Some(frame) = self.frames.last() {
            self.forget_wide(frame.id + 1);
        }
    }

    /// A fiber for a branch: it begins at `at` with a copy of this one's innermost frame.
    pub fn branch(&self, at: usize) -> Self {
        let Some(frame) = self.frames.last() else {
            return Self::default();
        };
        let stack = self.stack[frame.base..frame.base + WINDOW].to_vec();
        let own = self.wide.last().filter(|wide| wide.frame == frame.id);
        let frame = Frame {
            base: 0,
            back: 0,
            next: at,
            ..*frame
        };
        // Frames of different fibers must not be taken for one another, but for the copied one.
        let next_frame = frame.id.wrapping_add(1 << 32);
        let mut branch = Self {
            stack,
            frames: vec![frame],
            next_frame,
            wide: own.cloned().into_iter().collect(),
            grown: self.grown.clone(),
            ..Self::default()
        };
        branch.inherited = branch.memory();
        branch
    }

    /// Takes over what a branch has set.
    pub fn take_over(&mut self, program: &Program, branch: &mut Fiber, variables: &[u32]) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        let function = &program.functions[frame.function as usize];
        for &variable in variables {
            let slot = function.variables[variable as usize].slot;
            let value = match slot {
                Slot::Register(register) => branch.stack.get_mut(register as usize),
                // A branch begins with the copy of a frame, whose slots are its first.
                Slot::Wide(slot) => branch
                    .wide
                    .first_mut()
                    .and_then(|wide| wide.slots.get_mut(slot as usize)),
            };
            if let Some(value) = value.map(std::mem::take) {
                self.set_variable(slot, value);
            }
        }
    }

    /// The value of a variable of the innermost frame.
    pub fn variable(&self, slot: Slot) -> &Value {
        static NONE: Value = Value::None;
        let Some(frame) = self.frames.last() else {
            return &NONE;
        };
        match slot {
            Slot::Register(register) => &self.stack[frame.base + register as usize],
            Slot::Wide(slot) => &self.wide_of(frame)[slot as usize],
        }
    }

    /// Sets a variable of the innermost frame.
    pub fn set_variable(&mut self, slot: Slot, value: Value) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        match slot {
            Slot::Register(register) => self.stack[frame.base + register as usize] = value,
            Slot::Wide(slot) => self.wide_slots()[slot as usize] = value,
        }
    }

    /// Gives the result of an effect: puts it into that register of the innermost frame.
    pub fn resume(&mut self, to: u8, value: Value) {
        self.set_variable(Slot::Register(to), value);
    }

    /// A register of the innermost frame.
    pub fn register(&self, register: u8) -> &Value {
        self.variable(Slot::Register(register))
    }

    /// When the next region's time is up, and which region's: the outermost where several are.
    pub fn deadline(&self) -> Option<(i64, usize)> {
        let until = |state: &State| match state {
            State::Retry { until, .. } => *until,
            State::Timeout { until, .. } => Some(*until),
            _ => None,
        };
        self.regions
            .iter()
            .enumerate()
            .filter_map(|(at, region)| Some((until(&region.state)?, at)))
            .min()
    }

    /// Goes back to the outermost frame, and on there at that instruction: for `finally`.
    pub fn rewind(&mut self, at: usize) {
        if let Some(frame) = self.outermost.take() {
            self.frames = vec![frame];
        }
        self.leave_frames(1);
        self.pushed.clear();
        self.regions.clear();
        if let Some(frame) = self.frames.first_mut() {
            frame.next = at;
        }
    }

    /// About how many bytes its values take, each counted as often as it is held.
    pub fn memory(&self) -> u64 {
        let wide = self.wide.iter().flat_map(|wide| &*wide.slots);
        self.stack
            .iter()
            .chain(wide)
            .chain(&self.pushed)
            .map(Value::memory)
            .sum()
    }

    /// The place of the instruction that stopped it.
    pub fn place(&self, program: &Program) -> crate::program::Place {
        let Some(frame) = self.frames.last() else {
            return crate::program::Place::default();
        };
        program.functions[frame.function as usize].place(frame.next.saturating_sub(1))
    }
}
