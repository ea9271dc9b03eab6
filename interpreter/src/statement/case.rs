//! `case TEXT … end`

use scn_grammar::Span;
use scn_grammar::tree::{Block, Word};

use crate::compile::Scope;
use crate::compile::labels::Barrier;
use crate::program::{Op, RegionKind};

impl Scope<'_, '_> {
    /// A part with a verdict of its own.
    pub fn case(&mut self, title: &[Word], body: &Block, span: Span) {
        let from = self.temporary();
        self.text(&super::joined(title), from);
        self.emit(Op::Push { from });
        self.enter(RegionKind::Case, span);
        self.block(body, Some(Barrier::Case));
        self.leave();
    }
}
