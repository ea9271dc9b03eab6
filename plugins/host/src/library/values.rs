//! Values as the library has them, and as it gets them.

use std::ffi::c_char;
use std::ptr;
use std::slice;

use scn_plugin_abi as abi;
use scn_protocol::{Map, Value, number, quantity};

/// Lists and maps deeper than this are not read: so deep goes only what goes round in a circle.
const DEEPEST: usize = 200;

/// More values than this are no value: what is shared is read as often as it is held, so that few lists can
/// hold one another more often than anybody could count.
const MOST: usize = 1 << 23;

/// Reads a text of the library's. No text is longer than this many bytes: 1 GiB.
const LONGEST: usize = 1 << 30;

/// The bytes of a text.
///
/// # Errors
/// What is wrong with it.
///
/// # Safety
/// `data` has `length` bytes, or is null.
pub unsafe fn bytes<'a>(text: &abi::Text) -> Result<&'a [u8], String> {
    match (text.data.is_null(), text.length) {
        (_, 0) => Ok(&[]),
        (true, length) => Err(format!("a text of {length} bytes is NULL")),
        (false, length) if length > LONGEST => {
            Err(format!("a text has {length} bytes; 1 GiB is the most"))
        }
        // SAFETY: the caller says that there are so many.
        (false, length) => Ok(unsafe { slice::from_raw_parts(text.data.cast(), length) }),
    }
}

/// A text for people: what is no UTF-8 in it reads as U+FFFD.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn text(text: &abi::Text) -> String {
    // SAFETY: the caller says so.
    let bytes = unsafe { bytes(text) };
    match bytes {
        Ok(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Err(wrong) => format!("({wrong})"),
    }
}

/// Reads a value of the library's.
///
/// # Errors
/// What is wrong with it.
///
/// # Safety
/// It is null, or points to a value, and so does all that it holds.
pub unsafe fn read(value: *const abi::Value) -> Result<Value, String> {
    if value.is_null() {
        return Ok(Value::None);
    }
    // SAFETY: the caller says so.
    unsafe { read_at(&*value, 0, &mut 0) }
}

/// # Safety
/// As for [`read`].
unsafe fn read_at(value: &abi::Value, depth: usize, read: &mut usize) -> Result<Value, String> {
    use abi::kind;
    *read += 1;
    if *read > MOST {
        return Err(format!(
            "it holds more than {MOST} values, what is held several times counted each time"
        ));
    }
    if depth > DEEPEST {
        return Err(format!("a list or a map is deeper than {DEEPEST}"));
    }
    // SAFETY: which part of the union is meant is told by the kind, and any bits are an integer.
    let (integer, text) = unsafe { (value.held.integer, &value.held.text) };
    Ok(match value.kind {
        kind::NONE => Value::None,
        kind::BOOL => Value::Bool(integer != 0),
        kind::INT => Value::Int(integer),
        kind::DURATION => Value::Duration(integer),
        kind::SIZE if integer < 0 => return Err(format!("a size of {integer} bytes")),
        kind::SIZE => Value::Size(integer),
        kind::MOMENT => Value::Moment(integer),
        // SAFETY: the caller says so of all that it holds.
        kind::TEXT | kind::BYTES => Value::bytes(unsafe { bytes(text)? }.to_vec()),
        // SAFETY: likewise.
        kind::DECIMAL => Value::decimal(unsafe { decimal(text)? }),
        // SAFETY: likewise.
        kind::PERCENT => Value::percent(unsafe { decimal(text)? }),
        kind::LIST => {
            // SAFETY: the kind says that it is a list.
            let list = unsafe { &value.held.list };
            // SAFETY: the caller says so of all that it holds.
            let items = unsafe { array(list.items, list.length)? };
            // SAFETY: likewise.
            let items = items
                .iter()
                .map(|item| unsafe { read_at(item, depth + 1, read) });
            Value::list(items.collect::<Result<_, _>>()?)
        }
        kind::MAP => {
            // SAFETY: the kind says that it is a map.
            let held = unsafe { &value.held.map };
            // SAFETY: the caller says so of all that it holds.
            let entries = unsafe { array(held.entries, held.length)? };
            let mut map = Map::new();
            for entry in entries {
                // SAFETY: likewise.
                let (key, value) =
                    unsafe { (bytes(&entry.key)?, read_at(&entry.value, depth + 1, read)?) };
                let key = str::from_utf8(key).map_err(|_| "a key is no UTF-8".to_owned())?;
                if map.get(key).is_some() {
                    return Err(format!("a map has the key `{key}` twice"));
                }
                map.insert(key.to_owned(), value);
            }
            Value::map(map)
        }
        unknown => return Err(format!("there is no kind of value {unknown}")),
    })
}

