//! Values as JSON, two ways.
//!
//! *Plain* JSON is how lists and maps read as text: quantities are their text. *Tagged*
//! JSON keeps every type, for the journal and for plug-ins: `{"$duration":"250ms"}`,
//! `{"$size":"500MB"}`, `{"$percent":15}`, `{"$bytes":"BASE64"}`, `{"$moment":"…"}`.

mod brief;
mod direct;
mod harmless;

pub(crate) use brief::{
    Brief, write_in_quotes, write_json, write_list, write_map, write_text, write_value,
};
use direct::Plain;
pub use direct::{Named, Tagged, Untagged};
pub(crate) use harmless::write_harmless_text;
pub use harmless::{acts_on_a_terminal, harmless, is_plain, make_harmless};

use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rust_decimal::Decimal;
use serde_json::{Map as JsonMap, Number, Value as Json};

use crate::collection::Map;
use crate::quantity;
use crate::value::{MASK, Value};

/// The bytes that a journal has in base64, `None` if it is none.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// A value as compact plain JSON text; secrets are revealed.
pub fn to_plain_json(value: &Value) -> String {
    // Nothing has a key that is no text, which is all that is ever refused.
    serde_json::to_string(&Plain(value)).unwrap_or_default()
}

/// A value as plain JSON; secrets are revealed.
pub fn plain(value: &Value) -> Json {
    match value {
        Value::None => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) => Json::Number((*number).into()),
        Value::Decimal(decimal) => number(decimal),
        Value::List(list) => Json::Array(list.iter().map(plain).collect()),
        Value::Map(map) => Json::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), plain(value)))
                .collect(),
        ),
        Value::Result(result) => plain(&result.value),
        Value::Secret(value) => plain(value),
        other => Json::String(other.to_text().into_owned()),
    }
}

/// A value as tagged JSON; secrets are masked unless `reveal`.
pub fn tagged(value: &Value, reveal: bool) -> Json {
    match value {
        Value::List(list) => Json::Array(list.iter().map(|v| tagged(v, reveal)).collect()),
        Value::Map(map) => Json::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), tagged(value, reveal)))
                .collect(),
        ),
        Value::Duration(_) => tag("$duration", Json::String(value.to_text().into_owned())),
        Value::Size(_) => tag("$size", Json::String(value.to_text().into_owned())),
        Value::Moment(_) => tag("$moment", Json::String(value.to_text().into_owned())),
        Value::Percent(percent) => tag("$percent", number(percent)),
        // With a point even where it is whole, so that it is read back as a decimal.
        Value::Decimal(decimal) if decimal.is_integer() => {
            let text = format!("{}.0", quantity::decimal_text(decimal));
            Number::from_str(&text).map_or(Json::String(text), Json::Number)
        }
        Value::Bytes(bytes) => tag("$bytes", Json::String(BASE64.encode(bytes.as_slice()))),
        Value::Result(result) => tagged(&result.value, reveal),
        Value::Secret(value) if reveal => tagged(value, reveal),
        Value::Secret(_) => Json::String(MASK.to_owned()),
        other => plain(other),
    }
}

/// Reads tagged JSON. A number without point and exponent that fits is a whole number, any
/// other a decimal; one that is neither is an error with its text.
pub fn untagged(json: &Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::None,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => from_digits(number.as_str())?,
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(list) => Value::list(list.iter().map(untagged).collect::<Result<_, _>>()?),
        Json::Object(map) => sorted_out(object(map, untagged)?)?,
    })
}

/// What an object stands for: a quantity if its only key is the tag of one, else the map that it is.
fn sorted_out(map: Map) -> Result<Value, String> {
    let quantity = match map.first() {
        Some((tag, value)) if map.len() == 1 && tag.starts_with('$') => quantity(tag, value)?,
        _ => None,
    };
    Ok(quantity.unwrap_or_else(|| Value::map(map)))
}

/// Reads JSON text as plain JSON: an object is always a map.
pub fn parse(text: &str) -> Result<Value, String> {
    let json: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    from_plain(&json)
}

