//! What stands after a point: the fields of what the language itself gives, each with what it says.

/// A field's name, and what it says.
pub type Field = (&'static str, &'static str);

/// What every component has, before its attributes and metrics.
pub const COMPONENT: [Field; 4] = [
    ("name", "its name"),
    ("host", "the host that it is on"),
    (
        "pid",
        "the number of its process; none when it does not run",
    ),
    ("running", "whether its process runs"),
];

/// What every result has, before the fields of its value.
pub const RESULT: [Field; 9] = [
    ("value", "what the command returned"),
    ("exit", "its exit status; none if a signal ended it"),
    (
        "signal",
        "the signal that ended it, such as 'KILL', or none",
    ),
    ("stdout", "what it wrote, every byte"),
    ("stderr", "what it wrote as errors, every byte"),
    ("duration", "how long it took"),
    ("host", "where it ran"),
    ("error", "why it did not pass, or none"),
    ("timed_out", "whether its time was up"),
];

/// What a background job has while it runs.
pub const JOB: [Field; 3] = [
    ("running", "whether it runs"),
    ("pid", "the number of its process"),
    ("stdout", "what it wrote so far"),
];

/// What every event has, before the groups of its pattern.
pub const EVENT: [Field; 4] = [
    ("message", "what it says"),
    ("subject", "the component that it is of"),
    ("at", "when it was"),
    ("data", "what was read out of it"),
];

/// The names alone.
pub fn names(fields: &[Field]) -> impl Iterator<Item = &str> {
    fields.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::{RESULT, names};

    #[test]
    fn a_results_fields_are_those_that_can_be_read() {
        let mut told: Vec<_> = names(&RESULT).collect();
        let mut read = scn_protocol::StepResult::FIELDS;
        told.sort_unstable();
        read.sort_unstable();
        assert_eq!(told, read);
    }
}
