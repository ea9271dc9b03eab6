//! Reading parts of a value: `a[i]`, `a.b`, and going through it.

use std::sync::Arc;

use scn_protocol::{List, Map, Value};

use super::limits;
use super::read::{as_text, known, plain, taint, tainted, whole};
use super::show;

/// `a[i]`: an element of a list or a character of a text by its number from 0 (from the end
/// if it is below 0: `a[-1]` is the last), a value of a map by its key.
///
/// # Errors
/// An index out of range, a key that is not there, and what has no elements.
pub fn index(value: &Value, at: &Value) -> Result<Value, String> {
    // What loops do, before everything else.
    if let (Value::List(list), Value::Int(number)) = (value, at)
        && let Some(found) = usize::try_from(*number).ok().and_then(|at| list.get(at))
    {
        return Ok(found.clone());
    }
    known(value)?;
    known(at)?;
    let secret = tainted(value) || tainted(at);
    let found = match plain(value) {
        Value::List(list) => {
            let position = position(at, list.len(), "the list", "elements")?;
            list.get(position).cloned()
        }
        Value::Map(map) => Some(key(map, at, secret)?),
        other => match as_text(other) {
            Some(text) => {
                let position = position(at, text.chars().count(), "the text", "characters")?;
                text.chars().nth(position).map(Value::text)
            }
            None => {
                let kind = other.kind();
                return Err(format!(
                    "{}[{}]: {kind} has no elements",
                    show(value),
                    show(at)
                ));
            }
        },
    };
    found
        .map(|found| taint(found, secret))
        .ok_or_else(|| format!("{}[{}]: index out of range", show(value), show(at)))
}

/// The index as a number from the start.
fn position(at: &Value, length: usize, what: &str, parts: &str) -> Result<usize, String> {
    let number =
        whole(at).map_err(|reason| format!("an index must be a whole number: {reason}"))?;
    let found = if number < 0 {
        usize::try_from(number.unsigned_abs())
            .ok()
            .and_then(|back| length.checked_sub(back))
    } else {
        usize::try_from(number).ok().filter(|found| *found < length)
    };
    found.ok_or_else(|| {
        let parts = if length == 1 {
            parts.trim_end_matches('s')
        } else {
            parts
        };
        format!(
            "index {} is out of range: {what} has {length} {parts}",
            show(at)
        )
    })
}

fn key(map: &Map, at: &Value, secret: bool) -> Result<Value, String> {
    let name = match plain(at) {
        Value::None | Value::List(_) | Value::Map(_) => {
            return Err(format!(
                "a map's key is text, and {} is {}",
                show(at),
                at.kind()
            ));
        }
        key => key.to_text(),
    };
    map.get(&name).cloned().ok_or_else(|| {
        if secret {
            return format!("there is no key {} in the map", show(at));
        }
        let keys: Vec<&str> = map.keys().map(String::as_str).collect();
        let keys = match super::shorten(&keys.join(", ")) {
            none if none.is_empty() => "is empty".to_owned(),
            keys => format!("has {keys}"),
        };
        format!("there is no key {} in the map: it {keys}", show(at))
    })
}

/// `a.b` of a result or a map; `none` for a field that is not there. What is live (a
/// component, a job) has its fields looked up by those who know it.
///
/// # Errors
/// What has no fields.
pub fn field(value: &Value, name: &str) -> Result<Value, String> {
    let secret = tainted(value);
    match value {
        Value::Secret(inner) => Ok(field(inner, name)?.into_secret()),
        Value::Result(result) => {
            let found = result.field(name);
            if result.lacks_field(name, &found) {
                return Err(format!(".{name}: {}", result.origin.lack()));
            }
            // What a step wrote tells its value, and nothing else of it does.
            let told = matches!(name, "stdout" | "stderr" | "error") || !is_own(name);
            Ok(taint(found, secret && told))
        }
        Value::Map(map) => Ok(map.get(name).cloned().unwrap_or_default()),
        other => Err(format!(
            "{}.{name}: {} has no fields",
            show(other),
            other.kind()
        )),
    }
}

fn is_own(name: &str) -> bool {
    scn_protocol::StepResult::FIELDS.contains(&name)
}

/// A list or a map to go through; what it holds does not change meanwhile.
#[derive(Clone, Debug)]
pub struct Sequence {
    elements: Elements,
    secret: bool,
}

#[derive(Clone, Debug)]
enum Elements {
    List(Arc<List>),
    Map(Arc<Map>),
}

impl Sequence {
    /// How many elements it has.
    pub fn len(&self) -> usize {
        match &self.elements {
            Elements::List(list) => list.len(),
            Elements::Map(map) => map.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `for NAME in …` gets: the element of a list, the key of a map.
    pub fn single(&self, at: usize) -> Option<Value> {
        let found = match &self.elements {
            Elements::List(list) => list.get(at).cloned(),
            Elements::Map(map) => map.get_index(at).map(|(key, _)| Value::from(key.as_str())),
        };
        found.map(|value| taint(value, self.secret))
    }

    /// What `for NAME, NAME in …` gets: the number (from 0) and the element of a list, the
    /// key and the value of a map.
    pub fn pair(&self, at: usize) -> Option<(Value, Value)> {
        let (first, second) = match &self.elements {
            Elements::List(list) => (Value::Int(i64::try_from(at).ok()?), list.get(at)?.clone()),
            Elements::Map(map) => {
                let (key, value) = map.get_index(at)?;
                (Value::from(key.as_str()), value.clone())
            }
        };
        Some((taint(first, self.secret), taint(second, self.secret)))
    }
}

/// What `for` goes through: a list or a map.
///
/// # Errors
/// Anything else, saying what it is.
pub fn iterate(value: &Value) -> Result<Sequence, String> {
    known(value)?;
    let elements = match plain(value) {
        Value::List(list) => Elements::List(Arc::clone(list)),
        Value::Map(map) => Elements::Map(Arc::clone(map)),
        other => {
            let hint = match as_text(other) {
                Some(_) => "; lines(…) and split(…) make a list of a text",
                None if matches!(other, Value::Int(_)) => "; range(…) makes a list of numbers",
                None => "",
            };
            return Err(format!(
                "only a list or a map can be gone through, and {} is {}{hint}",
                show(value),
                other.kind()
            ));
        }
    };
    Ok(Sequence {
        elements,
        secret: tainted(value),
    })
}

/// `[…]`.
///
/// # Errors
/// Lists and maps nested deeper than [`limits::DEEPEST`], or that hold more than [`limits::HEAVIEST`].
pub fn list(elements: Vec<Value>) -> Result<Value, String> {
    nested(Value::list(elements))
}

/// `{…}`.
///
/// # Errors
/// As [`list`].
pub fn map(map: Map) -> Result<Value, String> {
    nested(Value::map(map))
}

/// Whether a value is nested no deeper, and holds no more, than may be.
///
/// # Errors
/// As [`list`].
pub(crate) fn nested(value: Value) -> Result<Value, String> {
    limits::extent_fits(value.extent())?;
    Ok(value)
}

/// One more element for a list that is being made.
///
/// # Errors
/// As [`list`].
pub(crate) fn push(list: &mut List, element: Value) -> Result<(), String> {
    list.push(element);
    limits::extent_fits(list.extent())
}

/// One more entry for a map that is being made.
///
/// # Errors
/// As [`list`].
pub(crate) fn insert(map: &mut Map, key: String, value: Value) -> Result<(), String> {
    map.insert(key, value);
    limits::extent_fits(map.extent())
}
