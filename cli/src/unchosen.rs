//! A scenario whose words mean nothing because no environment was chosen: that is said first, and once.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use scn_grammar::Diagnostic;
use scn_interpreter::Disk;
use scn_interpreter::environment::{self, Environment, project};

use crate::diagnostics::Texts;
use crate::scenario::is_unknown;
use crate::source::Source;

/// So many words are told of those that an environment would give a meaning.
const MOST: usize = 4;

/// So many environments are read to look for them.
const READ: usize = 100;

/// What an environment would give a meaning to, and none was chosen.
#[derive(Debug)]
pub struct Unchosen {
    /// The words, each once, in their order.
    words: Vec<String>,
    /// Which findings say that of them.
    explained: HashSet<usize>,
    /// The environments that know all of them; those that know one, where none does.
    choice: Vec<String>,
    /// All that there are.
    all: Vec<String>,
}

impl Unchosen {
    /// Looks for what was not found in the environments that the scenario could have been given; none if it is
    /// in none of them.
    pub fn of(source: &Source, findings: &[Diagnostic], texts: &Texts) -> Option<Self> {
        let available = project::available(&Disk, &source.folder);
        let root = project::load(&Disk, &source.folder).project.root;
        let load = |path: &Path| environment::load(&Disk, path, &root).environment;
        let known: Vec<(String, HashSet<String>)> = available
            .iter()
            .take(READ)
            .filter_map(|(name, path)| Some((name.clone(), names(&load(path)?))))
            .collect();
        let mut words: Vec<String> = Vec::new();
        let mut explained = HashSet::new();
        for (index, finding) in findings
            .iter()
            .enumerate()
            .filter(|(_, found)| is_unknown(found))
        {
            let file = match finding.file.as_str() {
                "" => source.name.as_str(),
                file => file,
            };
            let text = texts.find(file).and_then(|text| text.words(finding.span));
            // `Server[1]` is one of a family.
            let Some(word) = text.map(|text| text.split('[').next().unwrap_or(text)) else {
                continue;
            };
            if known.iter().any(|(_, names)| names.contains(word)) {
                explained.insert(index);
                if words.iter().all(|known| known != word) {
                    words.push(word.to_owned());
                }
            }
        }
        let first = words.first()?;
        let knows_all = |names: &HashSet<String>| words.iter().all(|word| names.contains(word));
        let mut choice = chosen(&known, knows_all);
        if choice.is_empty() {
            choice = chosen(&known, |names| names.contains(first));
        }
        Some(Self {
            words,
            explained,
            choice,
            all: available.into_iter().map(|(name, _)| name).collect(),
        })
    }

    /// The findings that have another reason.
    pub fn unexplained(&self, findings: &[Diagnostic]) -> Vec<Diagnostic> {
        let others = findings.iter().enumerate();
        let others = others.filter(|(index, _)| !self.explained.contains(index));
        others.map(|(_, finding)| finding.clone()).collect()
    }
}

impl Unchosen {
    /// The same of a scenario that is judged by the record of a run, which had no environment.
    pub fn of_run(&self, run: &str) -> String {
        let (shown, first) = (self.shown(), self.first());
        format!(
            "the run {run} had no environment, and it takes one to know {shown}\n  \
             a replay has that of its run: in another one the scenario is run anew, with scn run and --env {first}\n"
        )
    }

    /// The words, as far as they are told.
    fn shown(&self) -> String {
        let shown: Vec<String> = self
            .words
            .iter()
            .take(MOST)
            .map(|word| format!("`{word}`"))
            .collect();
        let shown = shown.join(", ");
        match self.words.len().saturating_sub(MOST) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    }

    /// The environment that is proposed.
    fn first(&self) -> &str {
        let first = self.choice.first().or(self.all.first());
        first.map_or("NAME", String::as_str)
    }
}

impl fmt::Display for Unchosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, first) = (self.shown(), self.first());
        let there = self.all.join(", ");
        writeln!(
            f,
            "no environment was chosen, and it takes one to know {shown}"
        )?;
        writeln!(f, "  there is {there}: add --env {first}")?;
        writeln!(
            f,
            "  or, for always, write in scn.toml: environment = \"{first}\""
        )
    }
}

/// The names of those environments.
fn chosen(
    known: &[(String, HashSet<String>)],
    is_it: impl Fn(&HashSet<String>) -> bool,
) -> Vec<String> {
    let chosen = known.iter().filter(|(_, names)| is_it(names));
    chosen.map(|(name, _)| name.clone()).collect()
}

/// The words to which it gives a meaning.
fn names(environment: &Environment) -> HashSet<String> {
    let names = environment.commands.keys();
    let names = names.chain(environment.components.keys());
    let names = names.chain(environment.vars.keys());
    let names = names.chain(environment.hosts.keys());
    names.chain(environment.secrets.keys()).cloned().collect()
}
