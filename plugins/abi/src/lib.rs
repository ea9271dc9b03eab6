//! What crosses between `scn` and a plug-in in a shared library: `include/scn_plugin.h` in Rust.
//!
//! The header is the contract, and says of each field what it means, whose it is and how long it
//! lasts; the names here are its names. That both are laid out alike is tested by asking a C
//! compiler. There is no code here and no dependency: reading what stands behind these pointers
//! is for those who can say why it may be read.

#![no_std]

use core::ffi::{c_char, c_int, c_void};

/// The header itself, for projects that are made from it.
pub const HEADER: &str = include_str!("../include/scn_plugin.h");

/// The name of the function that a plug-in exports.
pub const ENTRY: &str = "scn_plugin_entry";

/// Plug-ins of another major version are refused.
pub const MAJOR: u32 = 1;

/// What was added since the major version began.
pub const MINOR: u32 = 1;

/// Text or bytes: `scn_text`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// May be null where the length is 0.
    pub data: *const c_char,
    /// In bytes.
    pub length: usize,
}

/// What a value is: `scn_kind`.
pub mod kind {
    /// No value.
    pub const NONE: u32 = 0;
    /// `integer`: 0 or 1.
    pub const BOOL: u32 = 1;
    /// `integer`.
    pub const INT: u32 = 2;
    /// `text`: an exact decimal.
    pub const DECIMAL: u32 = 3;
    /// `text`: UTF-8.
    pub const TEXT: u32 = 4;
    /// `text`: any bytes.
    pub const BYTES: u32 = 5;
    /// `list`.
    pub const LIST: u32 = 6;
    /// `map`.
    pub const MAP: u32 = 7;
    /// `integer`: nanoseconds.
    pub const DURATION: u32 = 8;
    /// `integer`: bytes.
    pub const SIZE: u32 = 9;
    /// `text`: a decimal.
    pub const PERCENT: u32 = 10;
    /// `integer`: nanoseconds since 1970 in UTC.
    pub const MOMENT: u32 = 11;
}

/// `scn_list`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// The elements.
    pub items: *const Value,
    /// How many.
    pub length: usize,
}

/// `scn_map`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Map {
    /// The entries, in their order.
    pub entries: *const Entry,
    /// How many.
    pub length: usize,
}

/// What a value holds, by its kind.
#[repr(C)]
#[derive(Clone, Copy)]
pub union As {
    /// Numbers and quantities.
    pub integer: i64,
    /// Text, bytes and decimals.
    pub text: Text,
    /// A list.
    pub list: List,
    /// A map.
    pub map: Map,
}

/// One value: `scn_value`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    /// One of [`kind`].
    pub kind: u32,
    /// 0.
    pub reserved: u32,
    /// What it holds: `as` in C.
    pub held: As,
}

/// `scn_entry`
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    /// The key.
    pub key: Text,
    /// Its value.
    pub value: Value,
}

/// The type of a parameter or of what is returned: `scn_type`.
pub mod types {
    /// Any value.
    pub const ANY: u32 = 0;
    /// Text.
    pub const TEXT: u32 = 1;
    /// A whole number.
    pub const INT: u32 = 2;
    /// A decimal.
    pub const DECIMAL: u32 = 3;
    /// true or false.
    pub const BOOL: u32 = 4;
    /// A time.
    pub const DURATION: u32 = 5;
    /// A size.
    pub const SIZE: u32 = 6;
    /// A percentage.
    pub const PERCENT: u32 = 7;
    /// A list.
    pub const LIST: u32 = 8;
    /// A map.
    pub const MAP: u32 = 9;
}

/// How a function went: `scn_status`.
pub type Status = i32;
/// It was done.
pub const OK: Status = 0;
/// It was not; `fail` said why.
pub const FAILED: Status = 1;

/// Whose fault it was: `scn_blame`.
pub mod blame {
    /// The system under test.
    pub const SYSTEM: u32 = 1;
    /// The plug-in.
    pub const PLUGIN: u32 = 2;
    /// What surrounds it.
    pub const ENVIRONMENT: u32 = 3;
    /// What was asked for.
    pub const SCENARIO: u32 = 4;
}

/// `scn_level`
pub mod level {
    /// `debug`
    pub const DEBUG: u32 = 1;
    /// `info`
    pub const INFO: u32 = 2;
    /// `warning`
    pub const WARNING: u32 = 3;
    /// `error`
    pub const ERROR: u32 = 4;
}

/// `scn_stream`
pub mod stream {
    /// Standard output.
    pub const STDOUT: u32 = 1;
    /// Standard error.
    pub const STDERR: u32 = 2;
}

