//! What a call reaches of `scn`.

use std::ffi::{CStr, CString};
use std::time::Duration;

use scn_plugin_abi as abi;

use super::values::{Lent, bytes, lent};
use crate::context::{Level, Stream};
use crate::error::{Blame, Error};
use crate::value::{Map, Value};

/// `scn`, as far as it is reached in a call.
pub struct Scn(*const abi::Context);

// SAFETY: its functions may be called from any thread until the call is over, and it is lent to
// what the call does alone.
unsafe impl Send for Scn {}
// SAFETY: likewise.
unsafe impl Sync for Scn {}

impl Scn {
    /// The one that a function was given.
    pub(super) fn of(context: *const abi::Context) -> Self {
        Self(context)
    }

    /// The same, for another who reaches it.
    pub(super) fn again(&self) -> Self {
        Self(self.0)
    }

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

    pub(super) fn give(&self, value: &Value) {
        let mut held = Lent::default();
        let value = held.value(value);
        // SAFETY: what it is given lasts until it returns.
        unsafe { (self.context().give)(self.0, &raw const value) }
    }

    pub(super) fn fail(&self, error: &Error) -> abi::Status {
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
