//! The variables of a function, found before its first instruction.

use scn_grammar::tree::{Block, Ident, Statement, StatementKind};

use super::labels::blocks_of;
use super::names;
use super::scope::Scope;
use crate::codes;

impl Scope<'_, '_> {
    /// Declares every variable that these statements set, and what conditions watch.
    pub fn declare_variables<'t>(&mut self, statements: impl IntoIterator<Item = &'t Statement>) {
        for statement in statements {
            self.declare_in(statement);
        }
    }

    fn declare_in(&mut self, statement: &Statement) {
        self.note_holds(statement);
        match &statement.kind {
            StatementKind::Set { name, .. }
            | StatementKind::SetStep { name, .. }
            | StatementKind::Background { name, .. }
            | StatementKind::Mark(name) => self.declare_named(name),
            StatementKind::For { key, value, .. } => {
                self.declare_named(key);
                if let Some(value) = value {
                    self.declare_named(value);
                }
            }
            StatementKind::WaitEvent {
                name: Some(name), ..
            } => self.declare_named(name),
            StatementKind::Command(step) => {
                if self.compiler.environment.is_some()
                    && let Some(name) = step.command.literal()
                    && self.compiler.is_background_alias(&name)
                {
                    self.declare(&name);
                }
            }
            StatementKind::Always { condition, .. }
            | StatementKind::Eventually { condition, .. } => {
                for name in names::names_in(condition) {
                    self.watched.insert(std::rc::Rc::from(name));
                }
            }
            StatementKind::NeverEvent(event) => {
                for name in event.filter.iter().flat_map(names::names_in) {
                    self.watched.insert(std::rc::Rc::from(name));
                }
            }
            _ => {}
        }
        for block in blocks_of(statement) {
            self.declare_in_block(block);
        }
    }

    fn declare_in_block(&mut self, block: &Block) {
        for statement in &block.statements {
            self.declare_in(statement);
        }
    }

    fn declare_named(&mut self, name: &Ident) {
        let is_component = self.compiler.component_kind(&name.name).is_some();
        if is_component {
            let message = format!(
                "`{}` is a component of the environment and cannot be set",
                name.name
            );
            self.wrong(&codes::SETS_COMPONENT, name.span, message);
        }
        if !self.variables.contains_key(name.name.as_str()) && !is_component {
            self.hiding("variable", name);
        }
        self.declare(&name.name);
    }

    /// A parameter, or what takes a row: a component can be hidden by it, but that is hardly meant.
    pub fn declare_parameter(&mut self, name: &Ident) -> u32 {
        if self.compiler.component_kind(&name.name).is_some() {
            let message = format!(
                "the parameter `{}` hides the component of that name",
                name.name
            );
            self.wrong(&codes::HIDES, name.span, message);
        } else {
            self.hiding("parameter", name);
        }
        self.declare(&name.name)
    }

    /// A warning if the name means something already.
    fn hiding(&mut self, what: &str, name: &Ident) {
        if self.compiler.globals.contains_key(name.name.as_str()) {
            let message = format!(
                "the {what} `{}` hides a name that the scenario or its environment already has",
                name.name
            );
            self.wrong(&codes::HIDES, name.span, message);
        }
    }

    /// A variable that hides a global begins with the global's value.
    pub fn preset_hidden(&mut self) {
        self.preset_hidden_from(self.function.params);
    }

    /// The same for the variables from that one on.
    pub fn preset_hidden_from(&mut self, first: usize) {
        let hidden: Vec<(u32, u32)> = self
            .variables
            .iter()
            .filter(|(_, variable)| **variable as usize >= first)
            .filter_map(|(name, &variable)| Some((variable, *self.compiler.globals.get(&**name)?)))
            .collect();
        for (variable, index) in hidden {
            let to = self.target(variable);
            self.emit(crate::program::Op::Global { to, index });
            self.store(variable, to);
        }
    }
}
