//! When a component is ready.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use regex::Regex;
use scn_interpreter::{Context, Outcome};
use scn_process::{Discard, Spec};
use scn_protocol::component::{Component, ReadyWhen};
use scn_watch::LogWait;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::{LocalWorld, program};
use crate::effect::reason;
use crate::web::{Piece, Request};

/// How long one attempt to see whether it is ready may take.
const ATTEMPT: Duration = Duration::from_secs(2);

/// Where another process answers at a component's port, its own is given this long to fail for that.
const HELD: Duration = Duration::from_millis(500);

/// What is waited for after a start.
pub(super) struct Readiness {
    name: String,
    when: When,
    /// The logs that it writes.
    logs: Vec<PathBuf>,
    /// What is not so yet.
    lacks: RefCell<String>,
}

enum When {
    /// Nothing beyond its process.
    Running,
    Port(u16),
    /// A line of one of its logs.
    Log(RefCell<Option<LogWait>>, String),
    /// A line of its output, where it has no logs.
    Output(Regex),
    Run(scn_protocol::component::Program),
    Http(String),
}

impl Readiness {
    /// Before a start: a line of a log counts from now on.
    pub(super) fn from_now_on(world: &LocalWorld, component: &Component) -> Result<Self, Outcome> {
        Self::new(component, Some(world))
    }

    /// Of one that runs already, whose logs may have said so before.
    pub(super) fn of_one_that_runs(component: &Component) -> Result<Self, Outcome> {
        Self::new(component, None)
    }

    fn new(component: &Component, log: Option<&LocalWorld>) -> Result<Self, Outcome> {
        let when = match component.ready.as_ref().map(|ready| &ready.when) {
            None => When::Running,
            Some(ReadyWhen::Port(port)) => When::Port(*port),
            Some(ReadyWhen::Log(text)) => {
                let regex = Regex::new(text).map_err(|error| {
                    Outcome::error(format!("`ready` of {}: {error}", component.name))
                })?;
                match log {
                    None => When::Running,
                    Some(_) if component.logs.is_empty() => When::Output(regex),
                    Some(world) => {
                        let watcher = world.watcher();
                        let line = watcher.and_then(|w| w.expect_log(&component.name, regex));
                        When::Log(RefCell::new(line), text.clone())
                    }
                }
            }
            Some(ReadyWhen::Run(program)) => When::Run(program.clone()),
            Some(ReadyWhen::Http(url)) => When::Http(url.clone()),
        };
        Ok(Self {
            name: component.name.clone(),
            when,
            logs: component.logs.iter().map(|log| log.path.clone()).collect(),
            lacks: RefCell::new("its process is not found".to_owned()),
        })
    }

    /// What is not so yet, for the failure when the time is up.
    pub(super) fn not_yet(&self) -> String {
        let mut text = self.lacks.borrow().clone();
        let regex = match &self.when {
            When::Log(_, regex) => regex.as_str(),
            When::Output(regex) => regex.as_str(),
            _ => return text,
        };
        if regex.contains('/') && regex.ends_with(".log") {
            text.push_str("; that is a regular expression: the path of a log stands in `log = [{ path = … }]`");
        } else if let Some(path) = self.logs.iter().find(|path| !path.exists()) {
            text.push_str(&format!("; there is no file {}", path.display()));
        } else if self.logs.is_empty() {
            text.push_str("; it has no `log`, so that what it prints is looked at");
        }
        text
    }

    fn lacks(&self, what: String) {
        *self.lacks.borrow_mut() = what;
    }

    /// Waits until it is ready; `own` is its process.
    pub(super) async fn wait(
        &self,
        world: &LocalWorld,
        own: u32,
        context: &dyn Context,
    ) -> Result<(), Outcome> {
        match &self.when {
            When::Running => Ok(()),
            When::Port(port) => {
                self.lacks(format!("port {port} does not accept connections"));
                self.until(5, async || Ok(accepts(*port).await)).await?;
                if let Some(other) = world.served_by_another(*port, own) {
                    sleep(HELD).await;
                    let text = format!(
                        "port {port} of {} is served by another process, {other}",
                        self.name
                    );
                    context.log("warning", &text);
                }
                Ok(())
            }
            When::Log(line, regex) => {
                self.lacks(format!("no line of its logs matches /{regex}/"));
                let line = line.take();
                let read = match line {
                    Some(line) => line.line().await,
                    None => None,
                };
                let unseen = || format!("the logs of {} are not followed", self.name);
                read.map(drop).ok_or_else(|| Outcome::error(unseen()))
            }
            When::Output(regex) => {
                self.lacks(format!("no line of its output matches /{regex}/"));
                let mut lines = world.output_of(&self.name)?;
                let unreadable = |error| {
                    Outcome::error(format!("the output of {}: {}", self.name, reason(&error)))
                };
                while !lines.any_new(regex).map_err(unreadable)? {
                    sleep(Duration::from_millis(10)).await;
                }
                Ok(())
            }
            When::Run(declared) => {
                let spec = program::spec(declared.clone(), context);
                self.lacks("its `ready` program does not succeed".to_owned());
                self.until(20, async || self.succeeds(&spec).await).await
            }
            When::Http(url) => {
                self.lacks(format!("{url} does not answer"));
                self.until(20, async || self.answers(url).await).await
            }
        }
    }

