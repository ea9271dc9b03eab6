//! What a plug-in says, taken line by line to whom it is said.

use std::io;
use std::rc::Rc;

use scn_process::{Sink, Stream};
use scn_protocol::plugin::{MAX_LINE, Tell};

use super::over::shown;
use super::{Doom, Session};
use crate::lines::{Cut, Lines};

/// A line of a log is cut after so many bytes.
const LOG_LINE: usize = 64 * 1024;

/// Takes both outputs of a plug-in: messages from one, its log from the other.
pub(super) struct Ears {
    session: Rc<Session>,
    messages: Lines,
    log: Lines,
}

impl Ears {
    pub(super) fn new(session: &Rc<Session>) -> Self {
        Self {
            session: Rc::clone(session),
            messages: Lines::new(MAX_LINE),
            log: Lines::new(LOG_LINE),
        }
    }

    /// Nothing more will come: what has no line end is a line too.
    pub(super) fn finish(&mut self) {
        if let Some(line) = self.log.finish() {
            self.session.logged(&line);
        }
        if let Some(line) = self.messages.finish() {
            self.session.hear(&line);
        }
    }
}

impl Sink for Ears {
    fn output(&mut self, stream: Stream, chunk: &[u8]) -> io::Result<()> {
        let session = &self.session;
        match stream {
            Stream::Stdout => self.messages.push(chunk, |line| match line {
                Cut::Line(line) => session.hear(line),
                Cut::TooLong => session.fault("wrote a line of more than 64 MiB"),
            }),
            Stream::Stderr => self.log.push(chunk, |line| match line {
                Cut::Line(line) => session.logged(line),
                Cut::TooLong => session.logged(b"(a line of more than 64 KiB is left out)"),
            }),
        }
        Ok(())
    }
}

impl Session {
    fn fault(&self, what: &str) {
        self.condemn(Doom::Fault(what.to_owned()));
    }

    /// A line of its standard error.
    fn logged(&self, line: &[u8]) {
        let line = String::from_utf8_lossy(line).into_owned();
        let context = {
            let mut calls = self.calls.borrow_mut();
            calls.remember(line.clone());
            calls.current()
        };
        if let Some(context) = context
            && !line.trim().is_empty()
        {
            context.log("info", &format!("{}: {line}", self.plugin));
        }
    }

    /// A line of its standard output. After a fault nothing is believed any more.
    fn hear(self: &Rc<Self>, line: &[u8]) {
        let lost = matches!(&*self.doom.borrow(), Some(Doom::Fault(_)));
        if lost || line.is_empty() {
            return;
        }
        let heard = match Tell::parse(line) {
            Ok(tell) => self.take(tell),
            Err(why) => Err(format!(
                "wrote a line that is no message: {why}: {}; standard output is for messages alone, a log goes to standard error",
                shown(line)
            )),
        };
        if let Err(what) = heard {
            self.condemn(Doom::Fault(what));
        }
    }

    fn take(self: &Rc<Self>, tell: Tell) -> Result<(), String> {
        match tell {
            Tell::Answer { id, result } => self.calls.borrow_mut().answered(id, result)?,
            Tell::Log {
                call,
                level,
                message,
            } => {
                let context = self.calls.borrow().meant(call)?;
                self.calls.borrow_mut().remember(message.clone());
                if let Some(context) = context {
                    context.log(&level, &message);
                }
            }
            Tell::Metric {
                call,
                subject,
                name,
                value,
                unit,
            } => {
                let context = self.calls.borrow().meant(call)?;
                if let Some(context) = context {
                    let of = (subject.as_str(), name.as_str());
                    self.metrics.tell(&*context, of, value, unit.as_deref());
                }
            }
            Tell::Event {
                call,
                subject,
                message,
                data,
            } => {
                let context = self.calls.borrow().meant(call)?;
                if let Some(context) = context {
                    context.event(&subject, &message, data);
                }
            }
            Tell::Output {
                call,
                stream,
                bytes,
            } => {
                self.calls.borrow().meant(call)?;
                let calls = self.calls.borrow();
                let call = call.or_else(|| calls.only());
                let context = call.and_then(|call| calls.context_of(call));
                drop(calls);
                // What comes after its call's answer belongs to no step any more.
                if let Some(context) = context {
                    context
                        .output(stream, &bytes)
                        .map_err(|error| format!("wrote what cannot be recorded: {error}"))?;
                }
            }
            Tell::Unknown { id: None, method } => {
                let context = self.calls.borrow().current();
                if let Some(context) = context {
                    let text = format!("{}: passed over: `{method}` is not known", self.plugin);
                    context.log("warning", &text);
                }
            }
            Tell::Unknown {
                id: Some(id),
                method,
            } => {
                let refusal = serde_json::json!({
                    "jsonrpc": "2.0",
                    "id": id,
                    "error": { "code": -32601, "message": format!("there is no method `{method}`") },
                });
                self.send(format!("{refusal}\n").into_bytes());
            }
        }
        Ok(())
    }
}
