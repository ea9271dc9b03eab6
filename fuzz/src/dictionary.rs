//! Words that libFuzzer puts into inputs, from the project's own lists.

use std::collections::BTreeSet;

use scn_interpreter::environment::keys::{self, UNITS};
use scn_interpreter::function::FUNCTIONS;
use serde_json::Value as Json;

/// What no list has: signs, operators, units.
const SIGNS: &[&str] = &[
    "#{",
    "#{*",
    "}",
    "\"\"\"",
    "'",
    "\"",
    "‘",
    "’",
    "“",
    "”",
    "\\\n",
    "\\u{e9}",
    "==",
    "!=",
    "<=",
    ">=",
    " and ",
    " or ",
    "not ",
    " in ",
    " contains ",
    " matches ",
    " where ",
    " then ",
    " else ",
    " within 1s",
    " every 1s",
    " from ",
    " since ",
    " as ",
    " for 1s",
    " until ",
    "none",
    "true",
    "it",
    "end\n",
    "1m30s",
    "64KiB",
    "15%",
    "\n----\n",
    "\u{feff}",
    "\u{a0}",
    "\u{1b}[31m",
    "9223372036854775807",
    "-9223372036854775808",
];

const FIELDS: &[&str] = &[
    "\"jsonrpc\":\"2.0\"",
    "\"id\":",
    "\"method\":",
    "\"params\":",
    "\"result\":",
    "\"error\":",
    "\"value\":",
    "\"call\":",
    "{\"$duration\":\"1s\"}",
    "{\"$size\":\"1MB\"}",
    "{\"$percent\":15}",
    "{\"$bytes\":\"/w==\"}",
    "{\"$moment\":\"2026-01-01T00:00:00Z\"}",
    "\"seq\":1",
    "\"event\":",
    "\"step\":1",
    "\"line\":1",
];

/// Of regular expressions.
const PATTERNS: &[&str] = &[
    "(?<A>", "(?<B>", "\\d+", "\\w*?", ".*", "(?i)", "(?x)", "[^ ]", "{1,9}", "\\b", "$", "\tkeep",
    "#{A}", "1e9",
];

/// The words for a target, as libFuzzer reads them: one a line, in quotes.
pub fn of(target: &str) -> String {
    let mut words: BTreeSet<String> = SIGNS.iter().map(|word| (*word).to_owned()).collect();
    match target {
        "environment" => {
            words.extend(UNITS.iter().map(|unit| (*unit).to_owned()));
            words.extend(keys_of(&scn_interpreter::environment::schema()));
        }
        "journal" | "plugin-tells" | "plugin-asks" | "frames" | "values" => {
            words.extend(FIELDS.iter().map(|word| (*word).to_owned()));
            words.extend(
                crate::seeds::of(target)
                    .iter()
                    .flat_map(|seed| quoted(seed)),
            );
        }
        "logs" => {
            words.extend(UNITS.iter().map(|unit| format!("\t{unit}")));
            words.extend(PATTERNS.iter().map(|word| (*word).to_owned()));
        }
        "tags" | "library" => {}
        _ => {
            let keywords = scn_grammar::keyword::KEYWORDS.iter();
            words.extend(keywords.map(|keyword| format!("{} ", keyword.word)));
            words.extend(
                FUNCTIONS
                    .iter()
                    .map(|function| format!("{}(", function.name)),
            );
            words.extend(keys::OUTPUTS.iter().map(|word| (*word).to_owned()));
        }
    }
    words
        .iter()
        .map(|word| format!("\"{}\"\n", escaped(word)))
        .collect()
}

/// Every name of a property in a JSON Schema.
fn keys_of(schema: &Json) -> Vec<String> {
    let mut found = Vec::new();
    match schema {
        Json::Object(fields) => {
            if let Some(Json::Object(properties)) = fields.get("properties") {
                found.extend(properties.keys().map(|key| format!("{key} = ")));
            }
            found.extend(fields.values().flat_map(keys_of));
        }
        Json::Array(elements) => found.extend(elements.iter().flat_map(keys_of)),
        _ => {}
    }
    found
}

/// The texts in quotes of a seed that is JSON.
fn quoted(seed: &[u8]) -> Vec<String> {
    let seed = String::from_utf8_lossy(seed);
    let texts = seed.split('"').skip(1).step_by(2);
    texts
        .filter(|text| (1..40).contains(&text.len()))
        .map(|text| format!("\"{text}\""))
        .collect()
}

/// libFuzzer knows `\\`, `\"` and `\xAB`.
fn escaped(word: &str) -> String {
    let byte = |byte: u8| match byte {
        b'\\' => "\\\\".to_owned(),
        b'"' => "\\\"".to_owned(),
        b' '..=b'~' => char::from(byte).to_string(),
        other => format!("\\x{other:02X}"),
    };
    word.bytes().map(byte).collect()
}
