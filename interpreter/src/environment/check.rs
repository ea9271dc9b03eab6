//! Checks a table against what it may hold: unknown keys, wrong types, what is missing, what
//! excludes one another. What a text says is checked where it is read (`read/`).

use scn_grammar::diagnostic::meant;
use scn_grammar::{Diagnostic, Span};

use super::codes;
use super::shape::{Choice, Fields, NameKind, Shape};
use super::toml::{Item, Node, Table};

/// Checks `table`, whose name stands at `name`, with all that it holds.
pub fn table(fields: &Fields, table: &Table, name: Span, found: &mut Vec<Diagnostic>) {
    for (key, place, value) in table.iter() {
        match fields.find(key) {
            Some(known) => node(&known.shape, key, value, place, found),
            None => found.push(unknown_key(fields, key, place)),
        }
    }
    for key in fields.all().filter(|key| key.required) {
        if !table.has(key.name) {
            let message = format!("{} needs `{}`", fields.title, key.name);
            found.push(Diagnostic::new(&codes::MISSING, name, message).help(key.doc));
        }
    }
    for choice in fields.choices {
        exclusive(choice, fields, table, name, found);
    }
}

fn unknown_key(fields: &Fields, key: &str, place: Span) -> Diagnostic {
    let known: Vec<&str> = fields.all().map(|key| key.name).collect();
    let message = format!("`{key}` is no key of {}", fields.title);
    let found = Diagnostic::new(&codes::UNKNOWN_KEY, place, message);
    let list = format!("the keys of {} are {}", fields.title, known.join(", "));
    match meant(key, known) {
        Some(close) => found
            .help(format!("`{close}` was probably meant; {list}"))
            .replace(close),
        None => found.help(list),
    }
}

fn exclusive(
    choice: &Choice,
    fields: &Fields,
    table: &Table,
    name: Span,
    found: &mut Vec<Diagnostic>,
) {
    let mut present = table.iter().filter(|(key, ..)| choice.keys.contains(key));
    let Some((first, first_place, _)) = present.next() else {
        if choice.required {
            let message = match choice.keys {
                [first, second] => format!("{} needs `{first}` or `{second}`", fields.title),
                keys => format!("{} needs one of {}", fields.title, keys.join(", ")),
            };
            // A key of another name was meant to be one of them: that is said of it.
            let is_meant = |key: &str| {
                fields.find(key).is_none() && meant(key, choice.keys.iter().copied()).is_some()
            };
            if table.iter().any(|(key, ..)| is_meant(key)) {
                return;
            }
            let lacking = Diagnostic::new(&codes::MISSING, name, message);
            found.push(match choice.keys {
                ["run", "sh"] => lacking.help(
                    "a program: run = [\"PROGRAM\", \"WORD\"]; or a shell's text: sh = 'TEXT'",
                ),
                _ => lacking,
            });
        }
        return;
    };
    for (key, place, _) in present {
        let message = format!("`{key}` and `{first}` exclude each other");
        found.push(
            Diagnostic::new(&codes::EXCLUSIVE, place, message)
                .related(first_place, format!("`{first}` stands here"))
                .help("keep one of them"),
        );
    }
}

/// Checks the value of `key`; `name` is where the key stands.
fn node(shape: &Shape, key: &str, value: &Node, name: Span, found: &mut Vec<Diagnostic>) {
    if value.item == Item::Wrong {
        return;
    }
    if !fits(shape, &value.item) {
        found.push(wrong_type(shape, key, value));
        return;
    }
    match (shape, &value.item) {
        (Shape::Either(shapes), item) => {
            if let Some(one) = shapes.iter().find(|shape| fits(shape, item)) {
                node(one, key, value, name, found);
            }
        }
        (Shape::Table(fields), Item::Table(inner)) => table(fields, inner, name, found),
        (Shape::Named(kind, of), Item::Table(inner)) => named(*kind, of, inner, found),
        (Shape::Filled(_), Item::List(nodes)) if nodes.is_empty() => {
            let message = format!("`{key}` is empty: it needs at least one element");
            found.push(Diagnostic::new(&codes::EMPTY, value.span, message));
        }
        (Shape::List(of) | Shape::Filled(of), Item::List(nodes)) => {
            for element in nodes {
                node(of, key, element, element.span, found);
            }
        }
        (Shape::Word(words), Item::Text(text)) if !words.contains(&text.as_str()) => {
            found.push(unknown_word(shape, words, key, text, value.span));
        }
        _ => {}
    }
}

