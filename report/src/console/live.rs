//! What is drawn at the bottom of a terminal while a run goes on: a line for each step that runs and
//! each wait, in the order of their branches, and below them what components last reported.

use scn_protocol::Event;
use unicode_width::UnicodeWidthStr;

use super::Console;
use super::screen::{Paint, Screen};
use super::step::{MARGIN, place, shown};
use super::steps::Running;
use super::watched::Watched;
use crate::text::{crop, duration, harmless};

/// The pictures of the spinner, one after the other.
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// A terminal with fewer columns than this has no margin before what is drawn.
const NARROW: usize = 60;

/// More lines than this are not drawn, however high the terminal is.
const MOST: usize = 20;

/// Components are not drawn where this many rows are not there.
const ROOMY: usize = 12;

/// So much of what is done is to be read before what is told beside it is left out.
const LEAST: usize = 12;

/// A line that is drawn: one line of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// With its colours.
    pub(crate) text: String,
    /// The columns that it takes.
    pub(crate) width: usize,
}

/// What a branch does that is no step.
#[derive(Debug)]
pub(super) struct Waiting {
    place: String,
    what: String,
    branch: String,
    /// When it began, in nanoseconds since 1970.
    began: i64,
    /// When it ends at the latest, likewise.
    until: Option<i64>,
    /// What components last reported of what it waits for.
    values: Vec<(String, String)>,
    /// A note beside it: the attempt that failed.
    note: Option<String>,
}

/// A line to be, before it is known how long it may be.
struct Draft<'a> {
    branch: &'a str,
    place: String,
    what: String,
    notes: Vec<String>,
    time: String,
    /// For how long it has run, in microseconds.
    elapsed: u64,
}

/// Numbers in a branch's path are ordered as such.
fn order(branch: &str) -> Vec<(u64, &str)> {
    let part = |part| (str::parse(part).unwrap_or(u64::MAX), part);
    match branch {
        "" => Vec::new(),
        path => path.split('.').map(part).collect(),
    }
}

fn micros(nanos: i64) -> u64 {
    u64::try_from(nanos / 1_000).unwrap_or(0)
}

/// The time of something that still runs: it should not flicker.
fn tenths(micros: u64) -> String {
    match micros {
        ..60_000_000 => format!("{}.{}s", micros / 1_000_000, micros / 100_000 % 10),
        _ => duration(micros),
    }
}

/// A text that takes its columns: a tab takes as many as it likes.
fn level(text: &str) -> String {
    harmless(text, false).replace('\t', " ")
}

impl Waiting {
    fn heard(&mut self, subject: &str, metric: &str, value: &str) {
        let name = format!("{subject}.{metric}");
        if !names(&self.what, &name) {
            return;
        }
        match self.values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => value.clone_into(known),
            None => self.values.push((name, value.to_owned())),
        }
    }

    fn draft(&self, now: i64) -> Draft<'_> {
        let elapsed = micros(now - self.began);
        let value = |(name, value): &(String, String)| format!("{name} is {value}");
        let time = match self.until {
            Some(until) => format!("{} left", tenths(micros(until - now))),
            None => tenths(elapsed),
        };
        Draft {
            branch: &self.branch,
            place: self.place.clone(),
            what: self.what.clone(),
            notes: self
                .values
                .iter()
                .map(value)
                .chain(self.note.clone())
                .collect(),
            time,
            elapsed,
        }
    }
}

/// Whether an expression has this name in it, as a whole.
fn names(expression: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    expression.match_indices(name).any(|(at, _)| {
        let before = expression[..at].chars().next_back();
        let after = expression[at + name.len()..].chars().next();
        !before.is_some_and(inside) && !after.is_some_and(|c| inside(c) && c != '.')
    })
}

fn drafted(running: &Running, now: i64) -> Draft<'_> {
    let elapsed = micros(now - running.began);
    let mut notes = Vec::new();
    if running.attempt > 1 {
        notes.push(format!("attempt {}", running.attempt));
    }
    if !running.host.is_empty() {
        notes.push(format!("on {}", level(&running.host)));
    }
    Draft {
        branch: &running.branch,
        place: place(running.phase, running.line),
        what: level(&shown(running)),
        notes,
        time: tenths(elapsed),
        elapsed,
    }
}

impl Draft<'_> {
    fn line(mut self, screen: &Screen, columns: usize) -> Line {
        let picture = SPINNER[usize::try_from(self.elapsed / 100_000 % 10).unwrap_or(0)];
        let before = match columns {
            ..NARROW => format!("{picture} {} ", self.place),
            _ => format!("  {picture:<7} {:>5}  ", self.place),
        };
        if !self.branch.is_empty() {
            self.notes.insert(0, format!("[{}]", level(self.branch)));
        }
        let mut room = columns.saturating_sub(before.width() + self.time.width() + 2);
        let mut beside = String::new();
        for note in self.notes {
            let width = note.width() + 2;
            if room >= width + self.what.width().min(LEAST) {
                room -= width;
                beside.push_str(&format!("  {note}"));
            }
        }
        let what = crop(&self.what, room);
        let after = format!("  {}", self.time);
        Line {
            width: before.width() + what.width() + beside.width() + after.width(),
            text: format!(
                "{before}{what}{beside}{}",
                screen.paint(Paint::Quiet, after)
            ),
        }
    }
}

