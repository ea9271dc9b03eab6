//! What instructions do off the fast path.

use scn_grammar::tree::VerdictKind;
use scn_protocol::{HandleKind, StepResult, Value};

use super::fiber::{RegionState, State};
use super::run::Window;
use super::{Blame, Failure, Fiber, Hooks, Inside, Stop, WatchAsked, is_unset, unset};
use crate::bind::{self, Goes};
use crate::ops;
use crate::program::{
    Binding, Called, EndKind, EndSite, Function, Named, Op, Place, Program, RegionKind, Slot,
    StepSite, WordKind,
};
use scn_grammar::tree::AssertKind;

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
                hooks.checked(assert, place, false, names.clone(), message.as_deref());
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
        use scn_protocol::Verdict;
        match failure {
            None => hooks.case_finished(title, place, Verdict::Pass, None),
            Some(failure) => {
                let verdict = if failure.blame == Blame::Error {
                    Verdict::Error
                } else {
                    Verdict::Fail
                };
                hooks.case_finished(title, place, verdict, Some(&failure.reason));
                let reason = format!("case {title}: {}", failure.reason);
                self.note_in(program, hooks, Failure { reason, ..failure }, outer);
            }
        }
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

    fn open_case(&self) -> Option<usize> {
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
        self.frames.truncate(depth);
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
                hooks.case_finished(
                    &title,
                    region.place,
                    scn_protocol::Verdict::Skip,
                    text.as_deref(),
                );
            }
            _ => self.finish_case(program, hooks, &title, (region.place, region.outer), noted),
        }
        true
    }

    /// What there is around the place where this fiber is, in it, that judges what is noted.
    pub fn inside(&self, program: &Program) -> Inside {
        let case = self.open_case().is_some();
        let again = |region: &RegionState| matches!(region.state, State::Retry { .. });
        let judged = case
            || self.regions.iter().any(again)
            || self.frames.iter().any(|frame| frame.is_tried(program));
        Inside { judged, case }
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

/// What an assertion is called.
pub fn assert_name(kind: AssertKind) -> &'static str {
    match kind {
        AssertKind::Require => "require",
        AssertKind::Assert => "assert",
        AssertKind::Check => "check",
    }
}

/// Why something does not hold: the message, or what was written, and the values in it.
pub fn reason(kind: &str, text: &str, names: &[(String, Value)], message: Option<&str>) -> String {
    let reason = match message {
        Some(message) => format!("{message} ({kind} {text})"),
        None => format!("{kind} {text} does not hold"),
    };
    with_values(reason, names)
}

/// A reason, and the values that it had.
pub fn with_values(mut reason: String, names: &[(String, Value)]) -> String {
    if !names.is_empty() {
        let values: Vec<String> = names
            .iter()
            .map(|(name, value)| format!("{name} is {}", ops::show(value)))
            .collect();
        reason = format!("{reason}: {}", values.join(", "));
    }
    reason
}

pub(super) fn add_int(left: &Value, number: i32) -> Result<Value, String> {
    use scn_grammar::tree::Operator;
    // `x - 1` is compiled as `x + -1`; the words of an error are those that were written.
    match number.checked_neg() {
        Some(positive) if positive > 0 => {
            ops::binary(Operator::Subtract, left, &Value::Int(i64::from(positive)))
        }
        _ => ops::binary(Operator::Add, left, &Value::Int(i64::from(number))),
    }
}

pub(super) fn matches(text: &Value, regex: &Value) -> Result<bool, String> {
    let regex = ops::compile_regex(&regex.to_text())?;
    ops::matches(text, &regex)
}

pub(super) fn text(values: &[Value]) -> Result<Value, String> {
    let mut text = String::new();
    let mut secret = false;
    for value in values {
        ops::limits::has_text(value)?;
        let piece = value.to_text();
        ops::limits::text_fits(text.len() + piece.len())?;
        text.push_str(&piece);
        secret |= value.is_secret();
    }
    let text = Value::from(text);
    Ok(if secret { text.into_secret() } else { text })
}

/// What a function gives; what one that looks outside gave is recorded.
pub(super) fn function(
    called: &Called,
    arguments: &[Value],
    hooks: &mut dyn Hooks,
) -> Result<Value, String> {
    match called {
        Called::Builtin(builtin) => {
            let value = crate::function::call(builtin, arguments, hooks.outside())?;
            if builtin.outside {
                hooks.looked_up(builtin.name, &value);
            }
            Ok(value)
        }
        Called::Own(own) => {
            let value = own.call(arguments)?;
            hooks.looked_up(&own.name, &value);
            Ok(value)
        }
    }
}

/// What `for` goes through: a list, a map, or the members of a family.
pub(super) fn iterable(value: &Value, hooks: &mut dyn Hooks) -> Result<Value, String> {
    match value.reveal() {
        Value::List(_) | Value::Map(_) => Ok(value.reveal().clone()),
        Value::Result(result) => iterable(&result.value, hooks),
        Value::Handle(handle) if handle.kind == HandleKind::Family => {
            Ok(Value::list(hooks.members(handle)))
        }
        other => Err(format!(
            "a list or a map can be gone through, not {} ({})",
            other.kind(),
            ops::show(other)
        )),
    }
}

/// What `where` goes through: a list, or the members of a family.
pub(super) fn filtered(value: &Value, hooks: &mut dyn Hooks) -> Result<Value, String> {
    match iterable(value, hooks)? {
        list @ Value::List(_) => Ok(list),
        other => Err(format!("`where` takes a list, not {}", other.kind())),
    }
}

/// What `#{*…}` spreads.
pub(super) fn elements(value: &Value, hooks: &mut dyn Hooks) -> Result<Vec<Value>, String> {
    match iterable(value, hooks)? {
        Value::List(list) => Ok(list.to_vec()),
        other => Err(format!("#{{*…}} takes a list, not {}", other.kind())),
    }
}

