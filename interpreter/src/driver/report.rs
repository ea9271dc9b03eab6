//! What is seen of the system: recorded, known, and told to those who wait.

use std::rc::Rc;

use scn_protocol::{Event, LogPlace, Report, Seen, Value, json};

use super::shared::Shared;
use super::watches;

/// Takes in what was seen: recorded, known, and told to those who wait.
pub fn take_report(shared: &Rc<Shared>, report: &Report) {
    let (subject, host, read) = (report.subject.clone(), report.host.clone(), report.read);
    match &report.what {
        Seen::Metrics { metrics, .. } => {
            let metrics = metrics
                .iter()
                .map(|metric| (metric.name.clone(), json::tagged(&metric.value, false)));
            shared.journal.event(Event::Observed {
                subject,
                metrics: serde_json::Value::Object(metrics.collect()),
                host,
                read,
            });
        }
        Seen::Process { pid } => {
            let metrics = serde_json::json!({ "pid": pid, "running": pid.is_some() });
            shared.journal.event(Event::Observed {
                subject,
                metrics,
                host,
                read,
            });
        }
        Seen::Event { message, data } => {
            let data = json::tagged(&Value::map(data.clone()), false);
            shared.journal.event(Event::Happened {
                subject,
                message: message.clone(),
                data,
                host,
                read,
            });
        }
        Seen::Gap { reason } => {
            let message = format!("not observed: {reason}");
            shared.journal.event(Event::Happened {
                subject,
                message,
                data: serde_json::Value::Null,
                host,
                read,
            });
        }
        // Nothing was seen yet.
        Seen::Followed { file, on } => {
            return shared.journal.event(Event::LogFollowed {
                subject,
                from: read.unwrap_or_default(),
                file: *file,
                on: *on,
            });
        }
        Seen::Left => {
            let LogPlace { log, file, .. } = read.unwrap_or_default();
            return shared.journal.event(Event::LogLeft { subject, log, file });
        }
    }
    shared
        .board
        .borrow_mut()
        .take(report, shared.platform.clock.monotonic());
    watches::reported(shared, report);
    shared.news.ring();
}
