//! What is no step: things that were judged, cases, lines for the log.

use scn_protocol::Verdict;
use serde_json::Value as Json;

use super::screen::Paint;
use super::{Console, Detail, failure};
use crate::text::harmless;

impl Console {
    pub(super) fn checked(
        &mut self,
        (file, line): (Option<&str>, u32),
        (kind, expression, holds): (&str, &str, Option<bool>),
        values: &Json,
        message: Option<&str>,
        during: Option<u32>,
    ) {
        let (paint, word) = match holds {
            Some(true) if self.options.detail < Detail::Verbose => return,
            Some(true) => (Paint::Good, "holds"),
            Some(false) => (Paint::Bad, "fail"),
            None => (Paint::Bad, "error"),
        };
        let word = self.screen.paint(paint, format!("{word:<7}")).into_owned();
        let expression = harmless(expression, false);
        // What watches and waits are named by may begin with their keyword already.
        let named = match expression.strip_prefix(kind) {
            Some(rest) if rest.starts_with(' ') => expression.to_string(),
            _ => format!("{kind} {expression}"),
        };
        let mut text = format!("  {word} {line:>5}  {named}");
        if let Some(file) = file {
            text.push_str(&format!("  in {}", harmless(self.shortened(file), false)));
        }
        if holds != Some(true) {
            if let Some(message) = message {
                let message = format!("  {}", harmless(message.trim_end(), false));
                text.push_str(&self.screen.paint(paint, message));
            }
            if let Some(during) = during.filter(|during| *during != line) {
                text.push_str(&format!("  while line {during} was running"));
            }
        }
        self.screen.line(&text);
        if holds != Some(true) {
            failure::values(&mut self.screen, values, self.options.columns);
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
