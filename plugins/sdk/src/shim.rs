//! What C sees of a plug-in, and what a plug-in sees of C.
//!
//! `scn_plugin.h` says what may be believed of each pointer. Nothing unwinds out of here.

mod calls;
mod scn;
mod values;

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::OnceLock;

use scn_plugin_abi as abi;

use crate::convert::Type;
use crate::plugin::{Erased, caught};
use calls::{close, open, run};
pub use scn::Scn;
use values::Lent;

/// A plug-in that is exported: once in a library.
pub struct Exported(OnceLock<Option<Description>>);

/// What `scn` is given, with what holds the defaults in it. All else that it points to is leaked: it
/// lasts as long as the process.
struct Description(
    abi::Plugin,
    #[expect(dead_code, reason = "it holds")] Vec<Lent>,
);

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
    let mut defaults = Vec::new();
    let commands: Vec<abi::Command> = (0..plugin.commands.len())
        .map(|command| describe_command(plugin, command, &mut defaults))
        .collect();
    let (commands, commands_length) = leaked(commands);
    let described = abi::Plugin {
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
    };
    Description(described, defaults)
}

fn describe_command(
    plugin: &'static Erased,
    command: usize,
    defaults: &mut Vec<Lent>,
) -> abi::Command {
    let declared = &plugin.commands[command].0;
    let mut param = |param: &crate::command::Param| abi::Param {
        name: string(&param.name),
        help: string(&param.help),
        kind: kind(param.kind),
        default_value: match &param.default {
            Some(default) => {
                let mut lent = Lent::default();
                let value = Box::leak(Box::new(lent.value(default)));
                defaults.push(lent);
                value
            }
            None => ptr::null(),
        },
    };
    let (params, params_length) = leaked(declared.params.iter().map(&mut param).collect());
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
