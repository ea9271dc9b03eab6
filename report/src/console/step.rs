//! A step: its line when it is over, and its output.

use scn_protocol::{Phase, Status, Stream};

use super::failure::MARGIN;
use super::screen::Paint;
use super::steps::Running;
use super::{Console, Detail};
use crate::text::{crop, duration, harmless};

/// Lines of a failing step's output that are shown.
const OUTPUT_LINES: usize = 40;

impl Console {
    pub(super) fn output(&mut self, step: u64, stream: Stream, bytes: &[u8], file: Option<&str>) {
        let Some(index) = self.running.iter().position(|known| known.step == step) else {
            return;
        };
        let running = &mut self.running[index];
        running.tail.push(bytes);
        if let Some(file) = file {
            running.tail.files.push(file.to_owned());
        }
        if self.options.detail == Detail::Verbose {
            let path = file.map(|file| self.folder.join(file));
            let lines = running.lines(stream);
            let whole = lines.push(bytes);
            if let Some(path) = path {
                lines.goes_on_in(path);
            }
            self.margin(&whole);
        }
    }

    pub(super) fn follow_step(&mut self, index: usize) {
        for stream in self.running[index].streams() {
            while let Some(lines) = self.running[index].lines(stream).follow() {
                self.margin(&lines);
            }
        }
    }

    /// Shows lines of a step's output.
    pub(super) fn margin(&mut self, lines: &[String]) {
        for line in lines {
            let text = format!("{MARGIN}{}", harmless(line, false));
            self.screen.line(text.trim_end());
        }
    }

    pub(super) fn step_finished(
        &mut self,
        step: u64,
        status: Status,
        error: Option<&str>,
        micros: u64,
        caught: bool,
    ) {
        let Some(index) = self.running.iter().position(|known| known.step == step) else {
            return;
        };
        if self.options.detail == Detail::Verbose {
            self.follow_step(index);
            for stream in self.running[index].streams() {
                let last = self.running[index].lines(stream).finish();
                self.margin(last.as_slice());
            }
        }
        let running = self.running.remove(index);
        self.step_line(&running, status, error, micros, caught);
        if matches!(status, Status::Pass | Status::Cancelled) || caught {
            return;
        }
        if self.options.detail < Detail::Verbose {
            self.failing_output(&running);
        }
        if running.phase != Phase::Setup && running.phase != Phase::Undo {
            self.excerpt(running.file.as_deref(), running.line);
        }
    }

    pub(super) fn step_line(
        &mut self,
        running: &Running,
        status: Status,
        error: Option<&str>,
        micros: u64,
        caught: bool,
    ) {
        let (paint, word) = match status {
            Status::Pass => (Paint::Good, "pass"),
            Status::Fail => (Paint::Bad, "fail"),
            Status::Error => (Paint::Bad, "error"),
            Status::Timeout => (Paint::Bad, "timeout"),
            Status::Cancelled => (Paint::Quiet, "ended"),
        };
        let paint = if caught { Paint::Quiet } else { paint };
        let word = self.screen.paint(paint, format!("{word:<7}")).into_owned();
        let time = format!("  {}", duration(micros));
        let room = self.options.columns.saturating_sub(20 + time.len());
        let text = shown(running);
        let command = if self.options.live {
            crop(&text, room)
        } else {
            text.as_str().into()
        };
        let mut line = format!(
            "  {word} {:>5}  {command}",
            place(running.phase, running.line)
        );
        line.push_str(&self.screen.paint(Paint::Quiet, time));
        if let Some(error) = error.filter(|_| status != Status::Pass) {
            let error = format!("  {}", harmless(error.trim_end(), false));
            line.push_str(&self.screen.paint(paint, error));
        }
        self.screen.line(&line);
    }

    pub(super) fn failing_output(&mut self, running: &Running) {
        let (lines, cut) = running.tail.lines(&self.folder, OUTPUT_LINES);
        if cut {
            let whole = match running.tail.files.as_slice() {
                [] => "the record has it all".to_owned(),
                files => files
                    .iter()
                    .map(|file| self.folder.join(file).display().to_string())
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            let note = self
                .screen
                .paint(Paint::Quiet, format!("… ({whole})"))
                .into_owned();
            self.screen.line(&format!("{MARGIN}{note}"));
        }
        self.margin(&lines);
    }
}

/// Where a step stands: its line, or the part of the run that has no line of the scenario.
pub(super) fn place(phase: Phase, line: u32) -> String {
    match phase {
        Phase::Setup => "setup".to_owned(),
        Phase::Undo => "undo".to_owned(),
        Phase::Scenario | Phase::Finally => line.to_string(),
    }
}

/// A step's words, and what else tells it from others.
pub(super) fn shown(running: &Running) -> String {
    let mut text = harmless(&running.command, false).into_owned();
    if running.phase == Phase::Finally {
        text.insert_str(0, "finally: ");
    }
    if let Some(file) = &running.file
        && matches!(running.phase, Phase::Scenario | Phase::Finally)
    {
        text.push_str(&format!("  in {}", harmless(file, false)));
    }
    if !running.host.is_empty() {
        text.push_str(&format!("  on {}", harmless(&running.host, false)));
    }
    if !running.branch.is_empty() {
        text.push_str(&format!("  [{}]", harmless(&running.branch, false)));
    }
    if running.attempt > 1 {
        text.push_str(&format!("  (attempt {})", running.attempt));
    }
    text
}
