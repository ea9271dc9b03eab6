//! The loop.

use std::cell::Cell;
use std::cmp::Ordering;
use std::sync::Arc;

use scn_grammar::tree::Operator;
use scn_protocol::Value;

use super::fiber::{Frame, WINDOW};
use super::{Blame, Failure, Fiber, Hooks, Stop, is_unset};
use crate::ops;
use crate::ops::limits::Within;
use crate::program::{Op, Program, Reg};

/// About so many instructions before others have their turn. A loop's round counts its length, a
/// call that of what is called, and what was made one for each [`BYTES`].
const FUEL: i64 = 1 << 16;

/// So many failures are caught before others have their turn.
const CAUGHT: u32 = 64;

/// So many bytes are copied while an instruction runs.
const BYTES: u64 = 16;

/// What is left of the fuel; what was used is told when it goes out of sight.
struct Fuel<'s> {
    left: i64,
    spent: &'s Cell<u64>,
}

impl Drop for Fuel<'_> {
    fn drop(&mut self) {
        let used = u64::try_from(FUEL - self.left).unwrap_or(0);
        self.spent.set(self.spent.get() + used);
    }
}

/// The registers that a function sees.
pub type Window = [Value; WINDOW];

/// Stores a whole number; one that stands there already is overwritten in place, because a
/// plain write would have to drop what was there.
#[inline(always)]
fn put_int(place: &mut Value, number: i64) {
    match place {
        Value::Int(place) => *place = number,
        place => *place = Value::Int(number),
    }
}

#[inline(always)]
fn set_int(window: &mut Window, to: Reg, number: i64) {
    put_int(&mut window[to as usize], number);
}

#[inline(always)]
fn set_bool(window: &mut Window, to: Reg, truth: bool) {
    match &mut window[to as usize] {
        Value::Bool(place) => *place = truth,
        place => *place = Value::Bool(truth),
    }
}

#[inline(always)]
fn copy(window: &mut Window, to: Reg, from: Reg) {
    if let Value::Int(number) = window[from as usize] {
        return set_int(window, to, number);
    }
    window[to as usize] = window[from as usize].clone();
}

impl Fiber {
    /// Goes on until something is needed from outside.
    pub fn run(&mut self, program: &Program, hooks: &mut dyn Hooks) -> Stop {
        let bounds = hooks.bounds();
        let _within = Within::bytes(bounds.value);
        let spent = Cell::new(0);
        let stop = self.run_within(program, hooks, bounds.depth, &spent);
        hooks.spent(spent.get());
        stop
    }

    fn run_within(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        deepest: usize,
        spent: &Cell<u64>,
    ) -> Stop {
        let mut caught = 0;
        loop {
            match self.go(program, hooks, deepest, spent) {
                Ok(stop) => return stop,
                Err((blame, reason)) => {
                    let failure = Failure {
                        blame,
                        reason,
                        place: self.place(program),
                    };
                    if hooks.stops_at_failure()
                        && !self.would_catch(program, &failure, hooks.monotonic())
                    {
                        return Stop::Failing(failure);
                    }
                    if let Some(stop) = self.raise(program, hooks, failure) {
                        return stop;
                    }
                    // Each time it runs on with all its fuel.
                    caught += 1;
                    if caught == CAUGHT || spent.get() >= FUEL.unsigned_abs() {
                        return Stop::Breathe;
                    }
                }
            }
        }
    }

