//! What a run needs that touches nothing: its record is read, and nothing is recorded.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use scn_interpreter::environment::secret::MASK;
use scn_interpreter::{Clock, Context, Outcome, Record, World};
use scn_protocol::component::{Component, Program};
use scn_protocol::{Event, Line, Report, Status, Stream};
use scn_report::console::Console;

/// Shows events, and keeps none.
pub struct Unrecorded {
    console: Rc<RefCell<Console>>,
    clock: Rc<dyn Clock>,
    /// The run's folder.
    folder: PathBuf,
    seq: std::cell::Cell<u64>,
}

impl Unrecorded {
    /// Shows the events of a run that is recorded in this folder.
    pub fn new(console: &Rc<RefCell<Console>>, clock: &Rc<dyn Clock>, folder: &Path) -> Self {
        Self {
            console: Rc::clone(console),
            clock: Rc::clone(clock),
            folder: folder.to_owned(),
            seq: std::cell::Cell::default(),
        }
    }
}

impl Record for Unrecorded {
    fn event(&self, event: Event) -> io::Result<()> {
        let now = self.clock.now();
        self.seq.set(self.seq.get() + 1);
        let line = Line {
            seq: self.seq.get(),
            at: scn_protocol::quantity::moment_text(now),
            event,
        };
        let mut text = serde_json::to_vec(&line)?;
        scn_protocol::json::make_harmless(&mut text, 0);
        text.push(b'\n');
        self.console.borrow_mut().event(now, &line.event, &text);
        Ok(())
    }

    fn output(&self, _: u64, _: Stream, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn attach(&self, _: &Path, name: &str) -> io::Result<String> {
        Ok(name.to_owned())
    }

    fn scratch(&self) -> io::Result<PathBuf> {
        Ok(self.folder.join("scratch"))
    }
}

/// A world in which nothing is done. What a scenario looks at is recorded; its secrets are not: an environment
/// variable is looked up again, and all others read as they are shown.
#[derive(Clone, Copy, Debug)]
pub struct Nowhere;

impl World for Nowhere {
    fn begin(&self, _: &Path, _: &[Rc<Component>], _: Rc<dyn Fn(Report)>) {}

    fn run_program<'a>(
        &'a self,
        _: Program,
        context: &'a dyn Context,
    ) -> LocalBoxFuture<'a, Outcome> {
        async move {
            // Only a secret can come here: a step's program is recorded.
            let _ = context.output(Stream::Stdout, MASK.as_bytes());
            Outcome {
                status: Status::Pass,
                value: None,
                exit: Some(0),
                signal: None,
                error: None,
            }
        }
        .boxed_local()
    }

    fn refresh(&self) {}

    fn end(&self) -> LocalBoxFuture<'_, Vec<String>> {
        std::future::ready(Vec::new()).boxed_local()
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Ok(MASK.as_bytes().to_vec())
    }

    fn exists(&self, _: &Path) -> bool {
        false
    }

    fn free_port(&self) -> io::Result<u16> {
        Err(io::Error::other("a port is not in the record"))
    }

    fn random(&self) -> u64 {
        0
    }
}
