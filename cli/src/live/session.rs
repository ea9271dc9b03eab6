//! A session: the run of an empty scenario, which is paused at its end.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::rc::Rc;

use scn_interpreter::Clock;
use scn_interpreter::debug::{Debugger, Prompt};

use crate::exit::Exit;
use crate::project::{Loader, RUNS, Told};
use crate::repl::front::{Front, Left};
use crate::repl::input::Input;
use crate::repl::line::{self, Above, Place};
use crate::run::clock::SystemClock;
use crate::run::conditions::Conditions;
use crate::run::drive::Driver;
use crate::run::kept::{Following, Live};
use crate::run::perform::Shown;
use crate::run::recorder::{Sync, observer};
use crate::run::setup::{self, Setup};
use crate::run::stage::Stage;
use crate::scenario::{self, Scenario};
use crate::source::Source;
use crate::terminal;

/// What a session's scenario is called.
pub const NAME: &str = scn_report::verdict::SESSION;

/// Where what was typed is kept, in the project's root.
const HISTORY: &str = ".scn/history";

/// What a session is given.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The environment, as it is named.
    pub env: Option<String>,
    /// What `--set` gives.
    pub set: Vec<(String, String)>,
    /// Where records are kept.
    pub runs: Option<PathBuf>,
    /// The seed of `random`.
    pub seed: Option<u64>,
    /// The verdict alone.
    pub quiet: bool,
    /// Every step's output.
    pub verbose: bool,
}

/// Whether a person sits at it, whose lines can be edited.
pub fn is_at_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Where entries come from: for the prompt of a session, or for a debugger's.
pub fn input(
    environment: Option<&str>,
    folder: PathBuf,
    root: &std::path::Path,
    session: bool,
) -> Rc<Input> {
    Rc::new(match is_at_terminal() {
        true => line::input(Place {
            environment: environment.map(str::to_owned),
            folder,
            session,
            history: Some(root.join(HISTORY)),
        }),
        false => Input::piped(),
    })
}

impl Session {
    /// Runs it, and as many anew as are asked for.
    pub fn run(&self) -> Exit {
        let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
        let mut input = None;
        loop {
            match self.one(&clock, &mut input) {
                Err(Told) => return Exit::Wrong,
                Ok((_, Left::Anew)) => {}
                Ok((exit, Left::Over)) => return exit,
            }
        }
    }

    fn one(
        &self,
        clock: &Rc<dyn Clock>,
        input: &mut Option<Rc<Input>>,
    ) -> Result<(Exit, Left), Told> {
        let folder = std::env::current_dir().map_err(told)?;
        let source = Source {
            name: NAME.to_owned(),
            path: folder.join(NAME),
            folder: folder.clone(),
            bytes: Rc::default(),
            is_stdin: false,
        };
        let mut loader = Loader::setting(&self.set);
        let environment = loader.environment(self.env.as_deref(), &folder)?;
        let declared = loader.declared(environment.as_ref())?;
        let mut stage = Stage::new(scn_record::new_id(clock.now()));
        stage.know(&declared);
        let registry = stage.registry.clone();
        let (mut scenario, workbench) = Scenario::check_live(&source, environment, registry);
        scenario::tell(&scenario, false);
        // Nobody else is to hold it: it grows in its place.
        let program = scenario.checked.program.take();
        let (Some(program), Some(workbench)) = (program, workbench) else {
            return Err(Told);
        };
        let unfit = setup::unfit(&self.set, &[&program]);
        unfit.iter().for_each(terminal::complain);
        if !unfit.is_empty() {
            return Err(Told);
        }
        let root = loader.root(scenario.environment.as_deref(), &folder)?;
        let is_new = input.is_none();
        let input =
            input.get_or_insert_with(|| self::input(self.env.as_deref(), folder, &root, true));
        let runs = self.runs.clone().unwrap_or_else(|| root.join(RUNS));
        if !self.quiet && is_new {
            loader.notice_unfinished(&runs);
        }
        if input.is_terminal && is_new {
            let version = env!("CARGO_PKG_VERSION");
            terminal::tell(&format!(
                "scn {version}: statements, `= EXPR`, `:help`; Ctrl-D leaves\n"
            ));
        }
        let environment = scenario.environment.clone();
        let front = Front::new(Rc::clone(input), true, environment, root.clone());
        front.quiet(self.quiet);
        let front = Rc::new(front);
        let prompt = Rc::clone(&front) as Rc<dyn Prompt>;
        let debugger = Rc::new(Debugger::new(prompt, workbench).session());
        front.serves(&debugger);
        let console =
            self.shown(input.is_terminal)
                .console_to(false, Box::new(Above), Box::new(Above));
        let console = match input.is_terminal {
            true => console,
            false => self.shown(false).console(),
        };
        let setup = Setup {
            scenario: &scenario,
            program,
            stage: &stage,
            clock,
            root,
            set: self.set.clone(),
            sync: Sync::default(),
            seed: self.seed,
            following: Following::default(),
            live: Some((Live::Session, debugger)),
            conditions: &mut Conditions::new(),
            console: Rc::clone(&console),
        };
        let begun = setup.begin(&runs, &loader, observer(&console));
        let performance = begun.map_err(told)?;
        let exit = performance.drive(&mut Driver::default());
        line::settle();
        let exit = match front.was_wrong() {
            true => exit.max(Exit::Wrong),
            false => exit,
        };
        Ok((exit, front.left()))
    }

    fn shown(&self, at_terminal: bool) -> Shown {
        Shown {
            quiet: self.quiet,
            verbose: self.verbose || (at_terminal && !self.quiet),
            json: false,
        }
    }
}

fn told(error: io::Error) -> Told {
    terminal::complain(terminal::reason(&error));
    Told
}
