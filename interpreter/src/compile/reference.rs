//! What an expression names: variables, names of the environment, functions, fields.

use std::rc::Rc;
use std::sync::Arc;

use scn_grammar::tree::{Expr, ExprKind, Ident};
use scn_grammar::{Diagnostic, Span};
use scn_protocol::{Handle, HandleKind, Value};

use super::scope::{FunctionKind, Scope};
use crate::codes;
use crate::program::{Called, Op, Reg, Slot};

impl Scope<'_, '_> {
    /// A bare name: variable, `@param`, component, `[vars]`, secret.
    pub(super) fn name(&mut self, name: &str, span: Span, to: Reg) {
        if let Some(from) = self.element(name) {
            self.emit(Op::Move { to, from });
            return;
        }
        if let Some(&variable) = self.variables.get(name) {
            match self.slot(variable) {
                Slot::Register(from) => {
                    self.defined(from, variable);
                    if from != to {
                        self.emit(Op::Move { to, from });
                    }
                }
                Slot::Wide(slot) => {
                    self.emit(Op::LoadWide { to, slot });
                    self.defined(to, variable);
                }
            }
            return;
        }
        if let Some(&index) = self.compiler.globals.get(name) {
            self.emit(Op::Global { to, index });
            return;
        }
        if let Some(kind) = self.compiler.component_kind(name) {
            if self.traits.components.iter().all(|known| known != name) {
                self.traits.components.push(name.to_owned());
            }
            self.traits.whole.push(name.to_owned());
            return self.load(
                Value::Handle(Arc::new(Handle {
                    kind,
                    name: name.to_owned(),
                })),
                to,
            );
        }
        self.unknown_name(name, span);
        self.load(Value::None, to);
    }

    /// Where the element stands that the name is: `it`, inside of a `where`.
    pub(super) fn element(&self, name: &str) -> Option<Reg> {
        self.its.last().copied().filter(|_| name == "it")
    }

    fn unknown_name(&mut self, name: &str, span: Span) {
        let known: Vec<String> = self.known_names();
        let meant = scn_grammar::diagnostic::meant(name, known.iter().map(String::as_str))
            .map(str::to_owned);
        let mut diagnostic = Diagnostic::new(
            &codes::UNKNOWN_NAME,
            span,
            format!("nothing is called `{name}` here"),
        );
        diagnostic = if let Some(here) = scn_grammar::other_value(name) {
            diagnostic
                .help(format!("here it is written `{here}`"))
                .replace(here)
        } else if let Some(meant) = meant {
            // What is written in capitals is rather a state, as systems name theirs.
            let is_state = name.len() > 1
                && meant.to_uppercase() == name
                && self.compiler.component_kind(&meant).is_some();
            match is_state {
                true => diagnostic
                    .help(format!(
                        "for text, put it in quotes: '{name}'; or did you mean `{meant}`?"
                    ))
                    .replace(format!("'{name}'")),
                false => diagnostic
                    .help(format!("did you mean `{meant}`?"))
                    .replace(meant),
            }
        } else if crate::function::find(name).is_some() {
            diagnostic.help(format!(
                "`{name}` is a function: {}",
                crate::function::find(name).map_or("", |found| found.signature)
            ))
        } else if self.compiler.has_command(name) {
            diagnostic.help(format!(
                "`{name}` is a command, whose result is a value once a name keeps it: `set NAME {name}`"
            ))
        } else if self.kind == FunctionKind::Template {
            diagnostic.help("here stand the parameters, `args`, attributes of the component, names of [vars] and components")
        } else {
            diagnostic.help(format!(
                "set it first, `set {name} = …`; for text, put it in quotes: '{name}'"
            ))
        };
        self.report(diagnostic);
    }

    fn known_names(&self) -> Vec<String> {
        let mut known: Vec<String> = self.variables.keys().map(|name| name.to_string()).collect();
        known.extend(self.compiler.globals.keys().cloned());
        known.extend(self.compiler.component_names());
        known.sort();
        known
    }

    /// Ends the run if the variable was never set on the way here; taken out again where the
    /// flow shows that it was.
    pub(super) fn defined(&mut self, of: Reg, variable: u32) {
        let known = self.frame.as_ref();
        let is_set = known.is_some_and(|frame| frame.set.contains(&variable));
        if variable as usize >= self.function.params && !is_set {
            self.emit(Op::Defined { of, variable });
        }
    }