/// # Safety
/// As for [`bytes`].
unsafe fn decimal(text: &abi::Text) -> Result<scn_protocol::Decimal, String> {
    // SAFETY: the caller says so.
    let digits = String::from_utf8_lossy(unsafe { bytes(text)? });
    number::parse(&digits).ok_or_else(|| format!("`{digits}` is no decimal of at most 28 digits"))
}

/// # Safety
/// `first` is null, or the first of `length` elements.
unsafe fn array<'a, T>(first: *const T, length: usize) -> Result<&'a [T], String> {
    match (first.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, length) => Err(format!("a list or a map of {length} elements is NULL")),
        (false, length) if length > LONGEST / size_of::<T>().max(1) => {
            Err(format!("a list or a map of {length} elements"))
        }
        // SAFETY: the caller says that there are so many.
        (false, length) => Ok(unsafe { slice::from_raw_parts(first, length) }),
    }
}

/// Holds what the library reads, for as long as it may read it. What is handed out stays where it
/// is, however much is added.
#[derive(Default)]
pub struct Arena {
    /// Several texts in one, as long as they have room: none ever grows.
    texts: Vec<Vec<u8>>,
    values: Vec<Box<[abi::Value]>>,
    entries: Vec<Box<[abi::Entry]>>,
}

/// So many bytes of text are most calls at most.
const ROOM: usize = 512;

impl Arena {
    /// Text or bytes, with a NUL after the last one.
    pub fn text(&mut self, bytes: &[u8]) -> abi::Text {
        let length = bytes.len();
        let has_room = |texts: &&mut Vec<u8>| texts.capacity() - texts.len() > length;
        let texts = match self.texts.last_mut().filter(has_room) {
            Some(texts) => texts,
            None => self
                .texts
                .push_mut(Vec::with_capacity(ROOM.max(length + 1))),
        };
        let begin = texts.len();
        texts.extend_from_slice(bytes);
        texts.push(0);
        let data = texts[begin..].as_ptr().cast::<c_char>();
        abi::Text { data, length }
    }

    /// Values, one after the other; null if there are none.
    pub fn list(&mut self, values: &[Value]) -> abi::List {
        let length = values.len();
        if length == 0 {
            let items = ptr::null();
            return abi::List { items, length };
        }
        let held: Box<[abi::Value]> = values.iter().map(|value| self.value(value)).collect();
        let items = held.as_ptr();
        self.values.push(held);
        abi::List { items, length }
    }

    /// One value, where it stays.
    pub fn one(&mut self, value: &Value) -> *const abi::Value {
        self.list(slice::from_ref(value)).items
    }

    fn map(&mut self, map: &Map) -> abi::Map {
        let held: Box<[abi::Entry]> = map
            .iter()
            .map(|(key, value)| abi::Entry {
                key: self.text(key.as_bytes()),
                value: self.value(value),
            })
            .collect();
        let (entries, length) = (held.as_ptr(), held.len());
        self.entries.push(held);
        abi::Map { entries, length }
    }

