//! What undoes a command: a command line, as a function that owes it.

use scn_grammar::tree::{ExprKind, Part, Step};

use super::Compiler;
use super::command::named;
use super::scope::{FunctionKind, Scope};
use super::words::Purpose;
use crate::codes;
use crate::command::Command;
use crate::environment::Alias;
use crate::program::{Op, SourceFile, UndoPlan};

impl Compiler<'_> {
    /// What is owed once the alias has been started, as a function of its parameters,
    /// `args` and `result`.
    pub(super) fn undo_of_alias(&mut self, alias: &Alias, params: &[String]) -> Option<UndoPlan> {
        let undo = alias.undo.as_ref()?;
        let file = self.environment_file(undo.place);
        let function = self.owing(file, &undo.step, params, |scope| {
            scope.within = Some(undo.place.span);
        });
        Some(UndoPlan {
            function,
            text: undo.text.clone(),
        })
    }

    /// What is owed once a command of a plug-in has been started, where that is more than one name: a function of
    /// its parameters, the words beyond, `args` and `result`. What is wrong with it is told where the environment
    /// names the plug-in.
    pub(super) fn line_that_undoes(&mut self, command: &dyn Command) {
        let name = command.full_name();
        let Some(line) = undo_line(command) else {
            return;
        };
        // Known from here on: what undoes it may be undone by it.
        if self.program.undo_lines.contains_key(&name) {
            return;
        }
        self.program.undo_lines.insert(name.clone(), None);
        let shown = format!("{name}, its undo");
        let step = scn_grammar::parse_command_line(&line);
        self.program
            .files
            .push(SourceFile::new(shown.clone(), &*line));
        self.steps.push(super::Table::default());
        let file = (self.program.files.len() - 1) as u32;
        let before = self.diagnostics.len();
        match step {
            Ok(step) => {
                let params = named(command.signature());
                let function = self.owing(file, &step, &params, |_| {});
                let plan = UndoPlan {
                    function,
                    text: line.clone(),
                };
                self.program.undo_lines.insert(name.clone(), Some(plan));
            }
            Err(found) => {
                let found = found.into_iter().map(|found| found.in_file(shown.clone()));
                self.diagnostics.extend(found);
            }
        }
        self.told_at_plugin(&name, &shown, &line, before);
    }

    /// A function that owes a step. It is not the scenario's: it sees no steps of it.
    fn owing(
        &mut self,
        file: u32,
        step: &Step,
        params: &[String],
        prepare: impl FnOnce(&mut Scope<'_, '_>),
    ) -> u32 {
        let outer = std::mem::replace(&mut self.file, file);
        let mut scope = Scope::new(self, "undo", FunctionKind::Template);
        for param in params {
            scope.declare(param);
        }
        scope.declare("result");
        scope.function.params = scope.function.variables.len();
        prepare(&mut scope);
        scope.step(&with_words(step), Purpose::Defer);
        let from = scope.none();
        scope.emit(Op::Yield { from });
        let function = scope.finish();
        self.file = outer;
        self.add(function)
    }

    /// What was found in the line of an undo since `before` is told where the environment names the plug-in: the
    /// line itself stands in no file that anyone could open.
    fn told_at_plugin(&mut self, command: &str, shown: &str, line: &str, before: usize) {
        let plugin = command.split('.').next().unwrap_or(command);
        let place = self.environment.and_then(|environment| {
            let place = environment.plugins.get(plugin)?.place;
            Some((
                environment.sources.get(place.source)?.path.clone(),
                place.span,
            ))
        });
        let Some((path, span)) = place else {
            return;
        };
        let own = self.registry.iter().map(|known| known.full_name());
        let own: Vec<String> = own
            .filter(|name| name.starts_with(&format!("{plugin}.")))
            .collect();
        let help = format!(
            "the plug-in `{plugin}` has {}; another command has to be one of the environment, or a built-in one",
            own.join(", ")
        );
        let found = self.diagnostics.iter_mut().skip(before);
        for found in found.filter(|found| found.file == shown) {
            found.message = format!("{command} is undone by `{line}`: {}", found.message);
            found.file.clone_from(&path);
            found.span = span;
            found.related.clear();
            // What is written alike undoes nothing.
            if found.code.name == codes::UNKNOWN_COMMAND.name {
                found.help = Some(help.clone());
            }
            found.replacement = None;
        }
    }
}

/// The command line that undoes a command. A name alone gets the words of the step.
pub(crate) fn undo_line(command: &dyn Command) -> Option<String> {
    let line = command.undone_by()?;
    Some(match line.contains(char::is_whitespace) {
        true => line,
        false => format!("{line} #{{args}}"),
    })
}

/// In an undo, a word that is exactly `#{args}` stands for the words of the step, each one a word.
pub(crate) fn with_words(step: &Step) -> Step {
    let mut step = step.clone();
    for word in &mut step.words {
        if let [
            Part::Value {
                expr,
                quoted: false,
            },
        ] = word.parts.as_slice()
            && matches!(&expr.kind, ExprKind::Name(name) if name == "args")
        {
            word.parts = [Part::Splat(expr.clone())].into();
        }
    }
    step
}
