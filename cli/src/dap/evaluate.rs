//! What is typed, hovered over and watched at a pause.

use scn_interpreter::debug::{Answer, Came, Pause};
use serde_json::{Value as Json, json};

use super::adapter::Adapter;
use super::tree::{Named, Node};
use super::wire::{done, refused};
use crate::repl::entry::{self, Entry};
use crate::repl::show;

/// A request that is answered when it is known what came of it.
pub enum Pending {
    /// An expression; where it is none, it is done as statements.
    Value(Json, Option<Answer>),
    /// A variable of that frame was set.
    Set(Json, usize, String),
}

impl Adapter {
    /// A value or statements at the console; elsewhere nothing but a value, and nothing is done for it.
    pub(super) fn evaluate(&self, request: &Json, frame: usize) -> Option<Answer> {
        let arguments = &request["arguments"];
        let text = arguments["expression"].as_str().unwrap_or_default();
        let at_prompt = arguments["context"].as_str() == Some("repl");
        let peek = |text: &str| Answer::Peek {
            text: text.to_owned(),
            frame,
        };
        let run = |text: &str| Answer::Run {
            text: text.to_owned(),
            frame,
        };
        let entry = match entry::of(text) {
            Entry::Command(..) if !at_prompt => Entry::Show(text),
            entry => entry,
        };
        let (answer, then) = match entry {
            Entry::Nothing => {
                done(request, json!({ "result": "", "variablesReference": 0 }));
                return None;
            }
            Entry::Command("retry" | "r", _) => (Answer::Retry, None),
            Entry::Command("skip" | "k", _) => (Answer::Skip, None),
            Entry::Command("undo" | "u", _) => (Answer::Undo, None),
            Entry::Command(name, _) => {
                refused(
                    request,
                    &format!("`:{name}` is a button here; :retry, :skip and :undo are known"),
                );
                return None;
            }
            Entry::Show(text) => (peek(text), None),
            Entry::Run(text) if !at_prompt => (peek(text), None),
            // A word alone may be a variable, or a command.
            Entry::Run(text) if scn_grammar::parse_expression(text).is_ok() => {
                (peek(text), Some(run(text)))
            }
            Entry::Run(text) => (run(text), None),
        };
        match answer {
            Answer::Retry | Answer::Skip => {
                done(request, json!({ "result": "", "variablesReference": 0 }));
            }
            _ => {
                let pending = Pending::Value(request.clone(), then);
                *self.pending.borrow_mut() = Some(pending);
            }
        }
        Some(answer)
    }

    /// A variable of the scenario gets the value of an expression.
    pub(super) fn set_variable(&self, request: &Json) -> Option<Answer> {
        let arguments = &request["arguments"];
        let value = arguments["value"].as_str().unwrap_or_default();
        let Some(Node::Frame(frame)) = self.tree.find(&arguments["variablesReference"]) else {
            refused(request, "only a variable of the scenario can be set");
            return None;
        };
        let name = arguments["name"].as_str().unwrap_or_default().to_owned();
        let text = format!("set {name} = {value}");
        if let Err(found) = scn_grammar::parse_statement_line(&text) {
            let why = found.first().map_or("", |found| found.message.as_str());
            refused(request, why);
            return None;
        }
        let pending = Pending::Set(request.clone(), frame, name);
        *self.pending.borrow_mut() = Some(pending);
        Some(Answer::Run { text, frame })
    }

    /// Answers the request that something came of; gives what is to be tried next instead.
    pub(super) fn came(&self, pause: &Pause<'_>, came: &Came) -> Option<Answer> {
        let (request, set) = match self.pending.take()? {
            Pending::Value(request, Some(instead)) if matches!(came, Came::Wrong(_)) => {
                *self.pending.borrow_mut() = Some(Pending::Value(request, None));
                return Some(instead);
            }
            Pending::Value(request, _) => (request, None),
            Pending::Set(request, frame, name) => (request, Some((frame, name))),
        };
        let result =
            |text: String| done(&request, json!({ "result": text, "variablesReference": 0 }));
        match came {
            Came::Value(value) => {
                let whole = request["arguments"]["context"] == "clipboard";
                let expression = request["arguments"]["expression"].as_str();
                let named = Named::of(expression.unwrap_or_default());
                let shown = self.tree.shown(pause, value.clone(), named, whole);
                done(&request, shown.under("result"));
            }
            Came::Done(_) => match set {
                Some((frame, name)) => {
                    let all = pause.variables(frame);
                    let value = all.into_iter().find(|(known, _)| **known == *name);
                    let value = value.map(|(_, value)| value).unwrap_or_default();
                    let shown = self.tree.shown(pause, value, Named::of(&name), false);
                    done(&request, shown.under("value"));
                }
                None => result(String::new()),
            },
            Came::Wrong(found) => {
                let found = found.iter().find(|found| found.is_error());
                refused(
                    &request,
                    found.map_or("it is wrong", |found| &found.message),
                );
            }
            Came::Failed { reason, .. } => refused(&request, reason),
            other => result(show::came(other).trim_end().to_owned()),
        }
        None
    }
}
