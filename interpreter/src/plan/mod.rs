//! What a scenario would do: an outline of its statements, each step with what it resolves to.
//!
//! Nothing is touched. What can be worked out without a run is (`evaluate.rs`); what cannot is shown
//! as it is written, `#{…}`.

mod component;
mod evaluate;
mod given;
mod known;
mod outline;
mod program;
mod resolve;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use scn_grammar::Diagnostic;
use scn_grammar::tree::{File, HeaderKind};

use crate::compile::Compiler;
use crate::engine::{Checked, judge};
use crate::environment::{Environment, Setting};
use crate::platform::{Files, Registry};
use crate::program::GlobalKind;

pub(crate) use self::given::configs;
use self::known::{Known, Unknowns};

/// What a scenario would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Its `@on` lines, as they are written.
    pub triggers: Vec<String>,
    /// What it needs and the environment lacks: it would be skipped.
    pub missing: Vec<String>,
    /// Its `@each`, as it is written: what it would run once for.
    pub each: Option<String>,
    /// `[setup]`, the scenario, and the files that it uses.
    pub sections: Vec<Section>,
    /// Something in it is known only as it runs.
    pub has_unknown: bool,
}

/// One text's part of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// The file, unless it is the scenario's own.
    pub file: Option<String>,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its number; none for an `else` that stands alone.
    pub line: Option<u32>,
    /// How many blocks it stands in.
    pub depth: usize,
    /// What is written, on one line.
    pub text: String,
    /// The steps in it, in their order.
    pub steps: Vec<Step>,
}

/// What a step would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What it resolves to, with what is known of its words.
    pub does: String,
    /// The host, and how it is reached; none for this machine.
    pub host: Option<String>,
    /// What else there is to know, a line each.
    pub details: Vec<String>,
    /// The programs that it would start on this machine.
    pub programs: Vec<Sought>,
    /// What would undo it when the scenario ends.
    pub undo: Option<String>,
}

/// A program that would be started on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// As the environment or the scenario names it.
    pub program: String,
    /// The folder in which it would be started.
    pub folder: PathBuf,
    /// The root, where a path that is not in that folder begins.
    pub root: PathBuf,
    /// The folders in which it is searched, where that is not the runner's own `PATH`.
    pub path: Option<String>,
}

/// Checks a scenario as [`crate::check`] does, and says what it would do if nothing is wrong.
pub fn plan(
    shown: &str,
    path: &Path,
    source: &[u8],
    environment: Option<&Environment>,
    registry: &Registry,
    files: &dyn Files,
    root: &Path,
) -> (Checked, Option<Plan>) {
    let parsed = scn_grammar::parse_bytes(source);
    let text = String::from_utf8_lossy(source);
    let mut compiler = Compiler::new(path, environment, registry, files);
    compiler.scenario(shown, &text, &parsed.file);
    let skipped = !compiler.program.headers.missing.is_empty();
    let mut found = parsed.diagnostics.iter().chain(&compiler.diagnostics);
    let wrong = found.any(Diagnostic::is_error) && !skipped;
    let plan = (!wrong).then(|| {
        let mut planner = Planner {
            compiler: &mut compiler,
            root,
            unknowns: Unknowns::default(),
            globals: HashMap::new(),
            attrs: HashMap::new(),
        };
        planner.plan(&parsed.file)
    });
    let checked = judge(parsed.diagnostics, compiler);
    let plan = plan.filter(|_| !checked.is_wrong());
    (checked, plan)
}

/// Makes a plan of a scenario that was compiled.
struct Planner<'c, 'a> {
    compiler: &'c mut Compiler<'a>,
    root: &'c Path,
    unknowns: Unknowns,
    /// What is known of `@param`s and `[vars]`.
    globals: HashMap<String, Known>,
    /// What is known of the attributes of components and of members of families.
    attrs: HashMap<String, Vec<(String, Known)>>,
}

impl Planner<'_, '_> {
    fn plan(&mut self, tree: &File) -> Plan {
        let headers = &self.compiler.program.headers;
        let mut plan = Plan {
            triggers: headers.triggers.clone(),
            missing: headers.missing.clone(),
            ..Plan::default()
        };
        if !plan.missing.is_empty() {
            return plan;
        }
        plan.each = self.rows(tree);
        self.params();
        self.vars();
        self.attributes();
        self.unknowns.keep();
        plan.sections.extend(self.setup());
        plan.sections.push(self.body(tree));
        let (mut seen, path) = (HashSet::new(), self.compiler.path.clone());
        self.used(tree, &path, &mut seen, &mut plan.sections);
        plan.has_unknown = self.unknowns.any_shown();
        plan
    }

    /// `@each`, as it is written after the keyword.
    fn rows(&self, tree: &File) -> Option<String> {
        let each = tree.headers.iter();
        let mut each = each.filter(|header| matches!(header.kind, HeaderKind::Each { .. }));
        let text = self
            .compiler
            .program
            .files
            .first()?
            .slice(each.next()?.span);
        Some(text.trim_start_matches("@each").trim().to_owned())
    }

    /// Each `@param` that has a default.
    fn params(&mut self) {
        for global in &self.compiler.program.globals {
            if let GlobalKind::Param { default, .. } = &global.kind {
                let known = match default {
                    Some(value) => Known::Value(value.clone()),
                    None => self.unknowns.mark(&global.name),
                };
                self.globals.insert(global.name.clone(), known);
            }
        }
    }

    /// `[vars]`, each after those that it names; an `@param` hides one.
    fn vars(&mut self) {
        let Some(environment) = self.compiler.environment else {
            return;
        };
        for (name, setting) in &environment.vars {
            if !self.globals.contains_key(name) {
                let known = self.setting(setting, &[]);
                self.globals.insert(name.clone(), known);
            }
        }
    }

    /// The attributes of all components. One may name another's, in a circle even: what is known
    /// grows until it does no more.
    fn attributes(&mut self) {
        let Some(environment) = self.compiler.environment else {
            return;
        };
        let mut grew = true;
        while std::mem::take(&mut grew) {
            for (name, declaration) in &environment.components {
                let mut members = vec![(name.clone(), None)];
                if let Some(keys) = &declaration.each {
                    let member = |key: &scn_protocol::Value| {
                        (format!("{name}[{}]", key.to_text()), Some(key.clone()))
                    };
                    members = keys.iter().map(member).collect();
                }
                for (member, key) in members {
                    let each = key.map(|key| ("each".to_owned(), Known::Value(key)));
                    let mut known: Vec<(String, Known)> = each.into_iter().collect();
                    for (attr, setting) in &declaration.attrs {
                        let value = self.attr_value(setting, attr, &known);
                        known.push((attr.clone(), value));
                    }
                    if self.attrs.get(&member) != Some(&known) {
                        self.attrs.insert(member, known);
                        grew = true;
                    }
                }
            }
        }
    }

    fn attr_value(&mut self, setting: &Setting, name: &str, known: &[(String, Known)]) -> Known {
        let value = self.setting(setting, known);
        match value.is_unknown() {
            true => self.unknowns.mark(name),
            false => value,
        }
    }
}
