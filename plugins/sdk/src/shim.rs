//! What C sees of a plug-in, and what a plug-in sees of C.
//!
//! `scn_plugin.h` says what may be believed of each pointer. Nothing unwinds out of here.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;
use std::slice;
use std::sync::OnceLock;
use std::time::Duration;

use scn_plugin_abi as abi;

use crate::context::{Context, Level, Reach, Stream};
use crate::convert::Type;
use crate::decimal::Decimal;
use crate::error::{Blame, Error};
use crate::plugin::{Erased, State, caught};
use crate::value::{Map, Value};

/// A plug-in that is exported: once in a library.
pub struct Exported(OnceLock<Option<Description>>);

/// What `scn` is given. All that it points to is leaked: it lasts as long as the process.
struct Description(abi::Plugin);

// SAFETY: nothing of it changes.
unsafe impl Send for Description {}
// SAFETY: likewise.
unsafe impl Sync for Description {}

/// An exported command: which one it is, of which plug-in.
struct Exports {
    plugin: &'static Erased,
    command: usize,
    /// It takes words beyond its parameters.
    rest: bool,
}

/// An instance: the plug-in, and what it keeps.
struct Instance {
    plugin: &'static Erased,
    state: State,
}

static OPENS: OnceLock<&'static Erased> = OnceLock::new();

impl Exported {
    /// Not described yet.
    #[expect(
        clippy::new_without_default,
        reason = "it is made in a static by a macro alone"
    )]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The description; null, with the reason in the log, if there is none.
    pub fn entry(&self, _: u32, _: u32, plugin: fn() -> Erased) -> *const abi::Plugin {
        let described = self.0.get_or_init(|| {
            let described = caught(|| {
                let plugin: &'static Erased = Box::leak(Box::new(plugin()));
                let plugin = OPENS.get_or_init(|| plugin);
                Ok(describe(plugin))
            });
            described.inspect_err(|error| eprintln!("{error}")).ok()
        });
        described
            .as_ref()
            .map_or(ptr::null(), |described| &raw const described.0)
    }
}

fn describe(plugin: &'static Erased) -> Description {
    let commands: Vec<abi::Command> = (0..plugin.commands.len())
        .map(|command| describe_command(plugin, command))
        .collect();
    let (commands, commands_length) = leaked(commands);
    Description(abi::Plugin {
        size: size_of::<abi::Plugin>(),
        abi_major: abi::MAJOR,
        abi_minor: abi::MINOR,
        command_size: size_of::<abi::Command>(),
        param_size: size_of::<abi::Param>(),
        name: string(&plugin.name),
        version: string(&plugin.version),
        flags: abi::CONCURRENT,
        commands,
        commands_length,
        open: Some(open),
        close: Some(close),
    })
}

fn describe_command(plugin: &'static Erased, command: usize) -> abi::Command {
    let declared = &plugin.commands[command].0;
    let param = |param: &crate::command::Param| abi::Param {
        name: string(&param.name),
        help: string(&param.help),
        kind: kind(param.kind),
        default_value: match &param.default {
            Some(default) => {
                let lent: &'static mut Lent = Box::leak(Box::default());
                Box::leak(Box::new(lent.value(default)))
            }
            None => ptr::null(),
        },
    };
    let (params, params_length) = leaked(declared.params.iter().map(param).collect());
    let rest = declared.rest.as_ref().map(|rest| vec![param(rest)]);
    let rest = rest.map_or(ptr::null(), |rest| leaked(rest).0);
    let examples = declared
        .examples
        .iter()
        .map(|(scenario, output)| abi::Example {
            scenario: string(scenario),
            output: output.as_deref().map_or(ptr::null(), string),
        });
    let (examples, examples_length) = leaked(examples.collect());
    let flag = |flag: u32, set: bool| if set { flag } else { 0 };
    let exports: &'static Exports = Box::leak(Box::new(Exports {
        plugin,
        command,
        rest: declared.rest.is_some(),
    }));
    abi::Command {
        name: string(&declared.name),
        help: string(&declared.help),
        run: Some(run),
        params,
        params_length,
        rest,
        rest_least: declared.rest_least,
        returns: kind(declared.returns),
        flags: flag(abi::REPEATABLE, declared.repeatable) | flag(abi::QUICK, declared.quick),
        returns_help: string(&declared.returns_help),
        undo: match declared.undo.is_empty() {
            true => ptr::null(),
            false => string(&declared.undo),
        },
        data: ptr::from_ref(exports).cast(),
        examples,
        examples_length,
    }
}

