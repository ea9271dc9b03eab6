//! Jumps: which labels there are, and from where each may be reached.

use scn_grammar::tree::{Block, Ident, Statement, StatementKind};
use scn_grammar::{Diagnostic, Span};

use super::scope::{FunctionKind, Label, Scope};
use crate::codes;
use crate::program::{EndKind, EndSite, Op};
use scn_grammar::tree::VerdictKind;

/// A block that no jump leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// A branch of a `parallel`.
    Branch,
    /// A `case`.
    Case,
    /// `finally`.
    Finally,
}

impl Barrier {
    fn name(self) -> &'static str {
        match self {
            Self::Branch => "a branch of a parallel",
            Self::Case => "a case",
            Self::Finally => "finally",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Branch => {
                "keep what was found in a variable, and jump after the `end` of the `parallel`"
            }
            Self::Case => "`pass`, `fail` and `skip` end the case; jump after its `end`",
            Self::Finally => "nothing follows `finally`: leave the jump out",
        }
    }
}

/// A block around the statement that is being compiled.
#[derive(Clone, Copy, Debug)]
pub struct OpenBlock {
    /// Tells it from all others.
    pub id: usize,
    /// No jump leaves it.
    pub barrier: Option<Barrier>,
    /// How many regions were open where it began.
    pub regions: usize,
}

/// A loop around the statement that is being compiled.
#[derive(Clone, Copy, Debug)]
pub struct OpenLoop {
    /// Where `continue` goes.
    pub again: Label,
    /// Where `break` goes.
    pub after: Label,
    /// How many regions were open where it began.
    pub regions: usize,
    /// How many blocks were open where it began.
    pub blocks: usize,
}

/// A label that the scenario names.
#[derive(Clone, Debug)]
pub struct NamedLabel {
    /// The blocks that it stands in.
    pub path: Vec<usize>,
    /// Where it is in the code.
    pub label: Label,
    /// Where it stands.
    pub span: Span,
    /// Something jumps to it.
    pub used: bool,
}

impl Scope<'_, '_> {
    /// Collects the labels of a function's body. `finally` may have its own.
    pub fn collect_labels(&mut self, block: &Block, path: &mut Vec<usize>) {
        path.push(std::ptr::from_ref(block) as usize);
        for statement in &block.statements {
            if let StatementKind::Label(name) = &statement.kind {
                self.collect_label(name, path);
            }
            for inner in blocks_of(statement) {
                self.collect_labels(inner, path);
            }
        }
        path.pop();
    }

    fn collect_label(&mut self, name: &Ident, path: &[usize]) {
        if let Some(first) = self.named.get(name.name.as_str()) {
            let first = first.span;
            self.report(
                Diagnostic::new(
                    &codes::LABEL_TWICE,
                    name.span,
                    format!("the label `{}` stands here a second time", name.name),
                )
                .related(first, "the first one")
                .help("give one of them another name"),
            );
            return;
        }
        let label = self.label();
        let named = NamedLabel {
            path: path.to_vec(),
            label,
            span: name.span,
            used: false,
        };
        self.named.insert(name.name.to_string(), named);
    }

    /// `goto LABEL`
    pub fn goto(&mut self, name: &Ident) {
        let open: Vec<usize> = self.blocks.iter().map(|block| block.id).collect();
        let Some(named) = self.named.get_mut(name.name.as_str()) else {
            return self.goto_built_in(name);
        };
        named.used = true;
        let named = named.clone();
        if !open.starts_with(&named.path) {
            let (message, help) = match self.barrier_between(&named.path) {
                Some(barrier) => (
                    format!("the jump to `{}` would leave {}", name.name, barrier.name()),
                    barrier.help(),
                ),
                None => (
                    format!(
                        "`{}` stands inside a block, and no jump enters a block",
                        name.name
                    ),
                    "put the label before the block, or what follows it into a `step`",
                ),
            };
            let found = Diagnostic::new(&codes::JUMP, name.span, message).help(help);
            self.report(found.related(named.span, "the label"));
            return;
        }
        let left = &self.blocks[named.path.len()..];
        if let Some(barrier) = left.iter().find_map(|block| block.barrier) {
            let message = format!("the jump to `{}` would leave {}", name.name, barrier.name());
            let found = Diagnostic::new(&codes::JUMP, name.span, message).help(barrier.help());
            self.report(found.related(named.span, "the label"));
            return;
        }
        let keep = left
            .first()
            .map_or(self.regions.len(), |block| block.regions);
        self.abandon(keep);
        self.jump(named.label);
    }

