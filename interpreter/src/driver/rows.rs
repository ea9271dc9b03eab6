//! `@each`: one test case for each row.

use std::rc::Rc;

use scn_protocol::{Event, Value, Verdict};

use super::scenario::once;
use super::shared::Shared;
use super::signal::Flag;
use super::{Ran, eval, verdict};

/// Runs the scenario once for each row, each with its own setup and undos; the worst of the
/// verdicts is the run's.
pub async fn all(shared: &Rc<Shared>) -> Ran {
    let program = shared.program();
    let Some(each) = &program.headers.each else {
        return once(shared, Vec::new()).await;
    };
    let rows = match eval::value(shared, each.function, Vec::new())
        .and_then(|rows| cases(&rows, each.targets.len() > 1))
    {
        Ok(rows) => rows,
        Err(reason) => return verdict::plain(Verdict::Error, format!("@each: {reason}")),
    };
    let mut whole: Option<Ran> = None;
    for (number, row) in rows.into_iter().enumerate() {
        let title = title(&each.name, number + 1, &row);
        shared.journal.event(Event::CaseStarted {
            case: title.clone(),
            line: 1,
            branch: String::new(),
        });
        let ran = once(shared, row).await;
        let (verdict, reason) = (ran.verdict, ran.reason.clone());
        shared.journal.event(Event::CaseFinished {
            case: title.clone(),
            line: 1,
            verdict,
            reason,
            branch: String::new(),
        });
        let interrupted = ran.interrupted;
        let ran = Ran {
            reason: ran.reason.map(|reason| format!("{title}: {reason}")),
            ..ran
        };
        whole = Some(match whole {
            None => ran,
            Some(known) => verdict::worse(known, ran),
        });
        let is_over = interrupted || shared.meter.has_ended_scenario();
        if is_over || shared.journal.broken().is_some() {
            break;
        }
        again(shared);
    }
    whole.unwrap_or_else(|| verdict::plain(Verdict::Skip, "@each: there are no rows".to_owned()))
}

/// Nothing of one row is left for the next.
fn again(shared: &Shared) {
    *shared.over.borrow_mut() = Flag::new();
    *shared.ending.borrow_mut() = None;
    shared.noted.borrow_mut().clear();
    shared.jobs.take();
}

fn cases(rows: &Value, pairs: bool) -> Result<Vec<Vec<Value>>, String> {
    let sequence = crate::ops::iterate(rows)?;
    let case = |at| {
        if pairs {
            sequence.pair(at).map(|(key, value)| vec![key, value])
        } else {
            sequence.single(at).map(|value| vec![value])
        }
    };
    Ok((0..sequence.len()).filter_map(case).collect())
}

/// The name of a row's case: its number and, where they are few, its fields.
fn title(name: &str, number: usize, row: &[Value]) -> String {
    let fields = match row.first().map(Value::reveal) {
        Some(Value::Map(map)) if map.len() <= 8 => map
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect::<Vec<_>>()
            .join(", "),
        Some(Value::Map(_)) | None => String::new(),
        Some(value) => value.to_string(),
    };
    if fields.is_empty() {
        format!("{name} {number}")
    } else {
        format!("{name} {number}: {fields}")
    }
}
