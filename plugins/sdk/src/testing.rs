//! Trying a plug-in's commands without `scn`, in its own tests.
//!
//! ```
//! use scn_plugin::{Command, Context, Plugin, Result, testing::Harness};
//!
//! fn double(_: &(), context: &Context, n: i64) -> Result<i64> {
//!     context.info("doubled");
//!     Ok(2 * n)
//! }
//!
//! let plugin = Plugin::stateless("maths", "1.0").command(Command::new("double", double).param("n", ""));
//! let called = Harness::new(plugin).call("double").with("n", 21).run();
//! assert_eq!(*called.value(), 42.into());
//! assert!(called.said("doubled"));
//! ```

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::context::{Context, Level, Reach};
use crate::convert::{IntoValue, Type};
use crate::error::{Error, Result};
use crate::plugin::{Erased, Plugin, State};
use crate::value::{Map, Value};

/// A plug-in that is tried.
pub struct Harness {
    plugin: Erased,
    config: Map,
    secrets: HashMap<String, String>,
    state: OnceLock<State>,
}

impl Harness {
    /// Nothing is opened before the first call.
    pub fn new<S: Send + Sync + 'static>(plugin: Plugin<S>) -> Self {
        Self {
            plugin: plugin.erased(),
            config: Map::new(),
            secrets: HashMap::new(),
            state: OnceLock::new(),
        }
    }

    /// A key of `config`.
    #[must_use]
    pub fn config(mut self, key: &str, value: impl IntoValue) -> Self {
        self.config.insert(key, value);
        self
    }

    /// A secret that it is granted.
    #[must_use]
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A call of that command.
    ///
    /// # Panics
    /// If there is no such command.
    pub fn call(&self, command: &str) -> Calling<'_> {
        let mut all = self.plugin.commands.iter();
        let found = all.position(|(declared, _)| declared.name == command);
        let Some(command) = found else {
            panic!("there is no command `{command}`");
        };
        Calling {
            harness: self,
            command,
            args: BTreeMap::new(),
            rest: Vec::new(),
            input: None,
            limit: None,
            cancelled: false,
        }
    }
}

/// A call that is put together.
pub struct Calling<'a> {
    harness: &'a Harness,
    command: usize,
    args: BTreeMap<String, Value>,
    rest: Vec<Value>,
    input: Option<Value>,
    limit: Option<Duration>,
    cancelled: bool,
}

impl Calling<'_> {
    /// A parameter's value.
    #[must_use]
    pub fn with(mut self, param: &str, value: impl IntoValue) -> Self {
        self.args.insert(param.to_owned(), value.into_value());
        self
    }

    /// One word more, beyond the parameters.
    #[must_use]
    pub fn word(mut self, word: impl IntoValue) -> Self {
        self.rest.push(word.into_value());
        self
    }

    /// What `input` gives.
    #[must_use]
    pub fn input(mut self, input: impl IntoValue) -> Self {
        self.input = Some(input.into_value());
        self
    }

    /// How long it may take.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// It is cancelled before it begins.
    #[must_use]
    pub fn cancelled(mut self) -> Self {
        self.cancelled = true;
        self
    }

    /// Opens the plug-in if that was not done, and makes the call.
    ///
    /// # Panics
    /// If the words are none that `scn` would call it with: a parameter that there is not, one
    /// that is lacking, a value of another type.
    pub fn run(mut self) -> Called {
        let declared = &self.harness.plugin.commands[self.command].0;
        let name = &declared.name;
        let mut values = Vec::new();
        for param in &declared.params {
            let given = self.args.remove(&param.name);
            let value = match (given, &param.default) {
                (Some(value), _) => {
                    assert_type(name, &param.name, param.kind, &value);
                    value
                }
                (None, Some(default)) => default.clone(),
                (None, None) => panic!("{name}: `{}` is lacking", param.name),
            };
            values.push(value);
        }
        if let Some(unknown) = self.args.keys().next() {
            panic!("{name}: there is no parameter `{unknown}`");
        }
        match &declared.rest {
            Some(rest) => {
                let least = declared.rest_least;
                assert!(self.rest.len() >= least, "{name}: at least {least} words");
                self.rest
                    .iter()
                    .for_each(|word| assert_type(name, &rest.name, rest.kind, word));
                values.push(Value::List(self.rest));
            }
            None => assert!(self.rest.is_empty(), "{name} takes no words beyond"),
        }
        let recorder = Arc::new(Recorder {
            secrets: self.harness.secrets.clone(),
            cancelled: self.cancelled,
            until: self.limit.map(|limit| Instant::now() + limit),
            said: Mutex::default(),
        });
        let context = Context {
            reach: Reach::Test(Arc::clone(&recorder)),
            input: self.input,
            run: "test".to_owned(),
            step: 1,
        };
        let state = match self.harness.state.get() {
            Some(state) => Ok(Arc::clone(state)),
            None => {
                let opened = self.harness.plugin.open(&self.harness.config, &context);
                opened.map(|state| Arc::clone(self.harness.state.get_or_init(|| state)))
            }
        };
        let call = |state| {
            self.harness
                .plugin
                .call(self.command, &state, &context, values)
        };
        let result = state.and_then(call);
        let mut said = recorder.said.lock().unwrap_or_else(PoisonError::into_inner);
        Called {
            result,
            said: std::mem::take(&mut said),
        }
    }
}

fn assert_type(command: &str, param: &str, kind: Type, value: &Value) {
    let fits = matches!(
        (kind, value),
        (Type::Any, _)
            | (Type::Text, Value::Text(_) | Value::Bytes(_))
            | (Type::Int, Value::Int(_))
            | (Type::Decimal, Value::Decimal(_) | Value::Int(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Duration, Value::Duration(_))
            | (Type::Size, Value::Size(_))
            | (Type::Percent, Value::Percent(_))
            | (Type::List, Value::List(_))
            | (Type::Map, Value::Map(_))
    );
    assert!(
        fits,
        "{command}: `{param}` is {kind:?}, and this is {}",
        value.kind()
    );
}

/// What came of a call.
#[derive(Debug)]
pub struct Called {
    /// What it returned, or why it was not done.
    pub result: Result<Value>,
    /// What it said meanwhile.
    pub said: Said,
}

impl Called {
    /// What it returned.
    ///
    /// # Panics
    /// If it was not done.
    pub fn value(&self) -> &Value {
        match &self.result {
            Ok(value) => value,
            Err(error) => panic!("it was not done: {error} ({:?})", error.blame),
        }
    }

    /// Why it was not done.
    ///
    /// # Panics
    /// If it was done.
    pub fn error(&self) -> &Error {
        match &self.result {
            Ok(value) => panic!("it was done, and gave {value:?}"),
            Err(error) => error,
        }
    }

    /// Whether that stands in a line of its log.
    pub fn said(&self, part: &str) -> bool {
        self.said.logs.iter().any(|(_, line)| line.contains(part))
    }
}

/// What a call said meanwhile.
#[derive(Debug, Default)]
pub struct Said {
    /// Lines of its log.
    pub logs: Vec<(Level, String)>,
    /// Metrics: of which component, their names, their values.
    pub metrics: Vec<(String, String, Value)>,
    /// Events: of which component, what they say, what comes with them.
    pub events: Vec<(String, String, Map)>,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

/// Takes down what a call says.
pub(crate) struct Recorder {
    pub secrets: HashMap<String, String>,
    pub cancelled: bool,
    pub until: Option<Instant>,
    said: Mutex<Said>,
}

impl Recorder {
    pub fn change(&self, change: impl FnOnce(&mut Said)) {
        change(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
