//! A TOML file as a tree in which everything knows where it stands.
//!
//! The lexing and the syntax are `toml_parser`'s; the tree is made here, because what
//! matters in a configuration is the place of each key and value, of those in dotted keys
//! and inline tables too, and that one pass finds every mistake.

mod build;
mod insert;
mod offset;
mod syntax;

use indexmap::IndexMap;
use scn_grammar::Span;

pub use offset::{content, locate, locate_content};
pub use syntax::parse;

/// How deep tables and lists may nest: no real file comes near, and no file gets near the
/// end of a stack.
pub const MAX_DEPTH: usize = 60;

/// A value where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub item: Item,
    /// Where it stands, quotes and brackets included; for a `[table]`, its header.
    pub span: Span,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Text.
    Text(String),
    /// A whole number of 64 bits.
    Int(i64),
    /// Any other number, as it is written without underscores.
    Decimal(String),
    /// `true` or `false`.
    Bool(bool),
    /// A date, a time or both, as written.
    Moment(String),
    /// `[a, b]`, or the tables of `[[name]]`.
    List(Vec<Node>),
    /// A table of any form.
    Table(Table),
    /// Something that is wrong and was reported; nothing more is said of it.
    Wrong,
}

impl Item {
    /// What kind of value it is, in the words of errors.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Int(_) => "a whole number",
            Self::Decimal(_) => "a decimal",
            Self::Bool(_) => "true/false",
            Self::Moment(_) => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Wrong => "nothing that can be read",
        }
    }
}

/// A table: its keys in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Each key with its value.
    pub entries: IndexMap<String, Entry>,
    /// How it came to be.
    form: Form,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where the key stands (where it first stands, if it is part of several headers).
    pub key: Span,
    /// Its value.
    pub value: Node,
}

/// How a table came to be, which decides who may still add to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    /// Named on the way to another: `[a.b]` makes an `a`.
    #[default]
    Implicit,
    /// By a dotted key.
    Dotted,
    /// By its own header.
    Header,
    /// `{ … }`: closed.
    Inline,
}

impl Table {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Whether it has `key`.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Each key, where it stands, and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Span, &Node)> {
        self.entries
            .iter()
            .map(|(name, entry)| (name.as_str(), entry.key, &entry.value))
    }
}
