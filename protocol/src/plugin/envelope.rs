//! What stands around a message, read without what is in it: the way of the messages that are
//! said most. What is not as it should be is read once more, by way of a tree, which tells why.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A message of JSON-RPC, its parts as the text that they are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Envelope<'l> {
    version: Option<&'l RawValue>,
    id: Option<&'l RawValue>,
    method: Option<&'l RawValue>,
    result: Option<&'l RawValue>,
    error: Option<&'l RawValue>,
}

impl<'l> Envelope<'l> {
    /// Reads a line; none if it is no message.
    pub fn read(line: &'l [u8]) -> Option<Self> {
        let envelope: Self = serde_json::from_slice(line).ok()?;
        let version = envelope.version.map(RawValue::get);
        (version == Some(r#""2.0""#)).then_some(envelope)
    }

    /// An answer that is no error: the request's number, and what it gives.
    pub fn answer(&self) -> Option<(u64, &'l str)> {
        if self.method.is_some() || self.error.is_some() {
            return None;
        }
        let id = self.id?.get().parse().ok()?;
        Some((id, self.result?.get()))
    }
}

impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Parts;

        impl<'de> Visitor<'de> for Parts {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
                let mut parts = Envelope::default();
                while let Some(key) = from.next_key()? {
                    let part = match key {
                        Key::Jsonrpc => &mut parts.version,
                        Key::Id => &mut parts.id,
                        Key::Method => &mut parts.method,
                        Key::Result => &mut parts.result,
                        Key::Error => &mut parts.error,
                        Key::Unknown => {
                            from.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *part = Some(from.next_value()?);
                }
                Ok(parts)
            }
        }

        from.deserialize_map(Parts)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    Jsonrpc,
    Id,
    Method,
    Result,
    Error,
    #[serde(other)]
    Unknown,
}
