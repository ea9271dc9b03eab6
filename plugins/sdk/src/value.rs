//! Values: what a scenario's variables hold.

use std::fmt;

use crate::convert::{FromValue, IntoValue};
use crate::decimal::Decimal;

/// One value.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// `none`.
    #[default]
    None,
    /// true or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// Text.
    Text(String),
    /// Bytes that are no UTF-8.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Map),
    /// A time, in nanoseconds.
    Duration(i64),
    /// A size, in bytes.
    Size(i64),
    /// A percentage: 15 for 15%.
    Percent(Decimal),
    /// A moment, in nanoseconds since 1970 in UTC.
    Moment(i64),
}

impl Value {
    /// What kind of value it is, in the words of `scn`.
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
        }
    }

    /// The value of that key, if it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// The element at that place, if it is a list that is so long.
    pub fn at(&self, index: usize) -> Option<&Value> {
        match self {
            Self::List(list) => list.get(index),
            _ => None,
        }
    }
}

/// A map, in its order.
#[derive(Clone, Default, PartialEq)]
pub struct Map(Vec<(String, Value)>);

impl Map {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one entry more, or in the place of one of the same key.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl IntoValue) -> Self {
        self.insert(key, value);
        self
    }

    /// Adds an entry, or puts it in the place of one of the same key.
    pub fn insert(&mut self, key: impl Into<String>, value: impl IntoValue) {
        let (key, value) = (key.into(), value.into_value());
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key, value)),
        }
    }

    /// The value of that key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value)
    }

    /// The value of that key, as that type; what is not there is `none`, which an [`Option`]
    /// takes.
    ///
    /// # Errors
    /// What is wrong with it, and the key: for a person.
    pub fn get_as<T: FromValue>(&self, key: &str) -> Result<T, String> {
        let value = self.get(key).cloned();
        let lacking = value.is_none();
        T::from_value(value.unwrap_or_default()).map_err(|wrong| match lacking {
            true => format!("`{key}` is lacking"),
            false => format!("`{key}`: {wrong}"),
        })
    }

    /// Its entries, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Into<String>, V: IntoValue> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A size, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Size(pub i64);

/// A percentage: 15 for 15%.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Percent(pub Decimal);

/// Any bytes. What is UTF-8 reaches a scenario as text.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);
