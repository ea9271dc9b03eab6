//! Names that mean something in another function of the file: a step sees its own variables, and nobody sees a
//! step's.

use scn_grammar::tree::{self, Block, Ident, Param, StatementKind};

use super::Compiler;
use crate::codes;
use crate::program::Function;

/// A `step` of the scenario's file.
struct Own<'t> {
    name: &'t Ident,
    params: &'t [Param],
    body: &'t Block,
}

impl Compiler<'_> {
    /// Says of names that are not known where they are, and are where they are not seen from there, how
    /// their values get there.
    pub(super) fn seen_elsewhere(&mut self, tree: &tree::File) {
        let unknown = |found: &scn_grammar::Diagnostic| {
            found.code.name == codes::UNKNOWN_NAME.name && found.file.is_empty()
        };
        if !self.diagnostics.iter().any(unknown) {
            return;
        }
        let statements = tree.body.statements.iter();
        let steps: Vec<Own<'_>> = statements
            .filter_map(|statement| match &statement.kind {
                StatementKind::StepDefinition { name, params, body } => {
                    Some(Own { name, params, body })
                }
                _ => None,
            })
            .collect();
        let mut found = std::mem::take(&mut self.diagnostics);
        for diagnostic in found.iter_mut().filter(|found| unknown(found)) {
            let at = diagnostic.span.start;
            let within = |step: &&Own<'_>| step.body.span.start <= at && at < step.body.span.end;
            let inside = steps.iter().find(within);
            let name = diagnostic.message.split('`').nth(1).unwrap_or_default();
            if let Some(help) = self.way_to(name, inside, &steps) {
                diagnostic.help = Some(help);
                diagnostic.replacement = None;
            }
        }
        self.diagnostics = found;
    }

    fn way_to(&self, name: &str, inside: Option<&Own<'_>>, steps: &[Own<'_>]) -> Option<String> {
        let main = self.program.functions.get(self.program.main as usize)?;
        if let Some(step) = inside
            && has(main, name)
        {
            let called = &step.name.name;
            let params: String = step
                .params
                .iter()
                .map(|param| format!(" {}", param.name.name))
                .collect();
            return Some(format!(
                "a step sees its own variables alone: make it a parameter, `step {called}{params} {name}`, and give it its value where the step is called, `#{{{name}}}`"
            ));
        }
        let others = steps
            .iter()
            .filter(|step| inside.is_none_or(|inside| inside.name != step.name));
        for step in others {
            let called = &step.name.name;
            let known = self
                .steps
                .first()
                .and_then(|steps| steps.get(called.as_str()));
            let function =
                known.and_then(|known| self.program.functions.get(known.function as usize));
            if function.is_some_and(|function| has(function, name)) {
                return Some(format!(
                    "it is a variable of the step `{called}` alone: let that `return {name}`, and keep what it gives, `set {name} {called} …`"
                ));
            }
        }
        None
    }
}

fn has(function: &Function, name: &str) -> bool {
    function.variables.iter().any(|known| &*known.name == name)
}
