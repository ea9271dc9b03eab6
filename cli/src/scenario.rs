//! A scenario of the command line: its text, its environment, and what is wrong with it.

use std::path::PathBuf;
use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_interpreter::{Checked, Disk, Environment, Registry, check};

use crate::diagnostics::{Texts, render, to_json_lines};
use crate::project::{Loader, Told, hint};
use crate::source::Source;
use crate::terminal;

/// A scenario with the environment that it is checked against.
pub struct Scenario {
    /// Its text.
    pub source: Rc<Source>,
    /// The environment, if there is one.
    pub environment: Option<Rc<Environment>>,
    /// The project's root.
    pub root: PathBuf,
}

/// Which environments scenarios are loaded with.
#[derive(Clone, Copy, Debug)]
pub enum With<'a> {
    /// The one that is named, else the project's default.
    One(Option<&'a str>),
    /// Each that there is.
    All,
}

impl Scenario {
    /// Reads the files that are named, and their environments.
    ///
    /// # Errors
    /// If one cannot be read, or an environment is wrong: that has been told.
    pub fn load(names: &[String], with: With<'_>) -> Result<Vec<Self>, Told> {
        let sources = Source::read_all(names).map_err(|wrong| {
            for reason in wrong {
                terminal::complain(reason);
            }
            Told
        })?;
        let mut loader = Loader::default();
        // What is wrong with one is told, and then with the next.
        let loaded: Vec<_> = sources
            .into_iter()
            .map(|source| Self::with(Rc::new(source), with, &mut loader))
            .collect();
        let all: Vec<Vec<Self>> = loaded.into_iter().collect::<Result<_, _>>()?;
        Ok(all.into_iter().flatten().collect())
    }

    fn with(source: Rc<Source>, with: With<'_>, loader: &mut Loader) -> Result<Vec<Self>, Told> {
        let root = loader.project(&source.folder)?.root.clone();
        let environments = match with {
            With::One(named) => vec![loader.environment(named, &source.folder)?],
            With::All => {
                let all = loader.all(&source.folder)?;
                if all.is_empty() {
                    terminal::complain(format!("{}: there is no environment", source.name));
                    return Err(Told);
                }
                all.into_iter().map(Some).collect()
            }
        };
        let scenarios = environments.into_iter().map(|environment| Self {
            source: Rc::clone(&source),
            environment,
            root: root.clone(),
        });
        Ok(scenarios.collect())
    }

    /// The environment's name.
    pub fn environment_name(&self) -> Option<&str> {
        self.environment
            .as_ref()
            .map(|environment| environment.name.as_str())
    }

    /// Finds what is wrong with it, these being the commands that there are.
    pub fn check(&self, registry: &Registry) -> Checked {
        let environment = self.environment.as_deref();
        let source = &self.source;
        check(
            &source.name,
            &source.path,
            &source.bytes,
            environment,
            registry,
            &Disk,
        )
    }

    /// Its tags, as far as it can be read.
    pub fn tags(&self) -> Vec<String> {
        use scn_grammar::tree::HeaderKind;
        let headers = scn_grammar::parse_bytes(&self.source.bytes).file.headers;
        let tags = headers.into_iter().filter_map(|header| match header.kind {
            HeaderKind::Tags(tags) => Some(tags),
            _ => None,
        });
        tags.flatten().map(|tag| tag.name).collect()
    }

    /// Shows what was found on standard error.
    pub fn tell(&self, checked: &Checked) {
        if checked.diagnostics.is_empty() {
            return;
        }
        let texts = self.texts(checked);
        let mut text = render(
            &checked.diagnostics,
            &self.source.name,
            &texts,
            terminal::look(),
        );
        if self.environment.is_none()
            && checked.diagnostics.iter().any(is_unknown)
            && let Some(hint) = hint(&self.source.folder)
        {
            text.push_str(&format!("{hint}\n"));
        }
        terminal::tell(&text);
    }

    /// What was found, for a program.
    pub fn to_json_lines(&self, checked: &Checked) -> String {
        let texts = self.texts(checked);
        let environment = self.environment_name();
        to_json_lines(&checked.diagnostics, &self.source.name, environment, &texts)
    }

    /// The texts that findings are about.
    fn texts(&self, checked: &Checked) -> Texts {
        let mut texts = Texts::default();
        for file in &checked.files {
            texts.add(file.path.as_str(), file.text.as_str());
        }
        for source in self
            .environment
            .iter()
            .flat_map(|environment| &environment.sources)
        {
            texts.add(source.path.as_str(), source.text.as_str());
        }
        // Not as the checker has it: what is no UTF-8 would have moved.
        texts.add(self.source.name.as_str(), self.source.bytes.clone());
        texts
    }
}

/// A name or a command that an environment could have given a meaning.
fn is_unknown(finding: &Diagnostic) -> bool {
    let unknown = [
        &scn_interpreter::codes::UNKNOWN_NAME,
        &scn_interpreter::codes::UNKNOWN_COMMAND,
    ];
    unknown.iter().any(|code| code.name == finding.code.name)
}
