//! The keys of environments' files: `scn help ready`, `scn help components.Shop.log`. What they take and what
//! they are for is said by the list that the loader checks by.

use scn_interpreter::environment::keys;
use scn_interpreter::environment::shape::{Choice, Fields, Key, Shape};

use super::pages::{columns, wrapped};

/// What stands in a path for a name of the user's own.
const NAME: &str = "NAME";

/// A key, and the path of the table that it stands in.
struct Found {
    path: Vec<&'static str>,
    key: &'static Key,
}

impl Found {
    fn path(&self) -> String {
        let mut path = self.path.clone();
        path.push(self.key.name);
        path.join(".")
    }
}

/// What a word or a path asks for: the keys of that name, or the one at that path, in which any name may stand for the
/// user's own.
pub fn explain(topic: &str) -> Option<String> {
    let path = topic.trim_start_matches('[').trim_end_matches(']');
    let parts: Vec<&str> = path.split('.').collect();
    let mut all = Vec::new();
    collect(&keys::ENVIRONMENT, &[], &mut all);
    let found: Vec<&Found> = match parts.as_slice() {
        [word] => all.iter().filter(|found| found.key.name == *word).collect(),
        parts => all.iter().filter(|found| is_at(found, parts)).collect(),
    };
    let named = (found.is_empty() && parts.len() > 1).then(|| table_of(&all, &parts));
    if let Some(named) = named {
        return named;
    }
    let mut pages: Vec<(String, Vec<String>)> = Vec::new();
    for one in found {
        let text = page(one.key);
        match pages.iter_mut().find(|(known, _)| *known == text) {
            Some((_, paths)) => paths.push(one.path()),
            None => pages.push((text, vec![one.path()])),
        }
    }
    let pages = pages.into_iter().map(|(text, paths)| {
        let heading = format!("{} (key of an environment)", paths.join(", "));
        format!("{}{text}", wrapped(&heading, ""))
    });
    let pages: Vec<String> = pages.collect();
    (!pages.is_empty()).then(|| pages.join("\n"))
}

/// The names of all keys, each once.
pub fn names() -> Vec<String> {
    let mut all = Vec::new();
    collect(&keys::ENVIRONMENT, &[], &mut all);
    let mut names: Vec<String> = all.iter().map(|found| found.key.name.to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn collect(fields: &'static Fields, path: &[&'static str], all: &mut Vec<Found>) {
    for key in fields.all() {
        all.push(Found {
            path: path.to_vec(),
            key,
        });
        let mut below = path.to_vec();
        below.push(key.name);
        within(&key.shape, &below, all);
    }
}

fn within(shape: &'static Shape, path: &[&'static str], all: &mut Vec<Found>) {
    match shape {
        Shape::Table(fields) => collect(fields, path, all),
        Shape::Named(_, of) => {
            let mut path = path.to_vec();
            path.push(NAME);
            within(of, &path, all);
        }
        // A table or a list of them have the same keys: they are told once.
        Shape::Either(shapes) => {
            let table = shapes.iter().find(|shape| tables(shape).is_some());
            if let Some(table) = table {
                within(table, path, all);
            }
        }
        Shape::List(of) | Shape::Filled(of) => within(of, path, all),
        _ => {}
    }
}

/// Whether a path is that of a key.
fn is_at(found: &Found, parts: &[&str]) -> bool {
    let path = found.path.iter().copied().chain([found.key.name]);
    path.clone().count() == parts.len()
        && path
            .zip(parts)
            .all(|(known, part)| known == NAME || known == *part)
}

/// What the user has named by a path such as `components.Shop`.
fn table_of(all: &[Found], parts: &[&str]) -> Option<String> {
    let (_, above) = parts.split_last()?;
    let table = all.iter().find(|found| match above {
        [word] => found.path.is_empty() && found.key.name == *word,
        above => is_at(found, above),
    })?;
    let Shape::Named(_, of) = &table.key.shape else {
        return None;
    };
    let fields = tables(of)?;
    Some(format!(
        "{}.{NAME} ({} of an environment)\n\n{}",
        table.path(),
        fields.title,
        listed(fields)
    ))
}

fn tables(shape: &'static Shape) -> Option<&'static Fields> {
    match shape {
        Shape::Table(fields) => Some(fields),
        Shape::Either(shapes) => shapes.iter().find_map(tables),
        Shape::List(of) | Shape::Filled(of) | Shape::Named(_, of) => tables(of),
        _ => None,
    }
}

fn page(key: &'static Key) -> String {
    let required = if key.required {
        " It must be there."
    } else {
        ""
    };
    let mut text = format!(
        "\n{}\n{}",
        wrapped(&format!("takes {}", key.shape.expected()), "    "),
        wrapped(&format!("{}{required}", key.doc), "")
    );
    if let Some(fields) = tables(&key.shape) {
        text.push('\n');
        text.push_str(&listed(fields));
    }
    text
}

/// The keys of a table.
fn listed(fields: &'static Fields) -> String {
    let rows: Vec<(String, String)> = fields
        .all()
        .map(|key| (key.name.to_owned(), key.doc.to_owned()))
        .collect();
    let mut text = columns(&rows, "    ");
    for Choice { keys, required } in fields.choices {
        let how = if *required {
            "One of"
        } else {
            "At most one of"
        };
        text.push_str(&format!("\n{how} {}.\n", keys.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_every_key_of_that_name_and_a_path_is_one() {
        let said = |topic| explain(topic).unwrap_or_default();
        let ready = said("ready");
        assert!(
            ready.starts_with(
                "components.NAME.ready (key of an environment)\n\n    takes a table with port,"
            ),
            "{ready}"
        );
        assert!(
            ready.contains("One of port, log, http, run, sh."),
            "{ready}"
        );
        assert!(said("components.Shop.ready.log").contains("matches this regular expression"));
        assert!(
            said("components.Shop.log").contains("    path "),
            "{}",
            said("components.Shop.log")
        );
        assert!(
            said("components.Shop.log.parse.regex").contains("named group"),
            "{}",
            said("components.Shop.log.parse.regex")
        );
        assert!(
            said("[components.Shop]")
                .starts_with("components.NAME (a component of an environment)")
        );
        assert!(said("cwd").contains("commands.NAME.cwd"));
        assert_eq!(explain("components.Shop.loggg"), None);
        assert_eq!(explain("nothing"), None);
    }

    #[test]
    fn no_page_is_wider_than_a_terminal() {
        for name in names() {
            let page = explain(&name).unwrap_or_default();
            assert!(
                page.lines().all(|line| line.chars().count() <= 80),
                "{page}"
            );
        }
    }
}
