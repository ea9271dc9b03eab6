//! A plug-in: what opens it, and its commands.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::command::{Command, Declared, Does};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::value::{Map, Value};

/// What is kept between calls, whatever it is.
pub(crate) type State = Arc<dyn Any + Send + Sync>;

/// Opens a plug-in.
type Open<S> = Box<dyn Fn(&Map, &Context) -> Result<S> + Send + Sync>;

/// A plug-in: its name, its version, what opens it, and its commands. What it keeps between calls
/// is `S`, dropped when the run is over.
pub struct Plugin<S> {
    name: String,
    version: String,
    open: Open<S>,
    commands: Vec<Command<S>>,
}

impl Plugin<()> {
    /// A plug-in that keeps nothing between calls.
    pub fn stateless(name: &str, version: &str) -> Self {
        Self::new(name, version, |_: &Map, _: &Context| Ok(()))
    }
}

impl<S: Send + Sync + 'static> Plugin<S> {
    /// `open` is called before the first command of a run, with `config` of the environment: an
    /// empty map if there is none.
    pub fn new(
        name: &str,
        version: &str,
        open: impl Fn(&Map, &Context) -> Result<S> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            open: Box::new(open),
            commands: Vec::new(),
        }
    }

    /// Adds a command.
    ///
    /// # Panics
    /// If there is one of that name already, or a parameter of its function has no name.
    #[must_use]
    pub fn command(mut self, command: Command<S>) -> Self {
        command.whole();
        let name = &command.declared.name;
        let mut known = self.commands.iter();
        let twice = known.any(|known| known.declared.name == *name);
        assert!(!twice, "the command `{name}` is there twice");
        self.commands.push(command);
        self
    }

    #[doc(hidden)]
    pub fn erased(self) -> Erased {
        let open = self.open;
        let split = |command: Command<S>| {
            let does: Does<S> = command.does;
            let call = move |state: &State, context: &Context, values: Vec<Value>| {
                let state = state.downcast_ref::<S>();
                let state = state.ok_or_else(|| Error::plugin("it was not opened"))?;
                does(state, context, &mut values.into_iter())
            };
            let call: Call = Box::new(call);
            (command.declared, call)
        };
        Erased {
            name: self.name,
            version: self.version,
            open: Box::new(move |config, context| Ok(Arc::new(open(config, context)?))),
            commands: self.commands.into_iter().map(split).collect(),
        }
    }
}

type Call = Box<dyn Fn(&State, &Context, Vec<Value>) -> Result<Value> + Send + Sync>;

/// A plug-in, whatever it keeps.
#[doc(hidden)]
pub struct Erased {
    pub(crate) name: String,
    pub(crate) version: String,
    open: Open<State>,
    pub(crate) commands: Vec<(Declared, Call)>,
}

impl Erased {
    /// Opens it. A panic is an error.
    pub(crate) fn open(&self, config: &Map, context: &Context) -> Result<State> {
        caught(|| (self.open)(config, context))
    }

    /// Calls a command. A panic is an error.
    pub(crate) fn call(
        &self,
        command: usize,
        state: &State,
        context: &Context,
        values: Vec<Value>,
    ) -> Result<Value> {
        caught(|| (self.commands[command].1)(state, context, values))
    }
}

/// Nothing unwinds into C.
pub(crate) fn caught<T>(does: impl FnOnce() -> Result<T>) -> Result<T> {
    let caught = catch_unwind(AssertUnwindSafe(does));
    caught.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        let text = text.unwrap_or_default();
        Err(Error::plugin(format!("the plug-in panicked: {text}")))
    })
}
