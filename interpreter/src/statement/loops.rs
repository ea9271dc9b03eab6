//! `while`, `for`, `repeat`, `break`, `continue`

use scn_grammar::Diagnostic;
use scn_grammar::Span;
use scn_grammar::tree::{Block, Expr, ExprKind, Ident};

use crate::codes;
use crate::compile::Scope;
use crate::compile::labels::OpenLoop;
use crate::compile::scope::Label;
use crate::function::Kind;
use crate::program::Op;

impl Scope<'_, '_> {
    /// `while EXPR … end`: the condition stands after the body, so that a round is one jump.
    pub fn while_loop(&mut self, condition: &Expr, body: &Block) {
        let (again, top, after) = (self.label(), self.label(), self.label());
        self.jump(again);
        self.put(top);
        self.round(body, again, after);
        self.put(again);
        if is_true(condition) {
            // Only a `break` or a jump leaves it.
            self.jump(top);
        } else {
            self.when(condition, top);
        }
        self.put(after);
    }

    /// `for NAME[, NAME] in EXPR … end`
    pub fn for_loop(&mut self, key: &Ident, value: Option<&Ident>, list: &Expr, body: &Block) {
        let (again, after) = (self.label(), self.label());
        // The iterator takes three registers, and each round's element two.
        let iterator = self.temporary();
        self.temporary();
        self.temporary();
        let element = self.temporary();
        let second = self.temporary();
        self.check_kind(Kind::ListOrMap, list, "for");
        self.into(list, iterator);
        self.emit(Op::Iterate { list: iterator });
        self.put(again);
        self.emit_to(
            Op::Next {
                list: iterator,
                value: element,
                pairs: value.is_some(),
                to: 0,
            },
            after,
        );
        let key = self.declare(&key.name);
        self.store(key, element);
        if let Some(value) = value {
            let value = self.declare(&value.name);
            self.store(value, second);
        }
        self.round(body, again, after);
        self.jump(again);
        self.put(after);
    }

    /// `repeat EXPR … end`
    pub fn repeat(&mut self, count: &Expr, body: &Block) {
        let (again, top, after) = (self.label(), self.label(), self.label());
        self.check_count(count, 0);
        let (limit, done) = (self.temporary(), self.temporary());
        self.check_kind(Kind::Int, count, "repeat");
        self.into(count, limit);
        self.emit(Op::Count { of: limit });
        self.emit(Op::Int {
            to: done,
            number: -1,
        });
        self.jump(again);
        self.put(top);
        self.round(body, again, after);
        self.put(again);
        self.emit(Op::AddInt {
            to: done,
            left: done,
            number: 1,
        });
        self.emit_to(
            Op::JumpLess {
                left: done,
                right: limit,
                to: 0,
            },
            top,
        );
        self.put(after);
    }

    fn round(&mut self, body: &Block, again: Label, after: Label) {
        let (regions, blocks) = (self.regions.len(), self.blocks.len());
        self.loops.push(OpenLoop {
            again,
            after,
            regions,
            blocks,
        });
        self.block(body, None);
        self.loops.pop();
    }

    /// `break` and `continue`
    pub fn leave_loop(&mut self, span: Span, ends: bool) {
        let word = if ends { "break" } else { "continue" };
        let Some(&open) = self.loops.last() else {
            let message = format!("`{word}` stands outside of every loop");
            let found = Diagnostic::new(&codes::NO_LOOP, span, message);
            return self.report(found.help(
                "leave it out; a scenario is ended by `pass`, `fail` or `exit`, and a `step` by `return`",
            ));
        };
        if let Some(barrier) = self.blocks[open.blocks..]
            .iter()
            .find_map(|block| block.barrier)
        {
            let _ = barrier;
            return self.wrong(
                &codes::NO_LOOP,
                span,
                format!("`{word}` would leave a case or a branch of a parallel"),
            );
        }
        self.abandon(open.regions);
        self.jump(if ends { open.after } else { open.again });
    }
}

/// Whether a condition is `true` by its form.
fn is_true(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Bool(truth) => *truth,
        ExprKind::Group(inner) => is_true(inner),
        _ => false,
    }
}
