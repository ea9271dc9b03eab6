//! `parallel … end`

use std::collections::HashMap;

use scn_grammar::Diagnostic;
use scn_grammar::tree::{Block, Statement, StatementKind};

use crate::codes;
use crate::compile::Scope;
use crate::compile::labels::Barrier;
use crate::compile::touched;
use crate::program::{Op, ParallelSite, RegionKind};
use crate::statement::watches;

impl Scope<'_, '_> {
    /// Each statement of the block is a branch, but for those that watch: they begin before the
    /// branches, and last until the last of them has ended.
    pub fn parallel(&mut self, body: &Block) {
        self.check_branches(body);
        let direct = |statement: &Statement| {
            watches(&statement.kind) && !matches!(statement.kind, StatementKind::If { .. })
        };
        let (watched, branches): (Vec<_>, Vec<_>) = body
            .statements
            .iter()
            .partition(|statement| direct(statement));
        if !watched.is_empty() {
            self.enter(RegionKind::Watched, body.span);
        }
        for statement in &watched {
            self.statement(statement);
        }
        self.branches(body, &branches);
        if !watched.is_empty() {
            self.leave();
        }
    }

    fn branches(&mut self, body: &Block, statements: &[&Statement]) {
        let site = self.compiler.program.parallels.len() as u32;
        self.compiler
            .program
            .parallels
            .push(ParallelSite::default());
        self.emit(Op::Parallel { site });
        // A jump in a branch leaves none of the regions around the branches, in which they stand all the same.
        let around = self.regions.last().copied().or(self.around);
        let around = std::mem::replace(&mut self.around, around);
        let (regions, loops) = (
            std::mem::take(&mut self.regions),
            std::mem::take(&mut self.loops),
        );
        let mut branches = Vec::new();
        for statement in statements {
            let begins = self.here();
            self.open(body, Some(Barrier::Branch));
            // Only an `if` on one line: a branch of its own is all the block that it has.
            let watched = watches(&statement.kind);
            if watched {
                self.enter(RegionKind::Watched, statement.span);
            }
            self.statement(statement);
            if watched {
                self.leave();
            }
            self.close();
            self.emit(Op::BranchEnd);
            let sets = touched::sets(statement, &|name| self.compiler.is_background_alias(name));
            let mut sets: Vec<u32> = sets
                .iter()
                .filter_map(|(name, _)| self.variables.get(name.as_str()).copied())
                .collect();
            // Each once: what a branch has set is moved out of it.
            sets.sort_unstable();
            sets.dedup();
            branches.push((begins, sets));
        }
        (self.regions, self.loops, self.around) = (regions, loops, around);
        let after = self.here();
        self.compiler.program.parallels[site as usize] = ParallelSite { branches, after };
    }

    /// A variable set in one branch and touched in another.
    fn check_branches(&mut self, body: &Block) {
        let mut setters: HashMap<String, (usize, scn_grammar::Span)> = HashMap::new();
        let background = |name: &str| self.compiler.is_background_alias(name);
        let sets: Vec<_> = body
            .statements
            .iter()
            .map(|statement| touched::sets(statement, &background))
            .collect();
        for (branch, sets) in sets.iter().enumerate() {
            for (name, span) in sets {
                setters.entry(name.clone()).or_insert((branch, *span));
            }
        }
        let mut findings = Vec::new();
        for (branch, statement) in body.statements.iter().enumerate() {
            let touches = touched::reads(statement)
                .into_iter()
                .chain(sets[branch].iter().cloned());
            for (name, span) in touches {
                if let Some((setter, set)) = setters.get(&name)
                    && *setter != branch
                {
                    findings.push((name, span, *set));
                }
            }
        }
        findings.dedup_by(|a, b| a.0 == b.0);
        for (name, span, set) in findings {
            let message = format!("`{name}` is set in another branch that runs at the same time");
            self.report(
                Diagnostic::new(&codes::SHARED_VARIABLE, span, message)
                    .related(set, "set here")
                    .help("give each branch a variable of its own, and compare after the parallel"),
            );
        }
    }
}
