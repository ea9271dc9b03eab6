//! Texts of the environment: functions of what they may name.

use scn_grammar::tree::Part;
use scn_protocol::Value;

use super::scope::{FunctionKind, Scope};
use super::{Compiler, names_in};
use crate::environment::{self, ProgramDeclaration, RunOrShell, Setting, Template};
use crate::function::Kind;
use crate::program::{Op, ProgramPlan, Reg, SourceFile};

/// Where the words of a step go in the program that it runs.
#[derive(Clone, Copy)]
pub enum Words<'p> {
    /// Where it says `#{args}`; if it does not say so, after its own.
    Follow,
    /// Where it says.
    Placed,
    /// As the parameters of these names, in their order; with `rest` the last takes all further words.
    InOrder {
        /// The names.
        names: &'p [String],
        /// The last is a list.
        rest: bool,
    },
}

impl Compiler<'_> {
    /// Which of the program's files an environment's source is.
    pub(super) fn environment_file(&mut self, place: environment::Place) -> u32 {
        let Some(source) = self
            .environment
            .and_then(|environment| environment.sources.get(place.source))
        else {
            return 0;
        };
        let known = self
            .program
            .files
            .iter()
            .skip(1)
            .position(|file| file.path == source.path);
        if let Some(known) = known {
            return known as u32 + 1;
        }
        self.program
            .files
            .push(SourceFile::new(source.path.clone(), &*source.text));
        self.steps.push(super::Table::default());
        (self.program.files.len() - 1) as u32
    }

    /// A function of `params` made by `body`, which stands at `place` in the environment.
    pub fn template(
        &mut self,
        name: &str,
        params: &[String],
        place: environment::Place,
        body: impl FnOnce(&mut Scope<'_, '_>) -> Reg,
    ) -> u32 {
        let file = self.environment_file(place);
        let outer = std::mem::replace(&mut self.file, file);
        let mut scope = Scope::new(self, name, FunctionKind::Template);
        for param in params {
            scope.declare(param);
        }
        scope.function.params = scope.function.variables.len();
        scope.within = Some(place.span);
        let from = body(&mut scope);
        scope.emit(Op::Yield { from });
        let function = scope.finish();
        self.file = outer;
        self.add(function)
    }

    /// A function that gives a text.
    pub fn text_function(&mut self, name: &str, template: &Template, params: &[String]) -> u32 {
        self.template(name, params, template.place, |scope| {
            let to = scope.temporary();
            scope.template_value(&template.parts, to);
            to
        })
    }

    /// A function that gives a value which may hold texts.
    pub fn setting_function(&mut self, name: &str, setting: &Setting, params: &[String]) -> u32 {
        let place = place_of(setting);
        self.template(name, params, place, |scope| {
            let to = scope.temporary();
            scope.setting(setting, to);
            to
        })
    }

    /// What is run, as functions of `params`.
    pub fn program_plan(
        &mut self,
        name: &str,
        program: &ProgramDeclaration,
        params: &[String],
        words: Words<'_>,
    ) -> ProgramPlan {
        let shell = match &program.what {
            RunOrShell::Run(_) => None,
            RunOrShell::Shell(text) => Some(text.clone()),
        };
        let argv = self.template(name, params, program.place, |scope| {
            let list = scope.temporary();
            scope.emit(Op::NewList { to: list });
            let mut named = false;
            if let RunOrShell::Run(arguments) = &program.what {
                for argument in arguments {
                    named |= scope.argument_template(argument, list);
                }
            }
            match words {
                Words::Follow if !named => scope.extend_with("args", list),
                Words::Follow | Words::Placed => {}
                Words::InOrder { names, rest } => scope.in_order(names, rest, list),
            }
            list
        });
        let cwd = program
            .cwd
            .as_ref()
            .map(|text| self.text_function(name, text, params));
        let env = program
            .env
            .iter()
            .map(|(key, text)| (key.clone(), self.text_function(name, text, params)))
            .collect();
        let user = program
            .user
            .as_ref()
            .map(|text| self.text_function(name, text, params));
        ProgramPlan {
            argv,
            shell,
            cwd,
            env,
            user,
        }
    }
}

