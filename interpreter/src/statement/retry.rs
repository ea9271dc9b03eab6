//! `retry within DURATION [every DURATION] … end`

use scn_grammar::Span;
use scn_grammar::tree::{Block, Expr};
use scn_protocol::Value;

use crate::compile::Scope;
use crate::program::RegionKind;

impl Scope<'_, '_> {
    /// Until nothing in it fails, or the time is up.
    pub fn retry(&mut self, within: &Expr, every: Option<&Expr>, body: &Block, span: Span) {
        self.push_duration(within);
        if let Some(every) = every {
            self.push_duration(every);
        }
        self.enter(
            RegionKind::RetryWithin {
                every: every.is_some(),
            },
            span,
        );
        // What is raised between two attempts is raised at the first instruction of the block, which is for that
        // reason in no region inside of it.
        let used = self.used();
        let none = self.temporary();
        self.load(Value::None, none);
        self.release(used);
        self.block(body, None);
        self.leave();
    }
}
