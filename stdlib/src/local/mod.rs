//! This machine as the system under test: its programs, its components, its files.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Context, Outcome, World};
use scn_protocol::Report;
use scn_protocol::component::{Component, Program};

mod leftover;
mod ports;
mod program;

/// Gives the folder for the outputs of what outlives its step, made when it is first asked for.
type Outputs = Box<dyn Fn() -> io::Result<PathBuf>>;

/// This machine, for one run.
pub struct LocalWorld {
    outputs: Outputs,
    ports: RefCell<HashSet<u16>>,
}

impl LocalWorld {
    /// For a run. `outputs` gives the folder that takes what components write, and what
    /// programs write that a step left behind; it is asked only when there is such a thing.
    pub fn new(outputs: impl Fn() -> io::Result<PathBuf> + 'static) -> Rc<Self> {
        Rc::new(Self {
            outputs: Box::new(outputs),
            ports: RefCell::default(),
        })
    }

    /// For what only asks commands about themselves: checking, help, completion.
    pub fn without_a_run() -> Rc<Self> {
        Self::new(|| Err(io::Error::other("there is no run")))
    }
}

impl World for LocalWorld {
    fn begin(&self, _: &[Rc<Component>], _: Rc<dyn Fn(Report)>) {}

    fn run_program<'a>(
        &'a self,
        program: Program,
        context: &'a dyn Context,
    ) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(program::run(self, program, context))
    }

    fn refresh(&self) {}

    fn end(&self) -> LocalBoxFuture<'_, Vec<String>> {
        Box::pin(std::future::ready(Vec::new()))
    }

    fn env(&self, name: &str) -> Option<String> {
        // A name with `=` or NUL is none that a variable can have.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn free_port(&self) -> io::Result<u16> {
        ports::free(&mut self.ports.borrow_mut())
    }

    fn random(&self) -> u64 {
        fastrand::u64(..)
    }
}
