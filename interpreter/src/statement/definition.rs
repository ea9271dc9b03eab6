//! `step`, `return`, `use`

use scn_grammar::Span;
use scn_grammar::tree::{Block, Expr, Ident};

use crate::codes;
use crate::compile::Scope;
use crate::compile::scope::FunctionKind;
use crate::program::Op;

impl Scope<'_, '_> {
    /// A `step` inside a block: it has no place there.
    pub fn nested_definition(&mut self, name: &Ident) {
        let message = format!(
            "the step `{}` is defined inside a block; steps are defined at the top of the file",
            name.name
        );
        self.wrong(&codes::NESTED_STEP, name.span, message);
    }

    /// A `use` inside a block: it has no place there.
    pub fn nested_use(&mut self, path: &Ident) {
        self.wrong(
            &codes::NESTED_STEP,
            path.span,
            "`use` stands at the top of the file, outside of every block",
        );
    }

    /// `return [EXPR]`
    pub fn return_value(&mut self, span: Span, value: Option<&Expr>) {
        if self.kind != FunctionKind::Step {
            return self.wrong(
                &codes::RETURN,
                span,
                "`return` stands in a `step`; a scenario is ended by `pass`, `fail` or `exit`",
            );
        }
        if let Some(barrier) = self.blocks.iter().find_map(|block| block.barrier) {
            let _ = barrier;
            return self.wrong(
                &codes::RETURN,
                span,
                "`return` would leave a case or a branch of a parallel",
            );
        }
        let from = match value {
            Some(value) => self.value(value),
            None => self.none(),
        };
        self.abandon(0);
        self.emit(Op::Return { from });
    }

    /// The body of a `step`.
    pub fn step_body(&mut self, body: &Block) {
        self.collect_labels(body, &mut Vec::new());
        self.preset_hidden();
        self.block(body, None);
        self.unused_labels();
    }
}
