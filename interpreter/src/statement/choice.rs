//! `if`

use scn_grammar::tree::{Block, Expr};

use crate::compile::Scope;

impl Scope<'_, '_> {
    /// `if EXPR … [else if EXPR …] [else …] end`, and the form on one line.
    pub fn choice(&mut self, arms: &[(Expr, Block)], otherwise: Option<&Block>) {
        let after = self.label();
        for (at, (condition, block)) in arms.iter().enumerate() {
            let next = self.label();
            self.unless(condition, next);
            self.block(block, None);
            if at + 1 < arms.len() || otherwise.is_some() {
                self.jump(after);
            }
            self.put(next);
        }
        if let Some(block) = otherwise {
            self.block(block, None);
        }
        self.put(after);
    }
}