pub(super) fn index(of: &Value, index: &Value, hooks: &mut dyn Hooks) -> Result<Value, String> {
    match of {
        Value::Handle(handle) if handle.kind == HandleKind::Family => hooks.member(handle, index),
        other => ops::index(other, index),
    }
}

pub(super) fn field(of: &Value, name: &str, hooks: &mut dyn Hooks) -> Result<Value, String> {
    match of {
        Value::Handle(handle) => hooks.read(handle, name),
        Value::Result(_) | Value::Map(_) | Value::Secret(_) => ops::field(of, name),
        // What a step of the scenario returned is its value; as a result it passed.
        other if StepResult::FIELDS.contains(&name) => Ok(match name {
            "value" => other.clone(),
            "timed_out" => Value::Bool(false),
            "exit" => Value::Int(0),
            "stdout" | "stderr" | "host" => Value::from(""),
            _ => Value::None,
        }),
        other => ops::field(other, name),
    }
}

pub(super) fn path(
    of: &Value,
    first: &str,
    second: &str,
    hooks: &mut dyn Hooks,
) -> Result<Value, String> {
    match of {
        Value::Handle(handle) if handle.kind == HandleKind::Component => {
            hooks.read_path(handle, first, second)
        }
        other => {
            let inner = field(other, first, hooks)?;
            field(&inner, second, hooks)
        }
    }
}

pub(super) fn count(value: &Value) -> Result<i64, String> {
    match ops::whole(value)? {
        number if number >= 0 => Ok(number),
        number => Err(format!("a count cannot be negative: {number}")),
    }
}

/// Reads how many attempts a step is to have.
pub fn attempts(value: &Value) -> Result<i64, String> {
    match ops::whole(value)? {
        number if number >= 1 => Ok(number),
        number => Err(format!(
            "a step is attempted once at least, not {number} times"
        )),
    }
}

/// Reads a duration, in nanoseconds.
pub fn duration(value: &Value) -> Result<i64, String> {
    match ops::coerce(value, scn_protocol::Type::Duration)? {
        Value::Duration(nanos) if nanos >= 0 => Ok(nanos),
        other => Err(format!("a duration cannot be negative: {other}")),
    }
}

/// The values of the names in a condition that was just evaluated in this window.
pub(super) fn values(names: &[Named], window: &Window) -> Vec<(String, Value)> {
    let value = |named: &Named| (named.text.clone(), window[named.register as usize].clone());
    names
        .iter()
        .map(value)
        .filter(|(_, value)| !is_unset(value))
        .collect()
}

/// Forgets the sides of comparisons that held: on the next evaluation they may not be reached.
pub(super) fn forget(function: &Function, names: &[Named], window: &mut Window, held: bool) {
    if !held {
        return;
    }
    for named in names {
        if function.unset.contains(&Slot::Register(named.register))
            && named.register as usize >= function.variables.len()
        {
            window[named.register as usize] = unset();
        }
    }
}

/// Binds the words of a step of the scenario's own as it is called.
pub(super) fn bind_own(
    program: &Program,
    site: &StepSite,
    values: Vec<Value>,
) -> Result<(u32, Vec<Value>), String> {
    let Binding::Own(function) = site.binding else {
        return Err("this is no step of the scenario".to_owned());
    };
    let signature = program
        .signatures
        .get(&function)
        .ok_or("this step has no signature")?;
    let words = expand(site, values)?;
    let names: Vec<Option<&str>> = words.iter().map(|word| word.name.as_deref()).collect();
    let texts: Vec<String> = words.iter().map(Word::to_text).collect();
    let goes = bind::assign(signature, &names)
        .map_err(|misfit| bind::explain(&misfit, signature, &texts))?;
    let mut bound: Vec<Value> = signature
        .params
        .iter()
        .map(|param| param.default.clone().unwrap_or_default())
        .collect();
    for (word, goes) in words.into_iter().zip(goes) {
        if let Goes::Param(param) = goes {
            bound[param] = ops::coerce(&word.value, signature.params[param].kind)?;
        }
    }
    Ok((function, bound))
}

/// A word of a step, evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// `name=` stands before it.
    pub name: Option<std::rc::Rc<str>>,
    /// Its value.
    pub value: Value,
}

impl Word {
    /// The whole word as text, its name included; masked where it is secret.
    pub fn to_text(&self) -> String {
        match &self.name {
            Some(name) => format!("{name}={}", self.value),
            None => self.value.to_string(),
        }
    }
}

/// The words of a step: lists that stand for several words are taken apart.
pub fn expand(site: &StepSite, values: Vec<Value>) -> Result<Vec<Word>, String> {
    let mut words = Vec::with_capacity(values.len());
    // A word is written down as text, whatever it is handed to.
    values.iter().try_for_each(ops::limits::has_text)?;
    for (word, value) in site.words.iter().zip(values) {
        match word.kind {
            WordKind::Splat => match value.reveal() {
                Value::List(list) => words.extend(list.iter().map(|value| Word {
                    name: None,
                    value: value.clone(),
                })),
                Value::Result(result) if matches!(result.value, Value::List(_)) => {
                    if let Value::List(list) = &result.value {
                        words.extend(list.iter().map(|value| Word {
                            name: None,
                            value: value.clone(),
                        }));
                    }
                }
                other => {
                    return Err(format!(
                        "{} takes a list, and this is {}",
                        word.text,
                        other.kind()
                    ));
                }
            },
            WordKind::Text | WordKind::Value => words.push(Word {
                name: word.name.clone(),
                value,
            }),
        }
    }
    Ok(words)
}
