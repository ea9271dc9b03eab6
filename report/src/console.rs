//! The console: a run as it happens, for a person.
//!
//! Standard output has what the scenario says; standard error the steps as they pass, what
//! failed and where, and the verdict as its last line.

mod detail;
mod failure;
mod judged;
mod live;
mod screen;
mod step;
mod steps;
mod waits;
mod watched;

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use scn_protocol::{Event, Verdict};

use live::Live;
use screen::{Paint, Screen};
use steps::Running;
use waits::Waits;

use crate::text::harmless;
use crate::verdict::{Judged, Known, changes};

/// What is drawn is not drawn again sooner than this because something happened, in nanoseconds.
const PAUSE: i64 = 30_000_000;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Detail {
    /// The verdict alone.
    Quiet,
    /// Steps, and what failed.
    #[default]
    Normal,
    /// Every step's output as it comes, too.
    Verbose,
}

/// How it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How much.
    pub detail: Detail,
    /// In colour.
    pub color: bool,
    /// With lines at the bottom that are drawn again as time goes by ([`Console::tick`]).
    pub live: bool,
    /// Standard output is a terminal: what would act upon it is written out.
    pub out_is_terminal: bool,
    /// Standard output has the journal's lines in place of what the scenario says.
    pub json: bool,
    /// The columns of a line.
    pub columns: usize,
    /// The rows of the terminal, where there is something live.
    pub rows: usize,
}

/// Shows runs, one after the other.
pub struct Console {
    screen: Screen,
    options: Options,
    /// The texts of the scenario and of what it uses, by name.
    sources: HashMap<String, String>,
    folder: PathBuf,
    /// Files under this folder are called by what follows it.
    here: PathBuf,
    file: String,
    known: Option<Known>,
    running: Vec<Running>,
    waits: Waits,
    /// The lines that were shown with what stands around them.
    told: HashSet<(String, u32)>,
    judged: Option<Judgement>,
    /// How it was judged before.
    was: Option<Verdict>,
    /// When the run began, in nanoseconds since 1970, and how many steps it has begun.
    begun: Option<(i64, u64)>,
    /// What was typed at a prompt meanwhile, and changed what it does.
    typed: u64,
    over: bool,
    live: Live,
    /// When the lines at the bottom were last drawn because something happened, in nanoseconds
    /// since 1970.
    drawn: i64,
    /// What can be typed after a failure: what for, and the command line.
    hints: Vec<(String, String)>,
}

