//! A scenario, checked against its environment.

use std::path::Path;
use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_interpreter::debug::Workbench;
use scn_interpreter::plan::{Plan, plan};
use scn_interpreter::{Checked, Disk, Environment, Files, Registry, check, codes};

use crate::diagnostics::{Texts, render, to_json_lines};
use crate::exit::Exit;
use crate::plugins;
use crate::project::{Loader, Told, hint};
use crate::run::kept::{Noting, Read};
use crate::source::Source;
use crate::terminal;
use crate::unchosen::Unchosen;
use crate::verbs::printed;

/// A scenario, checked against its environment.
pub struct Scenario {
    /// Its text.
    pub source: Source,
    /// What it is checked against.
    pub environment: Option<Rc<Environment>>,
    /// What came of it.
    pub checked: Checked,
    /// The files that it uses.
    pub used: Read,
}

impl Scenario {
    /// Checks it, with the commands as they are known without a run.
    ///
    /// # Errors
    /// If a plug-in of the environment cannot be used.
    pub fn check(
        source: &Source,
        environment: Option<Rc<Environment>>,
        loader: &mut Loader,
    ) -> Result<Self, Told> {
        let declared = loader.declared(environment.as_ref())?;
        let registry = plugins::known(&declared);
        Ok(Self::check_with(source, environment, &registry))
    }

    /// Checks it, and says what it would do if nothing is wrong. `root` is the folder in which
    /// its steps would work.
    ///
    /// # Errors
    /// If a plug-in of the environment cannot be used.
    pub fn plan(
        source: &Source,
        environment: Option<Rc<Environment>>,
        root: &Path,
        loader: &mut Loader,
    ) -> Result<(Self, Option<Plan>), Told> {
        let declared = loader.declared(environment.as_ref())?;
        let registry = plugins::known(&declared);
        let (checked, plan) = plan(
            &source.name,
            &source.path,
            &source.bytes,
            environment.as_deref(),
            &registry,
            &Disk,
            root,
        );
        let scenario = Self {
            source: source.clone(),
            environment,
            checked,
            used: Read::default(),
        };
        Ok((scenario, plan))
    }

    /// Checks it with these commands.
    pub fn check_with(
        source: &Source,
        environment: Option<Rc<Environment>>,
        registry: &Registry,
    ) -> Self {
        let files = Noting::default();
        let checked = Self::checked(source, environment.as_deref(), registry, &files);
        Self {
            source: source.clone(),
            environment,
            checked,
            used: files.into_read(),
        }
    }

    /// Checks one that a debugger is to drive, or that is to grow by what is typed: with what it takes to
    /// add to it.
    pub fn check_live(
        source: &Source,
        environment: Option<Rc<Environment>>,
        registry: Registry,
    ) -> (Self, Option<Rc<Workbench>>) {
        let files = Rc::new(Noting::default());
        let (checked, workbench) = scn_interpreter::check_live(
            &source.name,
            &source.path,
            &source.bytes,
            environment.clone(),
            registry,
            Rc::clone(&files) as Rc<dyn Files>,
        );
        let scenario = Self {
            source: source.clone(),
            environment,
            checked,
            used: files.read_so_far(),
        };
        (scenario, workbench)
    }

    /// Checks it with these commands and those files.
    pub fn checked(
        source: &Source,
        environment: Option<&Environment>,
        registry: &Registry,
        files: &dyn Files,
    ) -> Checked {
        check(
            &source.name,
            &source.path,
            &source.bytes,
            environment,
            registry,
            files,
        )
    }
}

impl Scenario {
    /// Leaves out what is wrong in the environment and was `told` with another scenario, and adds the
    /// rest of that to it.
    pub fn tell_environment_once(&mut self, told: &mut Vec<Diagnostic>) {
        let Some(environment) = &self.environment else {
            return;
        };
        self.checked.diagnostics.retain(|found| {
            let sources = &environment.sources;
            let of_environment = sources.iter().any(|source| source.path == found.file);
            if of_environment && told.contains(found) {
                return false;
            }
            if of_environment {
                told.push(found.clone());
            }
            true
        });
    }
}

/// Shows what was found: for a person on standard error, or as JSON on standard output, which may
/// refuse it.
pub fn tell(scenario: &Scenario, json: bool) -> Exit {
    let findings = &scenario.checked.diagnostics;
    if findings.is_empty() {
        return Exit::Done;
    }
    let texts = texts_of(scenario);
    let environment = scenario.environment.as_deref();
    let name = &scenario.source.name;
    if json {
        let environment = environment.map(|environment| environment.name.as_str());
        return printed(&to_json_lines(findings, name, environment, &texts));
    }
    if environment.is_none()
        && findings.iter().any(is_unknown)
        && let Some(unchosen) = Unchosen::of(&scenario.source, findings, &texts)
    {
        terminal::complain(&unchosen);
        let rest = unchosen.unexplained(findings);
        terminal::tell(&render(&rest, name, &texts, terminal::look()));
        return Exit::Done;
    }
    terminal::tell(&render(findings, name, &texts, terminal::look()));
    if environment.is_none()
        && findings.iter().any(is_unknown)
        && let Some(hint) = hint(&scenario.source.folder)
    {
        terminal::tell(&format!(
            "note: {}\n",
            scn_report::text::harmless(&hint, false)
        ));
    }
    Exit::Done
}

/// Shows for a person what was found in a scenario that is judged by the record of `run`, and so in the environment of that.
pub fn tell_judged(scenario: &Scenario, run: &str) {
    let findings = &scenario.checked.diagnostics;
    if findings.is_empty() {
        return;
    }
    let name = &scenario.source.name;
    let texts = texts_of(scenario);
    let unchosen = match scenario.environment {
        None => Unchosen::of(&scenario.source, findings, &texts),
        Some(_) => None,
    };
    let Some(unchosen) = unchosen else {
        return terminal::tell(&render(findings, name, &texts, terminal::look()));
    };
    terminal::complain(unchosen.of_run(run));
    let rest = unchosen.unexplained(findings);
    terminal::tell(&render(&rest, name, &texts, terminal::look()));
}

/// The texts in which something can be found.
fn texts_of(scenario: &Scenario) -> Texts {
    let mut texts = Texts::default();
    for file in &scenario.checked.files {
        texts.add(file.path.clone(), file.text.as_bytes());
    }
    let environment = scenario.environment.as_deref();
    let sources = environment.map_or(&[][..], |environment| &environment.sources);
    for source in sources {
        texts.add(source.path.clone(), source.text.clone());
    }
    // Not as the checker has it: what is no UTF-8 would have moved.
    texts.add(scenario.source.name.clone(), scenario.source.bytes.to_vec());
    texts
}

/// A name or a command to which an environment could have given a meaning.
pub fn is_unknown(finding: &Diagnostic) -> bool {
    let unknown = [
        &codes::UNKNOWN_NAME,
        &codes::UNKNOWN_COMMAND,
        &codes::UNKNOWN_COMPONENT,
        &codes::UNKNOWN_HOST,
    ];
    unknown.iter().any(|code| code.name == finding.code.name)
}
