//! Starting a component.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use scn_interpreter::{Context, Outcome};
use scn_process::{Discard, Output, Process};
use scn_protocol::component::{Component, ReadyWhen};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::components::Started;
use super::ready::Readiness;
use super::{LocalWorld, program, tail};
use crate::effect::{reason, time_text};

/// How long a component may take unless its `ready` says.
const WITHIN: Duration = Duration::from_secs(30);

impl LocalWorld {
    /// Starts a component, unless it runs, and waits until it is ready.
    pub(crate) async fn start(
        &self,
        component: &Rc<Component>,
        context: &dyn Context,
    ) -> Result<(), Outcome> {
        let name = &component.name;
        let within = component.ready.as_ref().map_or(WITHIN, |ready| {
            Duration::from_nanos(ready.within.try_into().unwrap_or(0))
        });
        let deadline = Instant::now() + within;
        let running = self.components.running(name);
        let (started, readiness) = if let Some(own) = self.own(component).await? {
            context.log("info", &format!("{} runs already", own.what()));
            (running, Readiness::of_one_that_runs(component)?)
        } else if running.is_some() {
            // Another branch is starting it.
            (running, Readiness::of_one_that_runs(component)?)
        } else {
            // From here on, so that no line is missed.
            let readiness = Readiness::from_now_on(self, component)?;
            let launched = self.launch(component, context);
            (
                Some(launched.inspect_err(|_| context.not_started())?),
                readiness,
            )
        };
        let waiting = self.wait_until_ready(component, started.as_deref(), &readiness, context);
        tokio::select! {
            biased;
            ready = waiting => ready,
            () = tokio::time::sleep_until(deadline) => {
                let why = readiness.not_yet();
                let time = time_text(within);
                let last = started.and_then(|started| tail::show(&started, context));
                let last = last.map_or(String::new(), |line| format!(" ({line})"));
                Err(Outcome::fail(format!("{name} is not ready within {time}: {why}{last}")))
            }
        }
    }

    /// Starts a component's program.
    fn launch(
        &self,
        component: &Rc<Component>,
        context: &dyn Context,
    ) -> Result<Rc<Started>, Outcome> {
        let name = &component.name;
        let declared = component.start.clone().ok_or_else(|| {
            Outcome::error(format!(
                "the environment does not say how {name} is started"
            ))
        })?;
        let (path, file) = self.output_file(name).map_err(|error| {
            Outcome::error(format!(
                "no file takes the output of {name}: {}",
                reason(&error)
            ))
        })?;
        let unusable = |error| Outcome::error(format!("{}: {}", path.display(), reason(&error)));
        let mut spec = program::spec(declared, context);
        spec.output = Output::Files {
            stdout: file.try_clone().map_err(unusable)?,
            stderr: file,
        };
        let before = fs::metadata(&path).map_err(unusable)?.len();
        let mut outputs = self.components.outputs.borrow_mut();
        outputs.insert(path.clone());
        drop(outputs);
        let mut child = self
            .tree()
            .spawn(&spec)
            .map_err(|error| Outcome::error(format!("{name} cannot be started: {error}")))?;
        let pid = child.pid();
        context.started(pid, child.start_time());
        let (ended, exit) = watch::channel(None);
        tokio::task::spawn_local(async move {
            // It writes to files, so that there is nothing to take but its exit.
            while let Err(error) = child.wait(&mut Discard).await {
                if error.kind() != io::ErrorKind::Interrupted {
                    return;
                }
            }
            // At the end of a run nobody may ask any more.
            let _ = ended.send(child.exit());
        });
        let started = Rc::new(Started {
            component: Rc::clone(component),
            pid,
            process: Process::open(pid).map_err(unusable)?,
            exit,
            output: path,
            before,
        });
        let mut all = self.components.started.borrow_mut();
        all.insert(name.clone(), Rc::clone(&started));
        drop(all);
        if component.process.is_none() {
            // At once, so that it comes before anything that the process logs.
            self.tell_watcher(name, pid);
        }
        Ok(started)
    }

    /// The file that takes what a component writes.
    fn output_file(&self, name: &str) -> io::Result<(PathBuf, File)> {
        let path = self.output_path(name)?;
        if let Some(folder) = path.parent() {
            // For nobody else to read, as the rest of the record.
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        // Until it has ended secrets stand in it as they are: for nobody else to read.
        let mut file = File::options();
        let file = file.create(true).append(true).mode(0o600).open(&path)?;
        Ok((path, file))
    }

    /// Where that file is.
    pub(super) fn output_path(&self, name: &str) -> io::Result<PathBuf> {
        let file = format!("{}.log", name.replace(['/', '\0'], "_"));
        Ok((self.outputs)()?.join(file))
    }

    async fn wait_until_ready(
        &self,
        component: &Component,
        started: Option<&Started>,
        readiness: &Readiness,
        context: &dyn Context,
    ) -> Result<(), Outcome> {
        let becoming = async {
            let mut pause = Duration::from_millis(2);
            let own = loop {
                match self.own(component).await? {
                    Some(own) => break own,
                    None => sleep(pause).await,
                }
                pause = (pause * 2).min(Duration::from_millis(100));
            };
            self.tell_watcher(&component.name, own.pid());
            readiness.wait(self, own.pid(), context).await
        };
        tokio::select! {
            biased;
            failed = died(self, component, started, context) => Err(failed),
            ready = becoming => ready,
        }
    }
}

/// Completes when the program that was started has ended, and that means that the component
/// will not become ready.
async fn died(
    world: &LocalWorld,
    component: &Component,
    started: Option<&Started>,
    context: &dyn Context,
) -> Outcome {
    let Some(started) = started else {
        return std::future::pending().await;
    };
    let mut exit = started.exit.clone();
    let exit = match exit.wait_for(Option::is_some).await {
        Ok(exit) => *exit,
        Err(_) => return std::future::pending().await,
    };
    let how = exit.as_ref().and_then(program::why);
    if how.is_none() && component.process.is_some() {
        // It has put itself into the background, and is found by other means.
        return std::future::pending().await;
    }
    let how = how.unwrap_or_else(|| "exit status 0".to_owned());
    let last = tail::show(started, context);
    let last = last.map_or(String::new(), |line| format!(" ({line})"));
    let name = &component.name;
    let held = match component.ready.as_ref().map(|ready| &ready.when) {
        Some(ReadyWhen::Port(port)) => world
            .served_by_another(*port, started.pid)
            .map(|other| format!("; port {port} is taken: process {other} listens there")),
        _ => None,
    };
    let held = held.unwrap_or_default();
    Outcome::fail(format!(
        "{name} ended before it was ready: {how}{held}{last}"
    ))
}
