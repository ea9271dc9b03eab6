//! Statements, one file each (relatives share one): from the tree to instructions.
//!
//! To add one: the grammar's rule, the tree's variant, a file here; the match below names
//! what is left.

mod assertion;
mod case;
mod choice;
mod definition;
mod jobs;
mod loops;
mod parallel;
mod retry;
mod set;
mod verdict;
mod wait;
mod watch;

use scn_grammar::tree::{Block, Part, Statement, StatementKind, Word};
use scn_grammar::{Diagnostic, Span};

use crate::codes;
use crate::compile::words::Purpose;
use crate::compile::{FunctionKind, Scope};
use crate::program::Op;

/// Whether the statement watches until the block that it stands in ends. What stands after `then` or
/// `else` on one line stands in the block around.
pub fn watches(kind: &StatementKind) -> bool {
    match kind {
        StatementKind::Always { .. }
        | StatementKind::NeverEvent(_)
        | StatementKind::Eventually { .. } => true,
        StatementKind::If {
            arms,
            otherwise,
            one_line: true,
        } => {
            let mut blocks = arms.iter().map(|(_, block)| block).chain(otherwise);
            blocks.any(|block| block.statements.iter().any(|inner| watches(&inner.kind)))
        }
        _ => false,
    }
}

/// The words with which a statement ends: of a block its `end`, of any other its first line.
pub fn closing(statement: &Statement) -> Span {
    let Span { start, end } = statement.span;
    if end > statement.head.end {
        let start = end.saturating_sub("end".len() as u32).max(start);
        Span { start, end }
    } else {
        statement.head
    }
}

impl Scope<'_, '_> {
    /// Compiles one statement.
    pub fn statement(&mut self, statement: &Statement) {
        let before = self.at(statement.head);
        self.begin_statement(statement.head);
        let used = self.used();
        let begins = self.here();
        if self.stops_at(statement) {
            self.emit(Op::Statement);
        }
        match &statement.kind {
            StatementKind::Command(step) => self.step(step, Purpose::Plain),
            StatementKind::Set { name, value } => self.set(name, value),
            StatementKind::SetStep { name, step } => self.set_step(name, step),
            StatementKind::If {
                arms,
                otherwise,
                one_line,
            } => self.choice(arms, otherwise.as_ref(), *one_line),
            StatementKind::While { condition, body } => self.while_loop(condition, body),
            StatementKind::For {
                key,
                value,
                list,
                body,
            } => self.for_loop(key, value.as_ref(), list, body),
            StatementKind::Repeat { count, body } => self.repeat(count, body),
            StatementKind::Break => self.leave_loop(statement.head, true),
            StatementKind::Continue => self.leave_loop(statement.head, false),
            StatementKind::Goto(label) => self.goto(label),
            StatementKind::Label(label) => self.label_here(label),
            StatementKind::StepDefinition { name, .. } => self.nested_definition(name),
            StatementKind::Return(value) => self.return_value(statement.head, value.as_ref()),
            StatementKind::Use { path, .. } => self.nested_use(path),
            StatementKind::Case { title, body } => self.case(title, body, statement.head),
            StatementKind::Do(body) => self.block(body, None),
            StatementKind::Parallel(body) => self.parallel(body),
            StatementKind::Background { name, step } => self.background(name, step),
            StatementKind::Await {
                names,
                timeout,
                attempt,
            } => self.await_jobs(names, timeout.as_ref(), *attempt),
            StatementKind::Cancel(names) => self.cancel_jobs(names),
            StatementKind::Retry {
                within,
                every,
                body,
            } => self.retry(within, every.as_deref(), body, statement.head),
            StatementKind::WaitUntil {
                condition,
                within,
                every,
            } => {
                self.wait_until(
                    condition,
                    within.as_deref(),
                    every.as_deref(),
                    statement.head,
                );
            }
            StatementKind::WaitEvent {
                event,
                since,
                within,
                name,
            } => {
                self.wait_event(
                    event,
                    since.as_deref(),
                    within.as_deref(),
                    name.as_ref(),
                    statement.head,
                );
            }
            StatementKind::Hold {
                condition,
                duration,
                every,
            } => {
                self.hold(condition, duration, every.as_deref(), statement.head);
            }
            StatementKind::Always {
                condition,
                negated,
                every,
            } => {
                self.always(condition, *negated, every.as_deref(), statement.head);
            }
            StatementKind::NeverEvent(event) => self.never_event(event, statement.head),
            StatementKind::Eventually {
                condition,
                within,
                every,
            } => {
                self.eventually(condition, within, every.as_deref(), statement.head);
            }
            StatementKind::Defer(step) => self.step(step, Purpose::Defer),
            StatementKind::Mark(name) => self.mark(name),
            StatementKind::Assert {
                kind,
                condition,
                message,
            } => self.assertion(*kind, condition, message.as_deref()),
            StatementKind::Verdict { kind, text } => self.verdict(*kind, text, statement.head),
            StatementKind::Exit(status) => self.exit(status.as_ref(), statement.head),
            StatementKind::Finally(_) => {
                self.wrong(
                    &codes::FINALLY_LAST,
                    statement.head,
                    "`finally` stands last in the file, outside of every block",
                );
            }
        }
        self.release(used);
        self.back_at(before);
        if self.compiler.stops {
            let ends = self.here();
            let all = &mut self.function.statements;
            let at = all.partition_point(|(known, _)| *known < begins);
            all.insert(at, (begins, ends));
        }
    }

