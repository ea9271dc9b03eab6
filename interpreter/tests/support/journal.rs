//! A journal in memory, and runs that are taken up from one.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use scn_interpreter::Clock;
use scn_interpreter::embed::{Assume, Event, Recall, Sink, SystemClock};
use scn_protocol::quantity::moment_text;
use scn_protocol::{Line, Purpose, Stream};

/// What is recorded, as a journal has it.
#[derive(Clone, Default)]
pub struct Journal(pub Rc<RefCell<Vec<Line>>>);

impl Sink for Journal {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let mut lines = self.0.borrow_mut();
        let (seq, at) = (
            lines.len() as u64 + 1,
            moment_text(SystemClock::new().now()),
        );
        let event = event.clone();
        lines.push(Line { seq, at, event });
        Ok(())
    }

    fn output(&mut self, step: u64, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        self.event(&Event::Output {
            step,
            stream,
            text: Some(String::from_utf8_lossy(bytes).into_owned()),
            bytes: None,
            file: None,
        })
    }
}

/// Gives these lines back; what was cut in the middle was not done.
pub fn recall(purpose: Purpose, lines: &[Line]) -> Recall {
    Recall {
        purpose,
        assume: Assume::NotDone,
        lines: lines.to_vec(),
        output: Rc::new(|_, _| Ok(Vec::new())),
    }
}
