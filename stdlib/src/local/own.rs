//! One process that is acted on: a component's own, or any other.

use std::fs;
use std::time::Duration;

use scn_interpreter::Outcome;
use scn_process::{GRACE, Process, Signal};
use tokio::time::{Instant, sleep};

use crate::effect::{reason, time_text};

/// How long the system may take for what a process cannot refuse.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process that lived when it was looked for.
pub(crate) struct Own {
    process: Process,
    what: String,
}

impl Own {
    /// A process; `name` is what messages call it beside its number.
    pub(crate) fn new(process: Process, name: Option<&str>) -> Self {
        let pid = process.pid();
        let what = match name {
            Some(name) => format!("{name} (process {pid})"),
            None => format!("process {pid}"),
        };
        Self { process, what }
    }

    /// The process of that number; none if there is none, or if it is dead.
    pub(crate) fn open(pid: u32, name: Option<&str>) -> Result<Option<Self>, Outcome> {
        match Process::open(pid) {
            Ok(process) => Ok(process.map(|process| Self::new(process, name))),
            Err(error) => {
                let why = reason(&error);
                Err(Outcome::error(format!("process {pid}: {why}")))
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its name in messages.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// Sends a signal, and waits for what it does: see the help of `kill`.
    pub(crate) async fn send(&self, signal: Signal) -> Result<(), Outcome> {
        let handled = self.handles(signal);
        let paused = self.process.stopped();
        self.signal(signal)?;
        match signal.name() {
            "KILL" if !self.gone_within(PATIENCE).await => {
                let time = time_text(PATIENCE);
                let what = &self.what;
                Err(Outcome::fail(format!(
                    "{what} still runs {time} after KILL"
                )))
            }
            "STOP" => self.turn(true).await,
            "CONT" => self.turn(false).await,
            // What does not end a process, or stops it only where there is a terminal, has
            // nothing to be waited for.
            "KILL" | "TSTP" | "TTIN" | "TTOU" | "CHLD" | "URG" | "WINCH" => Ok(()),
            // It gets it once it goes on.
            _ if paused => Ok(()),
            name => {
                let ends = match handled {
                    Handled::BySystem => true,
                    Handled::Itself => matches!(name, "TERM" | "INT" | "QUIT"),
                    Handled::Ignored => false,
                };
                if ends {
                    self.gone_within(GRACE).await;
                }
                Ok(())
            }
        }
    }

    /// Sends a signal, and waits for nothing. That it has ended meanwhile is no error.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Outcome> {
        let sent = self.process.signal(signal).map(drop);
        sent.map_err(|error| {
            let (what, why) = (&self.what, reason(&error));
            Outcome::error(format!("{signal} cannot be sent to {what}: {why}"))
        })
    }

    /// Whether it ends within that time.
    pub(crate) async fn gone_within(&self, limit: Duration) -> bool {
        match self.process.wait_gone(limit).await {
            Ok(gone) => gone,
            Err(_) => !self.process.alive(),
        }
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.process.stopped()
    }

    /// Waits until it stands still, or does not any more.
    async fn turn(&self, paused: bool) -> Result<(), Outcome> {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = Duration::from_micros(100);
        loop {
            if self.process.stopped() == paused {
                return Ok(());
            }
            if !self.process.alive() {
                return Err(Outcome::fail(format!("{} has ended", self.what)));
            }
            if Instant::now() > deadline {
                let state = if paused {
                    "is not paused"
                } else {
                    "is still paused"
                };
                let time = time_text(PATIENCE);
                return Err(Outcome::fail(format!("{} {state} after {time}", self.what)));
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    /// Who sees to this signal in that process. That it is blocked says nothing: a shell blocks
    /// all of them each time that it forks.
    fn handles(&self, signal: Signal) -> Handled {
        let path = format!("/proc/{}/status", self.process.pid());
        let text = fs::read_to_string(path).unwrap_or_default();
        let holds = |field: &str| {
            let set = text.lines().find_map(|line| line.strip_prefix(field));
            let set = set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
            set.unwrap_or_default() >> (signal.number() - 1) & 1 == 1
        };
        if holds("SigCgt:") {
            Handled::Itself
        } else if holds("SigIgn:") {
            Handled::Ignored
        } else {
            Handled::BySystem
        }
    }
}

/// Who sees to a signal.
#[derive(Clone, Copy)]
enum Handled {
    /// The process: it catches it.
    Itself,
    /// Nobody.
    Ignored,
    /// The system does the usual.
    BySystem,
}