    fn value(&mut self, value: &Value) -> abi::Value {
        use abi::{As, kind};
        let integer = |kind, integer| (kind, As { integer });
        let (kind, held) = match value {
            Value::None => integer(kind::NONE, 0),
            Value::Bool(truth) => integer(kind::BOOL, i64::from(*truth)),
            Value::Int(number) => integer(kind::INT, *number),
            Value::Duration(nanoseconds) => integer(kind::DURATION, *nanoseconds),
            Value::Size(bytes) => integer(kind::SIZE, *bytes),
            Value::Moment(nanoseconds) => integer(kind::MOMENT, *nanoseconds),
            Value::Decimal(decimal) => {
                let text = self.text(quantity::decimal_text(decimal).as_bytes());
                (kind::DECIMAL, As { text })
            }
            Value::Percent(percent) => {
                let text = self.text(quantity::decimal_text(percent).as_bytes());
                (kind::PERCENT, As { text })
            }
            Value::Text(text) => {
                let text = self.text(text.as_bytes());
                (kind::TEXT, As { text })
            }
            Value::Bytes(bytes) => {
                let text = self.text(bytes);
                (kind::BYTES, As { text })
            }
            Value::List(list) => {
                let list = self.list(list);
                (kind::LIST, As { list })
            }
            Value::Map(map) => {
                let map = self.map(map);
                (kind::MAP, As { map })
            }
            // What only the interpreter has is what it reads as; a secret is for the plug-in to use.
            Value::Result(result) => return self.value(&result.value),
            Value::Secret(value) => return self.value(value),
            Value::Handle(handle) => {
                let text = self.text(handle.name.as_bytes());
                (kind::TEXT, As { text })
            }
        };
        abi::Value {
            kind,
            reserved: 0,
            held,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use scn_protocol::Decimal;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::None),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<i64>().prop_map(Value::Duration),
            any::<i64>().prop_map(Value::Moment),
            (0..i64::MAX).prop_map(Value::Size),
            (any::<i64>(), 0u32..20).prop_map(|(n, scale)| Value::decimal(Decimal::new(n, scale))),
            (any::<i32>(), 0u32..5)
                .prop_map(|(n, scale)| Value::percent(Decimal::new(n.into(), scale))),
            "\\PC{0,12}".prop_map(Value::text),
            proptest::collection::vec(any::<u8>(), 0..12).prop_map(Value::bytes),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let map = proptest::collection::vec(("[a-c\\PC]{0,3}", inner.clone()), 0..5);
            prop_oneof![
                proptest::collection::vec(inner, 0..5).prop_map(Value::list),
                map.prop_map(|entries| Value::map(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_the_library_gets_it_can_give_back(value in value()) {
            let mut arena = Arena::default();
            let lent = arena.one(&value);
            // SAFETY: the arena has it.
            prop_assert_eq!(unsafe { read(lent) }, Ok(value));
        }
    }

    #[test]
    fn lists_that_hold_one_another_twice_are_refused() {
        use abi::{As, kind};
        let mut arena = Arena::default();
        let mut value = arena.value(&Value::Int(1));
        for _ in 0..60 {
            let held: Box<[abi::Value]> = Box::new([value, value]);
            let list = abi::List {
                items: held.as_ptr(),
                length: held.len(),
            };
            arena.values.push(held);
            value = abi::Value {
                kind: kind::LIST,
                reserved: 0,
                held: As { list },
            };
        }
        // SAFETY: the arena has all of it.
        let read = unsafe { read(&value) };
        assert!(read.is_err_and(|why| why.contains("more than 8388608 values")));
    }

    #[test]
    fn text_ends_with_a_nul_that_is_not_counted() {
        let mut arena = Arena::default();
        let text = arena.text("abc".as_bytes());
        assert_eq!(text.length, 3);
        // SAFETY: there is one byte more than its length.
        assert_eq!(unsafe { *text.data.add(3) }, 0);
    }

    #[test]
    fn a_secret_and_what_only_the_interpreter_has_is_what_it_reads_as() {
        let mut arena = Arena::default();
        let both = [
            (Value::from("hidden").into_secret(), Value::from("hidden")),
            (Value::component("Engine"), Value::from("Engine")),
        ];
        for (value, reads) in both {
            // SAFETY: the arena has it.
            assert_eq!(unsafe { read(arena.one(&value)) }, Ok(reads));
        }
    }
}
