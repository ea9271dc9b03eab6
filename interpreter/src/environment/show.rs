//! An environment as text, and what differs between two.

use super::Environment;
use super::toml::{Entry, Item, Node, Table};

/// Puts a file's tables over those of the files that it extends: `[vars]` and the tables of
/// names key by key, `[calendar]`, `[limits]` and `[setup]` whole.
pub(super) fn put_over(base: &mut Table, over: &Table) {
    for (name, entry) in &over.entries {
        if name == "extends" {
            continue;
        }
        let whole = matches!(name.as_str(), "calendar" | "limits" | "setup");
        if let Item::Table(new) = &entry.value.item
            && !whole
            && let Some(Entry { value, .. }) = base.entries.get_mut(name)
            && let Item::Table(old) = &mut value.item
        {
            old.entries.extend(new.entries.clone());
        } else {
            base.entries.insert(name.clone(), entry.clone());
        }
    }
}

/// The environment as one TOML text, `extends` resolved. It holds no secret: those are
/// declared by where they come from.
pub fn show(environment: &Environment) -> String {
    let mut text = String::new();
    for (name, _, node) in environment.document.iter() {
        let Item::Table(table) = &node.item else {
            continue;
        };
        let named = matches!(name, "hosts" | "components" | "commands" | "plugins");
        if !named || table.entries.is_empty() {
            section(&mut text, name, table);
            continue;
        }
        for (inner, _, node) in table.iter() {
            if let Item::Table(table) = &node.item {
                section(&mut text, &format!("{name}.{}", key_text(inner)), table);
            }
        }
    }
    text
}

fn section(text: &mut String, name: &str, table: &Table) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&format!("[{name}]\n"));
    for (key, _, node) in table.iter() {
        text.push_str(&format!("{} = {}\n", key_text(key), node_text(node)));
    }
}

/// A key, quoted where it has to be.
fn key_text(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        string_text(key)
    }
}

/// A value as TOML on one line.
pub(super) fn node_text(node: &Node) -> String {
    match &node.item {
        Item::Text(text) => string_text(text),
        Item::Int(number) => number.to_string(),
        Item::Decimal(text) | Item::Moment(text) => text.clone(),
        Item::Bool(truth) => truth.to_string(),
        Item::List(nodes) => {
            let all: Vec<String> = nodes.iter().map(node_text).collect();
            format!("[{}]", all.join(", "))
        }
        Item::Table(table) => {
            let all: Vec<String> = table
                .iter()
                .map(|(key, _, node)| format!("{} = {}", key_text(key), node_text(node)))
                .collect();
            match all.is_empty() {
                true => "{}".to_owned(),
                false => format!("{{ {} }}", all.join(", ")),
            }
        }
        Item::Wrong => String::new(),
    }
}

/// A text in quotes: in `'` where nothing needs an escape but `\` or `"`.
fn string_text(text: &str) -> String {
    let control = |c: char| c.is_control();
    if text.contains(['\\', '"']) && !text.contains('\'') && !text.chars().any(control) {
        return format!("'{text}'");
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Something that two environments do not have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The keys that lead to it: `["commands", "start_load", "run"]`.
    pub path: Vec<String>,
    /// What the first has there, as TOML; nothing if it has nothing.
    pub left: Option<String>,
    /// What the second has there.
    pub right: Option<String>,
}

impl Difference {
    /// The path as it is written in TOML.
    pub fn path_text(&self) -> String {
        let all: Vec<String> = self.path.iter().map(|key| key_text(key)).collect();
        all.join(".")
    }
}

/// What differs between two environments, key by key, in the order of the first.
pub fn diff(left: &Environment, right: &Environment) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut path = Vec::new();
    tables(&left.document, &right.document, &mut path, &mut found);
    found
}

fn tables(left: &Table, right: &Table, path: &mut Vec<String>, found: &mut Vec<Difference>) {
    let added = right.iter().filter(|(key, ..)| !left.has(key));
    for (key, _, node) in left.iter().chain(added) {
        path.push(key.to_owned());
        match (left.get(key), right.get(key)) {
            (Some(old), Some(new)) => match (&old.item, &new.item) {
                (Item::Table(old), Item::Table(new)) => tables(old, new, path, found),
                _ if node_text(old) == node_text(new) => {}
                _ => found.push(Difference {
                    path: path.clone(),
                    left: Some(node_text(old)),
                    right: Some(node_text(new)),
                }),
            },
            (old, _) => lone(node, old.is_some(), path, found),
        }
        path.pop();
    }
}

/// What only one side has: each of its values.
fn lone(node: &Node, left: bool, path: &mut Vec<String>, found: &mut Vec<Difference>) {
    if let Item::Table(table) = &node.item
        && !table.entries.is_empty()
    {
        for (key, _, node) in table.iter() {
            path.push(key.to_owned());
            lone(node, left, path, found);
            path.pop();
        }
        return;
    }
    let text = Some(node_text(node));
    let (left, right) = if left { (text, None) } else { (None, text) };
    found.push(Difference {
        path: path.clone(),
        left,
        right,
    });
}
