//! A journal's line as JSON: the event's name stands among its fields.
//!
//! `{"seq":1,"at":"…","event":"said","text":"hello"}`. serde can write and read such objects
//! by itself, but reads them through a buffer of its own, in which numbers of more than 64
//! bits, and all numbers where JSON keeps every digit, do not survive. Here the name is read
//! first, and then the fields straight from the text into the event.

/// The methods of a `Serializer` that neither an event nor a text has, and those that are named, give that error.
macro_rules! refused {
    ($error:expr; $($more:tt)*) => {
        refuse! {
            $error;
            serialize_bool(bool) -> ();
            serialize_i8(i8) -> ();
            serialize_i16(i16) -> ();
            serialize_i32(i32) -> ();
            serialize_i64(i64) -> ();
            serialize_u8(u8) -> ();
            serialize_u16(u16) -> ();
            serialize_u32(u32) -> ();
            serialize_u64(u64) -> ();
            serialize_f32(f32) -> ();
            serialize_f64(f64) -> ();
            serialize_char(char) -> ();
            serialize_bytes(&[u8]) -> ();
            serialize_none() -> ();
            serialize_unit() -> ();
            serialize_unit_struct(&'static str) -> ();
            serialize_newtype_struct<T>(&'static str, &T) -> ();
            serialize_newtype_variant<T>(&'static str, u32, &'static str, &T) -> ();
            serialize_seq(Option<usize>) -> Self::SerializeSeq;
            serialize_tuple(usize) -> Self::SerializeTuple;
            serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
            serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
            serialize_map(Option<usize>) -> Self::SerializeMap;
            serialize_struct(&'static str, usize) -> Self::SerializeStruct;
            $($more)*
        }
    };
}

macro_rules! refuse {
    ($error:expr; $($method:ident $(<$of:ident>)? ($($type:ty),*) -> $result:ty;)*) => {
        $(fn $method $(<$of: Serialize + ?Sized>)? (self, $(_: $type),*) -> Result<$result, Self::Error> {
            Err($error)
        })*
    };
}

mod append;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor,
};
use serde::ser::{Error as _, Impossible, SerializeMap, SerializeStructVariant};
use serde::{Deserialize, Serialize, Serializer, forward_to_deserialize_any};
use serde_json::Value as Json;

use crate::event::Event;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number in this journal, from 1, without gaps.
    pub seq: u64,
    /// When it was written: RFC 3339 in UTC, with microseconds.
    pub at: String,
    /// What happened.
    pub event: Event,
}

impl Line {
    /// Reads a line, without its end. Fields that are not known are read past; an event that
    /// is not known is [`Event::Unknown`].
    ///
    /// # Errors
    /// If it is no JSON object with `seq`, `at`, `event` and the fields of that event.
    pub fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Head {
            seq: u64,
            at: String,
            event: String,
        }
        let head: Head = serde_json::from_slice(text)?;
        let mut fields = serde_json::Deserializer::from_slice(text);
        let event = Event::deserialize(Named {
            name: &head.event,
            fields: &mut fields,
        })?;
        Ok(Self {
            seq: head.seq,
            at: head.at,
            event,
        })
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("seq", &self.seq)?;
        map.serialize_entry("at", &self.at)?;
        Event::serialize(&self.event, Flat(&mut map))?;
        map.end()
    }
}

/// The event alone, as it stands in a line: `{"event":"said","text":"hello"}`.
impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        Event::serialize(self, Flat(&mut map))?;
        map.end()
    }
}

/// Reads the event alone, by way of a tree: for events that are changed on their way. A line of a
/// journal is read by [`Line::parse`].
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = serde_json::Map::deserialize(deserializer)?;
        let name = match fields.get("event") {
            Some(Json::String(name)) => name.clone(),
            _ => return Err(D::Error::missing_field("event")),
        };
        Event::deserialize(Named {
            name: &name,
            fields: Json::Object(fields),
        })
        .map_err(D::Error::custom)
    }
}

/// An event to be read whose name is known: the enum that derived code asks for.
struct Named<'a, D> {
    name: &'a str,
    fields: D,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Named<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, D: Deserializer<'de>> EnumAccess<'de> for Named<'_, D> {
    type Error = D::Error;
    type Variant = Fields<D>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Fields<D>), D::Error> {
        let name: StrDeserializer<'_, D::Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Fields(self.fields)))
    }
}

struct Fields<D>(D);

impl<'de, D: Deserializer<'de>> VariantAccess<'de> for Fields<D> {
    type Error = D::Error;

    fn unit_variant(self) -> Result<(), D::Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, D::Error> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct("Event", fields, visitor)
    }
}

/// Writes an event's name and fields into a map that is open.
struct Flat<'a, M>(&'a mut M);

impl<M: SerializeMap> SerializeStructVariant for Flat<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.0.serialize_entry(key, value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<M: SerializeMap> Serializer for Flat<'_, M> {
    type Ok = ();
    type Error = M::Error;
    type SerializeSeq = Impossible<(), M::Error>;
    type SerializeTuple = Impossible<(), M::Error>;
    type SerializeTupleStruct = Impossible<(), M::Error>;
    type SerializeTupleVariant = Impossible<(), M::Error>;
    type SerializeMap = Impossible<(), M::Error>;
    type SerializeStruct = Impossible<(), M::Error>;
    type SerializeStructVariant = Self;

    fn serialize_struct_variant(
        self,
        _enum: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Self, M::Error> {
        self.0.serialize_entry("event", variant)?;
        Ok(self)
    }

    fn serialize_unit_variant(
        self,
        _enum: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), M::Error> {
        self.0.serialize_entry("event", variant)
    }

    refused! {
        M::Error::custom("an event has named fields");
        serialize_str(&str) -> ();
        serialize_some<T>(&T) -> ();
    }
}