fn named(kind: NameKind, of: &Shape, table: &Table, found: &mut Vec<Diagnostic>) {
    for (name, place, value) in table.iter() {
        if let Some(fault) = kind.fault(name) {
            found.push(Diagnostic::new(&codes::NAME, place, fault));
        }
        node(of, name, value, place, found);
    }
}

/// Whether a value is of the kind that is expected, whatever it says.
fn fits(shape: &Shape, item: &Item) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Text
        | Shape::Template
        | Shape::Duration
        | Shape::Size
        | Shape::Regex
        | Shape::Word(_) => {
            matches!(item, Item::Text(_))
        }
        Shape::Whole => matches!(item, Item::Int(_)),
        Shape::Flag => matches!(item, Item::Bool(_)),
        Shape::Port | Shape::Signal => matches!(item, Item::Int(_) | Item::Text(_)),
        Shape::Scalar => matches!(
            item,
            Item::Text(_) | Item::Int(_) | Item::Decimal(_) | Item::Bool(_)
        ),
        Shape::List(_) | Shape::Filled(_) => matches!(item, Item::List(_)),
        Shape::Table(_) | Shape::Named(..) => matches!(item, Item::Table(_)),
        Shape::Either(shapes) => shapes.iter().any(|shape| fits(shape, item)),
    }
}

fn wrong_type(shape: &Shape, key: &str, value: &Node) -> Diagnostic {
    let expected = shape.expected();
    let message = format!(
        "`{key}` takes {expected}, and this is {}",
        value.item.kind()
    );
    let found = Diagnostic::new(&codes::TYPE, value.span, message)
        .label(format!("this is {}", value.item.kind()));
    match (shape, &value.item) {
        (Shape::Duration, Item::Int(number)) => found
            .help("a time is text with its unit: ns, us, ms, s, m, h or d")
            .replace(format!("\"{number}s\"")),
        (Shape::Size, Item::Int(number)) => found
            .help("a size is text with its unit: B, KB, MB, GB, KiB, MiB, GiB, …")
            .replace(format!("\"{number}B\"")),
        (Shape::Text | Shape::Template, Item::Int(number)) => found
            .help("put it in quotes")
            .replace(format!("\"{number}\"")),
        (Shape::Text | Shape::Template, Item::Decimal(number)) => found
            .help("put it in quotes")
            .replace(format!("\"{number}\"")),
        (Shape::Text | Shape::Template, Item::Bool(truth)) => found
            .help("put it in quotes")
            .replace(format!("\"{truth}\"")),
        (Shape::Flag, Item::Text(text)) if text == "true" || text == "false" => {
            found.help("without quotes").replace(text.clone())
        }
        (Shape::List(_) | Shape::Filled(_), Item::Text(text))
            if key == "program" && text.split_whitespace().nth(1).is_some() =>
        {
            let words: Vec<String> = text
                .split_whitespace()
                .map(|word| format!("{word:?}"))
                .collect();
            let list = format!("[{}]", words.join(", "));
            found
                .help(format!(
                    "the program and its arguments are a list, each word in quotes of its own: {list}"
                ))
                .replace(list)
        }
        (Shape::Filled(_), Item::Text(text)) if key == "run" => {
            let words: Vec<String> = text
                .split_whitespace()
                .map(|word| format!("{word:?}"))
                .collect();
            found
                .help("the program and its arguments are a list; a shell's text is given with `sh`")
                .replace(format!("[{}]", words.join(", ")))
        }
        (Shape::List(_) | Shape::Filled(_), Item::Text(text)) => found
            .help("put it in brackets")
            .replace(format!("[{text:?}]")),
        _ => found,
    }
}

fn unknown_word(
    shape: &Shape,
    words: &[&'static str],
    key: &str,
    text: &str,
    span: Span,
) -> Diagnostic {
    let message = format!("`{key}` is {}, and not \"{text}\"", shape.expected());
    let found = Diagnostic::new(&codes::WORD, span, message);
    match meant(text, words.iter().copied()) {
        Some(close) => found
            .help(format!("\"{close}\" was probably meant"))
            .replace(format!("\"{close}\"")),
        None => found,
    }
}
