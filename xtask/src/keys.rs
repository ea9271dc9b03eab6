//! The page of every key that an environment can have, from the schema that `scn env schema` prints.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::generate::MARK;

/// What stands above the tables.
const INTRODUCTION: &str = "\
All keys of `environments/NAME.toml`, from the list by which `scn` checks it. How they are used is told in
[Describing your system](../your-system.md). Editors know the keys by the
[JSON Schema](environment.schema.json), which `scn env schema` prints.

Paths are relative to the project's root: the folder of `scn.toml`, else the one that holds `environments/`. Only
`extends` is relative to its own file. In most texts (but not in `sh` and in regular expressions) `#{…}` is replaced by a
value: a name of `[vars]`, an attribute of the component, a parameter of the command, `run.dir` (a scratch folder of the
run), `run.id`.
";

/// The page.
pub fn page(schema: &str) -> Result<String, String> {
    let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    let mut text = format!("# Keys of an environment\n\n{MARK}\n{INTRODUCTION}");
    table(&mut text, "The file", "", &schema);
    Ok(text)
}

/// The table of an object's keys, and of the objects in it.
fn table(text: &mut String, title: &str, path: &str, object: &Value) {
    let none = Map::new();
    let keys = object["properties"].as_object().unwrap_or(&none);
    let _ = write!(
        text,
        "\n## {title}\n\n| key | takes | what it is for |\n| --- | --- | --- |\n"
    );
    let required = object["required"].as_array();
    let must = |key: &str| required.is_some_and(|keys| keys.iter().any(|known| known == key));
    for (key, value) in keys {
        let doc = value["description"]
            .as_str()
            .unwrap_or_default()
            .replace('|', "\\|");
        let needed = if must(key) { " Required." } else { "" };
        let _ = writeln!(text, "| `{key}` | {} | {doc}{needed} |", takes(value));
    }
    for choice in object["allOf"].as_array().into_iter().flatten() {
        let _ = write!(text, "\n{}\n", one_of(choice));
    }
    for (key, value) in keys {
        let Some((inner, named)) = below(value) else {
            continue;
        };
        let path = match (path, named) {
            ("", true) => format!("{key}.NAME"),
            ("", false) => key.clone(),
            (path, _) => format!("{path}.{key}"),
        };
        table(text, &format!("[{path}]"), &path, inner);
    }
}

/// The object that a value is, holds by name, or is a list of.
fn below(value: &Value) -> Option<(&Value, bool)> {
    if value["properties"].is_object() {
        return Some((value, false));
    }
    let named = &value["additionalProperties"];
    if named["properties"].is_object() {
        return Some((named, true));
    }
    if value["items"]["properties"].is_object() {
        return Some((&value["items"], false));
    }
    let either = value["anyOf"].as_array()?;
    either.iter().find_map(below)
}

/// What a key takes, in words.
fn takes(value: &Value) -> String {
    if let Some(words) = value["enum"].as_array() {
        let words: Vec<String> = words
            .iter()
            .filter_map(Value::as_str)
            .map(|word| format!("`{word}`"))
            .collect();
        return match words.len() {
            0..=8 => words.join(", "),
            _ => format!("{} and others", words[..4].join(", ")),
        };
    }
    if let Some(either) = value["anyOf"].as_array() {
        let mut ways: Vec<String> = either.iter().map(takes).collect();
        ways.dedup();
        return ways.join(" or ");
    }
    let pattern = value["pattern"].as_str().unwrap_or_default();
    match &value["type"] {
        Value::String(kind) => match kind.as_str() {
            "string" if pattern.contains("ms|") => "time, such as `\"10s\"`".to_owned(),
            "string" if pattern.contains("kKMG") => "size, such as `\"1GB\"`".to_owned(),
            "string" => "text".to_owned(),
            "integer" => "whole number".to_owned(),
            "boolean" => "`true` or `false`".to_owned(),
            "array" if value["items"]["properties"].is_object() => "list of tables".to_owned(),
            "array" if value["items"] == Value::Object(Map::new()) => "list".to_owned(),
            "array" => format!("list of {}s", takes(&value["items"])),
            _ if value["properties"].is_object() => "table".to_owned(),
            _ => "a table by name".to_owned(),
        },
        Value::Array(_) => "text, number or true/false".to_owned(),
        _ => "any value".to_owned(),
    }
}

/// `Exactly one of …`, from a choice of the schema.
fn one_of(choice: &Value) -> String {
    let ways = choice["oneOf"].as_array().cloned().unwrap_or_default();
    let keys = ways.iter().filter_map(|way| way["required"][0].as_str());
    let keys: Vec<String> = keys.map(|key| format!("`{key}`")).collect();
    let how = match ways.len() == keys.len() {
        true => "Exactly one of",
        false => "At most one of",
    };
    format!("{how} {}.", keys.join(", "))
}
