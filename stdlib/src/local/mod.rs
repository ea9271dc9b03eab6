//! This machine as the system under test: its programs, its components, its files.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use futures_util::future::LocalBoxFuture;
use scn_interpreter::environment::Masker;
use scn_interpreter::{Context, Left, LogStood, Outcome, World};
use scn_process::{Child, SpawnError, Spec, Tree};
use scn_protocol::Report;
use scn_protocol::component::{Component, Program};
use scn_watch::Watcher;

mod components;
mod earlier;
mod hiding;
mod leftover;
mod own;
mod ports;
mod program;
mod ready;
mod selector;
mod start;
mod stop;
mod tail;
mod watching;

use components::Components;

/// Something to be done before what the run left is ended.
type Last = Box<dyn FnOnce() -> LocalBoxFuture<'static, Vec<String>>>;

/// Gives the folder for the outputs of what outlives its step, made when it is first asked for.
type Outputs = Box<dyn Fn() -> io::Result<PathBuf>>;

/// This machine, for one run at a time.
pub struct LocalWorld {
    /// The run's name.
    run: RefCell<OsString>,
    outputs: Outputs,
    ports: RefCell<HashSet<u16>>,
    tree: RefCell<Rc<Tree>>,
    components: Components,
    /// None before the run begins, and if there is nothing to watch.
    watcher: RefCell<Option<Rc<Watcher>>>,
    last: RefCell<Vec<Last>>,
    /// What an earlier runner started.
    earlier: RefCell<HashSet<Left>>,
    /// Where logs stood as it was killed, until they are followed again.
    stood: RefCell<Vec<LogStood>>,
    /// Masks what is kept beside the record, where there are secrets.
    masker: RefCell<Option<Rc<RefCell<Masker>>>>,
}

impl LocalWorld {
    /// For the run of that name, which its programs get as `SCN_RUN`. `outputs` gives the folder that takes what components write, and what
    /// programs write that a step left behind; it is asked only when there is such a thing.
    pub fn new(run: &str, outputs: impl Fn() -> io::Result<PathBuf> + 'static) -> Rc<Self> {
        Rc::new(Self {
            run: RefCell::new(run.into()),
            outputs: Box::new(outputs),
            ports: RefCell::default(),
            tree: RefCell::new(tree_of(run)),
            components: Components::default(),
            watcher: RefCell::default(),
            last: RefCell::default(),
            earlier: RefCell::default(),
            stood: RefCell::default(),
            masker: RefCell::default(),
        })
    }

    /// For what only asks commands about themselves: checking, help, completion.
    pub fn without_a_run() -> Rc<Self> {
        Self::new("", || Err(io::Error::other("there is no run")))
    }

    /// The run is over, and from here on this is for the one of that name, with all commands that act on it: to
    /// make them again, and to check a scenario with them, costs more than many a run. What is still there of the
    /// last one is killed, and else nothing of it is known.
    pub fn renew(&self, run: &str) {
        *self.run.borrow_mut() = run.into();
        self.ports.take();
        *self.tree.borrow_mut() = tree_of(run);
        self.components.forget();
        self.watcher.take();
        self.last.take();
        self.earlier.take();
        self.stood.take();
        self.masker.take();
    }

    fn tree(&self) -> Rc<Tree> {
        Rc::clone(&self.tree.borrow())
    }

    /// Starts a program that belongs to the run and to no step: whatever it leaves is ended with the
    /// run.
    ///
    /// # Errors
    /// Why it could not be started.
    pub fn start_program(&self, spec: &Spec) -> Result<Child, SpawnError> {
        self.tree().spawn(spec)
    }

    /// What masks the run's secrets, once these are known, and if it has any.
    pub fn masker(&self) -> Option<Rc<RefCell<Masker>>> {
        self.masker.borrow().clone()
    }

    /// Has something done once everything that is owed was done, before what still runs is ended. It
    /// gives a line for each thing that did not end as it should.
    pub fn at_end(&self, last: impl FnOnce() -> LocalBoxFuture<'static, Vec<String>> + 'static) {
        self.last.borrow_mut().push(Box::new(last));
    }

