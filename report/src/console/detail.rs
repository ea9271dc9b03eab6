//! What is told of each event, unless the verdict is all that is asked for.

use scn_protocol::Event;
use scn_protocol::words::spelled;

use super::Console;
use super::judged::Told;
use super::step::Ended;
use super::steps::{Running, Tail, bytes_of};
use crate::text::harmless;

impl Console {
    pub(super) fn detail(&mut self, at: i64, event: &Event) {
        if self.options.live {
            self.live.event(at, event, &self.running);
        }
        match event {
            Event::StepStarted { .. } => self.running.extend(begun(at, event)),
            Event::Output {
                step,
                stream,
                text,
                bytes,
                file,
            } => {
                let bytes = bytes_of(text.as_deref(), bytes.as_deref());
                self.output(*step, *stream, &bytes, file.as_deref());
            }
            Event::StepFinished {
                step,
                status,
                error,
                duration_us,
                caught,
                again,
                ..
            } => {
                let ended = Ended {
                    status: *status,
                    error: error.as_deref(),
                    micros: *duration_us,
                    caught: *caught,
                    again: *again,
                };
                self.step_finished(*step, &ended);
            }
            Event::Checked { .. } => {
                if let Some(told) = Told::of(event) {
                    self.checked(&told);
                }
            }
            Event::Waiting { what, branch, .. } => self.waits.began(at, what, branch),
            Event::Waited { .. } => self.waited(at, event),
            Event::Logged { level, message, .. } => self.logged(level, message),
            Event::CaseStarted { case, .. } => {
                let case = format!("  case    {}", harmless(case, false));
                self.screen.line(&case);
            }
            Event::CaseFinished {
                case,
                verdict,
                reason,
                line,
                ..
            } => {
                self.case_finished(case, *verdict, reason.as_deref(), *line);
            }
            Event::Attached { file, .. } => {
                let file = harmless(file, false).into_owned();
                self.screen
                    .line(&format!("  kept    {}", self.folder.join(file).display()));
            }
            _ => {}
        }
    }
}

/// The step that began with that event.
fn begun(at: i64, event: &Event) -> Option<Running> {
    let Event::StepStarted {
        step,
        line,
        command,
        host,
        attempt,
        phase,
        branch,
        file,
        ..
    } = event
    else {
        return None;
    };
    Some(Running {
        step: *step,
        line: *line,
        file: file.clone(),
        command: spelled(command),
        host: host.clone(),
        attempt: *attempt,
        phase: *phase,
        branch: branch.clone(),
        began: at,
        tail: Tail::default(),
        streams: Vec::new(),
    })
}
