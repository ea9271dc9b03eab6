//! The JSON Schema of environments, for editors: made from the same list of keys that the
//! loader checks by ([`super::keys`]).

use serde_json::{Map, Value as Json, json};

use super::keys;
use super::shape::{Choice, Fields, Key, NameKind, RESERVED, Shape};
use super::signal;

/// The schema of an environment's file, in the draft of 2020-12.
pub fn schema() -> Json {
    let mut schema = fields(&keys::ENVIRONMENT);
    if let Json::Object(schema) = &mut schema {
        schema.insert(
            "$schema".to_owned(),
            "https://json-schema.org/draft/2020-12/schema".into(),
        );
        schema.insert("title".to_owned(), "An environment of scn".into());
    }
    schema
}

fn fields(fields: &Fields) -> Json {
    let mut object = Map::new();
    object.insert("type".to_owned(), "object".into());
    object.insert("title".to_owned(), fields.title.into());
    object.insert("additionalProperties".to_owned(), false.into());
    let properties: Map<String, Json> = fields
        .all()
        .map(|key| (key.name.to_owned(), described(key)))
        .collect();
    object.insert("properties".to_owned(), properties.into());
    let required: Vec<&str> = fields
        .all()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    if !required.is_empty() {
        object.insert("required".to_owned(), json!(required));
    }
    let choices: Vec<Json> = fields.choices.iter().map(choice).collect();
    if !choices.is_empty() {
        object.insert("allOf".to_owned(), choices.into());
    }
    object.into()
}

/// One of several keys, or none of them where that may be.
fn choice(choice: &Choice) -> Json {
    let present = |key: &&str| json!({ "required": [key] });
    let mut ways: Vec<Json> = choice.keys.iter().map(present).collect();
    if !choice.required {
        let any: Vec<Json> = choice.keys.iter().map(present).collect();
        ways.push(json!({ "not": { "anyOf": any } }));
    }
    json!({ "oneOf": ways })
}

fn described(key: &Key) -> Json {
    let mut value = shape(&key.shape);
    if let Json::Object(object) = &mut value {
        object.insert("description".to_owned(), key.doc.into());
    }
    value
}

fn shape(shape_: &Shape) -> Json {
    match shape_ {
        // No `format` for a regular expression: every validator knows another syntax.
        Shape::Text | Shape::Template | Shape::Regex => json!({ "type": "string" }),
        Shape::Whole => json!({ "type": "integer" }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Duration => json!({
            "type": "string",
            "pattern": r"^([0-9]+(\.[0-9]+)?(d|h|ms|m|us|µs|ns|s))+$",
            "examples": ["500ms", "10s", "1m30s"],
        }),
        Shape::Size => json!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?([kKMGTPE]i?)?B$",
            "examples": ["500MB", "2GiB"],
        }),
        Shape::Port => json!({ "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": 65535 },
            { "type": "string", "pattern": "^[1-9][0-9]{0,4}$|#\\{" },
        ] }),
        Shape::Signal => signals(),
        Shape::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Word(words) => json!({ "type": "string", "enum": words }),
        Shape::Any => json!({}),
        Shape::List(of) => json!({ "type": "array", "items": shape(of) }),
        Shape::Filled(of) => json!({ "type": "array", "items": shape(of), "minItems": 1 }),
        Shape::Table(inner) => fields(inner),
        Shape::Named(kind, of) => json!({
            "type": "object",
            "propertyNames": name(*kind),
            "additionalProperties": shape(of),
        }),
        Shape::Either(shapes) => {
            let all: Vec<Json> = shapes.iter().map(shape).collect();
            json!({ "anyOf": all })
        }
    }
}

/// A signal's name with or without `SIG`, or its number.
fn signals() -> Json {
    let mut names: Vec<Json> = signal::names().map(Json::from).collect();
    names.extend(signal::names().map(|name| format!("SIG{name}").into()));
    json!({ "anyOf": [
        { "type": "string", "enum": names },
        { "type": "integer", "minimum": 1, "maximum": 31 },
        { "type": "string", "pattern": "^([1-9]|[12][0-9]|3[01])$" },
    ] })
}

/// What a name may look like. Letters are said by what they are not, since not every
/// validator knows `\p{L}`.
fn name(kind: NameKind) -> Json {
    match kind {
        NameKind::Name => json!({
            "pattern": r"^[^0-9\s!-/:-@\[-\^`{-~][^\s!-/:-@\[-\^`{-~]*$",
            "not": { "enum": RESERVED },
        }),
        NameKind::LongName => json!({
            "pattern": r"^[^\s!-/:-@\[-\^`{-~][^\s!-,/:-@\[-\^`{-~]*$",
            "not": { "enum": RESERVED },
        }),
        NameKind::Variable => json!({ "pattern": "^[^=]+$" }),
        NameKind::Status => {
            json!({ "pattern": "^(else|[0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])$" })
        }
        NameKind::Any => json!({}),
    }
}
