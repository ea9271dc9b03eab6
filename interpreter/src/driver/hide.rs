//! Masks what may hold secrets in an event, and keeps it one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use scn_protocol::Event;
use serde_json::{Map, Value as Json};

use crate::environment::secret::{MASK, Masker};

/// The names by which JSON keeps types.
const TAGS: [&str; 5] = ["$duration", "$size", "$percent", "$moment", "$output"];

/// The field that says which event it is: with another word in it, it would be read as one of a later version.
const KIND: &str = "event";

/// What may be masked of a field.
#[derive(Clone, Copy, PartialEq)]
enum Extent {
    /// Texts, the names in maps, and numbers that are secrets.
    All,
    /// Not numbers, nor names: where they are the record's own.
    Texts,
}

/// The event that has these fields, masked. A secret that is a word of the record itself, `pass`, is not masked
/// where the record says it.
pub fn event(masker: &Masker, fields: Map<String, Json>, event: Event) -> Event {
    let masked = |extent| {
        let fields = fields.iter();
        fields.map(move |(name, json)| match name.as_str() {
            KIND => (name.clone(), json.clone()),
            _ => (name.clone(), hide(masker, json, extent)),
        })
    };
    let whole = Json::Object(masked(Extent::All).collect());
    if let Ok(event) = serde_json::from_value(whole) {
        return event;
    }
    let mut kept = fields.clone();
    for extent in [Extent::Texts, Extent::All] {
        for (name, json) in masked(extent) {
            let before = kept.insert(name.clone(), json);
            let fits = serde_json::from_value::<Event>(Json::Object(kept.clone())).is_ok();
            if let (false, Some(before)) = (fits, before) {
                kept.insert(name, before);
            }
        }
    }
    serde_json::from_value(Json::Object(kept)).unwrap_or(event)
}

fn hide(masker: &Masker, json: &Json, extent: Extent) -> Json {
    match json {
        Json::String(text) => Json::String(masker.mask(text).into_owned()),
        Json::Number(number)
            if extent == Extent::All && masker.mask(&number.to_string()) == MASK =>
        {
            Json::String(MASK.to_owned())
        }
        Json::Array(list) => list.iter().map(|json| hide(masker, json, extent)).collect(),
        Json::Object(map) => Json::Object(
            map.iter()
                .map(|pair| hide_in(masker, pair, extent))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn hide_in(masker: &Masker, (name, json): (&String, &Json), extent: Extent) -> (String, Json) {
    match (name.as_str(), json) {
        // As what they are, so that they can be read again.
        ("$bytes", Json::String(text)) => {
            let bytes = BASE64.decode(text);
            let masked = bytes.map(|bytes| BASE64.encode(masker.mask_bytes(&bytes)));
            let masked = masked.unwrap_or_else(|_| masker.mask(text).into_owned());
            (name.clone(), Json::String(masked))
        }
        (name, json) if TAGS.contains(&name) || extent == Extent::Texts => {
            (name.to_owned(), hide(masker, json, extent))
        }
        (name, json) => (masker.mask(name).into_owned(), hide(masker, json, extent)),
    }
}
