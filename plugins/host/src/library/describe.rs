//! What a library says of itself.

use std::ffi::{CStr, c_char, c_void};
use std::mem::{MaybeUninit, offset_of};
use std::ptr;

use scn_plugin_abi as abi;
use scn_protocol::plugin::{Declaration, VERSION};
use scn_protocol::{Example, Param, Signature, Type, Value};

use super::values;

/// More commands, parameters or examples than this has no plug-in: the length is no length.
const MOST: usize = 10_000;

/// A library's description, read.
pub struct Described {
    pub declaration: Declaration,
    /// What does each command, in their order.
    pub commands: Vec<Does>,
    pub concurrent: bool,
    pub open: Option<abi::Open>,
    pub close: Option<abi::Close>,
}

/// What does a command.
#[derive(Clone, Copy)]
pub struct Does {
    pub run: abi::Run,
    pub data: *const c_void,
    pub quick: bool,
}

/// Reads a description. One for an older minor version is shorter, and what it lacks is zero.
///
/// # Errors
/// Why it cannot be used: after the library's name.
///
/// # Safety
/// It is what a plug-in's entry gave: null, or a description that keeps to the header.
pub unsafe fn describe(plugin: *const abi::Plugin) -> Result<Described, String> {
    if plugin.is_null() {
        return Err(format!(
            "says that it cannot be used: `{}` gave NULL",
            abi::ENTRY
        ));
    }
    // SAFETY: the first three fields are where they are in every version.
    let (size, major, minor) =
        unsafe { ((*plugin).size, (*plugin).abi_major, (*plugin).abi_minor) };
    if (major, minor) == (0, 0) {
        return Err(
            "does not say which version of the plug-in ABI it is made for: SCN_PLUGIN_ABI has to stand first in its `scn_plugin`"
                .to_owned(),
        );
    }
    if major != abi::MAJOR {
        return Err(format!(
            "is made for version {major}.{minor} of the plug-in ABI, and this scn speaks version {}.{}",
            abi::MAJOR,
            abi::MINOR
        ));
    }
    at_least("scn_plugin", size, size_of::<abi::Plugin>())?;
    // SAFETY: it has at least that many bytes.
    let plugin = unsafe { grown::<abi::Plugin>(plugin.cast(), size) };
    at_least(
        "scn_command",
        plugin.command_size,
        offset_of!(abi::Command, examples),
    )?;
    at_least("scn_param", plugin.param_size, size_of::<abi::Param>())?;
    // SAFETY: the caller says that it keeps to the header.
    unsafe { whole(&plugin) }
}

fn at_least(name: &str, size: usize, least: usize) -> Result<(), String> {
    match size < least {
        true => Err(format!(
            "says that its {name} has {size} bytes, and it has at least {least} (SCN_PLUGIN_ABI fills that in)"
        )),
        false => Ok(()),
    }
}

/// # Safety
/// It keeps to the header.
unsafe fn whole(plugin: &abi::Plugin) -> Result<Described, String> {
    let mut described = Described {
        declaration: Declaration {
            protocol: VERSION,
            // SAFETY: the caller says so.
            name: unsafe { string(plugin.name) }?,
            // SAFETY: likewise.
            version: unsafe { string(plugin.version) }?,
            commands: Vec::new(),
        },
        commands: Vec::new(),
        concurrent: plugin.flags & abi::CONCURRENT != 0,
        open: plugin.open,
        close: plugin.close,
    };
    let (first, length) = (plugin.commands.cast::<c_void>(), plugin.commands_length);
    // SAFETY: likewise.
    let commands = unsafe { all::<abi::Command>("commands", first, length, plugin.command_size) }?;
    for command in commands {
        // SAFETY: likewise.
        let signature = unsafe { signature(&command, plugin.param_size) }?;
        let Some(run) = command.run else {
            return Err(format!("says of `{}` that NULL does it", signature.name));
        };
        let quick = command.flags & abi::QUICK != 0;
        let data = command.data;
        described.commands.push(Does { run, data, quick });
        described.declaration.commands.push(signature);
    }
    Ok(described)
}