    /// Kills all that was started and still runs, and waits until it is gone: for a run that is
    /// stopped at once, of which nothing more is recorded.
    pub async fn end_at_once(&self) {
        // What cannot be found cannot be told to anybody any more either.
        let _ = self.tree().end_all(Duration::ZERO).await;
    }

    /// Leaves what an earlier runner started to itself: the run is not taken up after all.
    pub fn let_go(&self) {
        self.tree().let_go();
    }

    /// These are the components that there are: [`Command::does`](scn_interpreter::Command::does)
    /// can then tell more. The begin of a run does this by itself.
    pub fn know(&self, components: &[Rc<Component>]) {
        self.components.know(components);
    }
}

/// What is started in the run of that name.
fn tree_of(run: &str) -> Rc<Tree> {
    Rc::new(Tree::new(Some(("SCN_RUN".into(), run.into()))))
}

/// How many processes and threads the system has, at little cost.
fn processes_of_all() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').nth(3)?.split('/').nth(1)?.parse().ok()
}

/// By so much, in nanoseconds, the times of files may be behind the clock: file systems take the time of
/// the last tick.
const COARSE: i64 = 20_000_000;

impl World for LocalWorld {
    fn left(&self, left: Vec<Left>) {
        self.take_over(left);
    }

    fn end_left(&self, left: Left) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.end_earlier(left))
    }

    fn runs_left(&self, left: Left) -> bool {
        self.open_earlier(left).is_some()
    }

    fn rejoin_left<'a>(
        &'a self,
        left: Left,
        context: &'a dyn Context,
    ) -> LocalBoxFuture<'a, std::io::Result<()>> {
        Box::pin(self.rejoin_earlier(left, context))
    }

    fn processes_beyond(&self, most: u64) -> Option<u64> {
        // Where there are fewer in the whole system they need not be told apart.
        if processes_of_all().is_some_and(|all| all <= most) {
            return None;
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.tree().beyond(most).ok()?.map(|count| count as u64)
    }

    fn kill_all(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.end_at_once())
    }

    fn hide(&self, masker: Rc<RefCell<Masker>>) {
        *self.masker.borrow_mut() = Some(masker);
    }

    fn stood(&self, logs: Vec<LogStood>) {
        *self.stood.borrow_mut() = logs;
    }

    fn reads_on(&self, component: &str) -> bool {
        self.watcher()
            .is_some_and(|watcher| watcher.reads_on(component))
    }

    fn begin(&self, root: &Path, components: &[Rc<Component>], reports: Rc<dyn Fn(Report)>) {
        self.components.know(components);
        self.find_components();
        self.watch(root, components, reports);
    }

    fn run_program<'a>(
        &'a self,
        program: Program,
        context: &'a dyn Context,
    ) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(program::run(self, program, context))
    }

    fn refresh(&self) {
        if let Some(watcher) = self.watcher() {
            watcher.refresh();
        }
    }

    fn end(&self) -> LocalBoxFuture<'_, Vec<String>> {
        Box::pin(async {
            let last = std::mem::take(&mut *self.last.borrow_mut());
            let mut lines = Vec::new();
            for last in last {
                lines.extend(last().await);
            }
            lines.extend(self.end_all().await);
            lines.extend(self.hide_outputs());
            lines
        })
    }

    fn env(&self, name: &str) -> Option<String> {
        // A name with `=` or NUL is none that a variable can have.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn changed_since(&self, path: &Path, moment: i64) -> bool {
        let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified());
        let since = modified
            .ok()
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let moment = moment.saturating_sub(COARSE);
        since.is_some_and(|since| i64::try_from(since.as_nanos()).is_ok_and(|at| at >= moment))
    }

    fn free_port(&self) -> io::Result<u16> {
        ports::free(&mut self.ports.borrow_mut())
    }

    fn random(&self) -> u64 {
        fastrand::u64(..)
    }
}
