//! What the interpreter asks of the program that it is part of: time, a record, and the
//! system under test. It has no clock, no file and no process of its own.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_protocol::component::{Component, Program};
use scn_protocol::{Event, LogFile, LogPlace, Report, Stream};

use crate::command::{Command, Context, Outcome};
use crate::environment::Masker;
use crate::function::OwnFunction;

/// Everything that a run needs from outside.
#[derive(Clone)]
pub struct Platform {
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Where events go.
    pub record: Rc<dyn Record>,
    /// The system under test.
    pub world: Rc<dyn World>,
}

/// Time.
pub trait Clock {
    /// Now: nanoseconds since 1970 in UTC.
    fn now(&self) -> i64;

    /// A clock that never goes back, in nanoseconds from any beginning: durations and time
    /// limits are measured on it.
    fn monotonic(&self) -> i64;

    /// Completes when [`Clock::monotonic`] has reached `at`.
    fn sleep_until(&self, at: i64) -> LocalBoxFuture<'static, ()>;
}

/// The record of a run. Secrets are masked before anything gets here.
///
/// An error means that the run can no longer be recorded: it ends.
pub trait Record {
    /// Appends an event; it has left this process when this returns.
    fn event(&self, event: Event) -> io::Result<()>;

    /// Appends a step's output: small ones to the journal, large ones beside it.
    fn output(&self, step: u64, stream: Stream, bytes: &[u8]) -> io::Result<()>;

    /// No more output of this step is to be expected before its `step_finished`. A record that holds no
    /// output back has nothing to do.
    fn flush_output(&self, step: u64) -> io::Result<()> {
        let _ = step;
        Ok(())
    }

    /// Makes sure that everything appended so far survives the machine's death. A record that is to
    /// survive nothing has nothing to do.
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    /// Keeps a copy of a file; gives its name in the run's folder.
    fn attach(&self, path: &Path, name: &str) -> io::Result<String>;

    /// The run's scratch folder, `#{run.dir}`, made when it is first asked for.
    fn scratch(&self) -> io::Result<PathBuf>;
}

/// A program that an earlier runner of the same run started, before it was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Left {
    /// Its process id.
    pub pid: u32,
    /// When it began, as [`Context::started`] was told it: tells it from a later process of that number.
    pub ticks: u64,
}

/// Where a component's log stood when an earlier runner of the same run was killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStood {
    /// The component.
    pub component: String,
    /// The file that was read; none if there was none.
    pub file: Option<LogFile>,
    /// Up to where it was read.
    pub place: LogPlace,
}

/// The system under test, and this machine.
pub trait World {
    /// An earlier runner of this run started these programs, since the machine was last started. What
    /// still runs of them, and of what they started, belongs to this run again: [`World::end`] ends it
    /// too. Called by whoever takes up the run, before [`World::begin`].
    fn left(&self, left: Vec<Left>) {
        let _ = left;
    }

    /// Ends one of [`World::left`] with its process group, as a step that is cancelled. Nothing happens if
    /// it has ended, or was not among these.
    fn end_left(&self, left: Left) -> LocalBoxFuture<'_, ()> {
        let _ = left;
        Box::pin(std::future::ready(()))
    }

    /// Whether one of [`World::left`] still runs. False too if it was not among these.
    fn runs_left(&self, left: Left) -> bool {
        let _ = left;
        false
    }

    /// Hands `context` what one of [`World::left`] has written since its runner was gone, and writes, and
    /// completes when it has ended; how it did is nobody's to know but its parent's, which is gone.
    fn rejoin_left<'a>(
        &'a self,
        left: Left,
        context: &'a dyn Context,
    ) -> LocalBoxFuture<'a, io::Result<()>> {
        let _ = (left, context);
        Box::pin(std::future::ready(Ok(())))
    }

    /// How many processes of the run there are, if it is more than `most`.
    fn processes_beyond(&self, most: u64) -> Option<u64> {
        let _ = most;
        None
    }

    /// Kills all that the run started and that still runs.
    fn kill_all(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// What is kept of the run beside its record must not show what this masks, which may become
    /// more as the run goes on. Called once, before [`World::begin`], where there are secrets.
    fn hide(&self, masker: Rc<RefCell<Masker>>) {
        let _ = masker;
    }

    /// Where the logs of components stood when an earlier runner of this run was killed: [`World::begin`] goes on
    /// reading there, where that can be done without missing or telling again anything. Called by whoever
    /// takes up the run, before that.
    fn stood(&self, logs: Vec<LogStood>) {
        let _ = logs;
    }

    /// Whether all logs of that component are read on from where they stood.
    fn reads_on(&self, component: &str) -> bool {
        let _ = component;
        false
    }

    /// Begins to watch these components, and this machine around `root`, the folder in which steps
    /// work. Reports go to `reports`, from the same thread. Called once, before the first step.
    fn begin(&self, root: &Path, components: &[Rc<Component>], reports: Rc<dyn Fn(Report)>);

    /// Runs a program to its end (or until [`Context::cancelled`], which ends it with all
    /// of its process group: TERM, 5 s, KILL).
    fn run_program<'a>(
        &'a self,
        program: Program,
        context: &'a dyn Context,
    ) -> LocalBoxFuture<'a, Outcome>;

    /// The steps so far may have changed something: what is watched by looking (whether a
    /// process runs) is looked at now. Called after each step that is no pure computation.
    fn refresh(&self);

    /// Ends everything that was started during the run and still runs, components that
    /// `start` started included; gives one line for each thing that had to be ended.
    fn end(&self) -> LocalBoxFuture<'_, Vec<String>>;

    /// The value of an environment variable of this program.
    fn env(&self, name: &str) -> Option<String>;

    /// A file's content.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether there is such a file or folder.
    fn exists(&self, path: &Path) -> bool;

    /// Whether something was written to that file since that moment, in nanoseconds since 1970 in UTC, as
    /// far as can be told.
    fn changed_since(&self, path: &Path, moment: i64) -> bool {
        let _ = (path, moment);
        true
    }

    /// A TCP port of the loopback interface that nobody listens on, and that was not handed out before
    /// in this run.
    fn free_port(&self) -> io::Result<u16>;

    /// 64 random bits.
    fn random(&self) -> u64;
}