fn leaked<T: 'static>(all: Vec<T>) -> (*const T, usize) {
    let all: &'static [T] = all.leak();
    (all.as_ptr(), all.len())
}

/// A text that ends with a NUL, and has no other.
fn string(text: &str) -> *const c_char {
    let bytes: Vec<u8> = text.bytes().filter(|byte| *byte != 0).collect();
    CString::new(bytes).unwrap_or_default().into_raw()
}

fn kind(kind: Type) -> u32 {
    use abi::types;
    match kind {
        Type::Any => types::ANY,
        Type::Text => types::TEXT,
        Type::Int => types::INT,
        Type::Decimal => types::DECIMAL,
        Type::Bool => types::BOOL,
        Type::Duration => types::DURATION,
        Type::Size => types::SIZE,
        Type::Percent => types::PERCENT,
        Type::List => types::LIST,
        Type::Map => types::MAP,
    }
}

unsafe extern "C" fn open(
    config: *const abi::Value,
    context: *const abi::Context,
    instance: *mut *mut c_void,
) -> abi::Status {
    let scn = Scn(context);
    let opened = caught(|| {
        // SAFETY: it lasts until this returns.
        let config = match unsafe { read(&*config) } {
            Value::Map(config) => config,
            _ => Map::new(),
        };
        let Some(plugin) = OPENS.get().copied() else {
            return Err(Error::plugin("it was opened before it was described"));
        };
        let context = Context {
            reach: Reach::Scn(Scn(scn.0)),
            input: None,
            run: String::new(),
            step: 0,
        };
        let state = plugin.open(&config, &context)?;
        Ok(Box::new(Instance { plugin, state }))
    });
    match opened {
        Ok(opened) => {
            // SAFETY: it is where the instance goes.
            unsafe { instance.write(Box::into_raw(opened).cast()) };
            abi::OK
        }
        Err(error) => scn.fail(&error),
    }
}

unsafe extern "C" fn close(instance: *mut c_void) {
    if instance.is_null() {
        return;
    }
    let closed = caught(|| {
        // SAFETY: it was made in `open`, and is closed once.
        drop(unsafe { Box::from_raw(instance.cast::<Instance>()) });
        Ok(())
    });
    if let Err(error) = closed {
        eprintln!("{error}");
    }
}

unsafe extern "C" fn run(
    instance: *mut c_void,
    call: *const abi::Call,
    context: *const abi::Context,
) -> abi::Status {
    let scn = Scn(context);
    let result = caught(|| {
        // SAFETY: they last until this returns; `open` made the instance, and `describe_command`
        // what the command has as its data, which lasts as long as the process.
        let (instance, call, exports) = unsafe {
            let call = &*call;
            (
                &*instance.cast::<Instance>(),
                call,
                &*call.data.cast::<Exports>(),
            )
        };
        if !ptr::eq(instance.plugin, exports.plugin) {
            return Err(Error::plugin("the instance is another plug-in's"));
        }
        // SAFETY: there are so many of them, until this returns.
        let (args, rest, input, run) = unsafe {
            (
                values(call.args, call.args_length),
                values(call.rest, call.rest_length),
                call.input.as_ref().map(|input| read(input)),
                String::from_utf8_lossy(bytes(&call.run)).into_owned(),
            )
        };
        let mut words = args;
        if exports.rest {
            words.push(Value::List(rest));
        }
        let context = Context {
            reach: Reach::Scn(Scn(scn.0)),
            input,
            run,
            step: call.step,
        };
        instance
            .plugin
            .call(exports.command, &instance.state, &context, words)
    });
    match result {
        Ok(value) => {
            scn.give(&value);
            abi::OK
        }
        Err(error) => scn.fail(&error),
    }
}

