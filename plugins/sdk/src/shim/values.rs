//! Values as `scn` has them, and as it is lent them.

use std::slice;

use scn_plugin_abi as abi;

use crate::decimal::Decimal;
use crate::value::Value;

/// # Safety
/// `first` is null, or the first of so many.
pub(super) unsafe fn values(first: *const abi::Value, length: usize) -> Vec<Value> {
    if first.is_null() {
        return Vec::new();
    }
    // SAFETY: the caller says so.
    let values = unsafe { slice::from_raw_parts(first, length) };
    // SAFETY: likewise.
    values.iter().map(|value| unsafe { read(value) }).collect()
}

/// # Safety
/// It has so many bytes, or is null.
pub(super) unsafe fn bytes<'a>(text: &abi::Text) -> &'a [u8] {
    match text.data.is_null() {
        true => &[],
        // SAFETY: the caller says so.
        false => unsafe { slice::from_raw_parts(text.data.cast(), text.length) },
    }
}

/// Reads a value of `scn`'s. A kind that a newer one may have is `none`.
///
/// # Safety
/// It is a value, and so is all that it holds.
pub(super) unsafe fn read(value: &abi::Value) -> Value {
    use abi::kind;
    // SAFETY: the caller says so; the kind tells which part is meant.
    unsafe {
        let text = || String::from_utf8_lossy(bytes(&value.held.text)).into_owned();
        let decimal = || text().parse::<Decimal>().unwrap_or_default();
        match value.kind {
            kind::BOOL => Value::Bool(value.held.integer != 0),
            kind::INT => Value::Int(value.held.integer),
            kind::DURATION => Value::Duration(value.held.integer),
            kind::SIZE => Value::Size(value.held.integer),
            kind::MOMENT => Value::Moment(value.held.integer),
            kind::DECIMAL => Value::Decimal(decimal()),
            kind::PERCENT => Value::Percent(decimal()),
            kind::TEXT => Value::Text(text()),
            kind::BYTES => Value::Bytes(bytes(&value.held.text).to_vec()),
            kind::LIST => Value::List(values(value.held.list.items, value.held.list.length)),
            kind::MAP => {
                let (first, length) = (value.held.map.entries, value.held.map.length);
                let entries = match first.is_null() {
                    true => &[],
                    false => slice::from_raw_parts(first, length),
                };
                let entry = |entry: &abi::Entry| {
                    let key = String::from_utf8_lossy(bytes(&entry.key)).into_owned();
                    (key, read(&entry.value))
                };
                Value::Map(entries.iter().map(entry).collect())
            }
            _ => Value::None,
        }
    }
}

/// Holds what `scn` reads of a value that is lent to it; text it reads where it is.
#[derive(Default)]
pub(super) struct Lent {
    texts: Vec<String>,
    values: Vec<Box<[abi::Value]>>,
    entries: Vec<Box<[abi::Entry]>>,
}

impl Lent {
    pub(super) fn value(&mut self, value: &Value) -> abi::Value {
        use abi::{As, kind};
        let integer = |kind, integer| (kind, As { integer });
        let (kind, held) = match value {
            Value::None => integer(kind::NONE, 0),
            Value::Bool(truth) => integer(kind::BOOL, i64::from(*truth)),
            Value::Int(number) => integer(kind::INT, *number),
            Value::Duration(nanos) => integer(kind::DURATION, *nanos),
            Value::Size(bytes) => integer(kind::SIZE, *bytes),
            Value::Moment(nanos) => integer(kind::MOMENT, *nanos),
            Value::Decimal(decimal) => (
                kind::DECIMAL,
                As {
                    text: self.own(decimal.to_string()),
                },
            ),
            Value::Percent(percent) => (
                kind::PERCENT,
                As {
                    text: self.own(percent.to_string()),
                },
            ),
            Value::Text(text) => (
                kind::TEXT,
                As {
                    text: lent(text.as_bytes()),
                },
            ),
            Value::Bytes(bytes) => (kind::BYTES, As { text: lent(bytes) }),
            Value::List(list) => {
                let held: Box<[_]> = list.iter().map(|value| self.value(value)).collect();
                let list = abi::List {
                    items: held.as_ptr(),
                    length: held.len(),
                };
                self.values.push(held);
                (kind::LIST, As { list })
            }
            Value::Map(map) => {
                let entry = |(key, value): (&str, &Value)| abi::Entry {
                    key: lent(key.as_bytes()),
                    value: self.value(value),
                };
                let held: Box<[_]> = map.iter().map(entry).collect();
                let map = abi::Map {
                    entries: held.as_ptr(),
                    length: held.len(),
                };
                self.entries.push(held);
                (kind::MAP, As { map })
            }
        };
        abi::Value {
            kind,
            reserved: 0,
            held,
        }
    }

    fn own(&mut self, text: String) -> abi::Text {
        let lent = lent(text.as_bytes());
        self.texts.push(text);
        lent
    }
}

pub(super) fn lent(bytes: &[u8]) -> abi::Text {
    abi::Text {
        data: bytes.as_ptr().cast(),
        length: bytes.len(),
    }
}