/// # Safety
/// It keeps to the header.
unsafe fn signature(command: &abi::Command, param_size: usize) -> Result<Signature, String> {
    // SAFETY: the caller says so.
    let name = unsafe { string(command.name) }?;
    let within = |wrong: String| format!("says of `{name}` what is wrong: {wrong}");
    let (first, length) = (command.params.cast::<c_void>(), command.params_length);
    // SAFETY: likewise.
    let params = unsafe { all::<abi::Param>("parameters", first, length, param_size) };
    let params = params.map_err(within)?;
    // SAFETY: likewise.
    let params = params.iter().map(|each| unsafe { param(each) });
    let params: Vec<Param> = params.collect::<Result<_, _>>().map_err(within)?;
    let rest = match command.rest.is_null() {
        true => None,
        // SAFETY: likewise; it is one element of that size.
        false => {
            let rest = unsafe { grown::<abi::Param>(command.rest.cast(), param_size) };
            // SAFETY: likewise.
            Some(unsafe { param(&rest) }.map_err(within)?)
        }
    };
    let (first, length) = (command.examples.cast::<c_void>(), command.examples_length);
    let size = size_of::<abi::Example>();
    // SAFETY: likewise.
    let examples = unsafe { all::<abi::Example>("examples", first, length, size) };
    let examples = examples.map_err(within)?.into_iter().map(|example| {
        // SAFETY: likewise.
        let (scenario, output) = unsafe { (string(example.scenario)?, string(example.output)?) };
        let output = (!example.output.is_null()).then_some(output);
        Ok(Example { scenario, output })
    });
    let examples = examples.collect::<Result<_, String>>().map_err(within)?;
    // SAFETY: likewise.
    let (help, returns_help, undo) = unsafe {
        (
            string(command.help),
            string(command.returns_help),
            string(command.undo),
        )
    };
    let undo = undo.map_err(within)?;
    Ok(Signature {
        help: help.map_err(within)?,
        params,
        rest,
        rest_least: command.rest_least,
        returns: kind(command.returns).map_err(within)?,
        returns_help: returns_help.map_err(within)?,
        undo: Some(undo).filter(|undo| !undo.is_empty()),
        repeatable: command.flags & abi::REPEATABLE != 0,
        examples,
        name,
    })
}

/// # Safety
/// It keeps to the header.
unsafe fn param(param: &abi::Param) -> Result<Param, String> {
    // SAFETY: the caller says so.
    let (name, help) = unsafe { (string(param.name)?, string(param.help)?) };
    let default: Option<Value> = match param.default_value.is_null() {
        true => None,
        // SAFETY: likewise.
        false => Some(
            unsafe { values::read(param.default_value) }
                .map_err(|wrong| format!("the default of `{name}`: {wrong}"))?,
        ),
    };
    Ok(Param {
        kind: kind(param.kind)?,
        default,
        help,
        name,
    })
}

fn kind(kind: u32) -> Result<Type, String> {
    use abi::types;
    Ok(match kind {
        types::ANY => Type::Any,
        types::TEXT => Type::Text,
        types::INT => Type::Int,
        types::DECIMAL => Type::Decimal,
        types::BOOL => Type::Bool,
        types::DURATION => Type::Duration,
        types::SIZE => Type::Size,
        types::PERCENT => Type::Percent,
        types::LIST => Type::List,
        types::MAP => Type::Map,
        unknown => return Err(format!("there is no type {unknown}")),
    })
}

/// A text that ends with a NUL; empty if there is none.
///
/// # Safety
/// It is null, or such a text.
unsafe fn string(text: *const c_char) -> Result<String, String> {
    if text.is_null() {
        return Ok(String::new());
    }
    // SAFETY: the caller says so.
    let text = unsafe { CStr::from_ptr(text) };
    let text = text.to_str();
    Ok(text
        .map_err(|_| "a text is no UTF-8".to_owned())?
        .to_owned())
}

/// The elements of an array of structures that are of that size there.
///
/// # Safety
/// `first` is null, or the first of so many.
unsafe fn all<T: Zero>(
    what: &str,
    first: *const c_void,
    length: usize,
    size: usize,
) -> Result<Vec<T>, String> {
    if length == 0 {
        return Ok(Vec::new());
    }
    if first.is_null() || length > MOST {
        return Err(format!("{length} {what} at {first:p}"));
    }
    // SAFETY: the caller says that there are so many, of that size.
    let at = |index: usize| unsafe { grown::<T>(first.byte_add(index * size), size) };
    Ok((0..length).map(at).collect())
}

/// A structure as it is known here, read where it may be shorter, or longer.
///
/// # Safety
/// It has that size there.
unsafe fn grown<T: Zero>(from: *const c_void, size: usize) -> T {
    let mut whole = MaybeUninit::<T>::zeroed();
    let known = size.min(size_of::<T>());
    // SAFETY: there are so many bytes on both sides, and zero is a value of each such structure.
    unsafe {
        ptr::copy_nonoverlapping(from.cast::<u8>(), whole.as_mut_ptr().cast::<u8>(), known);
        whole.assume_init()
    }
}

/// Structures of numbers, pointers and optional functions: all zero is a value of theirs.
trait Zero: Copy {}
impl Zero for abi::Plugin {}
impl Zero for abi::Command {}
impl Zero for abi::Param {}
impl Zero for abi::Example {}
