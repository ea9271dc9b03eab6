//! What a request was answered with.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;

use super::{HEAD, kind, numbered, write};
use crate::json::{Brief, Tagged, Untagged, tagged, untagged, write_json, write_value};
use crate::value::Value;

/// What a request was answered with: whoever asked knows what it is to be.
#[derive(Clone, Debug)]
pub struct Given(Form);

#[derive(Clone, Debug)]
enum Form {
    /// JSON, as it came.
    Text(String),
    /// An object that has this as its `value`, and nothing else.
    Value(Value),
}

/// What stands between a call's number and the value that it was answered with.
const NECK: &str = r#","result":{"value":"#;

/// So many bytes are most answers at most.
const ROOM: usize = 256;

impl Given {
    /// What is given where a command was done.
    pub(super) fn value_of(value: &Value) -> Self {
        Self(Form::Value(value.clone()))
    }

    /// JSON, as it came.
    pub(super) fn text(json: &str) -> Self {
        Self(Form::Text(json.to_owned()))
    }

    /// The answer to that request, as a line.
    pub(super) fn line(&self, id: Option<u64>) -> Vec<u8> {
        let text = match (&self.0, id) {
            (Form::Value(value), Some(id)) => return value_line(id, value),
            (Form::Value(_), None) => &self.to_string(),
            (Form::Text(text), _) => text,
        };
        let id = id.map_or("null".to_owned(), |id| id.to_string());
        format!("{HEAD}{id},\"result\":{text}}}\n").into_bytes()
    }

    /// Reads the answer to a call that was done, if its parts stand as they are written here.
    pub(super) fn read(line: &str) -> Option<(u64, Self)> {
        let (id, rest) = numbered(line)?;
        let given = rest.strip_prefix(NECK)?.strip_suffix("}}")?;
        // One whole value, so that nothing else can stand beside it.
        let value = match Brief::only(given) {
            Some(value) => value,
            None => serde_json::from_str::<Untagged>(given).ok()?.0,
        };
        Some((id, Self(Form::Value(value))))
    }

    /// The value that a call was answered with: `value`, or `none` where it is left out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value(&self) -> Result<Value, String> {
        let text = match &self.0 {
            Form::Value(value) => return Ok(value.clone()),
            Form::Text(text) => text,
        };
        match serde_json::from_str::<Returned>(text) {
            Ok(Returned(value)) => Ok(value),
            // Why is found out the slow way.
            Err(_) => returned(&self.json()?),
        }
    }

    /// The value, if there is nothing beside it.
    fn alone(&self) -> Option<Value> {
        match &self.0 {
            Form::Value(value) => Some(value.clone()),
            Form::Text(_) => {
                let json = self.json().ok()?;
                let only = json.as_object().is_some_and(|fields| fields.len() == 1);
                only.then(|| untagged(json.get("value")?).ok()).flatten()
            }
        }
    }

    /// All of it.
    ///
    /// # Errors
    /// If it is nested too deep, or a text in it is none.
    pub fn json(&self) -> Result<Json, String> {
        match &self.0 {
            Form::Value(value) => Ok(serde_json::json!({ "value": tagged(value, true) })),
            Form::Text(text) => serde_json::from_str(text).map_err(|error| error.to_string()),
        }
    }
}

/// It says the same, however it is written: with other spaces, or a time in another unit.
impl PartialEq for Given {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::Text(one), Form::Text(other)) => one == other,
            (Form::Value(_), _) | (_, Form::Value(_)) => self
                .alone()
                .is_some_and(|value| other.alone() == Some(value)),
        }
    }
}

/// As JSON.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Text(text) => f.write_str(text),
            Form::Value(value) => {
                let mut text = String::new();
                write(&mut text, &Tagged(value));
                write!(f, r#"{{"value":{text}}}"#)
            }
        }
    }
}

/// The line that answers that request with a value, with its end.
pub fn value_line(id: u64, value: &Value) -> Vec<u8> {
    let mut line = Vec::with_capacity(ROOM);
    line.extend_from_slice(HEAD.as_bytes());
    write_json(&mut line, &id);
    line.extend_from_slice(NECK.as_bytes());
    write_value(&mut line, value);
    line.extend_from_slice(b"}}\n");
    line
}

impl From<&Json> for Given {
    fn from(json: &Json) -> Self {
        Self(Form::Text(json.to_string()))
    }
}

fn returned(result: &Json) -> Result<Value, String> {
    match result {
        Json::Null => Ok(Value::None),
        Json::Object(fields) => match (fields.get("value"), fields.keys().next()) {
            (Some(value), _) => untagged(value),
            (None, None) => Ok(Value::None),
            (None, Some(other)) => Err(format!(
                "`result` has `{other}` and no `value`, which is what the call gives"
            )),
        },
        other => Err(format!(
            "`result` is to be an object with a `value`, and is {}",
            kind(other)
        )),
    }
}

/// The value of an answer, read without a tree.
struct Returned(Value);

impl<'de> Deserialize<'de> for Returned {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Answer;

        impl<'de> Visitor<'de> for Answer {
            type Value = Returned;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a `value`")
            }

            fn visit_unit<E>(self) -> Result<Returned, E> {
                Ok(Returned(Value::None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Returned, A::Error> {
                let (mut value, mut others) = (None, false);
                while let Some(key) = from.next_key()? {
                    match key {
                        Key::Value => value = Some(from.next_value::<Untagged>()?.0),
                        Key::Unknown => {
                            from.next_value::<IgnoredAny>()?;
                            others = true;
                        }
                    }
                }
                match value {
                    None if others => Err(A::Error::missing_field("value")),
                    value => Ok(Returned(value.unwrap_or_default())),
                }
            }
        }

        from.deserialize_any(Answer)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    Value,
    #[serde(other)]
    Unknown,
}
