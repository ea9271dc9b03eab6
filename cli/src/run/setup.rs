//! From what a run is given to a run that can be driven: the one way that files, sessions and the debugger of
//! editors take.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_grammar::diagnostic::meant;
use scn_interpreter::debug::Debugger;
use scn_interpreter::driver::{self, set_value, settable};
use scn_interpreter::program::Program;
use scn_interpreter::{Clock, Options};
use scn_record::Observer;
use scn_report::console::Console;

use super::conditions::Conditions;
use super::kept::{Following, Given, Kept, Live};
use super::perform::Performance;
use super::recorder::{Recorder, Secrets, Sync};
use super::stage::Stage;
use crate::project::Loader;
use crate::scenario::Scenario;

/// What is wrong with what is set for these programs together: each name is to be there in one of them, with a
/// value of its type. For a person; nothing where all is well.
pub fn unfit(set: &[(String, String)], programs: &[&Program]) -> Vec<String> {
    let known: Vec<_> = programs.iter().flat_map(|one| settable(one)).collect();
    let mut told = HashSet::new();
    let mut wrong = Vec::new();
    for (name, text) in set {
        let of_name = known.iter().filter(|(known, _)| known == name);
        let kinds: Vec<_> = of_name.map(|(_, kind)| *kind).collect();
        if kinds.is_empty() && !programs.is_empty() && told.insert(name) {
            let help = match meant(name, known.iter().map(|(name, _)| *name)) {
                Some(meant) => format!("; did you mean {meant}?"),
                None => String::new(),
            };
            wrong.push(format!(
                "--set {name}: neither a @param nor a name of [vars] is called so{help}"
            ));
        }
        let mut reasons = kinds.into_iter().map(|kind| set_value(name, text, kind));
        wrong.extend(reasons.find_map(Result::err));
    }
    wrong
}

/// The parameters that have no value, for a person.
pub fn lacking(set: &[(String, String)], program: &Program) -> Vec<String> {
    let names = driver::lacking(program, set).into_iter();
    let reason =
        |name| format!("the parameter `{name}` has no default: give it with --set {name}=VALUE");
    names.map(reason).collect()
}

/// What a run is begun with.
pub struct Setup<'a> {
    /// What is run.
    pub scenario: &'a Scenario,
    /// The same, as a program; what is typed is added to it in its place where nobody else holds it.
    pub program: Rc<Program>,
    /// What it acts on.
    pub stage: &'a Stage,
    /// Time.
    pub clock: &'a Rc<dyn Clock>,
    /// The project's root.
    pub root: PathBuf,
    /// What is set.
    pub set: Vec<(String, String)>,
    /// What is to survive the machine's death.
    pub sync: Sync,
    /// The seed of `random`.
    pub seed: Option<u64>,
    /// What is to be run after it.
    pub following: Following,
    /// Who drives it, beside itself.
    pub live: Option<(Live, Rc<Debugger>)>,
    /// Under what conditions it takes place.
    pub conditions: &'a mut Conditions,
    /// Who shows it.
    pub console: Rc<RefCell<Console>>,
}

impl<'a> Setup<'a> {
    /// Begins its record in the folder `runs`; it can be driven then. Who shows it sees events through `observer`.
    ///
    /// # Errors
    /// It cannot be recorded.
    pub fn begin(
        self,
        runs: &Path,
        loader: &Loader,
        observer: Observer,
    ) -> io::Result<Performance<'a>> {
        let scenario = self.scenario;
        let environment = scenario.environment.as_deref();
        let live = self.live.as_ref().map(|(live, _)| *live);
        let given = Given {
            environment: environment.map(|known| known.file.as_path()),
            root: &self.root,
            set: &self.set,
            sync: self.sync,
            seed: self.seed,
            live,
            following: self.following,
            plugins: environment
                .map_or_else(Default::default, |known| loader.said_by_plugins(known)),
        };
        let files = environment.and_then(|known| loader.files_of(known));
        let read = scenario.used.iter().chain(files.into_iter().flatten());
        let kept = Kept::new(&scenario.source, &given, read);
        let world = Rc::clone(&self.stage.world);
        let kept = (kept, Box::new(move || world.masker()) as Secrets);
        // A session has no text but what is typed.
        let files = match live {
            Some(Live::Session) => &[],
            _ => self.program.files.as_slice(),
        };
        let texts = files
            .iter()
            .map(|file| (file.path.clone(), file.text.to_string()));
        let seen = (&self.console, observer);
        let id = self.stage.id.clone();
        let recorder = Recorder::begin(runs, id, texts, kept, seen, self.clock)?;
        let options = Options {
            run: self.stage.id.clone(),
            file: scenario.source.name.clone(),
            set: self.set,
            conditions: self.conditions.of(environment),
            seed: self.seed,
            root: self.root,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            debugger: self.live.map(|(_, debugger)| debugger),
            ..Options::default()
        };
        Ok(Performance {
            scenario,
            program: self.program,
            stage: self.stage,
            recorder: Rc::new(recorder),
            console: self.console,
            clock: Rc::clone(self.clock),
            options,
        })
    }
}