    /// Whether a debugger is to stop at it: what stands after `then` is of the line of its `if`, and a
    /// label does nothing.
    fn stops_at(&self, statement: &Statement) -> bool {
        let is_label = matches!(statement.kind, StatementKind::Label(_));
        self.compiler.stops && self.kind != FunctionKind::Typed && !self.on_one_line && !is_label
    }

    /// Compiles the body of a scenario, and its `finally`.
    pub fn body(&mut self, body: &Block) {
        self.collect_labels(body, &mut Vec::new());
        self.preset_hidden();
        self.open(body, None);
        let is_finally =
            |statement: &Statement| matches!(statement.kind, StatementKind::Finally(_));
        let finally = body.statements.iter().position(is_finally);
        let (before, after) = body
            .statements
            .split_at(finally.unwrap_or(body.statements.len()));
        for statement in before {
            self.top_level(statement);
        }
        // The body's end is reached at its last line: `ended without reaching pass` points there.
        if let Some(statement) = before.last() {
            self.at(closing(statement));
        }
        if let [first, late @ ..] = after
            && let StatementKind::Finally(block) = &first.kind
        {
            if let Some(late) = late.first() {
                let message = "nothing follows `finally`: it stands last in the file";
                let found = Diagnostic::new(&codes::FINALLY_LAST, late.head, message);
                self.report(found.related(first.head, "the `finally`"));
            }
            // What is wrong in it is found all the same.
            for late in late.iter().filter(|late| !is_finally(late)) {
                self.top_level(late);
            }
            self.emit(Op::Finish);
            self.compiler.program.finally = Some(self.here());
            self.block(block, Some(crate::compile::labels::Barrier::Finally));
        }
        self.close();
        self.unused_labels();
    }

    /// A statement of the top level, where steps and used files stand.
    pub(crate) fn top_level(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::StepDefinition { .. } | StatementKind::Use { .. } => {}
            _ => self.statement(statement),
        }
    }

    fn label_here(&mut self, label: &scn_grammar::tree::Ident) {
        if let Some(named) = self.named.get(label.name.as_str())
            && named.span == label.span
        {
            let label = named.label;
            self.put(label);
        }
    }
}

/// Words joined by blanks, as parts of one text.
pub fn joined(words: &[Word]) -> Vec<Part> {
    let mut parts = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            parts.push(Part::Quoted(" ".into()));
        }
        parts.extend(word.parts.iter().cloned());
    }
    parts
}
