//! Lists and maps, which know what they hold.
//!
//! How deep a list or a map goes, how long it is as text, and whether a secret is somewhere in it
//! is kept as elements are added. So a value that would take a machine's memory or a thread's stack
//! can be refused before it is made, although the same element may stand in it a million times.

use std::fmt;
use std::ops::Deref;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use indexmap::map::{IntoIter, Iter};

use crate::result::Origin;
use crate::value::Value;

/// What is known of all that a value holds, without looking at it again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many lists and maps are in one another: none for a number, one for a list of numbers.
    pub depth: u32,
    /// About how many bytes it has as text.
    pub bytes: u64,
    /// About how many bytes of memory it takes, with all that it holds as often as it holds it.
    pub memory: u64,
    /// There is a secret in it.
    pub secret: bool,
    /// Where a result in it is from of which a record has only a mask; [`Origin::Done`] if there is none.
    pub lost: Origin,
}

impl Extent {
    /// What a list or a map begins with: its brackets.
    const EMPTY: Self = Self {
        depth: 1,
        bytes: 2,
        memory: 80,
        secret: false,
        lost: Origin::Done,
    };

    /// One more element, with so many bytes of its own beside it.
    fn add(&mut self, element: &Value, beside: usize) {
        let element = element.extent();
        self.depth = self.depth.max(element.depth.saturating_add(1));
        let bytes = element.bytes.saturating_add(beside as u64);
        self.bytes = self.bytes.saturating_add(bytes);
        let memory = element.memory.saturating_add(beside as u64);
        self.memory = self.memory.saturating_add(memory);
        self.secret |= element.secret;
        if self.lost == Origin::Done {
            self.lost = element.lost;
        }
    }
}

/// A list's elements, read as a slice.
#[derive(Clone)]
pub struct List {
    elements: Vec<Value>,
    extent: Extent,
}

impl List {
    /// A list of nothing.
    pub fn new() -> Self {
        Self::from(Vec::new())
    }

    /// One element more, at the end.
    pub fn push(&mut self, element: Value) {
        self.extent.add(&element, 1);
        self.elements.push(element);
    }

    /// What it holds.
    pub fn extent(&self) -> Extent {
        self.extent
    }
}

impl Default for List {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Vec<Value>> for List {
    fn from(elements: Vec<Value>) -> Self {
        let mut extent = Extent::EMPTY;
        for element in &elements {
            extent.add(element, 1);
        }
        Self { elements, extent }
    }
}

impl Extend<Value> for List {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, elements: I) {
        let elements = elements.into_iter();
        self.elements.reserve(elements.size_hint().0);
        elements.for_each(|element| self.push(element));
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(elements: I) -> Self {
        Self::from(Vec::from_iter(elements))
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.elements
    }
}

impl<'a> IntoIterator for &'a List {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.elements.iter()
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.elements == other.elements
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.elements.fmt(f)
    }
}

/// So many keys are looked at one by one.
const FEW: usize = 8;

/// A map in the order of its keys' first appearance.
#[derive(Clone)]
pub struct Map {
    entries: IndexMap<String, Value, RandomState>,
    extent: Extent,
}

impl Map {
    /// A map of nothing.
    pub fn new() -> Self {
        Self {
            entries: IndexMap::default(),
            extent: Extent::EMPTY,
        }
    }

    /// Gives a key its value; a key that was there keeps its place, and its value is given back.
    pub fn insert(&mut self, key: String, value: Value) -> Option<Value> {
        self.extent.add(&value, key.len() + 4);
        self.entries.insert(key, value)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        // To hash a key takes longer than to look at a few.
        if self.entries.len() <= FEW {
            let mut entries = self.entries.iter();
            return entries
                .find(|(known, _)| *known == key)
                .map(|(_, value)| value);
        }
        self.entries.get(key)
    }

    /// What it holds; what was replaced still counts.
    pub fn extent(&self) -> Extent {
        self.extent
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl Extend<(String, Value)> for Map {
    fn extend<I: IntoIterator<Item = (String, Value)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl FromIterator<(String, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<const N: usize> From<[(String, Value); N]> for Map {
    fn from(entries: [(String, Value); N]) -> Self {
        Self::from_iter(entries)
    }
}

impl Deref for Map {
    type Target = IndexMap<String, Value, RandomState>;

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = IntoIter<String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a String, &'a Value);
    type IntoIter = Iter<'a, String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_known_as_it_is_added() {
        let mut list = List::new();
        assert_eq!(list.extent(), Extent::EMPTY);
        list.push(Value::Int(1));
        assert_eq!((list.extent().depth, list.extent().secret), (1, false));
        list.push(Value::list(vec![Value::map(Map::from([(
            "key".to_owned(),
            Value::from("secret").into_secret(),
        )]))]));
        assert_eq!((list.extent().depth, list.extent().secret), (3, true));
        assert_eq!(List::from(list.to_vec()).extent(), list.extent());
    }

    #[test]
    fn a_key_is_found_among_few_and_among_many() {
        for size in [0, 1, FEW, FEW + 1, 100] {
            let entries = (0..size).map(|key| (key.to_string(), Value::Int(key as i64)));
            let map = Map::from_iter(entries);
            for key in 0..size {
                assert_eq!(map.get(&key.to_string()), Some(&Value::Int(key as i64)));
            }
            assert_eq!(map.get("x"), None);
        }
    }

    #[test]
    fn what_stands_in_it_many_times_counts_many_times() {
        let mut value = Value::from("x".repeat(1000));
        for _ in 0..100 {
            value = Value::list(vec![value.clone(), value]);
        }
        assert_eq!(value.extent().depth, 100);
        assert_eq!(value.extent().bytes, u64::MAX);
    }

    #[test]
    fn the_length_as_text_is_about_right() {
        let value = Value::list(vec![
            Value::from("a".repeat(50)),
            Value::Int(12345),
            Value::map(Map::from([("key".to_owned(), Value::Bool(true))])),
        ]);
        let (told, real) = (value.extent().bytes, value.to_text().len() as u64);
        assert!(told.abs_diff(real) < 30, "{told} and {real}");
    }
}
