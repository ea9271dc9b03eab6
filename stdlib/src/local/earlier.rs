//! What an earlier runner of this run started, and left running as it was killed.

use std::fs;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::Left;
use scn_process::{Ending, Exit, GRACE, Process, end_group};
use tokio::sync::watch;

use super::LocalWorld;
use super::components::Started;

/// A process that lives is looked at again after this.
const LONG: Duration = Duration::from_secs(3600);

impl LocalWorld {
    /// What still runs of these is this run's again.
    pub(super) fn take_over(&self, left: Vec<Left>) {
        let programs = left.iter().map(|left| (left.pid, left.ticks));
        // Without /proc nothing can be told of processes; their end then says so.
        let _ = self.tree.take_over(programs);
        self.earlier.borrow_mut().extend(left);
    }

    fn open(&self, left: Left) -> Option<Process> {
        let known = self.earlier.borrow().contains(&left);
        let open = || Process::open_started(left.pid, left.ticks).ok().flatten();
        known.then(open).flatten()
    }

    pub(super) async fn end_earlier(&self, left: Left) {
        if self.open(left).is_some() {
            // What does not end now is told with all that is ended last.
            let _ = end_group(left.pid, left.ticks, GRACE).await;
        }
    }

    /// Completes when it has ended; none if it has already.
    pub(super) fn await_earlier(&self, left: Left) -> Option<LocalBoxFuture<'static, ()>> {
        let process = self.open(left)?;
        Some(Box::pin(async move {
            while let Ok(false) = process.wait_gone(LONG).await {}
        }))
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
            let Some(process) = found.find_map(|left| self.open(left)) else {
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
