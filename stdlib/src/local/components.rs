//! The components of this machine: what was started here, and which process each one is.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use scn_interpreter::{Context, Outcome};
use scn_process::Exit;
use scn_protocol::component::{Component, Process};
use tokio::sync::watch;

use super::LocalWorld;
use super::own::Own;
use super::selector;
use crate::target::Target;

/// What is known of the components of a run.
#[derive(Default)]
pub(super) struct Components {
    /// Those that there are, by their names.
    pub(super) known: RefCell<BTreeMap<String, Rc<Component>>>,
    /// The programs that `start` started last, by their components' names.
    pub(super) started: RefCell<BTreeMap<String, Rc<Started>>>,
    /// The files that took what they wrote.
    pub(super) outputs: RefCell<BTreeSet<PathBuf>>,
}

/// The program that `start` started for a component. It may have become the component's own
/// process, or have started that and ended.
pub(super) struct Started {
    pub(super) component: Rc<Component>,
    pub(super) pid: u32,
    /// None if it had ended by the time that it was looked at.
    pub(super) process: Option<scn_process::Process>,
    /// How it ended, some time after it has.
    pub(super) exit: watch::Receiver<Option<Exit>>,
    /// The file that takes its output, and how much of that was there before.
    pub(super) output: PathBuf,
    pub(super) before: u64,
}

impl Started {
    pub(super) fn runs(&self) -> bool {
        self.process
            .as_ref()
            .is_some_and(scn_process::Process::alive)
    }
}

impl Components {
    /// These are the components that there are.
    pub(super) fn know(&self, components: &[Rc<Component>]) {
        let named = components.iter().map(|c| (c.name.clone(), Rc::clone(c)));
        self.known.borrow_mut().extend(named);
    }

    /// There are none.
    pub(super) fn forget(&self) {
        self.known.take();
        self.started.take();
        self.outputs.take();
    }

    /// The program that was started for a component, and has not ended.
    pub(super) fn running(&self, name: &str) -> Option<Rc<Started>> {
        let started = self.started.borrow();
        started.get(name).filter(|started| started.runs()).cloned()
    }
}

impl LocalWorld {
    /// The component's own process; none if it does not run.
    pub(super) async fn own(&self, component: &Component) -> Result<Option<Own>, Outcome> {
        let name = &component.name;
        let Some(selector) = &component.process else {
            return match self.components.running(name) {
                Some(started) => Own::open(started.pid, Some(name)),
                None => Ok(None),
            };
        };
        match selector::find(selector).await {
            Ok(found) => Ok(found.map(|process| Own::new(process, Some(name)))),
            Err(why) => {
                let text = format!("the process of {name} cannot be found: {why}");
                Err(Outcome::error(text))
            }
        }
    }

    /// The process of a target; none if it does not run. `ending` says that the scenario means
    /// to end it, so that this is no failure of a background job.
    pub(crate) async fn find(
        &self,
        target: &Target,
        context: &dyn Context,
        ending: bool,
    ) -> Result<Option<Own>, Outcome> {
        let found = match target {
            Target::Component(component) => self.own(component).await?,
            Target::Pid(pid) => Own::open(*pid, None)?,
            Target::Job(name) if ending => match context.ending_job(name) {
                Some(pid) => Own::open(pid, Some(name))?,
                None => None,
            },
            Target::Job(name) => {
                return Err(Outcome::error(format!(
                    "`{name}` is no component; a background job is named by its process id, \
                     `#{{{name}.pid}}`"
                )));
            }
        };
        if let (true, Some(process)) = (ending, &found) {
            context.ending_process(process.pid());
        }
        Ok(found)
    }

    /// The process of a target; a failure if it does not run.
    pub(crate) async fn process_of(
        &self,
        target: &Target,
        context: &dyn Context,
        ending: bool,
    ) -> Result<Own, Outcome> {
        let found = self.find(target, context, ending).await?;
        found.ok_or_else(|| {
            Outcome::fail(match target {
                Target::Component(component) => format!("{} does not run", component.name),
                Target::Job(name) if context.job_runs(name) => format!(
                    "the background job `{name}` has no process of its own that could get the signal; one that ends it does, \
                     and so does `cancel {name}`"
                ),
                Target::Job(name) => {
                    format!("`{name}` is no component, and no background job that runs")
                }
                Target::Pid(pid) => format!("there is no process {pid}"),
            })
        })
    }

    /// In words, which processes are meant, as far as it is known before the run.
    pub(crate) fn processes_text(&self, written: &[String]) -> String {
        let texts: Vec<String> = written.iter().map(|word| self.process_text(word)).collect();
        texts.join(", ")
    }

    fn process_text(&self, word: &str) -> String {
        let known = self.components.known.borrow();
        let Some(component) = known.get(word) else {
            return if word.parse::<u32>().is_ok() {
                format!("process {word}")
            } else {
                word.to_owned()
            };
        };
        let how = match &component.process {
            None => "the one that `start` started".to_owned(),
            Some(Process::PidFile(path)) => format!("pid file {}", path.display()),
            Some(Process::Match(regex)) => format!("matching /{regex}/"),
            Some(Process::Unit(unit)) => format!("unit {unit}"),
            Some(Process::Port(port)) => format!("listening on port {port}"),
            Some(Process::Container(name)) => format!("container {name}"),
        };
        format!("the process of {word} ({how})")
    }

    /// In words, what is started, as far as it is known before the run.
    pub(crate) fn starts_text(&self, written: &[String]) -> String {
        let known = self.components.known.borrow();
        let text = |word: &String| match known.get(word).and_then(|c| c.start.as_ref()) {
            Some(program) => {
                let argv = program.argv.iter();
                let argv: Vec<_> = argv.map(|word| String::from_utf8_lossy(word)).collect();
                format!("{word} ({})", argv.join(" "))
            }
            None => word.clone(),
        };
        written.iter().map(text).collect::<Vec<_>>().join(", ")
    }
}