/// Reads plain JSON: an object is always a map.
pub fn from_plain(json: &Json) -> Result<Value, String> {
    match json {
        Json::Array(list) => Ok(Value::list(
            list.iter().map(from_plain).collect::<Result<_, _>>()?,
        )),
        Json::Object(map) => Ok(Value::map(object(map, from_plain)?)),
        other => untagged(other),
    }
}

fn object(
    map: &JsonMap<String, Json>,
    read: fn(&Json) -> Result<Value, String>,
) -> Result<Map, String> {
    map.iter()
        .map(|(key, value)| Ok((key.clone(), read(value)?)))
        .collect()
}

fn tag(name: &str, value: Json) -> Json {
    Json::Object(JsonMap::from_iter([(name.to_owned(), value)]))
}

fn number(decimal: &Decimal) -> Json {
    // Digits with a point among them are a number of JSON.
    Json::Number(Number::from_string_unchecked(quantity::decimal_text(
        decimal,
    )))
}

/// A number as it is written.
fn from_digits(digits: &str) -> Result<Value, String> {
    if let Ok(whole) = digits.parse::<i64>() {
        return Ok(Value::Int(whole));
    }
    crate::number::parse(digits)
        .map(Value::decimal)
        .ok_or_else(|| format!("the number {digits} has more than 28 digits before its point"))
}

/// The quantity of that tag; none if it is the tag of none.
fn quantity(tag: &str, held: &Value) -> Result<Option<Value>, String> {
    let wrong = || format!("{} is no {}", tagged(held, true), &tag[1..]);
    let text = || match held {
        Value::Text(text) => Ok(text.as_str()),
        _ => Err(wrong()),
    };
    let found = match tag {
        "$duration" => Value::Duration(quantity::parse_duration(text()?).ok_or_else(wrong)?),
        "$size" => Value::Size(quantity::parse_size(text()?).ok_or_else(wrong)?),
        "$moment" => Value::Moment(quantity::parse_moment(text()?).ok_or_else(wrong)?),
        "$bytes" => Value::bytes(BASE64.decode(text()?).map_err(|_| wrong())?),
        "$percent" => match held {
            Value::Int(number) => Value::percent(Decimal::from(*number)),
            Value::Decimal(decimal) => Value::Percent(Arc::clone(decimal)),
            _ => return Err(wrong()),
        },
        _ => return Ok(None),
    };
    Ok(Some(found))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn types_survive_the_way_there_and_back() {
        let value = Value::list(vec![
            Value::Int(1),
            Value::decimal(Decimal::new(105, 1)),
            Value::decimal(Decimal::from(3)),
            Value::Duration(250_000_000),
            Value::Size(500_000_000),
            Value::percent(Decimal::from(15)),
            Value::Moment(1_500_000_000),
            Value::Bytes(Arc::new(vec![0xff, 0])),
            Value::from("x"),
            Value::None,
        ]);
        assert_eq!(untagged(&tagged(&value, true)), Ok(value));
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for wrong in [
            "",
            "{",
            "NaN",
            "Infinity",
            "[1,]",
            "{a: 1}",
            "'a'",
            "1 2",
            "01",
            "\"\\ud800\"",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let deep = "[".repeat(100_000);
        assert!(parse(&deep).is_err());
        let wrong = parse("[1e308]");
        assert_eq!(
            wrong,
            Err("the number 1e+308 has more than 28 digits before its point".to_owned())
        );
        assert_eq!(
            parse("1e-400").map(|value| value.to_text().into_owned()),
            Ok("0".to_owned())
        );
    }

    #[test]
    fn plain_json_keeps_order_and_digits() {
        let value = parse(r#"{"b": 0.10, "a": 9223372036854775808, "$size": "1MB"}"#).unwrap();
        assert_eq!(
            value.to_text(),
            r#"{"b":0.1,"a":9223372036854775808,"$size":"1MB"}"#
        );
    }
}
