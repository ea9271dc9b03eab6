//! Functions on text.

use scn_protocol::{Map, Value};

use super::{Function, Kind, args};
use crate::ops;

pub(super) static UPPER: Function = Function {
    name: "upper",
    signature: "upper(TEXT)",
    help: "The text in capitals.",
    params: &[Kind::Word],
    least: 1,
    most: Some(1),
    returns: Kind::Text,
    keeps_parts: false,
    outside: false,
    examples: &[("upper('ready')", "READY"), ("upper('straße')", "STRASSE")],
    call: |given, _| Ok(Value::text(args::text(&given[0])?.to_uppercase())),
};

pub(super) static LOWER: Function = Function {
    name: "lower",
    signature: "lower(TEXT)",
    help: "The text in small letters.",
    params: &[Kind::Word],
    least: 1,
    most: Some(1),
    returns: Kind::Text,
    keeps_parts: false,
    outside: false,
    examples: &[("lower('READY')", "ready")],
    call: |given, _| Ok(Value::text(args::text(&given[0])?.to_lowercase())),
};

pub(super) static TRIM: Function = Function {
    name: "trim",
    signature: "trim(TEXT)",
    help: "The text without the blanks and line ends around it.",
    params: &[Kind::Word],
    least: 1,
    most: Some(1),
    returns: Kind::Text,
    keeps_parts: false,
    outside: false,
    examples: &[("trim('  12 ')", "12"), ("trim(\"\\n a b \\n\")", "a b")],
    call: |given, _| Ok(Value::text(args::text(&given[0])?.trim())),
};

pub(super) static LINES: Function = Function {
    name: "lines",
    signature: "lines(TEXT)",
    help: "The text's lines, without their ends. A line end at the end of the text begins no further line.",
    params: &[Kind::Word],
    least: 1,
    most: Some(1),
    returns: Kind::List,
    keeps_parts: false,
    outside: false,
    examples: &[
        ("lines(\"a\\nb\\n\")", r#"["a","b"]"#),
        ("lines(\"a\\n\\nb\")", r#"["a","","b"]"#),
        ("lines('')", "[]"),
    ],
    call: |given, _| {
        let text = args::text(&given[0])?;
        list(text.lines())
    },
};

/// A list of pieces of a text.
fn list<'a>(pieces: impl Iterator<Item = &'a str>) -> Result<Value, String> {
    // One more than fits is enough to know.
    let pieces: Vec<Value> = pieces
        .take(ops::limits::LONGEST_LIST + 1)
        .map(Value::from)
        .collect();
    ops::limits::list_fits(pieces.len())?;
    Ok(Value::list(pieces))
}

pub(super) static SPLIT: Function = Function {
    name: "split",
    signature: "split(TEXT [, SEPARATOR])",
    help: "The pieces of the text between separators; without a separator, its words.",
    params: &[Kind::Word, Kind::Word],
    least: 1,
    most: Some(2),
    returns: Kind::List,
    keeps_parts: false,
    outside: false,
    examples: &[
        ("split('a,b,,c', ',')", r#"["a","b","","c"]"#),
        ("split('  one two ')", r#"["one","two"]"#),
    ],
    call: |given, _| {
        let text = args::text(&given[0])?;
        match given.get(1) {
            None => list(text.split_whitespace()),
            Some(separator) => {
                let separator = args::text(separator)?;
                if separator.is_empty() {
                    return Err("the separator is empty".to_owned());
                }
                list(text.split(&*separator))
            }
        }
    },
};

pub(super) static JOIN: Function = Function {
    name: "join",
    signature: "join(LIST [, SEPARATOR])",
    help: "The texts of the list's elements, with the separator between them; a blank unless said.",
    params: &[Kind::List, Kind::Word],
    least: 1,
    most: Some(2),
    returns: Kind::Text,
    keeps_parts: false,
    outside: false,
    examples: &[
        ("join(['a', 'b'], ', ')", "a, b"),
        ("join([1, 2.50, 90s])", "1 2.5 1m30s"),
        ("join([], ',')", ""),
    ],
    call: |given, _| {
        let separator = match given.get(1) {
            Some(separator) => args::text(separator)?,
            None => " ".into(),
        };
        let mut text = String::new();
        for (at, element) in args::list(&given[0])?.iter().enumerate() {
            if at > 0 {
                text.push_str(&separator);
            }
            ops::limits::has_text(element)?;
            let element = element.to_text();
            ops::limits::text_fits(text.len() + element.len())?;
            text.push_str(&element);
        }
        Ok(Value::text(text))
    },
};

pub(super) static REPLACE: Function = Function {
    name: "replace",
    signature: "replace(TEXT, OLD, NEW)",
    help: "The text with each OLD replaced by NEW; neither is a regular expression.",
    params: &[Kind::Word, Kind::Word, Kind::Word],
    least: 3,
    most: Some(3),
    returns: Kind::Text,
    keeps_parts: false,
    outside: false,
    examples: &[("replace('a.b.c', '.', '-')", "a-b-c")],
    call: |given, _| {
        let (text, old, new) = (
            args::text(&given[0])?,
            args::text(&given[1])?,
            args::text(&given[2])?,
        );
        if old.is_empty() {
            return Err("the text to replace is empty".to_owned());
        }
        if new.len() > old.len() {
            let more = (new.len() - old.len()).saturating_mul(text.matches(&*old).count());
            ops::limits::text_fits(text.len().saturating_add(more))?;
        }
        Ok(Value::text(text.replace(&*old, &new)))
    },
};

pub(super) static MATCH: Function = Function {
    name: "match",
    signature: "match(TEXT, REGEX)",
    help: "The groups of the first match of a regular expression, or none if it matches nowhere. \
           `'0'` is the whole match; each group stands under its number and, if it has one, its \
           name; a group that took no part is none.",
    params: &[Kind::Word, Kind::Text],
    least: 2,
    most: Some(2),
    returns: Kind::MapOrNone,
    keeps_parts: false,
    outside: false,
    examples: &[
        (
            "match('state=READY', 'state=(?<state>\\w+)').state",
            "READY",
        ),
        ("match('id 12 qty 5', '(\\d+) qty (\\d+)')[2]", "5"),
        ("match('abc', '\\d')", "none"),
    ],
    call: |given, _| {
        let text = args::text(&given[0])?;
        let regex = ops::compile_regex(&args::text(&given[1])?)?;
        let Some(found) = regex.captures(&text) else {
            return Ok(Value::None);
        };
        let mut groups = Map::new();
        for (number, name) in regex.capture_names().enumerate() {
            let group = found
                .get(number)
                .map_or(Value::None, |group| Value::from(group.as_str()));
            if let Some(name) = name {
                groups.insert(name.to_owned(), group.clone());
            }
            groups.insert(number.to_string(), group);
        }
        Ok(Value::map(groups))
    },
};
