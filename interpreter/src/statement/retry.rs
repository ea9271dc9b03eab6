//! `retry within DURATION [every DURATION] … end`

use scn_grammar::Span;
use scn_grammar::tree::{Block, Expr};

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
        self.block(body, None);
        self.leave();
    }
}
