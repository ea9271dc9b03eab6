//! What is no step: things that were judged, cases, lines for the log.

use std::borrow::Cow;

use scn_protocol::{Event, Verdict};
use serde_json::Value as Json;

use super::screen::Paint;
use super::{Console, Detail, failure};
use crate::run::{is_wait, is_watch, judged_text};
use crate::text::{harmless, value};

/// What an event says of something that was judged.
pub(super) struct Told<'e> {
    place: (Option<&'e str>, u32),
    kind: &'e str,
    expression: &'e str,
    holds: Option<bool>,
    values: &'e Json,
    message: Option<&'e str>,
    during: Option<u32>,
    caught: bool,
    branch: &'e str,
}

impl<'e> Told<'e> {
    pub(super) fn of(event: &'e Event) -> Option<Self> {
        let Event::Checked {
            kind,
            line,
            file,
            expression,
            holds,
            values,
            message,
            during,
            caught,
            branch,
            ..
        } = event
        else {
            return None;
        };
        Some(Self {
            place: (file.as_deref(), *line),
            kind,
            expression,
            holds: *holds,
            values,
            message: message.as_deref(),
            during: *during,
            caught: *caught,
            branch,
        })
    }

    /// What was judged, and what is to be said besides that and its values. The reason of a watch begins with it.
    fn text(&self) -> (String, Vec<String>) {
        let mut why = Vec::new();
        let message = self.message.filter(|_| self.holds != Some(true));
        let message = message.map(|message| harmless(message.trim_end(), false));
        let (text, at) = match message {
            Some(message) if is_watch(self.kind) => failure::without_values(&message, self.values),
            message => {
                why.extend(message.map(Cow::into_owned));
                let text = judged_text(self.kind, self.expression);
                (harmless(&text, false).into_owned(), None)
            }
        };
        if let Some(during) = self.during.filter(|during| *during != self.place.1) {
            why.push(format!("while line {during} was running"));
        }
        why.extend(at.map(|at| format!("at {at}")));
        (text, why)
    }
}

impl Console {
    pub(super) fn checked(&mut self, told: &Told<'_>) {
        if is_wait(told.kind) {
            // Its end is told.
            return self.waits.judged(told.branch, told.values);
        }
        let (paint, word) = match told.holds {
            Some(true) if self.options.detail < Detail::Verbose => return,
            Some(true) => (Paint::Good, "holds"),
            _ if told.caught => (Paint::Quiet, "caught"),
            Some(false) => (Paint::Bad, "fail"),
            None => (Paint::Bad, "error"),
        };
        let word = self.screen.paint(paint, format!("{word:<7}")).into_owned();
        let (file, line) = told.place;
        let (what, mut why) = told.text();
        let mut text = format!("  {word} {line:>5}  {what}");
        if let Some(file) = file {
            text.push_str(&format!("  in {}", harmless(self.shortened(file), false)));
        }
        if told.holds == Some(true) {
            return self.screen.line(&text);
        }
        if told.caught {
            why.extend(on_a_line(told.values));
        }
        for why in why {
            text.push_str(&self.screen.paint(paint, format!("  {why}")));
        }
        self.screen.line(&text);
        if !told.caught {
            failure::values(&mut self.screen, told.values, self.options.columns);
            self.excerpt(file, line);
        }
    }

    pub(super) fn logged(&mut self, level: &str, message: &str) {
        let paint = match level {
            "error" => Paint::Bad,
            "warning" => Paint::Doubtful,
            "debug" if self.options.detail < Detail::Verbose => return,
            _ => Paint::Quiet,
        };
        let level = self
            .screen
            .paint(paint, format!("{:<7}", harmless(level, false)));
        let text = format!("  {level} {}", harmless(message.trim_end(), false));
        self.screen.line(&text);
    }

    pub(super) fn case_finished(
        &mut self,
        case: &str,
        verdict: Verdict,
        reason: Option<&str>,
        line: u32,
    ) {
        let paint = match verdict {
            Verdict::Pass => Paint::Good,
            Verdict::Fail | Verdict::Error => Paint::Bad,
            Verdict::Skip => Paint::Doubtful,
        };
        let name = self
            .screen
            .paint(paint, format!("{:<7}", verdict.name().to_lowercase()));
        let mut text = format!("  {name} {line:>5}  case {}", harmless(case, false));
        if let Some(reason) = reason.filter(|_| verdict != Verdict::Pass) {
            text.push_str(&format!("  {}", harmless(reason.trim_end(), false)));
        }
        self.screen.line(&text);
    }
}

/// So much of a value is shown on a line with others, in columns.
const SHORT: usize = 40;

/// The values of what was judged, on one line.
fn on_a_line(values: &Json) -> Option<String> {
    let values = values.as_object().filter(|values| !values.is_empty())?;
    let shown = |(name, json): (&String, &Json)| {
        let text = value(json);
        let text = crate::text::crop(&text, SHORT);
        format!("{} = {text}", harmless(name, false))
    };
    Some(values.iter().map(shown).collect::<Vec<_>>().join(", "))
}
