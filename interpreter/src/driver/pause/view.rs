//! What a person sees of a run that is paused.

use std::rc::Rc;

use scn_protocol::Value;

use crate::debug::FrameAt;
use crate::driver::shared::Shared;
use crate::machine::{Fiber, Frame};

/// A line of execution that is paused.
pub struct PausedAt<'p> {
    pub(super) shared: &'p Rc<Shared>,
    pub(super) fiber: &'p Fiber,
}

impl PausedAt<'_> {
    fn frame(&self, frame: usize) -> Option<&Frame> {
        self.fiber.frames.iter().rev().nth(frame)
    }

    pub(crate) fn frames(&self) -> Vec<FrameAt> {
        let program = self.shared.program();
        let at = |frame: &Frame| {
            let function = &program.functions[frame.function as usize];
            let place = function.place(frame.next.saturating_sub(1));
            let file = program.files.get(place.file as usize);
            FrameAt {
                name: function.name.clone(),
                file: file.map(|file| file.path.clone()).unwrap_or_default(),
                line: program.line(place),
            }
        };
        self.fiber.frames.iter().rev().map(at).collect()
    }

    pub(crate) fn variables(&self, frame: usize) -> Vec<(Rc<str>, Value)> {
        let Some(frame) = self.frame(frame) else {
            return Vec::new();
        };
        let program = self.shared.program();
        let variables = self.fiber.variables_of(&program, frame).iter();
        let set = variables.filter_map(|variable| {
            let value = self.fiber.value_in(frame, variable)?;
            Some((Rc::clone(&variable.name), value.clone()))
        });
        set.collect()
    }

    pub(crate) fn globals(&self) -> Vec<(String, Value)> {
        let program = self.shared.program();
        let values = self.shared.globals.borrow();
        let named = program.globals.iter().zip(values.iter());
        let named = named.map(|(global, value)| (global.name.clone(), value.clone()));
        named.filter(|(_, value)| *value != Value::None).collect()
    }

    pub(crate) fn components(&self) -> Vec<(String, Vec<(String, Value)>)> {
        let board = self.shared.board.borrow();
        let components = self.shared.components.borrow();
        let mut names: Vec<&String> = components.keys().collect();
        names.sort();
        let of = |name: &String| {
            let mut all = Vec::new();
            if let Some(component) = components.get(name) {
                if !component.host.is_empty() {
                    all.push(("host".to_owned(), Value::from(component.host.as_str())));
                }
                let attrs = component.attrs.iter();
                all.extend(attrs.map(|(name, value)| (name.to_string(), value.clone())));
            }
            let pid = board.pid(name);
            all.push(("running".to_owned(), Value::Bool(pid.is_some())));
            all.extend(pid.map(|pid| ("pid".to_owned(), Value::Int(i64::from(pid)))));
            all.extend(board.metrics(name));
            (name.clone(), all)
        };
        names.into_iter().map(of).collect()
    }

    pub(crate) fn owed(&self) -> Vec<String> {
        let owed = self.shared.owed.borrow();
        let words = owed.newest_first();
        let words = words.map(|owed| scn_protocol::words::spelled(&owed.shown()));
        words.map(|words| self.masked(&words)).collect()
    }

    pub(crate) fn jobs(&self) -> Vec<String> {
        let jobs = self.shared.jobs.borrow();
        let running = jobs.running();
        running.map(|job| job.name.clone()).collect()
    }

    pub(crate) fn masked(&self, text: &str) -> String {
        self.shared.journal.masked(text)
    }

    pub(crate) fn text(&self, file: &str) -> Option<String> {
        let program = self.shared.program();
        let found = program.files.iter().find(|known| known.path == file);
        found.map(|file| file.text.to_string())
    }
}
