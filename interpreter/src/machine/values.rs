//! What instructions do to values off the fast path: words, texts, fields, and what a message says of them.

use scn_grammar::tree::AssertKind;
use scn_protocol::{HandleKind, StepResult, Value};

use super::run::Window;
use super::{Hooks, is_unset, unset};
use crate::bind::{self, Goes};
use crate::function::Outside;
use crate::ops;
use crate::program::{Binding, Called, Function, Named, Program, Slot, StepSite, WordKind};

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
    let (mut secret, mut lacks) = (false, false);
    for value in values {
        ops::limits::has_text(value)?;
        let piece = value.to_text();
        ops::limits::text_fits(text.len() + piece.len())?;
        text.push_str(&piece);
        secret |= value.is_secret();
        lacks |= ops::all_known(value).is_err();
    }
    let text = Value::from(text);
    // What is made of a mask is one.
    let text = match lacks {
        true => StepResult::judged(text),
        false => text,
    };
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
            let call =
                |outside: &mut dyn Outside| crate::function::call(builtin, arguments, outside);
            match builtin.outside {
                true => hooks.look(builtin.name, &call),
                false => call(hooks.outside()),
            }
        }
        Called::Own(own) => hooks.look(&own.name, &|_| own.call(arguments)),
    }
}

/// What `for` goes through: a list, a map, or the members of a family.
pub(super) fn iterable(value: &Value, hooks: &mut dyn Hooks) -> Result<Value, String> {
    match value.reveal() {
        Value::List(_) | Value::Map(_) => Ok(value.reveal().clone()),
        Value::Result(result) => {
            ops::known(value)?;
            iterable(&result.value, hooks)
        }
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
    /// It begins with what is written in the scenario, and not with a value, which is never an option.
    pub written: bool,
}

impl Word {
    /// A word of which the text alone is known.
    pub fn plain(text: &str) -> Self {
        Self {
            name: None,
            value: Value::from(text),
            written: true,
        }
    }

    /// The whole word as text, its name included; masked where it is secret.
    pub fn to_text(&self) -> String {
        match &self.name {
            Some(name) => format!("{name}={}", self.value),
            None => self.value.shown().into_owned(),
        }
    }
}

/// The words of a step: lists that stand for several words are taken apart.
pub fn expand(site: &StepSite, values: Vec<Value>) -> Result<Vec<Word>, String> {
    let mut words = Vec::with_capacity(values.len());
    // A word is written down as text, whatever it is handed to.
    values.iter().try_for_each(ops::limits::has_text)?;
    let element = |value: &Value| Word {
        name: None,
        value: value.clone(),
        written: false,
    };
    for (word, value) in site.words.iter().zip(values) {
        match word.kind {
            WordKind::Splat => match value.reveal() {
                Value::List(list) => words.extend(list.iter().map(element)),
                Value::Result(result) if matches!(result.value, Value::List(_)) => {
                    if let Value::List(list) = &result.value {
                        words.extend(list.iter().map(element));
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
                written: word.written,
            }),
        }
    }
    Ok(words)
}
