//! What a step gave.

use std::sync::Arc;

use crate::value::{MASK, Value};

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
    /// Where it is from.
    pub origin: Origin,
}

/// Where a result is from: what a record gives has a mask where something was secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// It was done.
    #[default]
    Done,
    /// A record gives it back to a run that goes on.
    Recorded,
    /// A record gives it back to a run that is judged again, in which nothing is done.
    Judged,
    /// It has not come, and nothing is known of it: that of a step by whose result something is to be undone.
    Awaited,
    /// A record gives it back that has not all any more of what was written there.
    Lost(Gone),
}

/// Which of a step's outputs are not whole any more in its record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// What it wrote to standard output, and a value that is made of that.
    pub stdout: bool,
    /// What it wrote to standard error.
    pub stderr: bool,
}

impl Origin {
    /// Why what is not there cannot be used.
    pub fn lack(self) -> &'static str {
        match self {
            Self::Awaited => "the step gave no result",
            Self::Lost(_) => "the record no longer has all that the step wrote",
            Self::Done | Self::Recorded | Self::Judged => {
                "what the step gave was secret, and the record has only `********` in its place"
            }
        }
    }
}

impl StepResult {
    /// What stands in the place of a value where a run is judged again and the record has only its mask.
    pub fn judged(value: Value) -> Value {
        Value::Result(Arc::new(Self {
            value,
            origin: Origin::Judged,
            ..Self::default()
        }))
    }

    /// That of a step that has none yet.
    pub fn awaited() -> Self {
        Self {
            origin: Origin::Awaited,
            ..Self::default()
        }
    }

    /// Whether it has a mask in place of that part of it, or nothing at all.
    pub fn lacks(&self, part: &Value) -> bool {
        match self.origin {
            Origin::Done => false,
            Origin::Recorded | Origin::Judged => holds_mask(part),
            Origin::Awaited => true,
            // No other value is made of what it wrote.
            Origin::Lost(gone) => {
                let written = matches!(part.reveal(), Value::Text(_) | Value::Bytes(_));
                holds_mask(part) || gone.stdout && written
            }
        }
    }

    /// Whether it lacks that field of it, as found there.
    pub fn lacks_field(&self, name: &str, found: &Value) -> bool {
        match (self.origin, name) {
            (Origin::Lost(gone), "stderr") => gone.stderr || holds_mask(found),
            (Origin::Lost(_), "host" | "signal" | "error") => holds_mask(found),
            _ => self.lacks(found),
        }
    }

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

fn holds_mask(value: &Value) -> bool {
    match value.reveal() {
        Value::Text(text) => text.contains(MASK),
        Value::Bytes(bytes) => bytes
            .windows(MASK.len())
            .any(|window| window == MASK.as_bytes()),
        Value::List(list) => list.iter().any(holds_mask),
        Value::Map(map) => map
            .iter()
            .any(|(name, value)| name.contains(MASK) || holds_mask(value)),
        Value::Result(result) => holds_mask(&result.value),
        _ => false,
    }
}
