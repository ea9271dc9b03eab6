//! Tagged JSON as it is mostly written: without spaces, escapes and exponents.
//!
//! A call of a plug-in is written and read for each step, and what `serde_json` asks of each byte to
//! know all of JSON is most of what that takes. So what stands as it is written here is read here, in
//! one pass; at the first sign of anything else nothing is said of it at all, and `serde_json` reads
//! the whole. Written is what has to be escaped, and what is seldom said, by `serde_json` too.

use serde::Serialize;

use super::direct::{NUMBER, Tagged};
use super::{from_digits, sorted_out};
use crate::collection::Map;
use crate::quantity::decimal_text;
use crate::value::Value;

/// Lists and maps that are nested deeper are left to `serde_json`, which has a limit of its own.
const DEEPEST: usize = 64;

/// A text that is read from its beginning. Every method reads what its name says, or is `None`:
/// then what stands there is something else, or the same written in another way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brief<'t> {
    rest: &'t str,
}

impl<'t> Brief<'t> {
    /// Nothing of it was read yet.
    pub(crate) fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    /// One value, and nothing after it.
    pub(crate) fn only(text: &'t str) -> Option<Value> {
        let mut brief = Self::new(text);
        let value = brief.value()?;
        brief.rest.is_empty().then_some(value)
    }

    /// This very text.
    pub(crate) fn literally(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// All of it was read.
    pub(crate) fn end(self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    /// A value, as [`untagged`](super::untagged) reads it.
    pub(crate) fn value(&mut self) -> Option<Value> {
        self.value_in(0)
    }

    /// An object of which the keys are names, and never tags.
    pub(crate) fn named(&mut self) -> Option<Map> {
        self.map(0)
    }

    /// A list of values.
    pub(crate) fn list(&mut self) -> Option<Vec<Value>> {
        self.elements(0)
    }

    /// A number that is none below zero.
    pub(crate) fn natural(&mut self) -> Option<u64> {
        let digits = self.digits()?;
        digits.parse().ok()
    }

    /// A text in its quotes.
    pub(crate) fn text(&mut self) -> Option<&'t str> {
        let inside = self.rest.strip_prefix('"')?;
        let end = memchr::memchr(b'"', inside.as_bytes())?;
        let (text, rest) = inside.split_at(end);
        self.rest = &rest[1..];
        stands_as_it_is(text).then_some(text)
    }

    fn value_in(&mut self, depth: usize) -> Option<Value> {
        match self.rest.as_bytes().first()? {
            b'"' => self.text().map(Value::from),
            b'{' => sorted_out(self.map(depth)?).ok(),
            b'[' => self.elements(depth).map(Value::list),
            b'n' => self.literally("null").map(|()| Value::None),
            b't' => self.literally("true").map(|()| Value::Bool(true)),
            b'f' => self.literally("false").map(|()| Value::Bool(false)),
            _ => self.number(),
        }
    }

    fn map(&mut self, depth: usize) -> Option<Map> {
        self.literally("{").filter(|()| depth < DEEPEST)?;
        let mut map = Map::new();
        if self.literally("}").is_some() {
            return Some(map);
        }
        loop {
            let key = self.text().filter(|key| *key != NUMBER)?;
            self.literally(":")?;
            map.insert(key.to_owned(), self.value_in(depth + 1)?);
            if self.goes_on("}")? {
                continue;
            }
            return Some(map);
        }
    }

    fn elements(&mut self, depth: usize) -> Option<Vec<Value>> {
        self.literally("[").filter(|()| depth < DEEPEST)?;
        let mut elements = Vec::new();
        if self.literally("]").is_some() {
            return Some(elements);
        }
        loop {
            elements.push(self.value_in(depth + 1)?);
            if self.goes_on("]")? {
                continue;
            }
            return Some(elements);
        }
    }

    /// Whether another element follows, or the end.
    fn goes_on(&mut self, end: &str) -> Option<bool> {
        match self.literally(",") {
            Some(()) => Some(true),
            None => self.literally(end).map(|()| false),
        }
    }

    fn number(&mut self) -> Option<Value> {
        let all = self.rest;
        let _ = self.literally("-");
        self.digits()?;
        if self.literally(".").is_some() {
            self.some_digits()?;
        }
        if self.rest.starts_with(['e', 'E']) {
            return None;
        }
        from_digits(&all[..all.len() - self.rest.len()]).ok()
    }

    /// Digits of which the first is a zero only where it is the only one.
    fn digits(&mut self) -> Option<&'t str> {
        let digits = self.some_digits()?;
        (digits.len() == 1 || !digits.starts_with('0')).then_some(digits)
    }

    fn some_digits(&mut self) -> Option<&'t str> {
        let other = |byte: &u8| !byte.is_ascii_digit();
        let bytes = self.rest.as_bytes();
        let end = bytes.iter().position(other).unwrap_or(bytes.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        (end > 0).then_some(digits)
    }
}

/// Whether nothing in a text is escaped where it stands in quotes.
fn stands_as_it_is(text: &str) -> bool {
    // All bytes are looked at, and not only those up to the first of these: so it is many at once.
    let odd = |odd, byte: &u8| odd | (*byte < b' ') | (*byte == b'\\') | (*byte == b'"');
    !text.as_bytes().iter().fold(false, odd)
}

/// Adds a text in its quotes.
pub(crate) fn write_text(to: &mut Vec<u8>, text: &str) {
    if !stands_as_it_is(text) {
        return write_json(to, text);
    }
    write_in_quotes(to, text);
}

/// Adds a text in quotes, in which nothing is to be escaped.
pub(crate) fn write_in_quotes(to: &mut Vec<u8>, text: &str) {
    to.push(b'"');
    to.extend_from_slice(text.as_bytes());
    to.push(b'"');
}

/// Adds a value, as [`Tagged`] has it.
pub(crate) fn write_value(to: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(text) => write_text(to, text),
        Value::Int(number) => write_json(to, number),
        Value::Decimal(decimal) => {
            to.extend_from_slice(decimal_text(decimal).as_bytes());
            if decimal.is_integer() {
                // So that it is read back as a decimal.
                to.extend_from_slice(b".0");
            }
        }
        Value::List(list) => write_list(to, list),
        Value::Map(map) => {
            let entries = map.iter();
            write_map(to, entries.map(|(key, value)| (key.as_str(), value)));
        }
        Value::Result(result) => write_value(to, &result.value),
        Value::Secret(value) => write_value(to, value),
        other => write_json(to, &Tagged(other)),
    }
}

/// Adds a list of values.
pub(crate) fn write_list(to: &mut Vec<u8>, list: &[Value]) {
    to.push(b'[');
    for (at, element) in list.iter().enumerate() {
        if at > 0 {
            to.push(b',');
        }
        write_value(to, element);
    }
    to.push(b']');
}

/// Adds an object of values.
pub(crate) fn write_map<'v>(to: &mut Vec<u8>, map: impl Iterator<Item = (&'v str, &'v Value)>) {
    to.push(b'{');
    for (at, (key, value)) in map.enumerate() {
        if at > 0 {
            to.push(b',');
        }
        write_text(to, key);
        to.push(b':');
        write_value(to, value);
    }
    to.push(b'}');
}

/// Adds what `serde_json` writes.
pub(crate) fn write_json(to: &mut Vec<u8>, what: &(impl Serialize + ?Sized)) {
    // Nothing that is said here has a key that is no text, which is all that is ever refused.
    let _ = serde_json::to_writer(to, what);
}