/// What a command is called with: `scn_call`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Of this structure, as `scn` knows it.
    pub size: usize,
    /// A value for each parameter.
    pub args: *const Value,
    /// How many.
    pub args_length: usize,
    /// The words beyond them.
    pub rest: *const Value,
    /// How many.
    pub rest_length: usize,
    /// What `input` gives; null if nothing.
    pub input: *const Value,
    /// The run's name.
    pub run: Text,
    /// The step's number.
    pub step: u64,
    /// [`Command::data`] of the command.
    pub data: *const c_void,
}

/// What the plug-in can reach while it is called: `scn_context`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Of this structure, as `scn` knows it.
    pub size: usize,
    /// `scn`'s own.
    pub host: *mut c_void,
    /// A line for the log.
    pub log: unsafe extern "C" fn(*const Context, u32, Text),
    /// A metric of a component.
    pub metric: unsafe extern "C" fn(*const Context, Text, Text, *const Value, Text),
    /// An event of a component.
    pub event: unsafe extern "C" fn(*const Context, Text, Text, *const Value),
    /// What the step writes.
    pub output: unsafe extern "C" fn(*const Context, u32, *const c_void, usize) -> Status,
    /// A secret that was granted.
    pub secret: unsafe extern "C" fn(*const Context, *const c_char, *mut Text) -> Status,
    /// 1 once the call is to end soon.
    pub cancelled: unsafe extern "C" fn(*const Context) -> c_int,
    /// What the command returns.
    pub give: unsafe extern "C" fn(*const Context, *const Value),
    /// Why it was not done.
    pub fail: unsafe extern "C" fn(*const Context, u32, i64, Text),
    /// Since 1.1: nanoseconds until its time is up; -1 if nothing limits it.
    pub time_left: unsafe extern "C" fn(*const Context) -> i64,
}

/// `scn_param`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name.
    pub name: *const c_char,
    /// What it is for; may be null.
    pub help: *const c_char,
    /// One of [`types`].
    pub kind: u32,
    /// Null: it has to be given.
    pub default_value: *const Value,
}

/// `scn_example`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// A scenario.
    pub scenario: *const c_char,
    /// What `echo` says in it; null: nothing is compared.
    pub output: *const c_char,
}

/// In the flags of a command: it may be called again without asking.
pub const REPEATABLE: u32 = 1;
/// In the flags of a command: it returns at once and never waits.
pub const QUICK: u32 = 2;

/// Does a command: its instance, what it is called with, what it can reach.
pub type Run = unsafe extern "C" fn(*mut c_void, *const Call, *const Context) -> Status;

/// `scn_command`. A plug-in for an older minor version has a shorter one.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Its name.
    pub name: *const c_char,
    /// What it does; may be null.
    pub help: *const c_char,
    /// Does it.
    pub run: Option<Run>,
    /// Its parameters.
    pub params: *const Param,
    /// How many.
    pub params_length: usize,
    /// What the words beyond are; null if it takes none.
    pub rest: *const Param,
    /// At least this many of them.
    pub rest_least: usize,
    /// One of [`types`].
    pub returns: u32,
    /// [`REPEATABLE`], [`QUICK`].
    pub flags: u32,
    /// What it returns; may be null.
    pub returns_help: *const c_char,
    /// The command line that undoes it; may be null.
    pub undo: *const c_char,
    /// The plug-in's own.
    pub data: *const c_void,
    /// Since 1.1: scenarios that show it.
    pub examples: *const Example,
    /// How many.
    pub examples_length: usize,
}

/// In the flags of a plug-in: calls of one instance may overlap.
pub const CONCURRENT: u32 = 1;

/// Makes an instance: the configuration, what it can reach, and where the instance goes.
pub type Open = unsafe extern "C" fn(*const Value, *const Context, *mut *mut c_void) -> Status;

/// Ends an instance.
pub type Close = unsafe extern "C" fn(*mut c_void);

/// `scn_plugin`: the description.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Plugin {
    /// Of this structure, as the plug-in knows it.
    pub size: usize,
    /// The version that it was made for.
    pub abi_major: u32,
    /// What it may use of it.
    pub abi_minor: u32,
    /// The size of a [`Command`], as the plug-in knows it.
    pub command_size: usize,
    /// The size of a [`Param`], as the plug-in knows it.
    pub param_size: usize,
    /// What it calls itself.
    pub name: *const c_char,
    /// Its own version.
    pub version: *const c_char,
    /// [`CONCURRENT`].
    pub flags: u32,
    /// Its commands.
    pub commands: *const Command,
    /// How many.
    pub commands_length: usize,
    /// Makes an instance.
    pub open: Option<Open>,
    /// Ends one.
    pub close: Option<Close>,
}

/// What a plug-in exports under the name [`ENTRY`]: the version of `scn` goes in, the description
/// comes out, or null.
pub type EntryPoint = unsafe extern "C" fn(u32, u32) -> *const Plugin;
