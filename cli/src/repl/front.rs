//! What the interpreter asks at a pause: reads entries, answers `:` commands, shows what came.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use scn_interpreter::Environment;
use scn_interpreter::debug::{Answer, Breakpoint, Came, Debugger, Pause, Prompt, Step, Why};
use scn_protocol::Value;
use scn_report::text::harmless;

use super::command::{self, Does};
use super::entry::{self, Entry};
use super::input::{Ask, Input, Read};
use super::save::Typed;
use super::{line, show};
use crate::project::Loader;
use crate::scenario::Scenario;
use crate::source::Source;
use crate::terminal;
use crate::verbs::plan;

/// How a session was left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Left {
    /// For good.
    #[default]
    Over,
    /// To begin anew.
    Anew,
}

/// The prompt of a session, or of the debugger.
pub struct Front {
    input: Rc<Input>,
    session: bool,
    environment: Option<Rc<Environment>>,
    root: PathBuf,
    debugger: OnceCell<Weak<Debugger>>,
    typed: RefCell<Typed>,
    /// What was given last, and how many lines were before it.
    last: RefCell<(String, u32)>,
    /// A line was wrong, or could not be done.
    wrong: Cell<bool>,
    left: Cell<Left>,
    /// There is nobody to ask any more.
    ended: Cell<bool>,
    /// Each step has a line of its own when it ends.
    tells_steps: Cell<bool>,
}

impl Front {
    /// The prompt of a session, or of the debugger of a run; `root` is the folder in which steps work.
    pub fn new(
        input: Rc<Input>,
        session: bool,
        environment: Option<Rc<Environment>>,
        root: PathBuf,
    ) -> Self {
        Self {
            input,
            session,
            environment,
            root,
            debugger: OnceCell::new(),
            typed: RefCell::default(),
            last: RefCell::default(),
            wrong: Cell::default(),
            left: Cell::default(),
            ended: Cell::default(),
            tells_steps: Cell::new(true),
        }
    }

    /// Steps are not told when they end.
    pub fn quiet(&self, quiet: bool) {
        self.tells_steps.set(!quiet);
    }

    /// It is the prompt of this debugger.
    pub fn serves(&self, debugger: &Rc<Debugger>) {
        let _ = self.debugger.set(Rc::downgrade(debugger));
    }

    /// Whether a line was wrong.
    pub fn was_wrong(&self) -> bool {
        self.wrong.get()
    }

    /// How it was left.
    pub fn left(&self) -> Left {
        self.left.get()
    }

    fn debugger(&self) -> Option<Rc<Debugger>> {
        self.debugger.get().and_then(Weak::upgrade)
    }

    /// Something for the person, who may be in the middle of a line.
    fn tell(&self, text: &str) {
        line::tell(text);
    }

    fn complain(&self, text: &str) {
        self.wrong.set(self.wrong.get() || !self.input.is_terminal);
        let head = match terminal::is_live() {
            true => "\x1b[1;31merror:\x1b[0m",
            false => "error:",
        };
        self.tell(&format!("{head} {}\n", harmless(text, true)));
    }

    /// Shows what came of the last entry.
    fn came(&self, pause: &Pause<'_>, came: &Came) {
        let (text, before) = self.last.borrow().clone();
        match came {
            Came::Value(value) => {
                let shown = format!("{}\n", show::shown(pause, value));
                match self.input.is_terminal {
                    true => self.tell(&shown),
                    false => {
                        let _ = terminal::print(&shown);
                    }
                }
            }
            Came::Wrong(found) => {
                self.wrong.set(self.wrong.get() || !self.input.is_terminal);
                self.tell(&show::findings(found, &pause.place.file, &text, before));
            }
            Came::Done(found) => {
                if !found.is_empty() {
                    self.tell(&show::findings(found, &pause.place.file, &text, before));
                }
                self.typed.borrow_mut().add(&text);
            }
            Came::Failed { reason, .. } if self.was_told(&text, reason) => {}
            other => self.tell(&show::came(other)),
        }
        self.last.borrow_mut().0.clear();
    }

    /// Whether the step that failed is all that was typed: then its own line has said so, and why.
    fn was_told(&self, text: &str, reason: &str) -> bool {
        let text = text.trim();
        let told = reason.split_once(": ").map(|(step, _)| step);
        let told = told
            .into_iter()
            .chain(reason.split(" does not hold").next());
        self.input.is_terminal
            && self.tells_steps.get()
            && !text.contains('\n')
            && told
                .into_iter()
                .any(|step| text == step || text.ends_with(&format!(" {step}")))
    }

    async fn answer(&self, pause: &Pause<'_>) -> Answer {
        line::busy(None);
        let answer = self.next(pause).await;
        // After these the prompt comes again; all else may be the end of the run, which tells itself.
        if let Answer::Run { text, .. } | Answer::Show { text, .. } = &answer {
            line::busy(text.lines().next());
        }
        answer
    }