    /// Asks again and again; `pause` is the first pause, in milliseconds.
    async fn until(
        &self,
        pause: u64,
        mut so: impl AsyncFnMut() -> Result<bool, Outcome>,
    ) -> Result<(), Outcome> {
        let mut pause = Duration::from_millis(pause);
        while !so().await? {
            sleep(pause).await;
            pause = (pause * 3 / 2).min(Duration::from_millis(250));
        }
        Ok(())
    }

    async fn succeeds(&self, spec: &Spec) -> Result<bool, Outcome> {
        let unusable =
            |why: String| Outcome::error(format!("the `ready` program of {}: {why}", self.name));
        let mut child = scn_process::spawn(spec).map_err(|error| unusable(error.to_string()))?;
        let exit = child.wait(&mut Discard).await;
        let exit = exit.map_err(|error| unusable(reason(&error)))?;
        if let Some(why) = program::why(&exit) {
            self.lacks(format!("its `ready` program fails: {why}"));
        }
        Ok(exit.success())
    }

    async fn answers(&self, url: &str) -> Result<bool, Outcome> {
        let wrong = |why| Outcome::error(format!("`ready` of {}: {why}", self.name));
        let mut pieces = Request::get(url, ATTEMPT).map_err(wrong)?.send()?;
        Ok(match pieces.recv().await {
            Some(Piece::Head(200..=299, _)) => true,
            Some(Piece::Head(status, _)) => {
                self.lacks(format!("{url} answers with status {status}"));
                false
            }
            Some(Piece::Failed(failure)) => {
                self.lacks(failure.reason);
                false
            }
            Some(Piece::Body(_)) | None => false,
        })
    }
}

/// Whether this machine's port accepts a connection, in either version of IP.
async fn accepts(port: u16) -> bool {
    let addresses = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    ];
    for address in addresses {
        if let Ok(Ok(_)) = timeout(ATTEMPT, TcpStream::connect(address)).await {
            return true;
        }
    }
    false
}

impl LocalWorld {
    /// The process that listens on a port, if that is known, and neither the component's own nor started by the run.
    pub(super) fn served_by_another(&self, port: u16, own: u32) -> Option<String> {
        let listen = scn_process::find_by_port(port).ok()?;
        let other = listen.first()?.pid();
        if listen.iter().any(|process| process.pid() == own) {
            return None;
        }
        let ours = self.tree().alive().ok()?;
        let is_ours = |pid: u32| ours.iter().any(|(known, _)| *known == pid);
        if listen.iter().any(|process| is_ours(process.pid())) {
            return None;
        }
        Some(other.to_string())
    }

    /// The output of a component since its start.
    fn output_of(&self, name: &str) -> Result<Lines, Outcome> {
        let started = self.components.started.borrow();
        let started = started.get(name);
        let started = started.ok_or_else(|| Outcome::error(format!("{name} was not started")))?;
        Lines::open(&started.output, started.before)
            .map_err(|error| Outcome::error(format!("the output of {name}: {}", reason(&error))))
    }
}

/// The lines of a file that grows.
struct Lines {
    file: File,
    /// A line whose end is not there yet.
    begun: Vec<u8>,
}

impl Lines {
    fn open(path: &Path, from: u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        let begun = Vec::new();
        Ok(Self { file, begun })
    }

    /// Whether a line that is new since the last call matches.
    fn any_new(&mut self, regex: &Regex) -> io::Result<bool> {
        let mut piece = [0; 16 * 1024];
        loop {
            let read = self.file.read(&mut piece)?;
            if read == 0 {
                return Ok(false);
            }
            for part in piece[..read].split_inclusive(|byte| *byte == b'\n') {
                self.begun.extend_from_slice(part);
                if !part.ends_with(b"\n") {
                    continue;
                }
                let line = std::mem::take(&mut self.begun);
                let line = String::from_utf8_lossy(&line);
                if regex.is_match(line.trim_end_matches(['\n', '\r'])) {
                    return Ok(true);
                }
            }
        }
    }
}
