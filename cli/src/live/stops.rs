//! Where `scn run` is to stop, by its options.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::rc::Rc;

use clap::{Args, ValueEnum};
use scn_grammar::diagnostic::meant;
use scn_interpreter::debug::{At, Breakpoint, Debugger, Prompt, Workbench, same_file};
use scn_interpreter::driver::lines;
use scn_interpreter::program::Program;

use crate::live::session;
use crate::project::Told;
use crate::repl::front::Front;
use crate::repl::input::Input;
use crate::scenario::Scenario;
use crate::terminal;

/// What is done where a scenario fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnFail {
    /// The prompt is offered there, before anything is undone.
    Repl,
}

/// Where a run is to stop.
#[derive(Clone, Debug, Default, Args)]
pub struct Stops {
    /// Stop before each statement, and offer the prompt there.
    #[arg(long)]
    step: bool,
    /// Stop there: LINE, STEP or FILE:LINE, and `if EXPR` after it; may be given again.
    #[arg(long = "break", value_name = "PLACE", value_parser = place)]
    places: Vec<String>,
    /// What to do where it fails: with `repl` the prompt is offered there, before anything is undone.
    #[arg(long, value_enum, value_name = "WHAT")]
    on_fail: Option<OnFail>,
}

/// A place, as it is written.
fn place(text: &str) -> Result<String, String> {
    text.parse::<Breakpoint>().map(|_| text.to_owned())
}

impl Stops {
    /// Whether there is any.
    pub fn any(&self) -> bool {
        self.step || !self.places.is_empty() || self.on_fail.is_some()
    }

    /// What stops the run of a scenario; `input` is made when it is first needed.
    ///
    /// # Errors
    /// If a place is not in it.
    pub fn debugger(
        &self,
        scenario: &Scenario,
        workbench: Rc<Workbench>,
        root: &Path,
        input: &mut Option<Rc<Input>>,
    ) -> Result<Rc<Debugger>, Told> {
        let Some(program) = &scenario.checked.program else {
            return Err(Told);
        };
        let places = Places::of(program);
        let mut breakpoints = Vec::new();
        for (text, id) in self.places.iter().zip(1..) {
            let found = text
                .parse::<Breakpoint>()
                .and_then(|known| places.placed(known));
            match found {
                Ok(breakpoint) => breakpoints.push(breakpoint.numbered(id)),
                Err(reason) => {
                    terminal::complain(format!("--break {text}: {reason}"));
                    return Err(Told);
                }
            }
        }
        let environment = scenario.environment.clone();
        let name = environment
            .as_ref()
            .map(|environment| environment.file.clone());
        let folder = scenario.source.folder.clone();
        let input = input.get_or_insert_with(|| {
            session::input(name.as_deref().and_then(Path::to_str), folder, root, false)
        });
        let front = Front::new(Rc::clone(input), false, environment, root.to_owned());
        let front = Rc::new(front);
        let prompt = Rc::clone(&front) as Rc<dyn Prompt>;
        let debugger = Rc::new(Debugger::new(prompt, workbench));
        front.serves(&debugger);
        debugger.set_breakpoints(breakpoints);
        debugger.stop_on_failure(self.on_fail == Some(OnFail::Repl));
        if self.step {
            debugger.stop_on_entry();
        }
        Ok(debugger)
    }
}

/// Whether lines are edited at the terminal, so that what is shown goes above them.
pub fn is_edited() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Where a run of a program can stop.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The scenario's own file, as it is shown.
    own: String,
    /// The lines that have statements, by file as it is shown, in order.
    lines: Vec<(String, u32)>,
    /// The names of commands and steps.
    steps: Vec<String>,
}

impl Places {
    /// Those of that program.
    pub fn of(program: &Program) -> Self {
        let own = program.files.first().map(|file| file.path.clone());
        let steps = program.steps.iter().map(|step| step.name.clone());
        let signatures = program.signatures.values().map(|own| own.name.clone());
        Self {
            own: own.unwrap_or_default(),
            lines: lines(program),
            steps: steps.chain(signatures).collect(),
        }
    }

    /// The lines of a file at which the run can stop.
    pub fn lines_of(&self, file: &str) -> impl Iterator<Item = u32> {
        let of = move |(path, line): &(String, u32)| same_file(file, path).then_some(*line);
        self.lines.iter().filter_map(of)
    }

    /// The breakpoint where the run can stop: at the next line that has a statement.
    ///
    /// # Errors
    /// If there is none.
    pub fn placed(&self, breakpoint: Breakpoint) -> Result<Breakpoint, String> {
        match &breakpoint.at {
            At::Line { file, line } => {
                let wanted = file.as_deref().unwrap_or(&self.own);
                let next = self.lines_of(wanted).find(|at| at >= line);
                let line = next
                    .ok_or_else(|| format!("no statement begins there, or after it in {wanted}"))?;
                let at = At::Line {
                    file: file.clone(),
                    line,
                };
                Ok(breakpoint.moved(at))
            }
            At::Step(name) if self.steps.contains(name) => Ok(breakpoint),
            At::Step(name) => {
                let known = self.steps.iter().map(String::as_str);
                Err(match meant(name, known) {
                    Some(meant) => format!("the scenario has no such step; did you mean {meant}?"),
                    None => "the scenario has no such step".to_owned(),
                })
            }
        }
    }
}
