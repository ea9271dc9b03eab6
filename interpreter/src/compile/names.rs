//! What names mean: components, hosts, globals, and the names in an expression.

use std::collections::HashSet;

use scn_grammar::tree::{Expr, ExprKind, HeaderKind, Ident, Part};
use scn_grammar::{Diagnostic, Span};
use scn_protocol::{HandleKind, Type, Value};

use super::Compiler;
use crate::codes;
use crate::environment::Setting;
use crate::program::{Global, GlobalKind, VarPlan};

impl Compiler<'_> {
    /// Whether it is a component or a family; `System` always is one.
    pub fn component_kind(&self, name: &str) -> Option<HandleKind> {
        let declared = self
            .environment
            .and_then(|environment| environment.components.get(name));
        match declared {
            Some(component) if component.each.is_some() => Some(HandleKind::Family),
            Some(_) => Some(HandleKind::Component),
            None if name == SYSTEM => Some(HandleKind::Component),
            None => self.member(name).then_some(HandleKind::Component),
        }
    }

    /// Whether it is a member of a family, `NAME[KEY]`.
    fn member(&self, name: &str) -> bool {
        let Some((family, key)) = name.strip_suffix(']').and_then(|name| name.split_once('['))
        else {
            return false;
        };
        self.members(family)
            .iter()
            .any(|member| member.to_text() == key)
    }

    /// The keys of a family's members.
    pub fn members(&self, family: &str) -> Vec<Value> {
        self.environment
            .and_then(|environment| environment.components.get(family))
            .and_then(|component| component.each.clone())
            .unwrap_or_default()
    }

    /// The names of a family's members.
    pub fn member_names(&self, family: &str) -> Vec<String> {
        let keys = self.members(family).into_iter();
        keys.map(|key| format!("{family}[{}]", key.to_text()))
            .collect()
    }

    /// The names of all components and families.
    pub fn component_names(&self) -> Vec<String> {
        let declared = self
            .environment
            .map(|environment| environment.components.keys().cloned().collect());
        let mut names: Vec<String> = declared.unwrap_or_default();
        if !names.iter().any(|name| name == SYSTEM) {
            names.push(SYSTEM.to_owned());
        }
        names
    }

    /// Declares what every function can name: `@param`s, `[vars]`, secrets, the run.
    pub fn declare_globals(&mut self, tree: &scn_grammar::tree::File) {
        self.global("run.dir", GlobalKind::RunDir);
        self.global("run.id", GlobalKind::RunId);
        self.global("trigger", GlobalKind::Trigger);
        if let Some(environment) = self.environment {
            for name in environment.secrets.keys() {
                self.global(name, GlobalKind::Secret);
            }
            // Declared first, so that one may name another; made after.
            for name in environment.vars.keys() {
                self.global(name, GlobalKind::Var(VarPlan::Value(Value::None)));
            }
            for (name, setting) in &environment.vars {
                // One that a component hides is never seen.
                if environment.components.contains_key(name) {
                    self.globals.remove(name);
                }
                let plan = match setting {
                    Setting::Value(value, _) => VarPlan::Value(value.clone()),
                    other => VarPlan::Function(self.setting_function(name, other, &[])),
                };
                if let Some(&index) = self.globals.get(name) {
                    self.program.globals[index as usize].kind = GlobalKind::Var(plan);
                }
            }
        }
        let mut own: Vec<&Ident> = Vec::new();
        for header in &tree.headers {
            let HeaderKind::Param { name, default } = &header.kind else {
                continue;
            };
            if let Some(first) = own.iter().find(|first| first.name == name.name) {
                let message = format!("there is a parameter `{}` already", name.name);
                let found = Diagnostic::new(&codes::HEADER_TWICE, name.span, message);
                self.report(found.related(first.span, "the first one"));
                continue;
            }
            own.push(name);
            self.parameter(name, default.as_ref(), header.span);
        }
    }

    /// The `@param`s of a file that is used, which its steps name. They hold for the whole scenario, as the
    /// scenario's own do: where several files declare one of that name it is one, as the first of them has it, and
    /// the scenario's own comes before all.
    pub fn used_parameters(&mut self, tree: &scn_grammar::tree::File) {
        for header in &tree.headers {
            let HeaderKind::Param { name, default } = &header.kind else {
                continue;
            };
            let known = self.globals.get(name.name.as_str());
            let known = known.map(|&index| &self.program.globals[index as usize].kind);
            if matches!(known, Some(GlobalKind::Param { .. })) {
                continue;
            }
            if self.again && default.is_none() {
                let message = format!("the parameter `{}` has no default", name.name);
                let found = Diagnostic::new(&codes::TYPED, header.span, message);
                self.report(found.help(
                    "give it with --set as the run begins, of a scenario that uses this file",
                ));
            }
            self.parameter(name, default.as_ref(), header.span);
        }
    }

    /// Declares an `@param`.
    fn parameter(&mut self, name: &Ident, default: Option<&Expr>, span: Span) {
        let value = default.and_then(super::literal::literal_value);
        if default.is_some() && value.is_none() {
            self.wrong(
                &codes::NOT_LITERAL,
                span,
                "the default of a parameter is a literal: a number, a text, a quantity, a list",
            );
        }
        if self.component_kind(&name.name).is_some() {
            let message = format!(
                "the parameter `{}` hides the component of that name",
                name.name
            );
            self.wrong(&codes::HIDES, name.span, message);
        } else if self.globals.contains_key(name.name.as_str()) {
            let message = format!("the parameter `{}` hides the environment's name", name.name);
            self.wrong(&codes::HIDES, name.span, message);
        }
        let kind = value.as_ref().map_or(Type::Any, type_of);
        self.globals.remove(name.name.as_str());
        let default = value;
        self.global(&name.name, GlobalKind::Param { default, kind });
    }

    fn global(&mut self, name: &str, kind: GlobalKind) {
        self.program.globals.push(Global {
            name: name.to_owned(),
            kind,
        });
        self.globals
            .insert(name.to_owned(), (self.program.globals.len() - 1) as u32);
    }
}

