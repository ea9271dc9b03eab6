//! `step` and `use`: the steps that a file can name.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_grammar::tree::{self, Block, Ident, Param, StatementKind};
use scn_protocol::{Signature, Type, Value};

use super::literal::literal_value;
use super::names::type_of;
use super::scope::{FunctionKind, Scope};
use super::{Compiler, OwnStep, Table};
use crate::codes;
use crate::engine::text_of;
use crate::program::{Function, Place, SourceFile};

/// A file that was read already, and which of the program's it is.
type Known = Table<PathBuf, u32>;

impl Compiler<'_> {
    /// Compiles the steps of a file, and of those that it uses. `opened` are the files being
    /// read, this one last.
    pub fn steps_of(&mut self, tree: &tree::File, path: &Path, opened: &mut Vec<PathBuf>) {
        let mut known = Known::default();
        known.insert(normal(path), 0);
        self.steps_in(tree, path, opened, &mut known);
    }

    fn steps_in(
        &mut self,
        tree: &tree::File,
        path: &Path,
        opened: &mut Vec<PathBuf>,
        known: &mut Known,
    ) {
        for statement in &tree.body.statements {
            if let StatementKind::Use { path: used, alias } = &statement.kind {
                self.use_file(used, alias.as_ref(), path, opened, known);
            }
        }
        let mut bodies = Vec::new();
        for statement in &tree.body.statements {
            if let StatementKind::StepDefinition { name, params, body } = &statement.kind
                && let Some(function) = self.declare_step(name, params)
            {
                bodies.push((function, name, params, body));
            }
        }
        for (function, name, params, body) in bodies {
            let compiled = self.step_function(name, params, body);
            self.program.functions[function as usize] = compiled;
        }
    }

    fn declare_step(&mut self, name: &Ident, params: &[Param]) -> Option<u32> {
        let place = Place {
            file: self.file,
            span: name.span,
        };
        let known = self.steps[self.file as usize].get(name.name.as_str());
        if let Some(first) = known.filter(|known| !self.again || known.place.file == place.file) {
            let (first, same_file) = (first.place, first.place.file == self.file);
            let mut diagnostic = Diagnostic::new(
                &codes::STEP_TWICE,
                name.span,
                format!("there is a step `{}` already", name.name),
            );
            if same_file {
                diagnostic = diagnostic.related(first.span, "the first one");
            }
            self.report(diagnostic);
            return None;
        }
        let hides = self.registry.find(&name.name);
        if hides.is_some_and(|command| command.full_name() == name.name) {
            let message = format!("the step `{}` hides the command of that name", name.name);
            let help = "every use of the name in this file is the step, in the step itself too";
            self.report(Diagnostic::new(&codes::HIDES, name.span, message).help(help));
        }
        let signature = self.step_signature(name, params);
        let function = self.add(Function {
            name: name.name.to_string(),
            ..Function::default()
        });
        let signature = Rc::new(signature);
        self.program
            .signatures
            .insert(function, Rc::clone(&signature));
        let step = OwnStep {
            function,
            signature,
            place,
        };
        self.steps[self.file as usize].insert(name.name.to_string(), step);
        Some(function)
    }

    fn step_signature(&mut self, name: &Ident, params: &[Param]) -> Signature {
        let mut signature = Signature {
            name: name.name.to_string(),
            ..Signature::default()
        };
        for param in params {
            if signature
                .params
                .iter()
                .any(|known| known.name == param.name.name)
            {
                self.wrong(
                    &codes::STEP_TWICE,
                    param.name.span,
                    format!("there is a parameter `{}` already", param.name.name),
                );
            }
            if signature.params.len() == 48 {
                self.wrong(
                    &codes::TOO_LARGE,
                    param.name.span,
                    "a step takes at most 48 parameters",
                );
                break;
            }
            let default = param.default.as_ref().map(|default| self.default(default));
            let kind = default.as_ref().map_or(Type::Any, type_of);
            signature.params.push(scn_protocol::Param {
                name: param.name.name.to_string(),
                kind,
                default,
                help: String::new(),
            });
        }
        signature
    }

    fn default(&mut self, default: &tree::Expr) -> Value {
        literal_value(default).unwrap_or_else(|| {
            let message =
                "the default of a parameter is a literal: a number, a text, a quantity, a list";
            self.wrong(&codes::NOT_LITERAL, default.span, message);
            Value::None
        })
    }

    fn step_function(&mut self, name: &Ident, params: &[Param], body: &Block) -> Function {
        let mut scope = Scope::new(self, &name.name, FunctionKind::Step);
        for param in params.iter().take(48) {
            scope.declare_parameter(&param.name);
        }
        scope.function.params = scope.function.variables.len();
        scope.declare_variables(body.statements.iter());
        scope.step_body(body);
        scope.finish()
    }

    fn use_file(
        &mut self,
        used: &Ident,
        alias: Option<&Ident>,
        from: &Path,
        opened: &mut Vec<PathBuf>,
        known: &mut Known,
    ) {
        let path = normal(&from.parent().unwrap_or(Path::new("")).join(&used.name));
        if opened.iter().any(|open| normal(open) == path) {
            let circle: Vec<String> = opened.iter().map(|open| self.shown(open)).collect();
            let message = format!(
                "`{}` uses itself: {} → {}",
                used.name,
                circle.join(" → "),
                self.shown(&path)
            );
            return self.wrong(&codes::USE_CIRCLE, used.span, message);
        }
        let file = match known.get(&path) {
            Some(&file) => file,
            None => match self.read_used(used, &path, opened, known) {
                Some(file) => file,
                None => return,
            },
        };
        let prefix = alias
            .map(|alias| format!("{}.", alias.name))
            .unwrap_or_default();
        let steps: Vec<(String, OwnStep)> = self.steps[file as usize]
            .iter()
            .filter(|(_, step)| step.place.file == file)
            .map(|(name, step)| {
                let step = OwnStep {
                    function: step.function,
                    signature: Rc::clone(&step.signature),
                    place: step.place,
                };
                (format!("{prefix}{name}"), step)
            })
            .collect();
        for (name, step) in steps {
            let taken = self.steps[self.file as usize]
                .get(&name)
                .filter(|known| known.function != step.function && !self.again);
            if taken.is_some() {
                let message = format!(
                    "`{}` brings a step `{name}`, and there is one of that name already",
                    used.name
                );
                let help = format!(
                    "give the file a name: `use '{}' as NAME`, and its steps are NAME.STEP",
                    used.name
                );
                self.report(Diagnostic::new(&codes::STEP_TWICE, used.span, message).help(help));
                continue;
            }
            self.steps[self.file as usize].insert(name, step);
        }
    }

    /// A file's path as it is shown: from the folder that the scenario's own name starts from.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let named = self.program.files.first().map(|file| Path::new(&file.path));
        let named = named.map(|named| named.strip_prefix(".").unwrap_or(named));
        let up = named.map_or(0, |named| named.components().count());
        let from = self.path.ancestors().nth(up);
        let beside = named.is_some_and(|named| named.is_relative() && self.path.ends_with(named));
        let short = from
            .filter(|_| beside)
            .and_then(|from| path.strip_prefix(from).ok());
        short.unwrap_or(path).to_string_lossy().into_owned()
    }

    fn read_used(
        &mut self,
        used: &Ident,
        path: &Path,
        opened: &mut Vec<PathBuf>,
        known: &mut Known,
    ) -> Option<u32> {
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = match error.kind() {
                    std::io::ErrorKind::NotFound => format!("there is no file `{}`", used.name),
                    _ => format!("the file `{}` cannot be read: {error}", used.name),
                };
                let help = format!("it was looked for as {}", path.display());
                self.report(Diagnostic::new(&codes::USE_FILE, used.span, message).help(help));
                return None;
            }
        };
        let parsed = scn_grammar::parse_bytes(&bytes);
        let file = self.program.files.len() as u32;
        self.program
            .files
            .push(SourceFile::new(self.shown(path), text_of(&bytes)));
        self.steps.push(Table::default());
        known.insert(path.to_owned(), file);
        let outer = std::mem::replace(&mut self.file, file);
        for diagnostic in parsed.diagnostics {
            self.report(diagnostic);
        }
        self.used_parameters(&parsed.file);
        opened.push(path.to_owned());
        self.steps_in(&parsed.file, path, opened, known);
        opened.pop();
        self.file = outer;
        Some(file)
    }
}

/// A path without `.` and, where that can be told from the text alone, `..`.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}