/// # Safety
/// `first` is null, or the first of so many.
unsafe fn values(first: *const abi::Value, length: usize) -> Vec<Value> {
    if first.is_null() {
        return Vec::new();
    }
    // SAFETY: the caller says so.
    let values = unsafe { slice::from_raw_parts(first, length) };
    // SAFETY: likewise.
    values.iter().map(|value| unsafe { read(value) }).collect()
}

/// # Safety
/// It has so many bytes, or is null.
unsafe fn bytes<'a>(text: &abi::Text) -> &'a [u8] {
    match text.data.is_null() {
        true => &[],
        // SAFETY: the caller says so.
        false => unsafe { slice::from_raw_parts(text.data.cast(), text.length) },
    }
}

/// Reads a value of `scn`'s. A kind that a newer one may have is `none`.
///
/// # Safety
/// It is a value, and so is all that it holds.
unsafe fn read(value: &abi::Value) -> Value {
    use abi::kind;
    // SAFETY: the caller says so; the kind tells which part is meant.
    unsafe {
        let text = || String::from_utf8_lossy(bytes(&value.held.text)).into_owned();
        let decimal = || text().parse::<Decimal>().unwrap_or_default();
        match value.kind {
            kind::BOOL => Value::Bool(value.held.integer != 0),
            kind::INT => Value::Int(value.held.integer),
            kind::DURATION => Value::Duration(value.held.integer),
            kind::SIZE => Value::Size(value.held.integer),
            kind::MOMENT => Value::Moment(value.held.integer),
            kind::DECIMAL => Value::Decimal(decimal()),
            kind::PERCENT => Value::Percent(decimal()),
            kind::TEXT => Value::Text(text()),
            kind::BYTES => Value::Bytes(bytes(&value.held.text).to_vec()),
            kind::LIST => Value::List(values(value.held.list.items, value.held.list.length)),
            kind::MAP => {
                let (first, length) = (value.held.map.entries, value.held.map.length);
                let entries = match first.is_null() {
                    true => &[],
                    false => slice::from_raw_parts(first, length),
                };
                let entry = |entry: &abi::Entry| {
                    let key = String::from_utf8_lossy(bytes(&entry.key)).into_owned();
                    (key, read(&entry.value))
                };
                Value::Map(entries.iter().map(entry).collect())
            }
            _ => Value::None,
        }
    }
}

/// Holds what `scn` reads of a value that is lent to it; text it reads where it is.
#[derive(Default)]
struct Lent {
    texts: Vec<String>,
    values: Vec<Box<[abi::Value]>>,
    entries: Vec<Box<[abi::Entry]>>,
}

impl Lent {
    fn value(&mut self, value: &Value) -> abi::Value {
        use abi::{As, kind};
        let integer = |kind, integer| (kind, As { integer });
        let (kind, held) = match value {
            Value::None => integer(kind::NONE, 0),
            Value::Bool(truth) => integer(kind::BOOL, i64::from(*truth)),
            Value::Int(number) => integer(kind::INT, *number),
            Value::Duration(nanos) => integer(kind::DURATION, *nanos),
            Value::Size(bytes) => integer(kind::SIZE, *bytes),
            Value::Moment(nanos) => integer(kind::MOMENT, *nanos),
            Value::Decimal(decimal) => (
                kind::DECIMAL,
                As {
                    text: self.own(decimal.to_string()),
                },
            ),
            Value::Percent(percent) => (
                kind::PERCENT,
                As {
                    text: self.own(percent.to_string()),
                },
            ),
            Value::Text(text) => (
                kind::TEXT,
                As {
                    text: lent(text.as_bytes()),
                },
            ),
            Value::Bytes(bytes) => (kind::BYTES, As { text: lent(bytes) }),
            Value::List(list) => {
                let held: Box<[_]> = list.iter().map(|value| self.value(value)).collect();
                let list = abi::List {
                    items: held.as_ptr(),
                    length: held.len(),
                };
                self.values.push(held);
                (kind::LIST, As { list })
            }
            Value::Map(map) => {
                let entry = |(key, value): (&str, &Value)| abi::Entry {
                    key: lent(key.as_bytes()),
                    value: self.value(value),
                };
                let held: Box<[_]> = map.iter().map(entry).collect();
                let map = abi::Map {
                    entries: held.as_ptr(),
                    length: held.len(),
                };
                self.entries.push(held);
                (kind::MAP, As { map })
            }
        };
        abi::Value {
            kind,
            reserved: 0,
            held,
        }
    }

