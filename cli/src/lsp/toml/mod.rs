//! Environments' files: what could stand at the caret, and what stands there, from the list of keys that
//! the loader checks by.

pub mod names;
mod place;

use std::collections::HashSet;

use scn_interpreter::environment::keys;
use scn_interpreter::environment::shape::{Fields, Key, NameKind, Shape};

use super::documents::Sort;
use crate::assist::complete::{Completion, Item, ItemKind};
use crate::assist::hover::Hover;
use place::{At, place};

/// What could stand at byte `caret` of an environment's file.
pub fn complete(text: &str, caret: usize, sort: Sort) -> Completion {
    let found = place(text, caret);
    let shapes = shapes(root(sort), &found.path);
    let mut items = Vec::new();
    match found.at {
        At::Header => {
            for key in fields(&shapes).into_iter().flat_map(Fields::all) {
                if matches!(key.shape, Shape::Table(_) | Shape::Named(..)) {
                    items.push(item(key));
                }
            }
        }
        At::Key => {
            let known = fields(&shapes).into_iter().flat_map(Fields::all);
            items.extend(
                known
                    .filter(|key| !found.siblings.iter().any(|one| one == key.name))
                    .map(item),
            );
        }
        At::Value => {
            for shape in &shapes {
                items.extend(values(shape, found.quoted));
            }
        }
    }
    // Where a table or a list of tables may stand, both have the same keys.
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.label.clone()));
    Completion {
        replace: found.span,
        items,
    }
}

/// What stands at byte `caret` of an environment's file.
pub fn hover(text: &str, caret: usize, sort: Sort) -> Option<Hover> {
    let found = place(text, caret);
    let (name, above) = match found.at {
        At::Value => return None,
        _ => {
            let name = text[found.span.range()].trim_matches(['"', '\'']);
            (name, found.path)
        }
    };
    let shapes = shapes(root(sort), &above);
    let key = fields(&shapes)
        .into_iter()
        .find_map(|fields| fields.find(name));
    let text = match key {
        Some(key) => {
            let must = if key.required {
                " It must be there."
            } else {
                ""
            };
            format!(
                "`{}` takes {}.{must}\n\n{}\n",
                key.name,
                key.shape.expected(),
                key.doc
            )
        }
        None => {
            // A name of the user's: what such a table is.
            let named = shapes.iter().find_map(|shape| match shape {
                Shape::Named(_, Shape::Table(fields)) => Some(fields),
                _ => None,
            })?;
            format!("`{name}` is {}.\n", named.title)
        }
    };
    (!name.is_empty()).then_some(Hover {
        span: found.span,
        text,
    })
}

fn root(sort: Sort) -> &'static Fields {
    match sort {
        Sort::Project => &keys::PROJECT,
        _ => &keys::ENVIRONMENT,
    }
}

fn item(key: &'static Key) -> Item {
    Item {
        label: key.name.to_owned(),
        kind: ItemKind::Parameter,
        detail: key.shape.expected(),
        help: key.doc.to_owned(),
    }
}

