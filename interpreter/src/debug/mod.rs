//! A run that can be stopped: where, by whom, and what is done there.
//!
//! The one mechanism behind the prompt, the debugger of the command line and that of editors: a *pause*, at
//! which the [`Prompt`] is asked what to do, as often as it leaves the run paused. Statements that it gives
//! are run in the scope of the frame that is paused. A session at a prompt is the run of an empty
//! scenario that is paused at its end.

mod answer;
mod breakpoint;
mod pause;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

pub use self::answer::{Answer, Came, Step};
pub(crate) use self::breakpoint::Asks;
pub use self::breakpoint::{At, Breakpoint, Passes, same_file};
pub use self::pause::{FrameAt, Pause, Why};
pub use crate::compile::typed::Workbench;
use crate::driver::Flag;

/// Whoever decides at a pause.
pub trait Prompt {
    /// What is to be done. Asked again after each answer that leaves the run paused; [`Pause::came`] then
    /// says what came of it. Dropped if the line of execution that is paused is to end meanwhile.
    fn ask<'a>(&'a self, pause: &'a Pause<'a>) -> LocalBoxFuture<'a, Answer>;

    /// A breakpoint that does not stop tells this; secrets are masked.
    fn told(&self, at: &FrameAt, message: &str) {
        let _ = at;
        self.notice(message);
    }

    /// Something that is not part of any answer went wrong: a background job of a session has failed.
    fn notice(&self, message: &str) {
        let _ = message;
    }
}

/// A place of a line of execution, as stepping knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Here {
    /// Its name.
    pub branch: String,
    /// How deep it is nested in others, and how many steps of the scenario's own it is in.
    pub depth: (usize, usize),
}

/// Where a run is to stop next, beside breakpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stepping {
    /// Nowhere.
    #[default]
    No,
    /// At the next statement of anybody.
    Into,
    /// At the next statement of that line, not inside of the steps that it calls from there.
    Over(Here),
    /// Where the step that it is in was called from.
    Out(Here),
}

/// What stops a run. It can be changed while the run goes on.
pub struct Debugger {
    prompt: Rc<dyn Prompt>,
    workbench: Rc<Workbench>,
    session: bool,
    on_failure: Cell<bool>,
    pub(crate) stepping: RefCell<Stepping>,
    pub(crate) asked: Cell<bool>,
    pub(crate) breakpoints: RefCell<Vec<Breakpoint>>,
    pub(crate) running: RefCell<Option<Rc<Flag>>>,
    pub(crate) typed: Cell<u32>,
    /// Something that is owed is done at a prompt, before its time.
    pub(crate) undoing: Cell<bool>,
    pub(crate) turn: crate::driver::Turn,
}

impl Debugger {
    /// One that asks this prompt, and adds to its program with that.
    pub fn new(prompt: Rc<dyn Prompt>, workbench: Rc<Workbench>) -> Self {
        Self {
            prompt,
            workbench,
            session: false,
            on_failure: Cell::default(),
            stepping: RefCell::default(),
            asked: Cell::default(),
            breakpoints: RefCell::default(),
            running: RefCell::default(),
            typed: Cell::default(),
            undoing: Cell::default(),
            turn: crate::driver::Turn::default(),
        }
    }

    /// The scenario is a session: it is paused at its end, what fails at the prompt is noted like a failed
    /// `check`, and so is a background job that fails.
    #[must_use]
    pub fn session(self) -> Self {
        Self {
            session: true,
            ..self
        }
    }

    /// Whether it is a session.
    pub fn is_session(&self) -> bool {
        self.session
    }

    /// Stops at the next statement, whoever's it is.
    pub fn stop(&self) {
        *self.stepping.borrow_mut() = Stepping::Into;
        self.asked.set(true);
    }

    /// Stops at the first statement.
    pub fn stop_on_entry(&self) {
        *self.stepping.borrow_mut() = Stepping::Into;
    }

    /// Stops nowhere any more.
    pub fn let_go(&self) {
        *self.stepping.borrow_mut() = Stepping::No;
        self.on_failure.set(false);
        self.breakpoints.borrow_mut().clear();
    }

    /// Whether it stops where something fails that ends the scenario, a branch or a case.
    pub fn stop_on_failure(&self, stop: bool) {
        self.on_failure.set(stop);
    }

    /// Whether it does.
    pub fn stops_on_failure(&self) -> bool {
        self.on_failure.get()
    }

    /// These are its breakpoints from here on.
    pub fn set_breakpoints(&self, breakpoints: Vec<Breakpoint>) {
        *self.breakpoints.borrow_mut() = breakpoints;
    }

    /// Its breakpoints.
    pub fn breakpoints(&self) -> Vec<Breakpoint> {
        self.breakpoints.borrow().clone()
    }

    /// Ends what was given at a prompt and runs; whether there was such a thing.
    pub fn interrupt(&self) -> bool {
        match &*self.running.borrow() {
            Some(running) => {
                running.set();
                true
            }
            None => false,
        }
    }

    pub(crate) fn notice(&self, message: &str) {
        self.prompt.notice(message);
    }

    pub(crate) fn prompt(&self) -> &Rc<dyn Prompt> {
        &self.prompt
    }

    pub(crate) fn workbench(&self) -> &Rc<Workbench> {
        &self.workbench
    }
}
