//! From a checked tree to declarations, one file a kind of table.
//!
//! [`super::check`] has said what is wrong with keys and types: here a value of the wrong
//! type is passed over in silence, and only what a text says is judged.

mod command;
mod component;
mod param;
mod program;
mod text;
mod top;
mod value;
mod watching;

use scn_grammar::{Code, Diagnostic, Span};

use super::toml::{Item, Node, Table};
use super::{Environment, Place};

/// Reads one file.
pub(super) struct Reader<'a> {
    /// Its text.
    text: &'a str,
    /// Which of the environment's sources it is.
    source: usize,
    /// What was found.
    found: Vec<Diagnostic>,
}

/// A text of the file.
#[derive(Clone, Copy)]
struct Literal<'a> {
    /// What it means.
    text: &'a str,
    /// Where it stands, quotes included.
    span: Span,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, source: usize) -> Self {
        Self {
            text,
            source,
            found: Vec::new(),
        }
    }

    /// Everything that one file declares, but `extends`, and what was found wrong.
    pub(super) fn environment(mut self, table: &Table) -> (Environment, Vec<Diagnostic>) {
        let environment = Environment {
            vars: self.settings(table, "vars"),
            calendar: self.calendar(table),
            limits: self.limits(table),
            setup: self.setup(table),
            hosts: self.each_table(table, "hosts", Self::host),
            components: self.each_table(table, "components", Self::component),
            commands: self.each_table(table, "commands", Self::command),
            plugins: self.each_table(table, "plugins", Self::plugin),
            secrets: self.each_table(table, "secrets", Self::secret),
            ..Environment::default()
        };
        (environment, self.found)
    }

    /// Reads each table in the table `key`. One that cannot be read is left out, which is
    /// reported.
    fn each_table<T>(
        &mut self,
        table: &Table,
        key: &str,
        read: fn(&mut Self, &str, &Table, Place) -> Option<T>,
    ) -> indexmap::IndexMap<String, T> {
        let mut all = indexmap::IndexMap::new();
        for (name, place, node) in inner(table, key).into_iter().flat_map(Table::iter) {
            if let Item::Table(inner) = &node.item
                && let Some(one) = read(self, name, inner, self.place(place))
            {
                all.insert(name.to_owned(), one);
            }
        }
        all
    }

    fn place(&self, span: Span) -> Place {
        Place {
            source: self.source,
            span,
        }
    }

    fn error(&mut self, code: &'static Code, span: Span, message: impl Into<String>) {
        self.found.push(Diagnostic::new(code, span, message));
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }
}

/// The table at `key`.
fn inner<'t>(table: &'t Table, key: &str) -> Option<&'t Table> {
    match &table.get(key)?.item {
        Item::Table(inner) => Some(inner),
        _ => None,
    }
}

/// The text at `key`.
fn literal<'t>(table: &'t Table, key: &str) -> Option<Literal<'t>> {
    as_literal(table.get(key)?)
}

fn as_literal(node: &Node) -> Option<Literal<'_>> {
    match &node.item {
        Item::Text(text) => Some(Literal {
            text,
            span: node.span,
        }),
        _ => None,
    }
}

/// The text at `key`, taken as it is.
fn plain(table: &Table, key: &str) -> Option<String> {
    literal(table, key).map(|literal| literal.text.to_owned())
}

/// The texts of the list at `key`.
fn literals<'t>(table: &'t Table, key: &str) -> Vec<Literal<'t>> {
    nodes(table, key).iter().filter_map(as_literal).collect()
}

/// The elements of the list at `key`.
fn nodes<'t>(table: &'t Table, key: &str) -> &'t [Node] {
    match table.get(key).map(|node| &node.item) {
        Some(Item::List(nodes)) => nodes,
        _ => &[],
    }
}

/// The table at `key`, or the tables of the list at `key`.
fn one_or_more<'t>(table: &'t Table, key: &str) -> Vec<(&'t Table, Span)> {
    let Some(node) = table.get(key) else {
        return Vec::new();
    };
    let nodes = match &node.item {
        Item::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    nodes
        .iter()
        .filter_map(|node| match &node.item {
            Item::Table(inner) => Some((inner, node.span)),
            _ => None,
        })
        .collect()
}

/// `true` or `false` at `key`.
fn flag(table: &Table, key: &str) -> Option<bool> {
    match table.get(key)?.item {
        Item::Bool(truth) => Some(truth),
        _ => None,
    }
}
