//! Values: what a scenario's variables hold, and what crosses to commands and back.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::collection::{Extent, List, Map};
use crate::json;
use crate::quantity;
use crate::result::StepResult;

/// Text that is cheap to copy, and grows in place while nobody else holds it.
pub type Text = Arc<String>;

/// One value of the language: sixteen bytes, cheap to copy.
///
/// Whatever does not fit beside the tag is shared. Equality here is that of the data;
/// the language's `==`, which reads text as a number where the other side is one, is
/// the interpreter's.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// `none`: no value.
    #[default]
    None,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal.
    Decimal(Arc<Decimal>),
    /// Text.
    Text(Text),
    /// Bytes that are not UTF-8: a step's output as it came.
    Bytes(Arc<Vec<u8>>),
    /// A list.
    List(Arc<List>),
    /// A map.
    Map(Arc<Map>),
    /// A time, in nanoseconds.
    Duration(i64),
    /// A size, in bytes.
    Size(i64),
    /// A percentage: 15 for `15%`.
    Percent(Arc<Decimal>),
    /// A moment, in nanoseconds since 1970 in UTC.
    Moment(i64),
    /// What a step gave.
    Result(Arc<StepResult>),
    /// Something live that is known by its name: its fields are looked up when read.
    Handle(Arc<Handle>),
    /// A value that must not be shown. What is computed from it is secret too.
    Secret(Arc<Value>),
}

/// Something live that a value stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Handle {
    /// What it is.
    pub kind: HandleKind,
    /// Its name: a component's (`Server[1]` for a member of a family) or a job's.
    pub name: String,
}

