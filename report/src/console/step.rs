//! A step: its line when it is over, and its output.

use scn_protocol::{Phase, Status, Stream};
use unicode_width::UnicodeWidthStr;

use super::failure;
use super::screen::Paint;
use super::steps::Running;
use super::{Console, Detail};
use crate::text::{crop, duration, harmless};

/// Lines of a failing step's output that are shown.
const OUTPUT_LINES: usize = 40;

/// Columns before a step's words.
pub(super) const MARGIN: usize = 17;

/// So many columns a step's words get on a terminal, however much is told beside them.
const LEAST: usize = 12;

/// How a step or a wait ended.
pub(super) struct Ended<'e> {
    pub(super) status: Status,
    pub(super) error: Option<&'e str>,
    /// How long it took, in microseconds.
    pub(super) micros: u64,
    /// It did not pass, and that is no failure of the scenario.
    pub(super) caught: bool,
    /// Another attempt follows.
    pub(super) again: bool,
}

impl Ended<'_> {
    /// The word for it, and how that looks: what is no failure of the scenario must not look like one.
    pub(super) fn word(&self) -> (Paint, &'static str) {
        match self.status {
            Status::Pass => (Paint::Good, "pass"),
            Status::Cancelled => (Paint::Quiet, "ended"),
            _ if self.again => (Paint::Quiet, "again"),
            _ if self.caught => (Paint::Quiet, "caught"),
            Status::Fail => (Paint::Bad, "fail"),
            Status::Error => (Paint::Bad, "error"),
            Status::Timeout => (Paint::Bad, "timeout"),
        }
    }
}

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
            let text = format!("{}{}", failure::MARGIN, harmless(line, false));
            self.screen.line(text.trim_end());
        }
    }

    pub(super) fn step_finished(&mut self, step: u64, ended: &Ended<'_>) {
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
        self.step_line(&running, ended);
        if matches!(ended.status, Status::Pass | Status::Cancelled) || ended.caught {
            return;
        }
        if self.options.detail < Detail::Verbose {
            self.failing_output(&running);
        }
        if running.phase != Phase::Setup && running.phase != Phase::Undo {
            self.excerpt(running.file.as_deref(), running.line);
        }
    }

    pub(super) fn step_line(&mut self, running: &Running, ended: &Ended<'_>) {
        let error = ended.error.filter(|_| ended.status != Status::Pass);
        self.ended_line(
            ended.word(),
            &place(running.phase, running.line),
            (&shown(running), &besides(running)),
            &duration(ended.micros),
            error,
        );
    }

    /// The line of something that is over: how, where, what it was and what tells it from others, how long
    /// it took, and why it did not pass.
    pub(super) fn ended_line(
        &mut self,
        (paint, word): (Paint, &str),
        place: &str,
        (text, besides): (&str, &str),
        time: &str,
        error: Option<&str>,
    ) {
        let word = self.screen.paint(paint, format!("{word:<7}")).into_owned();
        let time = format!("  {time}");
        let error = error.map(|error| format!("  {}", harmless(error.trim_end(), false)));
        let error = error.unwrap_or_default();
        let command = if self.options.live {
            // The line is one of the terminal's where that can be.
            let beside = besides.width() + time.len() + error.width();
            let room = self.options.columns.saturating_sub(MARGIN + beside);
            crop(text, room.max(LEAST))
        } else {
            text.into()
        };
        let mut line = format!("  {word} {place:>5}  {command}{besides}");
        line.push_str(&self.screen.paint(Paint::Quiet, time));
        line.push_str(&self.screen.paint(paint, error));
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
            self.screen.line(&format!("{}{note}", failure::MARGIN));
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

/// A step's words.
pub(super) fn shown(running: &Running) -> String {
    let mut text = harmless(&running.command, false).into_owned();
    if running.phase == Phase::Finally {
        text.insert_str(0, "finally: ");
    }
    text
}

/// What else tells a step from others.
fn besides(running: &Running) -> String {
    let mut text = String::new();
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
