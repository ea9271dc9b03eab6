//! What is watched during a run.

use std::cell::RefCell;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use scn_interpreter::environment::Masker;
use scn_process::{Collect, Environment, Spec};
use scn_protocol::component::{Component, Program};
use scn_protocol::{Report, Seen};
use scn_watch::{Answer, Marks, Prober, Shown, Stood, Watcher};

use super::LocalWorld;
use crate::web::{Piece, Request};

impl LocalWorld {
    /// Begins to watch. Where there are no components there is nothing to be seen. `root` is a
    /// folder of the file system whose free space is told.
    pub(super) fn watch(
        &self,
        root: &Path,
        components: &[Rc<Component>],
        reports: Rc<dyn Fn(Report)>,
    ) {
        if components.is_empty() {
            return;
        }
        match Watcher::start(
            components,
            Rc::clone(&reports),
            Rc::new(LocalProber {
                run: self.run.borrow().clone(),
            }),
            Rc::new(now),
            self.marks(),
        ) {
            Ok(watcher) => {
                if components
                    .iter()
                    .any(|component| component.name == "System")
                {
                    watcher.want_system(root);
                }
                *self.watcher.borrow_mut() = Some(Rc::new(watcher));
            }
            // Missing data is never a PASS: whatever is watched cannot be judged.
            Err(error) => {
                let why = crate::effect::reason(&error);
                for component in components {
                    let reason = format!("nothing can be watched on this machine: {why}");
                    reports(Report {
                        subject: component.name.clone(),
                        host: component.host.clone(),
                        at: now(),
                        what: Seen::Gap { reason },
                        read: None,
                    });
                }
            }
        }
    }

    /// Where logs stood, and how their lines are told apart in the record, which must not have their secrets.
    fn marks(&self) -> Marks {
        let stood = self.stood.take().into_iter().map(|stood| Stood {
            component: stood.component,
            file: stood.file,
            place: stood.place,
        });
        let shown = |masker: Rc<RefCell<Masker>>| -> Shown {
            Rc::new(move |line| masker.borrow().mask_bytes(line).into_owned())
        };
        Marks {
            stood: stood.collect(),
            shown: self.masker().map(shown),
        }
    }

    /// Tells which process a component is now. That it has ended is seen by watching it.
    pub(super) fn tell_watcher(&self, component: &str, pid: u32) {
        if let Some(watcher) = self.watcher() {
            watcher.process(component, Some(pid));
        }
    }

    pub(super) fn watcher(&self) -> Option<Rc<Watcher>> {
        self.watcher.borrow().clone()
    }
}

/// How long a URL may take to answer; the watcher itself has less patience.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks for the watcher, on this machine.
struct LocalProber {
    /// What programs are given to be known by.
    run: OsString,
}

impl Prober for LocalProber {
    fn http<'a>(&'a self, url: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            let failed = |outcome: scn_interpreter::Outcome| outcome.error.unwrap_or_default();
            let mut pieces = Request::get(url, PATIENCE)?.send().map_err(failed)?;
            let mut body = Vec::new();
            while let Some(piece) = pieces.recv().await {
                match piece {
                    Piece::Head(200..=299, _) => {}
                    Piece::Head(status, _) => return Err(format!("status {status}")),
                    Piece::Body(bytes) => body.extend_from_slice(&bytes),
                    Piece::Failed(failure) => return Err(failure.reason),
                }
            }
            Ok(String::from_utf8_lossy(&body).into_owned())
        })
    }

    fn run<'a>(&'a self, program: &'a Program) -> Answer<'a, Vec<u8>> {
        Box::pin(async move {
            let spec = Spec {
                argv: program
                    .argv
                    .iter()
                    .cloned()
                    .map(OsString::from_vec)
                    .collect(),
                cwd: Some(program.cwd.clone()),
                env: Environment {
                    clean: false,
                    removed: program.env_remove.iter().map(OsString::from).collect(),
                    set: program
                        .env
                        .iter()
                        .map(|(name, value)| (name.into(), OsString::from_vec(value.clone())))
                        .chain([("SCN_RUN".into(), self.run.clone())])
                        .collect(),
                },
                user: program.user.clone(),
                ..Spec::default()
            };
            let mut child = scn_process::spawn(&spec).map_err(|error| error.to_string())?;
            let mut output = Collect::default();
            let exit = child
                .wait(&mut output)
                .await
                .map_err(|error| error.to_string())?;
            match super::program::why(&exit) {
                None => Ok(output.stdout),
                Some(why) => Err(why),
            }
        })
    }
}

/// Nanoseconds since 1970 in UTC.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
}
