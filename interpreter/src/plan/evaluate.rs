//! Working out what is known before the run: the same code and the same machine as in a run, for one
//! expression at a time, with nothing outside that could be asked.

use std::collections::{HashMap, HashSet};
use std::io;

use scn_grammar::Span;
use scn_grammar::tree::{Expr, ExprKind, Part};
use scn_protocol::{Handle, Value};

use super::Planner;
use super::known::Known;
use crate::compile::{FunctionKind, Scope, names_in};
use crate::environment::{Environment, Setting, Template};
use crate::function::Outside;
use crate::machine::{Checked, Failure, Fiber, Hooks, WatchAsked, is_unset, unset};
use crate::program::{AssertSite, Op, Place};

/// What names mean where an expression stands, and how it is written there.
#[derive(Clone, Copy)]
pub struct At<'n> {
    /// Parameters, and whatever else goes before everything.
    pub params: &'n [(String, Known)],
    /// Variables, which have values only in the run.
    pub variables: &'n HashSet<String>,
    /// The source at a place.
    pub source: &'n dyn Fn(Span) -> String,
}

impl Planner<'_, '_> {
    /// A text of the environment.
    pub fn template(&mut self, template: &Template, params: &[(String, Known)]) -> Known {
        let environment = self.compiler.environment;
        let source = |span| located(environment, template, span);
        let at = At {
            params,
            variables: &HashSet::new(),
            source: &source,
        };
        match template.parts.as_slice() {
            [Part::Value { expr, .. }] => self.expr(expr, at),
            parts => self.text(parts, at),
        }
    }

    /// A value of the environment that may hold texts.
    pub fn setting(&mut self, setting: &Setting, params: &[(String, Known)]) -> Known {
        match setting {
            Setting::Value(value, _) => Known::Value(value.clone()),
            Setting::Template(template) => self.template(template, params),
            Setting::List(elements, _) => {
                let elements = elements.iter().map(|element| self.setting(element, params));
                whole(elements.collect::<Vec<_>>().into_iter()).map_or_else(
                    || self.unknowns.mark("…"),
                    |values| Known::Value(Value::list(values)),
                )
            }
            Setting::Map(pairs, _) => {
                let values = pairs.iter().map(|(_, value)| self.setting(value, params));
                let Some(values) = whole(values.collect::<Vec<_>>().into_iter()) else {
                    return self.unknowns.mark("…");
                };
                let keys = pairs.iter().map(|(key, _)| key.as_str());
                Known::Value(Value::map(
                    keys.zip(values)
                        .map(|(key, value)| (key.into(), value))
                        .collect(),
                ))
            }
        }
    }

    /// Parts of a word or a text, joined.
    pub fn text(&mut self, parts: &[Part], at: At<'_>) -> Known {
        let (mut text, mut known) = (String::new(), true);
        for part in parts {
            match part {
                Part::Bare(piece) | Part::Quoted(piece) => text.push_str(piece),
                Part::Value { expr, .. } | Part::Splat(expr) => {
                    let value = self.expr(expr, at);
                    known &= value.value().is_some();
                    text.push_str(&value.text());
                }
            }
        }
        match known {
            true => Known::Value(Value::from(text)),
            false => Known::Text(text),
        }
    }

    /// An expression; what is not known of it stands as it is written.
    pub fn expr(&mut self, expr: &Expr, at: At<'_>) -> Known {
        let named = match &expr.kind {
            ExprKind::Group(inner) | ExprKind::Interpolation(inner) => return self.expr(inner, at),
            ExprKind::Name(name) => self.named(name, at),
            ExprKind::Field { of, name } => match &of.kind {
                ExprKind::Name(of) if self.lookup(of, at).is_none() => {
                    self.attribute(of, &name.name)
                }
                _ => None,
            },
            _ => None,
        };
        match named {
            Some(known) if !known.is_unknown() => known,
            Some(known) if is_param(expr, at) => known,
            Some(_) => self.unknowns.mark(&(at.source)(expr.span)),
            None => match self.compute(expr, at) {
                Some(value) => Known::Value(value),
                None => self.unknowns.mark(&(at.source)(expr.span)),
            },
        }
    }

    /// What a name is, if it is a parameter or a name of the scenario's or the environment's.
    fn named(&mut self, name: &str, at: At<'_>) -> Option<Known> {
        if let Some(known) = self.lookup(name, at) {
            return Some(known);
        }
        at.variables
            .contains(name)
            .then(|| self.unknowns.mark(name))
    }

    fn lookup(&self, name: &str, at: At<'_>) -> Option<Known> {
        let param = at.params.iter().rev().find(|(known, _)| known == name);
        match param {
            Some((_, known)) => Some(known.clone()),
            None if at.variables.contains(name) => None,
            None => self.globals.get(name).cloned(),
        }
    }

    fn attribute(&self, component: &str, name: &str) -> Option<Known> {
        let attrs = self.attrs.get(component)?;
        let known = attrs.iter().find(|(known, _)| known == name);
        known.map(|(_, known)| known.clone())
    }

