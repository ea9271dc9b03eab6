//! The schema and the loader say the same: of every example of the codes, and of the sample
//! with everything in it.

use regex::Regex;
use serde_json::{Map, Value as Json};

use super::loaded;
use super::whole::EVERYTHING;
use crate::environment::codes::CODES;
use crate::environment::read::Reader;
use crate::environment::schema::schema;
use crate::environment::toml::{Item, Node, Table, parse};

#[test]
fn what_loads_is_valid() {
    for text in CODES.iter().map(|code| code.right).chain([EVERYTHING, ""]) {
        assert_eq!(
            faults(&schema(), &document(text), ""),
            [""; 0],
            "of:\n{text}"
        );
    }
}

/// What is wrong in its keys and types, and not in what a text says, the schema refuses too.
#[test]
fn what_is_wrong_in_structure_is_invalid() {
    let mut refused = Vec::new();
    for code in CODES {
        if !faults(&schema(), &document(code.wrong), "").is_empty() {
            refused.push(code.name);
        }
    }
    let structural = [
        "E303", "E304", "E305", "E306", "E308", "E310", "E311", "E313", "E316", "E322", "E327",
    ];
    assert_eq!(refused, structural);
}

/// Every key that the schema knows is one that the loader takes, at that place.
#[test]
fn every_key_of_the_schema_is_known_to_the_loader() {
    let mut paths = Vec::new();
    collect(&schema(), &mut Vec::new(), &mut paths);
    assert!(paths.len() > 60, "{}", paths.len());
    let used = keys_of(EVERYTHING);
    let missing: Vec<&String> = paths.iter().filter(|path| !used.contains(path)).collect();
    assert!(
        missing.is_empty(),
        "the sample with everything lacks {missing:?}"
    );
    assert!(loaded(EVERYTHING).environment.is_some());
}

/// What the schema has is read: without any one of its keys the sample declares something else.
#[test]
fn every_key_is_read() {
    let (table, _) = parse(EVERYTHING);
    let declared = |table: &Table| format!("{:?}", Reader::new(EVERYTHING, 0).environment(table).0);
    let whole = declared(&table);
    let mut paths = Vec::new();
    places(&table, &mut Vec::new(), &mut paths);
    assert!(paths.len() > 100, "{}", paths.len());
    let ignored: Vec<_> = paths
        .iter()
        .filter(|path| {
            let mut less = table.clone();
            remove(&mut less, path);
            declared(&less) == whole
        })
        .map(|path| format!("{path:?}"))
        // These say what holds anyway; or are read before all others.
        .filter(|path| !DEFAULTS.iter().any(|key| path.contains(key)))
        .collect();
    assert!(ignored.is_empty(), "{ignored:?}");
}

/// Keys of the sample that are not read here, or have the value that they have unless said.
const DEFAULTS: [&str; 5] = [
    r#"[Key("extends")]"#,
    r#"Key("signal")]"#,
    r#"Key("within")]"#,
    r#"Key("isolate")]"#,
    r#"Key("holidays")]"#,
];

/// A step on the way to a value.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    At(usize),
}

fn places(table: &Table, path: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    fn inside(node: &Node, path: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
        match &node.item {
            Item::Table(table) => places(table, path, found),
            Item::List(nodes) => {
                for (at, node) in nodes.iter().enumerate() {
                    path.push(Step::At(at));
                    inside(node, path, found);
                    path.pop();
                }
            }
            _ => {}
        }
    }
    for (key, _, node) in table.iter() {
        path.push(Step::Key(key.to_owned()));
        found.push(path.clone());
        inside(node, path, found);
        path.pop();
    }
}

fn remove(table: &mut Table, path: &[Step]) {
    let [Step::Key(key), rest @ ..] = path else {
        return;
    };
    if rest.is_empty() {
        table.entries.shift_remove(key);
        return;
    }
    if let Some(entry) = table.entries.get_mut(key) {
        remove_in(&mut entry.value, rest);
    }
}

fn remove_in(node: &mut Node, path: &[Step]) {
    match (path, &mut node.item) {
        ([Step::At(at), rest @ ..], Item::List(nodes)) => remove_in(&mut nodes[*at], rest),
        (path, Item::Table(inner)) => remove(inner, path),
        _ => {}
    }
}

