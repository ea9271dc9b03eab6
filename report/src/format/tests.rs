//! What reports for other programs call a test: the cases of a run, and the scenario itself.

use scn_protocol::words::spelled;
use scn_protocol::{Phase, Stream, Verdict};

use crate::run::{Attempt, Case, Kind, Run};
use crate::text::value;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// As a verdict says.
    Judged(Verdict),
    /// It failed, and that is a known defect's failure.
    Known,
    /// It came to no end.
    Unfinished,
}

/// A test.
#[derive(Debug)]
pub(super) struct Test<'r> {
    /// Its title; no two of a run are equal.
    pub(super) name: String,
    /// Its case; none for the scenario itself.
    pub(super) node: Option<usize>,
    pub(super) outcome: Outcome,
    pub(super) reason: String,
    /// Where it was decided: the file, and the line.
    pub(super) place: Option<(&'r str, u32)>,
    /// How long it took, in microseconds.
    pub(super) micros: u64,
}

impl Outcome {
    /// It failed, and that counts.
    pub(super) fn is_failure(self) -> bool {
        self == Self::Judged(Verdict::Fail)
    }

    /// It could not be judged.
    pub(super) fn is_error(self) -> bool {
        matches!(self, Self::Judged(Verdict::Error) | Self::Unfinished)
    }

    /// It is not counted as run.
    pub(super) fn is_skipped(self) -> bool {
        matches!(self, Self::Judged(Verdict::Skip) | Self::Known)
    }

    /// As it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Judged(verdict) => verdict.name(),
            Self::Known => "FAIL (known)",
            Self::Unfinished => "UNFINISHED",
        }
    }
}

/// The tests of a run: its cases as they began, then the scenario itself, which is all that is in no
/// case. A scenario that is made of `@each` rows is nothing beside them.
pub(super) fn of(run: &Run) -> Vec<Test<'_>> {
    let mut tests: Vec<Test<'_>> = Vec::new();
    let cases = run.cases();
    for (node, case) in &cases {
        tests.push(of_case(run, *node, case));
    }
    let decided = decided_by_case(run, &tests);
    if !is_rows(run, &cases)
        || run.verdict.is_none()
        || decided.is_none() && run.outcome() != "PASS"
    {
        tests.push(of_scenario(run, decided.is_some()));
    }
    for at in 1..tests.len() {
        let same = |test: &Test<'_>, name: &str| test.name == name;
        let wanted = tests[at].name.clone();
        let mut name = wanted.clone();
        let mut number = 1;
        while tests[..at].iter().any(|test| same(test, &name)) {
            number += 1;
            name = format!("{wanted} ({number})");
        }
        tests[at].name = name;
    }
    tests
}

/// Whether the run is `@each` rows: everything in it is in one of them.
fn is_rows(run: &Run, cases: &[(usize, &Case)]) -> bool {
    !cases.is_empty()
        && run
            .roots
            .iter()
            .all(|root| matches!(&run.nodes[*root].kind, Kind::Case(case) if case.line <= 1))
}

/// The case that the run's verdict comes from: its name is before the reason.
fn decided_by_case(run: &Run, tests: &[Test<'_>]) -> Option<usize> {
    let reason = run.reason.as_deref()?;
    tests.iter().position(|test| {
        let Some(Kind::Case(case)) = test.node.map(|node| &run.nodes[node].kind) else {
            return false;
        };
        is_of(case, reason)
    })
}

/// Whether a verdict's reason is that this case failed: its name is before why.
fn is_of(case: &Case, reason: &str) -> bool {
    let rest = reason.strip_prefix("case ").unwrap_or(reason);
    let named = rest.strip_prefix(case.title.as_str());
    !matches!(case.verdict, Some(Verdict::Pass | Verdict::Skip))
        && named.is_some_and(|rest| rest.starts_with(": "))
}

/// Whether a case failed because one in it did, which is a test of its own.
fn is_by_inner(run: &Run, node: usize, case: &Case) -> bool {
    let reason = case.reason.as_deref().unwrap_or_default();
    let mut nodes = run.nodes.iter().enumerate();
    nodes.any(|(at, other)| match &other.kind {
        Kind::Case(inner) => is_of(inner, reason) && run.case_around(at) == Some(node),
        _ => false,
    })
}

fn of_case<'r>(run: &'r Run, node: usize, case: &Case) -> Test<'r> {
    let mut name = case.title.clone();
    let mut around = run.case_around(node);
    while let Some(outer) = around {
        if let Kind::Case(outer) = &run.nodes[outer].kind {
            name = format!("{} / {name}", outer.title);
        }
        around = run.case_around(outer);
    }
    let outcome = match case.verdict {
        None => Outcome::Unfinished,
        Some(Verdict::Fail) if excuses(run) => Outcome::Known,
        Some(verdict) => Outcome::Judged(verdict),
    };
    let reason = case.reason.clone().unwrap_or_default();
    let mut failed = Vec::new();
    for child in &run.nodes[node].children {
        match &run.nodes[*child].kind {
            Kind::Step(step) if step.has_failed() => {
                let words = step.last().map(|last| spelled(&last.command));
                let place = (run.file_of(step.file.as_deref()), step.line);
                failed.push((words.unwrap_or_default(), place));
            }
            Kind::Check(check) if check.has_failed() => {
                let place = (run.file_of(check.file.as_deref()), check.line);
                failed.push((check.text(), place));
            }
            _ => {}
        }
    }
    // A `check` that failed is noted, and what ended the case may have come after it.
    let decided = failed
        .iter()
        .rfind(|(words, _)| reason.starts_with(words.as_str()));
    let decided = decided.or(failed.first()).map(|(_, place)| *place);
    let ended = run.nodes[node].ended.unwrap_or(run.last);
    // As the scenario itself, it is judged by what is in none of its cases.
    let (outcome, reason) = match is_by_inner(run, node, case) {
        false => (outcome, reason),
        true => match failed.first() {
            None => (Outcome::Judged(Verdict::Pass), String::new()),
            Some((words, _)) => (outcome, words.clone()),
        },
    };
    Test {
        name: plain_name(&name),
        node: Some(node),
        outcome,
        reason: match outcome {
            Outcome::Unfinished => "the case did not come to its end".to_owned(),
            _ => reason.trim_end().to_owned(),
        },
        place: Some(decided.unwrap_or((&run.file, case.line))),
        micros: u64::try_from((ended - run.nodes[node].began) / 1_000).unwrap_or(0),
    }
}

