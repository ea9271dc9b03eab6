//! Lines put together to blocks.

use crate::diagnostic::Diagnostic;
use crate::explain;
use crate::limits::MAX_BLOCKS;
use crate::read::{Head, Line, Opening};
use crate::tree::{Block, Expr, File, Span, Statement, StatementKind};

/// A block that is still open.
struct Open {
    opening: Opening,
    head: Span,
    /// The arms of an `if` that are complete.
    arms: Vec<(Expr, Block)>,
    /// The last `else` seen, if any.
    otherwise: Option<Span>,
    /// Where the block that is being filled begins.
    from: u32,
    /// How many statements there were before its first.
    before: usize,
}

/// Puts lines together, one by one.
#[derive(Default)]
pub(crate) struct Blocks {
    file: File,
    /// The statements of all blocks that are open, the innermost's last: a block takes its own as it ends,
    /// and no more room than they need.
    statements: Vec<Statement>,
    open: Vec<Open>,
    /// Blocks that are open beyond the limit: their statements are read and not kept.
    beyond: usize,
    reported_depth: bool,
    first_statement: Option<Span>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Fewer bytes of a file no statement takes, on the whole.
const STATEMENT: usize = 8;

impl Blocks {
    /// For that file: with room for a statement a line, as what grows is copied, over and over. Room that is not needed costs
    /// nothing: it is memory that is never touched.
    pub(crate) fn of_file(source: &str) -> Self {
        let lines = source.bytes().filter(|byte| *byte == b'\n').count();
        Self {
            statements: Vec::with_capacity(lines.min(source.len() / STATEMENT)),
            ..Self::default()
        }
    }

    /// Adds the next line.
    pub(crate) fn add(&mut self, line: Line) {
        self.file.comments.extend(line.comment);
        let span = line.span;
        match line.head {
            Head::Blank => {}
            Head::Header(mut header) => {
                header.span = span;
                if let Some(before) = self.first_statement {
                    self.diagnostics.push(explain::late_header(span, before));
                }
                if let Some(before) = explain::once(&self.file.headers, &header) {
                    self.diagnostics.push(*explain::twice(span, before));
                }
                self.file.headers.push(header);
            }
            Head::Statement(kind) => {
                self.first_statement.get_or_insert(span);
                self.push(Statement {
                    kind,
                    span,
                    head: span,
                });
            }
            Head::Open(opening) => {
                self.first_statement.get_or_insert(span);
                self.open(opening, span);
            }
            Head::ElseIf(condition) => self.arm(Some(condition), span),
            Head::Else => self.arm(None, span),
            Head::End => self.close(span),
        }
    }

    /// Remembers that a line that could not be read was a statement.
    pub(crate) fn unread(&mut self, span: Span) {
        self.first_statement.get_or_insert(span);
    }

    /// Opens a block although its first line could not be read, so that its `end` fits.
    pub(crate) fn open_unread(&mut self, keyword: &'static str, span: Span) {
        self.first_statement.get_or_insert(span);
        self.open(Opening::Unread(keyword), span);
    }

    /// Closes a block although more stands on the line of its `end`, where one is open.
    pub(crate) fn close_unread(&mut self, span: Span) {
        match self.open.is_empty() {
            true => self.unread(span),
            false => self.close(span),
        }
    }

    fn push(&mut self, statement: Statement) {
        if self.beyond > 0 {
            return;
        }
        self.statements.push(statement);
    }

    fn open(&mut self, opening: Opening, head: Span) {
        if self.open.len() >= MAX_BLOCKS {
            self.beyond += 1;
            if !std::mem::replace(&mut self.reported_depth, true) {
                self.diagnostics.push(explain::blocks_too_deep(head));
            }
            return;
        }
        self.open.push(Open {
            opening,
            head,
            arms: Vec::new(),
            otherwise: None,
            from: head.end,
            before: self.statements.len(),
        });
    }

    /// `else if EXPR` or `else`.
    fn arm(&mut self, condition: Option<Expr>, span: Span) {
        if self.beyond > 0 {
            return;
        }
        let Some(open) = self.open.last_mut() else {
            self.diagnostics.push(explain::stray_else(span, None));
            return;
        };
        if !matches!(
            open.opening,
            Opening::If(_) | Opening::Else | Opening::Unread(_)
        ) {
            let around = Some((open.opening.word(), open.head));
            self.diagnostics.push(explain::stray_else(span, around));
            return;
        }
        if let Some(before) = open.otherwise {
            self.diagnostics.push(explain::second_else(span, before));
            return;
        }
        let done = block(self.statements.drain(open.before..).collect(), open.from);
        if condition.is_none() {
            open.otherwise = Some(span);
        }
        let next = condition.map_or(Opening::Else, Opening::If);
        if let Opening::If(before) = std::mem::replace(&mut open.opening, next) {
            open.arms.push((before, done));
        }
        open.from = span.end;
    }

    fn close(&mut self, span: Span) {
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let Some(open) = self.open.pop() else {
            self.diagnostics.push(explain::stray_end(span));
            return;
        };
        self.end(open, span);
    }

    /// The block is a statement of the one around it.
    fn end(&mut self, open: Open, end: Span) {
        let body = block(self.statements.drain(open.before..).collect(), open.from);
        self.statements.push(open.finish(body, end));
    }

    /// The whole file; blocks that are still open are reported, and kept as far as they go.
    pub(crate) fn finish(mut self, end: usize) -> (File, Vec<Diagnostic>) {
        while let Some(open) = self.open.pop() {
            // Of one that could not be read, enough is said.
            if !matches!(open.opening, Opening::Unread(_)) {
                self.diagnostics
                    .push(explain::no_end(open.opening.word(), open.head));
            }
            self.end(open, Span::new(end, end));
        }
        self.file.body = block(std::mem::take(&mut self.statements), 0);
        (self.file, self.diagnostics)
    }
}

impl Open {
    /// The statement, its last line being `end`.
    fn finish(mut self, body: Block, end: Span) -> Statement {
        let kind = match self.opening {
            Opening::If(condition) => {
                self.arms.reserve_exact(1);
                self.arms.push((condition, body));
                StatementKind::If {
                    arms: self.arms,
                    otherwise: None,
                    one_line: false,
                }
            }
            Opening::Else => StatementKind::If {
                arms: self.arms,
                otherwise: Some(body),
                one_line: false,
            },
            Opening::While(condition) => StatementKind::While { condition, body },
            Opening::For { key, value, list } => StatementKind::For {
                key,
                value,
                list: Box::new(list),
                body,
            },
            Opening::Repeat(count) => StatementKind::Repeat { count, body },
            Opening::Step { name, params } => StatementKind::StepDefinition { name, params, body },
            Opening::Case(title) => StatementKind::Case { title, body },
            Opening::Do | Opening::Unread(_) => StatementKind::Do(body),
            Opening::Parallel => StatementKind::Parallel(body),
            Opening::Retry { within, every } => StatementKind::Retry {
                within: Box::new(within),
                every: every.map(Box::new),
                body,
            },
            Opening::Finally => StatementKind::Finally(body),
        };
        Statement {
            kind,
            span: self.head.to(end),
            head: self.head,
        }
    }
}

/// Statements as a block; an empty one stands at `from`.
fn block(statements: Vec<Statement>, from: u32) -> Block {
    let span = match (statements.first(), statements.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => Span {
            start: from,
            end: from,
        },
    };
    Block { statements, span }
}
