//! The console: a run as it happens, for a person.
//!
//! Standard output has what the scenario says; standard error the steps as they pass, what
//! failed and where, and the verdict as its last line.

mod failure;
mod judged;
mod screen;
mod step;
mod steps;

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use scn_protocol::words::spelled;
use scn_protocol::{Event, Verdict};

use screen::{Paint, Screen};
use step::{place, shown};
use steps::{Running, Tail, bytes_of};

use crate::text::{crop, duration, harmless};
use crate::verdict::{Judged, Known};

/// The pictures of the spinner, one after the other.
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

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
    /// With a last line that is drawn again as time goes by ([`Console::tick`]).
    pub live: bool,
    /// Standard output is a terminal: what would act upon it is written out.
    pub out_is_terminal: bool,
    /// Standard output has the journal's lines in place of what the scenario says.
    pub json: bool,
    /// The columns of a line.
    pub columns: usize,
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
    /// The lines that were shown with what stands around them.
    told: HashSet<(String, u32)>,
    judged: Option<Judgement>,
    /// When the run began, in nanoseconds since 1970, and how many steps it has begun.
    begun: Option<(i64, u64)>,
    over: bool,
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
            screen: Screen::new(out, err, options.color, options.out_is_terminal),
            options,
            sources: HashMap::new(),
            folder: PathBuf::new(),
            here: PathBuf::new(),
            file: String::new(),
            known: None,
            running: Vec::new(),
            told: HashSet::new(),
            judged: None,
            begun: None,
            over: false,
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
        self.told.clear();
        self.judged = None;
        self.begun = None;
        self.over = false;
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
        if let (Event::StepStarted { .. }, Some((_, steps))) = (event, &mut self.begun) {
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
            Event::RunFinished {
                verdict,
                steps,
                duration_us,
                ..
            } => {
                self.finish(*verdict, *steps, *duration_us);
            }
            _ if self.options.detail > Detail::Quiet => self.detail(at, event),
            _ => {}
        }
    }

    /// Time has gone by: draws the running step with its time, now being `now`.
    pub fn tick(&mut self, now: i64) {
        if !self.options.live || self.options.detail == Detail::Quiet {
            return;
        }
        let Some(last) = self.running.last() else {
            self.screen.erase();
            return;
        };
        let elapsed = micros(now - last.began);
        let picture = SPINNER[usize::try_from(elapsed / 100_000 % 10).unwrap_or(0)];
        let mut text = format!(
            "{picture:<7} {:>5}  {}",
            place(last.phase, last.line),
            shown(last)
        );
        if self.running.len() > 1 {
            text.push_str(&format!("  and {} more", self.running.len() - 1));
        }
        let time = format!("  {}", tenths(elapsed));
        let text = crop(&text, self.options.columns.saturating_sub(time.len() + 3));
        let text = format!("  {text}{}", self.screen.paint(Paint::Quiet, time));
        self.screen.draw(&text);
    }

    /// The terminal has so many columns now.
    pub fn resize(&mut self, columns: usize) {
        self.options.columns = columns;
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

    fn detail(&mut self, at: i64, event: &Event) {
        match event {
            Event::StepStarted {
                step,
                line,
                command,
                host,
                attempt,
                phase,
                branch,
                file,
                ..
            } => self.running.push(Running {
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
            }),
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
                ..
            } => {
                self.step_finished(*step, *status, error.as_deref(), *duration_us, *caught);
            }
            Event::Checked {
                kind,
                line,
                file,
                expression,
                holds,
                values,
                message,
                during,
                ..
            } => {
                let place = (file.as_deref(), *line);
                let judged = (kind.as_str(), expression.as_str(), *holds);
                self.checked(place, judged, values, message.as_deref(), *during);
            }
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

/// The time of something that still runs: it should not flicker.
fn tenths(micros: u64) -> String {
    if micros < 60_000_000 {
        format!("{}.{}s", micros / 1_000_000, micros / 100_000 % 10)
    } else {
        duration(micros)
    }
}
