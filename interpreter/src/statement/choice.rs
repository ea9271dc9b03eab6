//! `if`

use scn_grammar::tree::{Block, Expr};

use crate::compile::Scope;

impl Scope<'_, '_> {
    /// `if EXPR … [else if EXPR …] [else …] end`, and the form on one line.
    pub fn choice(&mut self, arms: &[(Expr, Block)], otherwise: Option<&Block>, one_line: bool) {
        let after = self.label();
        for (at, (condition, block)) in arms.iter().enumerate() {
            let next = self.label();
            self.unless(condition, next);
            self.arm(block, one_line);
            if at + 1 < arms.len() || otherwise.is_some() {
                self.jump(after);
            }
            self.put(next);
        }
        if let Some(block) = otherwise {
            self.arm(block, one_line);
        }
        self.put(after);
    }

    /// What is done when a condition holds. On one line it is no block: what it watches, it watches
    /// to the end of the block around.
    fn arm(&mut self, block: &Block, one_line: bool) {
        if !one_line {
            return self.block(block, None);
        }
        self.open(block, None);
        let outer = std::mem::replace(&mut self.on_one_line, true);
        for statement in &block.statements {
            self.statement(statement);
        }
        self.on_one_line = outer;
        self.close();
    }
}
