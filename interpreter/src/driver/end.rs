//! The scenario, or a case, is ended by its own words.

use std::rc::Rc;

use scn_grammar::tree::VerdictKind;
use scn_protocol::{Phase, Value, Verdict};

use super::branch::Branch;
use super::drive::{CaseEnding, FiberEnd};
use super::shared::{Ending, Shared};
use crate::machine::{Blame, Failure};
use crate::program::{EndKind, EndSite, Place};

/// The scenario is ended by its own words.
pub fn end(
    shared: &Rc<Shared>,
    branch: &Branch,
    site: &EndSite,
    value: Option<&Value>,
    place: Place,
) -> FiberEnd {
    if branch.phase == Phase::Undo || branch.phase == Phase::Finally {
        let reason = "the scenario has ended already: its verdict stands".to_owned();
        return FiberEnd::Failed(Failure {
            blame: Blame::Error,
            reason,
            place,
        });
    }
    if let EndKind::Verdict(kind) = site.kind
        && kind != VerdictKind::Error
        && branch.inside().case
    {
        let text = value.cloned();
        return FiberEnd::CaseEnded(CaseEnding { kind, text, place });
    }
    let text = value.map(|value| value.to_string());
    let mut ending = Ending::new(Verdict::Pass, text.clone(), Some(place));
    match site.kind {
        EndKind::Verdict(VerdictKind::Pass) => ending.passed = true,
        EndKind::Verdict(kind) => {
            ending.verdict = match kind {
                VerdictKind::Fail => Verdict::Fail,
                VerdictKind::Skip => Verdict::Skip,
                _ => Verdict::Error,
            };
            ending.reason = Some(text.unwrap_or_else(|| shared.program().text(place).to_owned()));
        }
        EndKind::Exit if value.is_some() => exit(&mut ending, value, place),
        EndKind::Exit | EndKind::End => ending.reason = None,
    }
    ending.by = Some(branch.name.clone());
    shared.end(ending);
    FiberEnd::Ended
}

/// `exit 0` is PASS, any other status FAIL.
fn exit(ending: &mut Ending, value: Option<&Value>, place: Place) {
    match value.map(crate::ops::whole) {
        Some(Ok(0)) => {
            ending.passed = true;
            ending.reason = None;
        }
        Some(Ok(status)) => {
            ending.verdict = Verdict::Fail;
            ending.reason = Some(format!("exit {status}"));
        }
        Some(Err(reason)) => {
            *ending = Ending::new(Verdict::Error, Some(format!("exit: {reason}")), Some(place))
        }
        None => {}
    }
}