    pub(super) fn call(&mut self, function: &Ident, arguments: &[Expr], to: Reg) {
        if function.name == "len"
            && let [
                Expr {
                    kind: ExprKind::Name(name),
                    ..
                },
            ] = arguments
            && !self.variables.contains_key(name.as_str())
            && self.compiler.component_kind(name) == Some(HandleKind::Family)
        {
            let count = self.compiler.members(name).len() as i64;
            return self.int(count, to);
        }
        let registry = self.compiler.registry;
        let called = if let Some(own) = registry.function(&function.name) {
            if let Some(reason) = own.arity_error(arguments.len()) {
                self.wrong(&codes::ARGUMENT_COUNT, function.span, reason);
            }
            self.traits.polled = true;
            Called::Own(Rc::clone(own))
        } else if let Some(found) = crate::function::find(&function.name) {
            self.check_arguments(found, function.span, arguments);
            self.traits.polled |= found.outside;
            Called::Builtin(found)
        } else {
            self.unknown_function(function);
            return self.load(Value::None, to);
        };
        for argument in arguments {
            let used = self.used();
            let from = self.value(argument);
            self.emit(Op::Push { from });
            self.release(used);
        }
        let function = self.compiler.called(&function.name, called);
        self.emit(Op::Function {
            to,
            count: arguments.len().min(255) as u8,
            function,
        });
    }

    /// What is written here for a function of another language, or for a method.
    fn other_function(&mut self, name: &str) -> Option<String> {
        if self.compiler.command(name).is_some() {
            return None;
        }
        let (of, method) = match name.rsplit_once('.') {
            Some((of, method)) => (of, method),
            None => ("VALUE", name),
        };
        if let Some(here) = scn_grammar::other_function(method) {
            return Some(format!("here it is written {}", here.replace("VALUE", of)));
        }
        let known = crate::function::find(method).filter(|_| method != name)?;
        let more = if known.least > 1 { ", …" } else { "" };
        Some(format!(
            "values have no methods; write {method}({of}{more})"
        ))
    }

    fn unknown_function(&mut self, function: &Ident) {
        let other = self.other_function(&function.name);
        let builtin = crate::function::FUNCTIONS.iter().map(|known| known.name);
        let known = builtin.chain(self.compiler.registry.functions());
        let diagnostic = Diagnostic::new(
            &codes::UNKNOWN_FUNCTION,
            function.span,
            format!("there is no function `{}`", function.name),
        );
        if let Some(help) = other {
            return self.report(diagnostic.help(help));
        }
        let diagnostic = match scn_grammar::diagnostic::meant(&function.name, known) {
            Some(meant) => diagnostic
                .help(format!("did you mean `{meant}`?"))
                .replace(meant),
            None if self.compiler.command(&function.name).is_some() => diagnostic.help(format!(
                "`{0}` is a command; its result is kept by a line of its own: `set NAME {0} …`",
                function.name
            )),
            None => diagnostic.help("`scn help functions` lists them"),
        };
        self.report(diagnostic);
    }

    pub(super) fn field(&mut self, of: &Expr, name: &Ident, to: Reg) {
        if let ExprKind::Name(run) = &of.kind
            && run == "run"
            && !self.variables.contains_key("run")
            && let Some(&index) = self.compiler.globals.get(&format!("run.{}", name.name))
        {
            self.emit(Op::Global { to, index });
            return;
        }
        self.check_field(of, name);
        if let ExprKind::Field {
            of: inner,
            name: first,
        } = &of.kind
        {
            self.check_field(inner, first);
            let of = self.owner(inner, first);
            let first: std::rc::Rc<str> = std::rc::Rc::from(first.name.as_str());
            let path = self.compiler.program.paths.len() as u32;
            self.compiler
                .program
                .paths
                .push((first, std::rc::Rc::from(name.name.as_str())));
            self.emit(Op::Path { to, of, path });
            return;
        }
        let of = self.owner(of, name);
        let name = self.compiler.name(&name.name);
        self.emit(Op::Field { to, of, name });
    }

    /// What a field is of. Of a component that is named there, no more than the field is read.
    fn owner(&mut self, of: &Expr, field: &Ident) -> Reg {
        let before = self.traits.whole.len();
        let owner = self.value(of);
        if let ExprKind::Name(name) = &of.kind
            && self.traits.whole.len() > before
        {
            self.traits.whole.truncate(before);
            let read = (name.to_string(), field.name.to_string());
            self.traits.fields.push(read);
        }
        owner
    }
}
