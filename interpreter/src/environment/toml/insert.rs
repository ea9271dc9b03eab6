//! Where in the tree a key belongs, and whether it may still be put there.

use indexmap::map::Entry as Slot;
use scn_grammar::{Diagnostic, Span};

use super::syntax::too_deep;
use super::{Entry, Form, Item, MAX_DEPTH, Node, Table};
use crate::environment::codes;

/// A key of a path, where it stands.
#[derive(Clone)]
pub(super) struct Key {
    pub name: String,
    pub span: Span,
}

/// An inline table cannot be added to from outside, nor can what it holds.
pub(super) fn close(table: &mut Table) {
    table.form = Form::Inline;
    for entry in table.entries.values_mut() {
        if let Item::Table(inner) = &mut entry.value.item {
            close(inner);
        }
    }
}

/// The table at `path`, made where it is not there. `dotted`: the path is that of a dotted
/// key, which cannot reach into a table with a header of its own.
pub(super) fn descend<'a>(
    mut table: &'a mut Table,
    path: &[Key],
    dotted: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'a mut Table> {
    for key in path {
        let entry = table.entries.entry(key.name.clone()).or_insert_with(|| {
            let form = if dotted { Form::Dotted } else { Form::Implicit };
            let new = Table {
                form,
                ..Table::default()
            };
            Entry {
                key: key.span,
                value: Node {
                    item: Item::Table(new),
                    span: key.span,
                },
            }
        });
        let first = entry.key;
        let kind = entry.value.item.kind();
        match &mut entry.value.item {
            Item::Wrong => return None,
            Item::Table(inner)
                if inner.form != Form::Inline && !(dotted && inner.form == Form::Header) =>
            {
                table = inner;
            }
            // `[list.name]` belongs to the last of the tables of `[[list]]`.
            Item::List(nodes) if !dotted && nodes.last().is_some_and(is_header_table) => {
                let last = nodes.len() - 1;
                let Item::Table(inner) = &mut nodes[last].item else {
                    return None;
                };
                table = inner;
            }
            _ => {
                let message = format!("`{}` is {kind} already, and takes no more keys", key.name);
                diagnostics.push(
                    Diagnostic::new(&codes::DUPLICATE, key.span, message)
                        .related(first, "it stands here"),
                );
                return None;
            }
        }
    }
    Some(table)
}

pub(super) fn insert(
    table: &mut Table,
    path: &[Key],
    value: Node,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    if path.len() > MAX_DEPTH {
        diagnostics.push(too_deep(last.span));
        return;
    }
    let Some(table) = descend(table, parents, true, diagnostics) else {
        return;
    };
    match table.entries.entry(last.name.clone()) {
        Slot::Occupied(slot) => diagnostics.push(twice(last, slot.get().key)),
        Slot::Vacant(slot) => {
            slot.insert(Entry {
                key: last.span,
                value,
            });
        }
    }
}

fn twice(key: &Key, first: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::DUPLICATE,
        key.span,
        format!("`{}` stands here for the second time", key.name),
    )
    .related(first, "the first time")
    .help("leave one of them out, or give it another name")
}

/// `[name]`; false if it is there already.
pub(super) fn open_table(parent: &mut Table, key: &Key, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let new = || Table {
        form: Form::Header,
        ..Table::default()
    };
    match parent.entries.entry(key.name.clone()) {
        Slot::Vacant(slot) => {
            slot.insert(Entry {
                key: key.span,
                value: Node {
                    item: Item::Table(new()),
                    span: key.span,
                },
            });
            true
        }
        Slot::Occupied(mut slot) => {
            let entry = slot.get_mut();
            if let Item::Table(table) = &mut entry.value.item
                && table.form == Form::Implicit
            {
                table.form = Form::Header;
                entry.key = key.span;
                return true;
            }
            diagnostics.push(twice(key, entry.key));
            false
        }
    }
}

/// `[[name]]`; false if `name` is something else.
pub(super) fn push_table(parent: &mut Table, key: &Key, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let node = Node {
        item: Item::Table(Table {
            form: Form::Header,
            ..Table::default()
        }),
        span: key.span,
    };
    let entry = parent
        .entries
        .entry(key.name.clone())
        .or_insert_with(|| Entry {
            key: key.span,
            value: Node {
                item: Item::List(Vec::new()),
                span: key.span,
            },
        });
    let first = entry.key;
    match &mut entry.value.item {
        // A list that was written as `[…]` is closed.
        Item::List(nodes) if first == key.span || nodes.iter().any(is_header_table) => {
            nodes.push(node);
            true
        }
        _ => {
            diagnostics.push(twice(key, first));
            false
        }
    }
}

fn is_header_table(node: &Node) -> bool {
    matches!(&node.item, Item::Table(table) if table.form == Form::Header)
}