/// What the value at a path may be.
fn shapes(root: &'static Fields, path: &[String]) -> Vec<&'static Shape> {
    let Some((first, rest)) = path.split_first() else {
        return ROOTS
            .iter()
            .filter(|(fields, _)| std::ptr::eq(*fields, root))
            .map(|(_, shape)| shape)
            .collect();
    };
    let Some(key) = root.find(first) else {
        return Vec::new();
    };
    let mut all = alternatives(&key.shape);
    for name in rest {
        all = all
            .into_iter()
            .flat_map(|shape| below(shape, name))
            .collect();
    }
    all
}

/// The files themselves as shapes.
static ROOTS: [(&Fields, Shape); 2] = [
    (&keys::ENVIRONMENT, Shape::Table(&keys::ENVIRONMENT)),
    (&keys::PROJECT, Shape::Table(&keys::PROJECT)),
];

/// A shape itself, or those that it may be: one of several, or an element of a list.
fn alternatives(shape: &'static Shape) -> Vec<&'static Shape> {
    match shape {
        Shape::Either(all) => all.iter().flat_map(alternatives).collect(),
        Shape::List(of) | Shape::Filled(of) => {
            let mut all = vec![shape];
            all.extend(alternatives(of));
            all
        }
        _ => vec![shape],
    }
}

fn below(shape: &'static Shape, name: &str) -> Vec<&'static Shape> {
    match shape {
        Shape::Table(fields) => fields
            .find(name)
            .map(|key| alternatives(&key.shape))
            .unwrap_or_default(),
        Shape::Named(_, of) => alternatives(of),
        _ => Vec::new(),
    }
}

fn fields(shapes: &[&'static Shape]) -> Vec<&'static Fields> {
    let tables = shapes.iter().filter_map(|shape| match shape {
        Shape::Table(fields) => Some(*fields),
        _ => None,
    });
    tables.collect()
}

/// What is known of a value of that shape.
fn values(shape: &Shape, quoted: bool) -> Vec<Item> {
    let one = |label: String| Item {
        label,
        kind: ItemKind::Value,
        detail: String::new(),
        help: String::new(),
    };
    let text = |word: &str| match quoted {
        true => one(word.to_owned()),
        false => one(format!("\"{word}\"")),
    };
    match shape {
        Shape::Flag => vec![one("true".to_owned()), one("false".to_owned())],
        Shape::Word(words) => words.iter().map(|word| text(word)).collect(),
        Shape::Signal => ["TERM", "INT", "KILL", "HUP", "QUIT", "USR1", "USR2"]
            .map(text)
            .to_vec(),
        Shape::Named(NameKind::Status, _) if !quoted => {
            vec![one("{ 0 = \"PASS\", else = \"FAIL\" }".to_owned())]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(text: &str) -> Vec<String> {
        let caret = text.find('|').unwrap_or(0);
        let text = text.replacen('|', "", 1);
        let found = complete(&text, caret, Sort::Environment);
        found
            .matching(&text, caret)
            .iter()
            .map(|item| item.label.clone())
            .collect()
    }

    #[test]
    fn keys_are_those_of_their_table() {
        assert_eq!(completed("ext|"), ["extends"]);
        assert_eq!(completed("[commands.a]\nbackg|"), ["background"]);
        assert_eq!(
            completed("[commands.a]\nrun = [\"x\"]\nti|\n[hosts.b]\n"),
            ["timeout"]
        );
        assert_eq!(completed("[components.A]\nready = { po|"), ["port"]);
        assert_eq!(
            completed("[components.A]\nlog = [{ path = \"x\", parse = [\n  { reg|"),
            ["regex"]
        );
        assert_eq!(completed("[components.A]\nstart.cw|"), ["cwd"]);
        assert_eq!(completed("[[components.A.log]]\npar|"), ["parse"]);
        assert_eq!(completed("[comp|"), ["components"]);
        assert!(completed("[commands.a]\nbackground = true\nb|").is_empty());
    }

    #[test]
    fn values_are_what_the_key_takes() {
        assert_eq!(completed("[commands.a]\nbackground = |"), ["true", "false"]);
        assert_eq!(completed("[commands.a]\nresult = \"js|"), ["json"]);
        assert_eq!(
            completed("[components.A]\nlog = [{ path = \"x\", parse = [{ regex = '}', unit = \"u|"),
            ["us"]
        );
        assert!(completed("[commands.a]\nhelp = \"tr|").is_empty());
        assert!(completed("# ext|").is_empty());
    }

    #[test]
    fn hover_tells_what_a_key_is_for() {
        let text = "[commands.load]\nbackground = true\n";
        let said =
            |caret| hover(text, caret, Sort::Environment).map_or(String::new(), |hover| hover.text);
        assert!(said(20).contains("takes true or false"), "{}", said(20));
        assert!(said(12).contains("is a command"), "{}", said(12));
        assert!(said(3).contains("Aliases"), "{}", said(3));
        assert_eq!(said(32), "");
    }
}