/// The commands that there are, beyond those of scenario and environment.
#[derive(Clone, Default)]
pub struct Registry {
    commands: Vec<Rc<dyn Command>>,
    /// Those of plug-ins, each with the environment's name for its plug-in.
    plugins: Vec<(String, Rc<dyn Command>)>,
    functions: Vec<Rc<OwnFunction>>,
    observed: Option<Observed>,
}

/// What the platform observes by itself.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The metrics of a component's process.
    pub of_process: Vec<String>,
    /// The metrics of `System`.
    pub of_system: Vec<String>,
}

impl Registry {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a command; a later one of the same name takes its place.
    pub fn add(&mut self, command: Rc<dyn Command>) {
        let name = &command.signature().name;
        self.commands
            .retain(|known| known.signature().name != *name);
        self.commands.push(command);
    }

    /// Adds a command of a plug-in, which goes by its own name and by `PLUGIN.NAME`.
    pub fn add_of(&mut self, plugin: &str, command: Rc<dyn Command>) {
        self.plugins.push((plugin.to_owned(), command));
    }

    /// Adds a function of expressions; it takes the place of an earlier or built-in one of its name.
    pub fn add_function(&mut self, function: OwnFunction) {
        self.functions.push(Rc::new(function));
    }

    /// These metrics come by themselves, and no others but what an environment and its plug-ins give:
    /// so a name that nothing reports is found before the run.
    pub fn observes(&mut self, observed: Observed) {
        self.observed = Some(observed);
    }

    /// What comes by itself, if that is known.
    pub fn observed(&self) -> Option<&Observed> {
        self.observed.as_ref()
    }

    /// The own function of that name.
    pub fn function(&self, name: &str) -> Option<&Rc<OwnFunction>> {
        self.functions
            .iter()
            .rev()
            .find(|function| function.name == name)
    }

    /// The names of the own functions.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(|function| function.name.as_str())
    }

    /// The command of that name: a plug-in's, if it is the only plug-in that has such a one or is
    /// named too, else one of those that were [added](Self::add).
    pub fn find(&self, name: &str) -> Option<&Rc<dyn Command>> {
        let mut of_plugins = self.of_plugins(name);
        match (of_plugins.next(), of_plugins.next()) {
            (Some(_), Some(_)) => None,
            (Some((_, command)), None) => Some(command),
            (None, _) => self.long_form(name).or_else(|| {
                self.commands
                    .iter()
                    .find(|command| command.signature().name == name)
            }),
        }
    }

    /// Where several plug-ins have a command of that name: what each is called by, in full.
    pub fn ambiguous(&self, name: &str) -> Vec<String> {
        let full = self.of_plugins(name).map(|(plugin, _)| plugin);
        let full: Vec<String> = full.map(|plugin| format!("{plugin}.{name}")).collect();
        match full.len() {
            1 => Vec::new(),
            _ => full,
        }
    }

    /// The command that undoes `command`, and the name that it is shown by.
    pub fn undoes(&self, command: &dyn Command) -> Option<(String, &Rc<dyn Command>)> {
        let full = command.undone_by()?;
        let declared = command.signature().undo.clone()?;
        let found = self
            .long_form(&full)
            .or_else(|| self.iter().find(|known| known.full_name() == full))?;
        let plain = self.find(&declared);
        let shown = plain.filter(|plain| Rc::ptr_eq(plain, found));
        Some((shown.map_or(full, |_| declared), found))
    }

    /// Those of plug-ins.
    pub fn of_any_plugin(&self) -> impl Iterator<Item = &Rc<dyn Command>> {
        self.plugins.iter().map(|(_, command)| command)
    }

    /// All of them, in the order in which they were added, those of plug-ins last.
    pub fn iter(&self) -> impl Iterator<Item = &Rc<dyn Command>> {
        self.commands.iter().chain(self.of_any_plugin())
    }

    /// Every name by which a command can be found.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let plain = self.iter().map(|command| command.signature().name.clone());
        let full = self
            .plugins
            .iter()
            .map(|(plugin, command)| format!("{plugin}.{}", command.signature().name));
        plain.chain(full)
    }

    fn of_plugins(&self, name: &str) -> impl Iterator<Item = &(String, Rc<dyn Command>)> {
        let named =
            move |(_, command): &&(String, Rc<dyn Command>)| command.signature().name == name;
        self.plugins.iter().filter(named)
    }

    fn long_form(&self, name: &str) -> Option<&Rc<dyn Command>> {
        let is = |(plugin, command): &&(String, Rc<dyn Command>)| {
            let rest = name.strip_prefix(plugin.as_str());
            rest.and_then(|rest| rest.strip_prefix('.')) == Some(&command.signature().name)
        };
        self.plugins.iter().find(is).map(|(_, command)| command)
    }
}

/// Reads the files of scenarios and environments, so that an editor can give its own text.
pub trait Files {
    /// A file's content.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The names of what is in a folder, in any order. An error if there is no such folder,
    /// as there is none for who knows files alone.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let _ = folder;
        Err(io::ErrorKind::NotFound.into())
    }
}

/// The files as they are on disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }
}
