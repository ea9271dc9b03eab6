//! The terminal: lines that are edited, completed and coloured, and what is shown meanwhile.
//!
//! What runs beside may have something to say while a line is being typed. All that is shown goes through
//! [`tell`]; where a line is edited it is put above that by rustyline's printer, which may block, and has
//! a thread of its own for that reason.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{ColorMode, CompletionType, Config, Context, Editor, ExternalPrinter as _, Helper};
use scn_interpreter::{Disk, Environment, Registry};

use super::input::{Ask, Input, Read, Reader};
use super::{command, entry, paint};
use crate::assist::{self, Around, Outline};
use crate::plugins;
use crate::project::Loader;
use crate::terminal;

/// Something to be shown, or a question whether all was.
enum Show {
    Text(String),
    /// What is being done, or that it is over.
    Busy(Option<String>),
    Done(mpsc::Sender<()>),
}

/// Who shows it, where a line may be under way.
static PRINTER: Mutex<Option<mpsc::Sender<Show>>> = Mutex::new(None);

/// So long it is waited for that all is shown.
const SHOWING: Duration = Duration::from_millis(500);

/// What takes no longer than this needs no sign of life.
const PATIENCE: Duration = Duration::from_millis(700);

/// So often its time is drawn anew.
const TICK: Duration = Duration::from_millis(100);

/// Shows a text that ends its line.
pub fn tell(text: &str) {
    let printer = PRINTER.lock().unwrap_or_else(PoisonError::into_inner);
    let sent = printer
        .as_ref()
        .is_some_and(|printer| printer.send(Show::Text(text.to_owned())).is_ok());
    if !sent {
        terminal::tell(text);
    }
}

/// What is being done is shown with its time, once it takes long; with none it is over.
pub fn busy(what: Option<&str>) {
    let printer = PRINTER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(printer) = printer.as_ref() {
        let _ = printer.send(Show::Busy(what.map(str::to_owned)));
    }
}

/// Waits until all is shown.
pub fn settle() {
    let printer = PRINTER
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let (done, shown) = mpsc::channel();
    if printer.is_some_and(|printer| printer.send(Show::Done(done)).is_ok()) {
        let _ = shown.recv_timeout(SHOWING);
    }
}

/// What is written here is shown, whatever line is under way.
pub struct Above;

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        tell(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the thread of the terminal needs to complete and to remember.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The environment, as `--env` names it.
    pub environment: Option<String>,
    /// The folder of the scenario.
    pub folder: PathBuf,
    /// It is the prompt of a session, and not a debugger's: each has commands of its own.
    pub session: bool,
    /// Where the history is kept.
    pub history: Option<PathBuf>,
}

/// Entries that are typed at the terminal.
pub fn input(place: Place) -> Input {
    Input::new(true, move |reader| {
        if let Err(error) = read(&reader, place) {
            terminal::complain(format!("the terminal cannot be used: {error}"));
        }
    })
}

fn read(reader: &Reader, place: Place) -> Result<(), ReadlineError> {
    let color = match terminal::has_color() {
        true => ColorMode::Enabled,
        false => ColorMode::Disabled,
    };
    let config = Config::builder()
        .color_mode(color)
        .completion_type(CompletionType::List)
        .max_history_size(5_000)?
        .auto_add_history(false)
        .build();
    let history = place.history.clone();
    let mut editor: Editor<Typing, FileHistory> = Editor::with_config(config)?;
    editor.set_helper(Some(Typing::new(place)));
    if let Some(path) = &history {
        // There is none before the first time.
        let _ = editor.load_history(path);
    }
    let mut printer = editor.create_external_printer()?;
    let (to_show, shows) = mpsc::channel();
    *PRINTER.lock().unwrap_or_else(PoisonError::into_inner) = Some(to_show);
    thread::spawn(move || {
        show_all(&shows, &mut |text| {
            let _ = printer.print(text);
        });
    });
    while let Ok(ask) = reader.asks.recv() {
        let read = match ask {
            Ask::Remember(text) => {
                remember(&mut editor, history.as_deref(), &text);
                continue;
            }
            Ask::Entry { prompt, before } => {
                settle();
                if let Some(helper) = editor.helper_mut() {
                    helper.before = before;
                    helper.plain = false;
                }
                read_entry(&mut editor, &prompt)
            }
            Ask::Question(question) => {
                settle();
                if let Some(helper) = editor.helper_mut() {
                    helper.plain = true;
                }
                read_line(&mut editor, &question)
            }
        };
        if reader.reads.send(read).is_err() {
            break;
        }
    }
    *PRINTER.lock().unwrap_or_else(PoisonError::into_inner) = None;
    Ok(())
}

