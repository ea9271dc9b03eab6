//! An event is written with each line of a journal, and mostly is numbers and texts in which nothing is to be
//! escaped. `serde_json` asks each byte of a text whether it is, and then all of the line has to be looked through for
//! what a terminal would act upon. Here both are asked at once, and of many bytes; all that is no text is left to `serde_json`.

use std::fmt;

use serde::ser::{Impossible, SerializeMap};
use serde::{Serialize, Serializer};

use super::Flat;
use crate::event::Event;
use crate::json::{make_harmless, write_harmless_text, write_in_quotes};

impl Event {
    /// Adds its name and its fields as they stand in a line, [harmless](make_harmless), each with a comma before it:
    /// `,"event":"said","text":"hello"`.
    ///
    /// # Errors
    /// If `serde_json` refuses something in it, as it does keys that are no texts.
    pub fn append_to(&self, line: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        Self::serialize(self, Flat(&mut Entries(line)))
    }
}

/// A map that is open and has entries before.
struct Entries<'l>(&'l mut Vec<u8>);

impl Entries<'_> {
    /// Adds it, texts in that way.
    fn add(
        &mut self,
        what: &(impl Serialize + ?Sized),
        write: fn(&mut Vec<u8>, &str),
    ) -> Result<(), serde_json::Error> {
        let line = &mut *self.0;
        if what.serialize(Text { line, write }).is_ok() {
            return Ok(());
        }
        let begin = self.0.len();
        serde_json::to_writer(&mut *self.0, what)?;
        make_harmless(self.0, begin);
        Ok(())
    }
}

impl SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = serde_json::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), serde_json::Error> {
        self.0.push(b',');
        // The name of a field is one of Rust's, in ASCII.
        self.add(key, write_in_quotes)
    }

    fn serialize_value<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        self.0.push(b':');
        self.add(value, write_harmless_text)
    }

    fn end(self) -> Result<(), serde_json::Error> {
        Ok(())
    }
}

/// Adds a text, and refuses all else before it has added anything.
struct Text<'l> {
    line: &'l mut Vec<u8>,
    write: fn(&mut Vec<u8>, &str),
}

impl Serializer for Text<'_> {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Impossible<(), fmt::Error>;
    type SerializeTuple = Impossible<(), fmt::Error>;
    type SerializeTupleStruct = Impossible<(), fmt::Error>;
    type SerializeTupleVariant = Impossible<(), fmt::Error>;
    type SerializeMap = Impossible<(), fmt::Error>;
    type SerializeStruct = Impossible<(), fmt::Error>;
    type SerializeStructVariant = Impossible<(), fmt::Error>;

    fn serialize_str(self, text: &str) -> Result<(), fmt::Error> {
        (self.write)(self.line, text);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, text: &T) -> Result<(), fmt::Error> {
        text.serialize(self)
    }

    refused! {
        fmt::Error;
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}