fn excuses(run: &Run) -> bool {
    run.known
        .as_ref()
        .is_some_and(|known| known.excuses(Verdict::Fail))
}

/// The scenario itself. Where a case decided the verdict, it is judged by what is in no case.
fn of_scenario(run: &Run, by_case: bool) -> Test<'_> {
    let mut test = Test {
        name: plain_name(&run.scenario),
        node: None,
        outcome: match run.verdict {
            Some(_) if run.is_excused() => Outcome::Known,
            Some(verdict) if run.is_finished() => Outcome::Judged(verdict),
            _ => Outcome::Unfinished,
        },
        reason: run.because(),
        place: run
            .line
            .map(|line| (run.file_of(run.within.as_deref()), line)),
        micros: run.micros,
    };
    if by_case && run.is_finished() {
        let own = own_failure(run);
        test.outcome = match own {
            None => Outcome::Judged(Verdict::Pass),
            Some(_) if excuses(run) => Outcome::Known,
            Some(_) => Outcome::Judged(Verdict::Fail),
        };
        (test.reason, test.place) = match own {
            Some((reason, place)) => (reason, Some(place)),
            None => (String::new(), None),
        };
    }
    test
}

/// The first that failed in no case, and where.
fn own_failure(run: &Run) -> Option<(String, (&str, u32))> {
    run.nodes.iter().enumerate().find_map(|(at, node)| {
        let found = match &node.kind {
            Kind::Step(step) if step.has_failed() && matches!(step.phase, Phase::Scenario) => {
                let last = step.last()?;
                let why = last.error.as_deref().unwrap_or("failed");
                let reason = format!("{}: {why}", spelled(&last.command));
                (reason, (run.file_of(step.file.as_deref()), step.line))
            }
            Kind::Check(check) if check.has_failed() => {
                let reason = match &check.message {
                    Some(message) => format!("{}: {message}", check.text()),
                    None => check.text(),
                };
                (reason, (run.file_of(check.file.as_deref()), check.line))
            }
            _ => return None,
        };
        run.case_around(at).is_none().then_some(found)
    })
}

/// A name is one line.
fn plain_name(name: &str) -> String {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        "(no title)".to_owned()
    } else {
        name
    }
}

/// The nodes of a test: those of a case, or all that are in none; in the order of their beginning.
pub(super) fn nodes<'r>(run: &'r Run, test: &Test<'_>) -> Vec<&'r Kind> {
    let nodes = run.nodes.iter().enumerate();
    let own = nodes.filter(|(at, _)| run.case_around(*at) == test.node);
    own.map(|(_, node)| &node.kind).collect()
}

/// Everything that the steps of a test wrote on a stream, each under its command; and on standard
/// error what was judged.
pub(super) fn transcript(run: &Run, test: &Test<'_>, stream: Stream) -> String {
    let mut text = String::new();
    for kind in nodes(run, test) {
        match kind {
            Kind::Step(step) => {
                for attempt in &step.attempts {
                    of_attempt(run, attempt, stream, &mut text);
                }
            }
            Kind::Check(check) if stream == Stream::Stderr && check.has_failed() => {
                let line = check.line;
                text.push_str(&format!("{line}: {} does not hold\n", check.text()));
                for (name, of) in check.values.as_object().into_iter().flatten() {
                    text.push_str(&format!("    {name} = {}\n", value(of)));
                }
            }
            _ => {}
        }
    }
    text
}

fn of_attempt(run: &Run, attempt: &Attempt, stream: Stream, text: &mut String) {
    let written = attempt.output.text_of(stream, &run.folder);
    let failed = attempt
        .error
        .as_deref()
        .filter(|_| stream == Stream::Stderr && attempt.is_bad());
    let log = match stream {
        Stream::Stderr => attempt.log.as_slice(),
        Stream::Stdout => &[],
    };
    if written.is_empty() && failed.is_none() && log.is_empty() {
        return;
    }
    let again = match attempt.number {
        0 | 1 => String::new(),
        number => format!("  (attempt {number})"),
    };
    text.push_str(&format!("$ {}{again}\n", spelled(&attempt.command)));
    text.push_str(&written);
    if !written.is_empty() && !written.ends_with('\n') {
        text.push('\n');
    }
    for (level, message) in log {
        text.push_str(&format!("[{level}] {}\n", message.trim_end()));
    }
    if let Some(error) = failed {
        text.push_str(&format!("-> {}\n", error.trim_end()));
    }
}
