//! What can be folded: blocks, texts of many lines, and comments and headers that stand together.

use lsp_types::{
    FoldingRange, FoldingRangeKind, FoldingRangeParams, FoldingRangeProviderCapability,
};
use scn_grammar::tree::{Block, Statement, StatementKind};
use serde_json::Value as Json;

use super::{Answer, Request, answered, asked, nothing};
use crate::lsp::Server;
use crate::lsp::documents::{Document, Sort};

pub static FOLDING: Request = Request {
    method: "textDocument/foldingRange",
    declare: |can| can.folding_range_provider = Some(FoldingRangeProviderCapability::Simple(true)),
    answer,
};

fn answer(server: &mut Server, params: Json) -> Answer {
    let params: FoldingRangeParams = asked(params)?;
    let Some(document) = server.document(&params.text_document.uri) else {
        return nothing();
    };
    let mut folds = Folds {
        document,
        all: Vec::new(),
    };
    if document.sort == Sort::Scenario {
        folds.block(&document.tree().file.body);
    } else {
        folds.tables();
    }
    folds.comments();
    answered(folds.all)
}

struct Folds<'a> {
    document: &'a Document,
    all: Vec<FoldingRange>,
}

impl Folds<'_> {
    fn line(&self, offset: u32) -> u32 {
        self.document
            .text
            .position(offset as usize, Default::default())
            .line
    }

    fn add(&mut self, first: u32, last: u32, kind: Option<FoldingRangeKind>) {
        if last > first {
            self.all.push(FoldingRange {
                start_line: first,
                end_line: last,
                kind,
                ..FoldingRange::default()
            });
        }
    }

    fn block(&mut self, block: &Block) {
        for statement in &block.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        let (first, last) = (
            self.line(statement.span.start),
            self.line(statement.span.end),
        );
        let blocks = statement.kind.blocks();
        if blocks.is_empty() {
            // A text of many lines, or a line that goes on.
            return self.add(first, last, None);
        }
        if let StatementKind::If {
            arms, otherwise, ..
        } = &statement.kind
        {
            // Each arm up to the line before the next.
            let mut starts = vec![first];
            let others = arms
                .iter()
                .skip(1)
                .map(|(condition, _)| condition.span.start);
            let others = others.map(|at| self.line(at));
            starts.extend(others.collect::<Vec<_>>());
            if let Some(block) = otherwise {
                starts.push(self.line(block.span.start).saturating_sub(1));
            }
            starts.push(last);
            for pair in starts.windows(2) {
                self.add(pair[0], pair[1].saturating_sub(1), None);
            }
        } else {
            // The line with `end` stays.
            self.add(first, last.saturating_sub(1), None);
        }
        blocks.into_iter().for_each(|block| self.block(block));
    }

    /// Each `[table]` up to the next.
    fn tables(&mut self) {
        let text = &self.document.text;
        let mut first = None;
        let mut last = 0;
        for number in 0..text.lines() {
            let (line, at) = (text.line(number), u32::try_from(number).unwrap_or(u32::MAX));
            if line.starts_with('[')
                && let Some(first) = first.replace(at)
            {
                self.add(first, last, None);
            }
            if !line.trim().is_empty() && !line.starts_with('#') {
                last = at;
            }
        }
        if let Some(first) = first {
            self.add(first, last, None);
        }
    }

    /// Lines of comments, and lines at the top, that stand together.
    fn comments(&mut self) {
        let text = &self.document.text;
        let kind = |line: &str| {
            line.trim_start()
                .chars()
                .next()
                .filter(|c| matches!(c, '#' | '@'))
        };
        let mut begun: Option<(char, u32)> = None;
        for number in 0..=text.lines() {
            let at = u32::try_from(number).unwrap_or(u32::MAX);
            let here = kind(text.line(number));
            if here == begun.map(|(kind, _)| kind) {
                continue;
            }
            if let Some((kind, first)) = begun {
                let shown = match kind {
                    '#' => FoldingRangeKind::Comment,
                    _ => FoldingRangeKind::Region,
                };
                self.add(first, at - 1, Some(shown));
            }
            begun = here.map(|kind| (kind, at));
        }
    }
}
