//! What a command's name means: a step of the scenario, an alias, a command of the registry.

use std::cell::OnceCell;
use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_protocol::{Param, Signature, Type, Value};

use super::template::Words;
use super::{Compiler, Table};
use crate::codes;
use crate::environment::{Alias, RunOrShell};
use crate::program::{AliasPlan, Binding};

impl Compiler<'_> {
    /// The command of that name, as the file that is being compiled sees it, and what its words are bound by.
    pub fn command(&mut self, name: &str) -> Option<(Binding, Option<Rc<Signature>>)> {
        let file = self.file as usize;
        if let Some(found) = self.found.get(file).and_then(|found| found.get(name)) {
            return Some(found.clone());
        }
        let binding = self.find_command(name)?;
        let signature = self.signature_of(name, &binding);
        if self.found.len() <= file {
            self.found.resize_with(file + 1, Table::default);
        }
        let found = (binding, signature);
        self.found[file].insert(name.to_owned(), found.clone());
        Some(found)
    }

    /// Whether there is a command of that name. What it is made of is not looked at: an alias may name itself.
    pub fn has_command(&self, name: &str) -> bool {
        let own = self.steps.get(self.file as usize);
        own.is_some_and(|steps| steps.contains_key(name))
            || self
                .environment
                .is_some_and(|known| known.commands.contains_key(name))
            || self.registry.find(name).is_some()
    }

    fn find_command(&mut self, name: &str) -> Option<Binding> {
        if let Some(step) = self
            .steps
            .get(self.file as usize)
            .and_then(|steps| steps.get(name))
        {
            return Some(Binding::Own(step.function));
        }
        if let Some(alias) = self.alias(name) {
            return Some(Binding::Alias(alias));
        }
        let command = self.registry.find(name)?;
        // What undoes it is run by its name when the scenario ends.
        match self.registry.undoes(&**command) {
            Some((shown, undoes)) => {
                let undoes = (shown, Rc::clone(undoes));
                self.program.undoes.insert(command.full_name(), undoes);
            }
            None => self.line_that_undoes(&**command),
        }
        Some(Binding::Command(Rc::clone(command)))
    }

    /// Notes what every name means, for a `call` whose name is known only as it runs.
    pub fn bind_all(&mut self) {
        for name in self.command_names() {
            if !self.program.bindings.contains_key(&name)
                && let Some(binding) = self.find_command(&name)
            {
                self.program.bindings.insert(name, binding);
            }
        }
    }

    /// Every alias, and what undoes the commands of plug-ins, since an environment is checked whole, whatever a
    /// scenario uses of it.
    pub fn all_aliases(&mut self) {
        let registry = self.registry;
        for command in registry.of_any_plugin() {
            if registry.undoes(&**command).is_none() {
                self.line_that_undoes(&**command);
            }
        }
        let Some(environment) = self.environment else {
            return;
        };
        for (name, alias) in &environment.commands {
            self.alias(name);
            if self.registry.find(name).is_none() {
                continue;
            }
            let source = environment.sources.get(alias.place.source);
            let file = source.map(|source| source.path.clone());
            let message = format!(
                "the alias `{name}` hides the command of that name that is there without it"
            );
            let found = Diagnostic::new(&codes::HIDES, alias.place.span, message);
            self.diagnostics
                .push(found.in_file(file.unwrap_or_default()));
        }
    }

    /// The names of all commands.
    pub fn command_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        if let Some(steps) = self.steps.get(self.file as usize) {
            names.extend(steps.keys().cloned());
        }
        if let Some(environment) = self.environment {
            names.extend(environment.commands.keys().cloned());
        }
        names.extend(self.registry.names());
        names.sort();
        names.dedup();
        names
    }

    /// The signature that words are bound by, where it is known before the run.
    fn signature_of(&self, name: &str, binding: &Binding) -> Option<Rc<Signature>> {
        match binding {
            Binding::Command(command) => Some(Rc::new(command.signature().clone())),
            Binding::Alias(alias) => Some(Rc::new(alias.signature.clone())),
            Binding::Own(_) => self.own_signature(name),
            Binding::Dynamic => None,
        }
    }

    /// The signature of a step of the scenario's own.
    pub fn own_signature(&self, name: &str) -> Option<Rc<Signature>> {
        let steps = self.steps.get(self.file as usize)?;
        steps.get(name).map(|step| Rc::clone(&step.signature))
    }

    /// Whether it is an alias that runs in the background.
    pub fn is_background_alias(&self, name: &str) -> bool {
        let alias = self
            .environment
            .and_then(|environment| environment.commands.get(name));
        alias.is_some_and(|alias| alias.background)
    }

    /// An alias of the environment, compiled when it is first named.
    pub fn alias(&mut self, name: &str) -> Option<Rc<AliasPlan>> {
        if let Some(known) = self.aliases.get(name) {
            return Some(Rc::clone(known));
        }
        let alias = self.environment?.commands.get(name)?;
        let signature = signature(name, alias);
        let params = named(&signature);
        let declares = alias.params.is_some();
        let declared = signature.params.len() + usize::from(signature.rest.is_some());
        let words = match (&alias.program.what, declares) {
            (_, false) => Words::Follow,
            (RunOrShell::Run(_), true) => Words::Placed,
            (RunOrShell::Shell(_), true) => Words::InOrder {
                names: &params[..declared],
                rest: signature.rest.is_some(),
            },
        };
        let program = self.program_plan(name, &alias.program, &params, words);
        self.program.hosts.extend(alias.on.clone());
        let plan = Rc::new(AliasPlan {
            name: name.to_owned(),
            signature,
            declares,
            program,
            background: alias.background,
            undo: OnceCell::new(),
            result: alias.result.clone(),
            timeout: alias.timeout,
            on: alias.on.clone(),
            secrets: alias.secrets.clone(),
        });
        // Known from here on: what undoes it may be undone by it, or be itself.
        self.aliases.insert(name.to_owned(), Rc::clone(&plan));
        if let Some(undo) = self.undo_of_alias(alias, &params) {
            plan.undo.get_or_init(|| undo);
        }
        Some(plan)
    }
}

/// What a command's own texts and its undo may name, in the order in which the values are given: the parameters, the
/// words beyond, and all of them as `args`, unless a parameter has that name.
pub(super) fn named(signature: &Signature) -> Vec<String> {
    let params = signature.params.iter().chain(&signature.rest);
    let mut names: Vec<String> = params.map(|param| param.name.clone()).collect();
    if !names_args(signature) {
        names.push("args".to_owned());
    }
    names
}

/// Whether one of its parameters is called `args`, and so hides what every command has.
pub(crate) fn names_args(signature: &Signature) -> bool {
    let mut params = signature.params.iter().chain(&signature.rest);
    params.any(|param| param.name == "args")
}

/// An alias's parameters, as a signature.
pub(crate) fn signature(name: &str, alias: &Alias) -> Signature {
    let mut signature = Signature {
        name: name.to_owned(),
        help: alias.help.clone(),
        ..Signature::default()
    };
    match &alias.params {
        Some(params) => {
            signature.params = params.params.clone();
            signature.rest = params.rest.clone();
        }
        None => signature.rest = Some(Param::optional("args", Type::Text, Value::None, "")),
    }
    signature
}