    fn own(&mut self, text: String) -> abi::Text {
        let lent = lent(text.as_bytes());
        self.texts.push(text);
        lent
    }
}

fn lent(bytes: &[u8]) -> abi::Text {
    abi::Text {
        data: bytes.as_ptr().cast(),
        length: bytes.len(),
    }
}

/// `scn`, as far as it is reached in a call.
pub struct Scn(*const abi::Context);

// SAFETY: its functions may be called from any thread until the call is over, and it is lent to
// what the call does alone.
unsafe impl Send for Scn {}
// SAFETY: likewise.
unsafe impl Sync for Scn {}

impl Scn {
    fn context(&self) -> &abi::Context {
        // SAFETY: it lasts until the function that was given it returns.
        unsafe { &*self.0 }
    }

    pub(crate) fn log(&self, level: Level, message: &str) {
        let level = match level {
            Level::Debug => abi::level::DEBUG,
            Level::Info => abi::level::INFO,
            Level::Warning => abi::level::WARNING,
            Level::Error => abi::level::ERROR,
        };
        // SAFETY: what it is given lasts until it returns.
        unsafe { (self.context().log)(self.0, level, lent(message.as_bytes())) }
    }

    pub(crate) fn metric(&self, subject: &str, name: &str, value: &Value) {
        let mut held = Lent::default();
        let value = held.value(value);
        let (subject, name, unit) = (lent(subject.as_bytes()), lent(name.as_bytes()), lent(b""));
        // SAFETY: likewise.
        unsafe { (self.context().metric)(self.0, subject, name, &raw const value, unit) }
    }

    pub(crate) fn event(&self, subject: &str, message: &str, data: Map) {
        let mut held = Lent::default();
        let data = Value::Map(data);
        let lent_data = held.value(&data);
        let (subject, message) = (lent(subject.as_bytes()), lent(message.as_bytes()));
        // SAFETY: likewise.
        unsafe { (self.context().event)(self.0, subject, message, &raw const lent_data) }
    }

    pub(crate) fn output(&self, stream: Stream, bytes: &[u8]) -> bool {
        let stream = match stream {
            Stream::Stdout => abi::stream::STDOUT,
            Stream::Stderr => abi::stream::STDERR,
        };
        let (data, length) = (bytes.as_ptr().cast(), bytes.len());
        // SAFETY: likewise.
        unsafe { (self.context().output)(self.0, stream, data, length) == abi::OK }
    }

    pub(crate) fn secret(&self, name: &str) -> Option<String> {
        let name = CString::new(name).ok()?;
        let name: &CStr = &name;
        let mut found = lent(b"");
        // SAFETY: likewise, and what it gives lasts as long as the call.
        unsafe {
            let status = (self.context().secret)(self.0, name.as_ptr(), &raw mut found);
            (status == abi::OK).then(|| String::from_utf8_lossy(bytes(&found)).into_owned())
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        // SAFETY: the call is not over.
        unsafe { (self.context().cancelled)(self.0) != 0 }
    }

    pub(crate) fn time_left(&self) -> Option<Duration> {
        let context = self.context();
        // An older one has not this function.
        if context.size < size_of::<abi::Context>() {
            return None;
        }
        // SAFETY: the call is not over, and the function is there.
        let left = unsafe { (context.time_left)(self.0) };
        u64::try_from(left).ok().map(Duration::from_nanos)
    }

    fn give(&self, value: &Value) {
        let mut held = Lent::default();
        let value = held.value(value);
        // SAFETY: what it is given lasts until it returns.
        unsafe { (self.context().give)(self.0, &raw const value) }
    }

    fn fail(&self, error: &Error) -> abi::Status {
        let blame = match error.blame {
            Blame::System => abi::blame::SYSTEM,
            Blame::Plugin => abi::blame::PLUGIN,
            Blame::Environment => abi::blame::ENVIRONMENT,
            Blame::Scenario => abi::blame::SCENARIO,
        };
        let message = lent(error.message.as_bytes());
        // SAFETY: likewise.
        unsafe { (self.context().fail)(self.0, blame, error.code, message) }
        abi::FAILED
    }
}