/// The component that every host is: its own figures.
pub const SYSTEM: &str = "System";

/// The type that a default gives its parameter.
pub fn type_of(value: &Value) -> Type {
    match value {
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Decimal(_) => Type::Decimal,
        Value::Text(_) => Type::Text,
        Value::List(_) => Type::List,
        Value::Map(_) => Type::Map,
        Value::Duration(_) => Type::Duration,
        Value::Size(_) => Type::Size,
        Value::Percent(_) => Type::Percent,
        _ => Type::Any,
    }
}

/// The names in an expression that may be variables, each once, in order.
pub fn names_in(expr: &Expr) -> Vec<&str> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    places_in(expr, &mut |name, _| {
        if seen.insert(name) {
            found.push(name);
        }
    });
    found
}

/// The same, each wherever it stands.
pub fn places_in<'t>(expr: &'t Expr, found: &mut dyn FnMut(&'t str, Span)) {
    match &expr.kind {
        ExprKind::Name(name) => found(name, expr.span),
        ExprKind::Text(parts) => places_in_parts(parts, found),
        ExprKind::List(elements) => elements
            .iter()
            .for_each(|element| places_in(element, found)),
        ExprKind::Map(pairs) => pairs.iter().for_each(|(_, value)| places_in(value, found)),
        ExprKind::Call { arguments, .. } => arguments
            .iter()
            .for_each(|argument| places_in(argument, found)),
        ExprKind::Field { of, .. } => places_in(of, found),
        ExprKind::Index { of, index } => {
            places_in(of, found);
            places_in(index, found);
        }
        ExprKind::Group(of)
        | ExprKind::Interpolation(of)
        | ExprKind::Negate(of)
        | ExprKind::Not(of) => places_in(of, found),
        ExprKind::Binary { left, right, .. } => {
            places_in(left, found);
            places_in(right, found);
        }
        ExprKind::Matches { text, regex } => {
            places_in(text, found);
            places_in(regex, found);
        }
        ExprKind::Where { list, condition } => {
            places_in(list, found);
            places_in(condition, found);
        }
        _ => {}
    }
}

/// The names in the interpolations of a text or a word.
pub fn places_in_parts<'t>(parts: &'t [Part], found: &mut dyn FnMut(&'t str, Span)) {
    for part in parts {
        match part {
            Part::Value { expr, .. } | Part::Splat(expr) => places_in(expr, found),
            Part::Bare(_) | Part::Quoted(_) => {}
        }
    }
}
