//! `require`, `assert`, `check`

use scn_grammar::tree::{AssertKind, Expr};

use crate::compile::Scope;
use crate::program::{AssertSite, Op};

impl Scope<'_, '_> {
    /// `assert EXPR [, MESSAGE]` and its relatives. The message is evaluated only if it is needed.
    pub fn assertion(&mut self, kind: AssertKind, condition: &Expr, message: Option<&Expr>) {
        self.check_condition(condition);
        let outer = self.noted.replace(Vec::new());
        let register = self.value(condition);
        let names = std::mem::replace(&mut self.noted, outer).unwrap_or_default();
        let text = self.source(condition.span).to_owned();
        let asserts = &mut self.compiler.program.asserts;
        let site = asserts.len() as u32;
        asserts.push(AssertSite {
            kind,
            message: message.is_some(),
            text,
            names,
            after: 0,
        });
        self.emit(Op::Assert {
            condition: register,
            site,
        });
        let message = message.map_or(register, |message| {
            let to = self.temporary();
            self.into(message, to);
            to
        });
        self.emit(Op::AssertFailed { message, site });
        self.compiler.program.asserts[site as usize].after = self.here();
    }
}
