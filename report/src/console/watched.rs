//! What components last reported, for the lines at the bottom of a terminal.

use std::collections::{BTreeMap, HashMap};

use scn_protocol::{Value, json};
use serde_json::Value as Json;

use crate::text::{harmless, value};

/// What every process reports: it is told after what a component says of itself.
const PROCESS: [&str; 2] = ["CPU", "RSS"];

/// What is not told at all: it says nothing of how the component does.
const UNTOLD: [&str; 4] = ["pid", "running", "threads", "fds"];

/// The last reports.
#[derive(Debug, Default)]
pub(super) struct Watched {
    subjects: HashMap<String, Subject>,
}

#[derive(Debug, Default)]
struct Subject {
    metrics: BTreeMap<String, String>,
    /// When one of them was last another than before, in nanoseconds since 1970.
    changed: i64,
    ended: bool,
}

impl Watched {
    /// A component reported these; gives those that are others than before.
    pub(super) fn observed(
        &mut self,
        at: i64,
        name: &str,
        metrics: &Json,
    ) -> Vec<(String, String)> {
        let Some(metrics) = metrics.as_object() else {
            return Vec::new();
        };
        let subject = self.subjects.entry(name.to_owned()).or_default();
        let mut news = Vec::new();
        if metrics.get("running") == Some(&Json::Bool(false)) {
            // Of a process that has ended nothing is known any more.
            let known = std::mem::take(&mut subject.metrics);
            news.extend(known.into_keys().map(|name| (name, "none".to_owned())));
            subject.ended = true;
        } else if metrics.contains_key("running") {
            subject.ended = false;
        }
        for (name, json) in metrics {
            let text = shown(json);
            if subject.metrics.get(name) != Some(&text) {
                subject.metrics.insert(name.clone(), text.clone());
                news.push((name.clone(), text));
            }
        }
        if news
            .iter()
            .any(|(name, _)| !PROCESS.contains(&name.as_str()))
        {
            subject.changed = at;
        }
        news
    }

    /// Gives each metric: the component, the name and the value.
    pub(super) fn each(&self, mut take: impl FnMut(&str, &str, &str)) {
        for (name, subject) in &self.subjects {
            for (metric, value) in &subject.metrics {
                take(name, metric, value);
            }
        }
    }

    /// A line for each component, at most so many: those that changed last, by name.
    pub(super) fn lines(&self, most: usize) -> Vec<String> {
        let mut told: Vec<_> = self
            .subjects
            .iter()
            .filter_map(|(name, subject)| Some((subject.changed, name, subject.told()?)))
            .collect();
        told.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        told.truncate(most);
        told.sort_by(|a, b| a.1.cmp(b.1));
        let line = |(_, name, told): (_, &String, String)| format!("{}: {told}", shown_name(name));
        told.into_iter().map(line).collect()
    }
}

impl Subject {
    fn told(&self) -> Option<String> {
        if self.ended {
            return Some("ended".to_owned());
        }
        let is_own = |name: &str| !PROCESS.contains(&name) && !UNTOLD.contains(&name);
        let own = self.metrics.iter().filter(|(name, _)| is_own(name));
        let process = PROCESS
            .iter()
            .filter_map(|name| self.metrics.get_key_value(*name));
        let told: Vec<String> = own
            .chain(process)
            .map(|(name, value)| format!("{} {value}", shown_name(name)))
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}

fn shown_name(name: &str) -> String {
    harmless(name, false).replace('\t', " ")
}

/// A value, and text as it is.
fn shown(json: &Json) -> String {
    let text = match json::untagged(json) {
        Ok(Value::Text(text)) => harmless(&text, false).into_owned(),
        _ => value(json),
    };
    text.replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_changed_last_is_told_its_own_words_first() {
        let mut watched = Watched::default();
        watched.observed(
            1,
            "Shop",
            &json!({"RSS": {"$size": "2MB"}, "STATE": "OPEN", "fds": 4}),
        );
        watched.observed(2, "Bank", &json!({"STATE": "READY"}));
        watched.observed(3, "Till", &json!({"RSS": {"$size": "1MB"}}));
        assert_eq!(
            watched.lines(2),
            ["Bank: STATE READY", "Shop: STATE OPEN, RSS 2MB"]
        );
        assert_eq!(watched.lines(3).len(), 3);
    }

    #[test]
    fn of_a_process_that_ended_nothing_is_known() {
        let mut watched = Watched::default();
        let news = watched.observed(1, "Shop", &json!({"STATE": "OPEN"}));
        assert_eq!(news, [("STATE".to_owned(), "OPEN".to_owned())]);
        assert_eq!(watched.observed(2, "Shop", &json!({"STATE": "OPEN"})), []);
        let news = watched.observed(3, "Shop", &json!({"pid": null, "running": false}));
        assert!(news.contains(&("STATE".to_owned(), "none".to_owned())));
        assert_eq!(watched.lines(9), ["Shop: ended"]);
        watched.observed(4, "Shop", &json!({"pid": 7, "running": true}));
        watched.observed(5, "Shop", &json!({"STATE": "READY"}));
        assert_eq!(watched.lines(9), ["Shop: STATE READY"]);
    }
}
