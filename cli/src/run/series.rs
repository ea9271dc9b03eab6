//! Runs that are made one after the other by one program: what they share is made once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_interpreter::{Clock, Environment};
use scn_plugin_host::Declared;

use super::clock::SystemClock;
use super::conditions::Conditions;
use super::drive::Driver;
use super::recorder::Recorder;
use super::stage::Stage;

/// What the runs of one program share.
pub struct Series {
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// What drives them.
    pub driver: Driver,
    /// Under what conditions they take place.
    pub conditions: Conditions,
    /// What all act on but those that have a stage of their own.
    pub stage: Stage,
    /// There is only one.
    is_one: bool,
    /// Where they are recorded.
    pub folders: Folders,
}

/// The folders of records that are left tidy in the end.
pub struct Folders {
    /// There is only one run, which does that itself.
    is_one: bool,
    known: BTreeSet<PathBuf>,
    /// The last run's record, while others are to follow.
    last: Option<Rc<Recorder>>,
}

impl Series {
    /// Of so many runs.
    pub fn new(runs: usize) -> Self {
        let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
        let mut stage = stage_at(&*clock);
        let is_one = runs == 1;
        if !is_one {
            stage.know(&Declared::default());
        }
        Self {
            clock,
            driver: Driver::default(),
            conditions: Conditions::new(),
            stage,
            is_one,
            folders: Folders {
                is_one,
                known: BTreeSet::new(),
                last: None,
            },
        }
    }

    /// Whether a run in this environment acts on the stage of all. Plug-ins live as long as a run: where there are
    /// several runs, one that has them needs a stage of its own.
    pub fn shares(&self, environment: Option<&Environment>) -> bool {
        self.is_one || environment.is_none_or(|environment| environment.plugins.is_empty())
    }

    /// The stage of all has these commands, if there is only one run.
    pub fn know(&mut self, declared: &Declared) {
        if self.is_one {
            self.stage.know(declared);
        }
    }

    /// The stage of all is the next run's.
    pub fn renew(&mut self) {
        if !self.is_one {
            self.stage.renew(scn_record::new_id(self.clock.now()));
        }
    }

    /// A stage for the next run alone, with these commands.
    pub fn own_stage(&self, declared: &Declared) -> Stage {
        let mut stage = stage_at(&*self.clock);
        stage.know(declared);
        stage
    }
}

impl Folders {
    /// A run is recorded there; whether it is the last.
    pub fn records(&mut self, recorder: &Rc<Recorder>, runs: &Path, is_last: bool) {
        if !self.is_one {
            recorder.others_follow();
            recorder.follows(self.last.take());
            if !is_last {
                recorder.hold();
                self.last = Some(Rc::clone(recorder));
            }
            if !self.known.contains(runs) {
                self.known.insert(runs.to_owned());
            }
        }
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        // What was not begun was told by what ends now.
        self.last = None;
        for folder in &self.known {
            scn_record::tidy(folder);
        }
    }
}

/// What a run acts on that begins now.
fn stage_at(clock: &dyn Clock) -> Stage {
    Stage::new(scn_record::new_id(clock.now()))
}
