//! What a step gave.

use std::sync::Arc;

use crate::value::Value;

/// What is known of a step that is over; a value of the language.
///
/// It reads as its `value`. Of `stdout` and `stderr` a value holds up to 16 MiB; the
/// run's record has the whole.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StepResult {
    /// What the command returned, or its standard output without its last line end.
    pub value: Value,
    /// The exit status; none if a signal ended it, or if it is no program.
    pub exit: Option<i64>,
    /// The signal that ended it, such as `KILL`.
    pub signal: Option<String>,
    /// Its standard output.
    pub stdout: Arc<Vec<u8>>,
    /// Its standard error.
    pub stderr: Arc<Vec<u8>>,
    /// The output was longer than a value holds.
    pub cut: bool,
    /// How long it took, in nanoseconds.
    pub duration: i64,
    /// The host that it ran on; empty for this machine.
    pub host: String,
    /// Why it failed; none if it passed.
    pub error: Option<String>,
    /// It was ended because its time was up.
    pub timed_out: bool,
    /// The step passed.
    pub passed: bool,
}

impl StepResult {
    /// The names of its own fields, which win over those of its value.
    pub const FIELDS: [&'static str; 9] = [
        "exit",
        "signal",
        "stdout",
        "stderr",
        "duration",
        "host",
        "error",
        "timed_out",
        "value",
    ];

    /// The field `name`: its own, or that of a value which is a map; `None` (the value) if
    /// there is none.
    pub fn field(&self, name: &str) -> Value {
        let text = |text: &Option<String>| text.as_deref().map_or(Value::None, Value::from);
        match name {
            "exit" => self.exit.map_or(Value::None, Value::Int),
            "signal" => text(&self.signal),
            "stdout" => Value::bytes(self.stdout.to_vec()),
            "stderr" => Value::bytes(self.stderr.to_vec()),
            "duration" => Value::Duration(self.duration),
            "host" => Value::from(self.host.as_str()),
            "error" => text(&self.error),
            "timed_out" => Value::Bool(self.timed_out),
            "value" => self.value.clone(),
            // Said only where it is so, that it hides no field of the value.
            "cut" if self.cut => Value::Bool(true),
            other => match self.value.reveal() {
                Value::Map(map) => map.get(other).cloned().unwrap_or_default(),
                _ => Value::None,
            },
        }
    }
}