    async fn next(&self, pause: &Pause<'_>) -> Answer {
        match &pause.came {
            Some(came) => self.came(pause, came),
            None if pause.why != Why::End => self.tell(&show::paused(pause)),
            None => {}
        }
        if self.ended.get() {
            return Answer::Continue;
        }
        let prompt = match pause.why {
            Why::End => "scn> ",
            _ => "(scn) ",
        };
        loop {
            let before = self.before(pause);
            let prompt = prompt.to_owned();
            let read = self.input.read(Ask::Entry { prompt, before }).await;
            let answer = match read {
                Read::Entry(text) => {
                    self.remember(pause, &text);
                    self.entry(pause, &text).await
                }
                Read::Interrupted => None,
                Read::End => self.end(pause).await,
            };
            if let Some(answer) = answer {
                return answer;
            }
        }
    }

    /// What holds a secret stays out of the history.
    fn remember(&self, pause: &Pause<'_>, text: &str) {
        if !text.trim().is_empty() && pause.masked(text) == text {
            self.input.tell(Ask::Remember(text.to_owned()));
        }
    }

    /// What completion is to know of: variables, and the steps that were typed.
    fn before(&self, pause: &Pause<'_>) -> String {
        if !self.input.is_terminal {
            return String::new();
        }
        let mut text = self.typed.borrow().text();
        for (name, _) in pause.variables(0) {
            text.push_str(&format!("set {name} = none\n"));
        }
        text
    }

    /// There are no more lines. Ctrl-D at a terminal leaves, and what the person did not want to see done is not
    /// done; a file that has come to its end has no more to say of what runs.
    async fn end(&self, pause: &Pause<'_>) -> Option<Answer> {
        if self.session {
            return self.leave(pause).await;
        }
        if self.input.is_terminal {
            return Some(Answer::End);
        }
        self.ended.set(true);
        if let Some(debugger) = self.debugger() {
            debugger.let_go();
        }
        Some(Answer::Continue)
    }

    /// Leaves a session: what is owed is undone, after a person was asked.
    async fn leave(&self, pause: &Pause<'_>) -> Option<Answer> {
        let owed = pause.owed();
        if self.input.is_terminal && !owed.is_empty() {
            self.tell(&show::owed(pause));
            let question = "leave, and undo that? [Y/n] ".to_owned();
            let said = self.input.read(Ask::Question(question)).await;
            if let Read::Entry(said) = said
                && said.trim().to_lowercase().starts_with('n')
            {
                return None;
            }
        }
        Some(Answer::End)
    }

    async fn entry(&self, pause: &Pause<'_>, text: &str) -> Option<Answer> {
        match entry::of(text) {
            Entry::Nothing => None,
            Entry::Command(name, rest) => self.command(pause, name, rest).await,
            Entry::Show("") => {
                self.complain("an expression stands after `=`: = 2 * 3");
                None
            }
            Entry::Show(text) => {
                *self.last.borrow_mut() = (text.to_owned(), pause.typed);
                let text = text.to_owned();
                Some(Answer::Show { text, frame: 0 })
            }
            Entry::Run(text) => {
                *self.last.borrow_mut() = (text.to_owned(), pause.typed);
                let text = text.to_owned();
                Some(Answer::Run { text, frame: 0 })
            }
        }
    }

    async fn command(&self, pause: &Pause<'_>, name: &str, rest: &str) -> Option<Answer> {
        let command = match command::find(name, self.session) {
            Ok(command) => command,
            Err(reason) => {
                self.complain(&reason);
                return None;
            }
        };
        if command.takes.is_empty() && !rest.is_empty() {
            self.complain(&format!("`:{}` takes nothing", command.name));
            return None;
        }
        match command.does {
            Does::Help => self.tell(&command::help(self.session)),
            Does::Vars => self.tell(&show::variables(pause, rest)),
            Does::Env => self.environment(pause),
            Does::Owed => self.tell(&show::owed(pause)),
            Does::Where => {
                self.tell(&show::paused(pause));
                self.tell(&show::frames(pause));
            }
            Does::Plan => self.plan(pause, rest),
            Does::Save => self.save(rest),
            Does::Load => return self.load(pause, rest),
            Does::Break => self.breakpoints(rest),
            Does::Undo => return Some(Answer::Undo),
            Does::Step => return Some(Answer::Step(Step::Into)),
            Does::Next => return Some(Answer::Step(Step::Over)),
            Does::Out => return Some(Answer::Step(Step::Out)),
            Does::Continue => return Some(Answer::Continue),
            Does::Retry => return Some(Answer::Retry),
            Does::Skip => return Some(Answer::Skip),
            Does::Quit if self.session => return self.leave(pause).await,
            Does::Quit => return Some(Answer::End),
            Does::Reset => {
                let left = self.leave(pause).await;
                if left.is_some() {
                    self.left.set(Left::Anew);
                }
                return left;
            }
        }
        None
    }

    fn environment(&self, pause: &Pause<'_>) {
        let environment = self.environment.as_deref();
        let commands = environment.map(|environment| {
            let names = environment.commands.keys();
            names.cloned().collect::<Vec<String>>()
        });
        let name = environment.map(|environment| environment.name.as_str());
        let shown = show::environment(pause, name, &commands.unwrap_or_default());
        self.tell(&shown);
    }

