//! `@each`: the body once for each row.

use scn_grammar::tree::{self, HeaderKind};

use super::scope::Scope;
use crate::program::{EachPlan, Program};

/// Notes where the rows come from.
pub fn rows(program: &mut Program, function: u32) {
    program.headers.each = Some(EachPlan {
        function,
        targets: Vec::new(),
        name: String::new(),
    });
}

impl Scope<'_, '_> {
    /// The variables that take a row: parameters of the body.
    pub fn each_targets(&mut self, tree: &tree::File) {
        let header = tree.headers.iter().find_map(|header| match &header.kind {
            HeaderKind::Each { key, value, .. } => Some((key, value)),
            _ => None,
        });
        let Some((key, value)) = header else { return };
        let mut targets = Vec::new();
        for name in std::iter::once(key).chain(value) {
            let variable = self.declare_parameter(name);
            targets.push(self.slot(variable));
        }
        self.function.params = targets.len();
        if let Some(each) = &mut self.compiler.program.headers.each {
            each.targets = targets;
            each.name = key.name.to_string();
        }
    }
}
