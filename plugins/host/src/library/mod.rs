//! Plug-ins in shared libraries: loaded, asked, called and closed through the C ABI.
//!
//! Here is all the `unsafe` that there is: reading what a library hands over, handing it what it
//! reads, and calling it. What is believed of a library is what `scn_plugin.h` asks of it; what
//! can be looked at before it is believed (versions, sizes, kinds, lengths, depths, UTF-8) is
//! looked at.

#[expect(
    unsafe_code,
    reason = "the library calls back with pointers that it was given"
)]
mod context;
#[expect(
    unsafe_code,
    reason = "the description is read where the library has it"
)]
mod describe;
pub mod file;
#[expect(
    unsafe_code,
    reason = "what is done at exit is the C library's to call"
)]
pub mod leave;
#[expect(
    unsafe_code,
    reason = "a library is loaded, and its functions are called"
)]
mod loaded;
mod runner;
#[expect(unsafe_code, reason = "a description is laid out as a library has it")]
pub mod sheet;
#[expect(
    unsafe_code,
    reason = "what a standard library prints goes out line by line"
)]
pub mod stdio;
#[expect(unsafe_code, reason = "values are read where the library has them")]
mod values;

use std::time::Duration;

use scn_protocol::{Map, Stream, Value};

pub use loaded::{Instance, Library};
pub use runner::{AtOnce, Job, Runner, STACK, Ticket};

/// What a call of a library is made with.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// A value for each parameter.
    pub args: Vec<Value>,
    /// The words beyond them.
    pub rest: Vec<Value>,
    /// What `input` gives.
    pub input: Option<Value>,
    /// The run's name.
    pub run: String,
    /// The step's number.
    pub step: u64,
}

/// What a library reaches while it is called, from whatever thread it likes.
pub trait Listener: Send + Sync {
    /// A line for the log; `level` is `debug`, `info`, `warning` or `error`.
    fn log(&self, level: &str, message: String);

    /// A metric of a component.
    fn metric(&self, subject: String, name: String, value: Value, unit: Option<String>);

    /// An event of a component.
    fn event(&self, subject: String, message: String, data: Map);

    /// What the step writes; false if nobody can take it.
    fn output(&self, stream: Stream, bytes: &[u8]) -> bool;

    /// A secret that was granted.
    fn secret(&self, name: &str) -> Option<Vec<u8>>;

    /// Whether the call is to end soon.
    fn cancelled(&self) -> bool;

    /// How long until it is cancelled because its time is up; none if nothing limits it.
    fn time_left(&self) -> Option<Duration>;
}
