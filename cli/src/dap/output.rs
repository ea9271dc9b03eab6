//! What the scenario and its steps write, each piece with the line that it came from.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use scn_protocol::Event;
use scn_record::Observer;
use serde_json::{Value as Json, json};

use super::wire::event;

/// A file, as it is shown, and a line in it.
type Place = (String, u32);

/// Where what is written next comes from: it follows the run's events.
#[derive(Clone, Default)]
pub struct Origin(Rc<RefCell<Known>>);

#[derive(Default)]
struct Known {
    /// The scenario's own file.
    own: String,
    /// The steps that run.
    running: HashMap<u64, Place>,
    /// The step that began last, if it runs still: a scenario says things by steps.
    last: Option<u64>,
    now: Option<Place>,
}

impl Known {
    fn event(&mut self, event: &Event) {
        let own = &self.own;
        let place = |file: &Option<String>, line: u32| {
            let file = file.clone().unwrap_or_else(|| own.clone());
            Some((file, line)).filter(|_| line > 0)
        };
        self.now = match event {
            Event::StepStarted {
                step, line, file, ..
            } => {
                let at = place(file, *line);
                self.running.extend(at.clone().map(|at| (*step, at)));
                self.last = Some(*step);
                at
            }
            Event::Output { step, .. } => self.running.get(step).cloned(),
            Event::StepFinished { step, .. } => {
                self.last = self.last.filter(|last| last != step);
                self.running.remove(step)
            }
            Event::Said { .. } => self.last.and_then(|last| self.running.get(&last).cloned()),
            Event::Checked { line, file, .. } | Event::Waited { line, file, .. } => {
                place(file, *line)
            }
            Event::Verdict {
                line: Some(line),
                file,
                ..
            } => place(file, *line),
            _ => None,
        };
    }
}

impl Origin {
    /// Of a run of that file, as it is shown.
    pub fn of(own: &str) -> Self {
        let origin = Self::default();
        own.clone_into(&mut origin.0.borrow_mut().own);
        origin
    }

    /// Looks at each event before `shown` shows it.
    pub fn before(&self, mut shown: Observer) -> Observer {
        let known = Rc::clone(&self.0);
        Box::new(move |at, event, line| {
            known.borrow_mut().event(event);
            shown(at, event, line);
        })
    }

    /// What is written there is output of that category.
    pub fn output(&self, category: &'static str) -> Box<dyn Write> {
        let known = Rc::clone(&self.0);
        Box::new(Output { known, category })
    }
}

struct Output {
    known: Rc<RefCell<Known>>,
    category: &'static str,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let output = json!({ "category": self.category, "output": text });
        event(
            "output",
            match &self.known.borrow().now {
                Some((file, line)) => at_place(output, file, *line),
                None => output,
            },
        );
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An output with the line that it came from.
pub fn at_place(mut output: Json, file: &str, line: u32) -> Json {
    output["source"] = source(file);
    output["line"] = line.into();
    output
}

/// A file, as it is shown, for the editor.
pub fn source(file: &str) -> Json {
    let path = std::path::absolute(Path::new(file)).unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    json!({ "name": name, "path": path })
}
