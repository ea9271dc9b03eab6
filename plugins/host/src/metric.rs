//! Metrics that a plug-in tells, and what is odd about them, told once each.

use std::cell::RefCell;
use std::collections::HashSet;

use scn_interpreter::Context;
use scn_protocol::{Value, quantity};

/// So many odd things are told of one plug-in: who makes up names does not fill the record with them.
const MOST: usize = 100;

/// The metrics of one plug-in.
pub(crate) struct Metrics {
    plugin: String,
    told: RefCell<HashSet<String>>,
}

impl Metrics {
    /// Of the plug-in of that name.
    pub(crate) fn of(plugin: &str) -> Self {
        Self {
            plugin: plugin.to_owned(),
            told: RefCell::default(),
        }
    }

    /// Hands a metric to the step that it is said in; with a warning, the first time, where no scenario can
    /// read it, or its unit is none.
    pub(crate) fn tell(
        &self,
        context: &dyn Context,
        (subject, name): (&str, &str),
        value: Value,
        unit: Option<&str>,
    ) {
        if !is_known(context, subject) {
            self.warn(context, || {
                format!(
                    "the metric `{name}` of `{subject}` can be read by no scenario: the environment has no component of that name"
                )
            });
        }
        if !is_name(name) {
            self.warn(context, || {
                format!(
                    "the metric `{name}` of `{subject}` can be read by no scenario: a name is letters, digits and `_`, no digit first"
                )
            });
        }
        let value = match (with_unit(&value, unit), unit) {
            (Some(quantity), _) => quantity,
            (None, None) => value,
            (None, Some(unit)) => {
                let kind = value.kind();
                self.warn(context, || match &value {
                    Value::Int(_) | Value::Decimal(_) => format!(
                        "the metric `{name}` of `{subject}` is a number without a unit: there is no unit `{unit}`; those of times, such as `us`, of sizes, such as `MB`, and `%` are known"
                    ),
                    _ => format!(
                        "the metric `{name}` of `{subject}` has the unit `{unit}`, which goes with a plain number, and is {kind}"
                    ),
                });
                value
            }
        };
        context.metric(subject, name, value);
    }

    fn warn(&self, context: &dyn Context, text: impl FnOnce() -> String) {
        let mut told = self.told.borrow_mut();
        if told.len() >= MOST {
            return;
        }
        let text = text();
        if !told.contains(&text) {
            context.log("warning", &format!("{}: {text}", self.plugin));
            told.insert(text);
        }
    }
}

/// Whether it can stand after a component's name and a point.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || c == '_';
    name.chars().all(fits) && name.starts_with(|c: char| !c.is_ascii_digit())
}

fn is_known(context: &dyn Context, subject: &str) -> bool {
    subject == "System" || context.component(subject).is_some()
}

/// A number with a unit is a quantity, if there is such a one.
fn with_unit(value: &Value, unit: Option<&str>) -> Option<Value> {
    let (Some(unit), Value::Int(_) | Value::Decimal(_)) = (unit, value) else {
        return None;
    };
    let text = format!("{value}{unit}");
    let duration = || quantity::parse_duration(&text).map(Value::Duration);
    let size = || quantity::parse_size(&text).map(Value::Size);
    let percent = || quantity::parse_percent(&text).map(Value::percent);
    duration().or_else(size).or_else(percent)
}

#[cfg(test)]
mod tests {
    use scn_protocol::Decimal;

    use super::*;

    #[test]
    fn a_name_is_one_that_can_be_read() {
        for good in ["LATENCY", "p99", "_x"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "bad name!", "a.b", "9a"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_unit_makes_a_number_a_quantity() {
        let with = |value: Value, unit| with_unit(&value, Some(unit));
        assert_eq!(with(Value::Int(10), "us"), Some(Value::Duration(10_000)));
        assert_eq!(with(Value::Int(3), "MB"), Some(Value::Size(3_000_000)));
        let decimal = Value::decimal(Decimal::new(15, 1));
        assert_eq!(with(decimal, "ms"), Some(Value::Duration(1_500_000)));
        let percent = Value::percent(Decimal::from(7));
        assert_eq!(with(Value::Int(7), "%"), Some(percent));
        assert_eq!(with(Value::Int(7), "orders"), None);
        assert_eq!(with(Value::from("x"), "us"), None);
        assert_eq!(with_unit(&Value::Int(7), None), None);
    }
}