/// What is read is in the schema: the keys that the reader's own text names.
#[test]
fn every_key_that_is_read_is_in_the_schema() {
    let mut paths = Vec::new();
    collect(&schema(), &mut Vec::new(), &mut paths);
    let known: Vec<&str> = paths
        .iter()
        .filter_map(|path| path.rsplit('.').next())
        .collect();
    let named = Regex::new(r#"\(&?(?:self, )?table, "(\w+)""#).expect("an expression");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/environment/read");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("the reader's folder") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("its text");
        for found in named.captures_iter(&text) {
            assert!(known.contains(&&found[1]), "`{}` is read", &found[1]);
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
}

/// Every key has a description.
#[test]
fn every_key_is_described() {
    fn walk(schema: &Json) {
        if let Some(Json::Object(properties)) = schema.get("properties") {
            for (name, property) in properties {
                assert!(property.get("description").is_some(), "{name}");
            }
        }
        match schema {
            Json::Object(object) => object.values().for_each(walk),
            Json::Array(list) => list.iter().for_each(walk),
            _ => {}
        }
    }
    walk(&schema());
}

/// The keys with names that are the schema's, each with those that lead to it; `*` is any
/// name, and an element of a list.
fn collect(schema: &Json, path: &mut Vec<String>, found: &mut Vec<String>) {
    if let Some(Json::Object(properties)) = schema.get("properties") {
        for (name, property) in properties {
            path.push(name.clone());
            found.push(path.join("."));
            collect(property, path, found);
            path.pop();
        }
    }
    for key in ["additionalProperties", "items"] {
        if let Some(inner @ Json::Object(_)) = schema.get(key) {
            let list = key == "items";
            if !list {
                path.push("*".to_owned());
            }
            collect(inner, path, found);
            if !list {
                path.pop();
            }
        }
    }
    if let Some(Json::Array(ways)) = schema.get("anyOf") {
        for way in ways {
            collect(way, path, found);
        }
    }
}

fn keys_of(text: &str) -> Vec<String> {
    fn walk(table: &Table, path: &mut Vec<String>, found: &mut Vec<String>) {
        const NAMED: [&str; 6] = [
            "hosts",
            "components",
            "commands",
            "plugins",
            "vars",
            "secrets",
        ];
        for (key, _, node) in table.iter() {
            let any = path.len() == 1 && NAMED.contains(&path[0].as_str());
            path.push(if any { "*".to_owned() } else { key.to_owned() });
            found.push(path.join("."));
            inside(node, path, found);
            path.pop();
        }
    }
    fn inside(node: &Node, path: &mut Vec<String>, found: &mut Vec<String>) {
        match &node.item {
            Item::Table(table) => walk(table, path, found),
            Item::List(nodes) => nodes.iter().for_each(|node| inside(node, path, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(&parse(text).0, &mut Vec::new(), &mut found);
    found
}

/// A text as JSON, as an editor's validator sees it.
fn document(text: &str) -> Json {
    fn json(node: &Node) -> Json {
        match &node.item {
            Item::Text(text) | Item::Moment(text) => text.as_str().into(),
            Item::Int(number) => (*number).into(),
            Item::Decimal(text) => text.parse::<f64>().map_or(Json::Null, Json::from),
            Item::Bool(truth) => (*truth).into(),
            Item::List(nodes) => nodes.iter().map(json).collect(),
            Item::Table(table) => object(table),
            Item::Wrong => Json::Null,
        }
    }
    fn object(table: &Table) -> Json {
        let entries = table
            .iter()
            .map(|(key, _, node)| (key.to_owned(), json(node)));
        Json::Object(entries.collect::<Map<_, _>>())
    }
    object(&parse(text).0)
}

/// What a document has that its schema forbids. It knows the words that are used there, and
/// fails on any other.
fn faults(schema: &Json, value: &Json, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Json::Object(words) = schema else {
        return found;
    };
    for (word, says) in words {
        let holds = match word.as_str() {
            "type" => types(says, value),
            "enum" => says.as_array().is_some_and(|all| all.contains(value)),
            "pattern" => value.as_str().is_none_or(|text| {
                Regex::new(says.as_str().unwrap_or("(")).is_ok_and(|regex| regex.is_match(text))
            }),
            "minimum" => value
                .as_i64()
                .is_none_or(|number| number >= says.as_i64().unwrap_or(0)),
            "maximum" => value
                .as_i64()
                .is_none_or(|number| number <= says.as_i64().unwrap_or(0)),
            "minItems" => value.as_array().is_none_or(|list| !list.is_empty()),
            "required" => says.as_array().is_some_and(|keys| {
                keys.iter()
                    .all(|key| value.get(key.as_str().unwrap_or_default()).is_some())
            }),
            "not" => !faults(says, value, at).is_empty(),
            "oneOf" => ways(says, value, at) == 1,
            "anyOf" => ways(says, value, at) >= 1,
            "allOf" => ways(says, value, at) == says.as_array().map_or(0, Vec::len),
            "properties" | "additionalProperties" | "propertyNames" | "items" => {
                found.extend(inner(word, says, words, value, at));
                true
            }
            "$schema" | "title" | "description" | "examples" => true,
            other => panic!("no such word: {other}"),
        };
        if !holds {
            found.push(format!("{at}: {word}"));
        }
    }
    found
}

fn ways(schemas: &Json, value: &Json, at: &str) -> usize {
    let all = schemas.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter()
        .filter(|schema| faults(schema, value, at).is_empty())
        .count()
}

fn types(says: &Json, value: &Json) -> bool {
    let is = |name: &Json| match name.as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => panic!("no such type: {name}"),
    };
    match says {
        Json::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

fn inner(
    word: &str,
    says: &Json,
    words: &Map<String, Json>,
    value: &Json,
    at: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    if let (Json::Array(list), "items") = (value, word) {
        for element in list {
            found.extend(faults(says, element, at));
        }
    }
    let Json::Object(object) = value else {
        return found;
    };
    for (key, value) in object {
        let at = format!("{at}.{key}");
        let known = words.get("properties").and_then(|all| all.get(key));
        match (word, known) {
            ("properties", Some(known)) => found.extend(faults(known, value, &at)),
            ("additionalProperties", None) if says == &Json::Bool(false) => found.push(at),
            ("additionalProperties", None) => found.extend(faults(says, value, &at)),
            ("propertyNames", _) => found.extend(faults(says, &key.as_str().into(), &at)),
            _ => {}
        }
    }
    found
}

/// Names that the schema takes and refuses are those that the loader does.
#[test]
fn the_schema_knows_names() {
    for name in [
        "a",
        "_a1",
        "é",
        "Zürich_2",
        "1a",
        "a-b",
        "a b",
        "a.b",
        "it",
        "",
        "a/b",
        "a[0]",
        "-a",
    ] {
        for (table, body) in [("vars", "1"), ("hosts", "{}"), ("components", "{}")] {
            let text = format!("[{table}]\n\"{name}\" = {body}\n");
            let loads = loaded(text.as_str()).environment.is_some();
            let valid = faults(&schema(), &document(&text), "").is_empty();
            assert_eq!(loads, valid, "{text}");
        }
    }
}
