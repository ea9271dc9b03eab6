//! Values from and to other types, by serde.

use scn_protocol::{Value, json};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value made of anything that serde can write: structures and maps become maps, sequences lists,
/// numbers whole numbers or decimals (as one beyond 64 bits with a sign is), bytes lists of numbers.
///
/// # Errors
/// What has no such form: a map whose keys are no texts, a number that is
/// none, lists and maps deeper in one another than may be.
pub fn to_value<T: Serialize + ?Sized>(from: &T) -> Result<Value, String> {
    let json = serde_json::to_value(from).map_err(|error| error.to_string())?;
    crate::ops::nested(json::from_plain(&json)?)
}

/// Reads a value as anything that serde can read. Quantities, moments and components read as their
/// text (`250ms`, `64MB`, `15%`), secrets as what they are.
///
/// # Errors
/// What is missing or of another type, in serde's words.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_value(json::plain(value)).map_err(|error| error.to_string())
}