/// Shows what comes, in its order; meanwhile that something is being done, if that takes long.
fn show_all(shows: &mpsc::Receiver<Show>, print: &mut dyn FnMut(String)) {
    let mut busy = Busy::default();
    loop {
        let show = match busy.is_on() {
            true => shows.recv_timeout(TICK),
            false => shows
                .recv()
                .map_err(|_| mpsc::RecvTimeoutError::Disconnected),
        };
        match show {
            Ok(Show::Text(text)) => {
                busy.wipe();
                print(text);
            }
            Ok(Show::Busy(what)) => {
                busy.wipe();
                busy.what = what
                    .filter(|_| terminal::is_animated())
                    .map(|what| (what, Instant::now()));
            }
            Ok(Show::Done(done)) => {
                busy.wipe();
                busy.what = None;
                let _ = done.send(());
            }
            Err(mpsc::RecvTimeoutError::Timeout) => busy.draw(),
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// What is drawn below all else while something is being done and no line is under way.
#[derive(Default)]
struct Busy {
    what: Option<(String, Instant)>,
    drawn: bool,
    turn: usize,
}

impl Busy {
    fn is_on(&self) -> bool {
        self.what.is_some()
    }

    fn draw(&mut self) {
        let Some((what, since)) = &self.what else {
            return;
        };
        let elapsed = since.elapsed();
        if elapsed < PATIENCE {
            return;
        }
        let picture = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'][self.turn % 10];
        let time = format!("{}.{}s", elapsed.as_secs(), elapsed.subsec_millis() / 100);
        let room = terminal::columns().saturating_sub(time.len() + 5);
        let what = scn_report::text::harmless(what, false);
        let what: String = what.chars().take(room).collect();
        terminal::tell(&format!("\r\x1b[K{picture} {time}  {what}"));
        self.turn += 1;
        self.drawn = true;
    }

    fn wipe(&mut self) {
        if std::mem::take(&mut self.drawn) {
            terminal::tell("\r\x1b[K");
        }
    }
}

/// The lines of an entry: a block goes on until its `end`, each further line after a prompt of its own.
fn read_entry(editor: &mut Editor<Typing, FileHistory>, prompt: &str) -> Read {
    let mut text = match read_line(editor, prompt) {
        Read::Entry(text) => text,
        other => return other,
    };
    let before = editor
        .helper()
        .map(|helper| helper.before.clone())
        .unwrap_or_default();
    let further = format!(
        "{:>width$} ",
        "…",
        width = prompt.trim_end().chars().count()
    );
    while entry::is_open(&text) {
        text.push('\n');
        if let Some(helper) = editor.helper_mut() {
            helper.before = format!("{before}{text}");
        }
        match read_line(editor, &further) {
            Read::Entry(line) => text.push_str(&line),
            // Ctrl-D in the middle drops what was begun, as Ctrl-C does.
            Read::Interrupted | Read::End => return Read::Interrupted,
        }
    }
    Read::Entry(text)
}

fn read_line(editor: &mut Editor<Typing, FileHistory>, prompt: &str) -> Read {
    match editor.readline(prompt) {
        Ok(text) => Read::Entry(text),
        Err(ReadlineError::Interrupted) => Read::Interrupted,
        Err(_) => Read::End,
    }
}

fn remember(
    editor: &mut Editor<Typing, FileHistory>,
    history: Option<&std::path::Path>,
    text: &str,
) {
    let added = editor.add_history_entry(text.trim_end());
    if let (Ok(true), Some(path)) = (added, history) {
        // That it cannot be kept is no reason not to go on.
        let folder = path.parent().map(std::fs::create_dir_all);
        let _ = folder.map(|made| made.map(|()| editor.append_history(path)));
    }
}

/// What the words mean, as far as completion is to know.
struct Known {
    environment: Option<Rc<Environment>>,
    registry: Registry,
}

/// Helps as one types.
struct Typing {
    place: Place,
    before: String,
    plain: bool,
    known: OnceCell<Known>,
}

impl Typing {
    fn new(place: Place) -> Self {
        Self {
            place,
            before: String::new(),
            plain: false,
            known: OnceCell::new(),
        }
    }

    /// Loaded by this thread for itself, when it is first needed.
    fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let mut loader = Loader::default();
            let named = self.place.environment.as_deref();
            let environment = loader.environment(named, &self.place.folder);
            let environment = environment.unwrap_or_default();
            let declared = loader.declared(environment.as_ref()).unwrap_or_default();
            Known {
                registry: plugins::known(&declared),
                environment,
            }
        })
    }

    /// Asks what can be said of a place in a line, which stands after all that was typed before.
    fn ask<T>(&self, line: &str, at: usize, ask: impl FnOnce(&str, usize, &Around<'_>) -> T) -> T {
        let known = self.known();
        let text = format!("{}{line}", self.before);
        let parsed = scn_grammar::parse(&text);
        let outline = Outline::of(&text, &parsed.file);
        let used = assist::used::steps(&outline, &self.place.folder, &Disk);
        let around = Around {
            environment: known.environment.as_deref(),
            registry: &known.registry,
            outline: &outline,
            used: &used,
            folder: &self.place.folder,
            files: &Disk,
        };
        ask(&text, self.before.len() + at, &around)
    }
}

/// What of an entry is a scenario's text, and where that begins: an expression stands in a `set`.
fn scenario_text(line: &str) -> (String, isize) {
    match line.strip_prefix('=') {
        Some(expression) => (
            format!("set it_is ={expression}"),
            "set it_is ".len() as isize,
        ),
        None => (line.to_owned(), 0),
    }
}

impl Completer for Typing {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let pair = |text: &str| Pair {
            display: text.to_owned(),
            replacement: text.to_owned(),
        };
        if self.plain {
            return Ok((at, Vec::new()));
        }
        if let Some(name) = line.strip_prefix(':') {
            let typed = name.get(..at.saturating_sub(1)).unwrap_or_default();
            let names = command::offered(typed, self.place.session);
            return Ok((1, names.into_iter().map(pair).collect()));
        }
        let (text, moved) = scenario_text(line);
        let at = at.saturating_add_signed(moved);
        let before = self.before.len();
        let (start, pairs) = self.ask(&text, at, |text, caret, around| {
            let found = assist::complete(text, caret, around);
            let mut pairs: Vec<Pair> = found
                .matching(text, caret)
                .into_iter()
                .map(|item| pair(&item.label))
                .collect();
            pairs.sort_by(|one, other| one.display.cmp(&other.display));
            pairs.dedup_by(|one, other| one.display == other.display);
            (found.replace.start as usize, pairs)
        });
        let start = start.saturating_sub(before).saturating_add_signed(-moved);
        Ok((start, pairs))
    }
}

/// What the command that is being typed takes: shown, and not typed.
struct Takes(String);

impl Hint for Takes {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Typing {
    type Hint = Takes;

    fn hint(&self, line: &str, at: usize, _: &Context<'_>) -> Option<Takes> {
        if self.plain || at < line.len() || line.trim().is_empty() {
            return None;
        }
        if let Some(name) = line.strip_prefix(':') {
            let found = command::known(self.place.session).find(|known| known.name == name)?;
            return Some(Takes(format!("  {} — {}", found.takes, found.help)));
        }
        if line.starts_with('=') || !line.ends_with(' ') {
            return None;
        }
        let help = self.ask(line, at, assist::signature)?;
        Some(Takes(format!("  {}", help.text)))
    }
}

impl Highlighter for Typing {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        match self.plain {
            true => line.into(),
            false => paint::line(line).into(),
        }
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        format!("\x1b[1m{prompt}\x1b[0m").into()
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        format!("\x1b[2m{hint}\x1b[0m").into()
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        true
    }
}

impl Validator for Typing {}

impl Helper for Typing {}
