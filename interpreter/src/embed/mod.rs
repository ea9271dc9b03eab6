//! The interpreter inside another program.
//!
//! An [`Engine`] has the commands, functions and names that scenarios are given, and how far they may
//! go. It has no terminal, no network, no files, no process and no runtime of its own, and nothing is
//! shared between engines: several may be used at once, each on its thread.
//!
//! ```
//! use scn_interpreter::embed::{Engine, Signature, Type};
//! use scn_protocol::Verdict;
//!
//! let engine = Engine::new()
//!     .command(
//!         Signature::new("add").param("a", Type::Int).param("b", Type::Int),
//!         |call| Ok(call.get::<i64>("a")? + call.get::<i64>("b")?),
//!     )
//!     .function("double", 1..=1, |arguments| match arguments {
//!         [scn_protocol::Value::Int(number)] => Ok((number * 2).into()),
//!         other => Err(format!("{other:?} is no whole number")),
//!     });
//! let ran = engine.run("set sum add 20 1\nassert double(sum) == 42")?;
//! assert_eq!(ran.verdict, Verdict::Pass);
//! # Ok::<(), scn_interpreter::embed::Findings>(())
//! ```

mod cancel;
mod clock;
mod findings;
mod own;
mod sink;
mod values;
mod world;

use std::future::Future;
use std::ops::{Bound, RangeBounds};
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::future::LocalBoxFuture;
use scn_protocol::Value;

pub use scn_protocol::{Event, Signature, Type, Verdict};

pub use self::cancel::Cancel;
pub use self::clock::{SystemClock, block_on};
pub use self::findings::{Finding, Findings};
pub use self::own::{Arguments, IntoOutcome};
pub use self::sink::Sink;
pub use self::values::{from_value, to_value};
pub use self::world::Nowhere;
pub use crate::command::Outcome;
pub use crate::driver::{Assume, Done, Limits, Ran, Recall, Torn};

use crate::command::Command;
use crate::debug::{Debugger, Workbench};
use crate::driver::{Flag, Options};
use crate::environment::{Environment, Place, Setting};
use crate::function::OwnFunction;
use crate::platform::{Clock, Files, Platform, Registry, World};
use crate::program::Program;

/// What scenarios are given, and how far they may go.
#[derive(Clone)]
pub struct Engine {
    registry: Registry,
    environment: Option<Environment>,
    limits: Limits,
    sink: Rc<sink::Shared>,
    clock: Option<Rc<dyn Clock>>,
    world: Rc<dyn World>,
    files: Rc<dyn Files>,
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            registry: Registry::new(),
            environment: None,
            limits: Limits::default(),
            sink: Rc::default(),
            clock: None,
            world: Rc::new(Nowhere),
            files: Rc::new(Nowhere),
        }
    }
}

impl Engine {
    /// An engine without a command, in a world without files and programs.
    pub fn new() -> Self {
        Self::default()
    }

    /// A command that is done as soon as it returns. It may give nothing, a [`Value`] or what becomes
    /// one, an [`Outcome`], or a `Result` of these whose error is the reason of an ERROR.
    #[must_use]
    pub fn command<F, R>(self, signature: Signature, code: F) -> Self
    where
        F: Fn(Arguments<'_>) -> R + 'static,
        R: IntoOutcome + 'static,
    {
        self.command_async(signature, async move |arguments: Arguments<'_>| {
            code(arguments)
        })
    }

    /// A command that may wait. It is polled where the run is; when its step is cancelled or out of
    /// time, its future is dropped.
    #[must_use]
    pub fn command_async<F, R>(self, signature: Signature, code: F) -> Self
    where
        F: AsyncFn(Arguments<'_>) -> R + 'static,
        R: IntoOutcome + 'static,
    {
        self.any_command(Rc::new(own::Own::new(signature, code)))
    }

    /// A command of any other make, such as those of `scn-stdlib`.
    #[must_use]
    pub fn any_command(mut self, command: Rc<dyn Command>) -> Self {
        self.registry.add(command);
        self
    }

    /// A function of expressions which takes that many arguments. What it gives is recorded, and a
    /// condition that calls it is asked again and again.
    #[must_use]
    pub fn function(
        mut self,
        name: &str,
        arguments: impl RangeBounds<usize>,
        code: impl Fn(&[Value]) -> Result<Value, String> + 'static,
    ) -> Self {
        let least = match arguments.start_bound() {
            Bound::Included(&least) => least,
            Bound::Excluded(&least) => least + 1,
            Bound::Unbounded => 0,
        };
        let most = match arguments.end_bound() {
            Bound::Included(&most) => Some(most),
            Bound::Excluded(&most) => Some(most.saturating_sub(1)),
            Bound::Unbounded => None,
        };
        self.registry
            .add_function(OwnFunction::new(name, least, most, code));
        self
    }

    /// A name that scenarios can read: what `[vars]` of an environment has.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = Setting::Value(value.into(), Place::default());
        let environment = self.environment.get_or_insert_default();
        environment.vars.insert(name.to_owned(), value);
        self
    }

    /// The environment that scenarios run in; names given before are kept beside its own.
    #[must_use]
    pub fn environment(mut self, mut environment: Environment) -> Self {
        let before = self.environment.take().unwrap_or_default();
        environment.vars.extend(before.vars);
        self.environment = Some(environment);
        self
    }

    /// How far each run may go.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where the events of runs go, and the outputs of steps: a [`Sink`], or a closure that takes
    /// each event.
    #[must_use]
    pub fn on_event(mut self, sink: impl Sink + 'static) -> Self {
        self.sink = sink::Shared::new(sink);
        self
    }

