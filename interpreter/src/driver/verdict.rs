//! The judgement of a scenario.

use scn_protocol::Verdict;

use super::Ran;
use super::shared::{Ending, Shared};
use crate::machine::{Blame, Failure};
use crate::program::Place;

/// A judgement that no line of the scenario decided.
pub fn plain(verdict: Verdict, reason: String) -> Ran {
    Ran {
        verdict,
        reason: Some(reason),
        line: None,
        file: None,
        interrupted: false,
        unrecorded: None,
        parted: None,
    }
}

/// Judges: how it ended, what was noted on the way, what failed after.
pub fn conclude(shared: &Shared, ending: &Ending, noted: Vec<Failure>) -> Ran {
    let mut verdict = ending.verdict;
    let mut reason = ending.reason.clone();
    let mut place = ending.place;
    if verdict == Verdict::Pass && shared.program().names_pass && !ending.passed {
        verdict = Verdict::Fail;
        reason = Some("ended without reaching pass".to_owned());
    }
    for failure in &noted {
        let worse = if failure.blame == Blame::Error {
            Verdict::Error
        } else {
            Verdict::Fail
        };
        if rank(worse) > rank(verdict) {
            verdict = worse;
            reason = Some(failure.reason.clone());
            place = Some(failure.place);
        }
    }
    let after = std::mem::take(&mut *shared.undo_failures.borrow_mut());
    if let Some(first) = after.first()
        && matches!(verdict, Verdict::Pass | Verdict::Skip)
    {
        verdict = Verdict::Error;
        reason = Some(format!(
            "it passed, but what came after failed: {}",
            first.reason
        ));
        place = (first.place != Place::default()).then_some(first.place);
    }
    let decided = place.map(|place| shared.line(place));
    let decided = decided.filter(|(line, _)| *line > 0);
    let (line, file) = decided.map_or((None, None), |(line, file)| (Some(line), file));
    Ran {
        verdict,
        reason,
        line,
        file,
        interrupted: ending.interrupted,
        unrecorded: None,
        parted: None,
    }
}

/// ERROR wins over FAIL, FAIL over PASS; a SKIP has no failures to win over.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Skip => 0,
        Verdict::Pass => 1,
        Verdict::Fail => 2,
        Verdict::Error => 3,
    }
}

/// The worse of two judgements, the first where they are equal.
pub fn worse(first: Ran, second: Ran) -> Ran {
    if rank(second.verdict) > rank(first.verdict) {
        second
    } else {
        first
    }
}
