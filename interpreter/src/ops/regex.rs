//! Regular expressions: compiled once, matched anywhere in a text.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;
use scn_protocol::Value;

use super::read::{known, plain};
use super::show;

/// As many compiled expressions are kept by each thread.
const KEPT: usize = 64;

thread_local! {
    // An expression in a loop is the same text each time, and compiling is a thousand times
    // the price of matching a line.
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default();
}

/// Compiles a regular expression (the syntax of Rust's regex crate: no backtracking, so
/// no expression takes forever); one that was compiled lately is remembered.
///
/// # Errors
/// What is wrong with it, on one line.
pub fn compile_regex(pattern: &str) -> Result<Regex, String> {
    if let Some(regex) = COMPILED.with_borrow(|kept| kept.get(pattern).cloned()) {
        return Ok(regex);
    }
    let regex = Regex::new(pattern).map_err(|error| describe(pattern, &error))?;
    COMPILED.with_borrow_mut(|kept| {
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(pattern.to_owned(), regex.clone());
    });
    Ok(regex)
}

/// The library draws a picture of several lines; its last one says what is wrong.
fn describe(pattern: &str, error: &regex::Error) -> String {
    let pattern = super::shorten(pattern);
    match error {
        regex::Error::CompiledTooBig(limit) => {
            format!("the regular expression '{pattern}' needs more than {limit} bytes")
        }
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            let reason = last.trim().trim_start_matches("error: ");
            format!("'{pattern}' is no regular expression: {reason}")
        }
    }
}

/// Whether the expression matches anywhere in a value's text.
///
/// # Errors
/// A value that is no text: `none`, a list, a map.
pub fn matches(value: &Value, regex: &Regex) -> Result<bool, String> {
    known(value)?;
    match plain(value) {
        Value::Text(text) => Ok(regex.is_match(text)),
        other @ (Value::None | Value::List(_) | Value::Map(_)) => Err(format!(
            "{} matches '{}': {} is no text",
            show(value),
            super::shorten(regex.as_str()),
            other.kind()
        )),
        other => Ok(regex.is_match(&other.to_text())),
    }
}