impl Scope<'_, '_> {
    /// A text; exactly one interpolation is the value itself.
    fn template_value(&mut self, parts: &[Part], to: Reg) {
        match parts {
            [Part::Value { expr, .. }] => self.into(expr, to),
            parts => self.text(parts, to),
        }
    }

    fn setting(&mut self, setting: &Setting, to: Reg) {
        let outer = self.within;
        self.within = Some(place_of(setting).span);
        match setting {
            Setting::Value(value, _) => self.load(value.clone(), to),
            Setting::Template(template) => self.template_value(&template.parts, to),
            Setting::List(elements, _) => {
                self.emit(Op::NewList { to });
                for element in elements {
                    let used = self.used();
                    let from = self.temporary();
                    self.setting(element, from);
                    self.emit(Op::ListPush { list: to, from });
                    self.release(used);
                }
            }
            Setting::Map(pairs, _) => {
                self.emit(Op::NewMap { to });
                for (key, value) in pairs {
                    let used = self.used();
                    let from = self.temporary();
                    self.setting(value, from);
                    let k = self.compiler.constant(Value::from(key.as_str()));
                    self.emit(Op::MapSet { map: to, from, k });
                    self.release(used);
                }
            }
        }
        self.within = outer;
    }

    /// Adds an argument of a program to the list; says whether it is where the words go.
    fn argument_template(&mut self, template: &Template, list: Reg) -> bool {
        let outer = self.within;
        self.within = Some(template.place.span);
        let used = self.used();
        let is_args = |expr: &scn_grammar::tree::Expr| matches!(&expr.kind, scn_grammar::tree::ExprKind::Name(name) if name == "args");
        let named = match template.parts.as_slice() {
            [Part::Value { expr, .. }] if is_args(expr) => {
                self.extend_with("args", list);
                true
            }
            [Part::Splat(expr)] => {
                self.check_kind(Kind::List, expr, "#{*…}");
                let from = self.value(expr);
                self.emit(Op::ListExtend { list, from });
                is_args(expr)
            }
            parts => {
                let from = self.temporary();
                self.text(parts, from);
                self.emit(Op::ListPush { list, from });
                let in_part = |part: &Part| matches!(part, Part::Value { expr, .. } if names_in(expr).contains(&"args"));
                parts.iter().any(in_part)
            }
        };
        self.release(used);
        self.within = outer;
        named
    }

    /// Adds what `names` hold to the list, each as one element; with `rest` the last is a list of
    /// more.
    fn in_order(&mut self, names: &[String], rest: bool, list: Reg) {
        let (single, more) = names.split_at(names.len() - usize::from(rest));
        for name in single {
            let used = self.used();
            if let Some(from) = self.held(name) {
                self.emit(Op::ListPush { list, from });
            }
            self.release(used);
        }
        for name in more {
            self.extend_with(name, list);
        }
    }

    /// Adds the elements of the list that the variable holds.
    fn extend_with(&mut self, name: &str, list: Reg) {
        let used = self.used();
        if let Some(from) = self.held(name) {
            self.emit(Op::ListExtend { list, from });
        }
        self.release(used);
    }

    /// Where the value of a variable is.
    fn held(&mut self, name: &str) -> Option<Reg> {
        let &variable = self.variables.get(name)?;
        Some(match self.slot(variable) {
            crate::program::Slot::Register(register) => register,
            crate::program::Slot::Wide(slot) => {
                let to = self.temporary();
                self.emit(Op::LoadWide { to, slot });
                to
            }
        })
    }
}

/// Where a setting stands.
pub fn place_of(setting: &Setting) -> environment::Place {
    match setting {
        Setting::Value(_, place) | Setting::List(_, place) | Setting::Map(_, place) => *place,
        Setting::Template(template) => template.place,
    }
}