    /// Time, where it is not this machine's.
    #[must_use]
    pub fn clock(mut self, clock: Rc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The system under test, and what functions such as `file` see of this machine.
    #[must_use]
    pub fn world(mut self, world: Rc<dyn World>) -> Self {
        self.world = world;
        self
    }

    /// Where `use` finds its files.
    #[must_use]
    pub fn files(mut self, files: Rc<dyn Files>) -> Self {
        self.files = files;
        self
    }

    /// Checks a scenario: everything that can be found before anything is done. `name` is what it is
    /// called in findings; what it uses is relative to it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, name: &str, source: &str) -> Result<Scenario, Findings> {
        let checked = crate::engine::check(
            name,
            Path::new(name),
            source.as_bytes(),
            self.environment.as_ref(),
            &self.registry,
            &*self.files,
        );
        let findings = Findings::new(&checked);
        match checked.program {
            Some(program) => Ok(self.scenario(name, program, findings)),
            None => Err(findings),
        }
    }

    /// Checks a scenario that a debugger is to drive, or that grows by what is typed; gives what it takes
    /// to add to it, too. See [`Scenario::debugged`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_live(
        &self,
        name: &str,
        source: &str,
    ) -> Result<(Scenario, Rc<Workbench>), Findings> {
        let (checked, workbench) = crate::engine::check_live(
            name,
            Path::new(name),
            source.as_bytes(),
            self.environment.clone().map(Rc::new),
            self.registry.clone(),
            Rc::clone(&self.files),
        );
        let findings = Findings::new(&checked);
        match checked.program.zip(workbench) {
            Some((program, workbench)) => Ok((self.scenario(name, program, findings), workbench)),
            None => Err(findings),
        }
    }

    fn scenario(&self, name: &str, program: Rc<Program>, warnings: Findings) -> Scenario {
        Scenario {
            name: name.to_owned(),
            program,
            engine: Rc::new(self.clone()),
            set: Vec::new(),
            cancel: Cancel::new(),
            recall: None,
            debugger: None,
            warnings,
        }
    }

    /// Checks and runs a scenario to its end, on this thread.
    ///
    /// # Errors
    /// What is wrong with its text.
    pub fn run(&self, source: &str) -> Result<Ran, Findings> {
        Ok(self.check("scenario", source)?.run())
    }

    /// Checks a scenario, and runs it as a future that any executor may poll on one thread.
    ///
    /// # Errors
    /// What is wrong with its text.
    pub async fn run_async(&self, source: &str) -> Result<Ran, Findings> {
        Ok(self.check("scenario", source)?.start().await)
    }
}

/// A scenario that was checked, and can be run as often as wanted.
#[derive(Clone)]
pub struct Scenario {
    name: String,
    program: Rc<Program>,
    engine: Rc<Engine>,
    set: Vec<(String, String)>,
    cancel: Cancel,
    recall: Option<Recall>,
    debugger: Option<Rc<Debugger>>,
    warnings: Findings,
}

impl Scenario {
    /// What was found that does not keep it from running.
    pub fn warnings(&self) -> &Findings {
        &self.warnings
    }

    /// Gives a `@param` or a name its value, written as it would be in a scenario's words.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.set.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Lets runs be ended from outside, from another thread too.
    #[must_use]
    pub fn cancelled_by(mut self, cancel: &Cancel) -> Self {
        self.cancel = cancel.clone();
        self
    }

    /// Runs go on with what is recorded of an earlier one: nothing of it is done again.
    #[must_use]
    pub fn recall(mut self, recall: Recall) -> Self {
        self.recall = Some(recall);
        self
    }

    /// Runs are stopped by this debugger, if the scenario was checked by [`Engine::check_live`].
    #[must_use]
    pub fn debugged(mut self, debugger: Debugger) -> Self {
        self.debugger = Some(Rc::new(debugger));
        self
    }

    /// Runs it to its end, on this thread, which sleeps while nothing is to be done.
    pub fn run(&self) -> Ran {
        block_on(self.start())
    }

    /// Begins a run, which goes on whenever it is polled, or by [`Running::advance`].
    pub fn start(&self) -> Running {
        let engine = Rc::clone(&self.engine);
        let clock = engine
            .clock
            .clone()
            .unwrap_or_else(|| Rc::new(SystemClock::new()));
        let platform = Platform {
            clock,
            record: Rc::clone(&engine.sink) as Rc<dyn crate::platform::Record>,
            world: Rc::clone(&engine.world),
        };
        let options = Options {
            run: self.name.clone(),
            file: self.name.clone(),
            set: self.set.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            limits: engine.limits,
            recall: self.recall.clone(),
            debugger: self.debugger.clone(),
            ..Options::default()
        };
        let (program, cancel) = (Rc::clone(&self.program), self.cancel.clone());
        let run = async move {
            let interrupt = Flag::new();
            let run = crate::driver::run(
                program,
                engine.environment.as_ref(),
                platform,
                options,
                Rc::clone(&interrupt),
            );
            cancel.watch(run, &interrupt).await
        };
        Running(Box::pin(run))
    }
}

/// A run that goes on whenever it is polled. Dropped, it ends at once, without its `finally`.
pub struct Running(LocalBoxFuture<'static, Ran>);

impl Running {
    /// Goes on as far as can be gone now; gives how it ended, once it has. For loops that have
    /// other things to do between. Commands that wait must wake their wakers, as futures do.
    pub fn advance(&mut self) -> Option<Ran> {
        let mut context = Context::from_waker(Waker::noop());
        match self.0.as_mut().poll(&mut context) {
            Poll::Ready(ran) => Some(ran),
            Poll::Pending => None,
        }
    }
}

impl Future for Running {
    type Output = Ran;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ran> {
        self.0.as_mut().poll(context)
    }
}