    fn barrier_between(&self, path: &[usize]) -> Option<Barrier> {
        let common = self
            .blocks
            .iter()
            .zip(path)
            .take_while(|(block, id)| block.id == **id)
            .count();
        self.blocks[common..].iter().find_map(|block| block.barrier)
    }

    /// `goto pass`, `goto fail`, `goto end`, where the scenario has no label of that name.
    fn goto_built_in(&mut self, name: &Ident) {
        let kind = match name.name.as_str() {
            "pass" => EndKind::Verdict(VerdictKind::Pass),
            "fail" => EndKind::Verdict(VerdictKind::Fail),
            "end" => EndKind::End,
            _ => {
                let known = self
                    .named
                    .keys()
                    .map(String::as_str)
                    .chain(["pass", "fail", "end"]);
                let meant = scn_grammar::diagnostic::meant(&name.name, known).map(str::to_owned);
                let mut diagnostic = Diagnostic::new(
                    &codes::UNKNOWN_LABEL,
                    name.span,
                    format!("there is no label `{}` here", name.name),
                );
                diagnostic = match meant {
                    Some(meant) => diagnostic
                        .help(format!("did you mean `{meant}`?"))
                        .replace(meant),
                    None => {
                        diagnostic.help(format!("a label is a line of its own: `{}:`", name.name))
                    }
                };
                return self.report(diagnostic);
            }
        };
        if kind == EndKind::End && self.kind == FunctionKind::Step {
            self.abandon(0);
            let none = self.none();
            self.emit(Op::Return { from: none });
            return;
        }
        if kind == EndKind::Verdict(VerdictKind::Pass) {
            self.names_pass();
        }
        if !self.end_allowed(name.span, "goto") {
            return;
        }
        self.end(EndSite { kind, value: false }, 0);
    }

    /// Notes that the scenario names `pass`, so that it passes only by reaching it.
    pub fn names_pass(&mut self) {
        let in_case = self
            .blocks
            .iter()
            .any(|block| block.barrier == Some(Barrier::Case));
        if !in_case && self.compiler.file == 0 {
            self.compiler.program.names_pass = true;
        }
    }

    /// Whether a scenario may be ended here; says so where it may not.
    pub fn end_allowed(&mut self, span: Span, what: &str) -> bool {
        let in_finally = self
            .blocks
            .iter()
            .any(|block| block.barrier == Some(Barrier::Finally));
        if in_finally {
            let message = format!(
                "`{what}` cannot end the scenario in `finally`, where it has ended already"
            );
            self.wrong(&codes::END_IN_FINALLY, span, message);
        }
        !in_finally
    }

    /// Ends the scenario; `value` has the text or the status.
    pub fn end(&mut self, site: EndSite, value: crate::program::Reg) {
        self.compiler.program.ends.push(site);
        let site = (self.compiler.program.ends.len() - 1) as u32;
        self.emit(Op::End { value, site });
    }

    /// Labels that nothing jumps to.
    pub fn unused_labels(&mut self) {
        let mut unused: Vec<(Span, String)> = self
            .named
            .iter()
            .filter(|(_, label)| !label.used)
            .map(|(name, label)| (label.span, name.clone()))
            .collect();
        unused.sort_by_key(|(span, _)| span.start);
        for (span, name) in unused {
            let message = format!("nothing jumps to the label `{name}`");
            let found = Diagnostic::new(&codes::UNUSED_LABEL, span, message);
            self.report(match name.as_str() {
                "parallel" | "do" | "finally" | "repeat" => found.help(format!(
                    "if a block was meant: it begins without `:`, and goes to its `end`: {name} … end"
                )),
                "try" => found.help("what may fail stands after `try`, on its line: try COMMAND"),
                _ => found,
            });
        }
    }
}

/// The blocks directly inside a statement.
pub fn blocks_of(statement: &Statement) -> Vec<&Block> {
    match &statement.kind {
        // Its labels are its own.
        StatementKind::StepDefinition { .. } => Vec::new(),
        kind => kind.blocks(),
    }
}
