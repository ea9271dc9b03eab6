//! Tagged JSON, written and read without a tree in between: for what is said so often that the
//! tree would cost more than the saying.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::{from_digits, plain, sorted_out, tagged};
use crate::collection::Map;
use crate::value::Value;

/// A value that is written as tagged JSON; secrets stand in it as they are.
#[derive(Clone, Copy, Debug)]
pub struct Tagged<'v>(pub &'v Value);

impl Serialize for Tagged<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::None => to.serialize_unit(),
            Value::Bool(truth) => to.serialize_bool(*truth),
            Value::Int(number) => to.serialize_i64(*number),
            Value::Text(text) => to.serialize_str(text.as_str()),
            Value::List(list) => to.collect_seq(list.iter().map(Tagged)),
            Value::Map(map) => to.collect_map(map.iter().map(|(key, value)| (key, Tagged(value)))),
            Value::Result(result) => Tagged(&result.value).serialize(to),
            Value::Secret(value) => Tagged(value).serialize(to),
            // What holds nothing else is a small tree.
            leaf => tagged(leaf, true).serialize(to),
        }
    }
}

/// A value that is written as plain JSON; secrets are revealed.
pub(super) struct Plain<'v>(pub &'v Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Int(number) => to.serialize_i64(*number),
            Value::Text(text) => to.serialize_str(text.as_str()),
            Value::List(list) => to.collect_seq(list.iter().map(Plain)),
            Value::Map(map) => to.collect_map(map.iter().map(|(key, value)| (key, Plain(value)))),
            Value::Result(result) => Plain(&result.value).serialize(to),
            Value::Secret(value) => Plain(value).serialize(to),
            leaf => plain(leaf).serialize(to),
        }
    }
}

/// A value that is read from tagged JSON, as [`untagged`](super::untagged) reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Untagged(pub Value);

impl<'de> Deserialize<'de> for Untagged {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Values).map(Self)
    }
}

/// Values by their names: an object whose keys are never tags.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named(pub Map);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Named, A::Error> {
                let mut map = Map::new();
                while let Some((key, Untagged(value))) = from.next_entry()? {
                    map.insert(key, value);
                }
                Ok(Named(map))
            }
        }

        from.deserialize_map(Names)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::None)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        match i64::try_from(number) {
            Ok(number) => Ok(Value::Int(number)),
            Err(_) => from_digits(&number.to_string()).map_err(E::custom),
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(Untagged(element)) = from.next_element()? {
            elements.push(element);
        }
        Ok(Value::list(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = from.next_key_seed(Keys)? {
            match key {
                Key::Number => {
                    let digits: String = from.next_value()?;
                    return from_digits(&digits).map_err(A::Error::custom);
                }
                Key::Name(name) => {
                    let Untagged(value) = from.next_value()?;
                    map.insert(name, value);
                }
            }
        }
        sorted_out(map).map_err(A::Error::custom)
    }
}

enum Key {
    Number,
    Name(String),
}

struct Keys;

/// Where it keeps every digit of a number, `serde_json` hands the number out as a map with
/// this key, as other number types also rely on.
pub(super) const NUMBER: &str = "$serde_json::private::Number";

impl<'de> DeserializeSeed<'de> for Keys {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Key, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Keys {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(match key == NUMBER {
            true => Key::Number,
            false => Key::Name(key.to_owned()),
        })
    }

    fn visit_string<E>(self, key: String) -> Result<Key, E> {
        Ok(match key == NUMBER {
            true => Key::Number,
            false => Key::Name(key),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;
    use serde_json::Value as Json;

    use super::super::{Brief, untagged, write_value};
    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::None),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            (any::<i64>(), 0u32..20).prop_map(|(n, scale)| Value::decimal(Decimal::new(n, scale))),
            ".*".prop_map(Value::from),
            ".*".prop_map(|text| Value::from(text).into_secret()),
            any::<i64>().prop_map(Value::Duration),
            any::<i64>().prop_map(Value::Moment),
            (0..i64::MAX).prop_map(Value::Size),
            any::<i32>().prop_map(|number| Value::percent(Decimal::new(number.into(), 2))),
            proptest::collection::vec(any::<u8>(), 0..20).prop_map(Value::bytes),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            let keys = prop_oneof![".*", Just("$size".to_owned()), Just("$percent".to_owned())];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::list),
                proptest::collection::vec((keys, inner), 0..4)
                    .prop_map(|pairs| Value::map(pairs.into_iter().collect())),
            ]
        })
    }

    /// Nothing in it is written in a way that is left to `serde_json`, nor is wrong.
    fn is_brief(text: &str) -> bool {
        !text.contains(['\\', '$'])
    }

    #[test]
    fn what_is_nested_deep_or_holds_a_number_as_a_map_is_left_to_serde_json() {
        let deep = |times| format!("{}{}", "[".repeat(times), "]".repeat(times));
        assert!(Brief::only(&deep(64)).is_some());
        for text in [
            &deep(65),
            r#"{"$serde_json::private::Number":"1.5"}"#,
            r#"{"$size":"large"}"#,
            "[1, 2]",
            "[1,2,]",
            r#"{"a":1,}"#,
            r#""a\n""#,
            "\"a\n\"",
            "01",
            "1.",
            "-",
            ".5",
            "1e3",
            "1.5E3",
            "nul",
            "1 ",
            "",
        ] {
            assert_eq!(Brief::only(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_same_as_by_way_of_a_tree(value in values()) {
            let tree = tagged(&value, true);
            let text = serde_json::to_string(&Tagged(&value)).unwrap();
            prop_assert_eq!(&text, &tree.to_string());
            prop_assert_eq!(serde_json::to_string(&Plain(&value)).unwrap(), plain(&value).to_string());
            let read: Result<Untagged, _> = serde_json::from_str(&text);
            let mut written = Vec::new();
            write_value(&mut written, &value);
            prop_assert_eq!(String::from_utf8(written).unwrap(), text.as_str());
            let brief = Brief::only(&text);
            prop_assert!(brief.is_some() || !is_brief(&text), "{}", text);
            prop_assert!(brief.is_none_or(|brief| untagged(&tree) == Ok(brief)), "{}", text);
            match untagged(&tree) {
                Ok(value) => prop_assert_eq!(read.unwrap(), Untagged(value)),
                Err(why) => prop_assert!(read.unwrap_err().to_string().starts_with(&why)),
            }
        }

        #[test]
        fn any_json_reads_as_by_way_of_a_tree(
            text in r#"(\[|\{"a":|\{"\$duration":|\{"\$bytes":)?(null|true|-?[0-9]{1,31}|-?[0-9]\.[0-9]{1,30}(e-?[0-9]{1,3})?|"[a-z0-9\\]{0,6}")[\]\}]?"#,
        ) {
            let tree: Result<Json, _> = serde_json::from_str(&text);
            let read: Result<Untagged, _> = serde_json::from_str(&text);
            let tree = tree.map_err(|error| error.to_string()).and_then(|tree| untagged(&tree));
            if let Some(brief) = Brief::only(&text) {
                prop_assert_eq!(tree.clone(), Ok(brief), "{}", text);
            }
            match (tree, read) {
                (Ok(tree), Ok(Untagged(read))) => prop_assert_eq!(tree, read),
                (Err(_), Err(_)) => {}
                (tree, read) => prop_assert!(false, "{tree:?} and {read:?}"),
            }
        }
    }
}