    /// What a line would do: after what its variables are now.
    fn plan(&self, pause: &Pause<'_>, text: &str) {
        let mut known = String::new();
        for (name, value) in pause.variables(0) {
            if let Some(literal) = literal(&value) {
                known.push_str(&format!("set {name} = {literal}\n"));
            }
        }
        let before = known.lines().count();
        let source = Source {
            name: pause.place.file.clone(),
            path: self.root.join(&pause.place.file),
            folder: self.root.clone(),
            bytes: Rc::new(
                format!("{known}{text}\n{}", steps(&self.typed.borrow().text())).into_bytes(),
            ),
            is_stdin: false,
        };
        let mut loader = Loader::default();
        let environment = self.environment.clone();
        let Ok((scenario, plan)) = Scenario::plan(&source, environment, &self.root, &mut loader)
        else {
            return;
        };
        let Some(planned) = plan else {
            let found = scenario.checked.diagnostics.iter();
            for found in found.filter(|found| found.is_error()) {
                self.complain(&found.message);
            }
            return;
        };
        let lines = planned
            .sections
            .into_iter()
            .filter(|section| section.file.is_none());
        let lines = lines.flat_map(|section| section.lines);
        let lines: Vec<_> = lines
            .filter_map(|mut line| {
                let number = line.line? as usize;
                line.line = None;
                (number > before && number <= before + text.lines().count()).then_some(line)
            })
            .collect();
        self.tell(&pause.masked(&plan::lines(&lines)));
    }

    fn save(&self, name: &str) {
        if name.is_empty() {
            return self.complain("a file's name stands after it: `:save failover.scn`");
        }
        match self.typed.borrow().save(Path::new(name)) {
            Ok(()) => self.tell(&format!("written to {name}\n")),
            Err(error) => self.complain(&format!("{name}: {}", terminal::reason(&error))),
        }
    }

    fn load(&self, pause: &Pause<'_>, name: &str) -> Option<Answer> {
        if name.is_empty() {
            self.complain("a file's name stands after it: `:load failover.scn`");
            return None;
        }
        match std::fs::read_to_string(name) {
            Ok(text) => {
                *self.last.borrow_mut() = (text.clone(), pause.typed);
                Some(Answer::Run { text, frame: 0 })
            }
            Err(error) => {
                self.complain(&format!("{name}: {}", terminal::reason(&error)));
                None
            }
        }
    }

    fn breakpoints(&self, text: &str) {
        let Some(debugger) = self.debugger() else {
            return;
        };
        let mut all = debugger.breakpoints();
        if let Some(number) = text.strip_prefix('-') {
            let before = all.len();
            all.retain(|known| known.id.to_string() != number.trim());
            if all.len() == before {
                return self.complain(&format!("there is no breakpoint {number}"));
            }
            return debugger.set_breakpoints(all);
        }
        if !text.is_empty() {
            match text.parse::<Breakpoint>() {
                Ok(breakpoint) => {
                    let next = all.iter().map(|known| known.id).max().unwrap_or(0) + 1;
                    all.push(breakpoint.numbered(next));
                    debugger.set_breakpoints(all.clone());
                }
                Err(reason) => return self.complain(&reason),
            }
        }
        let shown = all.iter().map(|known| {
            format!(
                "  {}  {known}  (stopped {} times)\n",
                known.id,
                known.hits.get()
            )
        });
        let shown: String = shown.collect();
        match shown.is_empty() {
            true => self.tell("  no breakpoint is set\n"),
            false => self.tell(&shown),
        }
    }
}

/// The steps that are defined in a text.
fn steps(text: &str) -> String {
    let statements = scn_grammar::parse(text).file.body.statements;
    let defines = statements.iter().filter(|statement| {
        use scn_grammar::tree::StatementKind::{StepDefinition, Use};
        matches!(statement.kind, StepDefinition { .. } | Use { .. })
    });
    let texts = defines.map(|statement| format!("{}\n", &text[statement.span.range()]));
    texts.collect()
}

/// A value as an expression, where it is one.
fn literal(value: &Value) -> Option<String> {
    let quoted = |text: &str| {
        let text = text
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace("#{", "\\#{");
        let text = text
            .replace('\n', "\\n")
            .replace('\t', "\\t")
            .replace('\r', "\\u{D}");
        format!("\"{text}\"")
    };
    match value {
        Value::Secret(_) | Value::Handle(_) => None,
        Value::Text(text) => Some(quoted(text.as_str())),
        Value::List(_) | Value::Map(_) => Some(format!("json({})", quoted(&value.to_text()))),
        Value::Result(result) => literal(&result.value),
        Value::Int(_)
        | Value::Bool(_)
        | Value::None
        | Value::Decimal(_)
        | Value::Duration(_)
        | Value::Size(_)
        | Value::Percent(_) => Some(value.to_text().into_owned()),
        _ => None,
    }
}

impl Prompt for Front {
    fn ask<'a>(&'a self, pause: &'a Pause<'a>) -> LocalBoxFuture<'a, Answer> {
        self.answer(pause).boxed_local()
    }

    fn notice(&self, message: &str) {
        self.tell(&format!("note: {}\n", harmless(message, false)));
    }
}
