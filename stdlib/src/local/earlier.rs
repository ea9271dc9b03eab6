//! What an earlier runner of this run started, and left running as it was killed.

use std::fs;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Context, Left};
use scn_process::{Ending, Exit, GRACE, Leftover, Process, end_group};
use tokio::sync::watch;

use super::LocalWorld;
use super::components::Started;
use super::program::ToContext;
use crate::effect::reason;

/// A process that lives is looked at again after this.
const LONG: Duration = Duration::from_secs(3600);

async fn until_gone(process: &Process) {
    while let Ok(false) = process.wait_gone(LONG).await {}
}

impl LocalWorld {
    /// What still runs of these is this run's again.
    pub(super) fn take_over(&self, left: Vec<Left>) {
        let programs = left.iter().map(|left| (left.pid, left.ticks));
        // Without /proc nothing can be told of processes; their end then says so.
        let _ = self.tree().take_over(programs);
        self.earlier.borrow_mut().extend(left);
    }

    pub(super) fn open_earlier(&self, left: Left) -> Option<Process> {
        let known = self.earlier.borrow().contains(&left);
        let open = || Process::open_started(left.pid, left.ticks).ok().flatten();
        known.then(open).flatten()
    }

    pub(super) async fn end_earlier(&self, left: Left) {
        if self.open_earlier(left).is_some() {
            // What does not end now is told with all that is ended last.
            let _ = end_group(left.pid, left.ticks, GRACE).await;
        }
    }

    /// Hands on what it wrote since its runner was gone, and writes, until it has ended.
    pub(super) async fn rejoin_earlier(&self, left: Left, context: &dyn Context) -> io::Result<()> {
        let Some(process) = self.open_earlier(left) else {
            return Ok(());
        };
        let mut outputs = Leftover::of(&process).unwrap_or_else(|error| {
            let why = reason(&error);
            context.log("warning", &format!("what it writes cannot be had: {why}"));
            Leftover::default()
        });
        let mut sink = ToContext(context);
        let mut gone = pin!(until_gone(&process));
        tokio::select! {
            biased;
            () = &mut gone => {}
            pumped = outputs.pump(&mut sink) => {
                pumped?;
                gone.await;
            }
        }
        outputs.drain(&mut sink)?;
        self.keep(outputs, context.step());
        Ok(())
    }

    /// Completes when it has ended; none if it has already.
    fn await_earlier(&self, left: Left) -> Option<LocalBoxFuture<'static, ()>> {
        let process = self.open_earlier(left)?;
        Some(Box::pin(async move { until_gone(&process).await }))
    }

    /// Finds the components among what was left, by the file that takes what each writes.
    pub(super) fn find_components(&self) {
        if self.earlier.borrow().is_empty() {
            return;
        }
        let known: Vec<_> = self.components.known.borrow().values().cloned().collect();
        for component in known.iter().filter(|component| component.start.is_some()) {
            let Ok(output) = self.output_path(&component.name) else {
                return;
            };
            let writes = |left: &Left| {
                let open = fs::read_link(format!("/proc/{}/fd/1", left.pid));
                open.is_ok_and(|open| open == output)
            };
            let earlier = self.earlier.borrow();
            let mut found = earlier.iter().filter(|left| writes(left)).copied();
            let Some(process) = found.find_map(|left| self.open_earlier(left)) else {
                continue;
            };
            let pid = process.pid();
            let (ended, exit) = watch::channel(None);
            let gone = self.await_earlier(Left {
                pid,
                ticks: process.start_time(),
            });
            tokio::task::spawn_local(async move {
                if let Some(gone) = gone {
                    gone.await;
                }
                // At the end of a run nobody may ask any more.
                let _ = ended.send(Some(Exit {
                    code: None,
                    signal: None,
                    duration: Duration::ZERO,
                    ending: Ending::Own,
                }));
            });
            let before = fs::metadata(&output).map_or(0, |metadata| metadata.len());
            let started = Started {
                component: Rc::clone(component),
                pid,
                process: Some(process),
                exit,
                output: output.clone(),
                before,
            };
            let mut outputs = self.components.outputs.borrow_mut();
            outputs.insert(output);
            let mut all = self.components.started.borrow_mut();
            all.insert(component.name.clone(), Rc::new(started));
        }
    }
}
