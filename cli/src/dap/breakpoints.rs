//! What an editor has asked to stop at. It is kept as it was asked for, so that it can be placed anew
//! where the scenario is restarted, and may have been changed.

use std::cell::{Cell, RefCell};

use scn_interpreter::debug::{At, Breakpoint, Debugger, Passes};
use serde_json::{Value as Json, json};

use super::wire::event;
use crate::live::stops::Places;

/// A breakpoint, as it was asked for.
struct Wanted {
    /// The file's path, or nothing for steps.
    source: String,
    /// Whatever line it is on.
    breakpoint: Breakpoint,
}

/// The breakpoints of an editor.
#[derive(Default)]
pub struct Breakpoints {
    /// How many were made.
    made: Cell<u32>,
    /// Whether failures stop the run, if it was said.
    pub on_failure: Cell<Option<bool>>,
    wanted: RefCell<Vec<Wanted>>,
}

impl Breakpoints {
    /// These are those of a source from here on; the answer tells of each where it is, or why it is nowhere.
    pub fn set(&self, source: &str, wanted: &Json, places: &Places) -> Json {
        let asked = wanted.as_array().map(Vec::as_slice).unwrap_or_default();
        let mut all = self.wanted.borrow_mut();
        let before: Vec<Wanted> = all.extract_if(.., |one| one.source == source).collect();
        let mut told = Vec::new();
        for asked in asked {
            let id = self.made.get() + 1;
            self.made.set(id);
            let breakpoint = match read(id, source, asked) {
                Ok(breakpoint) => breakpoint,
                Err(why) => {
                    told.push(json!({ "id": id, "verified": false, "message": why }));
                    continue;
                }
            };
            // One that was there before is asked for with all others of its source, and counts on.
            let known = before.iter().find(|one| same(&one.breakpoint, &breakpoint));
            let breakpoint = match known {
                Some(known) => known.breakpoint.clone(),
                None => breakpoint,
            };
            told.push(placed(&breakpoint, places).0);
            all.push(Wanted {
                source: source.to_owned(),
                breakpoint,
            });
        }
        json!({ "breakpoints": told })
    }

    /// The debugger stops there, where that is anywhere.
    pub fn give(&self, debugger: &Debugger, places: &Places) {
        let all = self.wanted.borrow();
        let all = all.iter();
        debugger.set_breakpoints(
            all.filter_map(|one| placed(&one.breakpoint, places).1)
                .collect(),
        );
    }

    /// The scenario begins anew: nothing was passed, and the editor is told where each is now.
    pub fn anew(&self, places: &Places) {
        for wanted in self.wanted.borrow_mut().iter_mut() {
            let fresh = Breakpoint::new(wanted.breakpoint.id, wanted.breakpoint.at.clone())
                .when(wanted.breakpoint.condition.clone())
                .at_passes(wanted.breakpoint.passes)
                .telling(wanted.breakpoint.tells.clone());
            wanted.breakpoint = fresh;
            let (told, _) = placed(&wanted.breakpoint, places);
            event(
                "breakpoint",
                json!({ "reason": "changed", "breakpoint": told }),
            );
        }
    }
}

/// Whether they were asked for alike.
fn same(one: &Breakpoint, other: &Breakpoint) -> bool {
    let asked = |of: &Breakpoint| {
        (
            of.at.clone(),
            of.condition.clone(),
            of.passes,
            of.tells.clone(),
        )
    };
    asked(one) == asked(other)
}

/// What the editor is told of it, and itself where it is.
fn placed(breakpoint: &Breakpoint, places: &Places) -> (Json, Option<Breakpoint>) {
    let id = breakpoint.id;
    match places.placed(breakpoint.clone()) {
        Ok(placed) => {
            let mut told = json!({ "id": id, "verified": true });
            if let At::Line { line, .. } = &placed.at {
                told["line"] = (*line).into();
            }
            (told, Some(placed))
        }
        Err(why) => (json!({ "id": id, "verified": false, "message": why }), None),
    }
}

/// A breakpoint as the protocol has it.
fn read(id: u32, source: &str, asked: &Json) -> Result<Breakpoint, String> {
    let text = |name: &str| {
        let text = asked[name].as_str().map(str::trim);
        text.filter(|text| !text.is_empty())
    };
    let at = match asked["line"].as_u64() {
        Some(line) => At::Line {
            file: Some(source.to_owned()),
            line: u32::try_from(line).unwrap_or(u32::MAX),
        },
        None => At::Step(text("name").unwrap_or_default().to_owned()),
    };
    let condition = text("condition").map(readable).transpose()?;
    let passes = text("hitCondition").map(str::parse::<Passes>).transpose()?;
    let tells = text("logMessage").map(told).map(|text| readable(&text));
    Ok(Breakpoint::new(id, at)
        .when(condition)
        .at_passes(passes)
        .telling(tells.transpose()?))
}

/// The text, if it is an expression.
fn readable(text: &str) -> Result<String, String> {
    match scn_grammar::parse_expression(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(found) => Err(found
            .into_iter()
            .next()
            .map_or_else(String::new, |found| found.message)),
    }
}

/// The expression of what is to be told, in which what stands in `{}` is an expression.
fn told(message: &str) -> String {
    let mut text = String::from("\"");
    let mut rest = message;
    while let Some(c) = rest.chars().next() {
        let inner = rest.strip_prefix("#{").or_else(|| rest.strip_prefix('{'));
        if let Some((inner, after)) = inner.and_then(|inner| inner.split_once('}')) {
            text.push_str(&format!("#{{{inner}}}"));
            rest = after;
            continue;
        }
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '#' if rest.starts_with("#{") => text.push_str("\\#"),
            '\n' => text.push_str("\\n"),
            _ => text.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn what_is_told_is_text_but_for_what_stands_in_braces() {
        assert_eq!(told("n is {n}"), "\"n is #{n}\"");
        assert_eq!(told("n is #{n + 1}!"), "\"n is #{n + 1}!\"");
        assert_eq!(told("a \"b\" \\ # #{"), "\"a \\\"b\\\" \\\\ # \\#{\"");
    }
}