    /// Runs an expression of which every name is known.
    fn compute(&mut self, expr: &Expr, at: At<'_>) -> Option<Value> {
        let mut given = Vec::new();
        for name in names_in(expr) {
            match self.named(name, at) {
                Some(Known::Text(_)) => return None,
                Some(Known::Value(value)) if at.params.iter().any(|(known, _)| known == name) => {
                    given.push((name.to_owned(), value));
                }
                _ => {}
            }
        }
        let found = self.compiler.diagnostics.len();
        let mut scope = Scope::new(self.compiler, "plan", FunctionKind::Template);
        for (name, _) in &given {
            scope.declare(name);
        }
        scope.function.params = scope.function.variables.len();
        let from = scope.value(expr);
        scope.emit(Op::Yield { from });
        let function = scope.finish();
        let function = self.compiler.add(function);
        let wrong = self.compiler.diagnostics.len() > found;
        self.compiler.diagnostics.truncate(found);
        if wrong {
            return None;
        }
        let program = &self.compiler.program;
        let value = |name: &str| self.globals.get(name).and_then(Known::value).cloned();
        let globals = program.globals.iter().map(|global| value(&global.name));
        let mut hooks = Before {
            environment: self.compiler.environment,
            attrs: &self.attrs,
            globals: globals.map(|value| value.unwrap_or_else(unset)).collect(),
            outside: Nothing::default(),
        };
        let given = given.into_iter().map(|(_, value)| value).collect();
        let mut fiber = Fiber::new(program, function, given);
        let value = fiber.run_closure(program, &mut hooks).ok()?;
        (!hooks.outside.asked).then_some(value)
    }
}

/// A parameter is shown as what it was given, however little is known of that.
fn is_param(expr: &Expr, at: At<'_>) -> bool {
    matches!(&expr.kind, ExprKind::Name(name) if at.params.iter().any(|(known, _)| known == name))
}

/// The values, if all of them are known.
pub fn whole(all: impl Iterator<Item = Known>) -> Option<Vec<Value>> {
    all.map(|known| known.value().cloned()).collect()
}

/// What stands at a place within a text of the environment.
pub fn located(environment: Option<&Environment>, template: &Template, span: Span) -> String {
    let sources = environment.map(|environment| environment.sources.as_slice());
    let sources = sources.unwrap_or_default();
    let place = template.locate(sources, span);
    let file = sources.get(place.source);
    let text = file.and_then(|file| file.text.get(place.span.range()));
    text.unwrap_or("…").to_owned()
}

/// The system as it is before the run: attributes that are known, and nothing else.
struct Before<'k> {
    environment: Option<&'k Environment>,
    attrs: &'k HashMap<String, Vec<(String, Known)>>,
    globals: Vec<Value>,
    outside: Nothing,
}

impl Before<'_> {
    fn keys(&self, family: &str) -> Vec<String> {
        let components = self.environment.map(|environment| &environment.components);
        let each = components.and_then(|components| components.get(family)?.each.as_ref());
        let keys = each.into_iter().flatten();
        keys.map(|key| format!("{family}[{}]", key.to_text()))
            .collect()
    }
}

impl Hooks for Before<'_> {
    fn read(&mut self, handle: &Handle, field: &str) -> Result<Value, String> {
        let attr = || {
            let attrs = self.attrs.get(&handle.name)?;
            attrs
                .iter()
                .find(|(known, _)| known == field)?
                .1
                .value()
                .cloned()
        };
        match field {
            "name" => Ok(Value::from(handle.name.as_str())),
            _ => attr().ok_or_else(|| "not known before the run".to_owned()),
        }
    }

    fn read_path(&mut self, handle: &Handle, field: &str, part: &str) -> Result<Value, String> {
        crate::ops::field(&self.read(handle, field)?, part)
    }

    fn member(&mut self, family: &Handle, key: &Value) -> Result<Value, String> {
        let name = format!("{}[{}]", family.name, key.to_text());
        match self.keys(&family.name).contains(&name) {
            true => Ok(Value::component(name)),
            false => Err(format!("there is no {name}")),
        }
    }

    fn members(&mut self, family: &Handle) -> Vec<Value> {
        let keys = self.keys(&family.name).into_iter();
        keys.map(Value::component).collect()
    }

    fn global(&mut self, index: u32) -> Value {
        let known = self.globals.get(index as usize).cloned();
        known.filter(|known| !is_unset(known)).unwrap_or_else(|| {
            self.outside.asked = true;
            Value::None
        })
    }

    fn outside(&mut self) -> &mut dyn Outside {
        &mut self.outside
    }

    fn monotonic(&mut self) -> i64 {
        self.outside.now()
    }

    // An expression has none of these.
    fn assigned(&mut self, _: u64, _: u32, _: &Value, _: Place) {}
    fn checked(&mut self, _: &AssertSite, _: Place, _: bool, _: Checked<'_>) {}
    fn noted(&mut self, _: Failure) {}
    fn marked(&mut self, _: &str, _: Place) -> i64 {
        self.outside.now()
    }
    fn watch(&mut self, _: WatchAsked) {}
    fn open_scope(&mut self) -> u64 {
        0
    }
    fn close_scope(&mut self, _: u64) -> Vec<Failure> {
        Vec::new()
    }
    fn case_started(&mut self, _: &str, _: Place) {}
    fn case_finished(&mut self, _: &str, _: Place, _: scn_protocol::Verdict, _: Option<&str>) {}
}

/// A world of which nothing is known; what was asked of it makes an answer worthless.
#[derive(Default)]
struct Nothing {
    asked: bool,
}

impl Outside for Nothing {
    fn now(&mut self) -> i64 {
        self.asked = true;
        0
    }

    fn random(&mut self) -> u64 {
        self.asked = true;
        0
    }

    fn env(&mut self, _: &str) -> Option<Value> {
        self.asked = true;
        None
    }

    fn read(&mut self, _: &str) -> io::Result<Vec<u8>> {
        self.asked = true;
        Err(io::ErrorKind::NotFound.into())
    }

    fn exists(&mut self, _: &str) -> bool {
        self.asked = true;
        false
    }

    fn free_port(&mut self) -> io::Result<u16> {
        self.asked = true;
        Err(io::ErrorKind::AddrNotAvailable.into())
    }
}
