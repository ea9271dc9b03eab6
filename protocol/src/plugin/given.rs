//! What a request was answered with.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;

use super::{kind, write};
use crate::json::{Tagged, Untagged, untagged};
use crate::value::Value;

/// What a request was answered with, as the JSON that it came in: whoever asked knows what it is
/// to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given(String);

impl Given {
    /// What is given where a command was done.
    pub(super) fn value_of(value: &Value) -> Self {
        let mut text = String::from(r#"{"value":"#);
        write(&mut text, &Tagged(value));
        text.push('}');
        Self(text)
    }

    /// JSON, as it came.
    pub(super) fn text(json: &str) -> Self {
        Self(json.to_owned())
    }

    /// The answer to that request, as a line.
    pub(super) fn line(&self, id: Option<u64>) -> Vec<u8> {
        let id = id.map_or("null".to_owned(), |id| id.to_string());
        let given = &self.0;
        format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{given}}}\n").into_bytes()
    }

    /// The value that a call was answered with: `value`, or `none` where it is left out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value(&self) -> Result<Value, String> {
        match serde_json::from_str::<Returned>(&self.0) {
            Ok(Returned(value)) => Ok(value),
            // Why is found out the slow way.
            Err(_) => returned(&self.json()?),
        }
    }

    /// All of it.
    ///
    /// # Errors
    /// If it is nested too deep, or a text in it is none.
    pub fn json(&self) -> Result<Json, String> {
        serde_json::from_str(&self.0).map_err(|error| error.to_string())
    }
}

impl From<&Json> for Given {
    fn from(json: &Json) -> Self {
        Self(json.to_string())
    }
}

fn returned(result: &Json) -> Result<Value, String> {
    match result {
        Json::Null => Ok(Value::None),
        Json::Object(fields) => fields.get("value").map_or(Ok(Value::None), untagged),
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
                let mut value = Value::None;
                while let Some(key) = from.next_key()? {
                    match key {
                        Key::Value => Untagged(value) = from.next_value()?,
                        Key::Unknown => drop(from.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Returned(value))
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
