//! Waits: the line of each when it is over, as a step has one.

use std::collections::HashMap;

use scn_protocol::{Event, Status};
use serde_json::Value as Json;

use super::step::Ended;
use super::{Console, failure};
use crate::text::{duration, harmless};

/// What is known of the waits that go on, by their branch.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// When each began to wait, in nanoseconds since 1970.
    began: HashMap<String, i64>,
    /// The values of the condition that ended it.
    values: HashMap<String, Json>,
}

impl Waits {
    /// Something is waited for. The end of a block and `await` have no line of their own when they are over.
    pub(super) fn began(&mut self, at: i64, what: &str, branch: &str) {
        if what.starts_with("wait ") || what.starts_with("hold ") {
            self.began.insert(branch.to_owned(), at);
        }
    }

    /// The condition of a wait was judged for the last time.
    pub(super) fn judged(&mut self, branch: &str, values: &Json) {
        self.values.insert(branch.to_owned(), values.clone());
    }
}

impl Console {
    /// A wait is over.
    pub(super) fn waited(&mut self, at: i64, event: &Event) {
        let Event::Waited {
            line,
            file,
            what,
            outcome,
            status,
            error,
            caught,
            branch,
            ..
        } = event
        else {
            return;
        };
        let began = self.waits.began.remove(branch);
        let values = self.waits.values.remove(branch).unwrap_or_default();
        let fallback = if *outcome { Status::Pass } else { Status::Fail };
        let ended = Ended {
            status: status.unwrap_or(fallback),
            error: None,
            micros: 0,
            caught: *caught,
            again: false,
        };
        let what = harmless(what, false);
        let error = error
            .as_deref()
            .map(|error| harmless(error.trim_end(), false));
        let error = error.map(|error| failure::besides(&error, &what, &values));
        // What was so at once never began to wait.
        let time = duration(began.map_or(0, |began| super::micros(at - began)));
        let mut besides = String::new();
        if let Some(file) = file {
            besides.push_str(&format!("  in {}", harmless(self.shortened(file), false)));
        }
        if !branch.is_empty() {
            besides.push_str(&format!("  [{}]", harmless(branch, false)));
        }
        self.ended_line(
            ended.word(),
            &line.to_string(),
            (&what, &besides),
            &time,
            error.as_deref().filter(|error| !error.is_empty()),
        );
        let passed = matches!(ended.status, Status::Pass | Status::Cancelled);
        if !passed && !ended.caught {
            failure::values(&mut self.screen, &values, self.options.columns);
            self.excerpt(file.as_deref(), *line);
        }
    }
}