    /// Runs until a stop or a failure. The next instruction is written back to the frame
    /// wherever this returns.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm an instruction: the loop is the machine"
    )]
    fn go(
        &mut self,
        program: &Program,
        hooks: &mut dyn Hooks,
        deepest: usize,
        spent: &Cell<u64>,
    ) -> Result<Stop, (Blame, String)> {
        let mut fuel = Fuel { left: FUEL, spent };
        'frame: loop {
            let Some(frame) = self.frames.last_mut() else {
                return Ok(Stop::Finish);
            };
            let function = &program.functions[frame.function as usize];
            let code = function.code.as_slice();
            let base = frame.base;
            let mut next = frame.next;
            let Ok(window) = <&mut Window>::try_from(&mut self.stack[base..base + WINDOW]) else {
                return Ok(Stop::Finish);
            };
            macro_rules! stop {
                ($stop:expr) => {{
                    frame.next = next;
                    return Ok($stop);
                }};
            }
            macro_rules! fails {
                ($reason:expr) => {{
                    frame.next = next;
                    return Err((Blame::Error, $reason));
                }};
            }
            macro_rules! tried {
                ($result:expr) => {
                    match $result {
                        Ok(value) => value,
                        Err(reason) => fails!(reason),
                    }
                };
            }
            // Steps that call themselves may run as long as a loop.
            macro_rules! breathe {
                ($length:expr) => {{
                    fuel.left -= $length as i64;
                    if fuel.left <= 0 {
                        return Ok(Stop::Breathe);
                    }
                }};
            }
            macro_rules! made {
                ($to:expr) => {{
                    if let Value::Text(_) | Value::List(_) | Value::Map(_) = &window[$to as usize] {
                        fuel.left -= (window[$to as usize].extent().memory / BYTES) as i64;
                        if fuel.left <= 0 {
                            stop!(Stop::Breathe);
                        }
                    }
                }};
            }
            macro_rules! go_to {
                ($to:expr) => {{
                    let to = $to as usize;
                    if to < next {
                        fuel.left -= (next - to) as i64;
                        if fuel.left <= 0 {
                            next = to;
                            stop!(Stop::Breathe);
                        }
                    }
                    next = to;
                }};
            }
            loop {
                // By reference: each arm loads what it needs of it, and not all that any arm might.
                let Some(op) = code.get(next) else {
                    stop!(Stop::Finish)
                };
                next += 1;
                match *op {
                    Op::Statement => stop!(Stop::Statement),
                    Op::Const { to, k } => {
                        window[to as usize] = program.constants[k as usize].clone()
                    }
                    Op::Int { to, number } => set_int(window, to, i64::from(number)),
                    Op::Move { to, from } => copy(window, to, from),
                    Op::LoadWide { to, slot } => {
                        if let Some(wide) = self.wide.last() {
                            window[to as usize] = wide.slots[slot as usize].clone();
                        }
                    }
                    Op::StoreWide { from, slot } => {
                        if let Some(wide) = self.wide.last_mut() {
                            wide.slots[slot as usize] = window[from as usize].clone();
                        }
                    }
                    Op::Global { to, index } => window[to as usize] = hooks.global(index),
                    Op::Defined { of, variable } => {
                        if is_unset(&window[of as usize]) {
                            let name = &function.variables[variable as usize].name;
                            fails!(format!("`{name}` was not set on the way here"));
                        }
                    }
                    Op::Add { to, left, right } => {
                        if let (Value::Int(a), Value::Int(b)) =
                            (&window[left as usize], &window[right as usize])
                            && let Some(sum) = a.checked_add(*b)
                        {
                            set_int(window, to, sum);
                        } else {
                            window[to as usize] = tried!(ops::binary(
                                Operator::Add,
                                &window[left as usize],
                                &window[right as usize]
                            ));
                            made!(to);
                        }
                    }
                    Op::AddInt { to, left, number } => {
                        if let Value::Int(a) = window[left as usize]
                            && let Some(sum) = a.checked_add(i64::from(number))
                        {
                            set_int(window, to, sum);
                        } else {
                            window[to as usize] =
                                tried!(super::values::add_int(&window[left as usize], number));
                        }
                    }
                    Op::Subtract { to, left, right } => {
                        if let (Value::Int(a), Value::Int(b)) =
                            (&window[left as usize], &window[right as usize])
                            && let Some(difference) = a.checked_sub(*b)
                        {
                            set_int(window, to, difference);
                        } else {
                            window[to as usize] = tried!(ops::binary(
                                Operator::Subtract,
                                &window[left as usize],
                                &window[right as usize]
                            ));
                        }
                    }
                    Op::Multiply { to, left, right } => {
                        if let (Value::Int(a), Value::Int(b)) =
                            (&window[left as usize], &window[right as usize])
                            && let Some(product) = a.checked_mul(*b)
                        {
                            set_int(window, to, product);
                        } else {
                            window[to as usize] = tried!(ops::binary(
                                Operator::Multiply,
                                &window[left as usize],
                                &window[right as usize]
                            ));
                        }
                    }
                    Op::Binary {
                        to,
                        left,
                        right,
                        operator,
                    } => {
                        window[to as usize] = tried!(ops::binary(
                            operator,
                            &window[left as usize],
                            &window[right as usize]
                        ));
                    }
                    Op::Append { to, from } => {
                        if let (Value::Int(a), Value::Int(b)) =
                            (&window[to as usize], &window[from as usize])
                            && let Some(sum) = a.checked_add(*b)
                        {
                            set_int(window, to, sum);
                        } else {
                            let added = window[from as usize].clone();
                            tried!(ops::append(&mut window[to as usize], &added));
                        }
                    }
                    Op::Negate { to, from } => {
                        window[to as usize] = tried!(ops::negate(&window[from as usize]))
                    }
                    Op::Not { to, from } => {
                        window[to as usize] = tried!(ops::not(&window[from as usize]))
                    }
                    Op::Truth { to, from } => {
                        let truth = tried!(ops::truth(&window[from as usize]));
                        set_bool(window, to, truth);
                    }
                    Op::Matches { to, text, k } => {
                        let matches = tried!(ops::matches(
                            &window[text as usize],
                            &program.regexes[k as usize]
                        ));
                        set_bool(window, to, matches);
                    }
                    Op::MatchesValue { to, text, regex } => {
                        let matches = tried!(super::values::matches(
                            &window[text as usize],
                            &window[regex as usize]
                        ));
                        set_bool(window, to, matches);
                    }
                    Op::Push { from } => self.pushed.push(window[from as usize].clone()),
                    Op::Text { to, count } => {
                        let from = self.pushed.len() - count as usize;
                        window[to as usize] = tried!(super::values::text(&self.pushed[from..]));
                        self.pushed.truncate(from);
                        made!(to);
                    }
                    Op::NewList { to } => window[to as usize] = Value::List(Arc::default()),
                    Op::ListPush { list, from } => {
                        let value = window[from as usize].clone();
                        if let Value::List(list) = &mut window[list as usize] {
                            tried!(ops::push(Arc::make_mut(list), value));
                        }
                    }
                    Op::ListExtend { list, from } => {
                        let added = tried!(super::values::elements(&window[from as usize], hooks));
                        if let Value::List(list) = &mut window[list as usize] {
                            Arc::make_mut(list).extend(added);
                        }
                    }
                    Op::NewMap { to } => window[to as usize] = Value::Map(Arc::default()),
                    Op::MapSet { map, from, k } => {
                        let value = window[from as usize].clone();
                        let key = program.constants[k as usize].to_text().into_owned();
                        if let Value::Map(map) = &mut window[map as usize] {
                            tried!(ops::insert(Arc::make_mut(map), key, value));
                        }
                    }
                    Op::Index { to, of, index } => {
                        if let (Value::List(list), Value::Int(at)) =
                            (&window[of as usize], &window[index as usize])
                            && let Some(value) =
                                usize::try_from(*at).ok().and_then(|at| list.get(at))
                        {
                            if let Value::Int(number) = value {
                                let number = *number;
                                set_int(window, to, number);
                            } else {
                                window[to as usize] = value.clone();
                            }
                        } else {
                            window[to as usize] = tried!(super::values::index(
                                &window[of as usize],
                                &window[index as usize],
                                hooks
                            ));
                        }
                    }
                    Op::Field { to, of, name } => {
                        let name = &*program.names[name as usize];
                        if let Value::Map(map) = &window[of as usize]
                            && let Some(value) = map.get(name)
                        {
                            if let Value::Int(number) = value {
                                let number = *number;
                                set_int(window, to, number);
                            } else {
                                window[to as usize] = value.clone();
                            }
                        } else {
                            window[to as usize] =
                                tried!(super::values::field(&window[of as usize], name, hooks));
                        }
                    }
                    Op::Path { to, of, path } => {
                        let (first, second) = &program.paths[path as usize];
                        window[to as usize] = tried!(super::values::path(
                            &window[of as usize],
                            first,
                            second,
                            hooks
                        ));
                    }
                    Op::Function {
                        to,
                        count,
                        function,
                    } => {
                        let from = self.pushed.len() - count as usize;
                        let called = &program.called[function as usize];
                        let arguments = &self.pushed[from..];
                        window[to as usize] =
                            tried!(super::values::function(called, arguments, hooks));
                        self.pushed.truncate(from);
                        made!(to);
                    }
                    Op::Jump { to } => next = to as usize,
                    Op::Back { to } => go_to!(to),
                    Op::JumpIf { condition, to } => match window[condition as usize] {
                        Value::Bool(false) => {}
                        Value::Bool(true) => go_to!(to),
                        _ => {
                            if tried!(ops::truth(&window[condition as usize])) {
                                go_to!(to);
                            }
                        }
                    },
                    Op::JumpUnless { condition, to } => match window[condition as usize] {
                        Value::Bool(true) => {}
                        Value::Bool(false) => go_to!(to),
                        _ => {
                            if !tried!(ops::truth(&window[condition as usize])) {
                                go_to!(to);
                            }
                        }
                    },
                    Op::JumpLess { left, right, to } => {
                        let less = match (&window[left as usize], &window[right as usize]) {
                            (Value::Int(a), Value::Int(b)) => a < b,
                            (a, b) => tried!(ops::order(a, b)) == Ordering::Less,
                        };
                        if less {
                            go_to!(to);
                        }
                    }
                    Op::JumpLessEqual { left, right, to } => {
                        let less = match (&window[left as usize], &window[right as usize]) {
                            (Value::Int(a), Value::Int(b)) => a <= b,
                            (a, b) => tried!(ops::order(a, b)) != Ordering::Greater,
                        };
                        if less {
                            go_to!(to);
                        }
                    }
                    Op::JumpLessInt { left, number, to } => {
                        let less = match &window[left as usize] {
                            Value::Int(a) => *a < i64::from(number),
                            a => {
                                tried!(ops::order(a, &Value::Int(i64::from(number))))
                                    == Ordering::Less
                            }
                        };
                        if less {
                            go_to!(to);
                        }
                    }
                    Op::JumpFromInt { left, number, to } => {
                        let less = match &window[left as usize] {
                            Value::Int(a) => *a < i64::from(number),
                            a => {
                                tried!(ops::order(a, &Value::Int(i64::from(number))))
                                    == Ordering::Less
                            }
                        };
                        if !less {
                            go_to!(to);
                        }
                    }
                    Op::JumpEqual {
                        left,
                        right,
                        negate,
                        to,
                    } => {
                        let equal = match (&window[left as usize], &window[right as usize]) {
                            (Value::Int(a), Value::Int(b)) => a == b,
                            (Value::Text(a), Value::Text(b)) => a == b,
                            (a, b) => tried!(ops::equal_known(a, b)),
                        };
                        if equal != negate {
                            go_to!(to);
                        }
                    }
                    Op::Iterate { list } => {
                        let value = tried!(super::values::iterable(&window[list as usize], hooks));
                        window[list as usize] = value;
                        window[list as usize + 1] = Value::Int(0);
                    }
                    Op::IterateList { list } => {
                        let value = tried!(super::values::filtered(&window[list as usize], hooks));
                        window[list as usize] = value;
                        window[list as usize + 1] = Value::Int(0);
                    }
                    Op::Next {
                        list,
                        value,
                        pairs,
                        to,
                    } => {
                        let at = match &mut window[list as usize + 1] {
                            Value::Int(at) => {
                                *at += 1;
                                (*at - 1) as usize
                            }
                            _ => 0,
                        };
                        let (first, second) = match &window[list as usize] {
                            Value::List(list) => match list.get(at) {
                                Some(element) if pairs => {
                                    (Value::Int(at as i64), Some(element.clone()))
                                }
                                Some(element) => (element.clone(), None),
                                None => {
                                    next = to as usize;
                                    continue;
                                }
                            },
                            Value::Map(map) => match map.get_index(at) {
                                Some((key, element)) => {
                                    (Value::from(key.as_str()), pairs.then(|| element.clone()))
                                }
                                None => {
                                    next = to as usize;
                                    continue;
                                }
                            },
                            _ => {
                                next = to as usize;
                                continue;
                            }
                        };
                        window[value as usize] = first;
                        if let Some(second) = second {
                            window[value as usize + 1] = second;
                        }
                    }
                    Op::Count { of } => {
                        let count = tried!(super::values::count(&window[of as usize]));
                        set_int(window, of, count);
                    }
                    Op::Coerce { of, kind, name } => {
                        let coerced = ops::coerce(&window[of as usize], kind);
                        window[of as usize] = tried!(coerced.map_err(|reason| format!(
                            "`{}`: {reason}",
                            program.names[name as usize]
                        )));
                    }
                    Op::Call {
                        to,
                        base: arguments,
                        function: called,
                    } => {
                        frame.next = next;
                        let (at, back) = (base + arguments as usize, arguments - to);
                        let length = self.call(program, at, back, called, deepest)?;
                        breathe!(length);
                        continue 'frame;
                    }
                    Op::CallBound {
                        to,
                        base: arguments,
                        site,
                    } => {
                        frame.next = next;
                        let site = &program.steps[site as usize];
                        let from = self.pushed.len() - site.words.len();
                        let words = self.pushed.split_off(from);
                        let (called, bound) = super::values::bind_own(program, site, words)
                            .map_err(|reason| (Blame::Error, reason))?;
                        let at = base + arguments as usize;
                        if self.stack.len() < at + WINDOW {
                            self.stack.resize(at + WINDOW, Value::None);
                        }
                        for (register, value) in bound.into_iter().enumerate() {
                            self.stack[at + register] = value;
                        }
                        let length = self.call(program, at, arguments - to, called, deepest)?;
                        breathe!(length);
                        continue 'frame;
                    }
                    Op::Return { from } => {
                        let to = base - frame.back as usize;
                        let result = match &mut window[from as usize] {
                            Value::Int(number) => Ok(*number),
                            other => Err(std::mem::take(other)),
                        };
                        for register in &mut window[..function.registers as usize] {
                            if !matches!(register, Value::Int(_) | Value::None | Value::Bool(_)) {
                                *register = Value::None;
                            }
                        }
                        while self.wide.pop_if(|wide| wide.frame >= frame.id).is_some() {}
                        let depth = self.frames.len();
                        while self
                            .regions
                            .last()
                            .is_some_and(|region| region.depth == depth)
                        {
                            self.regions.pop();
                        }
                        self.frames.pop();
                        match result {
                            Ok(number) => put_int(&mut self.stack[to], number),
                            Err(value) => self.stack[to] = value,
                        }
                        if self.frames.is_empty() {
                            return Ok(Stop::Yield(std::mem::take(&mut self.stack[to])));
                        }
                        continue 'frame;
                    }
                    Op::Yield { from } => {
                        let value = window[from as usize].clone();
                        stop!(Stop::Yield(value))
                    }
                    Op::Step { to, site } => stop!(Stop::Step { to, site }),
                    Op::Background { to, site } => stop!(Stop::Background { to, site }),
                    Op::Await { site } => stop!(Stop::Await(site)),
                    Op::Cancel { site } => stop!(Stop::Cancel(site)),
                    Op::Defer { site } => stop!(Stop::Defer(site)),
                    Op::Parallel { site } => {
                        next = program.parallels[site as usize].after as usize;
                        stop!(Stop::Parallel(site))
                    }
                    Op::BranchEnd => stop!(Stop::BranchEnd),
                    Op::Wait { to, site } => stop!(Stop::Wait { to, site }),
                    Op::Finish => stop!(Stop::Finish),
                    Op::Assigned { from, variable } => {
                        let place = function.place(next - 1);
                        hooks.assigned(frame.id, variable, &window[from as usize], place);
                    }
                    Op::Mark { to, name } => {
                        let place = function.place(next - 1);
                        window[to as usize] =
                            Value::Moment(hooks.marked(&program.names[name as usize], place));
                    }
                    Op::Assert { condition, site } => {
                        let assert = &program.asserts[site as usize];
                        if tried!(ops::truth(&window[condition as usize])) {
                            let names = super::values::values(&assert.names, window);
                            let checked = super::Checked::so(names);
                            hooks.checked(assert, function.place(next - 1), true, checked);
                            next = assert.after as usize;
                        }
                        super::values::forget(
                            function,
                            &assert.names,
                            window,
                            assert.after as usize == next,
                        );
                    }
                    Op::Enter { .. }
                    | Op::Leave { .. }
                    | Op::Abandon { .. }
                    | Op::Watch { .. }
                    | Op::End { .. }
                    | Op::AssertFailed { .. } => {
                        frame.next = next;
                        match self.cold(program, hooks, *op)? {
                            Some(stop) => return Ok(stop),
                            None => continue 'frame,
                        }
                    }
                }
            }
        }
    }

    /// Calls a function whose arguments stand at that place of the stack, and whose result goes `back` before it;
    /// gives its length.
    #[inline(always)]
    fn call(
        &mut self,
        program: &Program,
        base: usize,
        back: Reg,
        function: u32,
        deepest: usize,
    ) -> Result<usize, (Blame, String)> {
        if self.frames.len() >= deepest {
            return Err(too_deep(deepest));
        }
        if self.stack.len() < base + WINDOW {
            self.grow(base + WINDOW);
        }
        let called = &program.functions[function as usize];
        self.next_frame += 1;
        if called.wide > 0 || !called.unset.is_empty() {
            self.furnish(called, base);
        }
        self.frames.push(Frame {
            function,
            back,
            base,
            next: 0,
            id: self.next_frame,
        });
        Ok(called.code.len())
    }

    #[cold]
    fn grow(&mut self, to: usize) {
        self.stack.resize(to, Value::None);
    }
}

#[cold]
fn too_deep(deepest: usize) -> (Blame, String) {
    let reason = format!("steps call each other more than {deepest} deep");
    (Blame::Error, reason)
}
