//! The verdict as a person reads it, and how a known defect changes what it counts for.

use scn_protocol::Verdict;
use scn_protocol::quantity::moment_text;
use serde_json::Value as Json;

use crate::text::{duration, harmless};

/// What `@known` says: a defect whose failure is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The defect's name.
    pub id: String,
    /// The last day, `YYYY-MM-DD`, on which its failure is not counted.
    pub until: Option<String>,
    /// That day is over.
    pub over: bool,
}

impl Known {
    /// From the `known` of `run_started`, for a run that began at `at` (nanoseconds since 1970).
    pub fn read(known: Option<&Json>, at: i64) -> Option<Self> {
        let known = known?;
        let until = known.get("until").and_then(Json::as_str);
        Some(Self {
            id: known.get("id")?.as_str()?.to_owned(),
            until: until.map(str::to_owned),
            over: until.is_some_and(|until| moment_text(at).get(..10) > Some(until)),
        })
    }

    /// Whether this verdict is not counted as a failure.
    pub fn excuses(&self, verdict: Verdict) -> bool {
        verdict == Verdict::Fail && !self.over
    }

    /// What it says of this verdict, in a few words.
    pub fn note(&self, verdict: Verdict) -> Option<String> {
        let id = &self.id;
        match (verdict, &self.until) {
            (Verdict::Pass, _) => Some(format!("unexpected: {id} is known")),
            (Verdict::Fail, Some(until)) if self.over => {
                Some(format!("{id} was known until {until}"))
            }
            (Verdict::Fail, _) => Some(format!("known: {id}")),
            _ => None,
        }
    }
}

/// What a verdict's line is made from.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The verdict.
    pub verdict: Verdict,
    /// The file, as it was named.
    pub file: &'a str,
    /// The line that decided it.
    pub line: Option<u32>,
    /// The file that the line is in, where it is not the scenario's.
    pub within: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
    /// How many steps were begun.
    pub steps: u64,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// The defect that was expected.
    pub known: Option<&'a Known>,
    /// How many entries were typed at a prompt while it ran, which changed what it did.
    pub typed: u64,
}

impl Judged<'_> {
    /// What follows the verdict's name, on one line: `failover.scn:3 exec_smoke: exit status 1 (4
    /// steps, 1.2s)`.
    pub fn text(&self) -> String {
        let mut text = harmless(self.file, false).into_owned();
        if let Some(file) = self.within.filter(|_| self.verdict != Verdict::Pass) {
            text.push(' ');
            text.push_str(&harmless(file, false));
        }
        if let Some(line) = self.line.filter(|_| self.verdict != Verdict::Pass) {
            text.push_str(&format!(":{line}"));
        }
        if let Some(reason) = self.reason.filter(|reason| !reason.is_empty()) {
            text.push(' ');
            text.push_str(&harmless(reason.trim_end(), false));
        }
        let mut notes = Vec::new();
        if let Some(known) = self.known {
            notes.extend(known.note(self.verdict));
        }
        match self.typed {
            0 => {}
            1 => notes.push("1 entry typed at the prompt".to_owned()),
            typed => notes.push(format!("{typed} entries typed at the prompt")),
        }
        notes.push(match self.steps {
            1 => "1 step".to_owned(),
            steps => format!("{steps} steps"),
        });
        notes.push(duration(self.micros));
        let notes = format!("({})", notes.join(", "));
        match text.is_empty() {
            // Nothing is known of it but that it was.
            true => notes,
            false => format!("{text} {notes}"),
        }
    }
}

/// What the file of a session is called, which consists of what is typed.
pub const SESSION: &str = "repl";

/// Whether what was typed at a prompt changes what the run of that file does, and is not only a look at it.
pub fn changes(file: &str, typed: &str) -> bool {
    file != SESSION && !typed.starts_with("= ") && typed != ":quit"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judged(verdict: Verdict, known: Option<&Known>) -> String {
        Judged {
            verdict,
            file: "a.scn",
            line: Some(3),
            within: None,
            reason: (verdict != Verdict::Pass).then_some("run x: exit status 1\nmore"),
            steps: 1,
            typed: 0,
            micros: 1_200_000,
            known,
        }
        .text()
    }

    #[test]
    fn a_verdict_is_one_line() {
        assert_eq!(judged(Verdict::Pass, None), "a.scn (1 step, 1.2s)");
        assert_eq!(
            judged(Verdict::Fail, None),
            "a.scn:3 run x: exit status 1\\nmore (1 step, 1.2s)"
        );
    }

    #[test]
    fn a_known_defect_is_excused_until_its_last_day_is_over() {
        let day = 86_400_000_000_000;
        let json = json!({"id": "BUG-7", "until": "1970-01-02"});
        let known = |at| Known::read(Some(&json), at);
        let during = known(2 * day - 1);
        let after = known(2 * day);
        assert!(
            during
                .as_ref()
                .is_some_and(|known| known.excuses(Verdict::Fail))
        );
        assert!(
            during
                .as_ref()
                .is_some_and(|known| !known.excuses(Verdict::Error))
        );
        assert!(
            after
                .as_ref()
                .is_some_and(|known| !known.excuses(Verdict::Fail))
        );
        assert_eq!(
            judged(Verdict::Pass, during.as_ref()),
            "a.scn (unexpected: BUG-7 is known, 1 step, 1.2s)"
        );
        assert!(judged(Verdict::Fail, during.as_ref()).contains("(known: BUG-7, 1 step"));
        assert!(
            judged(Verdict::Fail, after.as_ref()).contains("(BUG-7 was known until 1970-01-02,")
        );
    }

    #[test]
    fn a_known_defect_without_a_last_day_is_always_excused() {
        let known = Known::read(Some(&json!({"id": "B", "until": null})), i64::MAX / 2);
        assert!(known.is_some_and(|known| known.excuses(Verdict::Fail)));
    }
}
