//! What an event of a journal is to those who get it again.

use scn_protocol::{Event, Map, Metric, Report, Seen, Value, json};
use serde_json::Value as Json;

/// What was reported, as far as the record has it.
pub fn report(event: &Event, at: i64) -> Option<Report> {
    let (subject, host, what, read) = match event {
        Event::Observed {
            subject,
            metrics,
            host,
            read,
        } => (subject, host, seen(metrics)?, read),
        Event::Happened {
            subject,
            message,
            data,
            host,
            read,
        } => {
            let gap = message.strip_prefix("not observed: ");
            let what = match (data, gap) {
                (Json::Null, Some(reason)) => Seen::Gap {
                    reason: reason.to_owned(),
                },
                _ => Seen::Event {
                    message: message.clone(),
                    data: match json::untagged(data) {
                        Ok(Value::Map(map)) => (*map).clone(),
                        _ => Map::new(),
                    },
                },
            };
            (subject, host, what, read)
        }
        _ => return None,
    };
    Some(Report {
        subject: subject.clone(),
        host: host.clone(),
        at,
        what,
        read: *read,
    })
}

pub fn seen(metrics: &Json) -> Option<Seen> {
    let metrics = metrics.as_object()?;
    // So a process is told of, and nothing else.
    if metrics.len() == 2 && metrics.contains_key("pid") && metrics.contains_key("running") {
        let pid = metrics["pid"].as_u64();
        let pid = pid.and_then(|pid| u32::try_from(pid).ok());
        return Some(Seen::Process { pid });
    }
    let metric = |(name, value): (&String, &Json)| {
        Some(Metric {
            name: name.clone(),
            value: json::untagged(value).ok()?,
            summary: None,
        })
    };
    Some(Seen::Metrics {
        metrics: metrics.iter().filter_map(metric).collect(),
        interval: None,
    })
}

/// Whether the program does not make it itself when it is given the record.
pub fn is_told(event: &Event) -> bool {
    match event {
        Event::Said { .. } | Event::Logged { .. } | Event::Attached { .. } => true,
        Event::Observed { .. } | Event::Happened { .. } => true,
        Event::Checked { kind, .. } => matches!(kind.as_str(), "wait" | "hold"),
        _ => false,
    }
}

/// What tells an event that the program makes itself from others.
pub fn made(event: &Event) -> Option<String> {
    Some(match event {
        Event::Assigned { name, line, .. } => format!("assigned {line} {name}"),
        Event::Checked {
            kind,
            line,
            expression,
            branch,
            ..
        } => format!("checked {line} {kind} {branch} {expression}"),
        Event::Marked { name, line } => format!("marked {line} {name}"),
        Event::CaseStarted { case, line, branch } => {
            format!("case_started {line} {branch} {case}")
        }
        Event::CaseFinished {
            case, line, branch, ..
        } => format!("case_finished {line} {branch} {case}"),
        Event::BranchStarted { branch } => format!("branch_started {branch}"),
        Event::UndoOwed { step, command, .. } => format!("undo_owed {step} {command:?}"),
        Event::UndoDone { step, command } => format!("undo_done {step} {command:?}"),
        Event::Stopped { reason, .. } => format!("stopped {reason}"),
        Event::Verdict { .. } => "verdict".to_owned(),
        Event::RunStarted { .. } => "run_started".to_owned(),
        _ => return None,
    })
}