/// What a `verdict` event says of its reason.
#[derive(Default)]
struct Judgement {
    reason: Option<String>,
    line: Option<u32>,
    file: Option<String>,
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console")
            .field("options", &self.options)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Console {
    /// Writes to these two, each of which gets whole lines.
    pub fn new(options: Options, out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Self {
            screen: Screen::new(
                (out, err),
                options.color,
                options.out_is_terminal,
                options.columns,
            ),
            options,
            sources: HashMap::new(),
            folder: PathBuf::new(),
            here: PathBuf::new(),
            file: String::new(),
            known: None,
            running: Vec::new(),
            waits: Waits::default(),
            told: HashSet::new(),
            judged: None,
            was: None,
            begun: None,
            typed: 0,
            over: false,
            live: Live::default(),
            drawn: 0,
            hints: Vec::new(),
        }
    }

    /// The run that follows is of these texts, each with its file's name as events have it, and is
    /// recorded in this folder.
    pub fn begin(
        &mut self,
        sources: impl IntoIterator<Item = (String, String)>,
        folder: impl Into<PathBuf>,
    ) {
        self.sources = sources.into_iter().collect();
        self.folder = folder.into();
        self.running.clear();
        self.waits = Waits::default();
        self.told.clear();
        self.judged = None;
        self.begun = None;
        self.typed = 0;
        self.over = false;
        self.live = Live::default();
        self.hints.clear();
    }

    /// If the run that has begun fails, these are told: what for, and what is to be typed.
    pub fn hint(&mut self, hints: impl IntoIterator<Item = (String, String)>) {
        self.hints = hints.into_iter().collect();
    }

    /// Who reads it is in this folder: files under it are called as they are from there.
    pub fn read_in(&mut self, here: impl Into<PathBuf>) {
        self.here = here.into();
    }

    fn shortened<'f>(&self, file: &'f str) -> &'f str {
        let short = Path::new(file).strip_prefix(&self.here).ok();
        short
            .filter(|_| !self.here.as_os_str().is_empty())
            .and_then(Path::to_str)
            .unwrap_or(file)
    }

    /// The next event, when it happened (nanoseconds since 1970), and its line in the journal with
    /// the line's end.
    pub fn event(&mut self, at: i64, event: &Event, line: &[u8]) {
        if self.options.json {
            self.screen.say_raw(line);
        }
        if let (Event::StepStarted { attempt: 1, .. }, Some((_, steps))) = (event, &mut self.begun)
        {
            *steps += 1;
        }
        match event {
            Event::Said { text } if !self.options.json => self.screen.say(text),
            Event::RunStarted {
                file,
                known,
                environment,
                ..
            } => {
                file.clone_into(&mut self.file);
                self.known = Known::read(known.as_ref(), at);
                self.begun = Some((at, 0));
                self.headline(environment.as_deref());
            }
            Event::Verdict {
                verdict,
                reason,
                line,
                file,
            } => {
                if let (Verdict::Fail | Verdict::Error, Some(line)) = (verdict, line) {
                    self.excerpt(file.as_deref(), *line);
                }
                self.judged = Some(Judgement {
                    reason: reason.clone(),
                    line: *line,
                    file: file.clone(),
                });
            }
            Event::Entered { text, .. } if changes(&self.file, text) => self.typed += 1,
            Event::RunFinished {
                verdict,
                steps,
                duration_us,
                ..
            } => {
                self.told_hints(*verdict);
                self.told_other(*verdict);
                self.finish(*verdict, *steps, *duration_us);
            }
            _ if self.options.detail > Detail::Quiet => self.detail(at, event),
            _ => {}
        }
        // Nothing is drawn by many steps that take no time, and much that happens does not flicker.
        if self.is_live() && self.screen.is_bare() && at - self.drawn > PAUSE {
            self.drawn = at;
            self.redraw(at);
        }
    }

    fn is_live(&self) -> bool {
        self.options.live && self.options.detail > Detail::Quiet && !self.over
    }

    fn redraw(&mut self, now: i64) {
        let lines = self.drawing(now);
        self.screen.draw(lines);
    }

    /// Time has gone by: draws what goes on, now being `now`.
    pub fn tick(&mut self, now: i64) {
        if self.is_live() {
            self.redraw(now);
        }
    }

    /// The terminal has so many columns and rows now.
    pub fn resize(&mut self, columns: usize, rows: usize) {
        self.options.columns = columns;
        self.options.rows = rows;
        self.screen.columns = columns;
    }

    /// The program was stopped, and goes on: what was drawn before is not at the bottom any more.
    pub fn resumed(&mut self) {
        self.screen.leave();
    }

    /// Says how a run of `file` ended of which the record has no end: it could not be recorded, or
    /// was stopped at once. `now` is in nanoseconds since 1970.
    pub fn unrecorded(&mut self, now: i64, file: &str, reason: &str) {
        file.clone_into(&mut self.file);
        self.judged = Some(Judgement {
            reason: Some(reason.to_owned()),
            ..Judgement::default()
        });
        let (began, steps) = self.begun.unwrap_or((now, 0));
        self.finish(Verdict::Error, steps, micros(now - began));
    }

    /// The run was judged so before: told before the verdict, where that is another.
    pub fn was_judged(&mut self, verdict: Verdict) {
        self.was = Some(verdict);
    }

    /// Says of a run of `file` whose record has no end how it stands, in one word, and why. `now` is
    /// in nanoseconds since 1970.
    pub fn unfinished(&mut self, now: i64, file: &str, word: &str, reason: &str) {
        let (began, steps) = self.begun.unwrap_or((now, 0));
        let text = Judged {
            verdict: Verdict::Error,
            file: if file.is_empty() { &self.file } else { file },
            line: None,
            within: None,
            reason: Some(reason),
            steps,
            micros: micros(now - began),
            known: None,
            typed: self.typed,
        }
        .text();
        let word = self.screen.paint(Paint::Doubtful, word).into_owned();
        self.screen.line(&format!("{word} {text}"));
        self.over = true;
    }

    /// Shows what has come into the files of large outputs.
    pub fn follow(&mut self) {
        if self.options.detail < Detail::Verbose {
            return;
        }
        for index in 0..self.running.len() {
            self.follow_step(index);
        }
    }

    /// Whether the run's verdict has been shown.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Why standard output could not be written, where its reader has not simply gone.
    pub fn unsaid(&self) -> Option<&str> {
        self.screen.unsaid.as_deref()
    }

    /// Says that an interrupt was heard.
    pub fn interrupted(&mut self) {
        if self.options.detail > Detail::Quiet {
            self.screen
                .line("  interrupted: ending the step, then `finally` and what is owed; once more stops at once");
        }
    }

    fn headline(&mut self, environment: Option<&str>) {
        if self.options.detail == Detail::Quiet {
            return;
        }
        let mut text = self
            .screen
            .paint(Paint::Strong, harmless(&self.file, false))
            .into_owned();
        if let Some(environment) = environment {
            let environment = format!("  on {}", harmless(environment, false));
            text.push_str(&self.screen.paint(Paint::Quiet, environment));
        }
        self.screen.line(&text);
    }

    /// What can be typed after a failure.
    fn told_hints(&mut self, verdict: Verdict) {
        if self.options.detail == Detail::Quiet
            || !matches!(verdict, Verdict::Fail | Verdict::Error)
        {
            return;
        }
        for (what, command) in std::mem::take(&mut self.hints) {
            let what = self.screen.paint(Paint::Quiet, format!("{what:<7}"));
            let line = format!("  {what} {}", harmless(&command, false));
            self.screen.line(&line);
        }
    }

    fn told_other(&mut self, verdict: Verdict) {
        if let Some(was) = self.was.filter(|was| *was != verdict)
            && self.options.detail > Detail::Quiet
        {
            self.screen
                .line(&format!("note: the run itself was judged {was}"));
        }
    }

    fn finish(&mut self, verdict: Verdict, steps: u64, micros: u64) {
        self.over = true;
        let judged = self.judged.take().unwrap_or_default();
        let text = Judged {
            verdict,
            file: &self.file,
            line: judged.line,
            within: judged.file.as_deref().map(|file| self.shortened(file)),
            reason: judged.reason.as_deref(),
            steps,
            micros,
            known: self.known.as_ref(),
            typed: self.typed,
        }
        .text();
        let excused = self
            .known
            .as_ref()
            .is_some_and(|known| known.excuses(verdict));
        let paint = match verdict {
            Verdict::Pass => Paint::Good,
            Verdict::Fail | Verdict::Error if !excused => Paint::Bad,
            _ => Paint::Doubtful,
        };
        let text = format!("{} {text}", self.screen.paint(paint, verdict.name()));
        self.screen.line(&text);
    }

    /// Shows the lines around a failure, once for each line.
    fn excerpt(&mut self, file: Option<&str>, line: u32) {
        if self.options.detail == Detail::Quiet || line == 0 {
            return;
        }
        let name = file.unwrap_or(&self.file);
        let Some(source) = self.sources.get(name) else {
            return;
        };
        if self.told.insert((name.to_owned(), line)) {
            failure::excerpt(&mut self.screen, source, line, self.options.columns);
        }
    }
}

fn micros(nanos: i64) -> u64 {
    u64::try_from(nanos / 1_000).unwrap_or(0)
}
