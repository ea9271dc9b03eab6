//! The messages between `scn` and a plug-in: JSON-RPC 2.0, one message a line.
//!
//! [`Ask`] is what `scn` says, [`Tell`] what a plug-in says; each is written to a line and read
//! from one here, so that both ends agree. Fields that are not known are passed over, so that
//! either end may be newer. Values keep their types, see [`json`](crate::json).
//!
//! There is one protocol for all plug-ins: a program in any language speaks it, and the process
//! that a shared library is loaded into speaks it for that library.

mod ask;
mod call;
mod declaration;
mod envelope;
mod given;
mod tell;
#[cfg(test)]
mod tests;

pub use ask::{Ask, Refused, codes};
pub use call::Calling;
pub use declaration::{Declaration, Unknown};
pub use given::{Given, value_line};
pub use tell::{Blame, Failed, Tell};

use serde::Serialize;
use serde_json::{Map as JsonMap, Value as Json};

/// The version of the protocol that is spoken here. It changes only when an older plug-in would
/// be misunderstood; what is only added does not change it.
pub const VERSION: i64 = 1;

/// The longest line, its end not counted: 64 MiB.
pub const MAX_LINE: usize = 64 * 1024 * 1024;

/// A message as one line, with its end.
fn line(fields: JsonMap<String, Json>) -> Vec<u8> {
    let mut text = String::from(r#"{"jsonrpc":"2.0""#);
    for (name, value) in fields {
        text.push(',');
        write(&mut text, &name);
        text.push(':');
        write(&mut text, &value);
    }
    text.push_str("}\n");
    text.into_bytes()
}

/// What stands before the number of a request, or of what is answered, where that is written here.
const HEAD: &str = r#"{"jsonrpc":"2.0","id":"#;

/// The number in a line that begins so, and what follows it.
fn numbered(line: &str) -> Option<(u64, &str)> {
    let line = line.strip_prefix(HEAD)?;
    let end = line.bytes().position(|byte| !byte.is_ascii_digit())?;
    let (number, rest) = line.split_at(end);
    Some((serde_json::from_str(number).ok()?, rest))
}

/// Adds something as JSON.
fn write(to: &mut String, what: &impl Serialize) {
    // Nothing that is said here has a key that is no text, which is all that is ever refused.
    to.push_str(&serde_json::to_string(what).unwrap_or_default());
}

/// An object of these fields.
fn object<const N: usize>(fields: [(&str, Json); N]) -> JsonMap<String, Json> {
    let named = |(name, value): (&str, Json)| (name.to_owned(), value);
    fields.into_iter().map(named).collect()
}

/// Reads a line as a JSON-RPC 2.0 object, or says what it is instead.
fn read(line: &[u8]) -> Result<JsonMap<String, Json>, String> {
    let json: Json = match serde_json::from_slice(line) {
        Ok(json) => json,
        Err(error) if error.is_eof() => {
            let at = error.column();
            return Err(format!(
                "it ends in the middle, after {at} bytes: a message is one whole line, ended by a line end that stands nowhere else in it"
            ));
        }
        Err(error) => return Err(format!("it is no JSON: {error}")),
    };
    let Json::Object(fields) = json else {
        return Err("it is JSON, and no object".to_owned());
    };
    match fields.get("jsonrpc") {
        Some(Json::String(version)) if version == "2.0" => Ok(fields),
        _ => Err(r#"it lacks "jsonrpc":"2.0""#.to_owned()),
    }
}

/// The field of an object that has to be a text.
fn text(fields: &JsonMap<String, Json>, name: &str) -> Result<String, String> {
    match fields.get(name) {
        Some(Json::String(text)) => Ok(text.clone()),
        Some(other) => Err(format!("`{name}` is to be a text, and is {}", kind(other))),
        None => Err(format!("`{name}` is lacking")),
    }
}

/// The field of an object that is a text, or is empty where it is not there.
fn text_or_empty(fields: &JsonMap<String, Json>, name: &str) -> Result<String, String> {
    match fields.get(name) {
        None | Some(Json::Null) => Ok(String::new()),
        _ => text(fields, name),
    }
}

/// The field of an object that is true or false, and false where it is not there.
fn truth(fields: &JsonMap<String, Json>, name: &str) -> Result<bool, String> {
    match fields.get(name) {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(truth)) => Ok(*truth),
        Some(other) => Err(format!(
            "`{name}` is to be true or false, and is {}",
            kind(other)
        )),
    }
}

/// The field of an object that is the number of a request, where it is there.
fn number(fields: &JsonMap<String, Json>, name: &str) -> Result<Option<u64>, String> {
    match fields.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Number(number)) => match number.as_u64() {
            Some(number) => Ok(Some(number)),
            None => Err(format!("`{name}` is no number of a request: {number}")),
        },
        Some(other) => Err(format!(
            "`{name}` is to be a number, and is {}",
            kind(other)
        )),
    }
}

/// What a piece of JSON is, for a reason.
fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}