/// What a handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandleKind {
    /// A component, or a member of a family.
    Component,
    /// A family of components.
    Family,
    /// A background job.
    Job,
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Arc::new(text.into()))
    }

    /// Bytes: text where they are UTF-8.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::text(text),
            Err(error) => Self::Bytes(Arc::new(error.into_bytes())),
        }
    }

    /// A list.
    pub fn list(elements: Vec<Value>) -> Self {
        Self::List(Arc::new(List::from(elements)))
    }

    /// A map.
    pub fn map(map: Map) -> Self {
        Self::Map(Arc::new(map))
    }

    /// A decimal.
    pub fn decimal(decimal: Decimal) -> Self {
        Self::Decimal(Arc::new(decimal))
    }

    /// A percentage: 15 for `15%`.
    pub fn percent(percent: Decimal) -> Self {
        Self::Percent(Arc::new(percent))
    }

    /// A component, by its name.
    pub fn component(name: impl Into<String>) -> Self {
        Self::Handle(Arc::new(Handle {
            kind: HandleKind::Component,
            name: name.into(),
        }))
    }

    /// The same value, not to be shown.
    #[must_use]
    pub fn into_secret(self) -> Self {
        match self {
            Self::Secret(_) | Self::None => self,
            value => Self::Secret(Arc::new(value)),
        }
    }

    /// The value itself where it is a secret: for use, never for showing.
    pub fn reveal(&self) -> &Value {
        let mut value = self;
        while let Self::Secret(inner) = value {
            value = inner;
        }
        value
    }

    /// Whether it is a secret, or holds one.
    pub fn is_secret(&self) -> bool {
        match self {
            Self::Secret(_) => true,
            Self::List(list) => list.extent().secret,
            Self::Map(map) => map.extent().secret,
            Self::Result(result) => result.value.is_secret(),
            _ => false,
        }
    }

    /// About how many bytes it takes: those of its [`extent`](Self::extent), at once for what holds nothing.
    #[inline]
    pub fn memory(&self) -> u64 {
        match self {
            Self::List(_)
            | Self::Map(_)
            | Self::Text(_)
            | Self::Bytes(_)
            | Self::Result(_)
            | Self::Secret(_) => self.extent().memory,
            _ => SLOT,
        }
    }

    /// What it holds: how deep it goes, how long it is as text, whether it holds a secret.
    pub fn extent(&self) -> Extent {
        /// About what a number or a quantity takes.
        const SHORT: u64 = 8;
        /// What text has around it.
        const AROUND: u64 = 40;
        let plain = |bytes: usize| Extent {
            bytes: bytes as u64,
            memory: SLOT + AROUND + bytes as u64,
            ..Extent::default()
        };
        match self {
            Self::List(list) => list.extent(),
            Self::Map(map) => map.extent(),
            Self::Text(text) => plain(text.len() + 2),
            Self::Bytes(bytes) => plain(bytes.len() + 2),
            Self::Result(result) => {
                let extent = result.value.extent();
                let lost = match result.lacks(&result.value) {
                    true => result.origin,
                    false => extent.lost,
                };
                Extent { lost, ..extent }
            }
            Self::Secret(value) => Extent {
                secret: true,
                ..value.extent()
            },
            _ => Extent {
                bytes: SHORT,
                memory: SLOT,
                ..Extent::default()
            },
        }
    }

    /// What kind of value it is, in the words of the language's errors.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bool(_) => "true/false",
            Self::Int(_) => "a whole number",
            Self::Decimal(_) => "a decimal",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Duration(_) => "a time",
            Self::Size(_) => "a size",
            Self::Percent(_) => "a percentage",
            Self::Moment(_) => "a moment",
            Self::Result(_) => "a result",
            Self::Handle(handle) => match handle.kind {
                HandleKind::Component => "a component",
                HandleKind::Family => "a family of components",
                HandleKind::Job => "a background job",
            },
            Self::Secret(value) => value.kind(),
        }
    }

    /// The value as text, as words and `echo` have it; a secret is revealed.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::None => "none".into(),
            Self::Bool(true) => "true".into(),
            Self::Bool(false) => "false".into(),
            Self::Int(number) => number.to_string().into(),
            Self::Decimal(decimal) => quantity::decimal_text(decimal).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes),
            Self::List(_) | Self::Map(_) => json::to_plain_json(self).into(),
            Self::Duration(nanos) => quantity::duration_text(*nanos).into(),
            Self::Size(bytes) => quantity::size_text(*bytes).into(),
            Self::Percent(percent) => format!("{}%", percent.normalize()).into(),
            Self::Moment(nanos) => quantity::moment_text(*nanos).into(),
            Self::Result(result) => result.value.to_text(),
            Self::Handle(handle) => handle.name.as_str().into(),
            Self::Secret(value) => value.to_text(),
        }
    }

    /// The value as a person is shown it: as [text](Value::to_text), a secret masked.
    pub fn shown(&self) -> Cow<'_, str> {
        match self.is_secret() {
            true => MASK.into(),
            false => self.to_text(),
        }
    }

    /// The value as bytes for a program: what [`Value::to_text`] gives, except that bytes
    /// stay as they are.
    pub fn to_raw(&self) -> Cow<'_, [u8]> {
        match self.reveal() {
            Self::Bytes(bytes) => Cow::Borrowed(bytes.as_slice()),
            Self::Result(result) => result.value.to_raw(),
            other => match other.to_text() {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
        }
    }
}

/// For a person: secrets are masked.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// What any value takes where it stands, in bytes.
const SLOT: u64 = 16;

/// What stands in the place of a secret wherever text leaves.
pub const MASK: &str = "********";

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_sixteen_bytes() {
        assert_eq!(size_of::<Value>(), 16);
    }

    #[test]
    fn values_as_text() {
        let six_by_two = Value::decimal(Decimal::from(6) / Decimal::from(2));
        assert_eq!(six_by_two.to_text(), "3");
        assert_eq!(Value::decimal(Decimal::new(2500, 3)).to_text(), "2.5");
        let list = Value::list(vec![
            Value::Int(1),
            Value::from("a\"b"),
            Value::None,
            Value::Duration(1_500_000_000),
        ]);
        assert_eq!(list.to_text(), r#"[1,"a\"b",null,"1.5s"]"#);
        assert_eq!(Value::percent(Decimal::from(15)).to_text(), "15%");
    }

    #[test]
    fn a_secret_is_shown_to_nobody() {
        let secret = Value::from("hunter2").into_secret();
        assert_eq!(secret.to_string(), MASK);
        assert_eq!(Value::list(vec![secret.clone()]).to_string(), MASK);
        assert_eq!(secret.to_text(), "hunter2");
    }
}
