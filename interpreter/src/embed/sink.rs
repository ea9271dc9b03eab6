//! Where the events of an embedded run go.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use scn_protocol::{Event, Stream};

use super::world::unsupported;
use crate::platform::Record;

/// Takes what runs say, in its order. Secrets are masked before.
///
/// An error means that the run can no longer be recorded: it ends.
pub trait Sink {
    /// Something happened.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn event(&mut self, event: &Event) -> io::Result<()>;

    /// A step wrote something. Pieces come as they are written, and may end anywhere.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn output(&mut self, step: u64, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        let _ = (step, stream, bytes);
        Ok(())
    }
}

impl<F: FnMut(&Event)> Sink for F {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self(event);
        Ok(())
    }
}

/// A sink that all runs of an engine share; without one, nothing is kept.
#[derive(Default)]
pub(super) struct Shared(RefCell<Option<Box<dyn Sink>>>);

impl Shared {
    pub fn new(sink: impl Sink + 'static) -> std::rc::Rc<Self> {
        std::rc::Rc::new(Self(RefCell::new(Some(Box::new(sink)))))
    }

    fn with(&self, tell: impl FnOnce(&mut dyn Sink) -> io::Result<()>) -> io::Result<()> {
        let Ok(mut sink) = self.0.try_borrow_mut() else {
            return Err(io::Error::other(
                "a run was begun from inside of the sink that its events go to",
            ));
        };
        match &mut *sink {
            Some(sink) => tell(&mut **sink),
            None => Ok(()),
        }
    }
}

impl Record for Shared {
    fn event(&self, event: Event) -> io::Result<()> {
        self.with(|sink| sink.event(&event))
    }

    fn output(&self, step: u64, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        self.with(|sink| sink.output(step, stream, bytes))
    }

    fn attach(&self, _: &Path, _: &str) -> io::Result<String> {
        unsupported("folder")
    }

    fn scratch(&self) -> io::Result<PathBuf> {
        unsupported("folder")
    }
}
