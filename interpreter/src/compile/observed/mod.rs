//! Fields that nothing has, and events that nobody tells of. Reading one gives `none`, which is unequal to everything,
//! so that a word misspelt could pass for a system that behaves; therefore it is said before the run.

mod event;
mod field;

use std::rc::Rc;

use scn_grammar::tree::{ExprKind, Ident, Statement, StatementKind, Step};
use scn_protocol::Type;

use super::Compiler;
use super::scope::Scope;
use crate::environment::{ComponentDeclaration, ResultDeclaration};
use crate::program::Binding;

/// What a variable always holds, as far as that is known from where it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Perhaps anything.
    Any,
    /// The result of a command whose value has no fields of its own.
    Result,
    /// A background job of such a command.
    Job,
    /// An event, with the groups of its patterns.
    Event(Vec<String>),
    /// A member of that family.
    Member(String),
}

impl Scope<'_, '_> {
    /// Notes what a statement leaves in the variables that it sets.
    pub(super) fn note_holds(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Set { name, .. } | StatementKind::Mark(name) => {
                self.note_held(name, Holds::Any);
            }
            StatementKind::SetStep { name, step } => {
                let holds = self.held_of(step, Holds::Result);
                self.note_held(name, holds);
            }
            StatementKind::Background { name, step } => {
                let holds = self.held_of(step, Holds::Job);
                self.note_held(name, holds);
            }
            StatementKind::For {
                key, value, list, ..
            } => {
                let family = match &list.kind {
                    ExprKind::Name(name) => {
                        self.declared(name).map(|_| Holds::Member(name.to_string()))
                    }
                    _ => None,
                };
                let element = value.as_ref().unwrap_or(key);
                if value.is_some() {
                    self.note_held(key, Holds::Any);
                }
                self.note_held(element, family.unwrap_or(Holds::Any));
            }
            StatementKind::WaitEvent {
                name: Some(name),
                event,
                ..
            } => {
                let holds = event::groups_of(event).map_or(Holds::Any, Holds::Event);
                self.note_held(name, holds);
            }
            _ => {}
        }
    }

    fn note_held(&mut self, name: &Ident, holds: Holds) {
        let known = self.holds.get(name.name.as_str());
        let known_otherwise = known.is_some_and(|known| *known != holds);
        // A variable that begins with a value from elsewhere may hold that.
        let begins = !self.holds.contains_key(name.name.as_str())
            && (self.variables.contains_key(name.name.as_str())
                || self.compiler.globals.contains_key(name.name.as_str()));
        let holds = match known_otherwise || begins {
            true => Holds::Any,
            false => holds,
        };
        self.holds.insert(Rc::from(name.name.as_str()), holds);
    }

    /// `plain`, if the step's command gives a value without fields.
    fn held_of(&mut self, step: &Step, plain: Holds) -> Holds {
        let name = step.command.literal();
        let found = name.and_then(|name| self.compiler.command(&name));
        let has_no_fields = match found {
            Some((Binding::Alias(alias), _)) => match &alias.result {
                ResultDeclaration::Output(output) => {
                    *output != scn_protocol::component::Output::Json
                }
                ResultDeclaration::Statuses(values, other) => {
                    let mut all = values.iter().map(|(_, value)| value).chain(other);
                    all.all(|value| !matches!(value.reveal(), scn_protocol::Value::Map(_)))
                }
            },
            Some((Binding::Command(_), Some(signature))) => {
                !matches!(signature.returns, Type::Any | Type::Map | Type::Component)
            }
            _ => false,
        };
        match has_no_fields {
            true => plain,
            false => Holds::Any,
        }
    }

    fn declared(&self, name: &str) -> Option<&ComponentDeclaration> {
        if self.variables.contains_key(name) {
            return None;
        }
        let environment = self.compiler.environment?;
        environment.components.get(name)
    }
}

impl Compiler<'_> {
    fn has_plugins(&self) -> bool {
        self.environment
            .is_some_and(|environment| !environment.plugins.is_empty())
    }
}