/// A line without a spinner.
fn quiet(screen: &Screen, columns: usize, text: &str) -> Line {
    let margin = match columns {
        ..NARROW => 2,
        _ => MARGIN,
    };
    let text = crop(text, columns.saturating_sub(margin)).into_owned();
    Line {
        width: margin + text.width(),
        text: format!("{:margin$}{}", "", screen.paint(Paint::Quiet, text)),
    }
}

/// What goes on, from events.
#[derive(Debug, Default)]
pub(super) struct Live {
    waits: Vec<Waiting>,
    watched: Watched,
}

impl Live {
    /// The next event.
    pub(super) fn event(&mut self, at: i64, event: &Event, running: &[Running]) {
        match event {
            Event::Waiting {
                line,
                what,
                within_us,
                branch,
                ..
            } => {
                // The end of a block waits for each `eventually` in it.
                let is_watch = |what: &str| what.starts_with("eventually ");
                self.waits.retain(|wait| {
                    wait.branch != *branch || (is_watch(what) && is_watch(&wait.what))
                });
                let within = within_us.and_then(|within| i64::try_from(within).ok());
                let until = within.map(|within| at.saturating_add(within.saturating_mul(1_000)));
                let mut wait = Waiting {
                    place: line.to_string(),
                    what: level(what),
                    branch: branch.clone(),
                    began: at,
                    until,
                    values: Vec::new(),
                    note: None,
                };
                self.watched
                    .each(|subject, name, value| wait.heard(subject, name, value));
                self.waits.push(wait);
            }
            Event::StepStarted { branch, .. }
            | Event::Waited { branch, .. }
            | Event::Cut { branch, .. } => self.over(branch),
            Event::Checked {
                kind, line, branch, ..
            } if kind == "eventually" => {
                let place = line.to_string();
                self.waits
                    .retain(|wait| wait.branch != *branch || wait.place != place);
            }
            Event::StepFinished {
                step,
                again: true,
                error,
                ..
            } => {
                let Some(of) = running.iter().find(|running| running.step == *step) else {
                    return;
                };
                let error = error.as_deref().unwrap_or("it failed");
                self.waits.push(Waiting {
                    place: place(of.phase, of.line),
                    what: level(&of.command),
                    branch: of.branch.clone(),
                    began: at,
                    until: None,
                    values: Vec::new(),
                    note: Some(format!("attempt {}: {}", of.attempt, level(error))),
                });
            }
            Event::Observed {
                subject, metrics, ..
            } => {
                for (name, value) in self.watched.observed(at, subject, metrics) {
                    for wait in &mut self.waits {
                        wait.heard(subject, &name, &value);
                    }
                }
            }
            Event::Verdict { .. } => self.waits.clear(),
            _ => {}
        }
    }

    /// Whatever that branch waited for.
    fn over(&mut self, branch: &str) {
        self.waits.retain(|wait| wait.branch != branch);
    }
}

impl Console {
    /// What is to be drawn now.
    pub(super) fn drawing(&self, now: i64) -> Vec<Line> {
        let columns = self.options.columns.saturating_sub(1);
        let steps = self.running.iter().map(|running| drafted(running, now));
        let waits = self.live.waits.iter().map(|wait| wait.draft(now));
        let mut drafts: Vec<Draft<'_>> = steps.chain(waits).collect();
        drafts.sort_by_cached_key(|draft| {
            order(draft.branch)
                .into_iter()
                .map(|(number, name)| (number, name.to_owned()))
                .collect::<Vec<_>>()
        });
        let rows = (self.options.rows / 2).clamp(1, MOST);
        let (count, mut lines) = (drafts.len(), Vec::new());
        let shown = match count {
            _ if count <= rows => count,
            _ => rows.saturating_sub(1).max(1),
        };
        let mut more = format!("… and {} more", count - shown);
        if rows == 1 && count > 1 {
            // There is no other line to say it on.
            more = more.split_off("… ".len());
            drafts[0].branch = "";
            drafts[0].notes.insert(0, std::mem::take(&mut more));
        }
        for draft in drafts.into_iter().take(shown) {
            lines.push(draft.line(&self.screen, columns));
        }
        if count > shown && !more.is_empty() {
            lines.push(quiet(&self.screen, columns, &more));
        }
        if self.options.rows >= ROOMY && !lines.is_empty() {
            let room = (rows - lines.len().min(rows)).min(rows / 3);
            for text in self.live.watched.lines(room) {
                lines.push(quiet(&self.screen, columns, &text));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_found_in_what_is_waited_for() {
        assert!(names("wait until Shop.BOOKED == 2", "Shop.BOOKED"));
        assert!(names("hold Shop.LATENCY.p99 < 1s for 2s", "Shop.LATENCY"));
        assert!(!names("wait until Shop.BOOKED_NOW == 2", "Shop.BOOKED"));
        assert!(!names("wait until MyShop.BOOKED == 2", "Shop.BOOKED"));
    }

    #[test]
    fn branches_are_in_the_order_of_their_numbers() {
        let mut branches = ["10", "load", "2.10", "2.9", "", "2"];
        branches.sort_by_key(|branch| order(branch));
        assert_eq!(branches, ["", "2", "2.9", "2.10", "10", "load"]);
    }
}
